"""A patch made elsewhere, put onto the snapshot at hand.

The row keys of a mailed patch are numbers of another reading, so the rows it starts from are
looked for here: categories by name, samples by key, labels by equal content and native id first,
then by the identity ladder. A change applies where the row found says what the patch starts from
in the fields that the change touches; its other fields stay as they are here. What does not fit is
set aside, change by change, as a patch of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from labelvc.core.match import Ids
from labelvc.core.patch import SCHEMAS, Delta, Patch, apply
from labelvc.core.reanchor_labels import Here, reanchor_labels
from labelvc.core.reanchor_others import Others, in_categories, in_samples
from labelvc.core.reanchor_rows import Unfit, with_free_ids
from labelvc.core.snapshot import Snapshot


@dataclass(frozen=True)
class Reanchored:
    """`patch` fits the snapshot; `rejected` is the rest as it was sent, with a reason each.

    `renamed` has, by the key here, the key that a sample is to have.
    """

    patch: Patch
    rejected: Patch
    reasons: Sequence[Unfit] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)

    def apply(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with the patch in it, renamed samples under their new keys."""
        now = apply(snapshot, self.patch)
        key = pl.col("sample").replace(self.renamed)
        labels, samples = now.labels.with_columns(key), now.samples.with_columns(key)
        # no fragment came by mail
        return replace(now, labels=labels, samples=samples, records=snapshot.records)


def reanchor(
    patch: Patch, snapshot: Snapshot, *, ids: Ids = "auto", independent: bool = False
) -> Reanchored:
    """The patch with the keys that its rows have in the snapshot, without what does not fit there.

    Each row is used once, equal ones are counted. With `independent`, labels of different
    annotators are never the same label.
    """
    rows = pl.concat([patch.labels.before, patch.labels.after])
    categories = in_categories(patch.categories, snapshot, set(rows["category"].drop_nulls()))
    samples = in_samples(patch.samples, snapshot, set(rows["sample"]))
    labels = reanchor_labels(
        patch.labels, Here(snapshot, samples.keys, categories.keys, ids, independent)
    )
    left = labels.delta.apply(snapshot.labels)
    samples.keep_used(set(left["sample"].unique()))
    categories.keep_used(used := set(left["category"].unique().drop_nulls()))
    categories.after += _implied(categories, used, snapshot)
    return Reanchored(
        Patch(
            with_free_ids(snapshot.labels, labels.delta),
            samples.delta,
            with_free_ids(snapshot.categories, categories.delta),
        ),
        Patch(
            _later(_chosen(patch.labels, labels.rejected), samples, categories),
            _chosen(patch.samples, samples.rejected),
            _chosen(patch.categories, categories.rejected),
        ),
        [*categories.reasons, *samples.reasons, *labels.reasons],
        samples.renamed,
    )


def _implied(found: Others, used: Collection[str], snapshot: Snapshot) -> list[dict[str, Any]]:
    """The categories that are there from now on because labels name them."""
    new = set(used) - {*snapshot.categories["key"], *(row["key"] for row in found.after)}
    nothing = dict.fromkeys(SCHEMAS["categories"])
    return [{**nothing, "key": key, "name": key} for key in sorted(new)]


def _chosen(delta: Delta, keys: Sequence[Any]) -> Delta:
    wanted = pl.col(delta.key).is_in(list(keys))
    return Delta(delta.key, delta.before.filter(wanted), delta.after.filter(wanted))


def _later(labels: Delta, samples: Others, categories: Others) -> Delta:
    """Rejected labels, to be applied later, when what they belong to goes by its new name."""

    def side(rows: pl.DataFrame) -> pl.DataFrame:
        return rows.with_columns(
            pl.col("sample").replace(samples.later), pl.col("category").replace(categories.later)
        )

    return Delta(labels.key, side(labels.before), side(labels.after))
