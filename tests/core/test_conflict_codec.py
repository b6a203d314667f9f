"""`labelvc.conflicts/v1`: printed, parsed, and refused where it is something else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from labelvc.core.conflict import Conflict, Undecided, numbered
from labelvc.core.conflict_codec import (
    VERSION,
    conflicts_document,
    parse_conflicts,
    print_conflicts,
)
from labelvc.core.errors import ParseError
from tests.core.merge_case import run
from tests.core.merge_cases import CASES


def undecided(name: str) -> Undecided:
    case = CASES[name]
    conflicts = run(case.base, case.ours, case.theirs, rules=case.rules).conflicts
    return Undecided(
        "train", "labels/a.json", "coco", "file_name", "b" * 32, "o" * 32, None, "m" * 32,
        dict(numbered(conflicts)), {"ours": 2},
    )  # fmt: skip


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.conflicts])
def test_printing_loses_nothing(name: str) -> None:
    told = [undecided(name)]
    assert parse_conflicts(print_conflicts(told)) == told


def test_geometry_and_attributes_are_json_values() -> None:
    document = conflicts_document([undecided("outlines far from each other")])
    (conflict,) = document[VERSION]["sets"]["train"]["conflicts"]
    (row,) = conflict["ours"]["labels"]
    assert row["geometry"] == {"polygon": [[0.0, 0.0, 50.0, 0.0, 50.0, 100.0, 0.0, 100.0]]}
    assert "record" not in row
    assert conflict["choices"] == ["base", "ours", "theirs", "union", "delete"]


def test_whole_label_sets_and_files_keep_what_they_say() -> None:
    told = {"set": [{"pointer": "outs:\n"}]}
    conflicts = {
        "1": Conflict("formats", "set", None, {}, told, told),
        "2": Conflict("edit/edit", "files", "a.txt", {}, {"files": [{"md5": "0"}]}),
    }
    one = Undecided("train", "a", None, None, None, "o", "t", None, conflicts)
    assert parse_conflicts(print_conflicts([one])) == [one]


def test_equal_conflicts_have_ids_of_their_own() -> None:
    conflict = Conflict("edit/edit", "labels", "category", {"labels": [{"key": 1}]})
    again = Conflict("edit/edit", "labels", "category", {"labels": [{"key": 2}]})
    first, second = (id for id, _ in numbered([conflict, again]))
    assert second == f"{first}-2"


def document(**changes: Any) -> dict[str, Any]:
    """A small document with one conflict, and members of it replaced."""
    row = {"key": 1, "sample": "s", "kind": "class", "category": "cat", "verdict": "present"}
    sides: dict[str, Any] = {side: {"labels": [row]} for side in ("base", "ours", "theirs", "now")}
    one = {"id": "1", "kind": "edit/edit", "table": "labels", "field": "category"}
    return {VERSION: {"sets": {"train": {"path": "a", "conflicts": [{**one, **sides, **changes}]}}}}


def test_the_small_document_is_read() -> None:
    (one,) = parse_conflicts(json.dumps(document()))
    assert one.conflicts["1"].ours["labels"][0]["category"] == "cat"
    assert one.format is None


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"kind": "war"}, "conflicts/0: expected a conflict"),
        ({"base": 1}, "conflicts/0/base: expected rows by table"),
        ({"now": {"labels": "all"}}, "now/labels: expected rows"),
        ({"ours": {"labels": [{"colour": "red"}]}}, "ours/labels/0: expected a row of labels"),
        ({"ours": {"planets": [{"key": 1}]}}, "ours/planets/0: expected a row of labels"),
        ({"ours": {"labels": [{"x": "1"}]}}, "labels/0/x: expected a number, found '1'"),
        ({"ours": {"labels": [{"x": True}]}}, "labels/0/x: expected a number, found True"),
        ({"ours": {"labels": [{"key": 1.5}]}}, "labels/0/key: expected a whole number"),
        ({"ours": {"labels": [{"category": 7}]}}, "labels/0/category: expected a text, found 7"),
        ({"ours": {"labels": [{"geometry": "{}"}]}}, "labels/0/geometry: expected an object"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(changes: dict[str, Any], found: str) -> None:
    with pytest.raises(ParseError) as error:
        parse_conflicts(json.dumps(document(**changes)), "sidecar.json")
    assert found in str(error.value)
    assert str(error.value).startswith("sidecar.json")


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "1", "[" * 100_000, '{"labelvc.conflicts/v2": {}}']
)
def test_something_else_is_refused(text: str) -> None:
    with pytest.raises(ParseError):
        parse_conflicts(text)
