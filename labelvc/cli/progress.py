"""What a terminal shows of work that takes over a second: a spinner, and bars for counted loops."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

_PATIENCE = 1.0  # seconds
_STEP = 64  # items between two looks at the bar


class Waiting:
    """Shows on stderr what is being done once it has taken a second, and wipes it out at the end.

    Made for terminals; nothing of `rich` is imported before the second is over.
    """

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._bars: Progress | None = None
        self._lock = threading.Lock()
        self._ended = False
        self._timer = threading.Timer(_PATIENCE, self._show)
        self._timer.daemon = True

    def __enter__(self) -> Waiting:
        self._timer.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._timer.cancel()
        with self._lock:
            self._ended = True
            if self._bars:
                self._bars.stop()

    def _show(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

        with self._lock:
            if self._ended:
                return
            columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn())
            bars = Progress(
                *columns, MofNCompleteColumn(), console=Console(stderr=True), transient=True
            )
            bars.add_task(self._doing, total=None)
            bars.start()
            self._bars = bars

    def watch(self, items: Sequence[object], doing: str) -> Iterator[object]:
        """The items, with a bar beside the spinner for as long as they last."""
        task = None
        for number, item in enumerate(items):
            if self._bars and number % _STEP == 0:
                if task is None:
                    task = self._bars.add_task(doing, total=len(items))
                self._bars.update(task, completed=number)
            yield item
        if self._bars and task is not None:
            self._bars.remove_task(task)
