"""COCO's images: native ids, the field that identifies them, the samples table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import msgspec
import polars as pl

from labelvc.core.errors import ParseError, shorten
from labelvc.core.snapshot import attributes_json, samples_frame
from labelvc.formats.json_decode import Id, decode, without_gc

KEYS = frozenset(("id", "file_name", "width", "height"))
DEFAULT_KEY = "file_name"
_USUAL_KEYS = ("coco_url", "flickr_url", "id")
_NO_KEYS = (DEFAULT_KEY, "width", "height", "license")


class _Image(msgspec.Struct, gc=False):
    id: Id
    file_name: str | None = None


class Images:
    """The images of a file, decoded no further than asked."""

    def __init__(self, file: str, raw: msgspec.Raw) -> None:
        self._file = file
        self.raw = raw
        self._keys: dict[str, dict[Id, str]] = {}

    def _decode(self, expected: Any) -> Any:
        with without_gc():
            return decode(self._file, "/images", self.raw, expected)

    @cached_property
    def pieces(self) -> list[msgspec.Raw]:
        """Their JSON texts."""
        pieces: list[msgspec.Raw] = self._decode(list[msgspec.Raw])
        return pieces

    @cached_property
    def objects(self) -> list[dict[str, Any]]:
        """What is written there."""
        objects: list[dict[str, Any]] = self._decode(list[dict[str, Any]])
        return objects

    @cached_property
    def ids(self) -> list[Id]:
        """Their native ids."""
        return list(self.keys(DEFAULT_KEY))

    def keys(self, key: str | None) -> dict[Id, str]:
        """Sample keys by native id, in file order; where the field is null, the file name.

        Raises ParseError where ids or keys are not unique.
        """
        field = key or DEFAULT_KEY
        if field not in self._keys:
            self._keys[field] = self._unique_keys(field)
        return self._keys[field]

    def _unique_keys(self, field: str) -> dict[Id, str]:
        images: list[_Image] = self._decode(list[_Image])
        ids = [image.id for image in images]
        if len(set(ids)) != len(ids):
            raise self._repeated(ids, "id", "an id that no other image has")
        names = [str(image.id) if image.file_name is None else image.file_name for image in images]
        if field != DEFAULT_KEY:
            names = self._named_by(field, names)
        if len(set(names)) != len(names):
            raise self._repeated(names, field, "a value that names one image")
        return dict(zip(ids, names, strict=True))

    def _named_by(self, field: str, names: list[str]) -> list[str]:
        values = self.field(field)
        if values.count(None) < len(values):
            pairs = zip(names, values, strict=True)
            return [name if value is None else value for name, value in pairs]
        raise ParseError(
            self._file,
            "/images",
            expected=f"images with a {field!r}, which `key` names",
            found="none",
            hint=f"Choose `key` among: {', '.join(self.identifying())}.",
        )

    def _repeated(self, values: Sequence[Id], field: str, expected: str) -> ParseError:
        first: dict[Id, int] = {}
        index = next(i for i, value in enumerate(values) if first.setdefault(value, i) != i)
        return ParseError(
            self._file,
            f"/images/{index}/{field}",
            expected=expected,
            found=f"{shorten(values[index])}, as in /images/{first[values[index]]}",
            hint=None if field == "id" else "Choose another `key` for this label set.",
        )

    def field(self, field: str) -> list[str | None]:
        """A field of every image as text; None where it is not a text or whole number."""
        values = (image.get(field) for image in self.objects)
        return [
            str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else None
            for value in values
        ]

    def identifying(self) -> Iterator[str]:
        """The fields that could identify images: the usual ones, then any with unique values.

        The images are looked into from the second one on.
        """
        yield DEFAULT_KEY
        every = {key for image in self.objects for key in image}
        for field in (*_USUAL_KEYS, *sorted(every.difference(_USUAL_KEYS, _NO_KEYS))):
            values = self.field(field)
            known = {value for value in values if value is not None}
            if known and (field in _USUAL_KEYS or len(known) == len(values)):
                yield field

    def table(self, key: str | None, places: Sequence[int], record: int) -> pl.DataFrame:
        """The samples at these places in the file; `record` is the record of the first."""
        names = list(self.keys(key).values())
        images: list[dict[str, Any]] = [
            decode(self._file, f"/images/{at}", self.pieces[at], dict[str, Any]) for at in places
        ]
        return samples_frame(
            sample=[names[at] for at in places],
            path=[image.get("file_name") for image in images],
            width=self._sides("width", images, places),
            height=self._sides("height", images, places),
            attributes=[
                attributes_json({name: value for name, value in image.items() if name not in KEYS})
                for image in images
            ],
            record=pl.int_range(record, record + len(images), eager=True),
        )

    def _sides(
        self, side: str, images: Sequence[Mapping[str, Any]], places: Sequence[int]
    ) -> list[float | None]:
        sides = [image.get(side) for image in images]
        for value, at in zip(sides, places, strict=True):
            if value is not None and type(value) not in (int, float):
                raise ParseError(
                    self._file,
                    f"/images/{at}/{side}",
                    expected="a number of pixels",
                    found=shorten(value),
                )
        return sides
