"""Counts of stored label sets, kept so that a version is counted once."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from labelvc.core.errors import RepositoryError
from labelvc.core.tally import Tally
from labelvc.repo.config import LabelSet
from labelvc.repo.pointer import Stored, meta_block
from labelvc.repo.repository import Repository
from labelvc.repo.writing import write_atomic

_DECODER = msgspec.json.Decoder(Tally)


def known_tally(repo: Repository, stored: Stored | None, label_set: LabelSet) -> Tally | None:
    """The counts of a stored version: of its pointer's own note if that is fresh, else kept.

    None where nobody has counted it yet, and where labels per category are not known.
    """
    if stored is None or not stored.hash:
        return None
    block = meta_block(stored, label_set.name)
    if block is not None and block.get("format") == label_set.format:
        noted = _noted(block)
        if noted is not None:
            return noted
    try:
        return _DECODER.decode(_file(repo, stored, label_set).read_bytes())
    except (OSError, msgspec.DecodeError):
        return None


def remember_tally(repo: Repository, stored: Stored, label_set: LabelSet, tally: Tally) -> None:
    """Keep the counts of a stored version; where they cannot be written, nothing is lost."""
    if stored.hash:
        with contextlib.suppress(RepositoryError):
            write_atomic(_file(repo, stored, label_set), msgspec.json.encode(tally))


def _noted(block: Mapping[str, Any]) -> Tally | None:
    try:
        return msgspec.convert(
            {key: block[key] for key in ("samples", "labels", "categories")}, Tally
        )
    except (KeyError, msgspec.ValidationError):
        return None


def _file(repo: Repository, stored: Stored, label_set: LabelSet) -> Path:
    """All working trees share the counts: the same bytes read the same way count the same."""
    read_as = [stored.hash_name, stored.hash, label_set.format, sorted(label_set.settings.items())]
    named = json.dumps([*read_as, label_set.key]).encode()
    name = hashlib.md5(named, usedforsecurity=False).hexdigest()
    return repo.git.common_dir / "labelvc" / "tallies" / f"{name}.json"
