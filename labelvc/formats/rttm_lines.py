"""The lines of RTTM files as labels, and back."""

from __future__ import annotations

import math
import posixpath
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import zip_longest

from labelvc.core.errors import LossError, shorten
from labelvc.core.snapshot import attributes_json
from labelvc.core.tally import Tally
from labelvc.formats.base import Settings
from labelvc.formats.row_edits import EditedSample, Row, attributes_of
from labelvc.formats.row_format import Said, unchanged
from labelvc.formats.rows import RowFile, cut_lines
from labelvc.formats.splits import SPLITS

NAME = "rttm"
SUFFIX = ".rttm"
NOTHING = "<NA>"
_FIELDS = ("type", "file", "channel", "onset", "duration", "ortho", "subtype", "name", "confidence",
           "lookahead")  # fmt: skip
_FEWEST = 8  # fields; older files have neither confidence nor lookahead
_ATTRIBUTES = ("type", "channel", "subtype", "lookahead")
_SPLITS = {*SPLITS, "dev", "eval"}
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?", re.ASCII)


@dataclass(frozen=True)
class Turns:
    """Rows that are turns of a speaker, or what else is said of a recording."""

    NAME: str = NAME
    SHARED: bool = True

    def cut(self, name: str, where: str, content: bytes, settings: Settings) -> RowFile:
        """One row a line; comments belong to the row before them."""
        file = cut_lines(name, where, content)
        head, rows = file.head, list[bytes]()
        for line in file.rows:
            if not line.startswith(b";"):
                rows.append(line)
            elif rows:
                rows[-1] += line
            else:
                head += line
        return replace(file, head=head, rows=rows)

    def decode(self, file: RowFile, rows: Sequence[int], settings: Settings) -> list[Said]:
        """The lines; raises ParseError for one without its fields, or with other than numbers."""
        split = _split(file.name)
        return [
            Said({"sample": words["file"], "split": split}, [_label(file, row, words)])
            for row in rows
            for words in [_words(file, row)]
        ]

    def tally(self, file: RowFile, settings: Settings) -> Tally:
        """A line is a label; recordings and speakers are told by their fields alone."""
        said = [_words(file, row) for row in range(len(file.rows))]
        speakers = Counter(words["name"] for words in said if "name" in words)
        recordings = {words["file"] for words in said}
        return Tally(
            len(recordings), len(said), {name: speakers[name] for name in sorted(speakers)}
        )

    def encode(
        self, file: RowFile, edited: EditedSample, settings: Settings
    ) -> Sequence[tuple[int | None, bytes]]:
        """A line a label, those that are as they were untouched; raises LossError."""
        rows: list[tuple[int | None, bytes]] = []
        for label in edited.labels:
            row = label["record"] if label["record"] in edited.rows else None
            if row is None:
                rows.append((None, _line(file, label) + file.newline))
                continue
            words = _words(file, row)
            same = words["file"] == label["sample"] and unchanged(label, _label(file, row, words))
            rows.append((row, file.rows[row] if same else _rewritten(file, row, label)))
        return rows

    def plain(self, settings: Settings) -> RowFile:
        """An empty file."""
        return RowFile(f"turns{SUFFIX}", f"turns{SUFFIX}", b"", [])

    def bare(self, path: str, settings: Settings) -> Row | None:
        """The recording that an empty file is named after."""
        return {
            "sample": posixpath.basename(path).removesuffix(SUFFIX),
            "split": _split(path),
        }

    def path_of(self, sample: Row, settings: Settings) -> str:
        """A file of the recording's own, in the folder of its split."""
        folder = f"{sample['split']}/" if sample["split"] else ""
        return f"{folder}{sample['sample']}{SUFFIX}"


def _split(path: str) -> str | None:
    return next((one for one in path.split("/")[:-1] if one in _SPLITS), None)


def _words(file: RowFile, row: int) -> dict[str, str]:
    """The fields of a line that say something."""
    words = file.first_line(row).split()
    if not _FEWEST <= len(words) <= len(_FIELDS):
        raise file.error(row, f"{_FEWEST} to {len(_FIELDS)} fields", str(len(words)))
    said = dict(zip(_FIELDS, words, strict=False))
    if said["file"] == NOTHING:
        raise file.error(row, "the name of a recording", NOTHING)
    return {name: word for name, word in said.items() if word != NOTHING}


def _label(file: RowFile, row: int, words: Mapping[str, str]) -> Row:
    onset, duration, confidence = (
        _number(file, row, words.get(name), name) for name in ("onset", "duration", "confidence")
    )
    if (onset is None) != (duration is None):
        raise file.error(row, "an onset and a duration, or neither", file.first_line(row))
    attributes = {name: words[name] for name in _ATTRIBUTES if name in words}
    if attributes.get("type") == "SPEAKER":
        del attributes["type"]
    label: Row = {
        "kind": "class" if onset is None else "segment",
        "category": words.get("name"),
        "text": words.get("ortho"),
        "confidence": confidence,
        "attributes": attributes_json(attributes),
    }
    if onset is not None:
        # decimal, so that the duration can be told from the end again
        end = float(Decimal(words["onset"]) + Decimal(words["duration"]))
        label |= {"start": onset, "end": end, "unit": "second"}
    return label


def _number(file: RowFile, row: int, word: str | None, name: str) -> float | None:
    if word is None:
        return None
    if not _NUMBER.fullmatch(word) or not math.isfinite(float(word)):
        raise file.error(row, f"{name} as a finite number", shorten(word))
    return float(word)


def _rewritten(file: RowFile, row: int, label: Row) -> bytes:
    """A line with the fields that differ replaced."""
    text, line = file.rows[row].decode(), file.first_line(row)
    was, now = line.split(), _fields(label, file.rows[row])
    words = [
        one if two is None or _alike(one, two) else two
        for one, two in zip_longest(was, now[: max(len(was), _last(now))], fillvalue=NOTHING)
    ]
    gaps = [*re.findall(r"\s+", line.strip()), *[" "] * len(words)]
    new = "".join(word + gap for word, gap in zip(words, gaps, strict=False)).rstrip()
    start = line.index(was[0])
    return (text[:start] + new + text[start + len(line.strip()) :]).encode()


def _last(fields: Sequence[str]) -> int:
    """How many of the fields have to be written."""
    return max(at for at, word in enumerate(fields, 1) if word != NOTHING)


def _line(file: RowFile, label: Row) -> bytes:
    return " ".join(_fields(label, b"".join(file.rows[:1]))).encode()


def _fields(label: Row, model: bytes) -> list[str]:
    """The fields of a line, with as many decimals as the model has."""
    attributes = attributes_of(label)
    fields = {
        "type": "SPEAKER",
        "file": label["sample"],
        "ortho": label["text"],
        "name": label["category"],
        "confidence": label["confidence"],
        **{name: attributes.pop(name) for name in _ATTRIBUTES if name in attributes},
    }
    who = f"sample {label['sample']!r}"
    if attributes:
        raise LossError(f"{who}: RTTM has no field for the attribute {min(attributes)!r}")
    if label["start"] is not None and label["end"] is not None:
        start, end = (Decimal(repr(label[name])) for name in ("start", "end"))
        fields |= {"onset": _spelled(start, model), "duration": _spelled(end - start, model)}
    words = [NOTHING if fields.get(name) is None else str(fields[name]) for name in _FIELDS]
    for name, word in zip(_FIELDS, words, strict=True):
        if word.split() != [word]:
            raise LossError(f"{who}: a field of RTTM is one word, and {name} is {word!r}")
    return words


def _spelled(number: Decimal, model: bytes) -> str:
    words = model.split(None, 4)
    decimals = len(words[3].partition(b".")[2]) if len(words) > 3 else 0
    text = format(number, "f")
    have = len(text.partition(".")[2])
    return text if have >= decimals else f"{number:.{decimals}f}"


def _alike(one: str, two: str) -> bool:
    """Whether two fields say the same, be it in another spelling of a number."""
    numbers = _NUMBER.fullmatch(one) and _NUMBER.fullmatch(two)
    return one == two or bool(numbers and float(one) == float(two))
