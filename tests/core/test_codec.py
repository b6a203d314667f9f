"""What is no patch is refused with the place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from labelvc.core.codec import VERSION, parse_patch
from labelvc.core.errors import LabelvcError, ParseError


def text(**tables: Any) -> str:
    return json.dumps({VERSION: {"labels": [], "samples": [], "categories": [], **tables}})


def row(**cells: Any) -> dict[str, Any]:
    return {"before": None, "after": {"key": 0, "sample": "s", "kind": "class", **cells}}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "expected JSON"),
        ("[]", "expected an object with 'labelvc.patch/v1'"),
        (json.dumps({"labelvc.patch/v9": {}}), "found ['labelvc.patch/v9']"),
        (text(labels={}), "/labels: expected a list of rows, found {}"),
        (text(labels=[{"before": None}]), "/labels/0: expected an object with 'after'"),
        (text(labels=[row(x="1")]), "/labels/0/after/x: expected Float64, found '1'"),
        (text(labels=[row(key=True)]), "/labels/0/after/key: expected Int64, found True"),
        (text(labels=[row(colour="red")]), "/labels/0/after/colour: expected one of the columns"),
        (text(labels=[{"before": None, "after": {}}]), "/labels/0/after: expected a 'key'"),
    ],
)
def test_broken_patches_are_refused_with_the_place(content: str, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_patch(content, "fix.json")
    assert str(caught.value).startswith("fix.json")
    assert message in str(caught.value)


def test_rows_must_keep_the_schema() -> None:
    with pytest.raises(LabelvcError, match="kind is 'cube'"):
        parse_patch(text(labels=[row(kind="cube")]))
    with pytest.raises(LabelvcError, match="stands more than once"):
        parse_patch(text(labels=[row(), row()]))


def test_attributes_are_json_values() -> None:
    patch = parse_patch(text(labels=[row(attributes={"b": 1, "a": [1.0]})]))
    assert patch.labels.after["attributes"].to_list() == ['{"a":[1.0],"b":1}']
