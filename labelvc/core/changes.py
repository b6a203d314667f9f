"""From a patch to what is told of it: kinds of change, counts, flips, totals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import polars as pl

from labelvc.core.anchor import anchor
from labelvc.core.comparison import (
    CATEGORY_COUNTS,
    LABEL_COUNTS,
    SAMPLE_COUNTS,
    CategoryChange,
    CategoryTotal,
    Comparison,
    Flip,
)
from labelvc.core.geometry import box_iou
from labelvc.core.ladder import edited_texts
from labelvc.core.patch import Patch
from labelvc.core.snapshot import BOX, CONTENT, Snapshot
from labelvc.core.tally import Tally

# Attributes that follow from the geometry; a change of both is a change of the geometry.
_DERIVED = ("area", "num_keypoints")
_SAMPLE_COLUMNS = ("path", "split", "width", "height", "duration", "text", "digest", "attributes")


def label_changes(
    patch: Patch, before: Snapshot, after: Snapshot, how: pl.DataFrame
) -> pl.DataFrame:
    """A row a changed label, as `Comparison.changes` describes it.

    `how` says by which rung a key was matched (key, rung, iou).
    """
    rows = _both_sides(patch, before, after)
    rows = rows.join(how, on="key", how="left", maintain_order="left")
    flags = rows.select(
        "key", **{name: flag.fill_null(False) for name, flag in _flags(rows, patch).items()}
    )
    kinds = [pl.when(pl.col(name)).then(pl.lit(name)) for name in LABEL_COUNTS if name != "changed"]
    rows = rows.with_columns(
        flags.select(pl.concat_list(kinds).list.drop_nulls().alias("kinds")).to_series()
    )
    touched = pl.col("kinds").list.len() > 0
    boxes = box_iou("_before", "_after")
    renamed = {f"{name}_{side}": f"{side}_{name}" for name in ("id", *CONTENT) for side in _SIDES}
    return (
        rows.filter(touched)
        .with_columns(pl.coalesce("iou", boxes).alias("iou"), shift=_shift())
        .rename(renamed)
        .rename({"rung": "matched_by"})
        .drop("before_sample", "after_sample")
        .sort("sample", "key")
    )


_SIDES = ("before", "after")


def _both_sides(patch: Patch, before: Snapshot, after: Snapshot) -> pl.DataFrame:
    """The rows of the labels delta side by side, categories by name, with the sample's split."""
    sides = []
    for side, rows, snapshot in zip(
        _SIDES, (patch.labels.before, patch.labels.after), (before, after), strict=True
    ):
        names = dict(snapshot.categories.select("key", "name").iter_rows())
        sides.append(
            rows.select(
                "key",
                pl.col("id").alias(f"id_{side}"),
                pl.col("category").alias(f"category_key_{side}"),
                *(pl.col(name).alias(f"{name}_{side}") for name in CONTENT if name != "category"),
                pl.col("category").replace(names).alias(f"category_{side}"),
            )
        )
    splits = pl.concat([s.samples.select("sample", "split") for s in (after, before)])
    return (
        sides[0]
        .join(sides[1], on="key", how="full", coalesce=True)
        .with_columns(sample=pl.coalesce("sample_after", "sample_before"))
        .join(splits.unique("sample", keep="first"), on="sample", how="left")
    )


def _flags(rows: pl.DataFrame, patch: Patch) -> dict[str, pl.Expr | pl.Series]:
    """By kind of change, which rows bear it."""
    added, removed = pl.col("kind_before").is_null(), pl.col("kind_after").is_null()
    both = ~added & ~removed

    def differs(*names: str) -> pl.Expr:
        return both & pl.any_horizontal(
            pl.col(f"{name}_before").ne_missing(pl.col(f"{name}_after")) for name in names
        )

    return {
        "added": added,
        "removed": removed,
        "relabelled": differs("category_key"),
        "moved": differs(*BOX),
        "reshaped": differs("geometry", "kind"),
        "retimed": _retimed(rows, patch),
        "edited": differs("text"),
        "verdict": differs("verdict"),
        "attributes": _attributes_changed(
            rows, rows.select(differs("attributes")).to_series(), differs(*BOX, "geometry")
        ),
        "annotator": differs("annotator"),
        "confidence": differs("confidence"),
    }


def _retimed(rows: pl.DataFrame, patch: Patch) -> pl.Series:
    """Bounds that changed, other than by what was edited in the text before them."""
    changed = rows.select(
        pl.col("kind_before").is_not_null()
        & pl.col("kind_after").is_not_null()
        & (
            pl.col("start_before").ne_missing(pl.col("start_after"))
            | pl.col("end_before").ne_missing(pl.col("end_after"))
        )
    ).to_series()
    texts = edited_texts(patch.samples.before, patch.samples.after)
    if not texts or not changed.any():
        return changed
    result = changed.to_list()
    candidates = rows.with_row_index("_at").filter(
        changed & pl.col("unit_after").is_in(["character", "token"])
    )
    for at, sample, unit, *bounds in candidates.select(
        "_at", "sample", "unit_after", "start_before", "end_before", "start_after", "end_after"
    ).iter_rows():
        if sample in texts:
            result[at] = anchor(*texts[sample], unit)(*bounds[2:]) != tuple(bounds[:2])
    return pl.Series(result, dtype=pl.Boolean)


def _attributes_changed(rows: pl.DataFrame, differ: pl.Series, redrawn: pl.Expr) -> pl.Series:
    """Attributes that changed, other than those that follow from a changed geometry."""
    result = differ.fill_null(False).to_list()
    both = rows.with_row_index("_at").filter(differ & redrawn)
    for at, old, new in both.select("_at", "attributes_before", "attributes_after").iter_rows():
        result[at] = _own(old) != _own(new)
    return pl.Series(result, dtype=pl.Boolean)


def _own(attributes: str | None) -> dict[str, Any]:
    values: dict[str, Any] = msgspec.json.decode(attributes or "{}")
    return {name: value for name, value in values.items() if name not in _DERIVED}


def _shift() -> pl.Expr:
    """How far the centre of the box went, in the set's unit."""
    across, down = (
        (pl.col(f"{at}_after") + pl.col(f"{size}_after") / 2)
        - (pl.col(f"{at}_before") + pl.col(f"{size}_before") / 2)
        for at, size in (("x", "width"), ("y", "height"))
    )
    return (across.pow(2) + down.pow(2)).sqrt()


def sample_changes(patch: Patch) -> pl.DataFrame:
    """A row a changed sample: sample, kinds, before_/after_ columns."""
    rows = (
        patch.samples.before.select("sample", *_SAMPLE_COLUMNS)
        .with_columns(there=pl.lit(True))
        .join(
            patch.samples.after.select("sample", *_SAMPLE_COLUMNS).with_columns(there=pl.lit(True)),
            on="sample",
            how="full",
            coalesce=True,
            suffix="_after",
        )
    )
    added, removed = pl.col("there").is_null(), pl.col("there_after").is_null()
    both = ~added & ~removed

    def differs(*names: str) -> pl.Expr:
        return both & pl.any_horizontal(
            pl.col(name).ne_missing(pl.col(f"{name}_after")) for name in names
        )

    # A digest that only one side knows says nothing about the medium.
    other_medium = (pl.col("digest") != pl.col("digest_after")).fill_null(False)
    flags = {
        "added": added,
        "removed": removed,
        "renamed": differs("path"),
        "resplit": differs("split"),
        "attributes": differs("attributes", "width", "height", "duration"),
        "media": differs("text") | (both & other_medium),
    }
    kinds = pl.concat_list(
        pl.when(flag).then(pl.lit(name)) for name, flag in flags.items()
    ).list.drop_nulls()
    return (
        rows.with_columns(kinds.alias("kinds"))
        .filter(pl.col("kinds").list.len() > 0)
        .select(
            "sample",
            "kinds",
            *(pl.col(name).alias(f"before_{name}") for name in _SAMPLE_COLUMNS),
            *(pl.col(f"{name}_after").alias(f"after_{name}") for name in _SAMPLE_COLUMNS),
        )
        .sort("sample")
    )


def category_changes(patch: Patch) -> list[CategoryChange]:
    """Categories added, removed, renamed, renumbered, or with other attributes."""
    before = {row["key"]: row for row in patch.categories.before.iter_rows(named=True)}
    after = {row["key"]: row for row in patch.categories.after.iter_rows(named=True)}
    told = []
    for key in sorted({**before, **after}):
        old, new = before.get(key), after.get(key)
        if old is None or new is None:
            kind = "added" if old is None else "removed"
            told.append(_category_change(kind, old, new))
            continue
        if old["name"] != new["name"]:
            told.append(_category_change("renamed", old, new))
        if old["id"] != new["id"]:
            told.append(_category_change("renumbered", old, new))
        if (old["parent"], old["attributes"]) != (new["parent"], new["attributes"]):
            told.append(_category_change("attributes", old, new))
    return told


def _category_change(
    kind: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None
) -> CategoryChange:
    old, new = old or {}, new or {}
    return CategoryChange(kind, old.get("name"), new.get("name"), (old.get("id"), new.get("id")))


def count(
    changes: pl.DataFrame, samples: pl.DataFrame, categories: Sequence[CategoryChange]
) -> dict[str, int]:
    """Every count of COMMANDS.md's `counts`, in order."""
    of_labels = _count_kinds(changes["kinds"])
    of_samples = _count_kinds(samples["kinds"])
    counts = {name: of_labels.get(name, 0) for name in LABEL_COUNTS}
    counts["changed"] = changes.height
    counts |= {name: of_samples.get(name.partition("_")[2], 0) for name in SAMPLE_COUNTS}
    counts |= dict.fromkeys(CATEGORY_COUNTS, 0)
    for change in categories:
        counts[f"categories_{change.kind}"] += 1
    return counts


def _count_kinds(kinds: pl.Series) -> dict[str, int]:
    if kinds.is_empty():
        return {}
    return dict(kinds.explode().value_counts().iter_rows())


def flips(changes: pl.DataFrame) -> list[Flip]:
    """From which category to which labels went, the most frequent first."""
    relabelled = changes.filter(pl.col("kinds").list.contains("relabelled"))
    counted = relabelled.group_by("before_category", "after_category").len()
    ordered = counted.sort(
        ["len", "before_category", "after_category"], descending=[True, False, False]
    )
    return [Flip(old or "", new or "", number) for old, new, number in ordered.iter_rows()]


def category_totals(
    before: Tally, after: Tally, changes: Sequence[CategoryChange]
) -> list[CategoryTotal]:
    """Labels per category on both sides, by the name after; the most frequent first."""
    former = {c.after: c.before for c in changes if c.kind == "renamed"}
    rows = [
        CategoryTotal(name, before.categories.get(former.get(name) or name), number)
        for name, number in after.categories.items()
    ]
    told = {former.get(row.name) or row.name for row in rows}
    rows += [
        CategoryTotal(name, number, None)
        for name, number in before.categories.items()
        if name not in told
    ]
    return sorted(rows, key=lambda row: (-max(row.before or 0, row.after or 0), row.name))


@dataclass(frozen=True)
class Filter:
    """Which changes to keep; an empty tuple keeps all."""

    kinds: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()
    splits: tuple[str, ...] = ()
    annotators: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()  # native ids

    def __bool__(self) -> bool:
        of_samples = self.samples or self.splits
        return any((of_samples, self.kinds, self.categories, self.annotators, self.labels))


def filtered(comparison: Comparison, wanted: Filter) -> Comparison:
    """The comparison narrowed to some changes; totals stay those of the whole set.

    A category, annotator or native id is that of either side. Changes of samples are narrowed by
    kind, sample and split, and left out where one of those three is asked for.
    """
    if not wanted:
        return comparison
    changes = comparison.changes.filter(*_conditions(wanted))
    samples = comparison.sample_changes.filter(*_sample_conditions(wanted))
    taxonomy = (
        []
        if wanted.samples or wanted.splits or wanted.annotators or wanted.labels
        else [
            change
            for change in comparison.category_changes
            if (not wanted.kinds or change.kind in wanted.kinds)
            and (not wanted.categories or {change.before, change.after} & set(wanted.categories))
        ]
    )
    return replace(
        comparison,
        changes=changes,
        sample_changes=samples,
        category_changes=taxonomy,
        counts=count(changes, samples, taxonomy),
        flips=flips(changes),
    )


def _conditions(wanted: Filter) -> list[pl.Expr]:
    either = {
        "category": wanted.categories,
        "annotator": wanted.annotators,
        "id": wanted.labels,
    }
    conditions = [
        pl.any_horizontal(pl.col(f"{side}_{name}").is_in(values) for side in _SIDES)
        for name, values in either.items()
        if values
    ]
    if wanted.kinds:
        conditions.append(_any_kind(wanted.kinds))
    if wanted.samples:
        conditions.append(pl.col("sample").is_in(wanted.samples))
    if wanted.splits:
        conditions.append(pl.col("split").is_in(wanted.splits))
    return conditions


def _any_kind(kinds: Sequence[str]) -> pl.Expr:
    return pl.col("kinds").list.set_intersection(list(kinds)).list.len() > 0


def _sample_conditions(wanted: Filter) -> list[pl.Expr]:
    if wanted.categories or wanted.annotators or wanted.labels:
        return [pl.lit(False)]
    conditions = []
    if wanted.kinds:
        conditions.append(_any_kind(wanted.kinds))
    if wanted.samples:
        conditions.append(pl.col("sample").is_in(wanted.samples))
    if wanted.splits:
        conditions.append(
            pl.any_horizontal(pl.col(f"{side}_split").is_in(wanted.splits) for side in _SIDES)
        )
    return conditions


def almost_all(part: int, whole: int) -> bool:
    """Whether a change concerns so much of a set that it was hardly made by hand."""
    return whole >= 10 and part >= math.ceil(0.9 * whole)
