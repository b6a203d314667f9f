"""`labelvc preprocess`: the stage for label sets of a repository."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labelvc.core.errors import LabelvcError
from labelvc.repo.params import params_of, read_params
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import find_set
from labelvc.stages.model_samples import PREPARED, prepared
from labelvc.stages.truth import read_truth


@dataclass(frozen=True)
class Preparation:
    """What was done for one label set; `path` is relative to the project."""

    set: str
    path: str
    samples: int
    processed: int
    taken_over: int
    reasons: Mapping[str, int]
    report: Mapping[str, Any]


def prepare_sets(repo: Repository, names: Sequence[str] = ()) -> list[Preparation]:
    """Bring `prepared/SET` up to date for the label sets named (default: all).

    Raises LabelvcError where there is none, or where params.yaml says what is not understood.
    """
    sets = repo.config(None).sets
    chosen = [find_set(repo, sets, name) for name in names] or list(sets)
    if not chosen:
        raise LabelvcError("there is no label set yet", hint="`labelvc add PATH` declares one.")
    content = read_params(repo.root)
    found = []
    for label_set in chosen:
        path = f"{PREPARED}/{label_set.name}"
        (repo.root / path).mkdir(parents=True, exist_ok=True)
        truth = read_truth(repo, label_set.name)
        ready = prepared(repo, truth, params_of(content, label_set.name).preprocess)
        reasons: dict[str, int] = {}
        for told in ready.samples["reason"].drop_nulls():
            for reason in str(told).split(","):
                reasons[reason] = reasons.get(reason, 0) + 1
        found.append(
            Preparation(
                label_set.name,
                path,
                ready.samples.height,
                ready.report["processed"],
                ready.report["taken_over"],
                dict(sorted(reasons.items())),
                ready.report,
            )
        )
    return found
