"""A named awkward label file, for the contract that every format keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labelvc.formats.source import MemoryBlob, Source


@dataclass(frozen=True)
class Case:
    """`labels` are the expected rows in file order, each with the columns worth stating."""

    name: str
    format: str
    files: Mapping[str, bytes]
    labels: Sequence[Mapping[str, Any]]
    samples: Sequence[str]  # expected sample keys, in order
    categories: Sequence[str]  # expected category names, in order
    folder: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    sniffed: bool = True  # False: another format may claim it too, or settings are needed

    def source(self) -> Source:
        """The files as a label set held in memory."""
        blobs = {path: MemoryBlob(content) for path, content in self.files.items()}
        return Source(self.name, blobs, is_folder=self.folder)

    def __str__(self) -> str:
        return f"{self.format}: {self.name}"
