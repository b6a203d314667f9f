"""Labels whose fields are changed on two sides and whose names change; the life of one of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from labelvc.core.blame import ADDED, Held, Origin, Step, Turn, Visit, blame
from labelvc.core.blame_life import Labels, Samples, life

# A label here: who it is, its two fields, and the name of its sample (which is no field).
Label = tuple[str, int, int, str]


@dataclass
class History:
    """Commits by number, the parents first: labels by who they are, and who set them so."""

    parents: list[tuple[int, ...]] = field(default_factory=list)
    labels: list[dict[str, Label]] = field(default_factory=list)
    origins: list[dict[str, int]] = field(default_factory=list)

    def commit(self, labels: dict[str, Label], *parents: int) -> int:
        """Add a commit; the oracle: what equals a parent's label is as old as it is there."""
        number = len(self.labels)
        origins = {}
        for who, label in labels.items():
            before = [(self.labels[p].get(who), p) for p in parents]
            same = [p for old, p in before if old is not None and not _fields(old, label)]
            there = [(old, p) for old, p in before if old is not None]
            common = frozenset.intersection(*(_fields(old, label) for old, _ in there), _ALL)
            if same:
                origins[who] = self.origins[same[0]][who]
            elif len(there) > 1 and not common:  # a field of each side: the later change counts
                origins[who] = max(self.origins[p][who] for _, p in there)
            else:
                origins[who] = number
        self.parents.append(parents)
        self.labels.append(labels)
        self.origins.append(origins)
        return number

    def visit(self, node: int) -> Visit:
        """As a repository tells it."""
        parents = [(p, self.step(p, node)) for p in self.parents[node]]
        return Visit(parents or [(-1, Step(everything=True))])

    def step(self, parent: int, node: int) -> Step:
        """The labels that differ in anything; rows are not needed."""
        before, after = self.labels[parent], self.labels[node]
        turns = []
        for who in sorted({*before, *after}):
            old, new = before.get(who), after.get(who)
            if old == new:
                continue
            fields = ADDED if old is None else frozenset({"removed"})
            if old is not None and new is not None:
                fields = _fields(old, new)
            turns.append(Turn(_held(old), _held(new), fields))
        return Step(turns)


_NAMES = ("relabelled", "moved")
_ALL = frozenset(_NAMES)


def _fields(old: Label, new: Label) -> frozenset[str]:
    names = [name for name, a, b in zip(_NAMES, old[1:3], new[1:3], strict=True) if a != b]
    return frozenset(names)


def _held(label: Label | None) -> Held | None:
    return None if label is None else Held(label[1:], label[0])


def found(history: History, node: int) -> dict[str, int]:
    """What the walk says, by label."""
    labels = list(history.labels[node].values())
    held = [Held(label[1:], label[0]) for label in labels]
    origins = blame(node, held, history.visit, lambda at: -at)
    return {label[0]: origin.node for label, origin in zip(labels, origins, strict=True)}


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Up to eight commits of at most four labels; merges take fields of both sides."""
    history = History()
    values = st.integers(0, 2)
    who = st.sampled_from("abcd")
    samples = st.sampled_from(["one", "two"])
    history.commit({name: (name, 0, 0, "one") for name in draw(st.sets(who))})
    for number in range(1, draw(st.integers(2, 8))):
        count = min(number, draw(st.sampled_from([1, 1, 2])))
        parents = draw(
            st.lists(st.integers(0, number - 1), min_size=count, max_size=count, unique=True)
        )
        labels = dict(history.labels[parents[0]])
        if count == 2:
            for name, label in history.labels[parents[1]].items():
                mine = labels.get(name, label)
                sides = [
                    draw(st.sampled_from([a, b])) for a, b in zip(mine[1:], label[1:], strict=True)
                ]
                labels[name] = (name, *sides)
        for name in draw(st.lists(who, max_size=2 if count == 1 else 1)):
            label = (name, draw(values), draw(values), draw(samples))
            if draw(st.booleans()):
                labels[name] = label
            else:
                labels.pop(name, None)
        history.commit(labels, *parents)
    return history


@settings(max_examples=300, deadline=None)
@given(histories())
def test_the_walk_agrees_with_the_oracle(history: History):
    for node in range(len(history.labels)):
        assert found(history, node) == history.origins[node]


def linear(*versions: list[Label]) -> History:
    history = History()
    for number, labels in enumerate(versions):
        history.commit({label[0]: label for label in labels}, *([number - 1] if number else []))
    return history


def test_names_are_followed_and_are_no_change():
    history = linear([("a", 0, 0, "one")], [("a", 1, 0, "one")], [("a", 1, 0, "two")])
    assert found(history, 2) == {"a": 1}


def test_of_equal_labels_the_id_decides():
    history = linear(
        [("a", 0, 0, "one"), ("b", 1, 0, "one")], [("a", 0, 0, "one"), ("b", 0, 0, "one")]
    )
    assert found(history, 1) == {"a": 0, "b": 1}


def test_equal_labels_without_ids_are_counted():
    label = Held(("box",))
    visits = {2: Visit([(1, Step([Turn(None, label, ADDED)]))]), 1: Visit([(0, Step())]),
              0: Visit([(-1, Step(everything=True))])}  # fmt: skip
    origins = blame(2, [label, label, label], visits.__getitem__, lambda at: -at)
    assert Counter(origin.node for origin in origins) == {2: 1, 0: 2}


def test_after_a_renumbering_any_id_will_do():
    before, after = Held("box", "1"), Held("box", "9")
    visits = {2: Visit([(1, Step(renumbered=True))]),
              1: Visit([(0, Step([Turn(None, before, ADDED)]))])}  # fmt: skip
    (origin,) = blame(2, [after], visits.__getitem__, lambda at: -at)
    assert (origin.node, origin.turn) == (1, Turn(None, before, ADDED))


def test_the_end_of_what_is_known_is_told():
    held = Held("box", "1")
    visits = {2: Visit([(1, Step())]), 1: Visit(end="shallow")}
    assert blame(2, [held], visits.__getitem__, lambda at: -at) == [Origin(1, held, end="shallow")]


def told(history: Whole, node: int, subject: Labels | Samples) -> list[tuple[int, int]]:
    events = life(node, subject, history.visit_whole, lambda at: -at)
    return [(event.node, len(event.turns)) for event in events if event.turns]


class Whole(History):
    """A history that tells the labels of a first commit one by one."""

    def visit_whole(self, node: int) -> Visit:
        if node < 0:
            return Visit()
        if self.parents[node]:
            return self.visit(node)
        return Visit(
            [(-1, Step([Turn(None, _held(one), ADDED) for one in self.labels[0].values()]))]
        )


def whole(*versions: list[Label]) -> Whole:
    history = Whole()
    for number, labels in enumerate(versions):
        history.commit({label[0]: label for label in labels}, *([number - 1] if number else []))
    return history


def test_the_life_of_a_label_goes_back_to_where_it_was_added():
    history = whole([], [("a", 0, 0, "one")], [("a", 1, 0, "one")], [("a", 1, 0, "two")])
    labels = Labels([Held((1, 0, "two"), "a")], lambda step, turn: False)
    assert told(history, 3, labels) == [(3, 1), (2, 1), (1, 1)]


def test_the_life_of_a_removed_label_begins_with_its_removal():
    history = whole([("a", 0, 0, "one")], [("a", 1, 0, "one")], [], [])
    labels = Labels([], lambda step, turn: turn.before is not None and turn.before.id == "a")
    assert told(history, 3, labels) == [(2, 1), (1, 1), (0, 1)]


def test_the_life_of_a_sample_has_all_its_labels():
    history = whole([("a", 0, 0, "one"), ("b", 0, 0, "two")], [("a", 1, 0, "one")])
    sample = Samples(frozenset({"one"}), lambda held: str(held.content[-1]), lambda step: {})
    assert told(history, 1, sample) == [(1, 1), (0, 1)]


def test_a_merge_tells_only_of_its_own_work():
    history = Whole()
    base = history.commit({"a": ("a", 0, 0, "one")})
    ours = history.commit({"a": ("a", 1, 0, "one")}, base)
    theirs = history.commit({"a": ("a", 0, 1, "one")}, base)
    merge = history.commit({"a": ("a", 1, 1, "one")}, ours, theirs)
    sample = Samples(frozenset({"one"}), lambda held: str(held.content[-1]), lambda step: {})
    assert told(history, merge, sample) == [(theirs, 1), (ours, 1), (base, 1)]
    assert found(history, merge) == {"a": theirs}
