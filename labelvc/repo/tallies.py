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

_READ_AS = ("format", "settings", "key")
_DECODER = msgspec.json.Decoder(Tally)


def known_tally(repo: Repository, stored: Stored | None, label_set: LabelSet) -> Tally | None:
    """The counts of a stored version: of its pointer's own note if that is fresh, else kept.

    None where nobody has counted it yet, and where labels per category are not known.
    """
    if stored is None or not stored.hash:
        return None
    block = meta_block(stored, label_set.name)
    if block is not None and (tally := noted(block, label_set)) is not None:
        return tally
    try:
        return _DECODER.decode(_file(repo, stored, label_set).read_bytes())
    except (OSError, msgspec.DecodeError):
        return None


def remember_tally(repo: Repository, stored: Stored, label_set: LabelSet, tally: Tally) -> None:
    """Keep the counts of a stored version; where they cannot be written, nothing is lost."""
    if stored.hash:
        with contextlib.suppress(RepositoryError):
            write_atomic(_file(repo, stored, label_set), msgspec.json.encode(tally))


def read_as(label_set: LabelSet) -> dict[str, Any]:
    """How a label set is read, as far as its counts depend on it; what is not set is left out."""
    settings = dict(sorted(label_set.settings.items()))
    told = zip(_READ_AS, (label_set.format, settings, label_set.key), strict=True)
    return {key: value for key, value in told if value}


def noted(block: Mapping[str, Any], label_set: LabelSet) -> Tally | None:
    """The counts that a pointer's note holds; None where it was read another way."""
    if {key: block[key] for key in _READ_AS if key in block} != read_as(label_set):
        return None
    try:
        return msgspec.convert(
            {key: block[key] for key in ("samples", "labels", "categories")}, Tally
        )
    except (KeyError, msgspec.ValidationError):
        return None


def _file(repo: Repository, stored: Stored, label_set: LabelSet) -> Path:
    """All working trees share the counts: the same bytes read the same way count the same."""
    named = json.dumps([stored.hash_name, stored.hash, read_as(label_set)]).encode()
    name = hashlib.md5(named, usedforsecurity=False).hexdigest()
    return repo.git.common_dir / "labelvc" / "tallies" / f"{name}.json"
