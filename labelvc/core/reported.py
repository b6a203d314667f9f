"""What a reviewer is told of a change of labels: values, in the order they are to be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from labelvc.core.check import Issue
from labelvc.core.comparison import Diff
from labelvc.core.effects import Effect

What = Literal["label", "sample", "category"]
Level = Literal["none", "notice", "warning", "error"]


@dataclass(frozen=True)
class Item:
    """One change that a reviewer accepts or rejects.

    `number` names it within its report. `key` is its row's key in the table of the patch that
    `what` names. `row` is the row of `Comparison.changes` or `.sample_changes`, or for a category
    `kind`, `before`, `after`. `path` and `text` are the sample's, where at hand. `size` says how
    much the change is, 0 to about 3 (`core.change_size`).
    """

    number: int
    label_set: str
    what: What
    key: int | str
    row: Mapping[str, Any]
    kinds: Sequence[str]
    sample: str | None = None
    path: str | None = None
    split: str | None = None
    text: str | None = None
    size: float = 0.0
    is_evaluation: bool = False


@dataclass(frozen=True)
class SplitCount:
    """Changed labels of one split of a label set; `is_evaluation`: models are scored on it."""

    split: str | None
    counts: Mapping[str, int]
    is_evaluation: bool = False


@dataclass(frozen=True)
class PointerTold:
    """A label set whose labels are not at hand: what its pointers alone tell."""

    name: str
    path: str
    before: Mapping[str, int] | None
    after: Mapping[str, int] | None
    categories: Sequence[tuple[str, int | None, int | None]] = ()
    reason: str = ""


@dataclass(frozen=True)
class Found:
    """What the check tells of the change: the new issues by label set, and how many are gone."""

    new: Sequence[tuple[str, Issue]] = ()
    gone: int = 0
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Report:
    """All of it. `items` are in the order they are to be looked at, the weightiest first; of a very
    large change `left_out` more are not among them.

    `highlights` are numbers of items: the worst and the most typical changes, with why.
    """

    diff: Diff
    items: Sequence[Item] = ()
    left_out: int = 0
    splits: Mapping[str, Sequence[SplitCount]] = field(default_factory=dict)
    effects: Sequence[Effect] = ()
    effect_notes: Sequence[str] = ()
    found: Found = field(default_factory=Found)
    highlights: Sequence[tuple[int, str]] = ()
    pointers: Sequence[PointerTold] = ()
    tasks: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def level(self) -> Level:
        """How loud the verdict is."""
        if any(issue.severity == "error" for _, issue in self.found.new):
            return "error"
        if self.found.new or any(effect.flips for effect in self.effects):
            return "warning"
        if any(one.is_evaluation for splits in self.splits.values() for one in splits):
            return "warning"
        return "notice" if self.items or self.pointers else "none"
