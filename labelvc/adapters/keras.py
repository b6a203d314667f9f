"""A label set at any revision as a `keras.utils.PyDataset`, for every backend of Keras 3."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from labelvc.adapters.keras_arrays import Size, fitted, images, sounds, targets, texts
from labelvc.adapters.keras_backend import keras
from labelvc.adapters.loading import RepoPath, Split, loading
from labelvc.core.errors import LabelvcError

Transform = Callable[[Any], Any]


class LabelSequence(keras.utils.PyDataset):  # type: ignore[misc]
    """The samples of a label set in batches: `sequence[i]` is `(media, targets)` as NumPy arrays.

    The media of a batch are

    * images: float32 from 0 to 255, (samples, height, width, channels), or with the channels first
      where Keras is set so; scaled to `image_size` (height, width), bilinearly, where it is given;
    * sounds: float32 (samples, frames, channels), padded with zeros;
    * texts: an array of str; without `transform` on TensorFlow a tensor of them, as Keras wants.

    `transform` takes the media of a batch and gives others, such as the numbers of words. The
    targets are

    * classes: the category's index int64 (samples,); where samples have several, float32 (samples,
      categories) of ones and zeros. Samples without a class are left out;
    * boxes: `{"boxes", "labels", "iscrowd"}`: float32 (samples, most, 4) as left, top, right,
      bottom in pixels of the scaled image, int64 (samples, most), filled up with -1;
    * spans and time segments alike, under `spans` or `segments` and `labels`;
    * transcripts: an array of str.

    It pickles without handles, so `workers` and `use_multiprocessing` of PyDataset can be given.
    """

    categories: list[str]
    """The names of the categories, by index; of this revision and set, whatever the split."""
    samples: list[str]
    """The keys of the samples, in the order of an unshuffled epoch."""
    digest: str
    """Of the whole label set's content: `v1:` and a sha256."""
    commit: str | None
    """The commit that `rev` means, None for the working tree."""

    def __init__(
        self,
        repo: RepoPath,
        set: str,
        *,
        rev: str | None = None,
        split: Split = None,
        batch_size: int = 32,
        image_size: Size | None = None,
        channels: int = 3,
        transform: Transform | None = None,
        shuffle: bool = False,
        seed: int = 0,
        **workers: Any,
    ) -> None:
        """Open a label set; with `shuffle` in another order each epoch, which `seed` decides.

        Raises NotFound for an unknown set, revision or split, RepositoryError where there is no
        repository, and LabelvcError where labels of several kinds leave open what the targets are,
        nothing says where media are or no sample is left.
        """
        super().__init__(**workers)
        if channels not in (1, 3) or batch_size < 1:
            raise LabelvcError("expected channels 1 or 3, and a batch size from 1")
        self.loading = loading(repo, set, rev=rev, split=split)
        self.rows = np.arange(len(self.loading))
        if self.loading.family == "class":
            self.rows = np.unique(self.loading.targets.classes()[0])
        if not len(self.rows):
            raise LabelvcError(f"{self.loading.name} has no sample to load")
        self.categories, self.digest = self.loading.categories, self.loading.digest
        self.commit = self.loading.commit
        self.samples = [self.loading.samples[int(at)] for at in self.rows]
        self.batch_size, self.image_size, self.channels = batch_size, image_size, channels
        self._transform, self._shuffle, self._seed = transform, shuffle, seed
        self._epoch = 0
        self._order = self._ordered()

    def __len__(self) -> int:
        """The number of batches."""
        return -(-len(self.rows) // self.batch_size)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        """A batch, the last one smaller.

        Raises NotFound where a medium is missing, LabelvcError where it cannot be decoded.
        """
        if not 0 <= index < len(self):
            raise IndexError(f"batch {index}: there are {len(self)}")
        rows = self._order[index * self.batch_size : (index + 1) * self.batch_size]
        media, found = zip(*(self._sample(int(at)) for at in rows), strict=True)
        return self._batch(media), targets(found)

    def on_epoch_end(self) -> None:
        """Shuffle anew, where that is wanted."""
        self._epoch += 1
        self._order = self._ordered()

    def _ordered(self) -> Any:
        if not self._shuffle:
            return self.rows
        return np.random.default_rng([self._seed, self._epoch]).permutation(self.rows)

    def _sample(self, at: int) -> tuple[Any, Any]:
        read, target = self.loading.read(at)
        if self.loading.medium != "image":
            return read.medium, target
        pixels = fitted(read.medium, self.image_size, self.channels)
        if self.loading.family == "box":
            across, down = (pixels.shape[side] / read.medium.shape[side] for side in (1, 0))
            scale = np.array([across, down, across, down], dtype=np.float32)
            target = {**target, "boxes": target["boxes"] * scale}
        return pixels, target

    def _batch(self, media: Sequence[Any]) -> Any:
        if self.loading.medium == "text":
            return texts(media) if self._transform is None else self._transform(targets(media))
        is_image = self.loading.medium == "image"
        batch = images(media, self.loading.name) if is_image else sounds(media)
        return batch if self._transform is None else self._transform(batch)
