"""What changed between two versions of label sets, ready to be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from labelvc.core.tally import Tally

if TYPE_CHECKING:  # a diff that ends at equal pointers never loads the engine
    import polars as pl

    from labelvc.core.patch import Patch

LABEL_COUNTS = (
    "changed", "added", "removed", "relabelled", "moved", "reshaped", "retimed", "edited",
    "verdict", "attributes", "annotator", "confidence",
)  # fmt: skip
SAMPLE_COUNTS = (
    "samples_added", "samples_removed", "samples_renamed", "samples_resplit",
    "samples_attributes", "samples_media",
)  # fmt: skip
CATEGORY_COUNTS = (
    "categories_added", "categories_removed", "categories_renamed", "categories_renumbered",
    "categories_attributes",
)  # fmt: skip
COUNTS = LABEL_COUNTS + SAMPLE_COUNTS + CATEGORY_COUNTS


@dataclass(frozen=True)
class Flip:
    """How many labels went from one category to another."""

    before: str
    after: str
    count: int


@dataclass(frozen=True)
class CategoryTotal:
    """A category's labels before and after; None where it does not exist."""

    name: str
    before: int | None
    after: int | None


@dataclass(frozen=True)
class CategoryChange:
    """`kind` is added, removed, renamed, renumbered or attributes; None on the side it lacks."""

    kind: str
    before: str | None
    after: str | None
    ids: tuple[str | None, str | None] = (None, None)


@dataclass(frozen=True)
class Comparison:
    """One label set in two versions.

    `changes` has a row a changed label, sorted by sample: key, sample, split, kinds (list),
    matched_by, iou, shift (of the centre, in the set's unit), and `before_<column>` /
    `after_<column>` for id and every content column of labels (category by name).
    `sample_changes` has a row a changed sample: sample, kinds (list), and before_/after_ for the
    other columns of samples. `texts` are those of samples whose labels changed, for spans and
    classes that one cannot judge without them; some may be missing. `paths` are the media paths of
    samples whose labels changed, as the label files have them. `category_attributes` are those of
    all categories that have any (JSON), by name.
    """

    name: str
    path: str
    format: str | None
    sample_key: str | None
    matched_by: Mapping[str, int]
    before: Tally
    after: Tally
    counts: Mapping[str, int]
    flips: Sequence[Flip]
    categories: Sequence[CategoryTotal]
    category_changes: Sequence[CategoryChange]
    sample_changes: pl.DataFrame
    changes: pl.DataFrame
    notes: Sequence[str] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    paths: Mapping[str, str] = field(default_factory=dict)
    category_attributes: Mapping[str, str] = field(default_factory=dict)
    patch: Patch | None = None

    @property
    def is_empty(self) -> bool:
        """No semantic change at all."""
        return not any(self.counts.values())


@dataclass(frozen=True)
class End:
    """One end of a diff: the revision as given (None: the working tree) and its commit."""

    rev: str | None = None
    commit: str | None = None


@dataclass(frozen=True)
class Diff:
    """Several label sets between two ends. `unchanged` names the sets that are equal."""

    before: End
    after: End
    sets: Sequence[Comparison]
    unchanged: Sequence[str] = field(default_factory=tuple)
