"""`labelvc apply`: mailed patches put into the working tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from labelvc.core.counting import count
from labelvc.core.errors import LabelvcError, NotFound
from labelvc.core.label_changes import label_changes
from labelvc.core.mailed import Mailed
from labelvc.core.other_changes import category_changes, sample_changes
from labelvc.core.patch import KEYS, Patch
from labelvc.core.reanchor import Reanchored, reanchor
from labelvc.core.reanchor_rows import Unfit
from labelvc.core.snapshot import Snapshot
from labelvc.repo.config import LabelSet
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import find_set
from labelvc.repo.rewriting import Rewriting, carry_out, plan, unfinished_first

NO_MATCHES = pl.DataFrame(schema={"key": pl.Int64(), "rung": pl.String(), "iou": pl.Float64()})


@dataclass(frozen=True)
class SetApplied:
    """One label set: what of its patch applies, as `counts` of a diff tell it, and what does not.

    `changes` is how many changes of rows the patch has.
    """

    label_set: LabelSet
    counts: Mapping[str, int]
    changes: int
    rejected: Mailed
    reasons: Sequence[Unfit]


@dataclass(frozen=True)
class Applied:
    """What became of patches: the paths that were changed, whether anything was to be written."""

    sets: Sequence[SetApplied]
    paths: Sequence[str] = ()
    written: bool = False

    @property
    def fits(self) -> bool:
        """Whether every change applies."""
        return not any(one.reasons for one in self.sets)


def apply_patches(
    repo: Repository,
    patches: Sequence[Mailed],
    names: Sequence[str] = (),
    *,
    check: bool = False,
    reject: bool = False,
) -> Applied:
    """Apply patches to the label sets of the working tree that they, or `names`, name.

    All of every patch or nothing; with `reject` what fits. With `check` nothing is written. Raises
    NotFound for a label set that is not here, and what reading and writing one raise.
    """
    with unfinished_first(repo):
        plans = [_plan(repo, *each) for each in _chosen(repo, patches, names)]
        sets = [told for told, _ in plans]
        applied = Applied(sets)
        if check or not (reject or applied.fits):
            return applied
        paths = carry_out(repo, [rewriting for _, rewriting in plans])
    return Applied(sets, paths, written=True)


def _chosen(
    repo: Repository, patches: Sequence[Mailed], names: Sequence[str]
) -> list[tuple[LabelSet, Mailed]]:
    """Which label set each patch is for."""
    sets = repo.sets(None)
    wanted = [find_set(repo, sets, name) for name in names]
    if len(wanted) == len(patches) == 1:
        return [(wanted[0], patches[0])]
    found = [(_own_set(sets, one), one) for one in patches if one.name or one.patch]
    if len({label_set.path for label_set, _ in found}) < len(found):
        raise LabelvcError("two of the patches are for one label set", hint="Apply one by one.")
    for label_set in wanted:
        if label_set not in [each for each, _ in found]:
            raise NotFound(f"the patches do not concern label set {label_set.name}")
    return [each for each in found if not wanted or each[0] in wanted]


def _own_set(sets: Sequence[LabelSet], one: Mailed) -> LabelSet:
    """The label set of the patch's name, else of its path."""
    known = ", ".join(label_set.name for label_set in sets) or "none"
    hint = f"Say which it is for: `labelvc apply FILE -- SET`. Label sets here: {known}."
    if one.name is None:
        raise LabelvcError("the patch does not say of which label set it is", hint=hint)
    for label_set in sets:
        if label_set.name == one.name:
            return label_set
    for label_set in sets:
        if label_set.path == one.path:
            return label_set
    raise NotFound(f"the patch is of label set {one.name!r}, which is not here", hint=hint)


def _plan(repo: Repository, label_set: LabelSet, one: Mailed) -> tuple[SetApplied, Rewriting]:
    found: list[Reanchored] = []

    def edit(snapshot: Snapshot) -> Snapshot:
        independent = label_set.annotators == "independent"
        ids = label_set.ids
        found.append(reanchor(one.patch, snapshot, ids=ids, independent=independent))  # type: ignore[arg-type]
        return found[-1].apply(snapshot)

    # The sender's samples are named by that field, whatever names them here.
    rewriting = plan(repo, replace(label_set, key=one.sample_key or label_set.key), edit)
    (fitting,) = found
    told = SetApplied(
        label_set,
        _counts(fitting.patch, rewriting),
        _size(one.patch),
        replace(one, patch=fitting.rejected),
        fitting.reasons,
    )
    return told, rewriting


def _counts(patch: Patch, rewriting: Rewriting) -> dict[str, int]:
    changes = label_changes(patch, rewriting.before, rewriting.after, NO_MATCHES)
    return count(changes, sample_changes(patch), category_changes(patch))


def _size(patch: Patch) -> int:
    deltas = [getattr(patch, table) for table in KEYS]
    return sum(len({*one.before[one.key], *one.after[one.key]}) for one in deltas)
