"""A LabelMe file as a sample with its labels, and back."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PureWindowsPath
from typing import Any

import msgspec

from labelvc.core.errors import LossError, ParseError, shorten
from labelvc.core.snapshot import attributes_json
from labelvc.formats.json_decode import decode
from labelvc.formats.json_edit import edited
from labelvc.formats.json_rows import finite
from labelvc.formats.json_spans import byte_order_mark
from labelvc.formats.labelme_points import shape_of
from labelvc.formats.labelme_shapes import Row, Size, label_of

VERSION = "6.3.1"  # of LabelMe, whose layout a new file has
_OWN = ("version", "flags", "shapes", "imagePath", "imageData", "imageHeight", "imageWidth")
_SIDES = (("height", "imageHeight"), ("width", "imageWidth"))


@dataclass(frozen=True)
class Page:
    """What a file says: `fragments` are the bytes of its shapes, the labels of which come last.

    Before them stand the labels of its flags, which have no fragment.
    """

    sample: Row
    flags: Sequence[Row]
    shapes: Sequence[Row]
    fragments: Sequence[bytes]


def page_of(content: bytes, where: str) -> Page:
    """A file decoded; raises ParseError."""
    try:
        return _page_of(content, where)
    except RecursionError:
        raise ParseError(where, "", expected="JSON", found="endlessly nested brackets") from None


def _page_of(content: bytes, where: str) -> Page:
    body = content[byte_order_mark(content) :]
    raws = decode(where, "", body, dict[str, msgspec.Raw])
    if "shapes" not in raws:
        raise ParseError(where, "", expected="a field 'shapes'", found="an object without it")
    shapes = decode(where, "/shapes", raws.pop("shapes"), list[msgspec.Raw])
    values = {name: decode(where, f"/{name}", raw, Any) for name, raw in raws.items()}
    sample = _sample(values, where)
    size = (sample["height"], sample["width"])
    labels = [
        label_of(_shape(raw, where, f"/shapes/{at}"), where, f"/shapes/{at}", size)
        for at, raw in enumerate(shapes)
    ]
    flags = [
        {"kind": "class", "category": name, "verdict": "present" if flag else "absent"}
        for name, flag in _flags(values).items()
    ]
    return Page(sample, flags, labels, [bytes(raw) for raw in shapes])


def _shape(raw: msgspec.Raw, where: str, place: str) -> Row:
    shape: Row = decode(where, place, raw, dict[str, Any])
    if not isinstance(shape.get("label"), str):
        found = shorten(shape.get("label")) if "label" in shape else "a shape without it"
        raise ParseError(where, f"{place}/label", expected="a text", found=found)
    kind = shape.get("shape_type")
    if not isinstance(kind, str | None):
        raise ParseError(where, f"{place}/shape_type", expected="a text", found=shorten(kind))
    return shape


def _flags(values: Mapping[str, Any]) -> dict[str, bool]:
    flags = values.get("flags")
    if not isinstance(flags, dict) or not all(isinstance(flag, bool) for flag in flags.values()):
        return {}  # they are the sample's attribute then
    return flags


def _sample(values: Mapping[str, Any], where: str) -> Row:
    attributes = {name: value for name, value in values.items() if name not in _OWN}
    if values.get("flags") and not _flags(values):
        attributes["flags"] = values["flags"]
    path = values.get("imagePath")
    if not isinstance(path, str | None):
        raise ParseError(where, "/imagePath", expected="a text", found=shorten(path))
    sample: Row = {
        "path": PureWindowsPath(path).as_posix() if path else None,
        "digest": _digest(values.get("imageData"), where),
        "attributes": attributes_json(attributes),
    }
    for side, name in _SIDES:
        sample[side] = finite(values.get(name))
        if sample[side] is None and values.get(name) is not None:
            raise ParseError(where, f"/{name}", expected="a number", found=shorten(values[name]))
    return sample


def _digest(data: Any, where: str) -> str | None:
    """The image that the file holds, by its sha256."""
    if data is None:
        return None
    try:
        image = base64.b64decode("".join(data.split()), validate=True)
    except (AttributeError, ValueError) as error:
        raise ParseError(
            where, "/imageData", expected="an image in base64, or null", found=str(error)
        ) from None
    return f"sha256:{hashlib.sha256(image).hexdigest()}"


def content_of(
    sample: Mapping[str, Any],
    labels: Sequence[tuple[Mapping[str, Any], bytes | None]],
    old: bytes | None,
    where: str,
) -> bytes:
    """The file of a sample, `old` with what changed; labels stand beside their old shapes.

    Raises LossError for what it cannot say.
    """
    values = _template(sample) if old is None else _values(old)
    before = None if old is None else page_of(old, where)
    size = (sample["height"], sample["width"])
    new = _edited_sample(values, sample, before)
    shapes = [one for one in labels if one[0]["kind"] != "class"]
    flags = _edited_flags([label for label, _ in labels if label["kind"] == "class"], where)
    if flags or _flags(values):
        new["flags"] = flags
    new["shapes"] = [
        shape_of(label, json.loads(shape) if shape else None, size) for label, shape in shapes
    ]
    content = _spelled(new) if old is None else edited(old, new)
    _verify(content, sample, [label for label, _ in labels], size, where)
    return content


def _values(content: bytes) -> Row:
    values: Row = json.loads(content[byte_order_mark(content) :])
    return values


def _spelled(values: Row) -> bytes:
    return json.dumps(values, indent=2, ensure_ascii=False).encode()


def _template(sample: Mapping[str, Any]) -> Row:
    return {
        "version": VERSION,
        "flags": {},
        "shapes": [],
        "imagePath": sample["path"] or "",
        "imageData": None,
        **{name: _whole(sample[side]) for side, name in _SIDES},
    }


def _whole(number: float | None) -> float | None:
    return int(number) if number is not None and number.is_integer() else number


def _edited_sample(values: Row, sample: Mapping[str, Any], before: Page | None) -> Row:
    """The members of a file but its shapes and flags, changed where the sample did."""
    attributes = json.loads(sample["attributes"] or "{}")
    new = {name: value for name, value in values.items() if name in _OWN}
    if "flags" in attributes or (values.get("flags") and not _flags(values)):
        new["flags"] = attributes.pop("flags", {})
    if before is not None:
        if sample["path"] != before.sample["path"]:
            new["imagePath"] = sample["path"] or ""
        for side, name in _SIDES:
            if sample[side] != before.sample[side]:
                new[name] = _whole(sample[side])
    return {**new, **attributes}


def _edited_flags(labels: Sequence[Mapping[str, Any]], where: str) -> dict[str, bool]:
    flags: dict[str, bool] = {}
    for label in labels:
        if label["category"] in flags or label["attributes"]:
            raise LossError(f"{where}: a flag stands once, and bears yes or no alone")
        flags[label["category"]] = label["verdict"] == "present"
    return flags


def _verify(
    content: bytes,
    sample: Mapping[str, Any],
    labels: Sequence[Mapping[str, Any]],
    size: Size,
    where: str,
) -> None:
    """Raise LossError unless the file says what it should, up to a millionth of a pixel."""
    page = page_of(content, where)
    found = sorted(map(_told, [*page.flags, *page.shapes]))
    wanted = sorted(map(_told, labels))
    if found != wanted or page.sample["attributes"] != sample["attributes"]:
        raise LossError(f"{where}: LabelMe cannot hold its labels as they are")


def _told(label: Mapping[str, Any]) -> str:
    """What counts of a label; the box of an outline follows from the outline."""
    sides = ("x", "y", "width", "height") if label["kind"] == "box" else ()
    return json.dumps(
        [
            *(label[name] for name in ("kind", "category")),
            *(label.get(name) for name in ("geometry", "attributes")),
            label.get("verdict") or "present",
            *(round(label[side], 6) + 0.0 for side in sides),
        ]
    )
