"""Kaggle's lists of boxes in CSV, as ImageNet's localisation has them."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Iterator, Sequence

from labelvc.core.errors import LossError, ParseError, shorten
from labelvc.core.snapshot import BOX
from labelvc.formats.class_names import ClassNames
from labelvc.formats.csv_dialect import Dialect
from labelvc.formats.fragment_pairs import pair
from labelvc.formats.list_rows import REAL
from labelvc.formats.list_scan import Row, Said
from labelvc.formats.rows import RowFile, cut_csv

_DIALECT = Dialect()
_HEAD = b"ImageId,PredictionString\n"


class Solution:
    """Kaggle's `ImageId,PredictionString` with `wnid xmin ymin xmax ymax ` for each box."""

    BY_PLACE = False
    LACKS: Sequence[str] = ("digest", "path")

    def cut(self, path: str, where: str, content: bytes) -> RowFile:
        """A row a record."""
        file = cut_csv(path, where, content, delimiter=",", quoted=True, header=True)
        head = file.head.decode(errors="replace").lstrip("\ufeff").strip().lower()
        if head.replace('"', "") != _HEAD.decode().strip().lower():
            expected = "the header ImageId,PredictionString"
            raise ParseError(where, "line 1", expected=expected, found=shorten(head))
        return file

    def names(self, file: RowFile) -> list[str]:
        """The ids of the images."""
        return [self._cells(file, row)[0] for row in range(len(file.rows))]

    def _cells(self, file: RowFile, row: int) -> list[str]:
        try:
            cells = _DIALECT.cells(file.text(row))
        except csv.Error as error:
            raise file.error(row, "a record of CSV", str(error)) from None
        if len(cells) != 2 or not cells[0]:
            raise file.error(row, "an ImageId and a PredictionString", file.text(row))
        return cells

    def decode(self, file: RowFile, rows: Iterable[int], classes: ClassNames) -> Iterator[Said]:
        """The boxes of an image, in pixels."""
        for row in rows:
            said = self._cells(file, row)[1]
            words = said.split()
            if len(words) % 5:
                raise file.error(row, "groups of a class and 4 numbers", said)
            groups = [words[at : at + 5] for at in range(0, len(words), 5)]
            yield None, [self._box(file, row, group, classes) for group in groups]

    def _box(self, file: RowFile, row: int, group: Sequence[str], classes: ClassNames) -> Row:
        wnid, *corners = group
        for text in corners:
            if not REAL.fullmatch(text) or not math.isfinite(float(text)):
                raise file.error(row, "numbers of a box", text)
        left, top, right, bottom = map(float, corners)
        if classes.entries and wnid not in classes.by_id:
            raise file.error(row, f"a class of {classes.path}", wnid)
        sides = dict(zip(BOX, (left, top, right - left, bottom - top), strict=True))
        return {"kind": "box", "category": classes.by_id.get(wnid, wnid), "unit": "pixel", **sides}

    def encode(
        self, old: bytes | None, sample: Row, labels: Sequence[Row], classes: ClassNames
    ) -> bytes:
        """The record, of its boxes only the changed numbers rewritten."""
        image, said = str(sample["sample"]), ""
        if old is not None:
            text = old.decode().rstrip("\r\n")
            spans = _DIALECT.spans(text, 2)
            known, said = _DIALECT.cells(text)
            if known == image.partition("#")[0]:
                image = known
        words = said.split()
        before = [words[at : at + 5] for at in range(0, len(words), 5)]
        file = RowFile("", "", b"", [old or b""])
        read = [{**self._box(file, 0, group, classes), "verdict": "present"} for group in before]
        pairs = pair(labels, read)
        kept = {its: _group(labels[mine], before[its], classes) for mine, its in pairs.items()}
        new = [_group(row, (), classes) for at, row in enumerate(labels) if at not in pairs]
        groups = [*(kept[place] for place in sorted(kept)), *new]
        tail = " " if groups and (said.endswith(" ") or not said) else ""
        cell = " ".join(groups) + tail
        if old is None:
            return f"{_DIALECT.spell(image)},{_DIALECT.spell(cell)}".encode()
        start, end = spans[1]
        quote = text[start : start + 1] == '"'
        return (text[:start] + _DIALECT.spell(cell, quote=quote) + text[end:]).encode()

    def fresh(self, split: str | None) -> tuple[str, bytes]:
        """Kaggle's name, and the header."""
        return f"LOC_{split}_solution.csv" if split else "LOC_solution.csv", _HEAD


def _group(row: Row, old: Sequence[str], classes: ClassNames) -> str:
    name = row["category"]
    where = f"sample {row['sample']!r}"
    if row["kind"] != "box" or name is None or None in [row[side] for side in BOX]:
        raise LossError(f"{where}: a PredictionString holds boxes with a class, no {row['kind']}")
    wnid = classes.id_of.get(name, name)
    if (classes.entries and name not in classes.id_of) or not wnid or re.search(r"\s", wnid):
        raise LossError(f"{where}: a PredictionString cannot hold the class {name!r}")
    x, y, width, height = (row[side] for side in BOX)
    values = (x, y, _end(x, width), _end(y, height))
    known = list(old[1:]) or [""] * 4
    texts = [
        text if text and float(text) == value else _plain(value)
        for text, value in zip(known, values, strict=True)
    ]
    return " ".join([wnid, *texts])


def _end(start: float, length: float) -> float:
    """Where a length ends, with few decimals where that gives back the length."""
    short = round(start + length, 9)
    return short if short - start == length else start + length


def _plain(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)
