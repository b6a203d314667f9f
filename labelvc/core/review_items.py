"""From a diff to the changes one by one, in the order a reviewer looks at them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import median_low
from typing import Any

import polars as pl

from labelvc.core.change_size import change_size, sample_size
from labelvc.core.comparison import Comparison, Diff
from labelvc.core.counting import count
from labelvc.core.reported import Item, SplitCount

# Which split of which label set models are scored on.
IsEvaluation = Callable[[str, str | None], bool]
_HEAVY = ("added", "removed", "relabelled", "verdict", "edited")
_WORST = 3  # highlights that are the largest changes,
_TYPICAL = 5  # and those that stand for the most frequent kinds
_LEAST_TYPICAL = 2  # changes of one kind that make it worth an example


def review_items(
    diff: Diff, is_evaluation: IsEvaluation, most: int | None = None
) -> tuple[list[Item], int]:
    """The changes of a diff, numbered in order, and how many of labels were left out.

    Of categories first, as they concern many labels; then those of evaluation splits; the larger
    first, and by label set and sample. Of each label set the `most` weightiest changed labels.
    """
    found: list[Item] = []
    left_out = 0
    for comparison in diff.sets:
        changes = comparison.changes
        if most is not None and changes.height > most:
            left_out += changes.height - most
            changes = _weightiest(comparison, is_evaluation, most)
        found += _items(replace(comparison, changes=changes), is_evaluation)
    found.sort(key=_weight)
    return [replace(item, number=number) for number, item in enumerate(found)], left_out


def _weightiest(comparison: Comparison, is_evaluation: IsEvaluation, most: int) -> pl.DataFrame:
    """About those that would come first, told without making an object of every row."""
    changes = comparison.changes
    splits = [one for one in changes["split"].unique() if is_evaluation(comparison.name, one)]
    kinds = pl.col("kinds")
    heavy = sum(kinds.list.contains(kind).cast(pl.Float64) for kind in _HEAVY)
    return changes.sort(
        pl.col("split").is_in(splits, nulls_equal=True),
        heavy + (1.0 - pl.col("iou")).fill_null(0.0),
        descending=True,
        maintain_order=True,
    ).head(most)


def _weight(item: Item) -> tuple[bool, bool, float, str, str]:
    return (
        item.what != "category",
        not item.is_evaluation,
        -item.size,
        item.label_set,
        item.sample or "",
    )


def _items(comparison: Comparison, is_evaluation: IsEvaluation) -> Iterator[Item]:
    name = comparison.name
    yield from _category_items(comparison)
    for row in comparison.sample_changes.iter_rows(named=True):
        split = row["after_split"] if "removed" not in row["kinds"] else row["before_split"]
        evaluated = is_evaluation(name, split) or is_evaluation(name, row["before_split"] or split)
        yield Item(
            -1, name, "sample", row["sample"], row, row["kinds"],
            sample=row["sample"],
            path=row["after_path"] or row["before_path"],
            split=split,
            text=row["after_text"] or row["before_text"],
            size=sample_size(row["kinds"]),
            is_evaluation=evaluated,
        )  # fmt: skip
    for row in comparison.changes.iter_rows(named=True):
        sample = row["sample"]
        yield Item(
            -1, name, "label", row["key"], row, row["kinds"],
            sample=sample,
            path=comparison.paths.get(sample),
            split=row["split"],
            text=comparison.texts.get(sample),
            size=change_size(row),
            is_evaluation=is_evaluation(name, row["split"]),
        )  # fmt: skip


def _category_items(comparison: Comparison) -> Iterator[Item]:
    """One a category: renamed and renumbered at once is one decision."""
    if comparison.patch is None:
        return
    kinds: dict[tuple[str | None, str | None], list[str]] = {}
    for change in comparison.category_changes:
        kinds.setdefault((change.before, change.after), []).append(change.kind)
    table = comparison.patch.categories
    before, after = (
        dict(side.select("key", "name").iter_rows()) for side in (table.before, table.after)
    )
    for key in {**before, **after}:
        if told := kinds.get((before.get(key), after.get(key))):
            row: dict[str, Any] = {
                "kinds": told,
                "before": before.get(key),
                "after": after.get(key),
            }
            yield Item(-1, comparison.name, "category", key, row, told, size=1.0)


def split_counts(comparison: Comparison, is_evaluation: IsEvaluation) -> tuple[SplitCount, ...]:
    """Changed labels by split, those that models are scored on first."""
    found = [
        SplitCount(
            split,
            count(rows, rows.head(0).select("kinds"), ()),
            is_evaluation(comparison.name, split),
        )
        for (split,), rows in comparison.changes.group_by("split", maintain_order=True)
        for split in [None if split is None else str(split)]
    ]
    return tuple(sorted(found, key=lambda one: (not one.is_evaluation, one.split or "")))


def highlights(items: Sequence[Item]) -> list[tuple[int, str]]:
    """The largest changes, and a middling one of each of the most frequent kinds, with why."""
    labels = [item for item in items if item.what == "label"]
    told: dict[int, str] = {}
    for item in labels[:_WORST]:
        split = (
            f" of the evaluation split {item.split}" if item.is_evaluation and item.split else ""
        )
        told[item.number] = f"among the largest changes{split}"
    groups: dict[str, list[Item]] = {}
    for item in labels:
        groups.setdefault(_sort(item), []).append(item)
    frequent = Counter({name: len(group) for name, group in groups.items()}).most_common(_TYPICAL)
    for name, number in frequent:
        if number < _LEAST_TYPICAL:
            continue
        middle = median_low([item.size for item in groups[name]])
        rest = (item for item in groups[name] if item.number not in told and item.size <= middle)
        if (example := next(rest, None)) is not None:
            told[example.number] = f"typical of {number:,} changes ({name})"
    return list(told.items())


def _sort(item: Item) -> str:
    """The kinds of a change; of a flip from which category to which."""
    row: Mapping[str, Any] = item.row
    kinds = ", ".join(item.kinds)
    if "relabelled" not in item.kinds:
        return kinds
    sides = (row[f"{side}_category"] or "no category" for side in ("before", "after"))
    return f"{kinds} {' -> '.join(sides)}"
