"""Labels of one format as files of another, and the list of what those cannot hold.

No pair of formats is known here. What a target holds is told by its `CARRIES`; what that leaves
open (how it names samples, whether a box stands beside an outline) is found by trying; and what
was written is read again and compared, so that nothing is lost in silence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from labelvc.core.convert_align import aligned
from labelvc.core.convert_columns import without_columns, without_taxonomy
from labelvc.core.convert_compare import found_losses
from labelvc.core.convert_shapes import in_kinds
from labelvc.core.convert_units import in_units
from labelvc.core.errors import LabelvcError, LossError
from labelvc.core.losses import Loss, together
from labelvc.core.snapshot import LABELS, SAMPLES, Snapshot
from labelvc.formats.base import Carries
from labelvc.formats.converting_boxes import boxed
from labelvc.formats.converting_names import keeps_names, named
from labelvc.formats.converting_salvage import salvaged
from labelvc.formats.converting_target import CompletesLabels, Question, Target, Written
from labelvc.formats.fragments import resolved

# Width and height in pixels of samples whose labels do not tell them.
Sizes = Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Converted:
    """The files, and what was lost on the way."""

    written: Written
    losses: Sequence[Loss]


def convert(snapshot: Snapshot, target: Target, sizes: Sizes | None = None) -> Converted:
    """The snapshot as files of the target's format.

    Raises LossError where the target can hold none of the labels, cannot be written at all, or
    refuses so many samples that trying what it would take has no end.
    """
    carries = target.format.CARRIES
    if not carries.writable:
        raise LossError(
            f"format {target.format.NAME} is read only",
            hint="Convert to another format; docs/formats.md lists what each can hold.",
        )
    meant, losses = held(snapshot, carries, sizes or {})
    if snapshot.labels.height and not meant.labels.height:
        raise _nothing_left(target, losses)
    meant, more = boxed(meant, target)
    losses += more
    if isinstance(target.format, CompletesLabels):
        meant = target.format.completed(meant)
    meant, written, refusals = _written(meant, target)
    if snapshot.labels.height and not meant.labels.height:
        raise _nothing_left(target, [*losses, *refusals])
    again, renamed = aligned(meant, written.snapshot)
    found = found_losses(meant, again)
    return Converted(written, together([*losses, *refusals, *renamed, *found]))


def _written(meant: Snapshot, target: Target) -> tuple[Snapshot, Written, list[Loss]]:
    """As much as can be written, under the names it will be read by, and what had to go."""
    names = set(meant.samples["sample"])
    written: Written | None = None
    if keeps_names(meant, target):
        try:
            written = target.written(meant)
        except Question:
            raise
        except LabelvcError:
            pass
    if written is not None and set(written.snapshot.samples["sample"]) == names:
        return meant, written, []
    renamed, losses = named(meant, target)
    if written is not None and renamed is meant:
        return meant, written, losses
    kept, written, more = salvaged(renamed, target)
    return kept, written, [*losses, *more]


def held(
    snapshot: Snapshot, carries: Carries, sizes: Sizes | None = None
) -> tuple[Snapshot, list[Loss]]:
    """What of a snapshot a format can hold by its own account, and what it cannot."""
    bare = _bare(_sized(snapshot, sizes or {}))
    attributes = "attributes" in carries.labels
    bare, losses = in_units(bare, carries.units)
    bare, more = in_kinds(bare, carries.kinds, attributes=attributes)
    losses += more
    bare, more = without_columns(bare, labels=carries.labels, samples=carries.samples)
    losses += more
    if not carries.taxonomy:
        bare, more = without_taxonomy(bare)
        losses += more
    return _renumbered(bare), losses


def _bare(snapshot: Snapshot) -> Snapshot:
    """Without what only the format it was read from understands."""
    names = snapshot.categories.with_columns(pl.col("name").alias("key"))
    nowhere = pl.lit(None, dtype=pl.Int64).alias("record")
    return Snapshot(
        labels=resolved(snapshot).with_columns(nowhere).select(list(LABELS)),
        samples=snapshot.samples.with_columns(nowhere).select(list(SAMPLES)),
        categories=names,
    )


def _renumbered(snapshot: Snapshot) -> Snapshot:
    return snapshot.with_labels(snapshot.labels.with_columns(pl.int_range(pl.len()).alias("key")))


def _sized(snapshot: Snapshot, sizes: Sizes) -> Snapshot:
    """With the sizes of samples whose labels do not tell them."""
    if not sizes:
        return snapshot
    samples = snapshot.samples
    known = [sizes.get(sample, (None, None)) for sample in samples["sample"]]
    both = pl.col("width").is_not_null() & pl.col("height").is_not_null()
    filled = [
        pl.when(both)
        .then(pl.col(name))
        .otherwise(pl.Series(f"_{name}", [size[at] for size in known], dtype=pl.Float64))
        .alias(name)
        for at, name in enumerate(("width", "height"))
    ]
    return replace(snapshot, samples=samples.with_columns(filled))


def _nothing_left(target: Target, losses: Sequence[Loss]) -> LossError:
    lost = [loss for loss in together(losses) if loss.refused and loss.table != "categories"]
    listed = ", ".join(f"{loss.what} ({loss.count})" for loss in lost)
    reason = next((f"; {loss.reason}" for loss in lost if loss.reason is not None), "")
    return LossError(
        f"format {target.format.NAME} can hold none of these labels: {listed}{reason}",
        hint="docs/formats.md lists what each format can hold.",
    )
