"""YOLO's lines: class index, then numbers as fractions of the image's width and height."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from labelvc.core.errors import LossError, ParseError, shorten
from labelvc.core.snapshot import BOX, canonical_json, labels_frame
from labelvc.formats.yolo_layout import Scheme

_DIGITS = b"0123456789.-+eE \t\r\n"
# Numbers nearer than this are the same: what is left of adding and taking away half a width.
_SAME = 1e-9
_DECIMALS = 6
_ROW = ("category", *BOX, "kind", "geometry", "confidence")
_Box = tuple[float | None, ...]
_NO_BOX = (None,) * 4


class Unreadable(Exception):
    """A line that is not as expected; the argument says what was."""


class Classes(dict[bytes, str]):
    """Category names by the text of the class index."""

    def __init__(self, names: Mapping[int, str] | None) -> None:
        super().__init__()
        self.names = names

    def __missing__(self, token: bytes) -> str:
        index = float(token)
        if index < 0 or not index.is_integer():
            raise Unreadable("a class index, a whole number from 0")
        name = str(int(index)) if self.names is None else self.names.get(int(index))
        if name is None:
            raise Unreadable(f"a class index of the {len(self.names or ())} declared classes")
        self[token] = name
        return name


class Lines:
    """Label rows from the lines of one file after another."""

    def __init__(self, scheme: Scheme) -> None:
        self.records: list[bytes] = []
        self.classes = Classes(scheme.names)
        self._task = "pose" if scheme.kpt_shape else scheme.task
        self._shape = scheme.kpt_shape
        self._has_plain_boxes = self._task not in ("pose", "obb")
        self._samples: list[str] = []
        self._rows: list[tuple[Any, ...]] = []

    def add(self, content: bytes, sample: str, where: str) -> bytes:
        """Take in a file; the blank lines at its start come back, later ones stay with a line.

        Raises ParseError with the line's number.
        """
        lines = content.splitlines(keepends=True)
        strange = bool(content.translate(None, _DIGITS))
        records, start, head = self.records, len(self.records), b""
        number = 0
        try:
            for number, line in enumerate(lines, 1):  # noqa: B007
                tokens = line.split()
                if strange and line.translate(None, _DIGITS):
                    raise Unreadable(self._expected())
                if tokens:
                    self._rows.append(self._row(tokens))
                    records.append(line)
                elif len(records) > start:
                    records[-1] += line
                else:
                    head += line
        except (Unreadable, ValueError) as error:
            expected = error.args[0] if isinstance(error, Unreadable) else self._expected()
            found = shorten(lines[number - 1].decode("utf-8", "replace").rstrip("\r\n"))
            raise ParseError(where, f"line {number}", expected=expected, found=found) from None
        self._samples += [sample] * (len(records) - start)
        return head

    def frame(self) -> pl.DataFrame:
        """The labels table."""
        if not self._rows:
            return labels_frame()
        columns = dict(zip(_ROW, zip(*self._rows, strict=True), strict=True))
        count = len(self._rows)
        unit = pl.Series(["fraction"]).new_from_index(0, count)
        record = pl.int_range(count, eager=True)
        return labels_frame(sample=self._samples, record=record, unit=unit, **columns)

    def _row(self, tokens: Sequence[bytes]) -> tuple[Any, ...]:
        """The values of `_ROW`."""
        name = self.classes[tokens[0]]
        if len(tokens) == 5 and self._has_plain_boxes:
            width, height = float(tokens[3]), float(tokens[4])
            x, y = float(tokens[1]) - width / 2, float(tokens[2]) - height / 2
            if math.isfinite(x + y):
                return name, x, y, width, height, "box", None, None
            raise Unreadable("finite numbers")
        values = [float(token) for token in tokens[1:]]
        box, rest = self._parts(values)
        if not all(map(math.isfinite, values)):
            raise Unreadable("finite numbers")
        used = len(rest) + (0 if box == _NO_BOX else 4)
        confidence = values[-1] if len(values) > used else None
        if self._shape:
            return name, *box, "keypoints", _keypoints_json(rest, self._shape), confidence
        if box == _NO_BOX:
            return name, *box, "polygon", canonical_json({"polygon": [rest]}), confidence
        return name, *box, "box", None, confidence

    def _parts(self, values: list[float]) -> tuple[_Box, list[float]]:
        """The box, if the line has one, and the outline or keypoints; a confidence may follow."""
        count = len(values)
        allowed: Sequence[int] = range(4, 6) if count < 6 else range(6, count + 1)
        if self._shape:
            wanted = 4 + self._shape[0] * self._shape[1]
            allowed = (wanted, wanted + 1)
        elif self._task == "obb":
            allowed = (8, 9)
        elif self._task == "detect":
            allowed = (4, 5)
        if count not in allowed:
            raise Unreadable(self._expected())
        if count >= 6 and not self._shape:
            return _NO_BOX, values[: count - count % 2]
        x, y, width, height = values[:4]
        rest = values[4 : allowed[0]] if self._shape else []
        return (x - width / 2, y - height / 2, width, height), rest

    def _expected(self) -> str:
        if self._shape:
            points, numbers = self._shape
            return (
                f"{5 + points * numbers} numbers: class x y width height and {points} keypoints of"
                f" {numbers} numbers"
            )
        if self._task == "obb":
            return "9 numbers: class and the x y of four corners"
        box = "5 numbers: class x y width height"
        return box if self._task == "detect" else f"{box}; or a class and at least 3 points"


def _keypoints_json(values: list[float], shape: tuple[int, int]) -> str:
    """Keypoints with a visibility each; where there is none, 0 0 means not labelled."""
    _, numbers = shape
    points: list[list[float]] = []
    for at in range(0, len(values), numbers):
        x, y = values[at : at + 2]
        seen = values[at + 2] if numbers == 3 else (2.0 if x or y else 0.0)
        points.append([x, y, int(seen) if seen.is_integer() else seen])
    return canonical_json({"keypoints": points})


def edited_line(
    old: bytes | None,
    row: Mapping[str, Any],
    *,
    index: Callable[[str | None], int],
    shape: tuple[int, int] | None,
) -> bytes:
    """The line of a label: the old one with the changed numbers rewritten, or a new one.

    `shape` is the number of keypoints and of numbers a keypoint, None where labels have none.
    Numbers get 6 decimals, or as many as the old one had. Raises LossError.
    """
    values = _values(row, shape)
    body = b"" if old is None else old.splitlines()[0]
    after = b"\n" if old is None else old[len(body) :]
    parts = re.split(rb"(\s+)", body.strip())
    tokens = parts[::2]
    wanted = index(row["category"])
    if old is None or len(tokens) != len(values) + 1:
        return b" ".join([b"%d" % wanted, *(_text(value, b"") for value in values)]) + after
    if float(tokens[0]) != wanted:
        parts[0] = b"%d" % wanted
    for at, value in enumerate(values, 1):
        if abs(float(tokens[at]) - value) > _SAME:
            parts[2 * at] = _text(value, tokens[at])
    start = len(body) - len(body.lstrip())
    return body[:start] + b"".join(parts) + body[len(body.rstrip()) :] + after


def _values(row: Mapping[str, Any], shape: tuple[int, int] | None) -> list[float]:
    """The numbers that follow the class."""
    where = f"sample {row['sample']!r}"
    geometry = json.loads(row["geometry"] or "{}")
    points = geometry.get("keypoints", [])
    if len(points) != (shape[0] if shape else 0):
        held = f"{shape[0]} keypoints a label" if shape else "labels without keypoints"
        raise LossError(f"{where}: this label set holds {held}, not {row['kind']} of {len(points)}")
    if row["kind"] == "polygon":
        rings = geometry.get("polygon", [])
        if len(rings) != 1:
            raise LossError(
                f"{where}: YOLO holds one outline a label, not {len(rings)}",
                hint="Give each part a label of its own, or use a format with several parts.",
            )
        values = list(rings[0])
    else:
        x, y, width, height = (row[name] for name in BOX)
        if None in (x, y, width, height):
            raise LossError(f"{where}: YOLO needs a box for each label of kind {row['kind']}")
        values = [x + width / 2, y + height / 2, width, height]
    for point in points:
        values += point[: shape[1]] if shape else []
    return values if row["confidence"] is None else [*values, row["confidence"]]


def _text(value: float, old: bytes) -> bytes:
    if isinstance(value, int):
        return b"%d" % value
    decimals = len(old.partition(b".")[2]) if re.fullmatch(rb"[-+]?\d*\.\d+", old) else 0
    return f"{value:.{max(decimals, _DECIMALS)}f}".encode()
