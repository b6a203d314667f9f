"""Which rows of an edited snapshot can be copied, and which samples have to be written anew."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from labelvc.core.errors import LossError, shorten
from labelvc.core.snapshot import CONTENT, SAMPLES, Snapshot, attributes_json
from labelvc.formats.fragments import edited, edited_samples, resolved

Row = dict[str, Any]


@dataclass(frozen=True)
class EditedSample:
    """A sample that is not what its rows say; `rows` are the indices of those, ascending."""

    sample: Row
    labels: Sequence[Row]
    rows: Sequence[int]


def edits(
    now: Snapshot, old: Snapshot, keys: Sequence[str]
) -> tuple[list[int], list[EditedSample]]:
    """The rows to copy, and the samples to write anew in the order of the snapshot.

    `old` is the snapshot as its records read, `keys` the sample of each of them. Rows of samples
    that are gone are in neither.
    """
    labels = resolved(now)
    if labels.equals(old.labels) and now.samples.equals(old.samples):
        return list(range(len(keys))), []
    names = set(now.samples["sample"])
    counts, old_counts = (
        table.drop_nulls("record").group_by("record").len() for table in (labels, old.labels)
    )
    odd = old_counts.join(counts, on=["record", "len"], how="anti")["record"]
    touched = set(labels.filter(edited(labels, old.labels))["sample"])
    touched |= set(now.samples.filter(edited_samples(now.samples, old.samples))["sample"])
    touched |= {keys[record] for record in odd} & names
    owners = {record: name for record, name in enumerate(keys) if name in names}
    owners |= _owners(now.samples, labels)
    copied = sorted(row for row, name in owners.items() if name not in touched)
    return copied, _anew(now.samples, labels, owners, touched)


def without_records(snapshot: Snapshot) -> Snapshot:
    """A snapshot from elsewhere, whose fragments mean nothing here."""
    return replace(_forgetting(snapshot, pl.lit(True)), records=())


def one_version_a_sample(snapshot: Snapshot, own: int) -> Snapshot:
    """The snapshot with no sample made of rows of two versions.

    The first `own` records are the rows of the file; those after came with a patch from another
    version. They are kept for samples that have no row here, else forgotten.
    """
    if len(snapshot.records) == own:
        return snapshot
    here = pl.col("record") < own
    samples = pl.concat(
        [table.filter(here)["sample"] for table in (snapshot.samples, snapshot.labels)]
    )
    return _forgetting(snapshot, ~here & pl.col("sample").is_in(samples.unique().implode()))


def only_own_records(snapshot: Snapshot, own: int) -> Snapshot:
    """The snapshot without what came from another version that cannot be used here."""
    return _forgetting(snapshot, pl.col("record") >= own)


def _forgetting(snapshot: Snapshot, which: pl.Expr) -> Snapshot:
    nowhere = pl.when(which).then(None).otherwise(pl.col("record")).alias("record")
    return replace(
        snapshot,
        labels=resolved(snapshot).with_columns(nowhere),
        samples=snapshot.samples.with_columns(nowhere),
    )


def _owners(samples: pl.DataFrame, labels: pl.DataFrame) -> dict[int, str]:
    return {
        record: sample
        for table in (samples, labels)
        for record, sample in table.drop_nulls("record").select("record", "sample").iter_rows()
    }


def _anew(
    samples: pl.DataFrame, labels: pl.DataFrame, owners: Mapping[int, str], touched: set[str]
) -> list[EditedSample]:
    wanted = pl.col("sample").is_in(list(touched))
    of: dict[str, list[Row]] = defaultdict(list)
    for label in labels.filter(wanted).iter_rows(named=True):
        of[label["sample"]].append(label)
    rows: dict[str, list[int]] = defaultdict(list)
    for record, name in sorted(owners.items()):
        if name in touched:
            rows[name].append(record)
    unknown = sorted(of.keys() - set(samples["sample"]))
    if unknown:
        raise LossError(f"sample {unknown[0]!r}: it has labels but is not among the samples")
    return [
        EditedSample(sample, of[sample["sample"]], rows[sample["sample"]])
        for sample in samples.filter(wanted).iter_rows(named=True)
    ]


def attributes_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of a label or a sample."""
    text = row["attributes"]
    return dict(json.loads(text)) if text else {}


def refuse_loss(now: Snapshot, reread: Snapshot, where: str) -> None:
    """Raise LossError unless `reread`, what would be written, says all that `now` says.

    Whether attributes stand on a sample or on its labels is the row's affair and no loss.
    """
    if Snapshot(resolved(now), now.samples) == Snapshot(reread.labels, reread.samples):
        return
    mine, its = _gathered(now), _gathered(reread)
    for table, columns in (("samples", list(SAMPLES)), ("labels", list(CONTENT))):
        columns = [name for name in columns if name != "record"]
        lost = _without(mine[table], its[table], columns)
        new = _without(its[table], mine[table], columns)
        if lost or new:
            raise LossError(_told(where, lost, new, columns))


def _without(one: Sequence[Row], two: Sequence[Row], columns: Sequence[str]) -> list[Row]:
    """The rows of `one` that are not in `two`, as multisets."""
    left: dict[tuple[Any, ...], int] = defaultdict(int)
    for row in two:
        left[tuple(row[name] for name in columns)] += 1
    rest = []
    for row in one:
        content = tuple(row[name] for name in columns)
        left[content] -= 1
        if left[content] < 0:
            rest.append(row)
    return rest


def _gathered(snapshot: Snapshot) -> dict[str, list[Row]]:
    """Labels and samples as rows; labels' attributes are the sample's where they do not clash."""
    labels = resolved(snapshot).to_dicts()
    samples = snapshot.samples.to_dicts()
    of: dict[str, list[Row]] = defaultdict(list)
    for label in labels:
        of[label["sample"]].append(label)
    for sample in samples:
        bearers = [sample, *of[sample["sample"]]]
        together: Row = {}
        for bearer in bearers:
            together |= attributes_of(bearer)
        if all(together.items() >= attributes_of(bearer).items() for bearer in bearers):
            for bearer in bearers:
                bearer["attributes"] = None
            sample["attributes"] = attributes_json(together)
    return {"labels": labels, "samples": samples}


def _told(where: str, lost: Sequence[Row], new: Sequence[Row], columns: Sequence[str]) -> str:
    row = (lost or new)[0]
    who = f"{where}: sample {row['sample']!r}"
    twin = next((other for other in new if other["sample"] == row["sample"]), None)
    if not lost or twin is None:
        return f"{who}: the format cannot hold its labels as they are"
    column = next(name for name in columns if row[name] != twin[name])
    return f"{who}: the format cannot hold {column} {shorten(row[column])}"
