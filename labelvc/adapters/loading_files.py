"""Where the media of samples lie, and what to say where they do not."""

from __future__ import annotations

import os
from collections.abc import Iterator

import polars as pl

from labelvc.adapters.loading_flat import Integers, Texts
from labelvc.adapters.loading_opening import Opened
from labelvc.core.errors import LabelvcError, NotFound
from labelvc.repo.media import Found


class Files:
    """Where the media of samples lie."""

    def __init__(self, opened: Opened, rows: Integers) -> None:
        samples = opened.snapshot.samples[rows]
        self.keys = Texts(samples["sample"])
        self._paths, self._splits = Texts(opened.paths.gather(rows)), Texts(samples["split"])
        own = None if opened.own is None else pl.Series(opened.own, dtype=pl.String)
        self._own = None if own is None else Texts(own.gather(rows))
        self._folders = opened.folders
        self._where, self._pull = opened.where, opened.pull

    @property
    def are_known(self) -> bool:
        """Whether anything says where media are."""
        return bool(self._folders) or self._own is not None

    def find(self, at: int) -> str | None:
        """The file of a sample, None where it is not there."""
        if self._own is not None and (own := self._own.text(at)):
            return own
        path = self._paths.text(at)
        for folder in self._folders:  # nearly always there, and quicker than to look around
            if (place := folder.at(path)) is not None:
                return place
        return next((str(one.path) for one in self._looked_for(at) if one.path is not None), None)

    def there(self, at: int) -> str:
        """The file of a sample. Raises NotFound where it is not there."""
        found = self.find(at)
        if found is None:
            raise self.missing(at)
        return found

    def named(self, at: int) -> str:
        """How the labels name the file of a sample, which tells its format."""
        return self._paths.text(at) or self.keys.text(at)

    def expected(self, at: int) -> str | None:
        """The file of a sample, or where it would be; None where nothing says where media are.

        Raises NotFound where that is outside of the media folder.
        """
        if (found := self.find(at)) is not None or not self._folders:
            return found
        place = self._folders[-1].expected(self._paths.text(at) or self.keys.text(at))
        if place is None or (os.path.lexists(place) and self._leads_out(at)):
            raise self.missing(at)
        return place

    def missing(self, at: int) -> NotFound:
        """The error for a sample whose medium is not there."""
        key = self.keys.text(at)
        path = self._paths.text(at) or key
        inside = ", ".join(folder.folder for folder in self._folders) or "DVC's cache"
        if self._leads_out(at):
            return NotFound(
                f"sample {key!r} of {self._where}: {path!r} leads out of {inside}",
                hint="Correct the path in the labels or the link that lies there, or `media:` in"
                " labelvc.yaml.",
            )
        brings = f"dvc pull {self._pull}" if self._folders else f"dvc fetch -A {self._pull}"
        return NotFound(
            f"sample {key!r} of {self._where}: {path!r} is not in {inside}",
            hint=f"`{brings}` brings what DVC tracks; `media:` in labelvc.yaml says where media"
            " are.",
        )

    def _leads_out(self, at: int) -> bool:
        return {one.reason for one in self._looked_for(at)} == {"outside"}

    def _looked_for(self, at: int) -> Iterator[Found]:
        """What each folder has of a sample."""
        names = (self._paths.text(at), self.keys.text(at), self._splits.text(at))
        return (folder.find(*names) for folder in self._folders)

    def unreadable(self, at: int, place: str, error: Exception) -> LabelvcError:
        """The error for a file that cannot be decoded."""
        key = self.keys.text(at)
        return LabelvcError(
            f"sample {key!r} of {self._where}: {place!r} cannot be decoded: {error}",
            hint="Replace the file, or take the sample out of the labels.",
        )
