"""The report of a change as JSON, versioned; every key is described in docs/json.md."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from labelvc.core.check import Issue
from labelvc.core.comparison import LABEL_COUNTS, Comparison
from labelvc.core.reported import Item, PointerTold, Report, SplitCount
from labelvc.core.summary import summary
from labelvc.report.json_report import sample_sides, set_json
from labelvc.report.json_scores import effect_json
from labelvc.report.json_values import end_json, label_json
from labelvc.report.report_words import plain, verdict, words

VERSION = "labelvc.report/v1"


def report_json(report: Report) -> dict[str, Any]:
    """`labelvc.report/v1`."""
    issues = _by_label(report)
    changed = [one for one in report.diff.sets if one.notes or not one.is_empty]
    same = [one.name for one in report.diff.sets if one not in changed]
    return {
        VERSION: {
            "before": end_json(report.diff.before),
            "after": end_json(report.diff.after),
            "verdict": {"level": report.level, "text": verdict(report)},
            "sets": [_set(one, report) for one in changed],
            "pointers": [_pointer(one) for one in report.pointers],
            "unchanged": [*same, *report.diff.unchanged],
            "scores": {
                "models": [{"set": one.set, **effect_json(one)} for one in report.effects],
                "notes": list(report.effect_notes),
            },
            "issues": {
                "new": [_issue(name, issue) for name, issue in report.found.new],
                "gone": report.found.gone,
                "notes": list(report.found.notes),
            },
            "highlights": [{"number": number, "why": why} for number, why in report.highlights],
            "changes_left_out": report.left_out,
            "changes": [change_json(item, issues) for item in report.items],
        }
    }


def change_json(
    item: Item, issues: Mapping[tuple[str, str | None, str | None], list[str]]
) -> dict[str, Any]:
    """One change; `issues` are the codes of new problems by label set, sample and native id."""
    row = item.row
    told: dict[str, Any] = {
        "number": item.number,
        "set": item.label_set,
        "what": item.what,
        "sample": item.sample,
        "split": item.split,
        "evaluation": item.is_evaluation,
        "kinds": list(item.kinds),
        "size": round(item.size, 6),
        "words": plain(words(item)),
    }
    if item.what == "category":
        sides = {side: {"name": row[side]} if row[side] else None for side in ("before", "after")}
        return told | sides | {"issues": []}
    if item.what == "sample":
        sides = sample_sides(row)
        codes = issues.get((item.label_set, item.sample, None), [])
        return told | {side: sides.get(side) for side in ("before", "after")} | {"issues": codes}
    if row["iou"] is not None:
        told["iou"] = round(row["iou"], 6)
    native = row["after_id"]
    codes = issues.get((item.label_set, item.sample, native), [])
    return told | {
        "id": {"before": row["before_id"], "after": native},
        "before": label_json(row, "before_"),
        "after": label_json(row, "after_"),
        "issues": codes,
    }


def _by_label(report: Report) -> dict[tuple[str, str | None, str | None], list[str]]:
    found: dict[tuple[str, str | None, str | None], list[str]] = defaultdict(list)
    for label_set, issue in report.found.new:
        if issue.code not in (codes := found[label_set, issue.sample, issue.label]):
            codes.append(issue.code)
    return found


def _set(comparison: Comparison, report: Report) -> dict[str, Any]:
    splits = report.splits.get(comparison.name, ())
    return {
        "name": comparison.name,
        "task": report.tasks.get(comparison.name),
        "summary": summary(comparison.counts),
        "splits": [_split(one) for one in splits],
        **set_json(comparison),
        "notes": list(comparison.notes),
    }


def _split(one: SplitCount) -> dict[str, Any]:
    counts = {name: one.counts.get(name, 0) for name in LABEL_COUNTS}
    return {"split": one.split, "evaluation": one.is_evaluation, "counts": counts}


def _pointer(one: PointerTold) -> dict[str, Any]:
    return {
        "name": one.name,
        "path": one.path,
        "before": None if one.before is None else dict(one.before),
        "after": None if one.after is None else dict(one.after),
        "categories": [
            {"name": name, "before": before, "after": after}
            for name, before, after in one.categories
        ],
        "reason": one.reason,
    }


def _issue(label_set: str, issue: Issue) -> dict[str, Any]:
    return {
        "set": label_set,
        "severity": issue.severity,
        "code": issue.code,
        "message": issue.message,
        "sample": issue.sample,
        "label": issue.label,
    }
