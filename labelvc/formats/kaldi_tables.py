"""The files of a Kaldi data directory: tables of lines, a key and what is said of it.

What all tables say of an utterance is put together as one row, of a line from each. So utterances
are compared, merged and edited whole, whichever files they are told in.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from labelvc.core.errors import LossError, shorten
from labelvc.formats.row_format import in_order
from labelvc.formats.rows import RowFile, cut_lines, without_nul
from labelvc.formats.source import Source

Lines = Mapping[str, str]  # by file, the line that is about an utterance

SEGMENTS, SPEAKERS, SOUNDS, TEXT = "segments", "utt2spk", "wav.scp", "text"
UTTERANCES = "spk2utt"
_OF_UTTERANCE = re.compile(r"text|segments|utt2\w+|feats\.scp|vad\.scp")
_OF_RECORDING = re.compile(r"wav\.scp|reco2\w+")
_OF_SPEAKER = re.compile(r"spk2(?!utt$)\w+|cmvn\.scp")
_LINE = re.compile(r"(\S+)(?:\s(.*))?", re.ASCII | re.DOTALL)
_SPACE = " \t\n\r\f\v"
_WORD = re.compile(r"\S+", re.ASCII)


def is_table(name: str) -> bool:
    """Whether a file is one of the tables whose lines are about utterances."""
    return any(one.fullmatch(name) for one in (_OF_UTTERANCE, _OF_RECORDING, _OF_SPEAKER))


def key_and_value(name: str, line: str) -> tuple[str, str]:
    """What a line is about, and what it says: a text as it is, else without outer space."""
    found = _LINE.fullmatch(line)
    if found is None:
        return "", ""
    value = found[2] or ""
    return found[1], value if name == TEXT else value.strip(_SPACE)


def words_of(text: str) -> list[str]:
    """The words of a line, with ASCII white space between them alone, as Kaldi sees it."""
    return _WORD.findall(text)


def expected(name: str, value: str) -> str | None:
    """What the value of a table should have been, or None where it is right."""
    words = words_of(value)
    if name == TEXT:
        return None
    if name == SEGMENTS:
        right = len(words) in (3, 4) and all(map(is_number, words[1:3]))
        return None if right else "an utterance, its recording, start and end in seconds"
    if name in (SPEAKERS, "spk2gender"):
        return None if len(words) == 1 else "an id and one word"
    if name == "reco2file_and_channel":
        return None if len(words) == 2 else "a recording, its file and channel"
    if name in ("utt2dur", "reco2dur"):
        return None if len(words) == 1 and is_number(value) else "an id and a number of seconds"
    return None if words else "an id and what is said of it"


def is_number(text: str) -> bool:
    """Whether a word is a finite number."""
    try:
        return math.isfinite(float(text)) and "_" not in text
    except ValueError:
        return False


def gathered(source: Source) -> tuple[list[bytes], dict[str, RowFile]]:
    """The rows in the order of the utterances' names, and the tables they are from.

    Raises ParseError.
    """
    tables = {
        name: cut_lines(name, source.where(name), without_nul(blob.read(), source.where(name)))
        for name, blob in sorted(source.files.items())
        if is_table(name) or name == UTTERANCES
    }
    lines = {name: _keyed(table) for name, table in tables.items() if name != UTTERANCES}
    if UTTERANCES in tables and SPEAKERS not in tables:
        lines[SPEAKERS] = _speakers(tables[UTTERANCES])
    universe = set[bytes]().union(*(lines.get(name, {}) for name in (TEXT, SEGMENTS, SPEAKERS)))
    if SEGMENTS not in lines:
        universe |= set(lines.get(SOUNDS, {}))
    return _rows(sorted(universe), lines), tables


def _keyed(table: RowFile) -> dict[bytes, bytes]:
    """The lines of a table by their keys."""
    table.check_encoding()
    lines: dict[bytes, bytes] = {}
    for row, content in enumerate(table.rows):
        line = content.rstrip(b"\r\n")
        if b"\n" in line or b"\r" in line:  # blank lines behind it
            line = table.first_line(row).encode()
        key = line.split(None, 1)[0] if not line[:1].isspace() else b""
        if not key:
            found = shorten(line.decode())
            raise table.error(row, "an id at the beginning of the line", found)
        if key in lines:
            raise table.error(row, "ids that stand once in the file", shorten(key.decode()))
        if table.name != TEXT and not _plainly_right(table.name, line.split()):
            text = line.decode()
            if what := expected(table.name, key_and_value(table.name, text)[1]):
                raise table.error(row, what, shorten(text))
        lines[key] = line
    return lines


def _plainly_right(name: str, words: Sequence[bytes]) -> bool:
    """Whether a line needs no closer look, as most do not."""
    if name == SEGMENTS:
        times = (word.replace(b".", b"", 1).isdigit() for word in words[2:])
        return len(words) == 4 and all(times)
    return name == SPEAKERS and len(words) == 2


def _speakers(table: RowFile) -> dict[bytes, bytes]:
    """Lines as of utt2spk from those of spk2utt."""
    table.check_encoding()
    found: dict[bytes, bytes] = {}
    for row in range(len(table.rows)):
        speaker, *utterances = table.first_line(row).encode().split()
        found |= {utterance: utterance + b" " + speaker for utterance in utterances}
    return found


def _rows(utterances: Sequence[bytes], lines: Mapping[str, Mapping[bytes, bytes]]) -> list[bytes]:
    """What all tables say of the utterances."""
    named = [(name, name.encode() + b"\t", lines[name]) for name in sorted(lines)]
    own = [(start, table) for name, start, table in named if _OF_UTTERANCE.fullmatch(name)]
    of_recording = [(start, table) for name, start, table in named if _OF_RECORDING.fullmatch(name)]
    of_speaker = [(start, table) for name, start, table in named if _OF_SPEAKER.fullmatch(name)]
    nothing: Mapping[bytes, bytes] = {}
    segments, speakers = lines.get(SEGMENTS, nothing), lines.get(SPEAKERS, nothing)
    rows = []
    for key in utterances:
        said = [start + table[key] for start, table in own if key in table]
        recording = segments[key].split()[1] if key in segments else key
        said += [start + table[recording] for start, table in of_recording if recording in table]
        if of_speaker and key in speakers:
            speaker = speakers[key].split()[1]
            said += [start + table[speaker] for start, table in of_speaker if speaker in table]
        rows.append(b"\n".join(said) + b"\n\n")
    return rows


def cut(name: str, where: str, content: bytes) -> RowFile:
    """Rows, once joined, one by one again: an empty line is between them."""
    rows = [row + b"\n\n" for row in content.split(b"\n\n")[:-1]]
    return RowFile(name, where, b"", rows)


def owner(name: str, utterance: str, lines: Lines) -> str | None:
    """The key under which a table says something of an utterance with these lines."""
    if _OF_UTTERANCE.fullmatch(name):
        return utterance
    if _OF_RECORDING.fullmatch(name):
        segment = lines.get(SEGMENTS)
        return utterance if segment is None else words_of(segment)[1]
    return speaker_of(lines)


def speaker_of(lines: Lines) -> str | None:
    """Who speaks in an utterance with these lines."""
    return key_and_value(SPEAKERS, lines[SPEAKERS])[1] if SPEAKERS in lines else None


def utterance_of(lines: Lines) -> str:
    """The utterance that a row is about."""
    told = (name for name in lines if _OF_UTTERANCE.fullmatch(name))
    name = next(told, SOUNDS)
    return key_and_value(name, lines[name])[0]


def encoded(lines: Lines) -> bytes:
    """A row: its lines, each with the name of its table before it, and an empty one."""
    order = sorted(lines, key=lambda name: (not _OF_UTTERANCE.fullmatch(name),
                                            not _OF_RECORDING.fullmatch(name), name))  # fmt: skip
    return "".join(f"{name}\t{lines[name]}\n" for name in order).encode() + b"\n"


def decoded(row: bytes) -> dict[str, str]:
    """The lines in a row, by table."""
    return dict(line.split("\t", 1) for line in row[:-2].decode().split("\n"))


def scattered(
    rows: Iterable[bytes], before: Iterable[bytes], tables: Mapping[str, RowFile]
) -> dict[str, bytes]:
    """The tables for the rows; lines that are the same stay as they are, and where they are.

    `before` are the rows that were gathered from the tables. Raises LossError where rows say
    different things of one recording or speaker.
    """
    wanted, used = _by_table(rows), _by_table(before)
    contents = {}
    for name in sorted({*wanted, *tables} - {UTTERANCES}):
        table = tables.get(name, _empty(name, tables))
        contents[name] = _table(table, wanted.get(name, {}), used.get(name, {}))
    if UTTERANCES in tables or (not tables and SPEAKERS in wanted):
        table = tables.get(UTTERANCES, _empty(UTTERANCES, tables))
        now, was = (_by_speaker(one.get(SPEAKERS, {})) for one in (wanted, used))
        contents[UTTERANCES] = _table(table, now, was)
        if tables and SPEAKERS not in tables:
            contents.pop(SPEAKERS, None)
    return contents


def _empty(name: str, tables: Mapping[str, RowFile]) -> RowFile:
    model = next(iter(tables.values()), RowFile(name, name, b"", []))
    return replace(model, name=name, where=name, head=b"", rows=[])


def _by_table(rows: Iterable[bytes]) -> dict[str, dict[str, str]]:
    """By table and key, the lines that rows hold."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        for name, line in decoded(row).items():
            key, value = key_and_value(name, line)
            first = found[name].setdefault(key, line)
            if first != line and key_and_value(name, first)[1] != value:
                raise LossError(
                    f"{name}: two utterances say different things of {key!r}: {line!r} and"
                    f" {first!r}",
                    hint="Change it for all utterances of the recording or speaker.",
                )
    return found


def _by_speaker(lines: Mapping[str, str]) -> dict[str, str]:
    """Lines as of spk2utt from those of utt2spk."""
    speakers: dict[str, list[str]] = defaultdict(list)
    for utterance in sorted(lines, key=str.encode):
        speakers[key_and_value(SPEAKERS, lines[utterance])[1]].append(utterance)
    return {name: " ".join([name, *utterances]) for name, utterances in speakers.items()}


def _table(table: RowFile, wanted: Mapping[str, str], used: Mapping[str, str]) -> bytes:
    """A table with the wanted lines; those of keys that were not used stay too."""
    rows: list[bytes] = []
    there = set()
    for row, content in enumerate(table.rows):
        line = table.first_line(row)
        key, value = key_and_value(table.name, line)
        there.add(key)
        if key not in used and key not in wanted:
            rows.append(content)
        elif key in wanted:
            new = wanted[key]
            same = new == used.get(key) or key_and_value(table.name, new) == (key, value)
            rows.append(content if same else content.replace(line.encode(), new.encode(), 1))
    new_keys = [key for key in wanted if key not in there and wanted[key] != used.get(key)]
    more = [wanted[key].encode() + table.newline for key in new_keys]
    return table.joined(in_order(rows, sorted(more, key=_key), _key))


def _key(row: bytes) -> bytes:
    return row.split(None, 1)[0]
