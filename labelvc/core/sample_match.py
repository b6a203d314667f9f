"""Samples have identity too: which sample of one snapshot is which of another."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import chain, product

import polars as pl

from labelvc.core.snapshot import CONTENT, Snapshot

# Two texts are versions of one where at least this much of them is the same.
_ALIKE = 0.6
# Beyond so many texts on a side, only those that share the most words which stand in few of them,
# and those near each other in the files, are compared.
_ALL_PAIRS = 100
_RARE = 10
_BEST = 3
_NEAR = 2


def match_samples(before: Snapshot, after: Snapshot, *, likely: bool = True) -> dict[str, str]:
    """Keys of `after` that are other keys in `before`: samples that were renamed or re-keyed.

    Those with the same key are the same. Of the others, in turn: same medium (digest), same text,
    same labels (of which at least one has a place or text, as a class alone tells too little),
    edited text; the last two only if `likely` ones are wanted.
    """
    gone = before.samples.join(after.samples, on="sample", how="anti", maintain_order="left")
    new = after.samples.join(before.samples, on="sample", how="anti", maintain_order="left")
    renamed: dict[str, str] = {}
    if gone.is_empty() or new.is_empty():
        return renamed
    for evidence in ("digest", "text"):
        _pair(renamed, _values(gone, evidence), _values(new, evidence), unique=False)
    if not likely:
        return renamed
    _pair(
        renamed,
        _signatures(before, gone["sample"]),
        _signatures(after, new["sample"]),
        unique=True,
    )
    _pair_edited(renamed, gone, new)
    return renamed


def _values(samples: pl.DataFrame, column: str) -> list[tuple[str, str]]:
    return list(samples.drop_nulls(column).select("sample", column).iter_rows())


def _signatures(snapshot: Snapshot, samples: pl.Series) -> list[tuple[str, str]]:
    """By sample, a text that is equal where the labels are."""
    content = [name for name in CONTENT if name != "sample"]
    tells = pl.any_horizontal(
        pl.col(name).is_not_null() for name in ("x", "geometry", "start", "text")
    )
    labels = snapshot.labels.filter(pl.col("sample").is_in(samples.implode()))
    grouped = (
        labels.with_columns(pl.struct(content).struct.json_encode().alias("_content"))
        .group_by("sample", maintain_order=True)
        .agg(pl.col("_content").sort().str.join("\n"), tells.any().alias("_tells"))
        .filter("_tells")
    )
    return list(grouped.select("sample", "_content").iter_rows())


def _pair(
    renamed: dict[str, str],
    gone: Iterable[tuple[str, str]],
    new: Iterable[tuple[str, str]],
    *,
    unique: bool,
) -> None:
    """Pair samples of equal evidence, in order, or with `unique` only where there is no choice."""
    taken = set(renamed.values())
    waiting: defaultdict[str, list[str]] = defaultdict(list)
    for sample, value in gone:
        if sample not in taken:
            waiting[value].append(sample)
    claims: defaultdict[str, list[str]] = defaultdict(list)
    for sample, value in new:
        if sample not in renamed:
            claims[value].append(sample)
    for value, claimants in claims.items():
        holders = waiting.get(value, [])
        if unique and (len(holders) != 1 or len(claimants) != 1):
            continue
        renamed.update(zip(claimants, holders, strict=False))


def _pair_edited(renamed: dict[str, str], gone: pl.DataFrame, new: pl.DataFrame) -> None:
    """Pair samples that are texts (without a medium's path) by likeness, the likest first."""
    texts = pl.col("text").is_not_null() & pl.col("path").is_null()
    old, now = _values(gone.filter(texts), "text"), _values(new.filter(texts), "text")
    _pair(renamed, _plain(old), _plain(now), unique=False)
    taken = set(renamed.values())
    old = [row for row in old if row[0] not in taken]
    now = [row for row in now if row[0] not in renamed]
    likeness = sorted(
        (-ratio, now[j][0], old[i][0])
        for i, j in _candidates([text for _, text in old], [text for _, text in now])
        if (ratio := _ratio(old[i][1], now[j][1])) >= _ALIKE
    )
    for _, sample, former in likeness:
        if sample not in renamed and former not in taken:
            renamed[sample] = former
            taken.add(former)


def _plain(rows: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The texts without case and spacing, which are often changed in all of them at once."""
    return [(sample, "".join(text.casefold().split())) for sample, text in rows]


def _candidates(old: Sequence[str], now: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Places of texts to compare: all, or of many those that share rare words or stand alike."""
    if max(len(old), len(now)) <= _ALL_PAIRS:
        yield from product(range(len(old)), range(len(now)))
        return
    having: defaultdict[str, list[int]] = defaultdict(list)
    for i, text in enumerate(old):
        for word in set(text.split()):
            having[word].append(i)
    for j, text in enumerate(now):
        rare = [
            places for word in set(text.split()) if len(places := having.get(word, ())) <= _RARE
        ]
        shared = Counter(chain.from_iterable(rare))
        best = sorted(shared, key=lambda i: (-shared[i], i))[:_BEST]
        near = range(max(0, j - _NEAR), min(len(old), j + _NEAR + 1))
        yield from ((i, j) for i in {*best, *near})


def _ratio(before: str, after: str) -> float:
    # languages written without spaces are compared by character
    spaced = " " in before and " " in after
    words: tuple[Sequence[str], Sequence[str]] = (
        (before.split(), after.split()) if spaced else (before, after)
    )
    matcher = SequenceMatcher(None, *words, autojunk=False)
    if matcher.real_quick_ratio() < _ALIKE or matcher.quick_ratio() < _ALIKE:
        return 0.0
    return matcher.ratio()
