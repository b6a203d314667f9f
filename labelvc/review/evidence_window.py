"""Which part of an image is shown of a change, and how large."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

_MARGIN = 0.4  # of the larger side, on each side
_LEAST_MARGIN = 64  # pixels
_SMALL = 64  # pixels: smaller ones are enlarged so that they can be seen
_ENLARGED = 192

Bounds = tuple[float, float, float, float]  # left, top, right, bottom
Size = tuple[int, int]  # width, height


class Window(NamedTuple):
    """A part of an image in whole pixels."""

    x: int
    y: int
    width: int
    height: int

    def within(self, part: Size, whole: Size) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of it in a picture of another size that shows the whole image.

        `part` is that picture's size, `whole` the image's.
        """
        across, down = part[0] / whole[0], part[1] / whole[1]
        return (
            self.x * across,
            self.y * down,
            min((self.x + self.width) * across, part[0]),
            min((self.y + self.height) * down, part[1]),
        )

    @property
    def longest(self) -> int:
        """Its longer side."""
        return max(self.width, self.height)


def window_around(bounds: Sequence[Bounds], size: Size) -> Window:
    """The part of an image of that size around all bounds, with some context.

    All of it where there are no bounds, or none inside of it.
    """
    width, height = size
    whole = Window(0, 0, width, height)
    inside = [one for one in bounds if _touches(one, size)]
    if not inside:
        return whole
    left, top, right, bottom = (
        pick(side)
        for pick, side in zip((min, min, max, max), zip(*inside, strict=True), strict=True)
    )
    left, top, right, bottom = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
    margin = max(_MARGIN * max(right - left, bottom - top), _LEAST_MARGIN)
    x, across = _stretch(left, right, margin, width)
    y, down = _stretch(top, bottom, margin, height)
    return Window(x, y, across, down)


def shown_size(window: Window, longest: int) -> tuple[Size, bool]:
    """Width and height of the picture of a window; and whether it is a small one, enlarged.

    Others are not enlarged: a browser does that as well.
    """
    if window.longest <= _SMALL:
        factor = _ENLARGED // window.longest
        return (window.width * factor, window.height * factor), True
    scale = min(longest / window.longest, 1.0)
    return (max(round(window.width * scale), 1), max(round(window.height * scale), 1)), False


def _touches(bounds: Bounds, size: Size) -> bool:
    left, top, right, bottom = bounds
    return left < size[0] and top < size[1] and right >= 0 and bottom >= 0


def _stretch(low: float, high: float, margin: float, end: int) -> tuple[int, int]:
    """Begin and length of a side with its margin, inside of 0 to `end`."""
    begin = max(int(low - margin), 0)
    return begin, min(int(high + margin) + 1, end) - begin
