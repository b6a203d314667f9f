"""Deltas and patches: the algebra of changes on keyed snapshots.

All operations work on row keys alone and know nothing fuzzy; `labelvc.core.match` has given the
rows of one snapshot the keys they have in the other. The laws they keep are tested:
`apply(a, diff(a, b)) == b`, `~diff(a, b) == diff(b, a)`, `diff(a, b) + diff(b, c) == diff(a, c)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from labelvc.core.errors import PatchError
from labelvc.core.joined import Joined
from labelvc.core.snapshot import CATEGORIES, LABELS, SAMPLES, Snapshot

KEYS = {"labels": "key", "samples": "sample", "categories": "key"}
SCHEMAS = {"labels": LABELS, "samples": SAMPLES, "categories": CATEGORIES}
# Columns that say where a row came from, not what it means.
PROVENANCE = ("record",)
# So many rows are compared at once, as there may be millions.
_AT_ONCE = 100_000


@dataclass(frozen=True, eq=False)
class Delta:
    """Rows before and rows after, of one table.

    A key in `after` only was added, in `before` only removed, in both changed.
    """

    key: str
    before: pl.DataFrame
    after: pl.DataFrame

    def __invert__(self) -> Delta:
        return Delta(self.key, self.after, self.before)

    def __bool__(self) -> bool:
        return bool(self.before.height or self.after.height)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Delta):
            return NotImplemented
        return all(
            _by_key(one, self.key).equals(_by_key(two, self.key))
            for one, two in ((self.before, other.before), (self.after, other.after))
        )

    __hash__ = None  # type: ignore[assignment]

    def __add__(self, later: Delta) -> Delta:
        """This delta, then `later`. Raises PatchError where `later` starts from other rows."""
        key = self.key
        met = self.after.join(later.before.select(key), on=key, how="semi")
        if not _by_key(met, key).equals(
            _by_key(later.before.join(met.select(key), on=key, how="semi"), key)
        ):
            raise PatchError("the second patch does not start where the first one ends")
        before = pl.concat([self.before, later.before.join(_keys(self), on=key, how="anti")])
        after = pl.concat([self.after.join(_keys(later), on=key, how="anti"), later.after])
        return _without_equal(Delta(key, before, after))

    def apply(self, table: pl.DataFrame) -> pl.DataFrame:
        """The table with the rows before replaced by the rows after.

        A changed row keeps its place, added rows come last. Raises PatchError where a row before is
        not in the table as the delta has it, or a row to be added is already there.
        """
        if not self:
            return table
        key = self.key
        found = table.filter(_has(self.before, key))
        if not _by_key(found, key).equals(_by_key(self.before, key)):
            raise PatchError(f"the rows to be changed are not as the patch says (by {key})")
        changed = self.after.filter(_has(self.before, key))
        added = self.after.filter(~_has(self.before, key))
        taken = table.filter(_has(added, key))
        if taken.height:
            raise PatchError(f"a row to be added is already there: {taken[key][0]!r}")
        removed = self.before.filter(~_has(self.after, key))
        kept = table.filter(~_has(removed, key)) if removed.height else table
        done = _replace_rows(kept, changed, key)
        return pl.concat([done, added]) if added.height else done


@dataclass(frozen=True)
class Patch:
    """The deltas from one snapshot to another.

    `records` are the source fragments that the `record` cells of the rows after point to.
    """

    labels: Delta
    samples: Delta
    categories: Delta
    records: Sequence[bytes] = field(default=(), compare=False)

    def __invert__(self) -> Patch:
        """The way back. Fragments are left behind: the snapshot it is applied to has its own."""
        return Patch(
            _without_provenance(~self.labels),
            _without_provenance(~self.samples),
            ~self.categories,
        )

    def __add__(self, later: Patch) -> Patch:
        shift = len(self.records)
        return Patch(
            self.labels + _shifted(later.labels, shift),
            self.samples + _shifted(later.samples, shift),
            self.categories + later.categories,
            records=[*self.records, *later.records],
        )

    def __bool__(self) -> bool:
        return bool(self.labels) or bool(self.samples) or bool(self.categories)


def diff(before: Snapshot, after: Snapshot) -> Patch:
    """What turns `before` into `after`; rows are the same where their keys are."""
    return Patch(
        table_delta(before.labels, after.labels, "labels"),
        table_delta(before.samples, after.samples, "samples"),
        table_delta(before.categories, after.categories, "categories"),
        records=after.records,
    )


def apply(snapshot: Snapshot, patch: Patch) -> Snapshot:
    """The snapshot with the patch's changes in it.

    Changed rows bring the fragment they have in the patch; where that has none they keep the one
    they had, for the writer to edit. Raises PatchError where the patch does not fit.
    """
    shift = len(snapshot.records)
    return replace(
        snapshot,
        labels=_shifted(patch.labels, shift).apply(snapshot.labels),
        samples=_shifted(patch.samples, shift).apply(snapshot.samples),
        categories=patch.categories.apply(snapshot.categories),
        records=Joined(snapshot.records, patch.records) if patch.records else snapshot.records,
    )


def table_delta(before: pl.DataFrame, after: pl.DataFrame, name: str) -> Delta:
    """What differs between two versions of the table of that name; fragments do not count."""
    key = KEYS[name]
    compared = [one for one in SCHEMAS[name] if one not in (key, *PROVENANCE)]
    if all(before[one].equals(after[one]) for one in (key, *compared)):
        return Delta(key, before.clear(), after.clear())
    places = before.select(key).with_row_index("before").join(
        after.select(key).with_row_index("after"), on=key
    )  # fmt: skip
    same = pl.all_horizontal(pl.col(one).eq_missing(pl.col(f"{one} after")) for one in compared)
    sides = before.select(compared), after.select(pl.col(compared).name.suffix(" after"))
    equal = [pl.Series([], dtype=places[key].dtype)]
    for part in places.iter_slices(_AT_ONCE):
        rows = sides[0][part["before"]].hstack(sides[1][part["after"]])
        equal.append(part[key].filter(rows.select(same).to_series()))
    differs = ~pl.col(key).is_in(pl.concat(equal).implode())
    return Delta(key, before.filter(differs), after.filter(differs))


def _by_key(table: pl.DataFrame, key: str) -> pl.DataFrame:
    return table.drop(PROVENANCE, strict=False).sort(key)


def _keys(delta: Delta) -> pl.DataFrame:
    return pl.concat([delta.before.select(delta.key), delta.after.select(delta.key)]).unique()


def _without_equal(delta: Delta) -> Delta:
    """Without the rows that end as they began."""
    compared = [name for name in delta.before.columns if name not in PROVENANCE]
    equal = delta.before.join(delta.after, on=compared, how="semi", nulls_equal=True).select(
        delta.key
    )
    return Delta(
        delta.key,
        delta.before.join(equal, on=delta.key, how="anti", maintain_order="left"),
        delta.after.join(equal, on=delta.key, how="anti", maintain_order="left"),
    )


def _replace_rows(table: pl.DataFrame, rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """The table with the rows of equal key put in place, order kept."""
    if rows.is_empty():
        return table
    places = table.with_row_index("_place").filter(_has(rows, key))
    found = rows.select(key).join(places, on=key, how="left", maintain_order="left")
    rows = rows.select(table.columns)
    if "record" in table.columns:
        rows = rows.with_columns(pl.coalesce("record", found["record"]))
    ends = table.height, table.height + rows.height
    order = pl.int_range(table.height, eager=True)
    order.scatter(found["_place"], pl.int_range(*ends, eager=True))
    # columns in which nothing changes are shared, as there may be millions of rows
    both = rows.hstack(found.select(pl.col(table.columns).name.prefix("_former ")))
    same = [pl.col(name).eq_missing(pl.col(f"_former {name}")).all() for name in table.columns]
    is_same = both.select(same).row(0, named=True)
    other = [name for name in table.columns if not is_same[name]]
    if not other:
        return table
    return table.with_columns(pl.concat([table.select(other), rows.select(other)])[order])


def _has(rows: pl.DataFrame, key: str) -> pl.Expr:
    """Whether a row has the key of one of those."""
    return pl.col(key).is_in(rows[key].implode())


def _shifted(delta: Delta, by: int) -> Delta:
    """The delta with the record numbers of its rows after moved on."""
    if not by or "record" not in delta.after.columns:
        return delta
    return replace(delta, after=delta.after.with_columns(pl.col("record") + by))


def _without_provenance(delta: Delta) -> Delta:
    nothing = pl.lit(None, dtype=pl.Int64).alias("record")
    return Delta(delta.key, delta.before, delta.after.with_columns(nothing))
