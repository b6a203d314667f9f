import pytest

from labelvc.core.comparison import COUNTS
from labelvc.core.summary import summary

CASES = {
    "nothing": ({}, "no changes"),
    "all zero": (dict.fromkeys(COUNTS, 0), "no changes"),
    "the trailer of the design": (
        {"changed": 329, "added": 14, "removed": 3, "relabelled": 290, "moved": 22},
        "+14 -3 ~312 (relabelled 290, moved 22)",
    ),
    "only added": ({"changed": 5, "added": 5}, "+5"),
    "only removed": ({"changed": 5, "removed": 5}, "-5"),
    "overlapping kinds": (
        {"changed": 2, "relabelled": 2, "moved": 1, "confidence": 2},
        "~2 (relabelled 2, moved 1, confidence 2)",
    ),
    "labels before samples": ({"changed": 1, "added": 1, "samples_added": 9}, "+1"),
    "samples": (
        {"samples_added": 26, "samples_removed": 1, "samples_renamed": 2293, "samples_resplit": 4},
        "samples +26, -1, renamed 2293, split moved 4",
    ),
    "categories": (
        {"categories_renamed": 2, "categories_renumbered": 1},
        "categories renamed 2, renumbered 1",
    ),
    "both": (
        {"samples_media": 1, "categories_attributes": 3},
        "samples media 1; categories attributes 3",
    ),
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_summary_is_one_line_in_fixed_words(case):
    counts, expected = CASES[case]
    assert summary(counts) == expected


def test_thousands_are_grouped_on_request():
    counts = {"changed": 12345, "added": 12345}
    assert summary(counts, separator=",") == "+12,345"


@pytest.mark.parametrize("count", [c for c in COUNTS if c != "changed"])
def test_every_count_is_told(count):
    assert summary({count: 7, "changed": 7}) != "no changes"
    assert "7" in summary({count: 7})
