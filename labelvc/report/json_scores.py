"""Scores as JSON, versioned; every key is described in docs/json.md."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from labelvc.core.effects import Effect
from labelvc.core.record import ScoreRecord
from labelvc.core.reproduced import Reproduced
from labelvc.core.scoretable import ScoreTable


def record_json(record: ScoreRecord) -> dict[str, Any]:
    """The record as it stands in its file."""
    ((_, told),) = json.loads(record.to_json()).items()
    return {**told, "digest": record.digest}


def evaluate_json(record: ScoreRecord, path: str, run: Mapping[str, Any] | None) -> dict[str, Any]:
    """`labelvc.evaluate/v1`: the record, where it is kept, and its MLflow run."""
    return {"labelvc.evaluate/v1": {"path": path, "run": run, "score": record_json(record)}}


def tables_json(tables: Sequence[ScoreTable], notes: Sequence[str]) -> dict[str, Any]:
    """`labelvc.scores/v1` without revisions: models by label versions."""
    return {
        "labelvc.scores/v1": {
            "sets": {
                table.set: {
                    "versions": [
                        {"digest": one.digest, "commit": one.commit, "subject": one.subject}
                        for one in table.versions
                    ],
                    "scores": [_score(record) for record in table.cells.values()],
                }
                for table in tables
            },
            "notes": list(notes),
        }
    }


def effects_json(
    effects: Sequence[Effect], before: Any, after: Any, notes: Sequence[str]
) -> dict[str, Any]:
    """`labelvc.scores/v1` with two revisions: what the label change does to each model."""
    sets: dict[str, list[dict[str, Any]]] = {}
    for one in effects:
        sets.setdefault(one.set, []).append(effect_json(one))
    return {
        "labelvc.scores/v1": {
            "before": {"rev": before.rev, "commit": before.commit},
            "after": {"rev": after.rev, "commit": after.commit},
            "sets": {name: {"models": rows} for name, rows in sets.items()},
            "notes": list(notes),
        }
    }


def reproduced_json(found: Sequence[Reproduced]) -> dict[str, Any]:
    """`labelvc.reproduce/v1`."""
    return {"labelvc.reproduce/v1": {"scores": [_reproduced(one) for one in found]}}


def _score(record: ScoreRecord) -> dict[str, Any]:
    told = record_json(record)
    kept = ("model", "split", "commit", "headline", "lower_is_better", "metrics", "intervals",
            "dirty", "digest")  # fmt: skip
    return {"labels": record.scored["digest"], **{key: told[key] for key in kept}}


def effect_json(one: Effect) -> dict[str, Any]:
    """What a label change does to one model."""
    return {
        "model": one.model,
        "metric": one.metric,
        "lower_is_better": one.lower_is_better,
        "before": one.before,
        "after": one.after,
        "difference": one.difference,
        "interval": [one.low, one.high],
        "rank": {"before": one.rank_before, "after": one.rank_after},
        "flips": list(one.flips),
        "samples": {"before": one.samples[0], "after": one.samples[1]},
        "unpredicted": {"before": one.unpredicted[0], "after": one.unpredicted[1]},
        "measured_on": one.measured_on,
    }


def _reproduced(found: Reproduced) -> dict[str, Any]:
    return {
        "digest": found.record.digest,
        "model": found.record.model,
        "set": found.record.set,
        "commit": found.record.commit,
        "verdict": found.verdict,
        "tolerance": found.tolerance,
        "same_predictions": found.same_predictions,
        "metrics": {
            one.name: {"before": one.before, "after": one.after, "verdict": one.verdict}
            for one in found.metrics
        },
        "environment": list(found.environment),
        "dirty": list(found.record.dirty),
    }
