"""Three versions of a label set, read no further than where any of them differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from labelvc.core.align import Known
from labelvc.core.cancel import Indices, pair_off, partners, walk
from labelvc.core.match import Ids, choose_key
from labelvc.core.snapshot import Snapshot, categories_frame
from labelvc.formats.base import Format, Settings
from labelvc.formats.pair import Wanted, kind_of_ids
from labelvc.formats.source import Source

Keeps = dict[str, Sequence[int]]


@dataclass(frozen=True)
class Read:
    """One version: how it was cut, the pieces that were read, and what they hold."""

    scan: Any
    settings: Settings
    keep: Mapping[str, Sequence[int]] | None  # None: all of it
    rest: Snapshot


@dataclass(frozen=True)
class Triple:
    """The three versions; `known` is what cancelling tells of the native ids."""

    base: Read | None
    ours: Read
    theirs: Read
    key: str | None
    known: Known

    def without_scans(self) -> Triple:
        """The same without what was cut but not read: of large files that is much."""
        base = self.base and replace(self.base, scan=None)
        ours, theirs = (replace(side, scan=None) for side in (self.ours, self.theirs))
        return replace(self, base=base, ours=ours, theirs=theirs)


def read_triple(
    base: Source | None,
    ours: Source,
    theirs: Source,
    fmt: Format,
    wanted: Wanted,
    *,
    whole: bool = False,
) -> Triple:
    """The versions, of which only those pieces are decoded that not all three share.

    Without a base, or with `whole`, all is read.
    """
    sources = [ours, theirs] if base is None else [base, ours, theirs]
    settings = _settled(sources, fmt, wanted.settings)
    scans = [fmt.scan(source, own) for source, own in zip(sources, settings, strict=True)]
    key = _key(scans, wanted.key)
    keeps: list[Keeps | None] = [None] * len(scans)
    if base is not None and not whole and all(scans[0].comparable(side, key) for side in scans[1:]):
        keeps = [*_keeps(*scans)]
    rests = [scan.read(keep, key) for scan, keep in zip(scans, keeps, strict=True)]
    if keeps[0] is not None:
        rests = _with_samples_elsewhere(scans, rests, keeps)
        rests = _with_categories_in_use(scans, rests, fmt)
    parts = map(Read, scans, settings, keeps, rests)
    read = [None, *parts] if base is None else list(parts)
    known = _known(scans, keeps, fmt, wanted.ids, key)
    return Triple(read[0], read[1], read[2], key, known)  # type: ignore[arg-type]


def _settled(sources: Sequence[Source], fmt: Format, given: Settings) -> list[Settings]:
    """The settings of all; where one has to name samples by path, all do."""
    settled = [fmt.settle(source, given) for source in sources]
    if len({one.get("keys") for one in settled}) > 1:
        settled = [fmt.settle(source, {**given, "keys": "path"}) for source in sources]
    return settled


def _key(scans: Sequence[Any], configured: str | None) -> str | None:
    """The field that identifies samples in all versions."""
    first = scans[0].sample_fields()
    default = configured or next(iter(first), None)
    for side in scans[1:]:
        pieces = scans[0].pieces.get("samples"), side.pieces.get("samples")
        if pieces[0] is not None and pieces[0] == pieces[1]:
            continue
        chosen = choose_key(first, side.sample_fields(), configured)
        if chosen != default:
            return chosen
    return default


def _keeps(base: Any, ours: Any, theirs: Any) -> list[Keeps]:
    """By version and table, the pieces that are not the same in all three."""
    keeps: list[Keeps] = [{}, {}, {}]
    for table, pieces in base.pieces.items():
        sides = [side.pieces[table] for side in (ours, theirs)]
        rests = [
            pair_off(pieces, left, side, right)
            for side in sides
            for left, right in [walk(pieces, side)]
        ]
        changed = [set(left) for left, _ in rests]
        keeps[0][table] = sorted(changed[0] | changed[1])
        for at, (side, (left, right)) in enumerate(zip(sides, rests, strict=True)):
            others = sorted(changed[1 - at] - changed[at])
            same = partners(pieces, left, side, right, others)
            keeps[1 + at][table] = sorted([*right, *same])
    return keeps


def _cancelled(before: Sequence[Any], after: Sequence[Any]) -> tuple[Indices, Indices]:
    left, right = walk(before, after)
    return pair_off(before, left, after, right)


def _with_samples_elsewhere(
    scans: Sequence[Any], rests: Sequence[Snapshot], keeps: Sequence[Keeps | None]
) -> list[Snapshot]:
    """The parts, each with the samples that only seem to be absent from it.

    A sample of several rows is still there where the one row that differs is gone.
    """
    everything = pl.concat([rest.samples for rest in rests]).unique(
        "sample", keep="first", maintain_order=True
    )
    completed = []
    for scan, rest, keep in zip(scans, rests, keeps, strict=True):
        lacking = set(everything["sample"]) - set(rest.samples["sample"])
        there = list(scan.elsewhere(lacking, keep)) if lacking else []
        rows = everything.filter(pl.col("sample").is_in(there))
        completed.append(replace(rest, samples=pl.concat([rest.samples, rows])) if there else rest)
    return completed


def _with_categories_in_use(
    scans: Sequence[Any], rests: Sequence[Snapshot], fmt: Format
) -> list[Snapshot]:
    """Where no class list is declared, the categories are those in use anywhere in the whole."""
    if is_declared(rests, fmt):
        return list(rests)
    tallies = [scans[0].tally()]
    tallies += [tallies[0].replaced(rests[0].tally(), rest.tally()) for rest in rests[1:]]
    return [
        replace(
            rest,
            categories=categories_frame(
                sorted(n for n, count in tally.categories.items() if count)
            ),
        )
        for rest, tally in zip(rests, tallies, strict=True)
    ]


def is_declared(snapshots: Sequence[Snapshot], fmt: Format) -> bool:
    """Whether the categories are listed, so that one may be there without any label."""
    return fmt.CARRIES.taxonomy and any(one.categories["id"].count() for one in snapshots)


def _known(
    scans: Sequence[Any],
    keeps: Sequence[Keeps | None],
    fmt: Format,
    ids: Ids,
    key: str | None,
) -> Known:
    """What the labels that all versions share tell of their ids: equal bytes have equal ids."""
    if fmt.CARRIES.ids_are_places:
        return Known("untrusted")
    keep = keeps[0]
    if keep is None:
        return Known(ids)
    kind = kind_of_ids(scans[0], fmt, keep, key)
    agreed = len(scans[0].pieces["labels"]) - len(keep["labels"])
    return Known("untrusted" if kind == "shared" else ids, agreed if kind == "own" else 0)
