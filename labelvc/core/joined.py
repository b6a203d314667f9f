"""Fragments of one or several files as one sequence, none of them copied before it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import msgspec

# What `bytes` makes a copy of.
Buffer = msgspec.Raw | bytes


class Joined(Sequence[bytes]):
    """The pieces of each part in turn, as bytes. A part may still grow at its end."""

    def __init__(self, *parts: Sequence[Buffer]) -> None:
        self.parts = parts

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> list[bytes]: ...
    def __getitem__(self, index: int | slice) -> bytes | list[bytes]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        at = index + len(self) if index < 0 else index
        for part in self.parts:
            if 0 <= at < len(part):
                return bytes(part[at])
            at -= len(part)
        raise IndexError(index)
