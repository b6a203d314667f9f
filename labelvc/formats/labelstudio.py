"""Label Studio's JSON export: tasks with their data and what annotators made of them.

A task is a sample, known by the file it is about or by the hash of its text (unless `key` names a
member of its data, or `id`). A region with all its results is a label, and so is every choice and
every text about the whole task. Ratings, numbers, dates, relations between regions and the like
are attributes of the sample, by the name of the question (`quality`, and `quality@7` for a second
annotator). Annotations that were skipped hold no labels: what is in them is an attribute too.
Percents stay percents, and boxes are turned about their top left corner. Predictions, drafts,
histories, numbers and times that Label Studio gives or renews are kept where they are and not
compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import msgspec
import polars as pl

from labelvc.core.errors import LabelvcError, ParseError
from labelvc.core.snapshot import BOX, Snapshot
from labelvc.core.tally import Tally
from labelvc.formats.base import Carries, Keep, Settings
from labelvc.formats.folder import documents_of, refuse_losses
from labelvc.formats.json_decode import without_gc
from labelvc.formats.json_rows import decode_as, decode_rows
from labelvc.formats.labelstudio_data import name_by, plain_name, subject, subject_name
from labelvc.formats.labelstudio_file import TaskFile, cut
from labelvc.formats.labelstudio_task import task_of
from labelvc.formats.labelstudio_write import rows_of
from labelvc.formats.row_edits import EditedSample
from labelvc.formats.row_format import RowScan, Said, told, written
from labelvc.formats.rows import RowFile, occurrences, read_only_file
from labelvc.formats.source import Source

NAME = "labelstudio"
TITLE = "Label Studio JSON"
SHARED = False
CARRIES = Carries(
    kinds=frozenset(
        {"class", "box", "polygon", "mask", "keypoints", "ellipse", "span", "segment", "text"}
    ),
    labels=frozenset({"id", "text", "attributes", "annotator", "confidence"}),
    samples=frozenset({"path", "width", "height", "duration", "text", "attributes"}),
    units=frozenset({"percent", "second", "character"}),
)
SETTINGS: Mapping[str, str] = {}

_ID = "id"
_DATA = "data"
_WITHOUT_BOX = ("polygon", "keypoints", "mask")
_SNIFFED = 20


class _Head(msgspec.Struct):
    """What identifies a task."""

    data: dict[str, Any]
    id: int | str | None = None


class _Probe(msgspec.Struct):
    """What a task is known by."""

    data: dict[str, msgspec.Raw]
    annotations: list[msgspec.Raw] | None = None
    completions: list[msgspec.Raw] | None = None
    predictions: list[msgspec.Raw] | None = None

    @property
    def work(self) -> Sequence[Any]:
        """What somebody or some model made of it."""
        return self.annotations, self.completions, self.predictions


def sniff(source: Source) -> str | None:
    """Tasks with `data`, some of them with annotations or predictions."""
    if source.is_folder:
        return None
    name, blob = source.only()
    if not name.lower().endswith((".json", ".jsonl", ".ndjson")):
        return None
    content = blob.read()
    if b'"data"' not in content:  # large files of other formats are told apart at once
        return None
    try:
        rows = cut(name, name, content).rows[:_SNIFFED]
        probes = [msgspec.json.decode(row, type=_Probe) for row in rows]
    except (LabelvcError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    worked = any(value is not None for one in probes for value in one.work)
    return "tasks with 'data' and annotations" if worked else None


def settle(source: Source, settings: Settings) -> Settings:
    """Nothing to settle."""
    return settings


def scan(source: Source, settings: Settings) -> LabelStudioScan:
    """The tasks, cut and not decoded."""
    name, content = read_only_file(source)
    return LabelStudioScan(_FORMAT, cut(name, source.where(name), content), settings)


def write(snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
    """The file, what changed rewritten inside its task.

    Raises LossError.
    """
    refuse_losses(snapshot, CARRIES, "Label Studio")
    snapshot = _without_outer_boxes(snapshot)
    file = _FORMAT.plain(settings)
    known = documents_of(snapshot, NAME)
    key = known["key"] if known else _key_for(snapshot)
    fmt = _Format(by_id=key == _ID)
    return written(fmt, snapshot, settings, LabelStudioScan(fmt, file, settings, key=key))


def _without_outer_boxes(snapshot: Snapshot) -> Snapshot:
    """The snapshot without the boxes that other formats state beside an outline."""
    beside = pl.col("kind").is_in(_WITHOUT_BOX)
    boxes = [pl.when(~beside).then(pl.col(side)).alias(side) for side in BOX]
    return snapshot.with_labels(snapshot.labels.with_columns(boxes))


def _key_for(snapshot: Snapshot) -> str | None:
    """How tasks made of other formats' samples are named: by file or text, else by id."""
    for sample, path, text in snapshot.samples.select("sample", "path", "text").iter_rows():
        if plain_name(path, text) != sample.partition("#")[0]:
            return _ID
    return None


@dataclass(frozen=True)
class LabelStudioScan(RowScan):
    """The tasks of a file, named by `key` (a field like `data.image`, or `id`)."""

    key: str | None = None

    @cached_property
    def _heads(self) -> list[_Head]:
        with without_gc():
            return decode_as(self.file, range(len(self.file.rows)), _Head)

    @cached_property
    def _fields(self) -> list[str]:
        """The fields that name every task; the default one first."""
        counts = Counter(name for head in self._heads if (name := subject(head.data)))
        fields = [f"{_DATA}.{name}" for name, count in counts.items() if count == len(self._heads)]
        has_ids = self._heads and all(head.id is not None for head in self._heads)
        return [_DATA, *fields, *([_ID] if has_ids else [])]

    def _named_by(self, field: str) -> list[str | None]:
        if field == _DATA:
            return [subject_name(head.data) for head in self._heads]
        return [name_by({_DATA: head.data, _ID: head.id}, field) for head in self._heads]

    def sample_fields(self) -> Mapping[str, Sequence[str | None]]:
        """What tasks are about, which member of their data that is, and their numbers."""
        return {field: self._named_by(field) for field in self._fields}

    def comparable(self, other: Any, key: str | None) -> bool:
        """Whether tasks are named by the same field."""
        return bool((key or self.key) == (key or other.key))

    @cached_property
    def names(self) -> list[str]:
        """The sample of each task."""
        field = self.key or _DATA
        given = self._named_by(field)
        for row, name in enumerate(given):
            if name is None:
                raise self.file.error(row, f"{field}, which names the task", "none")
        suffixes = occurrences(given, range(len(given)))
        return [f"{name}{end}" for name, end in zip(given, suffixes, strict=True)]

    def tally(self) -> Tally:
        """Counts of what all tasks say."""
        return self.read().tally()

    def read(self, keep: Keep | None = None, key: str | None = None) -> Snapshot:
        """The snapshot of all tasks or the kept ones."""
        if key is not None and key != self.key:
            return replace(self, key=key).read(keep)
        rows = self.file.kept(keep)
        said = self.format.decode(self.file, rows, self.settings)
        documents = {self.file.name: self.file, "key": self.key}
        return replace(
            told(said, [self.names[row] for row in rows]),
            format=NAME,
            records=self.file.records(keep),
            documents={} if keep is not None else documents,
        )


@dataclass(frozen=True)
class _Format:
    """Label Studio's tasks as rows; `by_id` gives new ones their sample's name as number."""

    by_id: bool = False
    NAME = NAME
    SHARED = SHARED

    def cut(self, name: str, where: str, content: bytes, settings: Settings) -> RowFile:
        """The tasks."""
        return cut(name, where, content)

    def decode(self, file: RowFile, rows: Sequence[int], settings: Settings) -> list[Said]:
        """What tasks say."""
        with without_gc():
            return self._decoded(file, rows)

    def _decoded(self, file: RowFile, rows: Sequence[int]) -> list[Said]:
        found = []
        for row, task in zip(rows, decode_rows(file, rows), strict=True):
            if not isinstance(task, dict) or not isinstance(task.get(_DATA), dict):
                raise file.error(row, "a task with an object 'data'", task)

            def trouble(at: str, expected: str, what: object, row: int = row) -> ParseError:
                return file.error(row, expected, what, at=at)

            try:
                one = task_of(task, trouble)
            except RecursionError:
                raise file.error(row, "JSON", "endlessly nested brackets") from None
            found.append(Said({"sample": "", **one.sample}, [slot.label for slot in one.slots]))
        return found

    def encode(
        self, file: RowFile, edited: EditedSample, settings: Settings
    ) -> Sequence[tuple[int | None, bytes]]:
        """The task of a sample that was edited."""
        return rows_of(file, edited, by_id=self.by_id)

    def plain(self, settings: Settings) -> RowFile:
        """An empty array."""
        return TaskFile("tasks.json", "tasks.json", b"[\n", [], "task", b"\n]\n", [])


_FORMAT = _Format()
