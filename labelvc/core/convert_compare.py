"""What was written, read again, against what was meant: whatever differs is a loss too."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from labelvc.core.convert_align import stem
from labelvc.core.losses import (
    ADDED,
    CHANGED,
    DERIVED,
    DROPPED,
    ROUNDED,
    SPELT,
    Loss,
    told,
)
from labelvc.core.match import match
from labelvc.core.noise import NOISE, settle_noise
from labelvc.core.outer_box import is_implied
from labelvc.core.snapshot import BOX, SAMPLES, Snapshot, canonical_json

Row = dict[str, Any]
_GROUPS: Mapping[str, Sequence[str]] = {
    "category": ("category",),
    "kind": ("kind",),
    "verdict": ("verdict",),
    "column text": ("text",),
    "column annotator": ("annotator",),
    "column confidence": ("confidence",),
    "box": BOX,
    "outline": ("geometry",),
    "bounds": ("start", "end"),
}
_OF_MEDIA = ("width", "height", "duration", "digest")
_CONFIDENCE = 1e-6


def found_losses(meant: Snapshot, found: Snapshot) -> list[Loss]:
    """What of `meant` is not in `found`. Both name their samples alike."""
    labels, samples = _sample_losses(meant, found)
    return [*_label_losses(*labels), *samples, *_category_losses(meant, found)]


def _sample_losses(
    meant: Snapshot, found: Snapshot
) -> tuple[tuple[Snapshot, Snapshot], list[Loss]]:
    """Losses of samples; and the two with no other samples than both have."""
    gone = meant.samples.join(found.samples, on="sample", how="anti", maintain_order="left")
    new = found.samples.join(meant.samples, on="sample", how="anti", maintain_order="left")
    labelled = pl.col("sample").is_in(meant.labels["sample"].unique().implode())
    losses = [
        *told(gone.filter(~labelled), "samples without labels", DROPPED, table="samples"),
        *told(gone.filter(labelled), "sample", DROPPED, table="samples"),
        *told(new, "samples that were not there", ADDED, table="samples"),
    ]
    both = meant.samples.join(found.samples, on="sample", suffix="_found", maintain_order="left")
    for name in SAMPLES:
        if name in ("sample", "record", "attributes"):
            continue
        losses += _cell_losses(both, name)
    losses += _attribute_losses(both, _attributes_by_sample(found.labels), "samples")
    shared = both["sample"]
    return (meant.of_samples(shared), found.of_samples(shared)), losses


def _cell_losses(both: pl.DataFrame, name: str) -> list[Loss]:
    was, now = pl.col(name), pl.col(f"{name}_found")
    other = was.ne_missing(now)
    if both.schema[name] == pl.Float64:
        other &= ((was - now).abs() > NOISE["second"]).fill_null(True)
    rows = both.filter(other & was.is_not_null())
    what = f"column {name}"
    if name == "path":
        alike = [
            stem(row[0]) == stem(row[1] or "") for row in rows.select("path", "path_found").rows()
        ]
        short = pl.Series(alike, dtype=pl.Boolean)
        losses = told(rows.filter(short), what, CHANGED, table="samples", refused=False)
        rows = rows.filter(~short)
    else:
        losses = []
    refused = name not in _OF_MEDIA
    losses += told(rows.filter(now.is_null()), what, DROPPED, table="samples", refused=refused)
    losses += told(rows.filter(now.is_not_null()), what, CHANGED, table="samples", refused=refused)
    return losses


def _label_losses(meant: Snapshot, found: Snapshot) -> list[Loss]:
    one, two = (_comparable(snapshot) for snapshot in (meant, found))
    if Snapshot(one.labels) == Snapshot(two.labels):
        return []
    matched = _paired(one.labels, match(one, two, ids="untrusted").after.labels)
    gone = one.labels.join(matched, on="key", how="anti", maintain_order="left")
    new = matched.join(one.labels, on="key", how="anti")
    losses = [
        loss for kind, rows in _by(gone, "kind") for loss in told(rows, f"{kind} label", DROPPED)
    ]
    losses += told(new, "labels that were not there", ADDED)
    both = one.labels.join(matched, on="key", suffix="_found", maintain_order="left")
    names = dict(one.categories.select("key", "name").iter_rows())
    for what, columns in _GROUPS.items():
        losses += _group_losses(both, what, columns, names)
    of_sample = {row["sample"]: _attributes(row) for row in found.samples.iter_rows(named=True)}
    return [*losses, *_attribute_losses(both, of_sample, "labels")]


def _paired(meant: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """`found` with what is left on both sides paired in order: boxes without area have no IoU."""
    place = ["sample", "kind", "category"]
    order = [*place, *BOX, "start", "end", "text", "geometry"]
    nth = pl.int_range(pl.len()).over(place).alias("_nth")
    gone, new = (
        one.join(other, on="key", how="anti").sort(order, nulls_last=True).with_columns(nth)
        for one, other in ((meant, found), (found, meant))
    )
    if gone.is_empty() or new.is_empty():
        return found
    both = new.join(gone, on=[*place, "_nth"], suffix="_meant", nulls_equal=True)
    keys = dict(both.select("key", "key_meant").iter_rows())
    keyed = found.with_columns(pl.Series("key", [keys.get(key, key) for key in found["key"]]))
    how = keyed.select("key", pl.lit("overlap").alias("rung"))
    return settle_noise(meant, keyed, how)


def _comparable(snapshot: Snapshot) -> Snapshot:
    """Without units of what has no place, and without boxes that outlines imply."""
    placeless = pl.all_horizontal(pl.col(name).is_null() for name in ("x", "geometry", "start"))
    unit = pl.when(placeless).then(None).otherwise(pl.col("unit")).alias("unit")
    labels = snapshot.labels.with_columns(unit)
    shaped = (
        pl.col("geometry").is_not_null()
        & pl.col("x").is_not_null()
        & (pl.col("kind") != "keypoints")
    )
    beside = labels.filter(shaped).select("key", "geometry", "unit", *BOX)
    keys = [
        key for key, geometry, unit, *box in beside.iter_rows() if is_implied(geometry, box, unit)
    ]
    implied = pl.col("key").is_in(keys)
    return snapshot.with_labels(
        labels.with_columns(
            pl.when(implied).then(None).otherwise(pl.col(name)).alias(name) for name in BOX
        )
    )


def _group_losses(
    both: pl.DataFrame, what: str, columns: Sequence[str], names: Mapping[str, str]
) -> list[Loss]:
    if what == "column confidence":
        close = (pl.col("confidence") - pl.col("confidence_found")).abs() <= _CONFIDENCE
        both = both.filter(~close.fill_null(False))
    other = pl.any_horizontal(_other(both, name) for name in columns)
    is_new = pl.col(columns[0]).is_null()
    new = both.filter(other & is_new)
    rows = both.filter(other & ~is_new)
    lost = pl.col(f"{columns[0]}_found").is_null()
    numeric = what in ("box", "outline", "bounds", "column confidence")
    done = ROUNDED if numeric else CHANGED
    return [
        *told(rows.filter(lost), what, DROPPED),
        *told(rows.filter(~lost), what, done),
        *told(new, what, ADDED, refused=False),
    ]


def _other(both: pl.DataFrame, name: str) -> pl.Expr:
    was, now = pl.col(name), pl.col(f"{name}_found")
    other = was.ne_missing(now)
    if both.schema[name] != pl.Float64:
        return other
    near = pl.col("unit").replace_strict(NOISE, default=0.0, return_dtype=pl.Float64)
    return other & ((was - now).abs() > near).fill_null(True)


def _attribute_losses(
    both: pl.DataFrame, beside: Mapping[str, Mapping[str, Any]], table: str
) -> list[Loss]:
    """Attributes that are gone or others; `beside`, by sample, are what stands elsewhere now.

    Whether an attribute is the sample's or its labels' is the target's affair.
    """
    columns = ["sample", "attributes", "attributes_found"]
    losses: list[Loss] = []
    rows = both.filter(pl.col("attributes").ne_missing(pl.col("attributes_found")))
    for sample, was, now in rows.select(columns).iter_rows():
        held = {**beside.get(sample, {}), **json.loads(now or "{}")}
        before = json.loads(was or "{}")
        for name, value in before.items():
            if name in held and held[name] == value:
                continue
            done = DROPPED if name not in held else CHANGED
            if name in held and _is_spelt(held[name], value):
                done = SPELT
            derived = table == "labels" and name in DERIVED
            needed = done != SPELT and not derived
            losses.append(Loss(f"attribute {name}", done, 1, sample, table, needed))
        for name in json.loads(now or "{}").keys() - before.keys():
            losses.append(Loss(f"attribute {name}", ADDED, 1, sample, table, refused=False))
    return losses


def _is_spelt(now: Any, was: Any) -> bool:
    """Whether a text says what was a number or yes or no."""
    return isinstance(now, str) and now.lower() == canonical_json(was).lower()


def _attributes_by_sample(labels: pl.DataFrame) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    having = labels.filter(pl.col("attributes").is_not_null())
    for sample, text in having.select("sample", "attributes").iter_rows():
        found.setdefault(sample, {}).update(json.loads(text))
    return found


def _attributes(row: Row) -> dict[str, Any]:
    return dict(json.loads(row["attributes"] or "{}"))


def _category_losses(meant: Snapshot, found: Snapshot) -> list[Loss]:
    gone = meant.categories.join(found.categories, on="name", how="anti", maintain_order="left")
    losses = told(gone, "unused categories", DROPPED, table="categories")
    both = meant.categories.join(
        found.categories, on="name", suffix="_found", maintain_order="left"
    )
    for name, refused in (("parent", True), ("attributes", True), ("id", False)):
        what = "native ids of categories" if name == "id" else f"{name} of categories"
        rows = both.filter(
            pl.col(name).is_not_null() & pl.col(name).ne_missing(pl.col(f"{name}_found"))
        )
        lost = pl.col(f"{name}_found").is_null()
        for which, done in ((lost, DROPPED), (~lost, CHANGED)):
            losses += told(rows.filter(which), what, done, table="categories", refused=refused)
    return losses


def _by(rows: pl.DataFrame, column: str) -> Iterator[tuple[str, pl.DataFrame]]:
    for (value,), part in rows.group_by(column, maintain_order=True):
        yield str(value), part
