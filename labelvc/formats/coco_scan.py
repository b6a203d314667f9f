"""A COCO file cut into pieces: its annotations and images as bytes, decoded only where asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import msgspec
import polars as pl

from labelvc.core.errors import ParseError, shorten
from labelvc.core.joined import Buffer, Joined
from labelvc.core.snapshot import Snapshot
from labelvc.core.tally import Tally
from labelvc.formats.base import Keep
from labelvc.formats.coco_categories import Categories
from labelvc.formats.coco_images import Images
from labelvc.formats.coco_labels import Context, labels_of
from labelvc.formats.json_decode import Id, decode, without_gc
from labelvc.formats.json_spans import Elements, byte_order_mark, top_level

_Value = TypeVar("_Value")
_ID = re.compile(rb'"id":\s*(?:-?\d+|"[^"\\]*"|null)')
# A box of nothing but NaN or Infinity; other strings are met only to be passed over.
_ENDLESS_BOX = re.compile(
    rb'"bbox"\s*:\s*(\[\s*%b(?:\s*,\s*%b)*\s*\])|"(?:[^"\\]|\\.)*"'
    % ((rb"(?:NaN|-?Infinity)",) * 2),
    re.DOTALL,
)


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


class _ImageOnly(msgspec.Struct, gc=False):
    image_id: Id | None = None


class _Images(msgspec.Struct, gc=False):
    annotations: list[_ImageOnly]


class _IdOnly(msgspec.Struct, gc=False):
    id: Id | None


class _MaybeId(msgspec.Struct, gc=False):
    id: Id | None = None


class _Ids(msgspec.Struct, gc=False):
    annotations: list[_MaybeId]


class Lazily(Mapping[str, _Value]):
    """A mapping whose names and values are worked out only when asked for."""

    def __init__(self, names: Callable[[], Iterable[str]], value: Callable[[str], _Value]) -> None:
        self._names = names
        self._value = value

    def __getitem__(self, name: str) -> _Value:
        if not any(name == one for one in self._names()):
            raise KeyError(name)
        return self._value(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return sum(1 for _ in self._names())


@dataclass(frozen=True)
class Document:
    """A file and what it was read as: what writing it back needs.

    Of a part, `places` and `image_places` are the indices of the annotations and images that were
    read; the others are written back as they are.
    """

    scan: CocoScan
    key: str | None
    labels: pl.DataFrame
    samples: pl.DataFrame
    categories: pl.DataFrame
    records: Sequence[bytes]
    places: Sequence[int]
    image_places: Sequence[int]


class CocoScan:
    """One COCO file. Raises ParseError where it is not JSON or lacks images or annotations.

    `body` is the content without its mark; boxes of nothing but NaN or Infinity, which JSON does
    not have and some tools write for an empty outline, are null in it.
    """

    def __init__(self, file: str, path: str, content: bytes) -> None:
        self.file = file
        self.path = path
        self.content = content
        self.body: bytes | memoryview = memoryview(content)[byte_order_mark(content) :]
        self._is_mended = False
        with without_gc():
            top: _Top = self._first_decode()
        self.annotations = top.annotations
        self.images = Images(file, top.images)
        self.categories = Categories(file, top.categories)

    def _first_decode(self) -> Any:
        try:
            return msgspec.json.decode(self.body, type=_Top)
        except (msgspec.DecodeError, RecursionError):
            if b"Infinity" in self.content or b"NaN" in self.content:
                self.body = _ENDLESS_BOX.sub(_as_null, self.body)
                self._is_mended = True
        return self._decode_all(_Top)

    def _decode_all(self, expected: Any) -> Any:
        return decode(self.file, "", self.body, expected)

    @property
    def pieces(self) -> Mapping[str, Sequence[Any]]:
        """The annotations as "labels", the images as "samples"."""
        return Lazily(
            lambda: ("labels", "samples"),
            lambda table: self.annotations if table == "labels" else self.images.pieces,
        )

    def sample_fields(self) -> Mapping[str, Sequence[str | None]]:
        """The fields that could identify images: the usual ones, then any with unique values."""
        return Lazily(self.images.identifying, self.images.field)

    def comparable(self, other: CocoScan, key: str | None) -> bool:
        """Whether the ids that both files have mean the same images and categories in both.

        A category renamed under its id still counts as the same.
        Raises ParseError for an annotation of an image that only the other file has, as it may be
        cancelled unread.
        """
        if self.images.raw != other.images.raw:
            self._refuse_images_of(other, key)
            other._refuse_images_of(self, key)
        return agree(self.categories.names, other.categories.names, renames=True) and (
            self.images.raw == other.images.raw
            or agree(self.images.keys(key), other.images.keys(key))
        )

    def _refuse_images_of(self, other: CocoScan, key: str | None) -> None:
        foreign = other.images.keys(key).keys() - self.images.keys(key).keys()
        if not foreign:
            return
        with without_gc():
            rows: list[_ImageOnly] = self._decode_all(_Images).annotations
        if any(row.image_id in foreign for row in rows):
            self.read(key=key)  # says which

    def without_ids(self) -> list[bytes] | None:
        """The annotations' texts without their own ids, or None where that is not surely so."""
        with without_gc():
            text = memoryview(self._decode_all(_Text).annotations)
            blanked, count = _ID.subn(b'"id":0', text)
            if not count or count != len(self.annotations) or not self._has_own_ids(blanked):
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

    def last_id(self) -> int:
        """The highest native id of an annotation that is a number; 0 without any."""
        return max((one for one in self.ids() if isinstance(one, int)), default=0)

    def ids(self) -> list[Id | None]:
        """The native ids of all annotations."""
        with without_gc():
            rows: list[_MaybeId] = self._decode_all(_Ids).annotations
            return [row.id for row in rows]

    def elsewhere(self, samples: Collection[str], keep: Keep) -> Collection[str]:
        """None: an image is one piece."""
        return ()

    def tally(self) -> Tally:
        """Counts of the whole; of the annotations only the category is decoded."""
        names = self.categories.names
        per_name = dict.fromkeys(names.values(), 0)
        if names:
            with without_gc():
                rows: list[_CategoryOnly] = self._decode_all(_Categories).annotations
                counts = Counter([row.category_id for row in rows])
            for native, count in counts.items():
                if native in names:
                    per_name[names[native]] += count
                elif native is not None:
                    raise self._dangling(rows, native)
        return Tally(len(self.images.pieces), len(self.annotations), per_name)

    def _dangling(self, rows: Sequence[_CategoryOnly], native: Id) -> ParseError:
        index = next(i for i, row in enumerate(rows) if row.category_id == native)
        place = f"/annotations/{index}/category_id"
        expected = "the id of a category"
        return ParseError(self.file, place, expected=expected, found=shorten(native))

    def read(self, keep: Keep | None = None, key: str | None = None) -> Snapshot:
        """The snapshot, or the part that the kept annotations and images hold."""
        whole = {"labels": range(len(self.annotations)), "samples": range(len(self.images.pieces))}
        places, image_places = ((whole if keep is None else keep).get(table, ()) for table in whole)
        annotations = self.annotations
        if keep is not None:
            annotations = [annotations[at] for at in places]
        with without_gc():
            context = Context(self.file, self.images.keys(key), self.categories.names)
            labels = labels_of(context, annotations, places)
            samples = self.images.table(key, image_places, len(annotations))
        categories = self.categories.table()
        records = Joined(
            self._as_written("annotations", self.annotations, places),
            self._as_written("images", self.images.pieces, image_places),
        )
        if keep is not None:
            return Snapshot(labels, samples, categories, "coco", records)
        document = Document(self, key, labels, samples, categories, records, places, image_places)
        return Snapshot(labels, samples, categories, "coco", records, {self.path: document})

    def with_document(self, part: Snapshot, keep: Keep, key: str | None) -> Snapshot:
        """A part that this file, or one with the same rows, was read as, to be written back."""
        document = Document(
            self,
            key,
            part.labels,
            part.samples,
            part.categories,
            part.records,
            keep["labels"],
            keep["samples"],
        )
        return replace(part, documents={self.path: document})

    def _as_written(
        self, name: str, raws: Sequence[msgspec.Raw], places: Sequence[int]
    ) -> Sequence[Buffer]:
        """The texts of elements as they stand in the file."""
        if not self._is_mended:
            return raws if places == range(len(raws)) else [raws[at] for at in places]
        span = top_level(self.content, self.body, self.file)[name]
        elements = Elements.of(self.content, span, raws)
        return [self.content[elements.starts[at] : elements.ends[at]] for at in places]


def _as_null(found: re.Match[bytes]) -> bytes:
    """A box that is none as a null of the same length, so that every offset stays."""
    text = found.group()
    return text.replace(found[1], b"null".ljust(len(found[1]))) if found[1] else text


def agree(one: Mapping[Id, str], two: Mapping[Id, str], renames: bool = False) -> bool:
    """Whether two maps agree wherever both have a key."""
    if one == two:
        return True
    olds, news = set(one.values()), set(two.values())
    return all(
        name == two[native] or (renames and name not in news and two[native] not in olds)
        for native, name in one.items()
        if native in two
    )
