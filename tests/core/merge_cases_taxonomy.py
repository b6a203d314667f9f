"""The merge table: categories renamed, removed, added, put in another order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labelvc.core.merge import Rules
from labelvc.core.snapshot import Snapshot, attributes_json
from tests.core.merge_case import Case, Row, Told, box, snap

RENAMED_USED: Told = ("renamed/used", "categories", "name")
REMOVED_USED: Told = ("removed/used", "categories", None)
NAME: Told = ("edit/edit", "categories", "name")


def category(name: str, number: int | None = None, **more: Any) -> Row:
    """A category, with its native id."""
    return {"name": name, "id": None if number is None else str(number), **more}


def version(categories: Sequence[Row], *labels: Row) -> Snapshot:
    """A snapshot of a declared class list and labels."""
    return snap(*labels, categories=categories)


CAT, DOG, OWL = category("cat", 1), category("dog", 2), category("owl", 3)
KITTY, KITTEN = category("kitty", 1), category("kitten", 1)
A_CAT, A_DOG, AN_OWL = box("cat", 0), box("dog", 50), box("owl", 90)
A_KITTY = box("kitty", 0)
BASE = version([CAT, DOG], A_CAT, A_DOG)

TAXONOMY_CASES: dict[str, Case] = {
    "a category renamed here, its labels moved there": Case(
        BASE,
        version([KITTY, DOG], A_KITTY, A_DOG),
        version([CAT, DOG], box("cat", 2), A_DOG),
        version([KITTY, DOG], box("kitty", 2), A_DOG),
    ),
    "a category renamed here, taken from a label there": Case(
        BASE,
        version([KITTY, DOG], A_KITTY, A_DOG),
        version([CAT, DOG], box("dog", 0), A_DOG),
        version([KITTY, DOG], box("dog", 0), A_DOG),
    ),
    "a category renamed here, newly used there": Case(
        BASE,
        version([KITTY, DOG], A_KITTY, A_DOG),
        version([CAT, DOG], A_CAT, A_DOG, box("cat", 90)),
        version([CAT, DOG], A_CAT, A_DOG, box("cat", 90)),
        [RENAMED_USED],
    ),
    "a category newly used here, renamed there": Case(
        BASE,
        version([CAT, DOG], A_CAT, box("cat", 50)),
        version([KITTY, DOG], A_KITTY, A_DOG),
        version([CAT, DOG], A_CAT, box("cat", 50)),
        [RENAMED_USED],
    ),
    "a category renamed differently": Case(
        BASE,
        version([KITTY, DOG], A_KITTY, A_DOG),
        version([KITTEN, DOG], box("kitten", 0), A_DOG),
        BASE,
        [NAME],
    ),
    "a category renamed differently and newly used": Case(
        BASE,
        version([KITTY, DOG], A_KITTY, A_DOG),
        version([KITTEN, DOG], box("kitten", 0), A_DOG, box("kitten", 90)),
        version([CAT, DOG], A_CAT, A_DOG, box("cat", 90)),
        [NAME],
    ),
    "a category renamed alike": Case(BASE, *[version([KITTY, DOG], A_KITTY, A_DOG)] * 3),
    "a category renamed alike and newly used": Case(
        BASE,
        version([KITTY, DOG], A_KITTY, A_DOG),
        version([KITTY, DOG], A_KITTY, A_DOG, box("kitty", 90)),
        version([KITTY, DOG], A_KITTY, A_DOG, box("kitty", 90)),
    ),
    "two categories renamed to one name": Case(
        BASE,
        version([category("pet", 1), DOG], box("pet", 0), A_DOG),
        version([CAT, category("pet", 2)], A_CAT, box("pet", 50)),
        BASE,
        [RENAMED_USED, RENAMED_USED],
    ),
    "a category renamed here to a name added there": Case(
        BASE,
        version([category("pet", 1), DOG], box("pet", 0), A_DOG),
        version([CAT, DOG, category("pet", 3)], A_CAT, A_DOG, box("pet", 90)),
        version([CAT, DOG, category("pet", 3)], A_CAT, A_DOG, box("pet", 90)),
        [RENAMED_USED],
    ),
    "an unused category removed here": Case(
        version([CAT, DOG, OWL], A_CAT, A_DOG),
        BASE,
        version([CAT, DOG, OWL], box("dog", 0), A_DOG),
        version([CAT, DOG], box("dog", 0), A_DOG),
    ),
    "a category removed with its labels here": Case(
        BASE, version([CAT], A_CAT), BASE, version([CAT], A_CAT)
    ),
    "a category removed by both": Case(BASE, *[version([CAT], A_CAT)] * 3),
    "a category removed here, newly used there": Case(
        version([CAT, DOG, OWL], A_CAT, A_DOG),
        BASE,
        version([CAT, DOG, OWL], A_CAT, A_DOG, AN_OWL),
        version([CAT, DOG, OWL], A_CAT, A_DOG, AN_OWL),
        [REMOVED_USED],
    ),
    "a category renamed and newly used here, removed there": Case(
        version([CAT, DOG, OWL], A_CAT, A_DOG),
        version([CAT, DOG, category("eagle", 3)], A_CAT, A_DOG, box("eagle", 90)),
        BASE,
        version([CAT, DOG, OWL], A_CAT, A_DOG, AN_OWL),
        [REMOVED_USED],
    ),
    "a label relabelled here to a category removed there": Case(
        version([CAT, DOG, OWL], A_CAT, A_DOG),
        version([CAT, DOG, OWL], box("owl", 0), A_DOG),
        BASE,
        version([CAT, DOG, OWL], box("owl", 0), A_DOG),
        [REMOVED_USED],
    ),
    "a category removed with its labels here, one of them relabelled there": Case(
        BASE,
        version([CAT], A_CAT),
        version([CAT, DOG], A_CAT, box("cat", 50)),
        BASE,
        [("delete/edit", "labels", None), REMOVED_USED],
    ),
    "a category removed by relabelling here, its labels relabelled there": Case(
        version([CAT, DOG, OWL], A_CAT, AN_OWL),
        version([CAT, DOG], A_CAT, box("cat", 90)),
        version([CAT, DOG, OWL], A_CAT, box("dog", 90)),
        version([CAT, DOG, OWL], A_CAT, AN_OWL),
        [("edit/edit", "labels", "category"), REMOVED_USED],
    ),
    "a category in use nowhere else comes back where none are declared": Case(
        version([category("cat"), category("owl")], A_CAT, AN_OWL),
        version([category("cat")], A_CAT),
        version([category("cat"), category("owl")], A_CAT, AN_OWL, box("owl", 120)),
        version([category("cat"), category("owl")], A_CAT, box("owl", 120)),
        rules=Rules(declared=False),
    ),
    "a category renamed here, edited to another parent there": Case(
        BASE,
        version([KITTY, DOG], A_KITTY, A_DOG),
        version([{**CAT, "parent": "pet"}, DOG], A_CAT, A_DOG),
        version([{**KITTY, "parent": "pet"}, DOG], A_KITTY, A_DOG),
    ),
    "a category put under different parents": Case(
        BASE,
        version([{**CAT, "parent": "pet"}, DOG], A_CAT, A_DOG),
        version([{**CAT, "parent": "beast"}, DOG], A_CAT, A_DOG),
        BASE,
        [("edit/edit", "categories", "parent")],
    ),
    "a category renamed here, removed there": Case(
        version([CAT, DOG, OWL], A_CAT, A_DOG),
        version([CAT, DOG, category("bird", 3)], A_CAT, A_DOG),
        BASE,
        version([CAT, DOG, OWL], A_CAT, A_DOG),
        [("edit/delete", "categories", None)],
    ),
    "a category edited here, removed there, and newly used here": Case(
        version([CAT, DOG, OWL], A_CAT, A_DOG),
        version([CAT, DOG, {**OWL, "parent": "bird"}], A_CAT, A_DOG, AN_OWL),
        BASE,
        version([CAT, DOG, OWL], A_CAT, A_DOG, AN_OWL),
        [REMOVED_USED],
    ),
    "attributes of categories": Case(
        version([{**CAT, "attributes": attributes_json({"a": 1, "b": 1})}]),
        version([{**CAT, "attributes": attributes_json({"a": 2, "b": 1})}]),
        version([{**CAT, "attributes": attributes_json({"a": 1, "b": 2})}]),
        version([{**CAT, "attributes": attributes_json({"a": 2, "b": 2})}]),
    ),
    "a category added by both under different ids": Case(
        BASE,
        version([CAT, DOG, OWL], A_CAT, A_DOG, AN_OWL),
        version([CAT, DOG, category("owl", 7)], A_CAT, A_DOG, box("owl", 120)),
        version([CAT, DOG, OWL], A_CAT, A_DOG, AN_OWL, box("owl", 120)),
    ),
    "a category added by both with different parents": Case(
        BASE,
        version([CAT, DOG, {**OWL, "parent": "bird"}], A_CAT, A_DOG),
        version([CAT, DOG, {**OWL, "parent": "beast"}], A_CAT, A_DOG),
        version([CAT, DOG, {**OWL, "parent": "beast"}], A_CAT, A_DOG),
        [("add/add", "categories", "parent")],
    ),
    "different categories added under one id": Case(
        BASE,
        version([CAT, DOG, OWL], A_CAT, A_DOG, AN_OWL),
        version([CAT, DOG, category("emu", 3)], A_CAT, A_DOG, box("emu", 120)),
        version([CAT, DOG, OWL, category("emu", 4)], A_CAT, A_DOG, AN_OWL, box("emu", 120)),
    ),
    "different categories added under one id, at one place": Case(
        BASE,
        version([CAT, DOG, OWL], A_CAT, A_DOG, AN_OWL),
        version([CAT, DOG, category("emu", 3)], A_CAT, A_DOG, box("emu", 90)),
        version([CAT, DOG, OWL, category("emu", 4)], A_CAT, A_DOG, AN_OWL, box("emu", 90)),
        [("add/add", "labels", None)],
    ),
    "the class list in another order here, labels relabelled there": Case(
        BASE,
        version([category("dog", 1), category("cat", 2)], A_CAT, A_DOG),
        version([CAT, DOG], box("dog", 0), box("cat", 50)),
        version([category("dog", 1), category("cat", 2)], box("dog", 0), box("cat", 50)),
    ),
    "the class list in another order here, a category added there": Case(
        BASE,
        version([category("dog", 2), category("cat", 3)], A_CAT, A_DOG),
        version([CAT, DOG, OWL], A_CAT, A_DOG, AN_OWL),
        version([category("dog", 2), category("cat", 3), category("owl", 4)], A_CAT, A_DOG, AN_OWL),
    ),
    "a category added here, the class list in another order there": Case(
        BASE,
        version([CAT, DOG, OWL], A_CAT, A_DOG, AN_OWL),
        version([category("dog", 2), category("cat", 3)], A_CAT, A_DOG),
        version([category("dog", 2), category("cat", 4), category("owl", 3)], A_CAT, A_DOG, AN_OWL),
    ),
}
