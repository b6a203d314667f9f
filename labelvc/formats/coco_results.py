"""COCO results: a bare list of detections, which name images and categories by the truth's ids."""

from __future__ import annotations

import msgspec

from labelvc.core.errors import LabelvcError
from labelvc.core.snapshot import Snapshot
from labelvc.formats.coco_scan import Document
from labelvc.formats.json_decode import Id, decode, without_gc
from labelvc.formats.json_spans import byte_order_mark


class _Result(msgspec.Struct, gc=False):
    image_id: Id
    category_id: Id | None = None


class _Named(msgspec.Struct, gc=False):
    id: Id


def is_results(content: bytes) -> bool:
    """Whether a JSON file is a list, as COCO results are."""
    return bytes(memoryview(content)[byte_order_mark(content) :][:64]).lstrip().startswith(b"[")


def as_coco(content: bytes, truth: Snapshot, where: str) -> bytes:
    """The results as a COCO file with the images and categories of the truth.

    Images and categories that the truth lacks get names that say so. Raises ParseError for what is
    no list of results, LabelvcError where the truth is no COCO file and so has no such ids.
    """
    scan = next((d.scan for d in truth.documents.values() if isinstance(d, Document)), None)
    if scan is None:
        raise LabelvcError(
            f"{where}: COCO results name images by id, and the label set is in format "
            f"{truth.format}, which has none",
            hint="Give a COCO file with `images`, or a table with a column `sample`.",
        )
    body = bytes(memoryview(content)[byte_order_mark(content) :]).strip()
    with without_gc():
        rows: list[_Result] = decode(where, "", body, list[_Result])
        images: list[_Named] = decode(scan.file, "/images", scan.images.raw, list[_Named])
        categories: list[_Named] = decode(
            scan.file, "/categories", scan.categories.raw, list[_Named]
        )
    known = {image.id for image in images}
    strange = [i for i in dict.fromkeys(row.image_id for row in rows) if i not in known]
    classes = {category.id for category in categories}
    wanted = dict.fromkeys(row.category_id for row in rows)
    odd = [i for i in wanted if i is not None and i not in classes]
    parts = {
        "images": _longer(
            scan.images.raw, [{"id": i, "file_name": f"image_id {i}"} for i in strange]
        ),
        "annotations": body,
        "categories": _longer(
            scan.categories.raw, [{"id": i, "name": f"category_id {i}"} for i in odd]
        ),
    }
    return b"{" + b",".join(b'"%b":%b' % (n.encode(), part) for n, part in parts.items()) + b"}"


def _longer(raw: msgspec.Raw, more: list[dict[str, Id]]) -> bytes:
    """A JSON list with more elements at its end."""
    text = bytes(raw).strip()
    if not more:
        return text
    joint = b"" if text[1:-1].strip() == b"" else b","
    return text[:-1] + joint + msgspec.json.encode(more)[1:]
