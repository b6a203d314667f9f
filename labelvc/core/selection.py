"""Taking a patch apart: what a reviewer accepts, and the rest."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

import polars as pl

from labelvc.core.patch import Delta, Patch
from labelvc.core.reported import What

Chosen = tuple[What, int | str]
_NO_RECORD = pl.lit(None, dtype=pl.Int64).alias("record")


@dataclass(frozen=True)
class Parts:
    """A patch in two: `accepted + rest` is the whole.

    `pulled_in` was not accepted, but what was accepted needs it: the sample or category of an
    added label. `held_back` was accepted, but not all that goes with it: a sample or category is
    not removed while labels that stay need it.
    """

    accepted: Patch
    rest: Patch
    pulled_in: tuple[Chosen, ...] = ()
    held_back: tuple[Chosen, ...] = ()


def split_patch(patch: Patch, accepted: AbstractSet[Chosen]) -> Parts:
    """The patch taken apart. `accepted` names rows: what they are of, and their key.

    The accepted part applies to the snapshot before and leaves no label without its sample or
    category; the rest leads from there to the snapshot after. Keys that the patch does not have
    mean nothing.
    """
    labels = [key for what, key in accepted if what == "label"]
    chosen = {
        name: {key for what, key in accepted if what == name} for name in ("sample", "category")
    }
    pulled: list[Chosen] = []
    held: list[Chosen] = []
    taken = _only(patch.labels, labels)
    left = _without(patch.labels, labels)
    for what, delta, column in (
        ("sample", patch.samples, "sample"),
        ("category", patch.categories, "category"),
    ):
        added, removed = (
            _sole(delta.after, delta.before, delta.key),
            _sole(delta.before, delta.after, delta.key),
        )
        needed = added & set(taken.after[column].drop_nulls()) - chosen[what]
        # Labels that are not removed after all: as they were before.
        kept = removed & set(left.before[column].drop_nulls()) & chosen[what]
        chosen[what] = (chosen[what] | needed) - kept
        pulled += [(what, key) for key in sorted(needed)]  # type: ignore[misc]
        held += [(what, key) for key in sorted(kept)]  # type: ignore[misc]
    samples, categories = chosen["sample"], chosen["category"]
    mixed = _mixed(taken, left)
    return Parts(
        Patch(
            _without_records(taken, "sample", mixed),
            _only(patch.samples, samples),
            _only(patch.categories, categories),
            patch.records,
        ),
        Patch(
            _without_records(left, "sample", mixed),
            _without(patch.samples, samples),
            _without(patch.categories, categories),
            patch.records,
        ),
        tuple(pulled),
        tuple(held),
    )


def _only(delta: Delta, keys: Collection[int] | Collection[str] | Collection[int | str]) -> Delta:
    wanted = pl.col(delta.key).is_in(list(keys))
    return replace(delta, before=delta.before.filter(wanted), after=delta.after.filter(wanted))


def _without(
    delta: Delta, keys: Collection[int] | Collection[str] | Collection[int | str]
) -> Delta:
    rest = ~pl.col(delta.key).is_in(list(keys))
    return replace(delta, before=delta.before.filter(rest), after=delta.after.filter(rest))


def _sole(rows: pl.DataFrame, others: pl.DataFrame, key: str) -> set[str]:
    """Keys of rows that the other side lacks."""
    return set(rows[key]) - set(others[key])


def _mixed(taken: Delta, left: Delta) -> set[str]:
    """Samples of which some changes were accepted and some not."""
    one, two = ({*delta.before["sample"], *delta.after["sample"]} for delta in (taken, left))
    return one & two


def _without_records(delta: Delta, column: str, values: Collection[str]) -> Delta:
    """Without the fragments of some samples: they may hold both what was accepted and what not."""
    is_mixed = pl.col(column).is_in(list(values))
    bare = pl.when(is_mixed).then(_NO_RECORD).otherwise("record").alias("record")
    return replace(delta, after=delta.after.with_columns(bare))
