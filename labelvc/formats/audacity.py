r"""Audacity label tracks: `start TAB end TAB label` in seconds, one .txt file or a folder of them.

A file is a sample, named like it; a line a label of kind segment whose category is the label's
text. A second line that begins with `\` holds its lowest and highest frequency in hertz. Start and
end are equal where the label marks a point.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import islice

from labelvc.core.errors import LabelvcError, LossError, shorten
from labelvc.core.snapshot import Snapshot, attributes_json
from labelvc.formats.base import Carries, Scan, Settings
from labelvc.formats.folder import KEYS_HELP, label_paths, settle_keys
from labelvc.formats.row_edits import EditedSample, Row, attributes_of
from labelvc.formats.row_folder import RowFolder, written_folder
from labelvc.formats.row_format import Said, unchanged
from labelvc.formats.rows import BOM, RowFile, cut_lines
from labelvc.formats.source import Source
from labelvc.formats.splits import Layout, split_folders

NAME = "audacity"
TITLE = "Audacity label tracks"
CARRIES = Carries(
    kinds=frozenset({"segment"}),
    labels=frozenset({"attributes"}),
    samples=frozenset({"split"}),
    units=frozenset({"second"}),
)
SETTINGS = {"keys": KEYS_HELP}
SUFFIX = ".txt"
_DECIMALS = 6  # as Audacity writes them
_FREQUENCIES = ("low_frequency", "high_frequency")
_LOOK = 5
_TRACK = re.compile(rb"-?\d+\.\d+\t-?\d+\.\d+(\t[^\0]*)?|\\\t-?\d+\.\d+\t-?\d+\.\d+")
_NUMBER = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?\s*", re.ASCII)


def sniff(source: Source) -> str | None:
    """By lines that begin with two decimal numbers and tabs, in every one of the first files."""
    found = False
    for path in islice(_paths(source), _LOOK):
        if not path.endswith(SUFFIX):
            return None
        content = source.files[path].read().removeprefix(BOM)
        lines = [line for line in islice(content.splitlines(), _LOOK) if line.strip()]
        if not all(map(_TRACK.fullmatch, lines)):
            return None
        found = found or bool(lines)
    return "lines of start, end and label with tabs between" if found else None


def settle(source: Source, settings: Settings) -> Settings:
    """The settings; keys filled in where two splits hold a file of the same name."""
    if settings.get("keys", "stem") not in ("stem", "path"):
        raise LabelvcError(f"{source.name}: keys is {settings['keys']!r}, expected stem or path")
    return settle_keys(settings, _layout(settings), _paths(source))


def scan(source: Source, settings: Settings) -> Scan:
    """The files, not yet opened."""
    layout = _layout(settings)
    return RowFolder(source, layout, _paths(source), fmt=Tracks(layout), settings=settings)


def write(snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
    """The files; edited lines are rewritten in place, new ones come by their start.

    Raises LossError.
    """
    return written_folder(Tracks(_layout(settings)), snapshot, settings, order=_order)


def _paths(source: Source) -> Sequence[str]:
    return label_paths(source, SUFFIX, "labels") if source.is_folder else list(source.files)


def _layout(settings: Settings) -> Layout:
    folders = split_folders({"dev": "dev"})
    return Layout(SUFFIX, "labels", folders, whole=settings.get("keys") == "path")


def _order(row: bytes) -> float:
    return float(row.split(b"\t", 1)[0])


@dataclass(frozen=True)
class Tracks:
    """Rows that are labels of the sound that their file is named after."""

    layout: Layout
    NAME: str = NAME
    SHARED: bool = True

    def cut(self, name: str, where: str, content: bytes, settings: Settings) -> RowFile:
        """One row a label: its line, and the one with its frequencies."""
        file = cut_lines(name, where, content)
        rows: list[bytes] = []
        for line in file.rows:
            if line.startswith(b"\\") and rows:
                rows[-1] += line
            else:
                rows.append(line)
        return replace(file, rows=rows)

    def decode(self, file: RowFile, rows: Sequence[int], settings: Settings) -> list[Said]:
        """The labels; raises ParseError for what are no numbers."""
        sample, split = self._place(file.name)
        return [Said({"sample": sample, "split": split}, [_label(file, row)]) for row in rows]

    def encode(
        self, file: RowFile, edited: EditedSample, settings: Settings
    ) -> Sequence[tuple[int | None, bytes]]:
        """The lines of labels, those that are as they were untouched; raises LossError."""
        rows: list[tuple[int | None, bytes]] = []
        for label in edited.labels:
            row = label["record"] if label["record"] in edited.rows else None
            if row is not None and unchanged(label, _label(file, row)):
                rows.append((row, file.rows[row]))
            else:
                rows.append((row, _written(file, row, label)))
        return rows

    def plain(self, settings: Settings) -> RowFile:
        """An empty file."""
        return RowFile("", "", b"", [])

    def bare(self, path: str, settings: Settings) -> Row | None:
        """The sound that a file without labels is named after."""
        sample, split = self._place(path)
        return {"sample": sample, "split": split}

    def path_of(self, sample: Row, settings: Settings) -> str:
        """The file that is named after the sound; raises LossError."""
        return self.layout.path_of(sample["sample"], sample["split"], SUFFIX)

    def _place(self, path: str) -> tuple[str, str | None]:
        if path.endswith(SUFFIX):
            return self.layout.place(path)
        return path, None


def _lines(file: RowFile, row: int) -> list[str]:
    lines = re.split("\r\n|\r|\n", file.text(row))
    return [line for line in lines if line.strip(" \t\f\v")]


def _label(file: RowFile, row: int) -> Row:
    line, *further = _lines(file, row)
    words = line.split("\t", 2)
    times = [_number(word) for word in words[:2]]
    if len(words) < 2 or None in times:
        raise file.error(row, "start and end in seconds, with tabs between", shorten(line))
    attributes = {}
    if further:
        numbers = [_number(word) for word in further[0].split("\t")[1:]]
        if len(further) > 1 or len(numbers) != 2 or None in numbers:
            raise file.error(
                row, "one line with a lowest and a highest frequency", shorten("\n".join(further))
            )
        attributes = dict(zip(_FREQUENCIES, numbers, strict=True))
    return {
        "kind": "segment",
        "category": "".join(words[2:]) or None,
        "start": times[0],
        "end": times[1],
        "unit": "second",
        "attributes": attributes_json(attributes),
    }


def _number(word: str) -> float | None:
    if not _NUMBER.fullmatch(word) or not math.isfinite(float(word)):
        return None
    return float(word)


def _written(file: RowFile, row: int | None, label: Row) -> bytes:
    """The lines of a label, with the numbers that are as they were spelled as they were."""
    who, category = f"sample {label['sample']!r}", label["category"] or ""
    attributes = attributes_of(label)
    frequencies = [attributes.pop(name, None) for name in _FREQUENCIES]
    numbers = [label["start"], label["end"], *(frequencies if frequencies != [None] * 2 else ())]
    if attributes:
        raise LossError(f"{who}: Audacity has no place for the attribute {min(attributes)!r}")
    if {"\n", "\r"} & {*category} or not all(isinstance(one, float) for one in numbers):
        raise LossError(
            f"{who}: Audacity holds a start, an end, and a label of one line; this is"
            f" {numbers[0]}, {numbers[1]}, {category!r}"
        )
    old = [] if row is None else _lines(file, row)
    words = [line.split("\t", 2) for line in old]
    before = [*(words[0][:2] if words else ()), *(words[1][1:] if len(words) > 1 else ())]
    before += [""] * (len(numbers) - len(before))
    texts = [_spelled(one, was) for one, was in zip(numbers, before, strict=False)]
    newline = file.newline.decode()
    tail = "" if row is None else _tail(file.rows[row].decode())
    text = f"{texts[0]}\t{texts[1]}\t{category}"
    if len(texts) > 2:
        text += f"{newline}\\\t{texts[2]}\t{texts[3]}"
    return (text + (tail if row is not None else newline)).encode()


def _tail(text: str) -> str:
    """The line end of a row and the blank lines behind it."""
    found = re.search(r"(?:[\r\n]\s*)?$", text)
    return found[0] if found else ""


def _spelled(number: float, before: str) -> str:
    if before and float(before) == number:
        return before
    text = format(Decimal(repr(number)), "f")
    return text if len(text.partition(".")[2]) > _DECIMALS else f"{number:.{_DECIMALS}f}"
