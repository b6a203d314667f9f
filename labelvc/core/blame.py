"""Which version last changed each label: the walk from one version back through its history.

All on values: a version is a node, what lies between it and a parent a `Step`. Git's rules hold. A
label goes on in the first parent that has it as it is; a merge answers only for what differs from
every parent, and not even for that where each of its fields is that of one parent: then both
sides are followed and the later change counts.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

Node = Any  # what the caller calls a version; hashable
ADDED = frozenset({"added"})


class Held(NamedTuple):
    """A label as one version has it; `id` is None where ids do not tell equal labels apart."""

    content: Hashable
    id: Hashable = None


class Turn(NamedTuple):
    """What became of a label: `before` is None where it was added, `after` where it was removed.

    `fields` names what changed of it, a key of the attributes each by itself; without any, only
    what it is called by did (native id, name of its sample or category). `row` finds the details.
    """

    before: Held | None
    after: Held | None
    fields: frozenset[str] = frozenset()
    row: int | None = None


@dataclass(frozen=True, eq=False)
class Step:
    """From a parent to a version: the labels that differ as they stand.

    `everything`: the parent has no label set, so all is added. `renumbered`: there are labels with
    another id that are not among the turns. `through` are versions in between that could not be
    read: the change is theirs or this one's. `detail` is the caller's.
    """

    turns: Sequence[Turn] = ()
    everything: bool = False
    renumbered: bool = False
    through: tuple[Node, ...] = ()
    detail: Any = None


class Visit(NamedTuple):
    """The parents of a version with the steps from them; `end` says why it goes no further."""

    parents: Sequence[tuple[Node, Step]] = ()
    end: str | None = None


class Origin(NamedTuple):
    """Where a label got as it is: the turn of a step to `node`; or `end`, why nothing is known.

    `held` is the label as `node` has it. Without step and end all labels of the node are new.
    """

    node: Node
    held: Held
    turn: Turn | None = None
    step: Step | None = None
    end: str | None = None


class Trail:
    """The labels looked for in one version, by what they hold."""

    def __init__(self, labels: Iterable[tuple[Held, int]] = ()) -> None:
        self._waiting: dict[Hashable, list[tuple[Hashable, int]]] = {}
        for held, index in labels:
            self.put(held, index)

    def put(self, held: Held, index: int) -> None:
        """Look for a label here; without an id it may have any."""
        id = _UNKNOWN if held.id is None else held.id
        self._waiting.setdefault(held.content, []).append((id, index))

    def take(self, held: Held) -> int | None:
        """A label that looks so and has that id, or whose id is not known; the last put first."""
        waiting = self._waiting.get(held.content)
        if waiting is None:
            return None
        for wanted in (held.id, _UNKNOWN):
            for at in range(len(waiting) - 1, -1, -1):
                if waiting[at][0] == wanted:
                    index = waiting.pop(at)[1]
                    if not waiting:
                        del self._waiting[held.content]
                    return index
        return None

    def clear(self) -> None:
        """Look for nothing any more."""
        self._waiting.clear()

    def forget_ids(self) -> None:
        """From here back the labels may have other ids."""
        for waiting in self._waiting.values():
            waiting[:] = [(_UNKNOWN, index) for _, index in waiting]

    def absorb(self, other: Trail) -> None:
        """Look for the labels of the other trail too."""
        for content, waiting in other._waiting.items():
            self._waiting.setdefault(content, []).extend(waiting)

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def __iter__(self) -> Iterator[tuple[Held, int]]:
        for content, waiting in self._waiting.items():
            for id, index in waiting:
                yield Held(content, None if id is _UNKNOWN else id), index


_UNKNOWN = object()


def blame(
    start: Node,
    labels: Sequence[Held],
    visit: Callable[[Node], Visit],
    rank: Callable[[Node], int],
) -> list[Origin]:
    """The origin of each label of `start`.

    `visit` is asked once for each version that is reached, those of lower rank first (children
    before their parents), and no longer than labels are looked for.
    """
    walk = _Walk(len(labels), rank)
    walk.pass_on(start, Trail((held, index) for index, held in enumerate(labels)))
    while walk.left and (found := walk.next()) is not None:
        node, trail = found
        seen = visit(node)
        if seen.parents:
            _to_parents(walk, node, trail, seen.parents)
        else:
            for held, index in trail:
                walk.settle(index, Origin(node, held, end=seen.end))
    return [origin for origin in walk.origins if origin is not None]


class _Walk:
    """Which versions are to be visited with which labels, and what was found."""

    def __init__(self, count: int, rank: Callable[[Node], int]) -> None:
        self.origins: list[Origin | None] = [None] * count
        self.left = count
        self._rank = rank
        self._trails: dict[Node, Trail] = {}
        self._queue: list[tuple[int, int, Node]] = []
        self._serial = 0

    def settle(self, index: int, origin: Origin) -> None:
        """The first answer counts: who is followed on two sides has the later change."""
        if self.origins[index] is None:
            self.origins[index] = origin
            self.left -= 1

    def pass_on(self, node: Node, trail: Trail) -> None:
        if not trail:
            return
        if node in self._trails:
            self._trails[node].absorb(trail)
            return
        self._trails[node] = trail
        self._serial += 1
        heapq.heappush(self._queue, (self._rank(node), self._serial, node))

    def next(self) -> tuple[Node, Trail] | None:
        if not self._queue:
            return None
        node = heapq.heappop(self._queue)[2]
        return node, self._trails.pop(node)


def _to_parents(
    walk: _Walk, node: Node, trail: Trail, parents: Sequence[tuple[Node, Step]]
) -> None:
    """Pass each label on to the parent it comes from, or settle it here."""
    (first, step), *others = parents
    turned = {index: [turn] for index, turn in _split(trail, step).items()}
    walk.pass_on(first, trail)
    for parent, step in others:
        rest = Trail((_held(turns), index) for index, turns in turned.items())
        found = _split(rest, step)
        walk.pass_on(parent, rest)
        turned = {index: [*turned[index], turn] for index, turn in found.items()}
    for index, turns in turned.items():
        sides = [at for at, turn in enumerate(turns) if turn.before is not None]
        if is_joined([turns[at] for at in sides]):
            for at in sides:
                before = turns[at].before
                assert before is not None
                walk.pass_on(parents[at][0], Trail([(before, index)]))
            continue
        at = sides[0] if sides else 0
        walk.settle(index, Origin(node, _held(turns), turns[at], parents[at][1]))


def is_joined(turns: Sequence[Turn]) -> bool:
    """Whether a merge made a label of several sides' fields and changed none itself."""
    return len(turns) > 1 and not frozenset.intersection(*(turn.fields for turn in turns))


def _held(turns: Sequence[Turn]) -> Held:
    after = turns[0].after
    assert after is not None
    return after


def _split(trail: Trail, step: Step) -> dict[int, Turn]:
    """Take out the labels that a step changed; the others stay, under the names the parent has."""
    if step.everything:
        found = {index: Turn(None, held, ADDED) for held, index in trail}
        trail.clear()
        return found
    found, former = {}, []
    for turn in step.turns:
        if turn.after is None or (index := trail.take(turn.after)) is None:
            continue
        if turn.fields or turn.before is None:
            found[index] = turn
        else:
            former.append((turn.before, index))
    if step.renumbered:
        trail.forget_ids()
    for held, index in former:
        trail.put(held, index)
    return found
