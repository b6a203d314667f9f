"""The merge table: spans and tokens of texts that are edited meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labelvc.core.merge import Rules
from labelvc.core.snapshot import Snapshot
from tests.core.merge_case import Case, Row, Told, noted, snap, span, token

TEXT: Told = ("edit/edit", "samples", "text")
Version = tuple[str, Sequence[Row]]

BASE = "Ann met Bob in Rome"
LONGER = "Yesterday Ann met Bob in Rome"


def at(text: str, word: str, category: str, **more: Any) -> Row:
    """A span over a word of the text."""
    start = text.index(word)
    return span(category, start, start + len(word), **more)


def version(text: str, labels: Sequence[Row]) -> Snapshot:
    """A snapshot of one text."""
    names = ["place", "person", "thing", "word"]
    return snap(*labels, samples=[{"sample": "s", "text": text}], categories=names)


def merged(
    base: Version, ours: Version, theirs: Version, expected: Version, *conflicts: Told, **more: Any
) -> Case:
    """A case of one text and its spans."""
    sides = [version(*side) for side in (base, ours, theirs, expected)]
    return Case(*sides, conflicts=conflicts, **more)


def spans(
    base: Sequence[Row],
    ours: Sequence[Row],
    theirs: Sequence[Row],
    expected: Sequence[Row],
    *conflicts: Told,
) -> Case:
    """A case in which nobody touches the text."""
    return merged((BASE, base), (BASE, ours), (BASE, theirs), (BASE, expected), *conflicts)


ANN, BOB, ROME = at(BASE, "Ann", "person"), at(BASE, "Bob", "person"), at(BASE, "Rome", "place")


def words(text: str, **attributes: dict[int, Any]) -> list[Row]:
    """A token for each word; attributes by place."""
    return [
        token(
            place,
            "word",
            form=form,
            **{name: told[place] for name, told in attributes.items() if place in told},
        )
        for place, form in enumerate(text.split(" "))
    ]


HEADS = {0: 2, 1: 0, 2: 2}
REFERENCES = Rules(references=frozenset({"head"}))

TEXT_CASES: dict[str, Case] = {
    "a span relabelled here, another added there": spans(
        [ANN], [at(BASE, "Ann", "thing")], [ANN, ROME], [at(BASE, "Ann", "thing"), ROME]
    ),
    "spans of one word apart are not close": spans(
        [at(BASE, "Ann met Bob", "thing")],
        [at(BASE, "met Bob", "thing")],
        [at(BASE, "Ann met Bob in", "thing")],
        [at(BASE, "Ann met Bob", "thing")],
        ("edit/edit", "labels", "shape"),
    ),
    "a span moved here, noted there": spans(
        [ROME],
        [at(BASE, "in Rome", "place")],
        [noted(ROME, sure=True)],
        [noted(at(BASE, "in Rome", "place"), sure=True)],
    ),
    "spans added alike": spans([], [ANN], [ANN], [ANN]),
    "spans added over each other": spans(
        [],
        [BOB],
        [at(BASE, "met Bob", "person")],
        [BOB, at(BASE, "met Bob", "person")],
    ),
    "spans added almost alike": spans(
        [],
        [at(BASE, "Ann met Bob", "thing")],
        [at(BASE, "Ann met", "thing")],
        [at(BASE, "Ann met Bob", "thing"), at(BASE, "Ann met", "thing")],
        ("add/add", "labels", None),
    ),
    "the text edited here, a span added there": merged(
        (BASE, [BOB]),
        (LONGER, [at(LONGER, "Bob", "person")]),
        (BASE, [BOB, ROME]),
        (LONGER, [at(LONGER, "Bob", "person"), at(LONGER, "Rome", "place")]),
    ),
    "a span added here, the text edited there": merged(
        (BASE, [BOB]),
        (BASE, [BOB, ROME]),
        (LONGER, [at(LONGER, "Bob", "person")]),
        (LONGER, [at(LONGER, "Bob", "person"), at(LONGER, "Rome", "place")]),
    ),
    "the text edited here, a span moved there": merged(
        (BASE, [BOB]),
        (LONGER, [at(LONGER, "Bob", "person")]),
        (BASE, [at(BASE, "met Bob", "person")]),
        (LONGER, [at(LONGER, "met Bob", "person")]),
    ),
    "the text edited here, a span relabelled there": merged(
        (BASE, [ANN, ROME]),
        (LONGER, [at(LONGER, "Ann", "person"), at(LONGER, "Rome", "place")]),
        (BASE, [ANN, at(BASE, "Rome", "thing")]),
        (LONGER, [at(LONGER, "Ann", "person"), at(LONGER, "Rome", "thing")]),
    ),
    "the text edited here, a span removed there": merged(
        (BASE, [ANN, ROME]),
        (LONGER, [at(LONGER, "Ann", "person"), at(LONGER, "Rome", "place")]),
        (BASE, [ROME]),
        (LONGER, [at(LONGER, "Rome", "place")]),
    ),
    "the text edited alike, a span added here": merged(
        (BASE, [BOB]),
        (LONGER, [at(LONGER, "Bob", "person"), at(LONGER, "Rome", "place")]),
        (LONGER, [at(LONGER, "Bob", "person")]),
        (LONGER, [at(LONGER, "Bob", "person"), at(LONGER, "Rome", "place")]),
    ),
    "the text edited and a span added here, another there": merged(
        (BASE, []),
        (LONGER, [at(LONGER, "Ann", "person")]),
        (BASE, [ROME]),
        (LONGER, [at(LONGER, "Ann", "person"), at(LONGER, "Rome", "place")]),
    ),
    "the same word found on both sides, the text edited here": merged(
        (BASE, []),
        (LONGER, [at(LONGER, "Rome", "place")]),
        (BASE, [ROME]),
        (LONGER, [at(LONGER, "Rome", "place")]),
    ),
    "the text edited differently": merged(
        (BASE, [ANN]),
        (LONGER, [at(LONGER, "Ann", "person")]),
        (BASE + " again", [ANN, ROME]),
        (BASE, [ANN, ROME]),
        TEXT,
    ),
    "a token tagged here, another there": merged(
        ("a b c", words("a b c")),
        ("a b c", words("a b c", upos={0: "DET"})),
        ("a b c", words("a b c", upos={2: "NOUN"})),
        ("a b c", words("a b c", upos={0: "DET", 2: "NOUN"})),
    ),
    "a token lemmatised here and tagged there": merged(
        ("a b", words("a b")),
        ("a b", words("a b", lemma={1: "b"})),
        ("a b", words("a b", upos={1: "NOUN"})),
        ("a b", words("a b", lemma={1: "b"}, upos={1: "NOUN"})),
    ),
    "a token tagged differently": merged(
        ("a b", words("a b", upos={1: "X"})),
        ("a b", words("a b", upos={1: "NOUN"})),
        ("a b", words("a b", upos={1: "VERB"})),
        ("a b", words("a b", upos={1: "X"})),
        ("edit/edit", "labels", "attributes.upos"),
    ),
    "a token put in here, those behind it tagged there": merged(
        ("a b c", words("a b c")),
        ("a new b c", words("a new b c")),
        ("a b c", words("a b c", upos={2: "NOUN"})),
        ("a new b c", words("a new b c", upos={3: "NOUN"})),
    ),
    "a token put in here, heads changed there": merged(
        ("a b c", words("a b c", head=HEADS)),
        ("a new b c", words("a new b c", head={0: 3, 1: 3, 2: 0, 3: 3})),
        ("a b c", words("a b c", head={**HEADS, 0: 3})),
        ("a new b c", words("a new b c", head={0: 2, 1: 3, 2: 0, 3: 3})),
        ("edit/edit", "labels", "attributes.head"),
        rules=REFERENCES,
    ),
    "a head changed where no token moved": merged(
        ("a b c", words("a b c", head=HEADS)),
        ("a b c", words("a b c", head={**HEADS, 0: 3})),
        ("a b c", words("a b c", head={**HEADS, 2: 1})),
        ("a b c", words("a b c", head={0: 3, 1: 0, 2: 1})),
        rules=REFERENCES,
    ),
    "a token put in alike, with the same heads": merged(
        ("a b c", words("a b c", head=HEADS)),
        ("a new b c", words("a new b c", head={0: 3, 1: 3, 2: 0, 3: 3})),
        ("a new b c", words("a new b c", head={0: 3, 1: 3, 2: 0, 3: 3})),
        ("a new b c", words("a new b c", head={0: 3, 1: 3, 2: 0, 3: 3})),
        rules=REFERENCES,
    ),
    "a token taken out here, another tagged there": merged(
        ("a b c", words("a b c")),
        ("a c", words("a c")),
        ("a b c", words("a b c", upos={2: "NOUN"})),
        ("a c", words("a c", upos={1: "NOUN"})),
    ),
    "a token taken out here, tagged there": merged(
        ("a b c", words("a b c")),
        ("a c", words("a c")),
        ("a b c", words("a b c", upos={1: "NOUN"})),
        ("a c", [*words("a c"), {**token(1, "word", form="b"), "end": 1.0}]),
        ("delete/edit", "labels", None),
    ),
    "tokens put in at two places": merged(
        ("a b", words("a b")),
        ("x a b", words("x a b")),
        ("a b y", words("a b y")),
        ("a b", words("a b")),
        ("edit/edit", "samples", None),
        rules=Rules(is_sequence=True),
    ),
    "of a sequence a token taken out here, tagged there": merged(
        ("a b c", words("a b c")),
        ("a c", words("a c")),
        ("a b c", words("a b c", upos={1: "NOUN"})),
        ("a b c", words("a b c")),
        ("edit/edit", "samples", None),
        rules=Rules(is_sequence=True),
    ),
    "tokens put in alike, another tagged there": merged(
        ("a b", words("a b")),
        ("x a b", words("x a b")),
        ("x a b", words("x a b", upos={2: "NOUN"})),
        ("x a b", words("x a b", upos={2: "NOUN"})),
        rules=Rules(is_sequence=True),
    ),
}
