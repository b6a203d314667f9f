"""Rows of Open Images files from labels and images: only cells that changed are spelled anew."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from labelvc.core.errors import LossError
from labelvc.formats.box_corners import end_of
from labelvc.formats.csv_dialect import Dialect
from labelvc.formats.csv_header import cells
from labelvc.formats.openimages_decode import CORNERS, IDS, KEYS, MEANT, VERDICTS, value
from labelvc.formats.openimages_files import CLASS, IMAGE, POINT, Part
from labelvc.formats.row_edits import attributes_of

Row = Mapping[str, Any]
_DIALECT = Dialect()
_PLACES = 9  # decimals tried before a number is spelled in full


def label_row(part: Part, old: bytes | None, label: Row) -> bytes:
    """The row of a label whose category is a class id, `old` with other cells or a new one.

    Raises LossError for what has no column.
    """
    if label["category"] is None:
        raise LossError(f"sample {label['sample']!r}: Open Images needs a class for every label")
    said = dict(zip(part.columns, _cells(part, old), strict=True)) if old is not None else {}
    sample, category = KEYS[part.kind]
    values: dict[str, str] = {sample: label["sample"], category: label["category"]}
    values |= _corners(part.kind, said, label)
    if part.kind in IDS:
        values[IDS[part.kind]] = label["id"] or ""
    further = attributes_of(label)
    if part.kind == POINT:
        values["EstimatedYesNo"] = _estimate(said, label, further)
    if "Confidence" in MEANT[part.kind]:
        values["Confidence"] = _confidence(part.kind, said, label)
    return _row(part, old, said, values, further)


def image_row(part: Part, old: bytes | None, image: Row) -> bytes:
    """The row of an image, `old` with other cells or a new one. Raises LossError."""
    said = dict(zip(part.columns, _cells(part, old), strict=True)) if old is not None else {}
    sample, subset = KEYS[IMAGE]
    values = {sample: image["sample"]}
    if said.get(subset) or image["split"] != part.split:
        values[subset] = image["split"] or ""
    return _row(part, old, said, values, attributes_of(image))


def _row(
    part: Part,
    old: bytes | None,
    said: Mapping[str, str],
    values: Mapping[str, str],
    further: Mapping[str, Any],
) -> bytes:
    columns = set(part.columns)
    optional = {name for name, text in values.items() if not text or _is_default(name, text)}
    missing = sorted(({*values} - columns - optional) | ({*further} - columns))
    if missing:
        raise LossError(
            f"{part.where}: there is no column {missing[0]!r} to hold this",
            hint=f"Add it to the header first; the columns are {', '.join(part.columns)}.",
        )
    meant = {*values, *(name for name in MEANT[part.kind])}
    rest = {name: "" for name in part.columns if name not in meant}
    spelled = {name: _spelled(said.get(name), name, one) for name, one in further.items()}
    return _with_cells(part, old, said, {**rest, **values, **spelled})


def _is_default(name: str, text: str) -> bool:
    """Whether a column that is missing says this anyhow."""
    return (name, text) in {("Confidence", "1"), ("EstimatedYesNo", "yes")}


def _with_cells(
    part: Part, old: bytes | None, said: Mapping[str, str], values: Mapping[str, str]
) -> bytes:
    if old is None:
        newline = "\r\n" if part.rows.head.endswith(b"\r\n") else "\n"
        return (",".join(_DIALECT.spell(values[name]) for name in part.columns) + newline).encode()
    text = old.decode()
    spans = _DIALECT.spans(text, len(part.columns))
    for name, (start, end) in reversed(list(zip(part.columns, spans, strict=True))):
        if name in values and values[name] != said[name]:
            cell = _DIALECT.spell(values[name], quote=text[start : start + 1] == '"')
            text = text[:start] + cell + text[end:]
    return text.encode()


def _cells(part: Part, row: bytes) -> list[str]:
    found = cells(row.decode().rstrip("\r\n"))
    return found + [""] * (len(part.columns) - len(found))


def _spelled(old: str | None, name: str, given: Any) -> str:
    """A further cell; one that says the same keeps its spelling."""
    if old and value(name, old) == given:
        return old
    return given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)


def number(given: float) -> str:
    """A number with as few decimals as say it."""
    for places in range(_PLACES + 1):
        text = f"{given:.{places}f}"
        if float(text) == given:
            return text
    return repr(given)


def _corners(kind: str, said: Mapping[str, str], label: Row) -> dict[str, str]:
    if kind == CLASS:
        return {}
    if label["unit"] != "fraction":
        raise LossError(
            f"sample {label['sample']!r}: Open Images gives places as fractions of the image, and"
            f" this {kind} is in {label['unit'] or 'no unit'}"
        )
    if kind == POINT:
        return _point(said, label)
    if label["geometry"] is not None:
        raise LossError(f"sample {label['sample']!r}: Open Images cannot hold outlines of {kind}")
    left, right, top, bottom = CORNERS[kind]
    return {
        **_interval(said, (left, right), (label["x"], label["width"]), label["sample"]),
        **_interval(said, (top, bottom), (label["y"], label["height"]), label["sample"]),
    }


def _interval(
    said: Mapping[str, str],
    names: tuple[str, str],
    place: tuple[float | None, float | None],
    sample: str,
) -> dict[str, str]:
    """The cells of an interval given by where it begins and how long it is."""
    start, length = place
    if start is None or length is None:
        raise LossError(
            f"sample {sample!r}: a label has no place to write to {' and '.join(names)}"
        )
    texts = [said.get(name) for name in names]
    if all(texts):
        first, last = (float(text or "") for text in texts)
        if (first, last - first) == (start, length):
            return {name: said[name] for name in names}
    kept = texts[0] if texts[0] and float(texts[0]) == start else number(start)
    return {names[0]: kept, names[1]: number(end_of(start, length))}


def _point(said: Mapping[str, str], label: Row) -> dict[str, str]:
    points = json.loads(label["geometry"] or "{}").get("keypoints", [])
    if len(points) != 1 or points[0][2] != 2:
        raise LossError(f"sample {label['sample']!r}: Open Images holds single visible points only")
    cells = {}
    for name, place in zip(CORNERS[POINT], points[0], strict=False):
        old = said.get(name)
        cells[name] = old if old and float(old) == place else number(place)
    return cells


def _estimate(said: Mapping[str, str], label: Row, further: dict[str, Any]) -> str:
    """The answer about a point; takes it from the further columns, where an undecided one is."""
    undecided = further.pop("EstimatedYesNo", None)
    if undecided is not None and label["verdict"] == "present":
        return str(undecided)
    if label["verdict"] == "present" and not said.get("EstimatedYesNo", "yes"):
        return ""
    return next((word for word, verdict in VERDICTS.items() if verdict == label["verdict"]), "")


def _confidence(kind: str, said: Mapping[str, str], label: Row) -> str:
    old = said.get("Confidence")
    given: float | None = label["confidence"]
    if given is None and kind == CLASS:
        if label["verdict"] == "present" and old == "":
            return ""
        given = 0.0 if label["verdict"] == "absent" else 1.0
    if given is None:
        return ""
    return old if old and float(old) == given else number(given)
