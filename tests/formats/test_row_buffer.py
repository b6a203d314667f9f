"""Rows that are offsets into a file cancel as rows of their own would."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelvc.core import cancel
from labelvc.core.errors import ParseError
from labelvc.formats import row_buffer
from labelvc.formats.row_buffer import Pieces, Rows

LINES = st.lists(st.sampled_from(["a", "b", "a,b", "ab", "c" * 9000]), max_size=12)
ENDS = st.sampled_from(["", "\n", "\n\n", "\r\n"])


def content(lines: list[str], end: str) -> bytes:
    return ("\n".join(["head", *lines]) + end).encode()


@given(LINES, ENDS)
def test_rows_are_slices_of_the_file(lines: list[str], end: str) -> None:
    data = content(lines, end)
    rows = Rows.cut_csv("x", data)
    assert rows.head + b"".join(rows) == data and rows.head.startswith(b"head")
    blocks = [data[rows.starts[b.start] : rows.starts[b.stop]] for b, _ in rows.blocks()]
    assert b"".join(blocks) == b"".join(rows)
    assert [rows.line(at) for at in range(len(rows))] == list(range(2, len(lines) + 2))


@given(LINES, LINES, ENDS, ENDS)
def test_two_files_cancel_as_their_rows_do(
    one: list[str], two: list[str], end: str, other: str
) -> None:
    before, after = Rows.cut_csv("x", content(one, end)), Rows.cut_csv("y", content(two, other))
    walked = cancel.walk(Pieces([("", before)]), Pieces([("", after)]))
    assert tuple(map(list, walked)) == tuple(map(list, cancel.walk(list(before), list(after))))
    paired = cancel.cancel(Pieces([("", before)]), Pieces([("", after)]))
    expected = cancel.cancel(list(before), list(after))
    assert sorted(before[at] for at in paired[0]) == sorted(before[at] for at in expected[0])
    assert sorted(after[at] for at in paired[1]) == sorted(after[at] for at in expected[1])


@given(LINES, st.randoms())
def test_many_rows_in_another_order_cancel_by_hash(lines: list[str], chance: object) -> None:
    mixed = [*lines, "new", "new"]
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    one = Pieces([("", Rows.cut_csv("x", content([*lines, "old"], "\n")))])
    two = Pieces([("", Rows.cut_csv("y", content(mixed, "\n")))])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(row_buffer, "_MANY", 0)
        left, right = one.pair_off(range(len(one)), two, range(len(two)))
    assert [one[at] for at in left] == [("", b"old\n")]
    assert [two[at] for at in right] == [("", b"new\n")] * 2


def test_rows_of_different_files_never_cancel() -> None:
    rows = Rows.cut_csv("x", b"head\na\n")
    one, two = Pieces([("train.csv", rows)]), Pieces([("test.csv", rows)])
    assert tuple(map(list, cancel.cancel(one, two))) == ([0], [0])
    assert one[0] == ("train.csv", b"a\n") and one[0:1] == [one[0]]
    with pytest.raises(IndexError):
        one[1]


def test_a_quoted_line_end_is_inside_a_row() -> None:
    rows = Rows.cut_csv("x", b'head\n"a\nb",c\nd\n')
    assert list(rows) == [b'"a\nb",c\n', b"d\n"] and rows.line(1) == 4
    with pytest.raises(ParseError, match=r"line 2.*a quote that closes"):
        Rows.cut_csv("x", b'head\n"a\nb\n')
