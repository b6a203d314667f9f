"""An evaluation about to be made: labels read, samples chosen, and a digest of all that counts."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labelvc import __version__
from labelvc.formats.source import disk_source
from labelvc.repo.config import LabelSet
from labelvc.repo.dirty import dirty
from labelvc.repo.hashing import hash_content, hash_listing
from labelvc.repo.params import params_of, read_params
from labelvc.repo.repository import Repository
from labelvc.stages.models import code_files
from labelvc.stages.plan import Plan
from labelvc.stages.truth import Truth, read_truth, scored_split

# Raised where scores of the same predictions and labels come out differently than before.
METRICS_VERSION = 1


@dataclass(frozen=True)
class Reading:
    """How a file of predictions is read, where that is not what the file itself tells."""

    format: str | None = None
    key: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Job:
    """An evaluation about to be made: its truth is read, its samples are chosen."""

    repo: Repository
    plan: Plan
    preprocess: Mapping[str, Any]
    truth: Truth
    trained_on: Truth
    split: str | None  # that is scored; None for all samples, or some held out of training
    dirty: Sequence[str]
    code: Sequence[Path] = ()

    def inputs(self, reading: Reading | None = None) -> str:
        """The sha256 of all that decides on the result."""
        plan = self.plan
        told = {
            "set": self.truth.label_set.name,
            "task": self.truth.task,
            "labels": [self.truth.digest, self.trained_on.digest],
            "plan": plan.told(),
            "name": plan.called,
            "reading": [reading.format, reading.key, dict(reading.settings)] if reading else None,
            "preprocess": dict(self.preprocess) if plan.wants_features else None,
            "split": self.split,
            "code": {
                os.path.relpath(one, self.repo.root): _hash(self.repo, one) for one in self.code
            },
            "files": [_hash(self.repo, one) for one in (plan.weights, plan.predictions) if one],
            "media": []
            if plan.predictions
            else [self._media(self.truth), self._media(self.trained_on)],
            "evaluator": [__version__, METRICS_VERSION],
        }
        return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()

    def _media(self, truth: Truth) -> str | None:
        """The hash of a label set's media; what did not change since the last time is not read."""
        path = truth.label_set.media
        if path is None or not (self.repo.root / path).exists():
            return None
        return self.repo.working(LabelSet("media", path))[1]


def prepare(
    repo: Repository,
    set_name: str,
    plan: Plan,
    *,
    rev: str | None = None,
    preprocess: Mapping[str, Any] | None = None,
) -> Job:
    """Read the labels and see what differs from HEAD. Raises LabelvcError.

    `preprocess` are parameters in place of those in params.yaml.
    """
    truth = read_truth(repo, set_name, rev)
    other = plan.train_set not in (None, truth.label_set.name)
    trained_on = read_truth(repo, str(plan.train_set), rev) if other else truth
    split = scored_split(truth, plan.split)
    code = [] if plan.predictions else code_files(plan.model, repo.root)
    extra = [repo.root / plan.weights] if plan.weights else []
    found = dirty(
        repo,
        [truth.label_set, *([trained_on.label_set] if other else [])],
        [*code, *extra],
        commit=truth.end.commit,
    )
    if preprocess is None:
        preprocess = params_of(read_params(repo.root), set_name).preprocess
    return Job(repo, plan, preprocess, truth, trained_on, split, found, code)


def _hash(repo: Repository, path: str | Path) -> str:
    """The md5 of a file, or of a folder's listing. Raises NotFound."""
    at = repo.root / path
    if at.is_dir():
        files = disk_source(at).files
        return hash_listing({name: hash_content(str(at / name), "md5") for name in files})
    return hash_content(str(at), "md5")
