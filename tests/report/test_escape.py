import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelvc.report.escape import cells, cut, visible


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("tab\tline\nreturn\r", r"tab\tline\nreturn\r"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("csi \x9b31m", r"csi \x9b31m"),
        ("\u202egpj.exe", r"\u202egpj.exe"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("cat\u200d", r"cat\u200d"),
        ("no\u00a0break", r"no\xa0break"),
        ("tag \U000e0041", r"tag \U000e0041"),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        ),
        ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
        ("漢字 é e\u0301", "漢字 é e\u0301"),
    ],
)
def test_visible(text, expected):
    assert visible(text) == expected


@pytest.mark.parametrize(
    ("text", "width"), [("abc", 3), ("漢字", 4), ("e\u0301", 1), ("ｆ", 2), ("", 0)]
)
def test_cells(text, width):
    assert cells(text) == width


@given(st.text("ab漢\u0301", max_size=40), st.integers(8, 40))
def test_cut_fits(text, width):
    assert cells(cut(text, width)) <= width
    if cells(text) <= width:
        assert cut(text, width) == text


def test_cut_keeps_both_ends():
    assert cut("BloodImage_00400.jpg", 13) == "Blood...0.jpg"
