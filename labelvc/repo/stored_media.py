"""Media of samples that are not in the working tree: found in DVC's listing, brought when wanted.

A checkout for a pull request has neither labels nor media. Of a tracked folder of media only the
listing is fetched, and then the few files that somebody looks at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from labelvc.core.errors import LabelvcError
from labelvc.formats.source import Blob
from labelvc.repo.config import LabelSet
from labelvc.repo.media import Found, Media
from labelvc.repo.media_names import Names, candidates
from labelvc.repo.objects import ObjectBlob
from labelvc.repo.repository import Repository

# How a sample is asked for: its path as the label file has it, its key, its split.
Asked = tuple[str | None, str, str | None]


class StoredMedia:
    """A media folder as it is in the working tree, and where files are missing, in DVC.

    `folder` is relative to the project root. Nothing is fetched by `find`, only by `bring`.
    """

    def __init__(self, repo: Repository, folder: str, commit: str | None, here: Media) -> None:
        self._repo = repo
        self._folder = folder
        self._commit = commit
        self._here = here

    def find(self, path: str | None, key: str, split: str | None = None) -> Found:
        """The file of a sample, as `Media.find`; of a stored one the object in the cache."""
        found = self._here.find(path, key, split)
        if found.path is not None or found.reason == "outside":
            return found
        for blob in self._blobs([(path, key, split)]):
            if (stored := self._repo.objects.path_of(blob.hash, blob.hash_name)) is not None:
                return Found(stored)
        return found

    def bring(self, asked: Iterable[Asked]) -> str | None:
        """Fetch the files of these samples that are nowhere here; why not, if they cannot be."""
        missing = [one for one in asked if self.find(*one).reason == "missing"]
        blobs = list(self._blobs(missing))
        if not blobs:
            return None
        try:
            # Files of one tracked folder come from one place.
            wanted = [(blob.hash, blob.hash_name) for blob in blobs]
            refused = self._repo.objects.fetch(wanted, blobs[0].origin)
        except LabelvcError as error:
            return error.message
        return refused.message if refused else None

    def _blobs(self, asked: Iterable[Asked]) -> Iterator[ObjectBlob]:
        """The stored file that each sample most likely means; none for those without."""
        for path, key, split in asked:
            listed = self._listed
            names = candidates([path, key], split, folder=self._folder, suffixed=listed.suffixed)
            found = next((name for name in names if name in listed), None)
            blob = self._files[found] if found is not None else None
            if isinstance(blob, ObjectBlob):
                yield blob

    @cached_property
    def _files(self) -> Mapping[str, Blob]:
        """What the tracked folder holds; nothing where it is not tracked, or not to be had."""
        try:
            source = self._repo.source(LabelSet("media", self._folder), self._commit)
            listed = len(source.files)  # which may have to be fetched
        except LabelvcError:
            return {}
        return source.files if source.is_folder and listed else {}

    @cached_property
    def _listed(self) -> Names[None]:
        return Names(dict.fromkeys(self._files))
