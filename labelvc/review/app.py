"""What the review server serves: pages and answers, without a word of HTTP."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, Protocol

from labelvc.core.errors import NotFound
from labelvc.review.evidence import Blob, Evidence, linked

_KEPT = 200  # pieces of evidence that are remembered, a few hundred kilobytes each at most

Url = Callable[[int, str], str]
Action = Callable[[Mapping[str, Any]], dict[str, Any]]


class App(Protocol):
    """A page, what its script asks for, and what it may do."""

    @property
    def actions(self) -> Mapping[str, Action]:
        """By name what a POST does with its JSON object; raises LabelvcError."""

    @property
    def is_done(self) -> bool:
        """Whether the server may stop."""

    def page(self) -> str:
        """The page as it is now."""

    def evidence(self, number: int, url: Url) -> dict[str, Any]:
        """The evidence of a change; `url` makes the address of one of its files."""

    def blob(self, number: int, name: str) -> Blob:
        """A file of the evidence of a change."""


class Kept:
    """Evidence that was made a moment ago: first its description is asked for, then its files."""

    def __init__(self, make: Callable[[int], Evidence]) -> None:
        self._make = make
        self._made: OrderedDict[int, Evidence] = OrderedDict()
        self._lock = Lock()

    def of(self, number: int) -> Evidence:
        """The evidence of a change."""
        with self._lock:
            if (known := self._made.get(number)) is not None:
                self._made.move_to_end(number)
                return known
        made = self._make(number)
        with self._lock:
            self._made[number] = made
            while len(self._made) > _KEPT:
                self._made.popitem(last=False)
        return made

    def told(self, number: int, url: Url) -> dict[str, Any]:
        """The same as the page gets it."""
        return linked(self.of(number), lambda name: url(number, name))

    def blob(self, number: int, name: str) -> Blob:
        """A file of it. Raises NotFound."""
        found = self.of(number).blobs.get(name)
        if found is None:
            raise NotFound(f"change {number} has no {name}")
        return found

    def forget(self) -> None:
        """As the numbers mean others from now on."""
        with self._lock:
            self._made.clear()
