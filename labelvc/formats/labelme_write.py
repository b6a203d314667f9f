"""A snapshot as LabelMe files, of which only those that changed are written anew."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from labelvc.core.errors import LossError
from labelvc.core.snapshot import CONTENT, SAMPLES, Snapshot
from labelvc.formats.folder import Contents, FolderScan
from labelvc.formats.fragments import resolved
from labelvc.formats.labelme_file import content_of
from labelvc.formats.labelme_shapes import Row
from labelvc.formats.source import Blob
from labelvc.formats.splits import IMAGES, Layout

# Where a new file lies: beside others in the folder itself.
_PLAIN = "x.json"


def columns(rows: Sequence[Row]) -> dict[str, list[Any]]:
    """Rows as columns, with nothing where a row has none."""
    names = dict.fromkeys(name for row in rows for name in row)
    found = {name: [row.get(name) for row in rows] for name in names}
    if "verdict" in found:
        found["verdict"] = [verdict or "present" for verdict in found["verdict"]]
    return found


def with_documents(snapshot: Snapshot, scan: FolderScan, paths: Mapping[str, str]) -> Snapshot:
    """The snapshot with what writing it needs: its tables as read, its files, the others."""
    documents = {
        "alone": not scan.source.is_folder,
        "files": {path: scan.source.files[path] for path in paths.values()},
        "labels": snapshot.labels,
        "layout": scan.layout,
        "paths": dict(paths),
        "rest": scan.rest(),
        "samples": snapshot.samples,
    }
    return replace(snapshot, documents=documents)


def written(snapshot: Snapshot, documents: Mapping[str, Any], plain: Layout) -> Contents:
    """The files; `documents` are empty for a snapshot that was not read as LabelMe."""
    layout: Layout = documents.get("layout", plain)
    before: Mapping[str, str] = documents.get("paths", {})
    files: Mapping[str, Blob] = documents.get("files", {})
    paths = _paths(snapshot, layout, before)
    if documents.get("alone") and list(paths.values()) != list(before.values()):
        raise LossError(f"{next(iter(before.values()))}: a single LabelMe file holds one image")
    own = snapshot.format == "labelme"
    labels = resolved(snapshot)
    changed = _changed(labels, snapshot.samples, documents)
    rows: dict[str, list[Row]] = {}
    for row in labels.filter(pl.col("sample").is_in(list(changed))).iter_rows(named=True):
        rows.setdefault(row["sample"], []).append(row)
    made = {}
    for sample in snapshot.samples.iter_rows(named=True):
        name = sample["sample"]
        path = paths[name]
        file = files[before[name]] if name in before else None
        if name in changed:
            mine = [
                (row, None if row["record"] is None or not own else snapshot.records[row["record"]])
                for row in sorted(rows.get(name, ()), key=_place)
            ]
            old = file.read() if file else None
            made[path] = content_of(sample if own else _named(sample), mine, old, path)
        elif file and before[name] != path:
            made[path] = file.read()
    kept = {path: files[path] for path in paths.values() if path in files}
    return Contents(made, {**documents.get("rest", {}), **kept})


def _place(row: Row) -> tuple[bool, int]:
    """Labels as their shapes stood, new ones behind them."""
    return row["record"] is None, row["record"] or 0


def _named(sample: Row) -> Row:
    """A sample from another format; LabelMe finds an image by its path alone."""
    path = sample["path"]
    if path is None and sample["sample"].lower().endswith(IMAGES):
        path = sample["sample"]
    return {**sample, "path": path}


def _changed(labels: pl.DataFrame, samples: pl.DataFrame, documents: Mapping[str, Any]) -> set[str]:
    """The samples that are not what their files say; all of them where there are no files."""
    if not documents:
        return set(samples["sample"])
    if labels is documents["labels"] and samples is documents["samples"]:
        return set()
    content = [name for name in SAMPLES if name not in ("record", "split")]

    def told(one: pl.DataFrame, two: pl.DataFrame) -> dict[str, tuple[Any, ...]]:
        found = {row[0]: row for row in two.select(content).iter_rows()}
        hashes = one.select("sample", pl.struct(CONTENT).hash().alias("hash"))
        for name, each in hashes.group_by("sample").agg(pl.col("hash").sort()).iter_rows():
            found[name] = (*found.get(name, ()), *each)
        return found

    was, now = told(documents["labels"], documents["samples"]), told(labels, samples)
    unknown = sorted(now.keys() - set(samples["sample"]))
    if unknown:
        raise LossError(f"sample {unknown[0]!r}: it has labels but is not among the samples")
    return {name for name, said in now.items() if was.get(name) != said}


def _paths(snapshot: Snapshot, layout: Layout, before: Mapping[str, str]) -> dict[str, str]:
    """The file of each sample; raises LossError where two would share one."""
    like = next(iter(before.values()), _PLAIN)
    owners: dict[str, str] = {}
    for sample, split in snapshot.samples.select("sample", "split").iter_rows():
        path = before.get(sample)
        if path is None or layout.place(path) != (sample, split):
            stem, suffix = posixpath.splitext(sample)
            key = stem if not before and suffix.lower() in IMAGES else sample
            path = layout.path_of(key, split, path or like)
        if path in owners:
            raise LossError(f"samples {owners[path]!r} and {sample!r} would share the file {path}")
        owners[path] = sample
    return {sample: path for path, sample in owners.items()}
