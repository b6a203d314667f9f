"""`labelvc.check/v1`; every key is described in docs/json.md."""

from __future__ import annotations

from typing import Any

from labelvc.core.checked import Checked, CheckedSet, ToldIssue
from labelvc.report.check_limit import limited
from labelvc.report.json_values import end_json


def check_json(checked: Checked, limit: int = 0) -> dict[str, Any]:
    """`labelvc.check/v1`; `limit`: so many issues of each code of a set are listed (0: all)."""
    counts = checked.counts()
    return {
        "labelvc.check/v1": {
            **end_json(checked.end),
            "against": None if checked.against is None else end_json(checked.against),
            "errors": counts["error"],
            "warnings": counts["warning"],
            "sets": {one.name: _set(one, limit) for one in checked.sets},
            "unchecked": [{"set": name, "why": why} for name, why in checked.unchecked],
        }
    }


def _set(one: CheckedSet, limit: int) -> dict[str, Any]:
    counts: dict[str, int] = {}
    for found in one.issues:
        counts[found.issue.code] = counts.get(found.issue.code, 0) + 1
    return {
        "path": one.path,
        "counts": counts,
        "gone": one.gone,
        "kept": one.kept,
        "issues": [_issue(found) for found in limited(one.issues, limit)],
    }


def _issue(found: ToldIssue) -> dict[str, Any]:
    issue = found.issue
    told = {
        "severity": issue.severity,
        "code": issue.code,
        "message": issue.message,
        "sample": issue.sample,
        "label": issue.label,
        "file": found.place.path,
        "line": found.place.line,
    }
    return told if found.is_touched is None else {**told, "touched": found.is_touched}
