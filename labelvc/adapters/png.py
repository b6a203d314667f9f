"""Pictures as PNG, drawn by matplotlib. Equal drawings give equal bytes."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

from labelvc.core.errors import LabelvcError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    Draw = Callable[[Axes], None]

_DPI = 100


def png(draw: Draw, size: tuple[float, float]) -> bytes:
    """The picture that `draw` makes on a pair of axes, of width and height `size` in inches.

    Whatever the user's matplotlibrc says. Raises LabelvcError where matplotlib is not installed.
    """
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError:
        raise LabelvcError(
            "pictures need matplotlib, which is not installed",
            hint="Install it with `pip install 'labelvc[eval]'`.",
        ) from None
    out = io.BytesIO()
    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        matplotlib.rcdefaults()
        # Names come from strangers' files: `$` in them is no formula.
        matplotlib.rcParams["text.parse_math"] = False
        figure = Figure(figsize=size, dpi=_DPI, layout="constrained")
        draw(figure.add_subplot())
        # Without the library's version in it
        figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()
