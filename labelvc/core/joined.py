"""Fragments of several files as one sequence, none of them copied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload


class Joined(Sequence[bytes]):
    """The pieces of `first`, then those of `more`."""

    def __init__(self, first: Sequence[bytes], more: Sequence[bytes]) -> None:
        self.first = first
        self.more = more

    def __len__(self) -> int:
        return len(self.first) + len(self.more)

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> list[bytes]: ...
    def __getitem__(self, index: int | slice) -> bytes | list[bytes]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        at = index + len(self) if index < 0 else index
        own = len(self.first)
        return self.first[at] if at < own else self.more[at - own]
