"""The merge table: samples added, removed, renamed, moved to another split."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labelvc.core.snapshot import Snapshot, attributes_json
from tests.core.merge_case import Case, Row, Told, box, snap, whole

Version = tuple[Sequence[Row], Sequence[Row]]
REMOVED: Told = ("removed/labelled", "samples", None)


def version(samples: Sequence[Row], labels: Sequence[Row] = ()) -> Snapshot:
    """A snapshot of samples and labels."""
    return snap(*labels, samples=samples, categories=["cat", "dog", "owl"])


def sample(name: str, **more: Any) -> Row:
    """A picture whose key is its file name."""
    return {"sample": name, "path": name, **more}


def split(base: str, ours: str, theirs: str, expected: str, *conflicts: Told) -> Case:
    """A case in which a sample goes from split to split."""
    sides = [
        version([sample("s", split=one)], [box("cat", 0)]) for one in (base, ours, theirs, expected)
    ]
    return Case(*sides, conflicts=conflicts)


S, T = sample("s"), sample("t")
CAT, DOG = box("cat", 0), box("dog", 0)
ELSEWHERE = box("owl", 0, sample="t")
BOTH = version([S, T], [CAT, ELSEWHERE])
ONLY_T = version([T], [ELSEWHERE])

SAMPLE_CASES: dict[str, Case] = {
    "a sample removed here": Case(BOTH, ONLY_T, BOTH, ONLY_T),
    "a sample removed by both": Case(BOTH, ONLY_T, ONLY_T, ONLY_T),
    "a sample removed here, another relabelled there": Case(
        BOTH,
        ONLY_T,
        version([S, T], [CAT, box("cat", 0, sample="t")]),
        version([T], [box("cat", 0, sample="t")]),
    ),
    "a sample removed here, labelled there": Case(
        BOTH,
        ONLY_T,
        version([S, T], [CAT, box("dog", 50), ELSEWHERE]),
        version([S, T], [CAT, box("dog", 50), ELSEWHERE]),
        [REMOVED],
    ),
    "a sample relabelled here, removed there": Case(
        BOTH, version([S, T], [DOG, ELSEWHERE]), ONLY_T, BOTH, [REMOVED]
    ),
    "a sample removed here, some of its labels deleted there": Case(
        BOTH, ONLY_T, version([S, T], [ELSEWHERE]), ONLY_T
    ),
    "a sample removed here, its split moved there": Case(
        version([S, T]),
        version([T]),
        version([{**S, "split": "test"}, T]),
        version([S, T]),
        [REMOVED],
    ),
    "a sample removed here, its labels only renumbered there": Case(
        version([S, T], [{**CAT, "id": "1"}, {**ELSEWHERE, "id": "2"}]),
        version([T], [{**ELSEWHERE, "id": "2"}]),
        version([S, T], [{**CAT, "id": "5"}, {**ELSEWHERE, "id": "6"}]),
        ONLY_T,
    ),
    "an unlabelled sample removed here, labelled there": Case(
        version([S, T]), version([T]), version([S, T], [CAT]), version([S, T], [CAT]), [REMOVED]
    ),
    "a sample added by both": Case(
        version([S]),
        version([S, T], [ELSEWHERE]),
        version([S, T], [ELSEWHERE]),
        version([S, T], [ELSEWHERE]),
    ),
    "a sample added by both, in different splits": Case(
        version([S]),
        version([S, sample("t", split="train")]),
        version([S, sample("t", split="test")]),
        version([S, sample("t", split="test")]),
        [("split/split", "samples", "split")],
    ),
    "different samples added": Case(
        version([S]),
        version([S, T], [ELSEWHERE]),
        version([S, sample("u")], [box("dog", 0, sample="u")]),
        version([S, T, sample("u")], [ELSEWHERE, box("dog", 0, sample="u")]),
    ),
    "a sample added by both under two names": Case(
        version([S]),
        version([S, sample("t", digest="d")], [box("cat", 0, sample="t")]),
        version([S, sample("u", digest="d")], [box("cat", 50, sample="u")]),
        version(
            [S, sample("t", digest="d")], [box("cat", 0, sample="t"), box("cat", 50, sample="t")]
        ),
        [("add/add", "samples", "path")],
    ),
    "a sample renamed here, labelled there": Case(
        version([sample("s", digest="d")], [CAT]),
        version([sample("new", digest="d")], [box("cat", 0, sample="new")]),
        version([sample("s", digest="d")], [CAT, box("dog", 50)]),
        version(
            [sample("new", digest="d")], [box("cat", 0, sample="new"), box("dog", 50, sample="new")]
        ),
    ),
    "a sample labelled here, renamed there": Case(
        version([sample("s", digest="d")], [CAT]),
        version([sample("s", digest="d")], [CAT, box("dog", 50)]),
        version([sample("new", digest="d")], [box("cat", 0, sample="new")]),
        version(
            [sample("new", digest="d")], [box("cat", 0, sample="new"), box("dog", 50, sample="new")]
        ),
    ),
    "a sample renamed alike": Case(
        version([sample("s", digest="d")], [CAT]),
        *[version([sample("new", digest="d")], [box("cat", 0, sample="new")])] * 3,
    ),
    "a sample renamed differently": Case(
        version([sample("s", digest="d")], [CAT]),
        version([sample("new", digest="d")], [box("cat", 0, sample="new")]),
        version([sample("other", digest="d")], [box("dog", 0, sample="other")]),
        version([sample("s", digest="d")], [DOG]),
        [("edit/edit", "samples", "path")],
    ),
    "a sample renamed here to the name of one added there": Case(
        version([sample("s", digest="d")], [CAT]),
        version([sample("new", digest="d")], [box("cat", 0, sample="new")]),
        version([sample("s", digest="d"), sample("new", digest="e")], [CAT]),
        version([sample("s", digest="d"), sample("new", digest="e")], [CAT]),
        [("edit/edit", "samples", "path")],
    ),
    "a text edited here to the one of a sample added there": Case(
        version([{"sample": "1", "text": "Where is my card?"}]),
        version([{"sample": "2", "text": "Where is my new card?"}]),
        version(
            [
                {"sample": "1", "text": "Where is my card?"},
                {"sample": "2", "text": "Where is my new card?"},
            ]
        ),
        version(
            [
                {"sample": "1", "text": "Where is my new card?"},
                {"sample": "2", "text": "Where is my new card?"},
            ]
        ),
    ),
    "a sample renamed here, removed there": Case(
        version([sample("s", digest="d"), T], [CAT]),
        version([sample("new", digest="d"), T], [box("cat", 0, sample="new")]),
        version([T]),
        version([sample("s", digest="d"), T], [CAT]),
        [REMOVED],
    ),
    "a text sample edited here, classed anew there": Case(
        version([{"sample": "1", "text": "Where is my card?"}], [whole("cat", sample="1")]),
        version([{"sample": "2", "text": "Where is my new card?"}], [whole("cat", sample="2")]),
        version([{"sample": "1", "text": "Where is my card?"}], [whole("dog", sample="1")]),
        version([{"sample": "2", "text": "Where is my new card?"}], [whole("dog", sample="2")]),
    ),
    "a split moved here": split("train", "test", "train", "test"),
    "a split moved there": split("train", "train", "test", "test"),
    "a split moved alike": split("train", "test", "test", "test"),
    "a split moved differently": split(
        "train", "test", "val", "train", ("split/split", "samples", "split")
    ),
    "a split moved here, labelled there": Case(
        version([sample("s", split="train")], [CAT]),
        version([sample("s", split="test")], [CAT]),
        version([sample("s", split="train")], [DOG]),
        version([sample("s", split="test")], [DOG]),
    ),
    "sizes found differently": Case(
        version([S]),
        version([sample("s", width=10.0, height=10.0)]),
        version([sample("s", width=20.0, height=20.0)]),
        version([S]),
        [("edit/edit", "samples", "size")],
    ),
    "attributes of samples": Case(
        version([sample("s", attributes=attributes_json({"a": 1, "b": 1, "c": 1}))]),
        version([sample("s", attributes=attributes_json({"a": 2, "b": 1, "c": 2}))]),
        version([sample("s", attributes=attributes_json({"a": 1, "b": 2, "c": 3}))]),
        version([sample("s", attributes=attributes_json({"a": 2, "b": 2, "c": 1}))]),
        [("edit/edit", "samples", "attributes.c")],
    ),
    "no base: what both have is one, the rest is both sides'": Case(
        Snapshot(),
        version([S, T], [CAT, ELSEWHERE]),
        version([S], [CAT, box("dog", 50)]),
        version([S, T], [CAT, ELSEWHERE, box("dog", 50)]),
    ),
    "no base: a class that differs": Case(
        Snapshot(),
        version([S], [whole("cat")]),
        version([S], [whole("dog")]),
        version([S], [whole("cat"), whole("dog")]),
        [("add/add", "labels", None)],
    ),
}
