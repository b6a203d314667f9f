"""Predictions kept under `predictions/` in DVC, to be scored again under any labels."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from labelvc.core.errors import NotFound
from labelvc.core.predictions import Predictions
from labelvc.formats.predictions import parse_parquet, to_parquet
from labelvc.repo.config import LabelSet
from labelvc.repo.objects import Origin
from labelvc.repo.repository import Repository
from labelvc.repo.storing import store
from labelvc.repo.writing import write_atomic

FOLDER = "predictions"


@dataclass(frozen=True)
class Kept:
    """Where predictions are kept: `path` relative to the project, `hash` is DVC's md5 of it."""

    path: str
    hash: str
    digest: str


def file_name(text: str) -> str:
    """A name as a part of a path: odd characters as dashes."""
    return re.sub(r"[^\w.-]+", "-", text).strip("-.") or "model"


def keep(repo: Repository, model: str, set_name: str, predictions: Predictions) -> Kept:
    """Write the predictions and have DVC track them; the same ones a second time are no change.

    The file is named after its content, so that branches never disagree about one. Raises
    RepositoryError with DVC's reason.
    """
    digest = predictions.digest()
    name = digest.partition(":")[2][:12]
    path = f"{FOLDER}/{set_name}/{file_name(model)}/{name}.parquet"
    alone = LabelSet(name, path)
    stored = repo.stored(alone, None)
    if stored is None or not repo.objects.has(stored.hash):
        write_atomic(repo.root / path, to_parquet(predictions))
        stored = store(repo, alone, stored)
    return Kept(path, stored.hash, digest)


def fetch(repo: Repository, kept: Kept, *, label: str) -> Predictions:
    """The predictions, from the cache or the DVC remote. Raises NotFound where both lack them.

    `label` is how messages name them.
    """
    origin = Origin(label=label, path=kept.path)
    try:
        content = repo.objects.read(kept.hash, origin=origin)
    except NotFound:
        file = repo.root / kept.path
        content = file.read_bytes() if file.is_file() else b""
        if hashlib.md5(content, usedforsecurity=False).hexdigest() != kept.hash:
            raise
    return parse_parquet(content, kept.path)
