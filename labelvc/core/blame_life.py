"""What happened to one label, or to all of a sample, from a version back to where it came from."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from labelvc.core.blame import Held, Node, Step, Trail, Turn, Visit, is_joined


class Event(NamedTuple):
    """What happened at a version: the turns that concern the subject, as `step` has their details.

    `step` is that from the first parent. `end` says why nothing is known from here back.
    """

    node: Node
    subject: Subject
    turns: Sequence[Turn] = ()
    step: Step | None = None
    end: str | None = None


class Subject(Protocol):
    """What is followed, under the names it has in one version."""

    def split(self, step: Step) -> tuple[list[Turn], Subject | None]:
        """The turns of a step that concern it, and itself in the parent; None if not there."""

    def absorb(self, other: Subject) -> None:
        """Follow what the other follows too."""

    @property
    def is_found(self) -> bool:
        """Whether it was ever there, as far as the walk has come."""


class Labels:
    """Some labels; where there are none yet, those whose removal `wanted` recognises."""

    def __init__(
        self, labels: Sequence[Held], wanted: Callable[[Step, Turn], bool], *, found: bool = False
    ) -> None:
        self._labels = list(labels)
        self._wanted = wanted
        self.is_found = found or bool(labels)

    def split(self, step: Step) -> tuple[list[Turn], Subject | None]:
        """As `Subject.split` says. Labels that were found and then added are at their end."""
        if not self.is_found:
            turns = [turn for turn in step.turns if turn.after is None and self._wanted(step, turn)]
            former = [turn.before for turn in turns if turn.before is not None]
            return turns, Labels(former, self._wanted)
        trail = Trail((held, index) for index, held in enumerate(self._labels))
        turns = [turn for turn in step.turns if turn.after and trail.take(turn.after) is not None]
        if step.renumbered:
            trail.forget_ids()
        former = [turn.before for turn in turns if turn.before is not None]
        former += [held for held, _ in trail]
        return turns, Labels(former, self._wanted, found=True) if former else None

    def absorb(self, other: Subject) -> None:
        """Follow the other's labels too."""
        assert isinstance(other, Labels)
        self._labels += [held for held in other._labels if held not in self._labels]
        self.is_found = self.is_found or other.is_found


class Samples:
    """All labels of a sample, under whatever name it has.

    `sample_of` tells the sample of a label, `renamed` the former names of a step's samples.
    """

    def __init__(
        self,
        names: frozenset[str],
        sample_of: Callable[[Held], str],
        renamed: Callable[[Step], Mapping[str, str]],
        *,
        found: bool = False,
    ) -> None:
        self.names = names
        self._sample_of = sample_of
        self._renamed = renamed
        self.is_found = found

    def former(self, step: Step) -> frozenset[str]:
        """Its names in the parent."""
        renamed = self._renamed(step)
        return frozenset(renamed.get(name, name) for name in self.names)

    def split(self, step: Step) -> tuple[list[Turn], Subject | None]:
        """As `Subject.split` says; it is followed on where it was deleted and added again."""
        former = self.former(step)

        def concerned(held: Held | None, names: frozenset[str]) -> bool:
            return held is not None and self._sample_of(held) in names

        turns = [
            turn
            for turn in step.turns
            if concerned(turn.after, self.names) or concerned(turn.before, former)
        ]
        found = self.is_found or bool(turns)
        return turns, Samples(former, self._sample_of, self._renamed, found=found)

    def absorb(self, other: Subject) -> None:
        """Follow the other's names too."""
        assert isinstance(other, Samples)
        self.names |= other.names
        self.is_found = self.is_found or other.is_found


def life(
    start: Node, subject: Subject, visit: Callable[[Node], Visit], rank: Callable[[Node], int]
) -> Iterator[Event]:
    """What happened to the subject, the latest first, in the order that `rank` gives the versions.

    A merge tells only what it did itself. Versions at which nothing happened are told too.
    """
    subjects: dict[Node, Subject] = {start: subject}
    queue: list[tuple[int, int, Node]] = [(rank(start), 0, start)]
    serial = 0
    while queue:
        node = heapq.heappop(queue)[2]
        subject = subjects.pop(node)
        seen = visit(node)
        sides = []
        for parent, step in seen.parents:
            turns, former = subject.split(step)
            sides.append(turns)
            if former is None:
                continue
            if parent in subjects:
                subjects[parent].absorb(former)
                continue
            serial += 1
            subjects[parent] = former
            heapq.heappush(queue, (rank(parent), serial, parent))
        step_told = seen.parents[0][1] if seen.parents else None
        yield Event(node, subject, _own(sides), step_told, seen.end)


def _own(sides: Sequence[Sequence[Turn]]) -> Sequence[Turn]:
    """The turns from the first parent that no other parent's version makes unnecessary."""
    if len(sides) < 2:
        return sides[0] if sides else ()
    others = [{_told_by(turn): turn for turn in side} for side in sides[1:]]
    told = []
    for turn in sides[0]:
        same = [side.get(_told_by(turn)) for side in others]
        if None not in same and not is_joined([turn, *(one for one in same if one is not None)]):
            told.append(turn)
    return told


def _told_by(turn: Turn) -> tuple[bool, Held | None]:
    """What tells a turn from the others of its step: the label after, or before where removed."""
    return turn.after is None, turn.after or turn.before
