"""COCO's categories: native ids, names that are told apart, the taxonomy table."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import msgspec
import polars as pl

from labelvc.core.errors import ParseError, shorten
from labelvc.core.snapshot import attributes_json, categories_frame
from labelvc.formats.json_decode import Id, decode

KEYS = frozenset(("id", "name", "supercategory"))


class Categories:
    """The categories of a file."""

    def __init__(self, file: str, raw: msgspec.Raw) -> None:
        self._file = file
        self.raw = raw

    @cached_property
    def pieces(self) -> list[msgspec.Raw]:
        """Their JSON texts."""
        pieces: list[msgspec.Raw] = decode(self._file, "/categories", self.raw, list[msgspec.Raw])
        return pieces

    @cached_property
    def objects(self) -> list[dict[str, Any]]:
        """What is written there."""
        objects: list[dict[str, Any]] = decode(
            self._file, "/categories", self.raw, list[dict[str, Any]]
        )
        return objects

    @cached_property
    def names(self) -> dict[Id, str]:
        """Names by native id, in file order.

        Of several categories with one name the later ones are told apart as `name#id`.
        Raises ParseError for an id that stands twice and for what is no id or no name.
        """
        names: dict[Id, str] = {}
        taken: set[str] = set()
        for index, category in enumerate(self.objects):
            native = self._value(index, category, "id")
            if native in names:
                raise self._error(index, "id", "an id that no other category has", native)
            name = str(self._value(index, category, "name"))
            while name in taken:
                name += f"#{native}"
            taken.add(name)
            names[native] = name
        return names

    def _value(self, index: int, category: Mapping[str, Any], field: str) -> Id:
        value = category.get(field)
        if isinstance(value, str) or (field == "id" and type(value) is int):
            return value
        raise self._error(index, field, f"a category's {field}", value)

    def _error(self, index: int, field: str, expected: str, found: object) -> ParseError:
        place = f"/categories/{index}/{field}"
        return ParseError(self._file, place, expected=expected, found=shorten(found))

    def table(self) -> pl.DataFrame:
        """The taxonomy in file order; `parent` is the supercategory."""
        return categories_frame(
            list(self.names.values()),
            id=[str(native) for native in self.names],
            parent=[_parent(category) for category in self.objects],
            attributes=[attributes_json(_attributes(category)) for category in self.objects],
        )


def _parent(category: Mapping[str, Any]) -> str | None:
    parent = category.get("supercategory")
    return parent if isinstance(parent, str) else None


def _attributes(category: Mapping[str, Any]) -> dict[str, Any]:
    """The further keys, and a supercategory that is no text."""
    attributes = {key: value for key, value in category.items() if key not in KEYS}
    parent = category.get("supercategory")
    return attributes if parent is None or isinstance(parent, str) else {
        **attributes, "supercategory": parent
    }  # fmt: skip
