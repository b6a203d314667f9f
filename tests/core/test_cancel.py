"""Cancelling pairs off equal pieces as multisets, whatever the order."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from labelvc.core.cancel import cancel

pieces = st.lists(st.sampled_from([b"a", b"b", b"c", b"d"]), max_size=30)


@given(pieces, pieces)
def test_what_is_left_is_the_difference_of_the_multisets(
    before: list[bytes], after: list[bytes]
) -> None:
    left, right = cancel(before, after)
    assert Counter(before[i] for i in left) == Counter(before) - Counter(after)
    assert Counter(after[j] for j in right) == Counter(after) - Counter(before)
    assert left == sorted(set(left))
    assert right == sorted(set(right))


def test_a_shuffled_list_cancels_wholly() -> None:
    before = [str(i).encode() for i in range(5000)]
    assert cancel(before, before[::-1]) == ([], [])


def test_buffers_are_compared_by_their_bytes() -> None:
    before = [memoryview(b"x"), memoryview(b"y")]
    after = [memoryview(b"y"), memoryview(b"z"), memoryview(b"x")]
    assert cancel(before, after) == ([], [1])
