"""What stands in an MLflow run of a score record; nothing here talks to MLflow."""

from __future__ import annotations

import getpass
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from labelvc.adapters.pictures import confusion_png
from labelvc.core.record import ScoreRecord

SCORE = "labelvc.score"
RECORD = "score.json"
SOURCE_TYPE = "labelvc"
# The limits of MLflow's tracking API: 6000 for parameters since 2.10, 5000 for tags before 3.
_LONGEST_KEY, _LONGEST_PARAM, _LONGEST_TAG = 250, 6000, 5000
_DIGEST = len("v1:") + 32  # MLflow takes 36 characters


def metrics(record: ScoreRecord) -> dict[str, float]:
    """Every metric, as `NAME_low` and `NAME_high` its 95 % interval, as `SPLIT/NAME` by split."""
    found = dict(record.metrics)
    for name, (low, high) in record.intervals.items():
        found |= {f"{name}_low": low, f"{name}_high": high}
    for split, scores in record.splits.items():
        found |= {f"{split}/{name}": value for name, value in scores.items()}
    return {name: float(value) for name, value in _accepted(found).items()}


def params(record: ScoreRecord) -> dict[str, str]:
    """The parameters by their path, joined with dots; texts as they are, the rest as JSON."""
    found = _accepted(dict(_flat(record.params, "")))
    return {name: _text(value)[:_LONGEST_PARAM] for name, value in found.items()}


def tags(record: ScoreRecord) -> dict[str, str]:
    """What was measured, on which labels; and what MLflow's own page shows."""
    found: dict[str, Any] = {
        SCORE: record.digest,
        "labelvc.commit": record.commit,
        "labelvc.digest": record.scored["digest"],
        "labelvc.set": record.set,
        "labelvc.model": record.model,
        "labelvc.spec": record.spec,
        "labelvc.task": record.task,
        "labelvc.split": record.split,
        "labelvc.headline": record.headline,
        "labelvc.experiment": record.experiment,
        "labelvc.evaluator": " ".join(_text(value) for value in _evaluator(record)),
        "labelvc.dirty": ", ".join(record.dirty) or None,
        **{f"labelvc.labels.{one['name']}": one["hash"] for one in record.labels},
        "mlflow.source.git.commit": record.commit,
        "mlflow.source.name": "labelvc evaluate",
        "mlflow.source.type": "LOCAL",
        "mlflow.user": _user(),
        # by which MLflow finds the table
        "mlflow.loggedArtifacts": '[{"path": "categories.json", "type": "table"}]',
    }
    told = {name: value for name, value in found.items() if value is not None}
    return {name: _text(value)[:_LONGEST_TAG] for name, value in _accepted(told).items()}


def run_name(record: ScoreRecord) -> str:
    """`<model> <set>@<commit>`."""
    return f"{record.model} {record.set}@{record.commit[:9]}"[:_LONGEST_KEY]


def inputs(record: ScoreRecord, source: Mapping[str, str]) -> Iterator[tuple[dict[str, str], str]]:
    """Each label set that was read, in the fields of MLflow's Dataset, and its context.

    `source` says where the labels can be opened again: `repository`, a path or URL, and `root`,
    the project's folder in it. A set both trained on and scored is one dataset of evaluation.
    """
    trained = {one["name"]: "training" for one in record.labels if one["role"] == "trained"}
    contexts = {**trained, record.set: "evaluation"}
    for one in {one["name"]: one for one in record.labels}.values():
        place = {
            "repository": source["repository"],
            "root": source.get("root", ""),
            "commit": record.commit,
            "set": one["name"],
            "path": one["path"],
            "hash": one["hash"],
        }
        # MLflow keeps one dataset for a name and digest, with the source of the first run: one
        # that no commit holds must not stand for one that can be opened.
        mark = " (not committed)" if one["path"] in record.dirty else ""
        profile = {name: one[name] for name in ("format", "samples", "labels") if one.get(name)}
        dataset = {
            "name": f"{one['name']}{mark}",
            "digest": one["digest"][:_DIGEST],
            "source_type": SOURCE_TYPE,
            "source": json.dumps(place),
            "profile": json.dumps({"task": record.task, **profile}),
        }
        yield dataset, contexts[one["name"]]


def write_artifacts(record: ScoreRecord, folder: Path) -> None:
    """The files of a run; `score.json` is the record itself."""
    (folder / RECORD).write_text(record.to_json(), "utf-8")
    _write_json(folder / "environment.json", dict(record.environment))
    _write_json(folder / "categories.json", _table(record.categories))
    if record.confusion is not None:
        matrix = {
            "categories": list(record.confusion.categories),
            "counts": [list(row) for row in record.confusion.counts],
        }
        _write_json(folder / "confusion.json", matrix)
        (folder / "confusion.png").write_bytes(confusion_png(record.confusion))


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False) + "\n", "utf-8")


def _table(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Rows as MLflow keeps tables: the `split` form of pandas."""
    rows = list(rows)
    columns = list(dict.fromkeys(name for row in rows for name in row)) or ["category"]
    return {"columns": columns, "data": [[row.get(name) for name in columns] for row in rows]}


def _evaluator(record: ScoreRecord) -> tuple[Any, ...]:
    found = record.evaluator
    return found["name"], found["version"], f"metrics/{found['metrics']}"


def _user() -> str | None:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user without a name
        return None


def _flat(value: Mapping[str, Any], start: str) -> Iterator[tuple[str, Any]]:
    for name, one in value.items():
        if isinstance(one, Mapping):
            yield from _flat(one, f"{start}{name}.")
        else:
            yield f"{start}{name}", one


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _accepted(named: Mapping[str, Any]) -> dict[str, Any]:
    """The same values under names that MLflow takes, each its own.

    MLflow takes letters, digits, `_ - . /` and spaces, in names that are no odd paths; a colon
    not on Windows. Databases may not tell cases apart.
    """
    found: dict[str, Any] = {}
    taken: set[str] = set()
    for name, value in named.items():
        clean = re.sub(r"[^\w.\- /]", "_", name)
        clean = "/".join(part for part in clean.split("/") if part.strip(".")) or "_"
        if len(clean) > _LONGEST_KEY or clean.startswith("..") or clean.casefold() in taken:
            mark = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:8]
            clean = f"{clean.lstrip('.')[: _LONGEST_KEY - 9]}-{mark}"
        taken.add(clean.casefold())
        found[clean] = value
    return found
