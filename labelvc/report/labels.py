"""A changed label in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from labelvc.report.attributes import attribute_changes, attribute_values
from labelvc.report.numbers import amount, length, step, suffix
from labelvc.report.spans import Line, Span, joined, name, say
from labelvc.report.words import clip, edited

Row = Mapping[str, Any]  # of Comparison.changes
BOX = ("x", "y", "width", "height")
_LONGEST = 80  # characters shown of a span's or an added text


def mark(row: Row) -> Span:
    """+, - or ~."""
    if "added" in row["kinds"]:
        return Span("+", "added")
    return Span("-", "removed") if "removed" in row["kinds"] else Span("~", "changed")


def native_id(row: Row) -> str:
    """The label's own id: the later one where both sides have one."""
    return row["after_id"] or row["before_id"] or ""


def kind(row: Row) -> str:
    """What kind of label it is, or was."""
    return row["after_kind"] or row["before_kind"] or ""


def sentence(row: Row, text: str | None) -> list[Span]:
    """What changed, in words; `text` is the sample's, where at hand, to show spans with theirs."""
    for side, change in (("after_", "added"), ("before_", "removed")):
        if change in row["kinds"]:
            return described(row, side, text, change)
    relabelled = "relabelled" in row["kinds"]
    phrases = joined(PHRASES[kind](row) for kind in PHRASES if kind in row["kinds"])
    told = phrases if relabelled else say(_subject(row, "after_", text), phrases)
    if {"moved", "reshaped"} & {*row["kinds"]} and row["iou"] is not None:
        told = say(told, f" (IoU {row['iou']:.2f})")
    quoted = _quote(row, "after_", text)
    return (
        say(told, " ", quoted) if quoted and (relabelled or row["after_kind"] == "class") else told
    )


def described(row: Row, side: str, text: str | None, change: str = "") -> list[Span]:
    """One side of a row: category, span, place, text, annotator; all of it if nothing changed.

    `side` is the prefix of its columns, `change` what happened to it.
    """
    told = _content(row, side, text)
    if not change and row[f"{side}attributes"] is not None:
        told.append(attribute_values(row[f"{side}attributes"]))
    if not change and row[f"{side}confidence"] is not None:
        told.append(say(f"confidence {row[f'{side}confidence']:.2f}"))
    return say(_subject(row, side, text), change, " " if change and told else "", joined(told))


def _subject(row: Row, side: str, text: str | None) -> list[Span]:
    """The category, and for a span the text it stands on."""
    category = row[f"{side}category"]
    quoted = _quote(row, side, text) if row[f"{side}kind"] != "class" else []
    return [
        *([name(category), Span(" ")] if category is not None else []),
        *([*quoted, Span(" ")] if quoted else []),
    ]


def _quote(row: Row, side: str, text: str | None) -> list[Span]:
    """The words under a span, the text that bears a class, in quotation marks."""
    if text is None or row[f"{side}kind"] == "class":
        return quote(text) if text else []
    start, end, unit = (row[side + at] for at in ("start", "end", "unit"))
    if unit not in ("character", "token") or start is None or end is None:
        return []
    if unit == "token":
        return quote(" ".join(text.split(" ")[int(start) : int(end)]))
    return quote(text[int(start) : int(end)])


def quote(text: str) -> list[Span]:
    """A text in quotation marks, its beginning where it is long."""
    return say('"', Span(clip(text, _LONGEST), "value"), '"')


def _content(row: Row, side: str, text: str | None) -> list[Line]:
    """Where the label is, what it says and who says so."""
    told: list[Line] = []
    unit = row[f"{side}unit"]
    if row[f"{side}verdict"] != "present":
        told.append(say(f"as {row[f'{side}verdict']}"))
    if row[f"{side}x"] is not None:
        x, y, width, height = (amount(row[side + at], unit) for at in BOX)
        told.append(say(f"at {x}, {y}, size {width} x {height}{_bare(unit)}"))
    if (parts := _parts(row, side)) != ("", ""):
        told.append(say(" ".join(parts)))
    if row[f"{side}start"] is not None:
        told.append(say(f"{_bounds(row, side)}{suffix(unit)}"))
    if row[f"{side}text"] is not None:
        told.append(quote(row[f"{side}text"]))
    if row[f"{side}kind"] == "class" and text:
        told.append(quote(text))
    if row[f"{side}annotator"] is not None:
        told.append(say("by ", name(row[f"{side}annotator"])))
    return told


def _bare(unit: str | None) -> str:
    """Pixels go without saying where boxes stand."""
    return "" if unit == "pixel" else suffix(unit)


def _bounds(row: Row, side: str) -> str:
    start, end = (row[f"{side}{at}"] for at in ("start", "end"))
    unit = row[f"{side}unit"]
    return "-".join("?" if at is None else amount(at, unit) for at in (start, end))


def _parts(row: Row, side: str) -> tuple[str, str]:
    """How many points an outline or a skeleton has, and what they are; masks have none."""
    shape = msgspec.json.decode(row[f"{side}geometry"] or "{}")
    if "keypoints" in shape:
        return str(len(shape["keypoints"])), "keypoints"
    for line in ("polygon", "polyline"):
        if line in shape:
            return str(sum(len(ring) for ring in shape[line]) // 2), "points"
    return "", ""


def _relabelled(row: Row) -> list[Span]:
    sides = (row["before_category"], row["after_category"])
    old, new = (Span("no category", "dim") if side is None else name(side) for side in sides)
    return say("relabelled ", old, " -> ", new)


def _moved(row: Row) -> list[Span]:
    unit = row["after_unit"] or row["before_unit"]
    far = "" if row["shift"] is None else f" {length(row['shift'], unit)}"
    sizes = [_size(row, side, unit) for side in ("before_", "after_")]
    return say(f"moved{far}", *([f", size {' -> '.join(sizes)}"] if len({*sizes}) > 1 else []))


def _size(row: Row, side: str, unit: str | None) -> str:
    width, height = row[f"{side}width"], row[f"{side}height"]
    if width is None or height is None:
        return "none"
    return f"{amount(width, unit)} x {amount(height, unit)}"


def _reshaped(row: Row) -> list[Span]:
    if row["before_kind"] != row["after_kind"]:
        return say(f"reshaped {row['before_kind']} -> {row['after_kind']}")
    (before, _), (after, parts) = _parts(row, "before_"), _parts(row, "after_")
    return say("reshaped" if before == after else f"reshaped {before} -> {after} {parts}")


def _retimed(row: Row) -> list[Span]:
    exact = [tuple(row[f"{side}{at}"] for at in ("start", "end")) for side in ("before_", "after_")]
    change = step(_bounds(row, "before_"), _bounds(row, "after_"), (exact[0], exact[1]))
    return say(f"retimed {change}{suffix(row['after_unit'])}")


def _confidence(row: Row) -> list[Span]:
    sides = (row["before_confidence"], row["after_confidence"])
    old, new = ("none" if side is None else f"{side:.2f}" for side in sides)
    return say(f"confidence {step(old, new, sides)}")


def _annotator(row: Row) -> list[Span]:
    sides = (row["before_annotator"], row["after_annotator"])
    old, new = (Span("nobody", "dim") if side is None else name(side) for side in sides)
    return say("annotator ", old, " -> ", new)


# By kind of change, in the order they are told.
PHRASES: dict[str, Callable[[Row], list[Span]]] = {
    "relabelled": _relabelled,
    "moved": _moved,
    "reshaped": _reshaped,
    "retimed": _retimed,
    "edited": lambda row: edited(row["before_text"], row["after_text"]),
    "verdict": lambda row: say(f"verdict {row['before_verdict']} -> {row['after_verdict']}"),
    "attributes": lambda row: say(
        "attributes ", attribute_changes(row["before_attributes"], row["after_attributes"])
    ),
    "annotator": _annotator,
    "confidence": _confidence,
}
