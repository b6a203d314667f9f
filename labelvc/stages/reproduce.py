"""`labelvc reproduce`: a past evaluation made again in a separate working tree, and compared."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labelvc.core.errors import LabelvcError, NotFound, ParseError
from labelvc.core.record import ScoreRecord, parse_record
from labelvc.core.reproduced import Reproduced, compared
from labelvc.repo.keeping import fetch
from labelvc.repo.linked import bring, past
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import find_set
from labelvc.repo.scorebook import Scorebook, scorebook
from labelvc.stages.environment import differences, environment
from labelvc.stages.evaluate import again
from labelvc.stages.job import Reading, prepare
from labelvc.stages.keras_file import is_keras
from labelvc.stages.measuring import rescored
from labelvc.stages.plan import Plan, parse_plan
from labelvc.stages.rescoring import kept_of
from labelvc.stages.tracking import record_of
from labelvc.stages.truth import read_truth

_RUN = re.compile(r"[0-9a-f]{32}")


def records_of(repo: Repository, what: str, names: Sequence[str] = ()) -> list[ScoreRecord]:
    """The records that an MLflow run, a record's digest or a revision means.

    Of a revision: those measured at it, else those of the labels that it holds. Raises NotFound.
    """
    book = scorebook(repo)
    if found := book.of_digest(what):
        return found
    try:
        commit = repo.git.commit(what)
    except NotFound:
        if _RUN.fullmatch(what):
            return [record_of(repo, what)]
        raise NotFound(
            f"{what!r} is no MLflow run, no score record and no revision",
            hint="`labelvc scores` lists the scores, `git log` the commits.",
        ) from None
    found = _at(repo, commit, book)
    wanted = {find_set(repo, repo.sets(commit), name).name for name in names}
    found = [record for record in found if not wanted or record.set in wanted]
    if not found:
        raise NotFound(
            f"no score was recorded at {what} ({commit[:9]}), nor of its labels",
            hint="`labelvc scores` lists the scores there are; `labelvc evaluate --rev "
            f"{what}` makes one.",
        )
    return found


def _at(repo: Repository, commit: str, book: Scorebook) -> list[ScoreRecord]:
    every = {one.digest: one for one in (*scorebook(repo, commit).records.values(),
                                         *book.records.values())}  # fmt: skip
    made_there = [record for record in every.values() if record.commit == commit]
    if made_there:
        return made_there
    hashes = {}
    for label_set in repo.sets(commit):
        stored = repo.stored(label_set, commit)
        hashes[label_set.name] = stored.hash if stored else None
    return [one for one in every.values() if one.scored["hash"] == hashes.get(one.set)]


def reproduce(repo: Repository, record: ScoreRecord, *, tolerance: float) -> Reproduced:
    """Evaluate again what the record tells of, at its commit, and compare every metric.

    A model runs in a process of its own in a separate working tree; kept predictions are scored
    again in this one. Raises NotFound where labels, media or predictions are gone from cache and
    remote, LabelvcError with what the model did wrong.
    """
    found = _score_again(repo, record) if record.spec == "predictions" else _run_again(repo, record)
    return compared(
        record,
        found.metrics,
        tolerance=tolerance,
        same_predictions=found.predictions == (record.predictions or {}).get("digest"),
        environment=differences(record.environment, environment(_seed(record))),
    )


@dataclass(frozen=True)
class _Found:
    metrics: Mapping[str, float]
    predictions: str


def _score_again(repo: Repository, record: ScoreRecord) -> _Found:
    kept = kept_of(record)
    predictions = fetch(repo, kept, label=f"the predictions of {record.model} for {record.set}")
    truth = read_truth(repo, record.set, record.commit)
    _check_labels(record, truth.digest)
    scored = rescored(truth, predictions, record.split, whole=True)
    return _Found(scored.metrics, predictions.digest())


def _run_again(repo: Repository, record: ScoreRecord) -> _Found:
    with past(repo, record.commit) as then, tempfile.TemporaryDirectory() as folder:
        told, answer = Path(folder, "record.json"), Path(folder, "again.json")
        told.write_text(record.to_json(), "utf-8")
        command = [sys.executable, "-m", "labelvc", "-C", str(then.root)]
        command += ["measure", str(told), "--into", str(answer)]
        # Not in the user's folder: `-m` would import modules from there.
        environment = {**os.environ, "LABELVC_IN_HOOK": "1"}
        done = subprocess.run(
            command, cwd=repo.git.common_dir, env=environment, stdout=sys.stderr, check=False
        )
        if done.returncode == 130:
            raise KeyboardInterrupt
        if done.returncode or not answer.exists():
            raise LabelvcError(
                f"{record.model} on {record.set} could not be evaluated again at "
                f"{record.commit[:9]}: see above",
            )
        made = parse_record(answer.read_bytes(), "the new evaluation")
        return _Found(made.metrics, str((made.predictions or {}).get("digest")))


def measure_again(repo: Repository, record: ScoreRecord) -> ScoreRecord:
    """The evaluation of a record made again in this working tree, which is at its commit.

    Nothing is kept but extracted features. Raises NotFound where media are gone.
    """
    plan, reading = plan_of(record)
    job = prepare(repo, record.set, plan, rev=record.commit, preprocess=_params(record))
    _check_labels(record, job.truth.digest)
    media = {one.label_set.media for one in (job.truth, job.trained_on)}
    model = plan.model if is_keras(plan.model) else None
    bring(repo, [path for path in (*media, plan.weights, model) if path])
    return again(job, reading)


def plan_of(record: ScoreRecord) -> tuple[Plan, Reading | None]:
    """How the record's evaluation was made."""
    params: Mapping[str, Any] = record.params
    reading = dict(params["reading"]) if "reading" in params else None
    plan = parse_plan(params["evaluate"], "the score record", name=record.model)
    if reading is None:
        return plan, None
    return plan, Reading(reading.pop("format", None), reading.pop("key", None), reading)


def _params(record: ScoreRecord) -> Mapping[str, Any]:
    found: Mapping[str, Any] = record.params.get("preprocess", {})
    return found


def _seed(record: ScoreRecord) -> int:
    return int(record.params.get("evaluate", {}).get("seed", 0))


def _check_labels(record: ScoreRecord, digest: str) -> None:
    """The labels that are there must be those that were scored."""
    then = record.scored["digest"]
    if digest != then:
        raise ParseError(
            record.set,
            f"at {record.commit[:9]}",
            expected=f"labels of digest {then[:15]}",
            found=digest[:15],
            hint="The score was measured on labels that are in no commit (--allow-dirty), or "
            "labelvc.yaml reads them in another way now.",
        )
