"""`labelvc scores A B`: kept predictions scored again under two versions of the labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from labelvc.core.effects import Effect, ranked
from labelvc.core.errors import LabelvcError, NotFound
from labelvc.core.predictions import Predictions
from labelvc.core.record import ScoreRecord
from labelvc.core.resampling import paired
from labelvc.repo.keeping import Kept, fetch
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import Revision, candidates
from labelvc.repo.scorebook import scorebook
from labelvc.stages.measuring import rescored
from labelvc.stages.truth import Truth, read_truth


@dataclass(frozen=True)
class Effects:
    """What a change did to scores; `notes` tells of models that could not be scored."""

    before: Revision
    after: Revision
    effects: Sequence[Effect]
    notes: Sequence[str] = ()


def effects(
    repo: Repository, before: Revision, after: Revision, names: Sequence[str] = ()
) -> Effects:
    """Each kept model of the label sets named (default: all) under both versions.

    No model is run: its predictions are fetched where they are missing and scored again. A model
    with several is told by those that were made on the earlier version, else on the later one,
    else by its latest.
    """
    book = scorebook(repo)
    notes = list(book.problems)
    found: list[Effect] = []
    for name in _set_names(repo, before, after, names):
        records = [record for record in book.records.values() if record.set == name]
        if not records:
            continue
        try:
            pair = _truth(repo, name, before), _truth(repo, name, after)
        except NotFound as error:
            notes.append(f"{name}: {error.message}")
            continue
        for record in _one_a_model(repo, records, [truth.hash for truth in pair]):
            try:
                found.append(_effect(repo, record, *pair))
            except LabelvcError as error:
                notes.append(f"{record.model} on {name}: {error.message}")
    return Effects(before, after, ranked(found), notes)


def _set_names(
    repo: Repository, before: Revision, after: Revision, names: Sequence[str]
) -> Iterator[str]:
    for candidate in candidates(repo, before, after, names):
        yield candidate.label_set.name


def _truth(repo: Repository, name: str, end: Revision) -> Truth:
    return read_truth(repo, name, end.commit)


def _one_a_model(
    repo: Repository, records: Sequence[ScoreRecord], hashes: Sequence[str]
) -> Iterable[ScoreRecord]:
    """The record whose predictions stand for each model, of the versions at hand if any."""
    ages = commit_ages(repo)
    best: dict[str, tuple[tuple[int, int, str], ScoreRecord]] = {}
    for record in records:
        if record.predictions is None:
            continue
        measured_on = record.scored["hash"]
        place = hashes.index(measured_on) if measured_on in hashes else len(hashes)
        rank = place, ages.get(record.commit, len(ages)), record.digest
        if record.model not in best or rank < best[record.model][0]:
            best[record.model] = rank, record
    return [record for _, record in best.values()]


def commit_ages(repo: Repository) -> dict[str, int]:
    """How many commits ago each commit of the current branch was made."""
    try:
        return {commit.sha: age for age, commit in enumerate(repo.git.log())}
    except NotFound:  # no commit yet
        return {}


def kept_of(record: ScoreRecord) -> Kept:
    """Where the record's predictions are kept. Raises NotFound where it names none."""
    if record.predictions is None:
        raise NotFound(f"the score of {record.model} names no predictions")
    return Kept(**record.predictions)


def _effect(repo: Repository, record: ScoreRecord, before: Truth, after: Truth) -> Effect:
    label = f"the predictions of {record.model} for {record.set}"
    predictions = fetch(repo, kept_of(record), label=label)
    one, two = (rescored(truth, predictions, record.split) for truth in (before, after))
    metric = one.headline
    if metric not in one.metrics or metric not in two.metrics:
        raise LabelvcError(f"{metric} is not defined under both versions")
    found = paired(one, two)[metric]
    return Effect(
        record.model,
        record.set,
        metric,
        one.metrics[metric],
        two.metrics[metric],
        found.low,
        found.high,
        one.lower_is_better,
        (len(one.samples), len(two.samples)),
        (_unpredicted(before, predictions), _unpredicted(after, predictions)),
        record.commit,
    )


def _unpredicted(truth: Truth, predictions: Predictions) -> int:
    keys = truth.snapshot.samples["sample"]
    if keys.equals(predictions.samples):
        return 0
    return int((~keys.is_in(predictions.samples.implode())).sum())
