"""Telling whoever watches how far a long loop has come, without knowing who that is."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")
Watcher = Callable[[Sequence[T], str], Iterable[T]]

_watcher: ContextVar[Watcher[object] | None] = ContextVar("watcher", default=None)


def counted(items: Sequence[T], doing: str) -> Iterable[T]:
    """The items, with each one passed told to the watcher, if there is one. `doing`: "hashing"."""
    watcher: Watcher[T] | None = _watcher.get()  # type: ignore[assignment]
    return watcher(items, doing) if watcher else items


@contextlib.contextmanager
def watched(watcher: Watcher[object]) -> Iterator[None]:
    """Have `watcher` told of every counted loop meanwhile."""
    token = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(token)
