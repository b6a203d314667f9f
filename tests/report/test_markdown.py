from time import perf_counter

import polars as pl
import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt

from labelvc.report.markdown import render_diff
from labelvc.report.markdown_blocks import LIMIT
from tests.report.build import LABEL_SCHEMA, box, comparison, diff, label
from tests.report.cases import CASES
from tests.report.test_terminal import NASTY, UNSEEN, strange

# What GitHub reads, as far as it matters here: CommonMark with HTML, tables, bare links.
PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
OURS = {"<code>", "</code>", "<del>", "</del>", "<ins>", "</ins>"}


def pieces(told):
    """Every inline token of the report, with whether it stands inside <code>."""
    for block in PARSER.parse(told):
        assert block.type not in ("html_block", "code_block", "fence"), block.content
        inside = False
        for token in block.children or ():
            if token.type == "html_inline":
                assert token.content in OURS
                inside = {"<code>": True, "</code>": False}.get(token.content, inside)
            yield token, inside


def check(told):
    assert len(told) < LIMIT
    assert not UNSEEN.search(told.replace("\u200b", ""))
    for token, inside in pieces(told):
        assert token.type not in ("link_open", "image", "em_open", "code_inline", "s_open")
        if token.type == "text" and not inside:
            assert "@all" not in token.content


@pytest.mark.parametrize("case", CASES)
def test_markup_is_ours_alone(case):
    check(render_diff(CASES[case]()))


@settings(max_examples=60, deadline=None)
@given(NASTY)
def test_no_name_becomes_markup(text):
    check(render_diff(strange(text)))


@pytest.mark.parametrize(
    "text",
    ["www.evil.example", "https://evil.example", "a@b.example", "GH-1 #1 @all", "| x |", "$x$"],
)
def test_names_show_as_they_are(text):
    told = render_diff(strange(text))
    check(told)
    shown = [token.content for token, inside in pieces(told) if inside and token.type == "text"]
    assert text in shown
    for live in ("www.", "://", "a@b", "@all"):
        assert live not in told


def table(height, text):
    one = label("", "relabelled", box(text, 1, 1, 5, 5), box("b", 2, 1, 5, 5), iou=0.8, shift=1.0)
    rows = pl.DataFrame([one], schema=LABEL_SCHEMA)
    for factor in (100, height // 100):
        rows = pl.concat([rows] * factor, rechunk=True)
    return rows.with_columns(sample=pl.int_range(height).cast(pl.String))


@pytest.mark.parametrize("limit", [0, 20])
def test_huge_reports_are_short_and_quick(limit):
    told = diff(*(comparison(table(100_000, "a" * 3000), name=f"s{at}") for at in range(3)))
    start = perf_counter()
    text = render_diff(told, limit=limit)
    assert perf_counter() - start < 3
    check(text)
    assert text.count("### ") == 3
    assert ("**Cut to fit into a comment:** " in text) == (limit == 0)


def test_the_least_important_is_cut_first():
    rows = [label(f"{at}", "added", None, box("a" * 150, 1, 1, 1, 1)) for at in range(2000)]
    totals = {f"{'c' * 190}{at}": (at, at + 2) for at in range(30)}
    told = diff(*(comparison(rows, totals=totals, name=f"set-{at}") for at in range(5)))
    text = render_diff(told, limit=0)
    check(text)
    assert text.count("**Labels per category**") == 5
    assert text.rstrip().endswith("labelvc diff shows them.")
    assert "rows of the changes of <code>set-4</code>" in text


@pytest.mark.parametrize(("number", "unchanged"), [(1, 400), (60, 0), (400, 400)])
def test_any_number_of_label_sets_fits(number, unchanged):
    one = comparison([label("s", "added", None, box("a", 1, 1, 1, 1))], notes=["|" * 5000] * 9)
    names = tuple("<" * 300 for _ in range(unchanged))
    check(render_diff(diff(*[one] * number, unchanged=names)))
