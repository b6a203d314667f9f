"""The numbers as people, programs and DVC see them.

LABELVC_REWRITE_GOLDEN=1 writes the golden files anew: read the diff.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from pathlib import Path

import pytest

from labelvc.core.comparison import End
from labelvc.core.snapshot import Snapshot, categories_frame
from labelvc.core.stats import stats
from labelvc.core.stats_bins import MEASURES, Bin, Distribution
from labelvc.core.stats_told import StatsSet, StatsTable
from labelvc.report.escape import cells
from labelvc.report.json_values import dumps
from labelvc.report.stats import histogram, render_stats
from labelvc.report.stats_files import csv_files, metrics_json
from labelvc.report.stats_json import stats_json
from tests.report.stats_cases import CASES, HOSTILE, questions, told
from tests.report.test_terminal import COLOUR, UNSEEN

GOLDEN = Path(__file__).parent / "golden"
PAGE = Path(__file__).parents[2] / "docs" / "stats.md"


def metrics(table):
    (one,) = table.sets.values()
    return metrics_json(one.stats, one.drift)


def tables(table):
    """All CSV files of a set in one text."""
    (one,) = table.sets.values()
    files = csv_files(one.stats, one.drift)
    return "\n".join(f"{name}\n{text}" for name, text in files.items())


REPORTS = {
    "80.txt": lambda table: render_stats(table, width=80),
    "120.txt": lambda table: render_stats(table, width=120),
    "json": lambda table: dumps(stats_json(table)),
    "metrics.json": metrics,
    "csv.txt": tables,
}


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize("case", CASES)
def test_report_is_as_agreed(case, report):
    text = REPORTS[report](CASES[case]())
    file = GOLDEN / f"stats-{case}.{report}"
    if os.environ.get("LABELVC_REWRITE_GOLDEN"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_it_fits_and_shows_nothing_unseen(case):
    for width in (80, 120):
        text = render_stats(CASES[case](), width=width)
        assert not UNSEEN.search(text)
        assert max(map(cells, text.splitlines())) <= width
        assert COLOUR.sub("", render_stats(CASES[case](), width=width, color=True)) == text


@pytest.mark.parametrize("case", CASES)
def test_files_and_json_show_nothing_unseen(case):
    for report in ("json", "metrics.json", "csv.txt"):
        assert not UNSEEN.search(REPORTS[report](CASES[case]()).replace("\n", ""))


def test_no_label_sets():
    assert render_stats(StatsTable(None, None)) == "No label sets.\n"
    assert stats_json(StatsTable(None, None)) == {
        "labelvc.stats/v1": {"rev": None, "commit": None, "sets": {}}
    }


def test_what_drift_is_against():
    table = CASES["cells"]()
    assert "Drift since 4f1c9a7be" in render_stats(table)
    one = table.sets["train"]
    named = StatsSet(one.path, one.format, one.stats, End("v1", "a" * 40), one.drift)
    assert "Drift since v1 (aaaaaaaaa)" in render_stats(StatsTable(None, None, {"train": named}))


def test_metrics_are_numbers_and_nothing_else():
    def leaves(value):
        if isinstance(value, dict):
            for inner in value.values():
                yield from leaves(inner)
        else:
            yield value

    for case in CASES.values():
        found = list(leaves(json.loads(metrics(case()))))
        assert found and all(type(one) in (int, float) for one in found)


def test_metrics_hold_a_thousand_categories():
    counted = stats(Snapshot(categories=categories_frame([f"c{at:04}" for at in range(1200)])))
    assert len(json.loads(metrics_json(counted, ()))["categories"]) == 1000
    assert csv_files(counted, ())["categories.csv"].count("\n") == 1201


def test_every_table_is_there_with_its_header_where_nothing_applies():
    empty, full = (csv_files(stats(one), ()) for one in (Snapshot(), questions()))
    assert list(empty) == list(full)
    assert {f"{name}.csv" for name in MEASURES} < set(empty)
    for name, text in empty.items():
        (header,) = csv.reader(io.StringIO(text))
        assert header == next(csv.reader(io.StringIO(full[name])))


def test_a_histogram_in_blocks():
    def of(*counts):
        bins = tuple(Bin(at, at + 1, count) for at, count in enumerate(counts))
        return histogram(Distribution(sum(counts), 0, 0, 0, 0, 0, bins))

    assert of(1, 0, 8, 4) == "▁ █▄"
    assert of(*[3] * 40) == "█" * 13 + "▃"
    assert of(1_000_000, 1) == "█▁"


def test_long_lists_are_cut():
    rows = [f"c{at:02}" for at in range(30)]
    text = render_stats(told(Snapshot(categories=categories_frame(rows))))
    assert "c19" in text and "c20" not in text and "... and 10 more categories" in text


def test_the_page_shows_what_is_written():
    shown = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.S)]
    written = [json.loads(dumps(stats_json(CASES["questions"]()))),
               json.loads(metrics(CASES["questions"]()))]  # fmt: skip
    assert shown == written


def test_the_page_explains_every_name():
    page = PAGE.read_text()

    def names(value):
        if isinstance(value, dict):
            for key, inner in value.items():
                yield key
                yield from names(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from names(inner)

    table = stats_json(CASES["questions"]())["labelvc.stats/v1"]
    keys = {*names(table), *MEASURES, *csv_files(stats(Snapshot()), ())} - {"train"}
    assert not {key for key in keys if f"`{key}`" not in page}


def test_hostile_names_are_kept_whole_in_the_json():
    (one,) = stats_json(CASES["hostile"]())["labelvc.stats/v1"]["sets"].values()
    assert HOSTILE in {category["name"] for category in one["categories"]}
