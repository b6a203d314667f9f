"""NeMo speech manifests: JSON lines of `audio_filepath`, `duration` (seconds), `text` and more.

A line is a sample and its transcript a label of kind text; a line without `text` is a sample that
nobody transcribed yet. Segments of one file differ by `@offset` in their key. All other keys are
the sample's attributes, as they describe the sound (speaker, lang, offset) or are no label
(pred_text).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from labelvc.core.errors import LossError
from labelvc.core.snapshot import Snapshot, attributes_json
from labelvc.core.tally import Tally
from labelvc.formats.base import Carries, Settings
from labelvc.formats.json_rows import (
    decode_as,
    decode_rows,
    finite,
    first_values,
    new_row,
    rewritten,
)
from labelvc.formats.row_edits import EditedSample, attributes_of
from labelvc.formats.row_format import RowScan, Said, written
from labelvc.formats.rows import RowFile, cut_lines, read_only_file
from labelvc.formats.source import Source

NAME = "nemo"
TITLE = "NeMo speech manifest"
CARRIES = Carries(
    kinds=frozenset({"text"}),
    labels=frozenset({"text"}),
    samples=frozenset({"path", "duration", "attributes"}),
)
SETTINGS: Mapping[str, str] = {}
_OWN = ("audio_filepath", "duration", "text")


class Line(msgspec.Struct):
    """What identifies a line."""

    audio_filepath: str
    offset: float | None = None
    text: str | None = None

    @property
    def key(self) -> str:
        """The file, and where in it the segment begins."""
        return f"{self.audio_filepath}@{self.offset}" if self.offset else self.audio_filepath


def sniff(source: Source) -> str | None:
    """By the key `audio_filepath` on the first lines."""
    if source.is_folder:
        return None
    name, blob = source.only()
    if not name.lower().endswith((".json", ".jsonl", ".ndjson", ".manifest")):
        return None
    values = first_values(blob.read())
    speech = [isinstance(value, dict) and "audio_filepath" in value for value in values]
    return "JSON lines with 'audio_filepath'" if speech and all(speech) else None


def settle(source: Source, settings: Settings) -> Settings:
    """Nothing to settle."""
    return settings


def scan(source: Source, settings: Settings) -> RowScan:
    """The lines."""
    name, content = read_only_file(source)
    return RowScan(Manifest(), cut_lines(name, source.where(name), content), settings)


def write(snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
    """The manifest, edited lines rewritten in place."""
    return written(Manifest(), snapshot, settings)


@dataclass(frozen=True)
class Manifest:
    """Rows that are utterances."""

    NAME: str = NAME
    SHARED: bool = False

    def cut(self, name: str, where: str, content: bytes, settings: Settings) -> RowFile:
        """One row a line."""
        return cut_lines(name, where, content)

    def sample_names(self, file: RowFile, settings: Settings) -> list[str]:
        """The sound file of each line, and where in it the segment begins."""
        return [line.key for line in decode_as(file, range(len(file.rows)), Line)]

    def tally(self, file: RowFile, settings: Settings) -> Tally:
        """Lines, and those with a text."""
        lines = decode_as(file, range(len(file.rows)), Line)
        return Tally(len(lines), sum(line.text is not None for line in lines), {})

    def decode(self, file: RowFile, rows: Sequence[int], settings: Settings) -> list[Said]:
        """The lines; raises ParseError."""
        lines, values = decode_as(file, rows, Line), decode_rows(file, rows)
        return [
            Said(
                {
                    "sample": line.key,
                    "path": line.audio_filepath,
                    "duration": _duration(file, row, value),
                    "attributes": _attributes(value),
                },
                [] if line.text is None else [{"kind": "text", "text": line.text}],
            )
            for row, line, value in zip(rows, lines, values, strict=True)
        ]

    def encode(
        self, file: RowFile, edited: EditedSample, settings: Settings
    ) -> Sequence[tuple[int | None, bytes]]:
        """The line of a sample; raises LossError where it has several transcripts."""
        values = _members(edited)
        if not edited.rows:
            return [(None, new_row(b"".join(file.rows[-1:]), values, file.newline))]
        row = edited.rows[0]
        old = decode_rows(file, [row])[0]
        changes = {name: value for name, value in values.items() if old.get(name) != value}
        gone = [name for name in old if name not in values and old[name] is not None]
        return [(row, rewritten(file.rows[row], changes, gone))]

    def plain(self, settings: Settings) -> RowFile:
        """An empty manifest."""
        return RowFile("manifest.jsonl", "manifest.jsonl", b"", [])


def _duration(file: RowFile, row: int, value: Mapping[str, Any]) -> float | None:
    seconds = value.get("duration")
    if seconds is None:
        return None
    number = finite(seconds)
    if number is None:
        raise file.error(row, "a duration in seconds", seconds, at="/duration")
    return number


def _attributes(value: Mapping[str, Any]) -> str | None:
    return attributes_json(
        {key: one for key, one in value.items() if key not in _OWN and one is not None}
    )


def _members(edited: EditedSample) -> dict[str, Any]:
    """What a line says, in the usual order."""
    sample = edited.sample
    if len(edited.labels) > 1:
        raise LossError(f"sample {sample['sample']!r}: a manifest holds one transcript a sample")
    path = sample["path"] or str(sample["sample"]).partition("#")[0]
    values: dict[str, Any] = {"audio_filepath": path, "duration": sample["duration"]}
    for label in edited.labels:
        values["text"] = label["text"]
    values |= attributes_of(sample)
    return {name: value for name, value in values.items() if value is not None}
