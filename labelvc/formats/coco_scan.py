"""A COCO file cut into pieces: its annotations and images as bytes, decoded only where asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, overload

import msgspec
import polars as pl

from labelvc.core.errors import ParseError, shorten
from labelvc.core.snapshot import Snapshot
from labelvc.core.tally import Tally
from labelvc.formats.base import Keep
from labelvc.formats.coco_read import (
    Context,
    Id,
    categories_of,
    category_names,
    decode,
    labels_of,
    samples_of,
    without_gc,
)
from labelvc.formats.json_spans import byte_order_mark

DEFAULT_KEY = "file_name"
_FIRST_KEYS = (DEFAULT_KEY, "coco_url", "flickr_url", "id")
_NO_KEYS = ("width", "height", "license")
_ID = re.compile(rb'"id":\s*(?:-?\d+|"[^"\\]*"|null)')


_INFINITE_BOX = re.compile(
    rb'"bbox"\s*:\s*(\[[^]["{]*(?:NaN|Infinity)[^]["{]*\])|"(?:[^"\\]|\\.)*"', re.DOTALL
)


def _as_null(found: re.Match[bytes]) -> bytes:
    """A box that is none as a null of the same length, so that every offset stays."""
    text = found.group()
    return text.replace(found[1], b"null".ljust(len(found[1]))) if found[1] else text


class _Top(msgspec.Struct, gc=False):
    images: msgspec.Raw
    annotations: list[msgspec.Raw]
    categories: msgspec.Raw = msgspec.Raw(b"[]")


class _Text(msgspec.Struct, gc=False):
    annotations: msgspec.Raw


class _CategoryOnly(msgspec.Struct, gc=False):
    category_id: Id | None = None


class _Categories(msgspec.Struct, gc=False):
    annotations: list[_CategoryOnly]


class _IdOnly(msgspec.Struct, gc=False):
    id: Id | None


class _Image(msgspec.Struct, gc=False):
    id: Id
    file_name: str | None = None


class Fragments(Sequence[bytes]):
    """Pieces of a file as bytes, copied only when asked for."""

    def __init__(self, *parts: Sequence[msgspec.Raw]) -> None:
        self._parts = parts

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> list[bytes]: ...
    def __getitem__(self, index: int | slice) -> bytes | list[bytes]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        at = index + len(self) if index < 0 else index
        for part in self._parts:
            if 0 <= at < len(part):
                return bytes(part[at])
            at -= len(part)
        raise IndexError(index)


class Pieces(Mapping[str, Sequence[msgspec.Raw]]):
    """The pieces of a scan; images are cut up only when asked for."""

    def __init__(self, scan: CocoScan) -> None:
        self._scan = scan

    def __getitem__(self, table: str) -> Sequence[msgspec.Raw]:
        return {"labels": lambda: self._scan.annotations, "samples": lambda: self._scan.images}[
            table
        ]()

    def __iter__(self) -> Iterator[str]:
        return iter(("labels", "samples"))

    def __len__(self) -> int:
        return 2


@dataclass(frozen=True)
class Document:
    """A file and what it was read as: what writing it back needs."""

    scan: CocoScan
    labels: pl.DataFrame
    samples: pl.DataFrame
    categories: pl.DataFrame
    records: Fragments
    key: str | None


class CocoScan:
    """One COCO file. Raises ParseError where it is not JSON or lacks images or annotations."""

    def __init__(self, file: str, path: str, content: bytes) -> None:
        self.file = file
        self.path = path
        self.content = content
        self.body: bytes | memoryview = memoryview(content)[byte_order_mark(content) :]
        with without_gc():
            self._top: _Top = self._first_decode()
        self.annotations = self._top.annotations
        self._keys: dict[str, dict[Id, str]] = {}

    def _first_decode(self) -> _Top:
        try:
            top: _Top = msgspec.json.decode(self.body, type=_Top)
            return top
        except msgspec.DecodeError:
            # Some tools write the box of an empty outline as Infinity, which JSON does not have.
            self.body = _INFINITE_BOX.sub(_as_null, self.body)
        except RecursionError:
            pass  # told once more, as ParseError
        whole: _Top = self._decode_all(_Top)
        return whole

    def _decode_all(self, expected: Any) -> Any:
        return decode(self.file, "", self.body, expected)

    @property
    def pieces(self) -> Mapping[str, Sequence[Any]]:
        """The annotations as "labels", the images as "samples"."""
        return Pieces(self)

    @cached_property
    def images(self) -> list[msgspec.Raw]:
        """The images' JSON texts."""
        with without_gc():
            images: list[msgspec.Raw] = decode(
                self.file, "/images", self._top.images, list[msgspec.Raw]
            )
        return images

    @cached_property
    def image_ids(self) -> list[Id]:
        """The images' native ids."""
        return list(self.sample_keys(None))

    @cached_property
    def category_pieces(self) -> list[msgspec.Raw]:
        """The categories' JSON texts."""
        pieces: list[msgspec.Raw] = decode(
            self.file, "/categories", self._top.categories, list[msgspec.Raw]
        )
        return pieces

    @cached_property
    def categories(self) -> list[dict[str, Any]]:
        """The categories as they are written."""
        categories: list[dict[str, Any]] = decode(
            self.file, "/categories", self._top.categories, list[dict[str, Any]]
        )
        return categories

    @cached_property
    def category_names(self) -> dict[Id, str]:
        """Names by native id; repeated names are told apart."""
        return category_names(self.file, self.categories)

    def sample_keys(self, key: str | None) -> dict[Id, str]:
        """Sample keys by image id, in file order. Raises ParseError where they are not unique."""
        field = key or DEFAULT_KEY
        if field not in self._keys:
            self._keys[field] = self._unique_keys(field)
        return self._keys[field]

    def _unique_keys(self, field: str) -> dict[Id, str]:
        with without_gc():
            images: list[_Image] = decode(self.file, "/images", self._top.images, list[_Image])
            ids = [image.id for image in images]
            names = [
                image.file_name if image.file_name is not None else str(image.id)
                for image in images
            ]
        if len(set(ids)) != len(ids):
            raise self._repeated(ids, "id", "an id that no other image has")
        if field == "id":
            names = [str(one) for one in ids]
        elif field != DEFAULT_KEY:
            names = self._named_by(field, names)
        if len(set(names)) != len(names):
            raise self._repeated(names, field, "a value that names one image")
        return dict(zip(ids, names, strict=True))

    def _named_by(self, field: str, names: list[str]) -> list[str]:
        values = self._field(field)
        if not any(value is not None for value in values):
            fields = ", ".join(self.sample_fields())
            raise ParseError(
                self.file,
                "/images",
                expected=f"images with a {field!r}, which `key` names",
                found="none",
                hint=f"Choose `key` among: {fields}.",
            )
        return [name if value is None else value for name, value in zip(names, values, strict=True)]

    def _repeated(self, values: Sequence[Id], field: str, expected: str) -> ParseError:
        first: dict[Id, int] = {}
        for index, value in enumerate(values):
            if value in first:
                break
            first[value] = index
        hint = None if field == "id" else "Choose another `key` for this label set."
        return ParseError(
            self.file,
            f"/images/{index}/{field}",
            expected=expected,
            found=f"{shorten(value)}, as in /images/{first[value]}",
            hint=hint,
        )

    @cached_property
    def _image_objects(self) -> list[dict[str, Any]]:
        with without_gc():
            images: list[dict[str, Any]] = decode(
                self.file, "/images", self._top.images, list[dict[str, Any]]
            )
        return images

    def _field(self, field: str) -> list[str | None]:
        """A field of every image as text; None where it is not a text or whole number."""
        values = (image.get(field) for image in self._image_objects)
        return [
            str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else None
            for value in values
        ]

    def sample_fields(self) -> Mapping[str, Sequence[str | None]]:
        """The fields that could identify images: the usual ones, then any with unique values."""
        fields = dict.fromkeys(_FIRST_KEYS)
        for image in self._image_objects:
            fields.update(dict.fromkeys(image))
        found = {}
        for field in fields:
            values = self._field(field)
            known = [value for value in values if value is not None]
            if field in _FIRST_KEYS:
                wanted = bool(known) or field == DEFAULT_KEY
            else:
                wanted = field not in _NO_KEYS and len(set(known)) == len(values) > 0
            if wanted:
                found[field] = values
        return found

    def comparable(self, other: CocoScan, key: str | None) -> bool:
        """Whether the ids that both files have mean the same images and categories in both.

        A category renamed under its id still counts as the same.
        """
        return _agree(self.category_names, other.category_names, renames=True) and (
            self._top.images == other._top.images
            or _agree(self.sample_keys(key), other.sample_keys(key))
        )

    def without_ids(self) -> list[bytes] | None:
        """The annotations' texts without their own ids, or None where that is not surely so."""
        if not self.annotations:
            return None
        with without_gc():
            text = memoryview(self._decode_all(_Text).annotations)
            blanked, count = _ID.subn(b'"id":0', text)
            if count != len(self.annotations) or not self._has_own_ids(blanked):
                return None
            return list(map(bytes, msgspec.json.decode(blanked, type=list[msgspec.Raw])))

    def _has_own_ids(self, text: bytes) -> bool:
        """Whether every annotation has an id of its own, given that there are as many ids."""
        if text.count(b"{") == len(self.annotations):
            return True
        try:
            msgspec.json.decode(text, type=list[_IdOnly])
        except msgspec.DecodeError:
            return False
        return True

    def tally(self) -> Tally:
        """Counts of the whole; of the annotations only the category is decoded."""
        names = self.category_names
        per_name = dict.fromkeys(names.values(), 0)
        if names:
            with without_gc():
                rows: _Categories = self._decode_all(_Categories)
                counts = Counter([row.category_id for row in rows.annotations])
            for native, count in counts.items():
                if native in names:
                    per_name[names[native]] += count
                elif native is not None:
                    raise self._dangling(rows, native)
        return Tally(len(self.images), len(self.annotations), per_name)

    def _dangling(self, rows: _Categories, native: Id) -> ParseError:
        index = next(i for i, row in enumerate(rows.annotations) if row.category_id == native)
        return ParseError(
            self.file,
            f"/annotations/{index}/category_id",
            expected="the id of a category",
            found=shorten(native),
        )

    def read(self, keep: Keep | None = None, key: str | None = None) -> Snapshot:
        """The snapshot, or the part that the kept annotations and images hold."""
        keys = self.sample_keys(key)
        context = Context(self.file, keys, self.category_names)
        annotations, places = _kept(self.annotations, keep, "labels")
        images, image_places = _kept(self.images, keep, "samples")
        names = list(keys.values())
        labels = labels_of(context, annotations, places)
        samples = samples_of(
            self.file, [names[i] for i in image_places], images, image_places, len(annotations)
        )
        categories = categories_of(self.category_names, self.categories)
        records = Fragments(annotations, images)
        whole = {self.path: Document(self, labels, samples, categories, records, key)}
        return Snapshot(
            labels, samples, categories, "coco", records, {} if keep is not None else whole
        )


def _kept(
    pieces: Sequence[msgspec.Raw], keep: Keep | None, table: str
) -> tuple[Sequence[msgspec.Raw], Sequence[int]]:
    """The kept pieces of a table and their indexes."""
    if keep is None:
        return pieces, range(len(pieces))
    indexes = keep.get(table, ())
    return [pieces[index] for index in indexes], indexes


def _agree(one: Mapping[Id, str], two: Mapping[Id, str], renames: bool = False) -> bool:
    """Whether two maps agree wherever both have a key."""
    if one == two:
        return True
    olds, news = set(one.values()), set(two.values())
    return all(
        name == two[native] or (renames and name not in news and two[native] not in olds)
        for native, name in one.items()
        if native in two
    )
