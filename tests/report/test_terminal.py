import re
import subprocess
import sys
from time import perf_counter

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelvc.core.comparison import End
from labelvc.report.escape import cells
from labelvc.report.terminal import render_diff
from tests.report.build import LABEL_SCHEMA, box, comparison, diff, label, sample
from tests.report.cases import CASES, HOSTILE

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
UNSEEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f]"
)
NASTY = st.text(st.sampled_from("ab |`<>&*_[]()@#\\\"'\n\r\t\x00\x1b\x7f\x85\u202e\u2066\u200b漢é"))


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("case", CASES)
def test_lines_fit_the_terminal(case, width):
    for line in render_diff(CASES[case](), width=width, limit=0).splitlines():
        assert cells(line) <= width


@pytest.mark.parametrize("case", CASES)
def test_colour_changes_no_character(case):
    coloured = render_diff(CASES[case](), color=True)
    assert COLOUR.sub("", coloured) == render_diff(CASES[case]())
    assert "\x1b[" in coloured


def test_no_change_is_one_line():
    assert render_diff(diff(unchanged=("train",))) == "No label changes.\n"


def test_plain_reports_load_neither_rich_nor_the_engine():
    code = (
        "import sys; from labelvc.core.comparison import Diff, End;"
        "from labelvc.report.terminal import render_diff;"
        "render_diff(Diff(End(), End(), [], ['train']));"
        "print({'rich', 'polars', 'pandas'} & set(sys.modules))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "set()\n"


def strange(text):
    """A diff that says `text` wherever it can."""
    changes = [
        label(text, "relabelled moved", box(text, 1, 1, 2, 2, text), box("b", 1, 1, 2, 3, text)),
        label(
            text, "edited", {"kind": "text", "text": text}, {"kind": "text", "text": f"x {text}"}
        ),
        label("s", "added", None, {"kind": "span", "unit": "character", "start": 0.0, "end": 9.0}),
    ]
    samples = [sample(text, "renamed", {"path": text}, {"path": "b"})]
    taxonomy = [("renamed", text, "b"), ("added", None, text)]
    return diff(
        comparison(
            changes, samples, taxonomy, totals={text: (1, 2)}, name=text, notes=[text],
            texts={"s": text},
        )
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(NASTY)
def test_nothing_unseen_is_ever_printed(text):
    told = strange(text)
    assert not UNSEEN.search(render_diff(told, width=80))
    assert not UNSEEN.search(COLOUR.sub("", render_diff(told, width=80, color=True)))


def test_escapes_are_visible():
    told = render_diff(CASES["hostile"](), width=400)
    assert r"\x1b[31mred\x07\n" in told
    assert HOSTILE not in told


def test_limits():
    rows = [label(f"{at:03}.jpg", "added", None, box("a", at, 0, 1, 1)) for at in range(50)]
    told = diff(comparison(rows))
    assert render_diff(told).count(" added at ") == 20
    assert "... and 30 more; labelvc diff --limit 0 shows all" in render_diff(told)
    assert render_diff(told, limit=3).count(" added at ") == 3
    for everything in (0, None):
        assert render_diff(told, limit=everything).count(" added at ") == 50
    assert "added at" not in render_diff(told, stat=True)


def test_what_many_labels_share_is_one_line():
    rows = [
        label(f"{at:05}.jpg", "attributes", box("a", 0, 0, 1, 1),
              box("a", 0, 0, 1, 1, attributes=f'{{"mturk_status":{at}}}'))
        for at in range(10_000)
    ]  # fmt: skip
    told = render_diff(diff(comparison(rows)))
    assert "attributes: mturk_status added on 10,000 labels" in told
    assert "jpg" not in told
    assert "more" not in told


@pytest.mark.parametrize(
    ("kinds", "before", "after", "expected"),
    [
        ("annotator", {"annotator": "a"}, {"annotator": "b"}, "annotator: a -> b on 30 labels"),
        ("verdict", {}, {"verdict": "rejected"}, "verdict: present -> rejected on 30 labels"),
        ("confidence", {}, {"confidence": 0.5}, "confidence: changed on 30 labels"),
        ("attributes", {"attributes": '{"a":1}'}, {"attributes": '{"a":2}'},
         "attributes: a 1 -> 2 on 30 labels"),
        ("attributes", {"attributes": '{"a":1}'}, {}, "attributes: a removed (1) on 30 labels"),
    ],
)  # fmt: skip
def test_bulk(kinds, before, after, expected):
    rows = [
        label("s", kinds, box("c", 0, 0, 1, 1, **before), box("c", 0, 0, 1, 1, **after))
        for _ in range(30)
    ]
    assert expected in render_diff(diff(comparison(rows)))


@pytest.mark.parametrize("kinds", ["moved", "attributes", "added"])
def test_a_hundred_thousand_changes_are_told_at_once(kinds):
    height = 100_000
    one = label("", kinds, box("a", 1, 1, 5, 5), box("a", 2, 1, 5, 5), iou=0.8, shift=1.0)
    table = pl.DataFrame([one], schema=LABEL_SCHEMA)
    table = pl.concat([table] * 100, rechunk=True)
    table = pl.concat([table] * (height // 100), rechunk=True).with_columns(
        sample=pl.int_range(height).cast(pl.String),
        after_attributes='{"a":' + pl.int_range(height).cast(pl.String) + "}",
    )
    told = diff(comparison(table))
    start = perf_counter()
    render_diff(told, limit=20)
    assert perf_counter() - start < 1.5


def test_two_files_are_named_once():
    one = comparison(
        [label("s", "added", None, box("a", 0, 0, 1, 1))], name="b.json", path="b.json"
    )
    told = render_diff(diff(one, before=End("a.json"), after=End("b.json")))
    assert told.startswith("a.json -> b.json (coco)\n  +1\n")
