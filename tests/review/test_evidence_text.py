"""Texts of changes: what is around the spans, and which words differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from labelvc.core.reported import Item
from labelvc.review.evidence import Exhibits
from tests.review.evidence_cases import change, told

TEXT = "Ada Lovelace met Charles Babbage in London."


def span(start: float, end: float, category: str = "person", unit: str = "character") -> Any:
    return {"kind": "span", "category": category, "start": start, "end": end, "unit": unit}


def marked(item: Item) -> list[tuple[str, str, str | None]]:
    """Which words each side marks."""
    found = Exhibits({}).of(item).told
    assert found["type"] == "text"
    return [
        (mark["side"], found["text"][mark["start"] : mark["end"]], mark["category"])
        for mark in found["marks"]
    ]


def test_spans_are_marked_in_their_text() -> None:
    item = change(span(0, 3), span(0, 12, "poet"), "1", text=TEXT)
    assert marked(item) == [("before", "Ada", "person"), ("after", "Ada Lovelace", "poet")]
    assert Exhibits({}).of(item).told["text"] == TEXT


def test_spans_of_tokens_are_marked_too() -> None:
    item = change(span(0, 2, unit="token"), span(6, 7, unit="token"), "1", text=TEXT)
    assert [words for _, words, _ in marked(item)] == ["Ada Lovelace", "London."]


def test_characters_are_counted_as_code_points() -> None:
    text = "🎉🎉 Zoë 👩‍👩‍👧 in Köln"
    at = text.index("Köln")
    assert marked(change(None, span(at, at + 4), text=text)) == [("after", "Köln", "person")]


def test_of_a_long_text_is_kept_what_is_around_the_spans() -> None:
    text = f"{'a' * 5_000} first {'b' * 5_000} second {'c' * 5_000}"
    one, two = text.index("first"), text.index("second")
    item = change(span(one, one + 5), span(two, two + 6), text=text)
    assert [words for _, words, _ in marked(item)] == ["first", "second"]
    shown = Exhibits({}).of(item).told["text"]
    assert shown == (f"... {'a' * 199} first {'b' * 199} ... {'b' * 199} second {'c' * 199} ...")


def test_a_span_longer_than_what_is_shown_begins_and_ends_where_it_does() -> None:
    text = f"{'a' * 3_000}({'b' * 9_000}){'c' * 3_000}"
    ((_, words, _),) = marked(change(None, span(3_000, 12_002), text=text))
    assert words == f"({'b' * 199} ... {'b' * 199})"
    many = [span(at, at + 1) for at in (0, len(text) - 1)]
    assert [w for _, w, _ in marked(change(*many, text=text))] == ["a", "c"]


@pytest.mark.parametrize(
    ("start", "end", "unit"),
    [(40, 900, "character"), (900, 950, "character"), (6, 90, "token"), (90, 95, "token"),
     (-4, 3, "character"), (5, 2, "character"), (1e300, 1e300, "token")],
)  # fmt: skip
def test_spans_beyond_their_text_end_with_it(start: float, end: float, unit: str) -> None:
    found = Exhibits({}).of(change(None, span(start, end, unit=unit), text=TEXT)).told
    (mark,) = found["marks"]
    assert 0 <= mark["start"] <= mark["end"] <= len(TEXT)


def test_a_class_comes_with_its_text(tmp_path: Path) -> None:
    label = {"kind": "class", "category": "card_arrival"}
    found = told(change(label, None, "1", text="Where is my card?"), tmp_path)
    assert found == {"type": "text", "text": "Where is my card?", "marks": []}
    long = told(change(label, None, "1", text="x" * 9_000), tmp_path)
    assert long["text"] == f"{'x' * 1_500} ..."


def test_the_words_of_an_edited_text_are_told_whatever_the_medium() -> None:
    before, after = ({"kind": "text", "text": f"the {word} cat sat"} for word in ("black", "white"))
    expected = [["same", "the "], ["old", "black"], ["new", "white"], ["same", " cat sat"]]
    for medium in (None, "the black cat sat on the mat"):
        assert Exhibits({}).of(change(before, after, text=medium)).told["words"] == expected
    assert "words" not in Exhibits({}).of(change(None, after)).told
    assert "words" not in Exhibits({}).of(change(after, after)).told


def test_a_long_edited_text_is_shown_where_it_differs() -> None:
    filler = "so it goes " * 2_000
    item = change({"text": f"{filler}one {filler}"}, {"text": f"{filler}two {filler}"})
    words = Exhibits({}).of(item).told["words"]
    assert [kind for kind, _ in words] == ["same", "old", "new", "same"]
    assert [text for kind, text in words if kind != "same"] == ["one", "two"]
    assert all(len(text) < 130 for _, text in words)
    other = change({"text": "a b " * 9_000}, {"text": "c d " * 9_000})
    words = Exhibits({}).of(other).told["words"]
    assert sum(len(text) for _, text in words) < 7_000


def test_a_span_without_its_text_says_so() -> None:
    found = Exhibits({}).of(change(None, span(0, 3), "doc 1")).told
    assert found == {"type": "none", "reason": "the text of doc 1 is not here"}
