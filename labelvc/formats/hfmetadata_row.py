"""A row of a metadata file: what it says of a medium."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labelvc.core.errors import ParseError
from labelvc.core.snapshot import attributes_json
from labelvc.formats import hfmetadata_objects as objects
from labelvc.formats.base import Settings
from labelvc.formats.json_rows import is_scalar, text_of
from labelvc.formats.row_edits import Row
from labelvc.formats.row_format import Said
from labelvc.formats.rows import RowFile
from labelvc.formats.splits import SPLITS

FILES = ("file_name", "file_names")
SPLIT = "split"


def file_column(names: Sequence[str]) -> str | None:
    """The column that names a row's medium."""
    for wanted in FILES:
        fitting = [name for name in names if name == wanted or name.endswith(f"_{wanted}")]
        if fitting:
            return wanted if wanted in fitting else fitting[0]
    return None


def columns_of(settings: Settings, name: str) -> list[str]:
    """The columns that a setting names."""
    return [one.strip() for one in settings.get(name, "").split(",") if one.strip()]


def settings_objects(settings: Settings) -> str:
    """The column with boxes."""
    return settings.get("objects", "objects")


@dataclass(frozen=True)
class MetadataRow:
    """A row that is being read."""

    file: RowFile
    row: int
    value: Mapping[str, Any]
    settings: Settings

    def _error(self, expected: str, found: object, name: str, at: str = "") -> ParseError:
        return self.file.error(self.row, expected, found, at=f"/{name}{at}")

    def said(self) -> Said:
        """What it says; raises ParseError."""
        name = file_column(list(self.value))
        if name is None:
            raise self.file.error(self.row, "a column file_name, or one that ends in it", "none")
        path = self._path(name)
        home = posixpath.dirname(self.file.name)
        folders = [part for part in home.split("/") if part in SPLITS]
        split = self.value.get(SPLIT)
        labels, known = self._labels()
        known |= {name} if isinstance(self.value[name], str) else set()
        if isinstance(split, str):
            known.add(SPLIT)
        rest = {key: one for key, one in self.value.items() if key not in known and one is not None}
        key = settings_objects(self.settings)
        if key in self.value and (more := objects.beside(self.value[key])):
            rest[key] = more
        sample = {
            "sample": posixpath.join(home, path),
            "path": posixpath.join(home, path),
            "split": split if isinstance(split, str) else next(iter(folders), None),
            "attributes": attributes_json(rest),
        }
        return Said(sample, labels)

    def _path(self, name: str) -> str:
        value = self.value[name]
        first = value[0] if isinstance(value, list) and value else value
        if not isinstance(first, str) or not first:
            raise self._error("the path of a file", value, name)
        return first

    def _labels(self) -> tuple[list[Row], set[str]]:
        labels: list[Row] = []
        known: set[str] = set()
        name = settings_objects(self.settings)
        if self.value.get(name) is not None:
            known.add(name)
            shape = self.settings.get("bbox", "xywh")
            labels += objects.labels(
                self.value[name], shape, lambda e, f, at: self._error(e, f, name, at)
            )
        for setting, kind, column in (("label", "class", "category"), ("text", "text", "text")):
            names = columns_of(self.settings, setting)
            for name in names:
                known.add(name)
                for one in self._several(name):
                    told = {"column": name} if len(names) > 1 else {}
                    label = {"kind": kind, column: text_of(one)}
                    labels.append({**label, "attributes": attributes_json(told)})
        return labels, known

    def _several(self, name: str) -> list[Any]:
        value = self.value.get(name)
        several = value if isinstance(value, list) else [] if value is None else [value]
        if not all(map(is_scalar, several)):
            raise self._error("text, or a list of texts", value, name)
        return several
