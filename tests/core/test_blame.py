"""The walk back through a history against a plain one, on random histories with merges."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from labelvc.core.blame import Held, Step, Turn, Visit, blame

# A version: by label what it holds, in two fields. Labels have a name that only the test knows.
Version = dict[str, tuple[int, int]]


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[tuple[int, ...], Version]]:
    """Versions, each with its parents (earlier places); a merge takes each label from a side."""
    found: list[tuple[tuple[int, ...], Version]] = []
    serial = 0
    for at in range(draw(st.integers(1, 7))):
        parents: tuple[int, ...] = ()
        if at:
            first = draw(st.integers(max(0, at - 2), at - 1))
            other = draw(st.integers(0, at - 1))
            parents = (first, other) if other != first and draw(st.booleans()) else (first,)
        version: Version = {}
        for side in parents:
            for name, content in found[side][1].items():
                if name not in version or draw(st.booleans()):
                    version[name] = content
        for name in list(version):
            fate = draw(st.integers(0, 9))
            if fate == 0:
                del version[name]
            elif fate == 1:
                serial += 1
                version[name] = (serial, version[name][1])
        for _ in range(draw(st.integers(0, 2))):
            serial += 1
            version[f"label {serial}"] = (serial, serial)
        found.append((parents, version))
    return found


def held(name: str, version: Version) -> Held:
    return Held((name.partition(" ")[2] and version[name], name))


def step(before: Version, after: Version) -> Step:
    turns = []
    for name in {**before, **after}:
        one, two = before.get(name), after.get(name)
        if one == two:
            continue
        fields = frozenset({"added"})
        if one and two:
            fields = frozenset(f for f, (x, y) in enumerate(zip(one, two, strict=True)) if x != y)
        turns.append(
            Turn(
                held(name, before) if one else None,
                held(name, after) if two else None,
                fields,  # type: ignore[arg-type]
            )
        )
    return Step(turns)


def plain(history: list[tuple[tuple[int, ...], Version]], at: int, name: str) -> int:
    """The version at which a label got as it is, by following the first parent that has it so."""
    while True:
        parents, version = history[at]
        same = [side for side in parents if history[side][1].get(name) == version[name]]
        if not same:
            return at
        at = same[0]


@settings(max_examples=300, deadline=None)
@given(histories())
def test_each_label_is_laid_to_the_version_that_a_plain_walk_finds(history: Any) -> None:
    last = len(history) - 1
    version = history[last][1]

    def visit(node: int) -> Visit:
        parents = history[node][0]
        if not parents:
            return Visit([(-1, Step(everything=True))]) if node >= 0 else Visit()
        return Visit([(side, step(history[side][1], history[node][1])) for side in parents])

    names = sorted(version)
    origins = blame(last, [held(name, version) for name in names], visit, lambda node: -node)
    assert [origin.node for origin in origins] == [plain(history, last, name) for name in names]
    assert [origin.held for origin in origins] == [held(name, version) for name in names]


def test_a_merge_that_only_joined_two_sides_hands_on_to_the_later_one() -> None:
    base, ours, theirs = {"a b": (0, 0)}, {"a b": (1, 0)}, {"a b": (0, 1)}
    merged = {"a b": (1, 1)}
    steps = {
        3: [(2, step(theirs, merged)), (1, step(ours, merged))],
        2: [(0, step(base, theirs))],
        1: [(0, step(base, ours))],
        0: [(-1, Step(everything=True))],
    }
    (origin,) = blame(3, [held("a b", merged)], lambda node: Visit(steps[node]), lambda node: -node)
    assert origin.node == 2


def test_no_version_is_visited_that_no_label_needs() -> None:
    asked = []

    def visit(node: int) -> Visit:
        asked.append(node)
        return Visit([(node - 1, step({}, {"x y": (1, 1)}))])

    blame(9, [held("x y", {"x y": (1, 1)})], visit, lambda node: -node)
    assert asked == [9]
