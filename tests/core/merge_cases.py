"""The merge table: boxes, outlines, keypoints, classes and captions; the others beside it.

Where a case has a conflict, `expected` is what stands until somebody decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labelvc.core.merge import Rules
from tests.core.merge_case import (
    Case,
    Row,
    Told,
    box,
    caption,
    keypoints,
    mask,
    noted,
    polygon,
    segment,
    snap,
    whole,
)
from tests.core.merge_cases_samples import SAMPLE_CASES
from tests.core.merge_cases_taxonomy import TAXONOMY_CASES
from tests.core.merge_cases_texts import TEXT_CASES

NAMES = ["cat", "dog", "owl"]
CATEGORY: Told = ("edit/edit", "labels", "category")
SHAPE: Told = ("edit/edit", "labels", "shape")
ADDED: Told = ("add/add", "labels", None)
EDITED_DELETED: Told = ("edit/delete", "labels", None)
DELETED_EDITED: Told = ("delete/edit", "labels", None)


def merged(
    base: Sequence[Row],
    ours: Sequence[Row],
    theirs: Sequence[Row],
    expected: Sequence[Row],
    *conflicts: Told,
    **more: Any,
) -> Case:
    """A case in which only labels differ; the samples are s and t."""
    samples = [{"sample": "s"}, {"sample": "t"}]
    sides = [
        snap(*rows, samples=samples, categories=NAMES) for rows in (base, ours, theirs, expected)
    ]
    return Case(*sides, conflicts=conflicts, **more)


def told(field: str) -> Told:
    """Both sides changed the field of a label."""
    return ("edit/edit", "labels", field)


CAT, DOG, OWL = box("cat", 0), box("dog", 0), box("owl", 0)
FAR = box("cat", 50)
SQUARE = [0, 0, 100, 0, 100, 100, 0, 100]
NEARLY = [0, 0, 101, 0, 101, 100, 0, 100]
ALMOST = [0, 0, 100, 0, 100, 101, 0, 101]
THREE_QUARTERS = [0, 0, 75, 0, 75, 100, 0, 100]
HALF = [0, 0, 50, 0, 50, 100, 0, 100]
POSE = [(10, 10), (50, 50), (90, 90)]


def large(x: float, **more: Any) -> Row:
    """A box large enough for its corrections to be close."""
    return box("cat", x, width=200.0, height=100.0, **more)


EDITS: dict[str, Case] = {
    "nothing changed": merged([CAT], [CAT], [CAT], [CAT]),
    "relabelled here": merged([CAT], [DOG], [CAT], [DOG]),
    "moved there": merged([CAT], [CAT], [box("cat", 2)], [box("cat", 2)]),
    "relabelled here, moved there": merged([CAT], [DOG], [box("cat", 2)], [box("dog", 2)]),
    "moved here, relabelled there": merged([CAT], [box("cat", 2)], [DOG], [box("dog", 2)]),
    "relabelled alike": merged([CAT], [DOG], [DOG], [DOG]),
    "moved alike": merged([CAT], [box("cat", 2)], [box("cat", 2)], [box("cat", 2)]),
    "relabelled differently": merged([CAT], [DOG], [OWL], [CAT], CATEGORY),
    "relabelled and moved differently": merged(
        [CAT], [box("dog", 2)], [box("owl", -2)], [CAT], CATEGORY, SHAPE
    ),
    "one relabelled alike, another differently": merged(
        [CAT, FAR], [DOG, box("dog", 50)], [DOG, box("owl", 50)], [DOG, FAR], CATEGORY
    ),
    "moved differently": merged([CAT], [box("cat", 2)], [box("cat", -2)], [CAT], SHAPE),
    "moved to places close to each other": merged(
        [large(0)], [large(20)], [large(21)], [large(20)], given_up="theirs"
    ),
    "moved to places not quite close": merged(
        [large(0)], [large(20)], [large(26)], [large(0)], SHAPE
    ),
    "moved close, where the project wants them equal": merged(
        [large(0)], [large(20)], [large(21)], [large(0)], SHAPE, rules=Rules(close=1.0)
    ),
    "moved close, relabelled there as well": merged(
        [large(0)],
        [large(20)],
        [{**large(21), "category": "dog"}],
        [{**large(20), "category": "dog"}],
        given_up="theirs",
    ),
    "outlines close to each other": merged(
        [polygon("cat", THREE_QUARTERS)],
        [polygon("cat", SQUARE)],
        [polygon("cat", NEARLY)],
        [polygon("cat", SQUARE)],
        given_up="theirs",
    ),
    "outlines far from each other": merged(
        [polygon("cat", SQUARE)],
        [polygon("cat", HALF)],
        [polygon("cat", [0, 0, 100, 0, 100, 70, 0, 70])],
        [polygon("cat", SQUARE)],
        SHAPE,
    ),
    "outline here, category there": merged(
        [polygon("cat", SQUARE)],
        [polygon("cat", ALMOST)],
        [polygon("dog", SQUARE)],
        [polygon("dog", ALMOST)],
    ),
    "masks close to each other": merged(
        [mask("cat", 0, 60, 40)],
        [mask("cat", 0, 98, 2)],
        [mask("cat", 0, 99, 1)],
        [mask("cat", 0, 98, 2)],
        given_up="theirs",
    ),
    "masks far from each other": merged(
        [mask("cat", 0, 60, 40)],
        [mask("cat", 0, 40, 60)],
        [mask("cat", 0, 90, 10)],
        [mask("cat", 0, 60, 40)],
        SHAPE,
    ),
    "a box drawn as an outline here and moved there": merged(
        [large(0)],
        [polygon("cat", [0, 0, 200, 0, 200, 100, 0, 100], x=0.0, y=0.0, width=200.0, height=100.0)],
        [large(20)],
        [large(0)],
        SHAPE,
    ),
    "keypoints are never close": merged(
        [keypoints("cat", *POSE)],
        [keypoints("cat", (11, 10), *POSE[1:])],
        [keypoints("cat", (10, 11), *POSE[1:])],
        [keypoints("cat", *POSE)],
        SHAPE,
    ),
    "keypoints here, category there": merged(
        [keypoints("cat", *POSE)],
        [keypoints("cat", (11, 10), *POSE[1:])],
        [keypoints("dog", *POSE)],
        [keypoints("dog", (11, 10), *POSE[1:])],
    ),
    "classes of two samples": merged(
        [whole("cat"), whole("cat", sample="t")],
        [whole("dog"), whole("cat", sample="t")],
        [whole("cat"), whole("owl", sample="t")],
        [whole("dog"), whole("owl", sample="t")],
    ),
    "a class changed differently": merged(
        [whole("cat")], [whole("dog")], [whole("owl")], [whole("cat")], CATEGORY
    ),
    "a class here, how sure one is there": merged(
        [whole("cat", confidence=0.5)],
        [whole("dog", confidence=0.5)],
        [whole("cat", confidence=0.9)],
        [whole("dog", confidence=0.9)],
    ),
    "sure in different degrees": merged(
        [whole("cat", confidence=0.5)],
        [whole("cat", confidence=0.6)],
        [whole("cat", confidence=0.9)],
        [whole("cat", confidence=0.5)],
        told("confidence"),
    ),
    "an unlabelled class filled in alike": merged(
        [whole(None)], [whole("dog")], [whole("dog")], [whole("dog")]
    ),
    "an unlabelled class filled in differently": merged(
        [whole(None)],
        [whole("dog")],
        [whole("owl")],
        [whole(None)],
        CATEGORY,
    ),
    "rejected here, relabelled there": merged(
        [CAT], [box("cat", 0, verdict="rejected")], [DOG], [box("dog", 0, verdict="rejected")]
    ),
    "rejected here, verified absent there": merged(
        [whole("cat")],
        [whole("cat", verdict="rejected")],
        [whole("cat", verdict="absent")],
        [whole("cat")],
        told("verdict"),
    ),
    "a caption edited here, its annotator named there": merged(
        [caption("a cat")],
        [caption("a black cat")],
        [caption("a cat", annotator="ann")],
        [caption("a black cat", annotator="ann")],
    ),
    "a caption edited differently": merged(
        [caption("a cat")],
        [caption("a black cat")],
        [caption("a white cat")],
        [caption("a cat")],
        told("text"),
    ),
    "a caption edited alike": merged(
        [caption("a cta")], [caption("a cat")], [caption("a cat")], [caption("a cat")]
    ),
    "segments close to each other": merged(
        [segment("cat", 0, 10)],
        [segment("cat", 0, 10.2)],
        [segment("cat", 0, 10.3)],
        [segment("cat", 0, 10.2)],
        given_up="theirs",
    ),
    "segments far from each other": merged(
        [segment("cat", 0, 10)],
        [segment("cat", 0, 12)],
        [segment("cat", 2, 10)],
        [segment("cat", 0, 10)],
        SHAPE,
    ),
    "a segment retimed here, transcribed there": merged(
        [segment("cat", 0, 10, text="hallo")],
        [segment("cat", 1, 10, text="hallo")],
        [segment("cat", 0, 10, text="hello")],
        [segment("cat", 1, 10, text="hello")],
    ),
}

ATTRIBUTES: dict[str, Case] = {
    "attributes of different names": merged(
        [noted(CAT, a=1, b=1)],
        [noted(CAT, a=2, b=1)],
        [noted(CAT, a=1, b=2)],
        [noted(CAT, a=2, b=2)],
    ),
    "one attribute, differently": merged(
        [noted(CAT, a=1)],
        [noted(CAT, a=2)],
        [noted(CAT, a=3)],
        [noted(CAT, a=1)],
        told("attributes.a"),
    ),
    "one attribute alike": merged(
        [noted(CAT, a=1)], [noted(CAT, a=2)], [noted(CAT, a=2)], [noted(CAT, a=2)]
    ),
    "an attribute removed here, another edited there": merged(
        [noted(CAT, a=1, b=1)], [noted(CAT, b=1)], [noted(CAT, a=1, b=2)], [noted(CAT, b=2)]
    ),
    "an attribute removed here, edited there": merged(
        [noted(CAT, a=1)], [CAT], [noted(CAT, a=2)], [noted(CAT, a=1)], told("attributes.a")
    ),
    "an attribute new on both sides, differently": merged(
        [CAT], [noted(CAT, a=1)], [noted(CAT, a=2)], [CAT], told("attributes.a")
    ),
    "the last attribute removed by both": merged([noted(CAT, a=1)], [CAT], [CAT], [CAT]),
    "one and true are two values": merged(
        [noted(CAT, a=0)],
        [noted(CAT, a=1)],
        [noted(CAT, a=True)],
        [noted(CAT, a=0)],
        told("attributes.a"),
    ),
    "null is a value": merged(
        [noted(CAT, a=0)], [CAT], [noted(CAT, a=None)], [noted(CAT, a=0)], told("attributes.a")
    ),
    "the area follows the box": merged(
        [noted(CAT, area=100)],
        [noted(box("cat", 0, width=12.0), area=120)],
        [noted(DOG, area=100)],
        [noted(box("dog", 0, width=12.0), area=120)],
    ),
    "the area worked out anew here, the box moved there": merged(
        [noted(CAT, area=100)],
        [noted(CAT, area=99)],
        [noted(box("cat", 2), area=100)],
        [noted(CAT, area=100)],
        SHAPE,
    ),
}

ROWS: dict[str, Case] = {
    "deleted here": merged([CAT, FAR], [FAR], [CAT, FAR], [FAR]),
    "deleted there": merged([CAT, FAR], [CAT, FAR], [CAT], [CAT]),
    "deleted by both": merged([CAT, FAR], [FAR], [FAR], [FAR]),
    "one deleted here, the other there": merged([CAT, FAR], [FAR], [CAT], []),
    "deleted here, relabelled there": merged([CAT], [], [DOG], [CAT], DELETED_EDITED),
    "moved here, deleted there": merged([CAT], [box("cat", 2)], [], [CAT], EDITED_DELETED),
    "a class deleted here, changed there": merged(
        [whole("cat")], [], [whole("dog")], [whole("cat")], DELETED_EDITED
    ),
    "a caption edited here, deleted there": merged(
        [caption("a cat")], [caption("a dog")], [], [caption("a cat")], EDITED_DELETED
    ),
    "an attribute edited here, deleted there": merged(
        [noted(CAT, a=1)], [noted(CAT, a=2)], [], [noted(CAT, a=1)], EDITED_DELETED
    ),
    "keypoints deleted here, moved there": merged(
        [keypoints("cat", *POSE)],
        [],
        [keypoints("cat", (11, 10), *POSE[1:])],
        [keypoints("cat", *POSE)],
        DELETED_EDITED,
    ),
    "#1 relabelled here; #1 moved and #2 deleted there": merged(
        [box("cat", 0, id="1"), box("cat", 50, id="2")],
        [box("dog", 0, id="1"), box("cat", 50, id="2")],
        [box("cat", 2, id="1")],
        [box("dog", 2)],
    ),
    "added at different places": merged(
        [CAT], [CAT, FAR], [CAT, box("dog", 90)], [CAT, FAR, box("dog", 90)]
    ),
    "added in different samples": merged(
        [], [whole("cat")], [whole("dog", sample="t")], [whole("cat"), whole("dog", sample="t")]
    ),
    "added alike": merged([CAT], [CAT, FAR], [CAT, FAR], [CAT, FAR]),
    "added alike but for noise": merged(
        [],
        [box("cat", 0.5, width=0.1, height=0.1, unit="fraction")],
        [box("cat", 0.5000001, width=0.1, height=0.1, unit="fraction")],
        [box("cat", 0.5, width=0.1, height=0.1, unit="fraction")],
        given_up="theirs",
    ),
    "added alike under different ids": merged(
        [box("cat", 0, id="1")],
        [box("cat", 0, id="1"), box("cat", 50, id="2")],
        [box("cat", 0, id="1"), box("cat", 50, id="3")],
        [CAT, FAR],
    ),
    "added twice here, once there": merged([], [CAT, CAT], [CAT], [CAT, CAT]),
    "added almost alike": merged([], [CAT], [box("cat", 1)], [CAT, box("cat", 1)], ADDED),
    "added at one place in two categories": merged([], [CAT], [DOG], [CAT, DOG], ADDED),
    "added over each other, but little": merged([], [CAT], [box("cat", 7)], [CAT, box("cat", 7)]),
    "a box and an outline added at one place": merged(
        [], [large(0)], [polygon("cat", SQUARE)], [large(0), polygon("cat", SQUARE)]
    ),
    "segments added over each other": merged(
        [],
        [segment("cat", 0, 10)],
        [segment("cat", 1, 10)],
        [segment("cat", 0, 10), segment("cat", 1, 10)],
        ADDED,
    ),
    "a sample's first class added differently": merged(
        [], [whole("cat")], [whole("dog")], [whole("cat"), whole("dog")], ADDED
    ),
    "a sample's first class, found here and verified absent there": merged(
        [],
        [whole("cat")],
        [whole("cat", verdict="absent")],
        [whole("cat"), whole("cat", verdict="absent")],
        ADDED,
    ),
    "one more class of several, on both sides": merged(
        [whole("cat")],
        [whole("cat"), whole("dog")],
        [whole("cat"), whole("owl")],
        [whole("cat"), whole("dog"), whole("owl")],
    ),
    "a caption added differently": merged(
        [], [caption("a cat")], [caption("a dog")], [caption("a cat"), caption("a dog")], ADDED
    ),
    "different labels added under one id": merged(
        [box("cat", 0, id="1")],
        [box("cat", 0, id="1"), box("cat", 50, id="2")],
        [box("cat", 0, id="1"), box("dog", 90, id="2")],
        [CAT, FAR, box("dog", 90)],
        renumbered={"2": "3"},
    ),
    "different labels added under one id, ids taken in the rest of the file": merged(
        [],
        [box("cat", 50, id="2")],
        [box("dog", 90, id="2")],
        [FAR, box("dog", 90)],
        renumbered={"2": "1000"},
        rules=Rules(first_free=1000),
    ),
    "different labels added under one name": merged(
        [],
        [box("cat", 50, id="n")],
        [box("dog", 90, id="n")],
        [FAR, box("dog", 90)],
        renumbered={"n": "n-2"},
    ),
    "almost alike, under one id": merged(
        [],
        [box("cat", 0, id="1")],
        [box("cat", 1, id="1")],
        [CAT, box("cat", 1)],
        ADDED,
        renumbered={"1": "2"},
    ),
    "one of two equal labels deleted by each": merged([CAT, CAT], [CAT], [CAT], [CAT]),
    "one of two equal labels deleted here, relabelled there": merged(
        [CAT, CAT], [CAT], [CAT, DOG], [CAT, CAT], DELETED_EDITED
    ),
    "a third equal label here": merged([CAT, CAT], [CAT, CAT, CAT], [CAT, CAT], [CAT, CAT, CAT]),
}

IDENTITY: dict[str, Case] = {
    "ids zeroed there, relabelled here": merged(
        [box("cat", 0, id="1"), box("cat", 50, id="2")],
        [box("dog", 0, id="1"), box("cat", 50, id="2")],
        [box("cat", 0, id="0"), box("owl", 50, id="0")],
        [DOG, box("owl", 50)],
    ),
    "ids zeroed there, added here and there": merged(
        [box("cat", 0, id="1"), box("cat", 50, id="2")],
        [box("cat", 0, id="1"), box("cat", 50, id="2"), box("dog", 90, id="3")],
        [box("cat", 0, id="0"), box("cat", 50, id="0"), box("owl", 120, id="0")],
        [CAT, FAR, box("dog", 90), box("owl", 120)],
    ),
    "ids shuffled there, edited on both sides": merged(
        [box("cat", 0, id="1"), box("cat", 50, id="2"), box("cat", 90, id="3")],
        [box("dog", 0, id="1"), box("cat", 50, id="2"), box("cat", 90, id="3")],
        [box("cat", 2, id="3"), box("cat", 50, id="1"), box("owl", 90, id="2")],
        [box("dog", 2), FAR, box("owl", 90)],
    ),
    "renumbered there onto an id that is new here": merged(
        [box("cat", 0, id="1"), box("cat", 50, id="2")],
        [box("cat", 0, id="1"), box("cat", 50, id="2"), box("dog", 90, id="3")],
        [box("cat", 50, id="3"), box("cat", 0, id="2")],
        [CAT, FAR, box("dog", 90)],
        renumbered={"3": "4"},
    ),
    "rows in another order there": merged(
        [CAT, FAR, box("owl", 90)],
        [DOG, FAR, box("owl", 90)],
        [box("owl", 90), FAR, box("cat", 2)],
        [box("dog", 2), FAR, box("owl", 90)],
    ),
    "annotators apart: each relabels their own": merged(
        [box("cat", 0, annotator="ann"), box("cat", 0, annotator="bob")],
        [box("dog", 0, annotator="ann"), box("cat", 0, annotator="bob")],
        [box("cat", 0, annotator="ann"), box("owl", 0, annotator="bob")],
        [box("dog", 0, annotator="ann"), box("owl", 0, annotator="bob")],
        independent=True,
    ),
    "annotators apart: each labels the same thing": merged(
        [],
        [box("cat", 0, annotator="ann")],
        [box("cat", 1, annotator="bob")],
        [box("cat", 0, annotator="ann"), box("cat", 1, annotator="bob")],
        independent=True,
    ),
    "annotators together: each labels the same thing": merged(
        [],
        [box("cat", 0, annotator="ann")],
        [box("cat", 1, annotator="bob")],
        [box("cat", 0, annotator="ann"), box("cat", 1, annotator="bob")],
        ADDED,
    ),
}

CASES: Mapping[str, Case] = {
    **EDITS,
    **ATTRIBUTES,
    **ROWS,
    **IDENTITY,
    **TEXT_CASES,
    **SAMPLE_CASES,
    **TAXONOMY_CASES,
}
