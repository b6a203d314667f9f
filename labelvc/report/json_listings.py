"""Status, log and show as JSON, versioned; every key is described in docs/json.md."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from labelvc.core.comparison import COUNTS
from labelvc.core.told import LogEntry, ShowSet, ShowTable, StatusRow
from labelvc.report.json_report import change_row, sample_change_row
from labelvc.report.json_values import row_json, table_rows, totals


def status_json(rows: Iterable[StatusRow]) -> dict[str, Any]:
    """`labelvc.status/v1`."""
    sets: dict[str, dict[str, Any]] = {}
    for row in rows:
        sets[row.name] = {"path": row.path, "state": row.state, "detail": row.detail}
        if row.counts is not None:
            sets[row.name]["counts"] = {name: row.counts.get(name, 0) for name in COUNTS}
    return {"labelvc.status/v1": {"sets": sets}}


def log_json(entries: Iterable[LogEntry]) -> dict[str, Any]:
    """`labelvc.log/v1`, the newest commit first."""
    commits = [
        {
            "commit": entry.commit,
            "author": entry.author,
            "date": entry.date,
            "subject": entry.subject,
            "sets": dict(entry.sets),
            **({"changes": _changes(entry)} if entry.changes else {}),
        }
        for entry in entries
    ]
    return {"labelvc.log/v1": {"commits": commits}}


def _changes(entry: LogEntry) -> dict[str, Any]:
    """By label set what happened to the samples or labels that were asked for."""
    return {
        name: {
            "labels": [change_row(row) for row in one.labels],
            "samples": [sample_change_row(row) for row in one.samples],
            "notes": list(one.notes),
        }
        for name, one in entry.changes.items()
    }


def show_json(table: ShowTable, *, stat: bool = False) -> dict[str, Any]:
    """`labelvc.show/v1`; `stat` leaves samples and labels out."""
    sets = {name: _shown(one, stat) for name, one in table.sets.items()}
    return {"labelvc.show/v1": {"rev": table.rev, "commit": table.commit, "sets": sets}}


def _shown(one: ShowSet, stat: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "path": one.path,
        "format": one.format,
        "totals": totals(one.tally),
        "categories": [
            {"name": name, "labels": labels} for name, labels in one.tally.categories.items()
        ],
    }
    if one.snapshot is None or stat:
        return told
    told["samples"] = [row_json(row) for row in table_rows(one.snapshot.samples.drop("record"))]
    told["labels"] = [
        row_json(row) for row in table_rows(one.snapshot.labels.drop("key", "record"))
    ]
    return told
