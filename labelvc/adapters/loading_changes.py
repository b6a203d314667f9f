"""Which samples of a data set have changed since an earlier revision."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Protocol

import numpy as np
import polars as pl

from labelvc.adapters.loading_flat import Integers
from labelvc.core.errors import LabelvcError, NotFound
from labelvc.core.label_changes import label_changes
from labelvc.core.other_changes import sample_changes
from labelvc.core.patch import diff
from labelvc.core.snapshot import Snapshot
from labelvc.formats.comparing import matched_pair
from labelvc.formats.pair import read_pair
from labelvc.formats.reading import read
from labelvc.formats.registry import by_name, sniff
from labelvc.formats.source import Source
from labelvc.repo.compare import reading, sources
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import WORKING_TREE, Revision, SetPair, revision, set_pairs

# What makes a sample one that a model has not been trained on: it is new, or new to its split, or
# its medium or text is another.
_NEW = ("added", "resplit", "media")


class Pinned(Protocol):
    """Samples of a label set, and which set of which repository at which commit they are of.

    `rows` are those of the samples among the samples of all splits.
    """

    repo: str
    set: str
    name: str
    digest: str
    commit: str | None
    rows: Integers


def changed_since(pinned: Pinned, rev: str) -> Integers:
    """The indexes of the samples that were added since a revision or whose labels have changed.

    So have those that went to another split or whose medium is another; samples that were only
    renamed have not, nor have those of a renamed category. Raises NotFound for an unknown revision,
    and LabelvcError where the working tree's labels are no longer those that were loaded.
    """
    with contextlib.closing(Repository.find(Path(pinned.repo))) as repo:
        now = WORKING_TREE if pinned.commit is None else Revision(pinned.commit, pinned.commit)
        (pair,) = set_pairs(repo, revision(repo, rev), now, [pinned.set])
        before, after = sources(repo, pair)
        current = _current(pinned, pair)
        changed, key = _changed(pair, before, after)
        if key not in (None, pair.label_set.key):
            current = _read(pair, key)
    found = current.samples["sample"].is_in(sorted(changed))
    return np.flatnonzero(found.to_numpy()[pinned.rows])


def _current(pinned: Pinned, pair: SetPair) -> Snapshot:
    """The labels that were loaded, once more."""
    if pair.after is None:
        raise NotFound(f"{pinned.name}: {pair.label_set.path} is no longer there")
    found = _read(pair, pair.label_set.key)
    if found.digest() != pinned.digest:
        raise LabelvcError(
            f"{pinned.name} has changed since it was loaded", hint="Load it once more."
        )
    return found


def _read(pair: SetPair, key: str | None) -> Snapshot:
    assert pair.after is not None
    label_set = pair.after.label_set
    return read(pair.after.source, label_set.format, label_set.settings, key)[0]


def _changed(pair: SetPair, before: Source, after: Source) -> tuple[set[str], str | None]:
    """The keys of the changed samples as they are now, and the field that the keys are of."""
    label_set = pair.label_set
    fmt = by_name(label_set.format) if label_set.format else sniff(after)
    wanted = reading(label_set)
    both = read_pair(before, after, fmt, wanted=wanted, known=(None, None))
    one, matched = both.before.rest, matched_pair(both, wanted)
    patch = diff(one, matched.after)
    samples = sample_changes(patch)
    is_new = pl.col("kinds").list.eval(pl.element().is_in(_NEW)).list.any()
    changed = {
        *label_changes(patch, one, matched.after, matched.how)["sample"],
        *samples.filter(is_new)["sample"],
    }
    # matching gives renamed samples the keys that they had before, and keeps their order
    keys = dict(
        zip(matched.after.samples["sample"], both.after.rest.samples["sample"], strict=True)
    )
    return {keys.get(key, key) for key in changed}, both.key
