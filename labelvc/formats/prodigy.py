"""Prodigy's annotations: JSON lines, a line what somebody answered about a text, image or sound.

All lines about one content are one sample, known by the path of its file or by the hash of its
content; each label bears who gave it. A label is a span, a choice (`accept`), a question (`label`)
or a transcript. Rejected answers give it the verdict "rejected"; ignored ones are no labels, and
what they hold is an attribute of the sample, with `answer`. So is whatever else a line says. Where
lines about one sample differ there, an attribute bears its annotator (`note@ann`). Media in base64
are compared by their sha256 and stay where they are. Prodigy's own hashes, times and sessions, and
tokens, are kept and not compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from labelvc.core.errors import ParseError
from labelvc.core.snapshot import Snapshot
from labelvc.core.tally import Tally
from labelvc.formats.base import Carries, Keep, Settings
from labelvc.formats.folder import documents_of, refuse_losses
from labelvc.formats.json_decode import without_gc
from labelvc.formats.json_rows import decode_rows, first_values
from labelvc.formats.prodigy_lines import about, key_of
from labelvc.formats.prodigy_task import WHO, Line, gathered, line_of
from labelvc.formats.prodigy_write import as_tasks, rows_of
from labelvc.formats.row_edits import EditedSample
from labelvc.formats.row_format import RowScan, Said, told, written
from labelvc.formats.rows import RowFile, cut_lines, read_only_file
from labelvc.formats.source import Source

NAME = "prodigy"
TITLE = "Prodigy JSON lines"
CARRIES = Carries(
    kinds=frozenset({"class", "box", "polygon", "span", "segment", "text"}),
    labels=frozenset({"id", "verdict", "text", "attributes", "annotator", "confidence"}),
    samples=frozenset({"path", "width", "height", "text", "digest", "attributes"}),
    units=frozenset({"pixel", "character", "second"}),
)
SETTINGS = {"transcript": "the member that holds transcripts (default: transcript)"}

_ANSWERS = ("accept", "reject", "ignore")
_MARKS = ("_input_hash", "_task_hash", "_view_id", *WHO)


def sniff(source: Source) -> str | None:
    """Lines about something, with Prodigy's hashes, sessions or answers."""
    if source.is_folder:
        return None
    name, blob = source.only()
    if not name.lower().endswith((".jsonl", ".json", ".ndjson")):
        return None
    values = first_values(blob.read())
    return "JSON lines with answers" if values and all(map(_is_task, values)) else None


def _is_task(value: Any) -> bool:
    if not isinstance(value, dict) or about(value) is None:
        return False
    return value.get("answer") in _ANSWERS or any(mark in value for mark in _MARKS)


def settle(source: Source, settings: Settings) -> Settings:
    """Nothing to settle."""
    return settings


def scan(source: Source, settings: Settings) -> ProdigyScan:
    """The lines."""
    name, content = read_only_file(source)
    return ProdigyScan(_FORMAT, cut_lines(name, source.where(name), content), settings)


def write(snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
    """The file, what changed rewritten inside its line.

    Raises LossError.
    """
    refuse_losses(snapshot, CARRIES, "Prodigy")
    if snapshot.format != NAME:
        snapshot = as_tasks(snapshot)
    before = ProdigyScan(_FORMAT, _FORMAT.plain(settings), settings)
    if not documents_of(snapshot, NAME):
        snapshot = replace(snapshot, documents={})
    return written(_FORMAT, snapshot, settings, before)


@dataclass(frozen=True)
class ProdigyScan(RowScan):
    """The lines of a file; what lines about one sample say together, all of them tell."""

    @cached_property
    def names(self) -> list[str]:
        """The sample of each line."""
        found = []
        with without_gc(), _nested_in(self.file):
            for row, task in enumerate(decode_rows(self.file, range(len(self.file.rows)))):
                name = key_of(task) if isinstance(task, dict) else None
                if name is None:
                    expected = "a task with text, html, image, audio, video or options"
                    raise self.file.error(row, expected, task)
                found.append(name)
        return found

    def tally(self) -> Tally:
        """Counts of what all lines say."""
        return self.read().tally()

    def read(self, keep: Keep | None = None, key: str | None = None) -> Snapshot:
        """The snapshot of all lines or the kept ones."""
        rows = self.file.kept(keep)
        names = [self.names[row] for row in rows]
        wanted = rows
        if keep is not None:
            of = set(names)
            wanted = [row for row, name in enumerate(self.names) if name in of]
        said = dict(zip(wanted, self.format.decode(self.file, wanted, self.settings), strict=True))
        return replace(
            told([said[row] for row in rows], names),
            format=NAME,
            records=self.file.records(keep),
            documents={} if keep is not None else {self.file.name: self.file},
        )


class _Format:
    """Prodigy's tasks as rows, several a sample."""

    NAME = NAME
    SHARED = True

    def cut(self, name: str, where: str, content: bytes, settings: Settings) -> RowFile:
        """The lines."""
        return cut_lines(name, where, content)

    def decode(self, file: RowFile, rows: Sequence[int], settings: Settings) -> list[Said]:
        """What lines say, given all the lines of their samples."""
        with without_gc(), _nested_in(file):
            lines = lines_of(file, rows, settings)
            of: dict[str, list[Line]] = defaultdict(list)
            for one in lines:
                of[one.sample["sample"]].append(one)
            samples = {name: gathered(mine) for name, mine in of.items()}
            return [
                Said(samples[one.sample["sample"]], [label for _, label in one.labels])
                for one in lines
            ]

    def encode(
        self, file: RowFile, edited: EditedSample, settings: Settings
    ) -> Sequence[tuple[int | None, bytes]]:
        """The lines of a sample that was edited."""
        lines = lines_of(file, edited.rows, settings)
        return rows_of(file, edited, lines, _transcript(settings))

    def plain(self, settings: Settings) -> RowFile:
        """An empty file."""
        return RowFile("annotations.jsonl", "annotations.jsonl", b"", [])


def lines_of(file: RowFile, rows: Sequence[int], settings: Settings) -> list[Line]:
    """What lines say; raises ParseError."""
    found = []
    for row, task in zip(rows, decode_rows(file, rows), strict=True):

        def trouble(at: str, expected: str, what: object, row: int = row) -> ParseError:
            return file.error(row, expected, what, at=at)

        if not isinstance(task, dict):
            raise file.error(row, "an object", task)
        found.append(line_of(task, _transcript(settings), trouble))
    return found


@contextmanager
def _nested_in(file: RowFile) -> Iterator[None]:
    """Values of a file that may be nested deeper than they can be written."""
    try:
        yield
    except RecursionError:
        raise ParseError(
            file.where, "", expected="JSON", found="endlessly nested brackets"
        ) from None


def _transcript(settings: Settings) -> str:
    return settings.get("transcript", "transcript")


_FORMAT = _Format()
