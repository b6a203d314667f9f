from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from labelvc.stages.clean_duplicates import Likeness, exact_duplicates, near_duplicates

# few distinct bits, so that many hashes are near each other
hashes = st.lists(
    st.lists(st.integers(0, 63), max_size=7).map(lambda bits: sum(1 << bit for bit in set(bits))),
    max_size=25,
)


def yes(_: int, others: Sequence[int]) -> Any:
    return np.ones(len(others), dtype=bool)


def plainly(values: Mapping[int, int], distance: int) -> dict[int, int]:
    """Each compared with all that were kept before it."""
    kept: list[int] = []
    found = {}
    for sample, value in values.items():
        near = [one for one in kept if (values[one] ^ value).bit_count() <= distance]
        if near:
            found[sample] = near[0]
        else:
            kept.append(sample)
    return found


@settings(deadline=None)
@given(hashes, st.integers(1, 10))
def test_banding_misses_none_and_adds_none(values: list[int], distance: int):
    named = {at * 3: value for at, value in enumerate(values)}
    given_hashes = {at: f"{value:016x}" for at, value in named.items()}
    assert near_duplicates(given_hashes, distance, yes) == plainly(named, distance)


def test_likeness_has_the_last_word():
    same = dict.fromkeys(range(4), "00ff00ff00ff00ff")
    asked: list[tuple[int, list[int]]] = []

    def alike(sample: int, others: Sequence[int]) -> Any:
        asked.append((sample, list(others)))
        return np.array([sample == 3 and other == 1 for other in others])

    assert near_duplicates(same, 4, alike) == {3: 1}
    assert asked == [(1, [0]), (2, [0, 1]), (3, [0, 1, 2])]


def test_no_chain_of_likeness_swallows_a_series():
    # each is within 2 bits of the next, the third not of the first
    series = {0: f"{0:016x}", 1: f"{0b11:016x}", 2: f"{0b1111:016x}", 3: f"{0b111111:016x}"}
    assert near_duplicates(series, 2, yes) == {1: 0, 3: 2}


def test_exact_duplicates_are_of_the_first_in_order():
    assert exact_duplicates(["a", "b", "a", None, None, "b"], [5, 2, 1, 0, 3, 4]) == {1: 5, 0: 2}


def test_pictures_are_alike_whatever_their_brightness_but_not_their_content():
    rng = np.random.default_rng(0)
    one = rng.integers(40, 200, (32, 32, 3)).astype(np.uint8)
    other = rng.integers(40, 200, (32, 32, 3)).astype(np.uint8)
    dark, white = np.zeros_like(one), np.full_like(one, 255)
    images = np.stack([one, one + 30, other, dark, white, dark + 1])
    alike = Likeness({"images": images}, dict.fromkeys(range(6), (32, 32)))
    assert alike(0, [1, 2, 3]).tolist() == [True, False, False]
    assert alike(3, [4, 5, 0]).tolist() == [False, True, False]


def test_padding_is_not_compared():
    rng = np.random.default_rng(0)
    images = np.full((2, 32, 32, 1), 114, dtype=np.uint8)
    images[:, :4] = rng.integers(0, 255, (2, 4, 32, 1))
    alike = Likeness({"images": images}, {0: (32, 4), 1: (32, 4)})
    assert alike(0, [1]).tolist() == [False]
