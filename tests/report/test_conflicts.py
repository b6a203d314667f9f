"""Conflicts as people see them. LABELVC_REWRITE_GOLDEN=1 writes the files anew: read the diff."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings

import labelvc
from labelvc.core.conflict import KINDS, Undecided, numbered
from labelvc.core.conflict_codec import conflicts_document, parse_conflicts
from labelvc.report import conflicts_html, conflicts_terminal
from labelvc.report.escape import cells
from labelvc.report.json_values import dumps
from tests.report.conflict_cases import CASES, box, of_labels, row, undecided
from tests.report.test_terminal import COLOUR, NASTY, UNSEEN

GOLDEN = Path(__file__).parent / "golden"
REPORTS: dict[str, Callable[[list[Undecided]], str]] = {
    "120.txt": lambda sets: conflicts_terminal.render_conflicts(sets, width=120),
    "50.txt": lambda sets: conflicts_terminal.render_conflicts(sets, width=50, limit=3),
    "html": conflicts_html.render_conflicts,
    "json": lambda sets: dumps(conflicts_document(sets)) + "\n",
}
VOID = {"meta"}


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize("case", CASES)
def test_report_is_as_agreed(case, report):
    told = REPORTS[report](CASES[case]())
    file = GOLDEN / f"conflicts-{case}.{report}"
    if os.environ.get("LABELVC_REWRITE_GOLDEN"):
        file.write_text(told, encoding="utf-8")
    assert told == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [40, 60, 80, 140])
@pytest.mark.parametrize("case", CASES)
def test_lines_fit_the_terminal(case, width):
    for line in conflicts_terminal.render_conflicts(CASES[case](), width=width).splitlines():
        assert cells(line) <= width


@pytest.mark.parametrize("width", [50, 100])
@pytest.mark.parametrize("case", CASES)
def test_colour_changes_no_character(case, width):
    sets = CASES[case]()
    coloured = conflicts_terminal.render_conflicts(sets, width=width, color=True)
    assert COLOUR.sub("", coloured) == conflicts_terminal.render_conflicts(sets, width=width)


def test_a_line_says_how_many_more_there_are():
    sides = [box("a", "RBC", 1.0, 1.0)] * 3
    sets = [undecided("train", *[of_labels("edit/edit", "category", *sides)] * 5)]
    told = conflicts_terminal.render_conflicts(sets, limit=2)
    assert "... and 3 more conflicts; labelvc conflicts --limit 0 shows all" in told
    assert "more conflict" not in conflicts_terminal.render_conflicts(sets, limit=0)
    assert "... and 3 more conflicts" in conflicts_html.render_conflicts(sets, limit=2)


def test_a_set_that_policies_have_settled_altogether():
    told = conflicts_terminal.render_conflicts([undecided("train", theirs=3)])
    assert told == "train  labels/train.json  0 open conflicts; settled by policy: 3 theirs\n"


def strange(text: str) -> list[Undecided]:
    """Conflicts that say `text` wherever they can."""
    sides = [
        row(text, "text", id=text, category=text, annotator=text, text=f"{text} {at} {text * 20}",
            attributes={text: f"{text}{at}"})
        for at in range(3)
    ]  # fmt: skip
    fields = ("text", "category", f"attributes.{text}", None)
    return [undecided(text, *(of_labels("edit/edit", field, *sides) for field in fields))]


@settings(max_examples=60, deadline=None)
@given(NASTY)
def test_nothing_unseen_is_ever_printed(text):
    sets = strange(text)
    for width in (44, 100):
        told = conflicts_terminal.render_conflicts(sets, width=width, color=True)
        assert not UNSEEN.search(COLOUR.sub("", told))


class Page(HTMLParser):
    """What a browser makes of a page: well-formed or not, its tags, its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.ids: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data


@settings(max_examples=60, deadline=None)
@given(NASTY)
def test_strangers_put_no_markup_into_the_page(text):
    page = Page(conflicts_html.render_conflicts(strange(text)))
    usual = Page(conflicts_html.render_conflicts(strange("a")))
    assert not page.open and page.tags <= usual.tags | {"em"}
    assert page.attributes == usual.attributes
    assert not UNSEEN.search(page.text) and len(page.ids) == len(usual.ids)


@pytest.mark.parametrize("case", CASES)
def test_the_page_needs_nothing_else_and_can_be_read_aloud(case):
    text = conflicts_html.render_conflicts(CASES[case]())
    page = Page(text)
    assert not page.open and not {"script", "link", "img"} & page.tags
    assert not re.search(r"https?://|url\(|@import", text)
    assert '<html lang="en">' in text and "prefers-color-scheme: dark" in text
    assert len(page.ids) == len(set(page.ids))
    assert text.count("<table>") == text.count('<th scope="col">base</th>')


def test_what_looks_like_a_blank_of_the_template_stays():
    assert "`@TITLE@`" in Page(conflicts_html.render_conflicts(CASES["hostile"]())).text


def test_the_json_of_its_page_is_what_is_printed():
    page = (Path(labelvc.__file__).parents[1] / "docs" / "conflicts.md").read_text()
    example = json.loads(re.findall(r"```json\n(.*?)```", page, re.DOTALL)[0])
    parsed = parse_conflicts(json.dumps(example))
    assert json.loads(dumps(conflicts_document(parsed))) == example
    assert [id for id, _ in numbered([*parsed[0].conflicts.values()])] == [*parsed[0].conflicts]
    (kinds,) = re.findall(r"## Kinds\n(.*?)## Choices", page, re.DOTALL)
    assert re.findall(r"^\| `(.*?)` \|", kinds, re.MULTILINE) == [*KINDS]
