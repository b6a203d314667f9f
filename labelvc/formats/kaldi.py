"""Kaldi data directories: `text`, and `segments`, `wav.scp`, `utt2spk` and what else stands by it.

An utterance is a sample, its transcript a label of kind text; an empty one is kept. Recording,
start and end in seconds (-1: to the end), speaker, gender and channel are the sample's attributes,
and so is every further table of utterances (`utt2lang`: lang), recordings (`recording_...`) and
speakers (`speaker_...`). A pipe in wav.scp is the attribute `command`; it is never run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import islice

from labelvc.core.snapshot import Snapshot
from labelvc.formats.base import Carries, Settings
from labelvc.formats.folder import Contents
from labelvc.formats.kaldi_rows import Utterances
from labelvc.formats.kaldi_tables import (
    SEGMENTS,
    SOUNDS,
    SPEAKERS,
    TEXT,
    UTTERANCES,
    cut,
    gathered,
    is_table,
    key_and_value,
    scattered,
)
from labelvc.formats.row_edits import refuse_loss
from labelvc.formats.row_format import RowScan, written
from labelvc.formats.rows import RowFile
from labelvc.formats.source import MemoryBlob, Source

NAME = "kaldi"
TITLE = "Kaldi data directory"
CARRIES = Carries(
    kinds=frozenset({"text"}),
    labels=frozenset({"text"}),
    samples=frozenset({"path", "duration", "attributes"}),
)
SETTINGS: Mapping[str, str] = {}
_BESIDE = (SEGMENTS, SOUNDS, SPEAKERS, "feats.scp")
_LOOK = 5


def sniff(source: Source) -> str | None:
    """By the file `text`, one of segments, wav.scp, utt2spk, feats.scp, and lines with ids."""
    beside = [name for name in _BESIDE if name in source.files]
    if not source.is_folder or TEXT not in source.files or not beside:
        return None
    for name in (TEXT, beside[0]):
        lines = filter(bytes.strip, source.files[name].read().splitlines())
        for line in islice(lines, _LOOK):
            if b"\0" in line or not key_and_value(name, line.decode(errors="replace"))[0]:
                return None
    return f"the files text and {beside[0]}"


def settle(source: Source, settings: Settings) -> Settings:
    """Nothing to settle."""
    return settings


def scan(source: Source, settings: Settings) -> RowScan:
    """What all files say, by utterance; raises ParseError."""
    rows, tables = gathered(source)
    files = {path for path in source.files if is_table(path) or path == UTTERANCES}
    rest = {path: blob for path, blob in source.files.items() if path not in files}
    documents = {"tables": tables, "rest": rest}
    file = RowFile("", source.name, b"", rows)
    return RowScan(Utterances(), file, settings, documents=documents, files=files)


def write(snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
    """The folder: all tables sorted, spk2utt in step with utt2spk; lines not edited as they were.

    Raises LossError.
    """
    documents = snapshot.documents if snapshot.format == NAME else {}
    before: RowFile = documents.get("", Utterances().plain(settings))
    (content,) = written(Utterances(), snapshot, settings).values()
    rows = cut("", "", content).rows
    files = scattered(rows, before.rows, documents.get("tables", {}))
    if rows != before.rows:
        blobs = {name: MemoryBlob(content) for name, content in files.items()}
        again = scan(Source("Kaldi data", blobs, is_folder=True), settings).read()
        refuse_loss(replace(snapshot, format=NAME), again, "what was to be written")
    return Contents(files, documents.get("rest", {}))
