"""The report of a change put together: diff, scores, check, and what to look at first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from labelvc.core.comparison import Comparison, Diff, End
from labelvc.core.errors import LabelvcError, NotFound
from labelvc.core.reported import Found, PointerTold, Report
from labelvc.core.review_items import IsEvaluation, highlights, review_items, split_counts
from labelvc.core.tally import Tally
from labelvc.repo import params
from labelvc.repo.check_sets import new_issues
from labelvc.repo.compare import compare_pair, known
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import Candidate, Revision, SetPair, candidates, pair
from labelvc.stages.rescoring import Effects, effects
from labelvc.stages.truth import SCORED

_NOT_HERE = "its labels are not in this clone, and no DVC remote gave them"


@dataclass
class _Sets:
    """What became of each label set."""

    compared: list[Comparison] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    pointers: list[PointerTold] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def build(
    repo: Repository,
    ends: tuple[Revision, Revision],
    names: Sequence[str] = (),
    *,
    most: int | None = None,
) -> Report:
    """All there is to tell of the change between two revisions.

    Label sets whose labels are not at hand, or cannot be read, are told by their pointers; scores
    and issues that cannot be had are remarked on. `most`: how many changed labels of a set are
    listed one by one. Raises NotFound for an unknown label set.
    """
    sets = _Sets()
    listed = candidates(repo, *ends, names)
    for candidate in listed:
        _compare(repo, candidate, ends, sets)
    before, after = (End(end.rev, end.commit) for end in ends)
    diff = Diff(before, after, sets.compared, tuple(sets.unchanged))
    evaluated = evaluation_splits(repo, ends[1])
    items, left_out = review_items(diff, evaluated, most)
    at_hand = [one.name for one in sets.compared]
    scored = _effects(repo, ends, at_hand)
    return Report(
        diff,
        items,
        left_out,
        splits={one.name: split_counts(one, evaluated) for one in sets.compared},
        effects=scored.effects,
        effect_notes=(*sets.notes, *scored.notes),
        found=_found(repo, ends, at_hand),
        highlights=highlights(items),
        pointers=sets.pointers,
        tasks={one.label_set.name: one.label_set.task for one in listed},
    )


def evaluation_splits(repo: Repository, end: Revision) -> IsEvaluation:
    """Tells whether models are scored on a split of a label set.

    The split that params.yaml names, else those called test or validation. A set without splits is
    scored as a whole where it is called so, or where its model is trained on another set.
    """
    content = _params(repo, end)
    known: dict[str, tuple[str | None, bool]] = {}

    def is_evaluation(name: str, split: str | None) -> bool:
        if name not in known:
            told = params.params_of(content, name).evaluate
            known[name] = told.get("split"), told.get("train_set") not in (None, name)
        chosen, trained_elsewhere = known[name]
        if split is None:
            return trained_elsewhere or name in SCORED
        return split == chosen if chosen else split in SCORED

    return is_evaluation


def _params(repo: Repository, end: Revision) -> bytes | None:
    if end.commit is None:
        return params.read_params(repo.root)
    return repo.git.show(end.commit, f"{repo.prefix}{params.FILE}")


def _compare(
    repo: Repository, candidate: Candidate, ends: tuple[Revision, Revision], sets: _Sets
) -> None:
    """Put one label set where it belongs."""
    label_set = candidate.label_set
    found: SetPair | None = None
    try:
        found = pair(repo, candidate, *ends)
        if found.is_equal:
            sets.unchanged.append(label_set.name)
        else:
            sets.compared.append(compare_pair(repo, found))
    except LabelvcError as error:
        if not candidate.declared:
            told = f"left out, as no label set is declared there: {error.message}"
            sets.notes.append(f"{label_set.path}: {told}")
            return
        # The full message names places of this machine, which are no use on a forge.
        reason = _NOT_HERE if isinstance(error, NotFound) else error.message
        sets.pointers.append(_by_pointers(repo, candidate, found, reason))


def _by_pointers(
    repo: Repository, candidate: Candidate, found: SetPair | None, reason: str
) -> PointerTold:
    """What the notes in a label set's pointers tell of both ends."""
    sides = (found.before, found.after) if found else (None, None)
    before, after = (known(repo, version) if version else None for version in sides)
    names = {**(before.categories if before else {}), **(after.categories if after else {})}
    return PointerTold(
        candidate.label_set.name,
        candidate.label_set.path,
        _counts(before),
        _counts(after),
        [
            (
                name,
                before.categories.get(name) if before else None,
                after.categories.get(name) if after else None,
            )
            for name in names
        ],
        reason,
    )


def _counts(tally: Tally | None) -> dict[str, int] | None:
    return None if tally is None else {"samples": tally.samples, "labels": tally.labels}


def _effects(repo: Repository, ends: tuple[Revision, Revision], names: Sequence[str]) -> Effects:
    """What the change does to recorded scores; where that cannot be told, why."""
    if not names:
        return Effects(*ends, ())
    try:
        return effects(repo, *ends, names)
    except LabelvcError as error:
        return Effects(*ends, (), (f"scores are left out: {error.message}",))


def _found(repo: Repository, ends: tuple[Revision, Revision], names: Sequence[str]) -> Found:
    if not names:
        return Found()
    try:
        return new_issues(repo, *ends, names)
    except LabelvcError as error:
        return Found(notes=(f"the check is left out: {error.message}",))
