"""What the lines about an utterance say, and the lines for what is to be said."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from labelvc.core.errors import LossError
from labelvc.core.snapshot import attributes_json
from labelvc.core.tally import Tally
from labelvc.formats.base import Settings
from labelvc.formats.kaldi_tables import (
    SEGMENTS,
    SOUNDS,
    SPEAKERS,
    TEXT,
    Lines,
    cut,
    decoded,
    encoded,
    expected,
    is_number,
    is_table,
    key_and_value,
    owner,
    utterance_of,
    words_of,
)
from labelvc.formats.row_edits import EditedSample, attributes_of
from labelvc.formats.row_format import Said
from labelvc.formats.rows import RowFile

_FILE_AND_CHANNEL = "reco2file_and_channel"
# Tables whose attribute is not called by what stands behind the 2 in their name.
_ATTRIBUTES = {
    SPEAKERS: "speaker",
    "spk2gender": "gender",
    "reco2dur": "recording_duration",
    "feats.scp": "feats",
    "vad.scp": "vad",
    "cmvn.scp": "cmvn",
}
_TABLES = {attribute: name for name, attribute in _ATTRIBUTES.items()}
_TAKEN = {*_TABLES, "recording", "start", "end", "segment_channel", "file", "channel", "command"}
_SPELLED = {SEGMENTS, SOUNDS, TEXT, "utt2dur", _FILE_AND_CHANNEL}  # have columns of their own
_PREFIXES = {"recording_": "reco2", "speaker_": "spk2", "": "utt2"}


@dataclass(frozen=True)
class Utterances:
    """Rows that are utterances."""

    NAME: str = "kaldi"
    SHARED: bool = False

    def cut(self, name: str, where: str, content: bytes, settings: Settings) -> RowFile:
        """One row an utterance."""
        return cut(name, where, content)

    def sample_names(self, file: RowFile, settings: Settings) -> list[str]:
        """The utterances, which stand first on the lines of their rows."""
        firsts = (row[: row.index(b"\n")].split(b"\t", 1)[1] for row in file.rows)
        return [line.split(None, 1)[0].decode() for line in firsts]

    def tally(self, file: RowFile, settings: Settings) -> Tally:
        """Utterances, and those with a text."""
        start = f"{TEXT}\t".encode()
        texts = sum(row.startswith(start) or b"\n" + start in row for row in file.rows)
        return Tally(len(file.rows), texts, {})

    def decode(self, file: RowFile, rows: Sequence[int], settings: Settings) -> list[Said]:
        """The utterances."""
        return [_said(decoded(file.rows[row])) for row in rows]

    def encode(
        self, file: RowFile, edited: EditedSample, settings: Settings
    ) -> Sequence[tuple[int | None, bytes]]:
        """The lines about an utterance, those that say the same as they were.

        Raises LossError for what no table can hold.
        """
        name = edited.sample["sample"]
        if len(edited.labels) > 1:
            raise LossError(f"sample {name!r}: Kaldi holds one transcript an utterance")
        row = edited.rows[0] if edited.rows else None
        old = {} if row is None else decoded(file.rows[row])
        values = _values(edited, old)
        if not values:
            raise LossError(f"sample {name!r}: no line would be left to tell of it")
        lines: dict[str, str] = {}
        for table in sorted(
            values, key=lambda table: (table != SEGMENTS, table != SPEAKERS, table)
        ):
            key = owner(table, name, lines)
            if key is None:
                raise LossError(f"sample {name!r}: {table} says something of its speaker, and"
                                " it has none")  # fmt: skip
            lines[table] = _line(table, old.get(table), key, values[table])
        return [(row, encoded(lines))]

    def plain(self, settings: Settings) -> RowFile:
        """No utterances."""
        return RowFile("", "Kaldi data", b"", [])


def _said(lines: Lines) -> Said:
    values = {name: key_and_value(name, line)[1] for name, line in lines.items()}
    text = values.pop(TEXT, None)
    attributes: dict[str, Any] = {}
    if SEGMENTS in values:
        attributes |= _segment(values[SEGMENTS])
    elif "utt2dur" not in values and "reco2dur" in values:
        values["utt2dur"] = values.pop("reco2dur")  # the utterance is the whole recording
    if _FILE_AND_CHANNEL in values:
        attributes |= zip(("file", "channel"), words_of(values[_FILE_AND_CHANNEL]), strict=True)
    sound = values.get(SOUNDS)
    is_command = sound is not None and sound.endswith("|")
    if is_command:
        attributes["command"] = sound
    for name, value in values.items():
        if name not in _SPELLED:
            is_seconds = name == "reco2dur"
            attributes[_attribute(name)] = float(value) if is_seconds else value
    sample = {
        "sample": utterance_of(lines),
        "path": None if is_command else sound,
        "duration": float(values["utt2dur"]) if "utt2dur" in values else None,
        "attributes": attributes_json(attributes),
    }
    return Said(sample, [] if text is None else [{"kind": "text", "text": text}])


def _segment(value: str) -> dict[str, Any]:
    recording, start, end, *channel = words_of(value)
    said = {"recording": recording, "start": float(start), "end": float(end)}
    return {**said, **({"segment_channel": channel[0]} if channel else {})}


def _attribute(table: str) -> str:
    """What the attribute is called that a table holds."""
    if table in _ATTRIBUTES:
        return _ATTRIBUTES[table]
    for prefix, start in _PREFIXES.items():
        if table.startswith(start):
            name = prefix + table.removeprefix(start)
            return name if _table(name) == table else table
    return table


def _table(attribute: str) -> str | None:
    """The table that holds an attribute; None for names that mean something else."""
    if attribute in _TABLES or is_table(attribute):
        return _TABLES.get(attribute, attribute)
    prefix = next(prefix for prefix in _PREFIXES if attribute.startswith(prefix))
    name = _PREFIXES[prefix] + attribute.removeprefix(prefix)
    known = name in _ATTRIBUTES or name in _SPELLED or name == "spk2utt"
    return None if attribute in _TAKEN or known or not is_table(name) else name


def _values(edited: EditedSample, old: Lines) -> dict[str, str]:
    """By table, what it is to say of an utterance."""
    sample, attributes = edited.sample, attributes_of(edited.sample)
    name = sample["sample"]
    values: dict[str, str] = {}
    for label in edited.labels:
        values[TEXT] = label["text"]
    values |= _times(name, attributes)
    if sample["duration"] is not None:
        whole = SEGMENTS not in values and "utt2dur" not in old
        table = "reco2dur" if whole and "recording_duration" not in attributes else "utt2dur"
        values[table] = spelled(sample["duration"])
    command = attributes.pop("command", None)
    if command is not None and sample["path"] is not None:
        raise LossError(f"sample {name!r}: wav.scp holds a path or a command, not both")
    if (sound := command or sample["path"]) is not None:
        values[SOUNDS] = sound
    place = [attributes.pop(one, None) for one in ("file", "channel")]
    if place != [None, None]:
        values[_FILE_AND_CHANNEL] = " ".join(map(str, place))
    for attribute, value in attributes.items():
        values[_named(name, attribute)] = spelled(value) if isinstance(value, float) else str(value)
    _check(name, values)
    return values


def _times(name: str, attributes: dict[str, Any]) -> dict[str, str]:
    """The segment, of attributes that it takes out."""
    times = [attributes.pop(one, None) for one in ("recording", "start", "end", "segment_channel")]
    if times == [None] * 4:
        return {}
    if None in times[:3]:
        raise LossError(f"sample {name!r}: a segment has a recording, a start and an end")
    return {SEGMENTS: " ".join(spelled(one) for one in times if one is not None)}


def _named(name: str, attribute: str) -> str:
    table = _table(attribute)
    if table is None:
        raise LossError(f"sample {name!r}: no file of Kaldi's can hold the attribute {attribute!r}")
    return table


def _check(name: str, values: Mapping[str, str]) -> None:
    if not re.fullmatch(r"\S+", name, re.ASCII):
        raise LossError(f"sample {name!r}: an utterance id holds no white space")
    for table, value in values.items():
        if (
            value is None
            or {"\n", "\r", "\0"} & {*value}
            or value != key_and_value(table, f"{name} {value}")[1]
        ):
            raise LossError(f"sample {name!r}: {table} cannot hold {value!r}, which is no line")
        if what := expected(table, value):
            raise LossError(f"sample {name!r}: {table} holds {what}, not {value!r}")


def spelled(value: object) -> str:
    """A number without an exponent, -1 as Kaldi writes it; other values as text."""
    if isinstance(value, float):
        return "-1" if value == -1 else format(Decimal(repr(value)), "f")
    return str(value)


def _line(table: str, old: str | None, key: str, value: str) -> str:
    """A line; the old one as far as it says the same."""
    if old is None:
        return f"{key} {value}"
    before_key, before = key_and_value(table, old)
    if before_key != key:
        return f"{key} {value}"
    if table == TEXT:
        kept = before == value
    else:
        value, kept = _spelled_like(before, value)
    return old if kept else f"{key}{old[len(key) :][:1] or ' '}{value}"


def _spelled_like(before: str, value: str) -> tuple[str, bool]:
    """A value with equal numbers spelled as before, and whether all is as it was."""
    was, now = words_of(before), words_of(value)
    if len(was) != len(now):
        return value, False
    words = [one if _alike(one, two) else two for one, two in zip(was, now, strict=True)]
    return (value if words == now else " ".join(words)), words == was


def _alike(one: str, two: str) -> bool:
    return one == two or (is_number(one) and is_number(two) and float(one) == float(two))
