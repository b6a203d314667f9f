"""NeMo speech manifests: JSON lines of `audio_filepath`, `duration` (seconds), `text` and more.

A line is a sample and its transcript a label of kind text; a line without `text` is a sample that
nobody transcribed yet. Segments of one file differ by `@offset` in their key. All other keys are
the sample's attributes, as they describe the sound (speaker, lang, offset) or are no label
(pred_text).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import msgspec

from labelvc.core.errors import LossError
from labelvc.core.snapshot import Snapshot, attributes_json, labels_frame, samples_frame
from labelvc.core.tally import Tally
from labelvc.formats.base import Carries, Keep, Settings
from labelvc.formats.json_rows import (
    decode_as,
    decode_rows,
    finite,
    first_values,
    new_row,
    rewritten,
)
from labelvc.formats.row_edits import (
    EditedSample,
    attributes_of,
    edits,
    one_version_a_sample,
    refuse_loss,
    without_records,
)
from labelvc.formats.rows import RowFile, cut_lines, occurrences, read_only_file
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


def scan(source: Source, settings: Settings) -> NemoScan:
    """The lines."""
    name, content = read_only_file(source)
    return NemoScan(cut_lines(name, source.where(name), content))


@dataclass(frozen=True)
class NemoScan:
    """The lines of a manifest."""

    file: RowFile

    @property
    def pieces(self) -> Mapping[str, Sequence[bytes]]:
        """The lines."""
        return {"labels": self.file.rows}

    def sample_fields(self) -> Mapping[str, Sequence[str | None]]:
        """Nothing: the sound file alone identifies a sample."""
        return {}

    def comparable(self, other: Any, key: str | None) -> bool:
        """Always: a line needs no context."""
        return True

    def without_ids(self) -> Sequence[bytes] | None:
        """None: transcripts have no ids."""
        return None

    def elsewhere(self, samples: Collection[str], keep: Keep) -> Collection[str]:
        """Nothing: a sample is one line."""
        return ()

    @cached_property
    def _lines(self) -> list[Line]:
        return decode_as(self.file, range(len(self.file.rows)), Line)

    def tally(self) -> Tally:
        """Lines, and those with a text."""
        return Tally(len(self._lines), sum(line.text is not None for line in self._lines), {})

    def read(self, keep: Keep | None = None, key: str | None = None) -> Snapshot:
        """The snapshot of all lines or the kept ones."""
        rows = self.file.kept(keep)
        values = decode_rows(self.file, rows)
        suffixes = occurrences([line.key for line in self._lines], rows)
        keys = [self._lines[row].key + end for row, end in zip(rows, suffixes, strict=True)]
        texts = [value.get("text") for value in values]
        spoken = [number for number, text in enumerate(texts) if text is not None]
        return Snapshot(
            labels=labels_frame(
                sample=[keys[number] for number in spoken],
                kind=["text"] * len(spoken),
                text=[texts[number] for number in spoken],
                record=spoken,
            ),
            samples=samples_frame(
                sample=keys,
                path=[value["audio_filepath"] for value in values],
                duration=[
                    self._duration(row, value) for row, value in zip(rows, values, strict=True)
                ],
                attributes=[_attributes(value) for value in values],
                record=list(range(len(keys))),
            ),
            format=NAME,
            records=self.file.records(keep),
            documents={} if keep is not None else {self.file.name: self.file},
        )

    def _duration(self, row: int, value: Mapping[str, Any]) -> float | None:
        seconds = value.get("duration")
        if seconds is None:
            return None
        number = finite(seconds)
        if number is None:
            raise self.file.error(row, "a duration in seconds", seconds, at="/duration")
        return number


def _attributes(value: Mapping[str, Any]) -> str | None:
    return attributes_json(
        {key: one for key, one in value.items() if key not in _OWN and one is not None}
    )


def write(snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
    """The manifest, edited lines rewritten in place."""
    known = snapshot.documents if snapshot.format == NAME else {}
    file = next(iter(known.values()), RowFile("manifest.jsonl", "manifest.jsonl", b"", []))
    if not known:
        snapshot = without_records(snapshot)
    own = len(file.rows)
    snapshot = one_version_a_sample(snapshot, own)
    old = NemoScan(file).read()
    copied, changed = edits(snapshot, old, old.samples["sample"].to_list())
    wide = replace(file, rows=snapshot.records)
    rows = {row: snapshot.records[row] for row in copied}
    added = []
    for edited in changed:
        if edited.rows:
            rows[edited.rows[0]] = _edited_line(wide, edited)
        else:
            added.append(new_row(b"".join(file.rows[-1:]), _members(edited), file.newline))
    lines = [*(rows[row] for row in sorted(rows)), *added]
    content = file.joined(lines)
    if changed or len(copied) < own:
        again = NemoScan(cut_lines(file.name, file.where, content)).read()
        refuse_loss(snapshot, again, file.where)
    return {file.name: content}


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


def _edited_line(file: RowFile, edited: EditedSample) -> bytes:
    row = edited.rows[0]
    old = decode_rows(file, [row])[0]
    values = _members(edited)
    changes = {name: value for name, value in values.items() if old.get(name) != value}
    gone = [name for name in old if name not in values and old[name] is not None]
    return rewritten(file.rows[row], changes, gone)
