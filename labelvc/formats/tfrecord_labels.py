"""What a record of object detection says: a sample and its labels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from labelvc.core.snapshot import attributes_json
from labelvc.formats.tfrecord_file import Piece, Place
from labelvc.formats.tfrecord_map import LabelMap
from labelvc.formats.tfrecord_wire import Malformed, Part, Values, value_of

Row = dict[str, Any]

SIDES = ("xmin", "xmax", "ymin", "ymax")
_BOX = "image/object/bbox/"
_OBJECT = "image/object/"
_NAMES = ("class/text", "class/label")
_NO_CLASS = 0  # the number of the background, which no label map has
_LONG = 1000  # bytes of a value beyond which its digest stands for it


@dataclass(frozen=True)
class Said:
    """A record's sample and its labels, in the columns of a snapshot."""

    sample: Row
    labels: Sequence[Row]


class Features:
    """The features of a record, decoded as they are asked for."""

    def __init__(self, piece: Piece, place: Place) -> None:
        self._raw = dict(piece.features)
        self.place = place

    def take(self, name: str, kind: type) -> list[Any]:
        """The values of a feature, which is then done with; raises ParseError for other ones."""
        content = self._raw.pop(name, b"")
        values = self._decoded(name, content)
        for value in values:
            if not isinstance(value, kind):
                raise self.place.error(_KINDS[kind], repr(value)[:60], feature=name)
        return values

    def texts(self, name: str) -> list[str]:
        """The values of a feature as texts."""
        values = self.take(name, bytes)
        try:
            return [value.decode() for value in values]
        except UnicodeDecodeError as error:
            found = repr(error.object[error.start : error.start + 20])
            raise self.place.error("text in UTF-8", found, feature=name) from None

    def one(self, name: str) -> str | None:
        """The only text of a feature, None for an empty one."""
        found = self.texts(name)
        if len(found) > 1:
            raise self.place.error("one value", str(len(found)), feature=name)
        return found[0] or None if found else None

    def count(self, name: str) -> int:
        """How many values a feature has."""
        return len(self._decoded(name, self._raw.get(name, b"")))

    def drop(self, name: str) -> None:
        """Take a feature as done with."""
        del self._raw[name]

    def rest(self) -> dict[str, Values]:
        """Everything that was not taken."""
        return {name: self._decoded(name, content) for name, content in self._raw.items()}

    def _decoded(self, name: str, content: bytes) -> Values:
        try:
            return value_of(Part(content, 0, len(content)))
        except Malformed as error:
            raise self.place.error(error.expected, error.found, feature=name) from None


_KINDS: Mapping[type, str] = {bytes: "bytes", int: "an integer", float: "a float"}


def said(piece: Piece, place: Place, label_map: LabelMap) -> Said:
    """What a record says. Raises ParseError."""
    features = Features(piece, place)
    path = features.one("image/filename")
    source_id = features.one("image/source_id")
    key = path or source_id or piece.image
    if key is None:
        raise place.error("image/filename or image/source_id", "neither")
    sample = {
        "sample": key,
        "path": path,
        "split": piece.split,
        "width": _size(features, "image/width"),
        "height": _size(features, "image/height"),
        "digest": piece.image,
    }
    labels = [*_boxes(features, label_map), *_classes(features, label_map)]
    rest = _plain(features.rest())
    if source_id not in (None, key):
        rest["source_id"] = source_id
    return Said({**sample, "attributes": attributes_json(rest)}, labels)


def _size(features: Features, name: str) -> float | None:
    values = features.take(name, int)
    if len(values) > 1:
        raise features.place.error("one value", str(len(values)), feature=name)
    return float(values[0]) if values and values[0] > 0 else None


def _boxes(features: Features, label_map: LabelMap) -> list[Row]:
    sides = [features.take(_BOX + side, float) for side in SIDES]
    count = len(sides[0])
    for side, values in zip(SIDES, sides, strict=True):
        if len(values) != count:
            expected = f"{count} values, as xmin has"
            raise features.place.error(expected, str(len(values)), feature=_BOX + side)
        if not all(map(math.isfinite, values)):
            raise features.place.error("finite numbers", "others", feature=_BOX + side)
    named = _categories(features, _OBJECT, count, label_map)
    further = _further(features, count)
    return [
        {
            "kind": "box",
            "unit": "fraction",
            "x": left,
            "y": top,
            "width": right - left,
            "height": bottom - top,
            "category": category,
            "attributes": attributes_json({**more, **one}),
        }
        for (left, right, top, bottom), (category, more), one in zip(
            zip(*sides, strict=True), named, further, strict=True
        )
    ]


def _classes(features: Features, label_map: LabelMap) -> list[Row]:
    """The classes of the whole image."""
    count = max(features.count(f"image/{name}") for name in _NAMES)
    named = _categories(features, "image/", count, label_map)
    return [
        {"kind": "class", "category": category, "attributes": attributes_json(more)}
        for category, more in named
        if category is not None
    ]


def _categories(
    features: Features, prefix: str, count: int, label_map: LabelMap
) -> list[tuple[str | None, Row]]:
    """The category of each label, with its number where no label map says the same."""
    texts = features.texts(f"{prefix}class/text")
    numbers = features.take(f"{prefix}class/label", int)
    for name, values in zip(_NAMES, (texts, numbers), strict=True):
        if len(values) not in (0, count):
            expected = f"{count} values or none"
            raise features.place.error(expected, str(len(values)), feature=prefix + name)
    pairs = zip(texts or [""] * count, numbers or [None] * count, strict=True)
    return [_category(text, number, label_map) for text, number in pairs]


def _category(text: str, number: int | None, label_map: LabelMap) -> tuple[str | None, Row]:
    if not text:
        known = number is not None and number != _NO_CLASS
        named = label_map.by_number.get(number or _NO_CLASS)
        return named or (str(number) if known else None), {}
    name = label_map.by_text.get(text, text)
    same = number is None or label_map.numbers.get(name) == number
    return name, {} if same else {"label": number}


def _further(features: Features, count: int) -> list[Row]:
    """What else a record lists of its boxes, by name."""
    found: list[Row] = [{} for _ in range(count)]
    for name, values in features.rest().items():
        if name.startswith(_OBJECT) and values and len(values) == count:
            features.drop(name)
            for one, value in zip(found, values, strict=True):
                if value != b"":
                    one[name.removeprefix(_OBJECT)] = _told(value)
    return found


def _plain(features: Mapping[str, Values]) -> Row:
    """Features as attributes: a list only where there are several values; none for empty ones."""
    found: Row = {}
    for name, values in features.items():
        told = [_told(value) for value in values if value != b""]
        if told:
            found[name.removeprefix("image/")] = told[0] if len(told) == 1 else told
    return found


def _told(value: bytes | float | int) -> Any:
    """A value as JSON can hold it; long bytes and those that are no text, by their digest."""
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if not isinstance(value, bytes):
        return value
    try:
        if len(value) <= _LONG:
            return value.decode()
    except UnicodeDecodeError:
        pass
    return f"sha256:{sha256(value).hexdigest()}"
