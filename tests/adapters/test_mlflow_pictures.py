from __future__ import annotations

import io
import warnings

import pytest
from PIL import Image

from labelvc.adapters.pictures import confusion_png
from labelvc.core.scored import Confusion


def picture(content: bytes) -> Image.Image:
    found = Image.open(io.BytesIO(content))
    found.load()
    return found


def matrix(size: int) -> Confusion:
    names = [f"category {number}" for number in range(size)]
    return Confusion(names, [[9 if i == j else 0 for j in range(size)] for i in range(size)])


@pytest.mark.parametrize("size", [0, 1, 10, 61, 200])
def test_a_matrix_of_any_size_is_drawn(size: int) -> None:
    width, height = picture(confusion_png(matrix(size))).size
    assert 300 <= height <= width <= 1400


def test_the_diagonal_is_dark_and_the_rest_is_light() -> None:
    grey = picture(confusion_png(matrix(40))).convert("L")
    dark = sum(grey.histogram()[:120]) / (grey.width * grey.height)
    assert 0.01 < dark < 0.05  # one square in forty, and the names


@pytest.mark.parametrize(("size", "has_numbers"), [(8, True), (31, False)])
def test_only_small_matrices_have_numbers(size: int, has_numbers: bool) -> None:
    even = Confusion(["a"] * size, [[1] * size for _ in range(size)])
    whole = picture(confusion_png(even))
    across, down = whole.width // 2, whole.height // 2
    colours = whole.crop((across - 50, down - 50, across + 50, down + 50)).getcolors()
    assert (colours is None or len(colours) > 1) == has_numbers


def test_the_same_matrix_is_the_same_file() -> None:
    assert confusion_png(matrix(3)) == confusion_png(matrix(3))


def test_odd_names_are_drawn_without_a_warning() -> None:
    names = ["$x^", "漢字", "a" * 10_000, "\u202eabc\n\x00", "", "é\u0301", "\U0001f600"]
    odd = Confusion(names, [[10**column for column in range(7)] for _ in names])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        width, _ = picture(confusion_png(odd)).size
    assert width < 1400
