"""Two versions of a label set, read no further than where they differ."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import polars as pl

from labelvc.core.cancel import pair_off, walk
from labelvc.core.match import Ids, choose_key
from labelvc.core.snapshot import Snapshot, categories_frame
from labelvc.core.tally import Tally
from labelvc.formats.base import Format, Keep, Scan, Settings
from labelvc.formats.source import Source

# Beyond this part of the labels left after cancelling, ids are blanked and cancelling is tried
# again: the file was probably re-exported with new ids.
_MOSTLY_DIFFERENT = 0.5
# So many of the equal labels are looked into to tell whether each has an id of its own.
_LOOKED_INTO = 100


@dataclass(frozen=True)
class Wanted:
    """How a label set is to be read and matched, as labelvc.yaml or the command line say."""

    format: str | None = None
    key: str | None = None
    ids: Ids = "auto"
    independent: bool = False
    settings: Settings = field(default_factory=dict)


@dataclass(frozen=True)
class Side:
    """One version: what is left of it after cancelling, and the counts of the whole."""

    rest: Snapshot
    tally: Tally


@dataclass(frozen=True)
class Pair:
    """Both versions; `same_bytes` labels were equal as they stand, `same_content` but for ids.

    `ids` says what the native ids of the former are: one a label, of several labels, or none.
    """

    before: Side
    after: Side
    key: str | None
    default_key: str | None
    same_bytes: int = 0
    same_content: int = 0
    ids: Literal["own", "shared", "none"] = "none"


def read_pair(
    before: Source,
    after: Source,
    fmt: Format,
    *,
    wanted: Wanted,
    known: tuple[Tally | None, Tally | None],
) -> Pair:
    """Both versions, of which only the pieces that differ are decoded."""
    settings = dict(wanted.settings)
    if not before.files or not after.files:
        return _one_sided(before, after, fmt, wanted, settings)
    settled, settled_after = _settled(before, after, fmt, settings)
    one, two = fmt.scan(before, settled), fmt.scan(after, settled_after)
    default = wanted.key or next(iter(one.sample_fields()), None)
    key = default
    if not _same_samples(one, two):
        key = choose_key(one.sample_fields(), two.sample_fields(), wanted.key)
    if not one.comparable(two, key):
        ids: Literal["shared", "none"] = "shared" if fmt.CARRIES.ids_are_places else "none"
        return Pair(_whole(one, key), _whole(two, key), key, default, ids=ids)
    return cancelled(one, two, fmt, key=key, default=default, known=known)


def _settled(
    before: Source, after: Source, fmt: Format, settings: Settings
) -> tuple[Settings, Settings]:
    """The settings of both; where one side has to name samples by path, both do."""
    one, two = fmt.settle(before, settings), fmt.settle(after, settings)
    if one.get("keys") != two.get("keys"):
        settings = {**settings, "keys": "path"}
        one, two = fmt.settle(before, settings), fmt.settle(after, settings)
    return one, two


def _same_samples(one: Scan, two: Scan) -> bool:
    """Whether the samples are equal as they stand, so that there is nothing to choose."""
    samples, samples_after = one.pieces.get("samples"), two.pieces.get("samples")
    return samples is not None and samples == samples_after


def _one_sided(
    before: Source, after: Source, fmt: Format, wanted: Wanted, settings: Mapping[str, str]
) -> Pair:
    nothing = Side(Snapshot(), Tally())
    sides = []
    for source in (before, after):
        if not source.files:
            sides.append(nothing)
            continue
        scan = fmt.scan(source, fmt.settle(source, settings))
        default = wanted.key or next(iter(scan.sample_fields()), None)
        sides.append(_whole(scan, default))
    if not before.files and not after.files:
        return Pair(nothing, nothing, wanted.key, wanted.key)
    return Pair(sides[0], sides[1], default, default)


def _whole(scan: Scan, key: str | None) -> Side:
    snapshot = scan.read(key=key)
    return Side(snapshot, snapshot.tally())


def cancelled(
    one: Scan,
    two: Scan,
    fmt: Format,
    *,
    key: str | None,
    default: str | None,
    known: tuple[Tally | None, Tally | None],
) -> Pair:
    """What is left of two comparable versions once their equal pieces are paired off."""
    keep: dict[str, Sequence[int]] = {}
    keep_after: dict[str, Sequence[int]] = {}
    for table, pieces in one.pieces.items():
        keep[table], keep_after[table] = walk(pieces, two.pieces[table])
    renumbered = _cancel_without_ids(one, two, keep, keep_after)
    for table, pieces in one.pieces.items():
        keep[table], keep_after[table] = pair_off(
            pieces, keep[table], two.pieces[table], keep_after[table]
        )
    rest, rest_after = one.read(keep, key), two.read(keep_after, key)
    rest, rest_after = _without_returning((one, rest, keep), (two, rest_after, keep_after))
    tally, tally_after = _tallies((one, rest), (two, rest_after), known)
    declared = rest.categories["id"].count() or rest_after.categories["id"].count()
    if not fmt.CARRIES.taxonomy or not declared:
        # without a declared class list, the categories are those in use anywhere in the whole
        tally, tally_after = _in_use(tally), _in_use(tally_after)
        rest = replace(rest, categories=categories_frame(sorted(tally.categories)))
        rest_after = replace(
            rest_after, categories=categories_frame(sorted(tally_after.categories))
        )
    else:
        rest, tally = _with_undeclared(rest, tally)
        rest_after, tally_after = _with_undeclared(rest_after, tally_after)
    equal = tally.labels - rest.labels.height
    return Pair(
        Side(rest, tally), Side(rest_after, tally_after), key, default,
        same_bytes=equal - renumbered, same_content=renumbered,
        ids=kind_of_ids(one, fmt, keep, key),
    )  # fmt: skip


def _cancel_without_ids(
    one: Scan, two: Scan, keep: dict[str, Sequence[int]], keep_after: dict[str, Sequence[int]]
) -> int:
    """Cancel labels that differ in their native id only, where most differ; how many did."""
    left, right = keep["labels"], keep_after["labels"]
    if len(left) <= _MOSTLY_DIFFERENT * len(one.pieces["labels"]) or not right:
        return 0
    blank, blank_after = one.without_ids(), two.without_ids()
    if blank is None or blank_after is None:
        return 0
    keep["labels"], keep_after["labels"] = pair_off(blank, left, blank_after, right)
    return len(left) - len(keep["labels"])


def kind_of_ids(
    scan: Scan, fmt: Format, keep: Keep, key: str | None
) -> Literal["own", "shared", "none"]:
    """What the native ids of the labels that cancelled are, by a look at some of them."""
    if fmt.CARRIES.ids_are_places or "id" not in fmt.CARRIES.labels:
        return "shared" if fmt.CARRIES.ids_are_places else "none"
    pieces, kept = len(scan.pieces["labels"]), set(keep["labels"])
    some = [at for at in range(0, pieces, 1 + pieces // _LOOKED_INTO) if at not in kept]
    ids = scan.read({"labels": some}, key).labels["id"].drop_nulls()
    if ids.is_empty():
        return "none"
    return "own" if 2 * ids.n_unique() > len(ids) else "shared"


def _without_returning(
    before: tuple[Scan, Snapshot, Mapping[str, Sequence[int]]],
    after: tuple[Scan, Snapshot, Mapping[str, Sequence[int]]],
) -> tuple[Snapshot, Snapshot]:
    """The parts, each with those samples added that only seem to be absent from it.

    A sample of several rows is still there when the one row that differs is gone.
    """
    (one, rest, keep), (two, rest_after, keep_after) = before, after
    samples, samples_after = set(rest.samples["sample"]), set(rest_after.samples["sample"])
    back = one.elsewhere(samples_after - samples, keep) if samples_after - samples else ()
    forth = two.elsewhere(samples - samples_after, keep_after) if samples - samples_after else ()
    return _with_samples(rest, rest_after, back), _with_samples(rest_after, rest, forth)


def _with_samples(snapshot: Snapshot, other: Snapshot, names: Collection[str]) -> Snapshot:
    if not names:
        return snapshot
    rows = other.samples.filter(pl.col("sample").is_in(list(names)))
    return replace(snapshot, samples=pl.concat([snapshot.samples, rows]))


def _tallies(
    before: tuple[Scan, Snapshot],
    after: tuple[Scan, Snapshot],
    known: tuple[Tally | None, Tally | None],
) -> tuple[Tally, Tally]:
    """Counts of both wholes, of which at most one has to be counted."""
    (one, rest), (two, rest_after) = before, after
    tally, tally_after = known
    same_names = rest.categories["name"].sort().equals(rest_after.categories["name"].sort())
    derivable = same_names or not rest.categories["id"].count()
    if tally is None and tally_after is not None and derivable:
        tally = tally_after.replaced(rest_after.tally(), rest.tally())
    tally = tally or one.tally()
    if tally_after is None and derivable:
        tally_after = tally.replaced(rest.tally(), rest_after.tally())
    return tally, tally_after or two.tally()


def _with_undeclared(rest: Snapshot, tally: Tally) -> tuple[Snapshot, Tally]:
    """With the categories of labels that were not read and no class list declares; no others."""
    declared = set(rest.categories["name"])
    counts = {name: held for name, held in tally.categories.items() if held or name in declared}
    more = categories_frame(sorted(counts.keys() - declared))
    categories = pl.concat([rest.categories, more]) if more.height else rest.categories
    return replace(rest, categories=categories), replace(tally, categories=counts)


def _in_use(tally: Tally) -> Tally:
    used = {name: number for name, number in tally.categories.items() if number}
    return replace(tally, categories=used)
