"""ImageNet's folders of images, one a WordNet id, with the list that says what the ids mean."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from labelvc.core.errors import LossError
from labelvc.core.snapshot import Snapshot
from labelvc.core.tally import Tally
from labelvc.formats import imagefolder
from labelvc.formats.base import Keep, Settings
from labelvc.formats.class_names import WNID, ClassNames
from labelvc.formats.class_write import with_classes
from labelvc.formats.folder import Contents
from labelvc.formats.fragments import resolved
from labelvc.formats.source import Source

_FOLDER = re.compile(rf"(?:.*/)?({WNID.pattern})/[^/]+")


def is_by_wnid(source: Source) -> bool:
    """Whether images lie in folders named by WordNet ids."""
    return source.is_folder and any(map(_FOLDER.fullmatch, source.files))


class WnidScan(imagefolder.ImageFolderScan):
    """Class folders, read under the names of their classes."""

    def __init__(self, source: Source, classes: ClassNames, *, whole: bool) -> None:
        super().__init__(source, whole=whole)
        self.classes = classes

    def comparable(self, other: Any, key: str | None) -> bool:
        """Whether samples and classes are named alike."""
        return super().comparable(other, key) and self.classes == other.classes

    def tally(self) -> Tally:
        """Counts paths."""
        plain = super().tally()
        counts: Counter[str] = Counter(dict.fromkeys(self.classes.names, 0))
        for name, count in plain.categories.items():
            counts[self.classes.by_id.get(name, name)] += count
        return Tally(plain.samples, plain.labels, dict(counts))

    def read(self, keep: Keep | None = None, key: str | None = None) -> Snapshot:
        """The classes of all files, or of the kept ones."""
        plain = super().read(keep, key)
        labels = _renamed(plain.labels, self.classes.by_id)
        categories = self.classes.table(labels["category"].drop_nulls().to_list())
        documents = dict(plain.documents)
        if documents:
            documents |= {"classes": self.classes, "categories": categories}
        return replace(
            plain, labels=labels, categories=categories, format="imagenet", documents=documents
        )


def write_folder(snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
    """The whole folder, each file under its class's id. Raises LossError."""
    documents = snapshot.documents
    classes: ClassNames = documents.get("classes", ClassNames())
    read = documents.get("categories", snapshot.categories)
    classes, listed = with_classes(classes, snapshot, read, documents.get("rest", {}))
    known = set(classes.names)
    for name in resolved(snapshot)["category"].drop_nulls().unique().sort():
        if name not in known and not WNID.fullmatch(name):
            raise LossError(
                f"category {name!r}: no folder of ImageNet stands for it",
                hint=f"Add its id to {classes.path or 'the list of classes'} first.",
            )
    labels = _renamed(resolved(snapshot), classes.id_of)
    plain = replace(snapshot, labels=labels, categories=Snapshot().categories, format="imagefolder")
    keys = {name: value for name, value in settings.items() if name == "keys"}
    written = imagefolder.write(plain, keys)
    return Contents(listed, getattr(written, "kept", {}))


def _renamed(labels: pl.DataFrame, names: Mapping[str, str]) -> pl.DataFrame:
    return labels.with_columns(pl.col("category").replace(dict(names)))
