"""The files into which a merged label set is written, and merged rows in the place of theirs.

A single file's host is ours. A folder's host has, file by file, what only one side changed from
that side; of it only the files that hold merged labels are read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import polars as pl

from labelvc.core.align import Aligned
from labelvc.core.joined import Joined
from labelvc.core.match import match
from labelvc.core.patch import Delta
from labelvc.core.snapshot import CONTENT, Snapshot
from labelvc.formats.base import Format, Settings
from labelvc.formats.coco_frame import merged_top
from labelvc.formats.coco_scan import CocoScan
from labelvc.formats.folder import FolderScan, digest
from labelvc.formats.framing import merged_lines, merged_yaml
from labelvc.formats.source import Blob, MemoryBlob, Source, digests
from labelvc.formats.table_frame import merged_columns
from labelvc.formats.table_scan import TableScan
from labelvc.formats.triple import Triple

# The keys of a data.yaml that say what the categories are.
CLASS_KEYS = ("names", "nc")


@dataclass(frozen=True)
class Names:
    """What the keys of a merge are called in the files.

    `samples` by key, where the name is another; `categories` by the name ours has. `declared`:
    there is a class list.
    """

    samples: Mapping[str, str]
    categories: Mapping[str, str]
    declared: bool


class NameTaken(Exception):
    """An added sample goes by the name of one that nobody looked at.

    Where samples are named by their text, equal texts are counted, so that one more in front gives
    the others other names.
    """


@dataclass(frozen=True)
class Host:
    """`snapshot` is all of a file, or a part: of a folder all label files but the `others`.

    `last_id` is the highest native id of a file that was read in part, as far as ids are numbers.
    `framed` are files in which something besides labels was merged, `notes` tell of what both
    sides changed there.
    """

    source: Source
    settings: Settings
    snapshot: Snapshot
    is_part: bool
    others: Collection[str] = ()
    framed: Mapping[str, bytes] = field(default_factory=dict)
    notes: Sequence[str] = ()
    last_id: int = 0


class Picked(Mapping[str, Blob]):
    """The files of a folder, each from one of several versions; blobs are made when asked for."""

    def __init__(
        self, chosen: dict[str, Mapping[str, Blob]], digests: dict[str, str | None]
    ) -> None:
        self._chosen = chosen
        self.digests = digests

    def __getitem__(self, path: str) -> Blob:
        return self._chosen[path][path]

    def replace(self, contents: Mapping[str, bytes]) -> None:
        """Put other contents in the place of files."""
        for path, content in contents.items():
            blob = MemoryBlob(content)
            self._chosen[path] = {path: blob}
            self.digests[path] = digest(blob)

    def __iter__(self) -> Iterator[str]:
        return iter(self._chosen)

    def __len__(self) -> int:
        return len(self._chosen)

    def __contains__(self, path: object) -> bool:
        return path in self._chosen


def host_of(triple: Triple, base: Source | None, ours: Source, theirs: Source, fmt: Format) -> Host:
    """What the merged labels are written into."""
    settings = dict(triple.ours.settings)
    if not isinstance(triple.ours.scan, FolderScan):
        return _host_of_file(triple, ours, fmt, settings)
    source, both = _picked(base, ours, theirs)
    whole: Any = fmt.scan(source, settings)
    framed, notes = _framed(whole, both, base, (ours, theirs))
    if framed:
        source.files.replace(framed)  # type: ignore[attr-defined]
        source = replace(source)  # without what was found in the former files
        whole = fmt.scan(source, settings)
    wanted = {path for read in _reads(triple) for path in read}
    part = whole.narrowed([path for path in whole.paths if path in wanted])
    others = {path for path in whole.paths if path not in wanted}
    return Host(source, settings, part.read(), True, others, framed, notes)


def _host_of_file(triple: Triple, ours: Source, fmt: Format, settings: Settings) -> Host:
    scan, notes = triple.ours.scan, []
    content, clashes = _frame_of_file(triple)
    if clashes:
        notes.append(f"both sides changed {', '.join(clashes)} of {ours.name}: ours was kept")
    if content is not None:
        path, _ = ours.only()
        ours = replace(ours, files={path: MemoryBlob(content)})
        scan = fmt.scan(ours, settings)
    framed = {} if content is None else {ours.only()[0]: content}
    keep = triple.ours.keep
    if keep is None or not isinstance(scan, CocoScan):
        return Host(ours, settings, scan.read(key=triple.key), False, (), framed, notes)
    part = scan.with_document(triple.ours.rest, keep, triple.key)
    last = max((one for one in scan.ids() if isinstance(one, int)), default=0)
    return Host(ours, settings, part, True, (), framed, notes, last)


def _frame_of_file(triple: Triple) -> tuple[bytes | None, list[str]]:
    """Ours' file with what only theirs changed around the rows, and what both changed."""
    base = triple.base.scan if triple.base else None
    ours, theirs = triple.ours.scan, triple.theirs.scan
    if isinstance(ours, CocoScan):
        content, clashes = merged_top(base, ours, theirs)
        return (None if content is ours.content else content), clashes
    if isinstance(ours, TableScan):
        return merged_columns(base, ours, theirs)
    return None, []


def _framed(
    scan: FolderScan, both: Collection[str], base: Source | None, sides: tuple[Source, Source]
) -> tuple[dict[str, bytes], list[str]]:
    """The files without labels that both sides changed, as far as they can be merged."""
    framed, notes = {}, []
    lists = {one.path for one in scan.layout.lists}
    for path in both:
        if path not in lists and not path.endswith((".yaml", ".yml")):
            continue
        ours, theirs = (side.files[path].read() for side in sides)
        before = base.files[path].read() if base and path in base.files else b""
        if path in lists:
            content = merged_lines(before, ours, theirs)
        else:
            content, clashes = merged_yaml(before, ours, theirs, CLASS_KEYS)
            if clashes:
                notes.append(f"both sides changed {', '.join(clashes)} in {path}: ours was kept")
        if content != ours:
            framed[path] = content
    return framed, notes


def _reads(triple: Triple) -> Iterator[Sequence[str]]:
    """The label files of each version that were opened."""
    for read in (triple.base, triple.ours, triple.theirs):
        if read is not None:
            yield read.scan.kept(read.keep)


def _picked(base: Source | None, ours: Source, theirs: Source) -> tuple[Source, Collection[str]]:
    """Ours with the files that only theirs changed, added or removed as theirs has them.

    A file that both changed is ours'; of one that a side removed the other's change is kept. Also
    the files that both have and changed differently.
    """
    before = _digests(base) if base else {}
    one, two = _digests(ours), _digests(theirs)
    chosen: dict[str, Mapping[str, Blob]] = {}
    known: dict[str, str | None] = {}
    both = []
    for path in {**one, **two}:
        own, other, was = one.get(path), two.get(path), before.get(path)
        if (own == was and other is None) or (other == was and own is None):
            continue  # one side removed it, and the other left it alone
        is_ours = own is not None and (other is None or own != was)
        chosen[path] = ours.files if is_ours else theirs.files
        known[path] = own if is_ours else other
        if None not in (own, other) and own != other and was not in (own, other):
            both.append(path)
    return replace(ours, files=Picked(chosen, known)), both


def _digests(source: Source) -> Mapping[str, str]:
    known = digests(source.files)
    return {path: found or digest(source.files[path]) for path, found in known.items()}


@dataclass(frozen=True)
class Put:
    """The host with the merged rows in the place of those they come from.

    `taken` are the labels that had to go, `put` those that came, both with categories as they are
    called now; `renamed` has their new names by the former ones.
    """

    snapshot: Snapshot
    taken: pl.DataFrame
    put: pl.DataFrame
    renamed: Mapping[str, str] = field(default_factory=dict)


def put_into(host: Host, triple: Triple, aligned: Aligned, merged: Snapshot, names: Names) -> Put:
    """The host's snapshot with the merged rows in the place of those they come from."""
    lent = _Lent(host.snapshot, triple.theirs.rest, aligned.theirs, names)
    if host.source.is_folder:
        return _put_into_part(host.snapshot, merged, lent)
    return _put_into_whole(host.snapshot, triple.ours.rest, aligned.ours, merged, lent)


def _put_into_part(host: Snapshot, merged: Snapshot, lent: _Lent) -> Put:
    """All of the host's rows are merged ones: it lends them its fragments."""
    keyed = match(merged, host, ids="untrusted").after.labels
    labels = lent.to_labels(merged.labels, set(keyed["key"]), set(host.samples["sample"]))
    places = host.samples.select("sample", "record")
    samples = merged.samples.drop("record").join(
        places, on="sample", how="left", maintain_order="left"
    )
    final = replace(
        host,
        labels=Delta("key", keyed, labels).apply(keyed),
        samples=samples.select(merged.samples.columns),
        categories=merged.categories,
        records=lent.records,
    )
    return Put(final, host.labels, final.labels)


def _put_into_whole(
    host: Snapshot, raw: Snapshot, keyed: Snapshot, merged: Snapshot, lent: _Lent
) -> Put:
    """The rows that were merged replace those they come from; all others stay as they are.

    `raw` is what was read of the host, `keyed` the same with the keys of base.
    """
    table = host.labels.with_columns(
        pl.int_range(pl.len()).alias("key"),
        pl.col("category").replace(lent.names.categories),
    )
    own = (
        range(raw.labels.height) if raw.labels is host.labels else _places(raw.labels, host.labels)
    )
    places = dict(zip(keyed.labels["key"], own, strict=True))
    after = lent.to_labels(merged.labels, set(places), set(host.samples["sample"]))
    rows = _numbered(after["key"].to_list(), places, table.height)
    delta = Delta(
        "key",
        table[sorted(places.values())],
        after.with_columns(pl.Series("key", rows, dtype=pl.Int64)),
    )
    labels = delta.apply(table)
    final = replace(
        host,
        labels=labels,
        samples=_samples(host, raw, keyed, merged, lent),
        categories=merged.categories if lent.names.declared else _in_use(host, merged, labels),
        records=lent.records,
    )
    return Put(final, delta.before, delta.after, lent.names.categories)


def _samples(
    host: Snapshot, raw: Snapshot, keyed: Snapshot, merged: Snapshot, lent: _Lent
) -> pl.DataFrame:
    at = {name: row for row, name in enumerate(host.samples["sample"])}
    names = lent.names.samples
    places = {
        names.get(key, key): at[own]
        for key, own in zip(keyed.samples["sample"], raw.samples["sample"], strict=True)
    }
    if any(name in at and name not in places for name in merged.samples["sample"]):
        raise NameTaken
    table = host.samples.with_columns(pl.int_range(pl.len()).alias("_at"))
    rows = _numbered(merged.samples["sample"].to_list(), places, table.height)
    after = lent.to_samples(merged.samples, set(places)).with_columns(
        pl.Series("_at", rows, dtype=pl.Int64)
    )
    return Delta("_at", table[sorted(places.values())], after).apply(table).drop("_at")


def _numbered(keys: Sequence[Any], places: Mapping[Any, int], free: int) -> list[int]:
    """The row of each key: its place, or for keys without one the next free row."""
    numbers = count(free)
    return [places[key] if key in places else next(numbers) for key in keys]


def _places(raw: pl.DataFrame, table: pl.DataFrame) -> list[int]:
    """The rows of a whole table that the rows of a part of it are, in the part's order."""

    def hashed(rows: pl.DataFrame) -> pl.DataFrame:
        return rows.select(
            pl.int_range(pl.len()).alias("row"), pl.struct("id", *CONTENT).hash().alias("content")
        ).with_columns(pl.int_range(pl.len()).over("content").alias("nth"))

    wanted = hashed(raw)
    found = wanted.join(
        hashed(table), on=["content", "nth"], how="left", maintain_order="left", suffix="_whole"
    )
    places: list[int] = found["row_whole"].to_list()
    return places


def _in_use(host: Snapshot, merged: Snapshot, labels: pl.DataFrame) -> pl.DataFrame:
    """The categories of a format without a class list: those that labels have."""
    used = labels["category"].drop_nulls().unique()
    known = pl.concat([host.categories, merged.categories])
    in_use = known.filter(pl.col("name").is_in(used.implode()))
    return in_use.unique("name", maintain_order=True)


class _Lent:
    """The host's fragments, and after them those that theirs lends to the rows it added."""

    def __init__(self, host: Snapshot, theirs: Snapshot, keyed: Snapshot, names: Names) -> None:
        self.names = names
        self._theirs = theirs.records
        self._more: list[bytes] = []
        self.records = Joined(host.records, self._more)
        self._first = len(host.records)
        self._places: dict[int, int] = {}
        self._labels = dict(zip(keyed.labels["key"], theirs.labels["record"], strict=True))
        own = (names.samples.get(key, key) for key in keyed.samples["sample"])
        self._samples = dict(zip(own, theirs.samples["record"], strict=True))

    def to_labels(
        self, labels: pl.DataFrame, known: Collection[int], samples: Collection[str]
    ) -> pl.DataFrame:
        """The labels with the fragments of those that are not `known`; others keep their own.

        A fragment that is a whole sample is not lent to one of the `samples` that are there.
        """
        of_samples = set(self._samples.values())
        records = [
            None
            if key in known or (place in of_samples and sample in samples)
            else self._place(place)
            for key, sample, place in (
                (key, sample, self._labels.get(key))
                for key, sample in labels.select("key", "sample").iter_rows()
            )
        ]
        return _with_records(labels, records)

    def to_samples(self, samples: pl.DataFrame, known: Collection[str]) -> pl.DataFrame:
        """The samples with the fragments of those that are not `known`."""
        records = [
            None if one in known else self._place(self._samples.get(one))
            for one in samples["sample"]
        ]
        return _with_records(samples, records)

    def _place(self, record: int | None) -> int | None:
        if record is None:
            return None
        if record not in self._places:  # several labels may stand in one fragment
            self._places[record] = self._first + len(self._more)
            self._more.append(self._theirs[record])
        return self._places[record]


def _with_records(rows: pl.DataFrame, records: Sequence[int | None]) -> pl.DataFrame:
    return rows.with_columns(pl.Series("record", records, dtype=pl.Int64))
