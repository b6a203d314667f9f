"""From one sample's medium or text to its features and what was found out on the way."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labelvc.stages.clean_reasons import Unusable
from labelvc.stages.features import (
    BOUNDS,
    DESCRIPTORS,
    IMAGES,
    LOGMEL,
    NGRAMS,
    OFFSETS,
    TOKEN_OFFSETS,
    of_tokens,
    ragged,
)
from labelvc.stages.features_audio import log_mel
from labelvc.stages.features_image import descriptor, descriptor_length, perceptual_hash
from labelvc.stages.features_text import NGrams, tokens
from labelvc.stages.normalise_audio import WHOLE, Piece, read_sound, resampled
from labelvc.stages.normalise_image import fit, fitted, read_image
from labelvc.stages.normalise_text import Normalised
from labelvc.stages.preprocess_params import PreprocessParams

if TYPE_CHECKING:
    from labelvc.stages.features import Features

_HASHED = 1 << 20  # bytes read at a time


@dataclass(frozen=True)
class Extract:
    """What a sample's content gave; `facts` are columns of samples.parquet.

    `reason` and `detail` say why it is not trained on; without `features` it cannot be read.
    """

    features: Features | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    reason: str | None = None
    detail: str = ""


@dataclass(frozen=True)
class Images:
    """Extracts from image files; `size` is (width, height) of the normalised image."""

    params: PreprocessParams
    size: tuple[int, int]
    letterbox: bool

    @property
    def empty(self) -> Features:
        """The features of no sample."""
        channels = len(self.params.image_mode)
        if self.params.features == "descriptors":
            return {DESCRIPTORS: np.empty((0, descriptor_length(channels)), np.float32)}
        return {IMAGES: np.empty((0, self.size[1], self.size[0], channels), np.uint8)}

    def new_size(self, width: float, height: float) -> tuple[int, int]:
        """What an image of that size becomes, without the padding."""
        return fitted((width, height), self.size) if self.letterbox else self.size

    def __call__(self, path: Path, piece: Piece = WHOLE) -> Extract:
        """The pixels or the descriptor of an image, which has no pieces. Raises Unusable."""
        picture = read_image(path, self.params.image_mode, max(*self.size, 32))
        new_width, new_height = self.new_size(picture.width, picture.height)
        facts = {
            "width": picture.width,
            "height": picture.height,
            "new_width": new_width,
            "new_height": new_height,
            "notes": ",".join(picture.notes) or None,
        }
        if self.params.near_duplicates:
            facts["phash"] = perceptual_hash(picture.image)
        if self.params.features == "descriptors":
            small = fit(picture.image, (new_width, new_height), letterbox=False)
            return Extract({DESCRIPTORS: descriptor(small)[None]}, facts)
        pixels = np.asarray(fit(picture.image, self.size, letterbox=self.letterbox))
        return Extract({IMAGES: pixels.reshape(1, *pixels.shape[:2], -1)}, facts)


@dataclass(frozen=True)
class Sounds:
    """Extracts from sound files."""

    params: PreprocessParams

    @property
    def empty(self) -> Features:
        """The features of no sample."""
        return {
            OFFSETS: np.zeros(1, np.int64),
            LOGMEL: np.empty((0, self.params.mels), np.float32),
        }

    def __call__(self, path: Path, piece: Piece = WHOLE) -> Extract:
        """The log-mel spectrogram of a sound file or a piece of it. Raises Unusable."""
        sound, params = read_sound(path, piece), self.params
        rms, clipped = sound.rms, sound.clipped
        reason, detail = None, ""
        if rms < params.min_rms:
            reason, detail = "silent", f"RMS {rms:.2g}"
        elif clipped > params.clip_fraction:
            reason, detail = "clipped", f"{clipped:.2%} at full scale"
        values = resampled(sound, params.sample_rate)
        found = log_mel(values, params.sample_rate, params.mels)
        return Extract(ragged(LOGMEL, found), {"duration": sound.duration}, reason, detail)


class Texts:
    """Extracts from texts: n-grams of the whole or, `by_token`, of each token."""

    def __init__(self, params: PreprocessParams, *, by_token: bool) -> None:
        self.by_token = by_token
        self.grams = NGrams(params.word_ngrams, params.char_ngrams, params.buckets)

    @property
    def empty(self) -> Features:
        """The features of no sample."""
        nothing: Features = {OFFSETS: np.zeros(1, np.int64), NGRAMS: np.empty(0, np.int32)}
        if not self.by_token:
            return nothing
        bounds = np.empty((0, 2), np.int64)
        return {TOKEN_OFFSETS: np.zeros(1, np.int64), **nothing, BOUNDS: bounds}

    def __call__(self, text: Normalised, given: Sequence[str] | None) -> Extract:
        """The n-grams of a text, whose tokens may be `given`."""
        if not self.by_token:
            return Extract(ragged(NGRAMS, self.grams.of_text(text.text)))
        if given is not None:
            grams = self.grams.of_tokens(text.text.split(" "))
            return Extract(of_tokens(grams, [(place, place + 1) for place in range(len(grams))]))
        found = list(tokens(text.text))
        grams = self.grams.of_tokens([text.text[start:end] for start, end in found])
        return Extract(of_tokens(grams, [text.back(start, end) for start, end in found]))


def file_digest(path: Path) -> str:
    """The sha256 of a file's content. Raises Unusable."""
    total = hashlib.sha256()
    try:
        with path.open("rb", buffering=0) as file:
            while block := file.read(_HASHED):
                total.update(block)
    except OSError as error:
        raise Unusable("unreadable", error.strerror or "cannot be opened") from None
    return total.hexdigest()
