"""A snapshot as a folder of Pascal VOC files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from labelvc.core.errors import LossError
from labelvc.core.snapshot import BOX, Snapshot
from labelvc.formats.folder import Contents, fragments, moved, placed
from labelvc.formats.splits import Layout
from labelvc.formats.voc_objects import CORNERS, Page, image_value
from labelvc.formats.xml_tree import Value, edited, element, from_utf8, parse

# How an object is set in where there is no other to go by.
_INDENT = "\n\t"
_DECIMALS = 9


def written(
    snapshot: Snapshot, documents: Mapping[str, Any], plain: Layout, *, shift: int
) -> Contents:
    """The files; `documents` are empty for a snapshot that was not read as VOC."""
    layout = documents.get("layout", plain)
    before = documents.get("paths", {})
    paths = placed(snapshot, layout, before)
    indent = _indent(snapshot)
    edit = partial(edited_object, indent=indent, shift=shift)
    objects = fragments(snapshot, "voc", documents.get("labels"), edit)
    pages: Mapping[str, Page] = documents.get("pages", {})
    images = _changed_images(snapshot, documents)
    files = {}
    for sample, path in paths.items():
        page = pages.get(sample)
        own = objects.get(sample, [])
        if page is None:
            content = _content(_new_page(images[sample], indent), own)
        else:
            content = _content(page, own)
            if sample in images:
                content = edited_image(content, images[sample])
            content = from_utf8(content, page.encoding)
        files[path] = content
    files |= layout.relist(moved(snapshot, layout, paths, before))
    return Contents(files, documents.get("rest", {}))


def edited_object(old: bytes | None, row: Mapping[str, Any], *, indent: str, shift: int) -> bytes:
    """The <object> of a label: the old one with its changes in it, or a new one."""
    if old is None:
        value = _object_value(row, {}, shift)
        return indent.encode() + element("object", value, indent, indent.lstrip("\r\n"))
    node = parse(old, f"sample {row['sample']}")
    return edited(old, node, _object_value(row, node.value(), shift))


def edited_image(content: bytes, row: Mapping[str, Any]) -> bytes:
    """A file with another path, size or other attributes of its image."""
    root = parse(content, f"sample {row['sample']}")
    value = _image_value(row, image_value(root))
    if root.named("object"):
        value["object"] = root.value()["object"]
    return edited(content, root, value)


def _object_value(row: Mapping[str, Any], old: Value, shift: int) -> Value:
    """An object as data, with numbers spelt as in `old` where they are the same."""
    where = f"sample {row['sample']!r}"
    attributes = json.loads(row["attributes"] or "{}")
    box = attributes.pop("bndbox", {})
    name = row["category"]
    if not name or name != name.strip() or "name" in attributes:
        raise LossError(f"{where}: a VOC object has one name, its category without outer spaces")
    if row["kind"] == "box":
        x, y, width, height = (row[side] for side in BOX)
        if None in (x, y, width, height):
            raise LossError(f"{where}: a box without x, y, width and height")
        corners = (x + shift, y + shift, _sum(x, width), _sum(y, height))
        texts = old.get("bndbox", {})
        numbers = zip(CORNERS, corners, strict=True)
        box = {**{side: _text(number, texts.get(side)) for side, number in numbers}, **box}
    return {"name": name, **({"bndbox": box} if box else {}), **attributes}


def _image_value(row: Mapping[str, Any], old: Mapping[str, Value]) -> dict[str, Value]:
    """An annotation without objects as data, with numbers spelt as in `old`."""
    attributes = json.loads(row["attributes"] or "{}")
    more = attributes.pop("size", {})
    if "object" in attributes or "filename" in attributes or not isinstance(more, dict):
        raise LossError(
            f"sample {row['sample']!r}: VOC has its own meaning for the attributes object, filename"
            " and size"
        )
    texts = old.get("size") or {}
    sides = [side for side in ("width", "height") if row[side] is not None]
    size = {**{side: _text(row[side], texts.get(side)) for side in sides}, **more}
    path = {} if row["path"] is None else {"filename": row["path"]}
    return {**path, **({"size": size} if size else {}), **attributes}


def _new_page(row: Mapping[str, Any], indent: str) -> Page:
    value = _image_value(row, {})
    whole = element("annotation", value, "\n", indent.lstrip("\r\n"))
    return Page(whole.removesuffix(b"</annotation>").rstrip(), b"\n</annotation>\n", range(0))


def _sum(start: float, length: float) -> float:
    """The end that gives back the length, with few decimals if there is such a one."""
    end = start + length
    short = round(end, _DECIMALS)
    return short if short - start == length else end


def _text(number: float, old: Value) -> Value:
    """The number as text; the old text where that says the same."""
    text = old if isinstance(old, str) else ""
    if text and abs(float(text) - number) <= 10**-_DECIMALS:
        return old
    return str(int(number)) if number.is_integer() and "." not in text else repr(number)


def _content(page: Page, objects: list[tuple[int | None, bytes]]) -> bytes:
    """The file: its own objects where they were, others after them."""
    if objects and not page.records and b"</" not in page.tail:
        # it was <annotation/>
        page = Page(page.head.rstrip().removesuffix(b"/>") + b">", b"\n</annotation>\n", range(0))
    own: dict[int, bytes] = {}
    added = []
    for record, content in objects:
        if record is not None and record in page.records and record not in own:
            own[record] = content
        else:
            added.append(content)
    parts = [page.head]
    for record in page.records:
        parts += [page.between.get(record, b""), own.get(record, b"")]
    return b"".join([*parts, *added, page.tail])


def _indent(snapshot: Snapshot) -> str:
    """The white space before an object of the snapshot."""
    first = snapshot.records[0] if snapshot.records and snapshot.format == "voc" else b""
    space = first[: len(first) - len(first.lstrip())].decode()
    return space if space.startswith(("\n", "\r\n")) else _INDENT


def _changed_images(snapshot: Snapshot, documents: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The samples whose own columns are not what their files say."""
    read = documents.get("samples")
    if snapshot.samples is read:
        return {}
    columns = ["sample", "path", "width", "height", "attributes"]
    known = set() if read is None else set(read.select(columns).iter_rows())
    return {
        row[0]: dict(zip(columns, row, strict=True))
        for row in snapshot.samples.select(columns).iter_rows()
        if row not in known
    }
