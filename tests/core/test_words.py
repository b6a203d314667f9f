from itertools import pairwise
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelvc.core.words import distance, is_cosmetic, pieces, wer, words

TEXTS = st.text("ab \n漢ก\u0e31é\u0301,", max_size=30)
WORDS = st.lists(st.sampled_from("abcd"), max_size=12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  ", []),
        ("don't stop, now", ["don't", "stop,", "now"]),
        ("one\u00a0two\nthree", ["one", "two", "three"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("日本語のabcテスト", ["日", "本", "語", "の", "abc", "テ", "ス", "ト"]),
        ("か\u3099く", ["か\u3099", "く"]),
        ("ที่นี่", ["ที่", "นี่"]),
        ("👩‍👩‍👧 e\u0301", ["👩‍👩‍👧", "e\u0301"]),
    ],
)
def test_words(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a cat", "a cat", [("a cat", "a cat")]),
        ("a cat", "a dog", [("a ", "a "), ("cat", "dog")]),
        ("a big cat", "a cat", [("a", "a"), (" big", ""), (" cat", " cat")]),
        ("a  cat", "a cat", [("a", "a"), ("  ", " "), ("cat", "cat")]),
        ("", "new", [("", "new")]),
        ("", "", []),
        ("天気がいい", "天気は良い", [("天気", "天気"), ("がい", "は良"), ("い", "い")]),
    ],
)
def test_pieces(before, after, expected):
    assert pieces(before, after) == expected


@given(TEXTS, TEXTS)
def test_pieces_put_both_texts_together_again(before, after):
    found = pieces(before, after)
    assert "".join(one for one, _ in found) == before
    assert "".join(two for _, two in found) == after
    equal = [one == two for one, two in found]
    assert all(one != two for one, two in pairwise(equal))


def table_distance(before, after):
    row = list(range(len(after) + 1))
    for i, word in enumerate(before):
        previous, row = row, [i + 1]
        for j, other in enumerate(after):
            row.append(min(previous[j] + (word != other), previous[j + 1] + 1, row[j] + 1))
    return row[-1]


@given(WORDS, WORDS)
def test_distance_is_the_textbook_table(before, after):
    assert distance(before, after) == table_distance(before, after)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a b c d", "a x c", 0.5),
        ("a", "a b c", 2.0),
        ("", "a b", 2.0),
        ("", "", 0.0),
        ("a b", "", 1.0),
    ],
)
def test_wer(before, after, expected):
    assert wer(before, after) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("Hello, world", "hello world.", True),
        ("every day", "everyday", True),
        ("caf\u00e9", "cafe\u0301", True),
        ("STRASSE", "straße", True),
        ("¿Qué?", "qué", True),
        ("same", "same", False),
        ("cat", "cats", False),
        ("1.5 l", "15 l", False),
        ("-3", "3", False),
        ("1 000", "1000", False),
        ("12 3", "1 23", False),
        ("C++", "C", False),
        ("résumé", "resume", False),
    ],
)
def test_cosmetic(before, after, expected):
    assert is_cosmetic(before, after) is expected
    assert is_cosmetic(after, before) is expected


def test_a_book_takes_no_time():
    before = " ".join(f"w{i % 100}" for i in range(20_000))
    after = before.replace("w7 ", "v7 ")
    start = perf_counter()
    assert "".join(two for _, two in pieces(before, after)) == after
    assert wer(before, after) == pytest.approx(0.01, abs=1e-3)
    assert perf_counter() - start < 3
