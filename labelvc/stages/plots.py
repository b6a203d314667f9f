"""The pictures of the stage `stats`, drawn by matplotlib. Equal numbers give equal bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from labelvc.adapters.png import png
from labelvc.core.drift import Drift
from labelvc.core.stats import Stats
from labelvc.core.stats_bins import MEASURES, Distribution, Measure
from labelvc.core.stats_together import Together
from labelvc.repo.writing import write_atomic
from labelvc.report.escape import cut, visible
from labelvc.report.stats_files import split_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CATEGORIES = 40
_NAME = 30  # columns of a name
_TICKS = 8  # at most
_SIZE = (6.4, 4.8)  # inches

Draw = Callable[["Axes"], None]


def write_pictures(stats: Stats, drift: Sequence[Drift], folder: Path) -> list[Path]:
    """Write a PNG for each distribution that has values, `categories.png` always.

    Pictures of an earlier call that no longer apply are removed. Raises LabelvcError where
    matplotlib is not installed.
    """
    drawn = dict(_pictures(stats, drift))
    for name in {*MEASURES, "box_position", "cooccurrence", "drift"} - set(drawn):
        (folder / f"{name}.png").unlink(missing_ok=True)
    paths = []
    for name, draw in drawn.items():
        paths.append(folder / f"{name}.png")
        write_atomic(paths[-1], png(draw, _SIZE))
    return paths


def _pictures(stats: Stats, drift: Sequence[Drift]) -> Iterator[tuple[str, Draw]]:
    yield "categories", partial(_categories, stats)
    for name, found in stats.distributions.items():
        yield name, partial(_histogram, MEASURES[name], found)
    if stats.positions:
        yield "box_position", partial(_positions, stats.positions)
    if stats.together.matrix:
        yield "cooccurrence", partial(_matrix, stats.together)
    if drift:
        yield "drift", partial(_drift, drift)


def _categories(stats: Stats, axes: Axes) -> None:
    """A bar a category, the most frequent on top, parted by split."""
    shown = stats.categories[:_CATEGORIES]
    left = [0] * len(shown)
    places = range(len(shown))
    for split in [one.name for one in stats.splits]:
        labels = [one.splits.get(split, (0, 0))[0] for one in shown]
        axes.barh(places, labels, left=left, label=_name(split_name(split)))
        left = [sum(pair) for pair in zip(left, labels, strict=True)]
    _names(axes, [one.name for one in shown])
    axes.set_xlabel("labels")
    rest = len(stats.categories) - len(shown)
    axes.set_title("Labels per category" + (f", {rest:,} more left out" if rest else ""))
    if len(stats.splits) > 1 and shown:
        axes.legend()


def _histogram(measure: Measure, found: Distribution, axes: Axes) -> None:
    """A bar a bin, all equally wide: their edges grow by steps of a quarter octave."""
    places = range(len(found.bins))
    axes.bar(places, [one.count for one in found.bins], width=1.0, align="edge", edgecolor="white")
    step = -(-len(found.bins) // _TICKS)
    ticks = [at for at in places if at % step == 0]
    axes.set_xticks(ticks, [_edge(found.bins[at].low) for at in ticks])
    axes.set_xlabel(f"{measure.title} ({measure.unit})")
    axes.set_ylabel(f"{measure.of}s" if measure.of != "box" else "boxes")
    axes.set_title(f"mean {found.mean:.4g}, median {found.median:.4g}")


def _edge(low: float | None) -> str:
    return "" if low is None else f"{low:,.0f}" if low >= 100 else f"{low:.3g}"


def _positions(counts: Sequence[Sequence[int]], axes: Axes) -> None:
    image = axes.imshow(counts, extent=(0, 1, 1, 0), aspect="auto", cmap="viridis")
    axes.figure.colorbar(image, ax=axes, label="boxes")
    axes.set_xlabel("centre from left (fraction of the image)")
    axes.set_ylabel("centre from top")
    axes.set_title("Where the boxes are")


def _matrix(together: Together, axes: Axes) -> None:
    names = [_name(one) for one in together.categories]
    image = axes.imshow(together.matrix, cmap="viridis")
    axes.figure.colorbar(image, ax=axes, label="samples")
    size = max(3, min(8, 240 // len(names)))
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=size)
    axes.set_yticks(range(len(names)), names, fontsize=size)
    axes.set_title("Categories in one sample")


def _drift(drift: Sequence[Drift], axes: Axes) -> None:
    axes.barh(range(len(drift)), [one.distance for one in drift])
    _names(axes, [MEASURES[one.name].title if one.name in MEASURES else one.name for one in drift])
    axes.set_xlim(0, 1)
    axes.set_xlabel("Jensen-Shannon distance")
    axes.set_title("Drift")


def _names(axes: Axes, names: Sequence[str]) -> None:
    """One name a bar, from the top."""
    size = max(4, min(10, 240 // max(len(names), 1)))
    axes.set_yticks(range(len(names)), [_name(one) for one in names], fontsize=size)
    axes.invert_yaxis()


def _name(text: str) -> str:
    return cut(visible(text), _NAME)
