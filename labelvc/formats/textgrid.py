"""Praat TextGrids: one file or a folder of them, in the long or the short text form.

A file is a sample, named like it. An interval with a text, or a point, is a label of kind segment:
its text, and as category the tier it stands in; start and end of a point are equal. Intervals
without a text are what lies between, and are kept so that tiers stay tiled. The tiers and their
classes are the sample's attribute `tiers`, as one may be empty.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import polars as pl

from labelvc.core.errors import LabelvcError, LossError, ParseError
from labelvc.core.progress import counted
from labelvc.core.snapshot import Snapshot, attributes_json
from labelvc.core.tally import Tally
from labelvc.formats.base import Carries, Keep, Settings
from labelvc.formats.folder import (
    KEYS_HELP,
    Contents,
    FolderScan,
    documents_of,
    settle_keys,
)
from labelvc.formats.fragments import resolved
from labelvc.formats.row_edits import (
    EditedSample,
    Row,
    attributes_of,
    edits,
    one_version_a_sample,
    refuse_loss,
    without_records,
)
from labelvc.formats.row_format import Said, told
from labelvc.formats.source import MemoryBlob, Source
from labelvc.formats.splits import Layout, refuse_unsafe, split_folders
from labelvc.formats.textgrid_layers import labels_of, layers_of, sample_of
from labelvc.formats.textgrid_text import decoded, parsed
from labelvc.formats.textgrid_write import plain, rewritten

NAME = "textgrid"
TITLE = "Praat TextGrid"
CARRIES = Carries(
    kinds=frozenset({"segment"}),
    labels=frozenset({"text", "attributes"}),
    samples=frozenset({"split", "duration", "attributes"}),
    units=frozenset({"second"}),
)
SETTINGS = {"keys": KEYS_HELP}
SUFFIX = ".TextGrid"
_LOOK = 5


def sniff(source: Source) -> str | None:
    """By the suffix .TextGrid, and by what the files begin with."""
    paths = _paths(source)
    for path in islice(paths, _LOOK):
        if not path.lower().endswith(SUFFIX.lower()):
            return None
        try:
            text = decoded(source.files[path].read(), path)[0]
        except ParseError:
            return None
        if "ooTextFile" not in text[:200]:
            return None
    return f"{SUFFIX} files" if paths else None


def settle(source: Source, settings: Settings) -> Settings:
    """The settings; keys filled in where two splits hold a file of the same name."""
    if settings.get("keys", "stem") not in ("stem", "path"):
        raise LabelvcError(f"{source.name}: keys is {settings['keys']!r}, expected stem or path")
    return settle_keys(settings, _layout(settings), _paths(source))


def scan(source: Source, settings: Settings) -> TextGridScan:
    """The files, not yet opened."""
    return TextGridScan(source, _layout(settings), _paths(source))


def _paths(source: Source) -> Sequence[str]:
    if not source.is_folder:
        return list(source.files)
    return source.once(
        NAME, lambda: [path for path in source.files if path.lower().endswith(SUFFIX.lower())]
    )


def _layout(settings: Settings) -> Layout:
    folders = split_folders({"dev": "dev"})
    return Layout(SUFFIX, "labels", folders, whole=settings.get("keys") == "path")


@dataclass(frozen=True)
class _Read:
    """What the files say; `names` and `entries` tell of each record whose it is, and which."""

    said: Snapshot = field(default_factory=Snapshot)
    paths: Mapping[str, str] = field(default_factory=dict)
    contents: Mapping[str, bytes] = field(default_factory=dict)
    names: Sequence[str] = ()
    entries: Sequence[int] = ()

    def __repr__(self) -> str:
        return f"{len(self.contents)} files"


class TextGridScan(FolderScan):
    """A folder of TextGrids, or one."""

    def comparable(self, other: Any, key: str | None) -> bool:
        """Whether samples are named alike."""
        return self.same_layout(other)

    def tally(self) -> Tally:
        """Counts what all files say."""
        return self.read().tally()

    def read(self, keep: Keep | None = None, key: str | None = None) -> Snapshot:
        """The labels of all files, or of the kept ones."""
        said: list[Said] = []
        bare: list[Row] = []
        contents, paths, records = {}, {}, list[bytes]()
        names: list[str] = []
        entries: list[int] = []
        for path in counted(self.kept(keep), "reading label files"):
            where, content = self.source.where(path), self.source.files[path].read()
            grid = parsed(decoded(content, where)[0], where)
            sample = sample_of(grid, self._place(path))
            contents[path], paths[str(sample["sample"])] = content, path
            labels = list(labels_of(grid))
            bare += [sample] if not labels else []
            for number, label in labels:
                said.append(Said(sample, [label]))
                names.append(str(sample["sample"]))
                entries.append(number)
                records.append(str(label["text"]).encode())
        snapshot = told(said, names)
        if bare:
            more = pl.DataFrame(bare, schema=snapshot.samples.schema)
            snapshot = replace(snapshot, samples=pl.concat([snapshot.samples, more]))
        read = _Read(snapshot, paths, contents, names, entries)
        alone = not self.source.is_folder
        documents = {"read": read, "layout": self.layout, "rest": self.rest(), "alone": alone}
        return replace(
            snapshot, format=NAME, records=records, documents={} if keep is not None else documents
        )

    def _place(self, path: str) -> tuple[str, str | None]:
        is_named = path.lower().endswith(SUFFIX.lower())
        return self.layout.place(path) if is_named else (path, None)


def write(snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
    """The files; tiers whose labels changed are tiled anew, entries that are the same stay.

    Raises LossError.
    """
    documents = documents_of(snapshot, NAME)
    read: _Read = documents.get("read", _Read())
    layout: Layout = documents.get("layout", _layout(settings))
    rest = documents.get("rest", {})
    if not documents:
        snapshot = _completed(without_records(snapshot))
    snapshot = one_version_a_sample(snapshot, len(read.names))
    _, changed = edits(snapshot, read.said, read.names)
    touched = {str(one.sample["sample"]): one for one in changed}
    contents = {}
    for sample, split in snapshot.samples.select("sample", "split").iter_rows():
        path = read.paths.get(sample)
        if path is None or (path.endswith(SUFFIX) and layout.place(path) != (sample, split)):
            path = layout.path_of(sample, split, next(iter(read.paths.values()), SUFFIX))
            refuse_unsafe(path, f"sample {sample!r}")
        if path in rest or path in contents:
            raise LossError(f"sample {sample!r}: there is another file {path}")
        contents[path] = _content(read, sample, touched.get(sample))
    if documents.get("alone") and contents.keys() != read.contents.keys():
        raise LossError(
            "the label set is one file that stands for one sample; none can be added or removed",
            hint="Make the folder in which such files lie the label set.",
        )
    if touched:
        blobs = {path: MemoryBlob(content) for path, content in contents.items()}
        source = Source("TextGrids", blobs, is_folder=not documents.get("alone"))
        again = TextGridScan(source, layout, list(contents)).read()
        refuse_loss(snapshot, again, "what was to be written")
    return Contents(contents, rest)


def _completed(snapshot: Snapshot) -> Snapshot:
    """Labels from elsewhere, with the bounds and tiers that they need."""
    of: dict[str, list[Row]] = defaultdict(list)
    for label in resolved(snapshot).iter_rows(named=True):
        of[label["sample"]].append(label)
    samples = snapshot.samples.to_dicts()
    for sample in samples:
        attributes, labels = attributes_of(sample), of[sample["sample"]]
        if sample["duration"] is None and "xmax" not in attributes:
            sample["duration"] = max((label["end"] or 0.0 for label in labels), default=0.0)
        if "tiers" not in attributes:
            names = sorted({label["category"] or "" for label in labels})
            attributes["tiers"] = [{"name": name, "class": _class(name, labels)} for name in names]
        sample["attributes"] = attributes_json(attributes)
    schema = snapshot.samples.schema
    labels_now = resolved(snapshot).with_columns(pl.col("text").fill_null(pl.col("category")))
    return replace(snapshot, labels=labels_now, samples=pl.DataFrame(samples, schema=schema))


def _class(name: str, labels: Sequence[Row]) -> str:
    own = [label for label in labels if (label["category"] or "") == name]
    return "point" if all(label["start"] == label["end"] for label in own) else "interval"


def _content(read: _Read, sample: str, edited: EditedSample | None) -> bytes:
    content = read.contents.get(read.paths.get(sample, ""))
    if edited is None:
        if content is None:
            raise LossError(f"sample {sample!r}: nothing tells what stands in its file")
        return content
    if content is None:
        return plain(*layers_of(edited, None, {})).encode()
    text, mark, encoding = decoded(content, sample)
    grid = parsed(text, sample)
    own = {
        row: read.entries[row]
        for row in edited.rows
        if row < len(read.names) and read.names[row] == sample
    }
    return mark + rewritten(grid, *layers_of(edited, grid, own)).encode(encoding)
