"""Score records for tests."""

from __future__ import annotations

from typing import Any

from labelvc.core.record import ScoreRecord
from labelvc.core.scored import Confusion

SCORED = {
    "name": "test",
    "role": "scored",
    "path": "labels/test.csv",
    "format": "table",
    "hash": "a" * 32,
    "digest": "v1:" + "1" * 64,
}
TRAINED = {**SCORED, "name": "train", "role": "trained", "path": "labels/train.csv"}
PREDICTIONS = {
    "path": "predictions/test/baseline/222222222222.parquet",
    "hash": "b" * 32,
    "digest": "v1:" + "2" * 64,
}
FIELDS: dict[str, Any] = {
    "model": "baseline",
    "set": "test",
    "task": "image-classification",
    "split": None,
    "labels": [SCORED, TRAINED],
    "predictions": PREDICTIONS,
    "evaluator": {"name": "labelvc", "version": "0.1.0", "metrics": 1},
    "inputs": "c" * 64,
    "commit": "d" * 40,
    "dirty": (),
    "experiment": None,
    "spec": "baseline",
    "params": {"evaluate": {"seed": 0, "lr": 0.1, "layers": [8, 16]}},
    "environment": {"python": "3.11.7", "packages": {"numpy": "2.4.6"}, "seed": 0},
    "metrics": {"accuracy": 0.7, "macro_f1": 0.65},
    "intervals": {"accuracy": (0.55, 0.85)},
    "headline": "accuracy",
    "lower_is_better": False,
    "splits": {"val": {"accuracy": 0.5}},
    "categories": [
        {"category": "cat", "f1": 0.5, "support": 3},
        {"category": "dog", "f1": None, "support": 7},
    ],
    "confusion": Confusion(["cat", "dog"], [[1, 2], [1, 6]]),
    "warnings": {"samples without a prediction": 2},
}


def record(**changes: Any) -> ScoreRecord:
    return ScoreRecord(**{**FIELDS, **changes})


def numbered(number: int, **changes: Any) -> ScoreRecord:
    """A record whose digest is that number's own."""
    digest = f"v1:{number:064x}"
    return record(predictions={**PREDICTIONS, "digest": digest}, **changes)
