"""A diff as JSON, versioned; every key is described in docs/json.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from labelvc.core.comparison import COUNTS, CategoryChange, Comparison, Diff
from labelvc.core.words import is_cosmetic, wer
from labelvc.report.json_values import dumps, end_json, label_json, row_json, table_rows, totals

_SAMPLE_COLUMNS = (
    "path", "split", "width", "height", "duration", "text", "digest", "attributes",
)  # fmt: skip


def diff_json(diff: Diff, *, stat: bool = False, limit: int | None = None) -> dict[str, Any]:
    """`labelvc.diff/v1`; `stat` leaves changes and sample changes out, `limit` cuts the changes."""
    head, sets = _parts(diff)
    for comparison, told in zip(_told(diff), sets.values(), strict=True):
        if not stat:
            told["sample_changes"] = list(sample_change_rows(comparison))
            told["changes"] = list(change_rows(comparison, limit))
    return {"labelvc.diff/v1": {**head, "sets": sets}}


def diff_text(diff: Diff, *, stat: bool = False, limit: int | None = None) -> Iterator[str]:
    """The text of `diff_json` in pieces, a change a line, without holding all changes at once."""
    head, sets = _parts(diff)
    yield f'{{"labelvc.diff/v1":{dumps(head)[:-1]},"sets":{{'
    for place, (comparison, (name, told)) in enumerate(zip(_told(diff), sets.items(), strict=True)):
        yield f"{',' if place else ''}\n{dumps(name)}:{dumps(told)[:-1]}"
        if not stat:
            yield from _listed("sample_changes", sample_change_rows(comparison))
            yield from _listed("changes", change_rows(comparison, limit))
        yield "}"
    yield "\n}}}\n"


def diff_jsonl(diff: Diff, *, limit: int | None = None) -> Iterator[str]:
    """One changed label a line, as in `changes` and with its label set."""
    for comparison in _told(diff):
        for row in change_rows(comparison, limit):
            yield dumps({"set": comparison.name, **row}) + "\n"


def _listed(name: str, rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    yield f',\n"{name}":['
    for place, row in enumerate(rows):
        yield f"{',' if place else ''}\n{dumps(row)}"
    yield "]"


def _told(diff: Diff) -> list[Comparison]:
    """The label sets with changes, or with something to remark."""
    return [one for one in diff.sets if one.notes or not one.is_empty]


def _parts(diff: Diff) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    told = _told(diff)
    same = [one.name for one in diff.sets if one.is_empty and not one.notes]
    head = {
        "before": end_json(diff.before),
        "after": end_json(diff.after),
        "unchanged": [*same, *diff.unchanged],
    }
    return head, {one.name: set_json(one) for one in told}


def set_json(comparison: Comparison) -> dict[str, Any]:
    """A label set without its single changes."""
    told = {
        "path": comparison.path,
        "format": comparison.format,
        "sample_key": comparison.sample_key,
        "matched_by": dict(comparison.matched_by),
        "totals": {"before": totals(comparison.before), "after": totals(comparison.after)},
        "counts": {name: comparison.counts.get(name, 0) for name in COUNTS},
        "flips": [
            {"from": flip.before, "to": flip.after, "count": flip.count}
            for flip in comparison.flips
        ],
        "categories": [
            {"name": row.name, "before": row.before, "after": row.after}
            for row in comparison.categories
        ],
        "category_changes": [_category_change(change) for change in comparison.category_changes],
    }
    return {**told, "notes": list(comparison.notes)} if comparison.notes else told


def _category_change(change: CategoryChange) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": change.kind, "from": change.before, "to": change.after}
    if change.kind == "renumbered":
        told["ids"] = {"before": change.ids[0], "after": change.ids[1]}
    return told


def change_rows(comparison: Comparison, limit: int | None) -> Iterator[dict[str, Any]]:
    """The first `limit` changed labels (0 or None: all of them)."""
    changes = comparison.changes
    return map(change_row, table_rows(changes.head(limit) if limit else changes))


def change_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """One changed label, a row of `Comparison.changes`."""
    told = {
        "sample": row["sample"],
        "id": {"before": row["before_id"], "after": row["after_id"]},
        "kinds": row["kinds"],
        "matched_by": row["matched_by"],
        **({} if row["iou"] is None else {"iou": round(row["iou"], 6)}),
        "before": label_json(row, "before_"),
        "after": label_json(row, "after_"),
    }
    old, new = row["before_text"], row["after_text"]
    if "edited" in row["kinds"] and old is not None and new is not None:
        told["edit"] = {"wer": round(wer(old, new), 6), "cosmetic": is_cosmetic(old, new)}
    return told


def sample_change_rows(comparison: Comparison) -> Iterator[dict[str, Any]]:
    """The changed samples; of those on both sides only what differs."""
    return map(sample_change_row, table_rows(comparison.sample_changes))


def sample_change_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """One changed sample, a row of `Comparison.sample_changes`."""
    return {"sample": row["sample"], "kinds": row["kinds"], **sample_sides(row)}


def sample_sides(row: Mapping[str, Any]) -> dict[str, Any]:
    """A changed sample before and after, with what differs; a side without any is left out."""
    told = {}
    changed = [name for name in _SAMPLE_COLUMNS if row[f"before_{name}"] != row[f"after_{name}"]]
    for side, other in (("before", "added"), ("after", "removed")):
        values = {name: row[f"{side}_{name}"] for name in changed}
        if other not in row["kinds"] and (shown := row_json(values)):
            told[side] = shown
    return told
