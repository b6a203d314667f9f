"""What a project decides beforehand about conflicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from labelvc.core.conflict import Conflict, Rows
from labelvc.core.errors import LabelvcError
from labelvc.core.merge_policy import POLICIES, Policy
from labelvc.core.resolve import choices, refreshed, resolve
from labelvc.core.snapshot import Snapshot

__all__ = ["POLICIES", "Policy", "Settled", "decide", "settle"]


@dataclass(frozen=True)
class Settled:
    """A snapshot with the conflicts that are open, and those a policy decided, with the choice."""

    snapshot: Snapshot
    conflicts: Sequence[Conflict]
    settled: Sequence[tuple[Conflict, str]] = ()


def settle(
    snapshot: Snapshot, conflicts: Sequence[Conflict], policy: Policy, newest: str | None = None
) -> Settled:
    """Decide what the policy can; `newest` is the side that was committed later, where known."""
    still: list[Conflict] = []
    settled: list[tuple[Conflict, str]] = []
    for conflict in conflicts:
        choice = decide(conflict, policy, newest)
        if choice is None or choice not in choices(conflict):
            still.append(conflict)
            continue
        try:
            snapshot = resolve(snapshot, conflict, choice)
        except LabelvcError:  # a category that labels in other conflicts still have
            still.append(conflict)
        else:
            settled.append((conflict, choice))
    return Settled(snapshot, refreshed(still, snapshot), settled)


def decide(conflict: Conflict, policy: Policy, newest: str | None) -> str | None:
    """The choice a policy makes for a conflict; None where it makes none."""
    if policy.name == "newest":
        return newest
    if policy.name == "annotator":
        return _by_rank(conflict, policy.order)
    return None if policy.name == "manual" else policy.name


def _by_rank(conflict: Conflict, order: Sequence[str]) -> str | None:
    """The side whose annotator comes first; None where the order does not tell."""
    ours, theirs = (_rank(side, order) for side in (conflict.ours, conflict.theirs))
    if ours == theirs:
        return None
    return "ours" if ours < theirs else "theirs"


def _rank(side: Rows, order: Sequence[str]) -> int:
    people = [row.get("annotator") for row in side.get("labels", ())]
    return min((order.index(who) for who in people if who in order), default=len(order))
