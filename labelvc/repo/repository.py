"""The label sets of a Git and DVC repository, at any revision."""

from __future__ import annotations

from pathlib import Path

from labelvc.formats.source import Source
from labelvc.repo.config import Config, LabelSet
from labelvc.repo.git import Git
from labelvc.repo.pointer import Stored


class Repository:
    """A project: the folder that holds `.dvc/`, or without DVC the top of the Git tree."""

    git: Git
    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> Repository:
        """The project around a path (default: the current folder)."""
        raise NotImplementedError

    @property
    def scratch(self) -> Path:
        """Where indexes and locks live: inside the Git folder of this working tree."""
        raise NotImplementedError

    @property
    def prefix(self) -> str:
        """The project root relative to the top of the Git tree: "" or "sub/"."""
        raise NotImplementedError

    def config(self, commit: str | None) -> Config:
        """What labelvc.yaml declares at a commit, or (None) in the working tree."""
        raise NotImplementedError

    def sets(self, commit: str | None) -> tuple[LabelSet, ...]:
        """The declared label sets; without labelvc.yaml one for each output of a .dvc file."""
        raise NotImplementedError

    def stored(self, label_set: LabelSet, commit: str | None) -> Stored | None:
        """What is stored of a label set at a commit, or by the pointers of the working tree."""
        raise NotImplementedError

    def source(self, label_set: LabelSet, commit: str) -> Source:
        """The label set's files at a commit, read when asked for."""
        raise NotImplementedError

    def working(self, label_set: LabelSet) -> tuple[Source, str]:
        """The label set's files in the working tree and their hash."""
        raise NotImplementedError

    def prefetch(self, before: Source, after: Source) -> None:
        """Bring the objects that only one of two sources has, in one go, where missing."""
        raise NotImplementedError

    def close(self) -> None:
        """End what runs in the background."""
        self.git.close()
