"""What of a snapshot a format takes after all, where its writer refuses the whole."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

import polars as pl

from labelvc.core.convert_shapes import in_kinds
from labelvc.core.errors import LabelvcError, LossError
from labelvc.core.losses import DROPPED, Loss, told
from labelvc.core.snapshot import Snapshot
from labelvc.formats.converting_mendings import MENDINGS, Mending, Part, in_parts, parted
from labelvc.formats.converting_target import Question, Target, Written

_ATTEMPTS = 400
# Of what is left out of all samples alike: each mending, all of them, and what may then be seen.
_AT_ONCE = 2 * len(MENDINGS)


class _Endless(LossError):
    """It takes too many attempts to find out what is taken."""


def salvaged(snapshot: Snapshot, target: Target) -> tuple[Snapshot, Written, list[Loss]]:
    """The most of the snapshot that can be written, its files, and what had to go.

    What cannot be read again counts as refused too. Raises LossError where it takes too many
    attempts to find out.
    """
    try:
        return snapshot, target.written(snapshot), []
    except Question:
        raise
    except LabelvcError as error:
        first = error
    salvage = _Salvage(target, first)
    snapshot, before = salvage.framed(snapshot)
    in_rings, losses = parted(snapshot)
    if losses and salvage.parting_helps(snapshot):
        if salvage.takes(in_rings):
            return in_rings, target.written(in_rings), [*before, *losses]
        snapshot = in_rings
    else:
        losses = []
    kept, more = salvage.of(snapshot)
    return kept, target.written(kept), [*before, *losses, *more]


class _Salvage:
    """Tries parts of a snapshot on a target, a limited number of times."""

    def __init__(self, target: Target, first: LabelvcError) -> None:
        self._target = target
        self._first = first
        self._left = _ATTEMPTS
        self._reason: str | None = first.message

    def takes(self, part: Snapshot) -> bool:
        """Whether the target can write this, and read it again."""
        if not self._left:
            raise _Endless(
                f"format {self._target.format.NAME} refuses so much that what it takes was not"
                f" found out: {self._first.message}",
                hint=self._first.hint,
            )
        self._left -= 1
        try:
            self._target.written(part)
        except Question:
            return True
        except LabelvcError as error:
            self._reason = error.message
            return False
        return True

    def framed(self, snapshot: Snapshot) -> Part:
        """With no more of its categories than the target takes."""
        if self.takes(_joined(snapshot, [])):
            return snapshot, []
        for columns in (["attributes"], ["parent"], ["attributes", "parent"]):
            plainer, losses = _plainer_categories(snapshot, columns)
            if losses and self.takes(_joined(plainer, [])):
                return plainer, losses
        return snapshot, []  # then it may be that there have to be labels

    def parting_helps(self, snapshot: Snapshot) -> bool:
        """Whether a label that was refused for its several outlines is taken in parts."""
        rows = snapshot.labels.filter(pl.Series(in_parts(snapshot.labels), dtype=pl.Boolean))
        one = snapshot.of_samples(rows["sample"].head(1)).with_labels(rows.head(1))
        return not self.takes(one) and self.takes(parted(one)[0])

    def of(self, snapshot: Snapshot) -> Part:
        """What can be written of all samples together.

        Where that is not found out sample by sample, or labels go because a sample is read by its
        name beside others only, what helps is left out of all samples at once.
        """
        exact: Part | None = None
        with contextlib.suppress(_Endless):
            exact = self._sample_by_sample(snapshot)
        if exact is not None and _size(exact) == _size((snapshot, [])):
            return exact
        self._left = _AT_ONCE
        try:
            at_once = self._mended(_joined(snapshot, []), snapshot)
        except _Endless:
            if exact is None:
                raise
            return exact
        return at_once if exact is None or _size(at_once) > _size(exact) else exact

    def _sample_by_sample(self, snapshot: Snapshot) -> Part:
        names = snapshot.samples["sample"].to_list()
        parts, losses = self._each(snapshot, names)
        kept = _joined(snapshot, parts)
        if self.takes(kept):
            return kept, losses
        # each by itself can be written, but not all beside each other
        taken, more = self._beside(_joined(snapshot, []), parts)
        return taken, [*losses, *more]

    def _each(self, snapshot: Snapshot, names: Sequence[str]) -> tuple[list[Snapshot], list[Loss]]:
        """Parts that can be written by themselves."""
        part = snapshot.of_samples(pl.Series(names, dtype=pl.String))
        if self.takes(part):
            return [part], []
        if len(names) == 1:
            kept, losses = self._mended(_joined(part, []), part)
            return [kept], losses
        middle = len(names) // 2
        one, losses = self._each(snapshot, names[:middle])
        two, more = self._each(snapshot, names[middle:])
        return [*one, *two], [*losses, *more]

    def _beside(self, taken: Snapshot, parts: Sequence[Snapshot]) -> Part:
        """The parts that can stand beside those that are taken."""
        losses: list[Loss] = []
        for part in parts:
            if part.samples.is_empty():
                continue
            both = _joined(taken, [taken, part])
            if self.takes(both):
                taken = both
                continue
            names = part.samples["sample"].to_list()
            if len(names) == 1:
                taken, more = self._mended(taken, part)
            else:
                middle = len(names) // 2
                halves = [
                    part.of_samples(pl.Series(half)) for half in (names[:middle], names[middle:])
                ]
                taken, more = self._beside(taken, halves)
            losses += more
        return taken, losses

    def _mended(self, taken: Snapshot, part: Snapshot) -> Part:
        """`taken` and one sample more, with as little left out of it as has to be."""
        helpful: list[Mending] = []
        for mending in MENDINGS:
            mended, losses = mending(part)
            if losses and self.takes(both := _joined(part, [taken, mended])):
                return both, losses
            if losses:
                helpful.append(mending)
        losses, mended = [], part
        for mending in helpful:
            mended, more = mending(mended)
            losses += more
        if len(helpful) > 1 and self.takes(both := _joined(part, [taken, mended])):
            return both, losses
        if helpful and not self.takes(_joined(part, [taken, _bare(part)])):
            both, more = self._label_by_label(taken, mended)
            is_taken = both.samples.height > taken.samples.height
            return both, [*losses, *more] if is_taken else more
        return self._label_by_label(taken, part)

    def _kinds(self, one: Snapshot) -> Iterator[Part]:
        """A label as it is, then as the kinds that may stand in for its own."""
        yield one, []
        carries = self._target.format.CARRIES
        kinds = set(carries.kinds)
        while one.labels.height and one.labels["kind"][0] in kinds:
            kinds.discard(one.labels["kind"][0])
            other, losses = in_kinds(one, kinds, attributes="attributes" in carries.labels)
            if not other.labels.height:
                return
            yield other, losses
            one = other

    def _label_by_label(self, taken: Snapshot, part: Snapshot) -> Part:
        """`taken` with the sample and those of its labels that can be written."""
        bare = _bare(part)
        with_sample = _joined(part, [taken, bare])
        is_taken = self.takes(with_sample)
        losses: list[Loss] = []
        reason = self._reason
        for at in range(part.labels.height):
            label = part.labels.slice(at, 1)
            for one, more in self._kinds(bare.with_labels(label)):
                both = _joined(part, [with_sample, one])
                if self.takes(both):
                    with_sample, is_taken = both, True
                    losses += more
                    break
            else:
                losses += told(label, f"{label['kind'][0]} label", DROPPED, reason=self._reason)
        if is_taken:
            return with_sample, losses
        return taken, told(bare.samples, "sample", DROPPED, table="samples", reason=reason)


def _plainer_categories(snapshot: Snapshot, columns: Sequence[str]) -> Part:
    table = snapshot.categories
    losses: list[Loss] = []
    for name in columns:
        having = table.filter(pl.col(name).is_not_null())
        losses += told(having, f"{name} of categories", DROPPED, table="categories")
        table = table.with_columns(pl.lit(None, dtype=pl.String).alias(name))
    return replace(snapshot, categories=table), losses


def _size(part: Part) -> tuple[int, int]:
    return part[0].labels.height, part[0].samples.height


def _bare(part: Snapshot) -> Snapshot:
    return part.with_labels(part.labels.clear())


def _joined(whole: Snapshot, parts: Sequence[Snapshot]) -> Snapshot:
    """The parts together, under the categories of the whole."""
    labels = pl.concat([whole.labels.clear(), *(part.labels for part in parts)])
    samples = pl.concat([whole.samples.clear(), *(part.samples for part in parts)])
    return replace(
        whole,
        labels=labels.with_columns(pl.int_range(pl.len()).alias("key")),
        samples=samples.unique("sample", maintain_order=True),
    )
