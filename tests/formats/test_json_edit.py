"""JSON text edited in place."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelvc.core.errors import LossError
from labelvc.formats.json_edit import edited, same

NUMBERS = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, st.text(max_size=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from("abcdé"), inner, max_size=4)
    ),
    max_leaves=12,
)
SPELLINGS = st.sampled_from(
    [
        {"indent": 2},
        {"indent": "\t", "ensure_ascii": False},
        {"separators": (",", ":")},
        {},
        {"separators": (" , ", " : ")},
    ]
)


@given(old=VALUES, new=VALUES, spelling=SPELLINGS)
def test_it_says_the_new_value(old: Any, new: Any, spelling: dict[str, Any]) -> None:
    text = json.dumps(old, **spelling).encode()
    assert same(json.loads(edited(text, new)), new)


@given(old=VALUES, spelling=SPELLINGS)
def test_without_changes_it_stays_as_it_was(old: Any, spelling: dict[str, Any]) -> None:
    text = b" \n" + json.dumps(old, **spelling).encode() + b"\n"
    assert edited(text, old) == text


@given(old=VALUES, new=VALUES)
def test_there_and_back_says_the_old_value(old: Any, new: Any) -> None:
    text = json.dumps(old, indent=2).encode()
    assert same(json.loads(edited(edited(text, new), old)), old)


@pytest.mark.parametrize(
    "old,value,new",
    [
        ('{"a": 1.50, "b": [1e2, 2]}', {"a": 1.5, "b": [100, 3]}, '{"a": 1.50, "b": [1e2, 3]}'),
        ('{"a":1,"b":2}', {"b": 2, "c": [1, 2]}, '{"b":2,"c":[1,2]}'),
        ('{ "a" : 1 }', {"a": 1, "b": "x"}, '{ "a" : 1, "b" : "x" }'),
        ("[1, 2, 3]", [1, 3], "[1, 3]"),
        ('[{"a": 1.0}, {"b": 2.0}]', [{"b": 2}], '[{"b": 2.0}]'),
        ('[{"a": 1.0}, {"b": 2.0}]', [{"x": 0}, {"a": 1}, {"b": 2}],
         '[{"x": 0}, {"a": 1.0}, {"b": 2.0}]'),
        ('{"a": "\\u00e9"}', {"a": "é", "b": "ü"}, '{"a": "\\u00e9", "b": "\\u00fc"}'),
        ('{"a": "é"}', {"a": "ü"}, '{"a": "ü"}'),
        ('{"a": 1}', {"a": True}, '{"a": true}'),
        ('{"a": 1, "a": 2}', {"a": 3}, '{"a": 1, "a": 3}'),
        ("[]", [{"a": 1}], '[{"a": 1}]'),
        ('{"a": {}}', {}, "{}"),
        ('"x"', None, "null"),
    ],
)  # fmt: skip
def test_only_what_changed_is_rewritten(old: str, value: Any, new: str) -> None:
    assert edited(old.encode(), value).decode() == new


def test_new_members_are_set_in_like_their_siblings() -> None:
    value: Any = {"shapes": [{"label": "a", "points": [[1.0, 2.0]]}], "flags": {}}
    old = json.dumps(value, indent=2)
    value["shapes"].append({"label": "b", "points": [[3.0, 4.5]]})
    value["flags"] = {"sunny": True}
    value["note"] = "x"
    assert edited(old.encode(), value).decode() == json.dumps(value, indent=2)


def test_an_object_a_line_stays_an_object_a_line() -> None:
    old = '[\n  {"a": [1, 2]},\n  {"a": [3, 4]}\n]\n'
    value = [{"a": [1, 2]}, {"a": [3, 4]}, {"a": [5, 6]}]
    assert edited(old.encode(), value).decode() == (
        '[\n  {"a": [1, 2]},\n  {"a": [3, 4]},\n  {"a": [5, 6]}\n]\n'
    )


def test_a_megabyte_takes_no_time() -> None:
    value: Any = [{"id": at, "box": [at, 1.5, 2.5], "name": f"n{at}"} for at in range(20_000)]
    old = json.dumps(value).encode()
    assert len(old) > 1_000_000
    value[7]["box"] = [0, 0, 0]
    del value[10_000]
    start = time.perf_counter()
    new = edited(old, value)
    assert time.perf_counter() - start < 10
    assert json.loads(new) == value


def test_what_is_nested_too_deep_is_kept_or_refused() -> None:
    deep = "[" * 900 + "]" * 900
    old = f'{{"a": 1, "b": {deep}}}'.encode()
    value = {**json.loads(old), "a": 2}
    assert edited(old, value) == old.replace(b"1", b"2")
    value["b"] = json.loads(deep.replace("[]", "[1]"))
    with pytest.raises(LossError, match="nested so deep"):
        edited(old, value)
