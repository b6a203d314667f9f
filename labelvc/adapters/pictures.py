"""The confusion matrix as a picture."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from labelvc.adapters.png import png
from labelvc.core.scored import Confusion

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CELL = 0.34  # inches a category, so that a count of four digits fits
_SIZE = (3.4, 11.0)  # inches of the square, at least and at most
_NUMBERED = 30  # categories above which counts could not be read
_NAMED = 60  # categories above which only some names are shown
_LONGEST = 24  # characters of a name


def confusion_png(confusion: Confusion) -> bytes:
    """The confusion matrix as a PNG: truth downwards, predictions to the right.

    Colours tell the share of a row, numbers the counts; above 30 categories there are only
    colours. Raises LabelvcError where matplotlib is not installed.
    """
    size = min(max(len(confusion.categories) * _CELL, _SIZE[0]), _SIZE[1])
    return png(partial(_draw, confusion), (size + 2.0, size + 1.4))


def _draw(confusion: Confusion, axes: Axes) -> None:
    counts = confusion.counts
    shares = [[count / max(sum(row), 1) for count in row] for row in counts]
    names = [_name(name) for name in confusion.categories]
    if names:
        axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
    step = -(-len(names) // _NAMED)
    shown = list(range(0, len(names), step or 1))
    axes.set_xticks(shown, [names[at] for at in shown], rotation=90, fontsize=7)
    axes.set_yticks(shown, [names[at] for at in shown], fontsize=7)
    axes.set_xlabel("predicted")
    axes.set_ylabel("truth")
    if len(names) <= _NUMBERED:
        _write_counts(confusion, shares, axes)


def _write_counts(confusion: Confusion, shares: list[list[float]], axes: Axes) -> None:
    for down, row in enumerate(confusion.counts):
        for right, count in enumerate(row):
            if count:
                colour = "white" if shares[down][right] > 0.6 else "black"
                text = axes.text(right, down, _short(count), fontsize=6.5, color=colour)
                text.set(ha="center", va="center")


def _name(name: str) -> str:
    """A name as a picture can show it: one line, not too long."""
    line = "".join(char if char.isprintable() else "·" for char in name)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _short(count: int) -> str:
    """A count in at most four characters, for a small square."""
    if count < 10_000:
        return str(count)
    return f"{count // 1000}k" if count < 1_000_000 else f"{count // 1_000_000}M"
