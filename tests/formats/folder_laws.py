"""Laws of the folder formats, as helpers for their tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from labelvc.core.snapshot import BOX, Snapshot
from labelvc.formats.base import Format
from labelvc.formats.source import MemoryBlob, Source
from tests.formats.case import Case


def folder(files: Mapping[str, bytes]) -> Source:
    """A folder held in memory."""
    return Source("set", {path: MemoryBlob(content) for path, content in files.items()}, True)


def read(fmt: Format, files: Mapping[str, bytes], **settings: str) -> Snapshot:
    source = folder(files)
    return fmt.scan(source, fmt.settle(source, settings)).read().check()


def again(fmt: Format, snapshot: Snapshot, **settings: str) -> Snapshot:
    """What is read from what is written."""
    before = snapshot.labels.clone()
    files = dict(fmt.write(snapshot, settings))
    assert snapshot.labels.equals(before)
    return read(fmt, files, **settings)


def check_case(fmt: Format, case: Case) -> None:
    source = case.source()
    settings = fmt.settle(source, case.settings)
    scan = fmt.scan(source, settings)
    snapshot = scan.read().check()
    for row, expected in zip(snapshot.labels.iter_rows(named=True), case.labels, strict=True):
        assert {name: row[name] for name in expected} == expected
    assert snapshot.samples["sample"].to_list() == case.samples
    assert snapshot.categories["name"].to_list() == case.categories
    assert scan.tally() == snapshot.tally()
    assert dict(fmt.write(snapshot, settings)) == case.files
    check_parts(fmt, source, settings, snapshot)
    if case.sniffed:
        assert fmt.sniff(source)


def check_parts(fmt: Format, source: Source, settings: Mapping[str, str], whole: Snapshot) -> None:
    """Read piece by piece, the labels and samples are those of the whole."""
    scan = fmt.scan(source, settings)
    parts = [scan.read({"labels": [at]}).check() for at in range(len(scan.pieces["labels"]))]
    for table in ("labels", "samples"):
        drop = [name for name in ("key", "record") if name in getattr(whole, table).columns]
        together = pl.concat([getattr(part, table) for part in parts])
        assert together.drop(drop).equals(getattr(whole, table).drop(drop))


def relabelled(snapshot: Snapshot, at: int, category: str) -> Snapshot:
    return edited(snapshot, at, category=category)


def edited(snapshot: Snapshot, at: int, **values: Any) -> Snapshot:
    """With other values in one label."""
    row = pl.col("key") == snapshot.labels["key"][at]
    columns = [
        pl.when(row).then(pl.lit(value)).otherwise(pl.col(name)).alias(name)
        for name, value in values.items()
    ]
    return snapshot.with_labels(snapshot.labels.with_columns(columns))


def same(one: Snapshot, two: Snapshot, within: float) -> bool:
    """Equal but for numbers that differ by no more than a rounding."""
    if one.labels.height != two.labels.height:
        return False
    near = one.labels.sort("sample", maintain_order=True)
    other = two.labels.sort("sample", maintain_order=True)
    for name in BOX:
        difference = (near[name] - other[name]).abs().max()
        if difference is not None and float(str(difference)) > within:
            return False
    close = other.with_columns(near[name] for name in BOX)
    return replace(one, labels=near) == replace(two, labels=close)
