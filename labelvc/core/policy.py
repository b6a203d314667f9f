"""What a project decides beforehand about conflicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from labelvc.core.conflict import Conflict, Rows
from labelvc.core.merge_policy import POLICIES, Policy
from labelvc.core.resolve import refreshed, resolve_all
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
    chosen = [decide(conflict, policy, newest) for conflict in conflicts]
    places = [at for at, choice in enumerate(chosen) if choice is not None]
    wanted = [(conflicts[at], str(chosen[at])) for at in places]
    snapshot, refused = resolve_all(snapshot, wanted)
    settled = [one for at, one in enumerate(wanted) if at not in refused]
    decided = {place for at, place in enumerate(places) if at not in refused}
    still = [conflict for at, conflict in enumerate(conflicts) if at not in decided]
    return Settled(snapshot, refreshed(still, snapshot, settled), settled)


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
