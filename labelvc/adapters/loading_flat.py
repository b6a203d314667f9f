"""Flat arrays: a million labels as a few blocks of memory, which worker processes share."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np
import polars as pl
from numpy.typing import NDArray

Integers = NDArray[np.int64]


class Shared:
    """An object whose NumPy arrays processes share.

    Where PyTorch is in use, arrays are pickled as tensors, which its multiprocessing hands to
    spawned workers in shared memory; forked workers share them anyway, as nothing counts
    references inside an array.
    """

    def __getstate__(self) -> dict[str, Any]:
        if (torch := sys.modules.get("torch")) is None:
            return vars(self)
        # The same tensors each time: the second worker gets the memory of the first.
        tensors = vars(self).setdefault("_tensors", {})
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray) and name not in tensors:
                tensors[name] = torch.from_numpy(value)
        return {**vars(self), **tensors, "_tensors": {}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        tensors = {name: one for name, one in state.items() if hasattr(one, "detach")}
        arrays = {name: tensor.numpy() for name, tensor in tensors.items()}
        for name, value in {**state, **arrays, "_tensors": tensors}.items():
            setattr(self, name, value)  # which keeps one text a name, unlike vars(self)


class Texts(Shared, Sequence[str]):
    """Texts end to end as UTF-8, read one at a time; null is ""."""

    def __init__(self, column: pl.Series) -> None:
        column = column.fill_null("")
        self._starts = offsets(column.str.len_bytes().to_numpy())
        self._content = np.frombuffer(bytearray("".join(column.to_list()).encode()), np.uint8)

    def __len__(self) -> int:
        return len(self._starts) - 1

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return [self.text(one) for one in range(*at.indices(len(self)))]
        return self.text(place_in(len(self), at))

    def __iter__(self) -> Iterator[str]:
        return map(self.text, range(len(self)))

    def text(self, at: int) -> str:
        """The text at a place that is there."""
        return self._content[self._starts[at] : self._starts[at + 1]].tobytes().decode()


class Rows:
    """Rows of the samples table, and where each of them stands among those chosen."""

    def __init__(self, rows: Integers, of: int) -> None:
        self.count = len(rows)
        self._places = np.full(of, -1)
        self._places[rows] = np.arange(len(rows))

    def of(self, labels: pl.DataFrame) -> pl.DataFrame:
        """The labels of the chosen samples, in their order; `at` counts among those chosen."""
        placed = labels.with_columns(pl.Series("at", self._places[labels["at"].to_numpy()]))
        return placed.filter(pl.col("at") >= 0).sort("at", maintain_order=True)

    def starts(self, chosen: pl.DataFrame) -> Integers:
        """Where the labels of each sample begin among those that `of` gave."""
        return offsets(np.bincount(chosen["at"].to_numpy(), minlength=self.count))


def owned(column: pl.Series, dtype: type) -> NDArray[Any]:
    """The numbers of a column as an array that may be written to, which tensors need."""
    return np.array(column.to_numpy(), dtype=dtype)


def classes_of(codes: Integers, starts: Integers) -> tuple[Integers, Integers]:
    """Of each label with a code its sample and its code, from where each sample's labels begin."""
    at = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    return at[codes >= 0], codes[codes >= 0]


def offsets(lengths: NDArray[Any]) -> Integers:
    """Where each of several runs begins in a row of them all, and where the last one ends."""
    starts = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=starts[1:])
    return starts


def place_in(length: int, index: int) -> int:
    """An index counted from the start. Raises IndexError where there is none such."""
    if not -length <= index < length:
        raise IndexError(f"index {index}: there are {length}")
    return index + length if index < 0 else index
