"""Samples under the names that a target itself will give them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import replace

import polars as pl

from labelvc.core.errors import LabelvcError
from labelvc.core.losses import RENAMED, Loss, told
from labelvc.core.snapshot import Snapshot
from labelvc.formats.converting_target import Target
from labelvc.formats.rows import content_key, occurrences
from labelvc.formats.source import MEDIA
from labelvc.formats.splits import IMAGES

_TRIED = 6  # samples


def named(snapshot: Snapshot, target: Target) -> tuple[Snapshot, list[Loss]]:
    """The snapshot with its samples named so that the target reads them under the same names.

    The ways to name them are tried on a few samples; the first that is best is taken.
    """
    best, score = _best([*_namings(snapshot), *_with_paths(snapshot, target)], target)
    if not score:  # it may be that only names that several samples share are read
        other, numbered = _best([*_namings(snapshot, numbered=True)], target)
        best = other if numbered else best
    return best, _renaming(snapshot, best)


def _best(ways: Sequence[Snapshot], target: Target) -> tuple[Snapshot, int]:
    """The first of those that are read best, and how many of a few samples are."""
    best, best_score = ways[0], -1
    for other in ways:
        score, tries = _score(other, target)
        if score > best_score:
            best, best_score = other, score
        if score == tries:
            break
    return best, best_score


def keeps_names(snapshot: Snapshot, target: Target) -> bool:
    """Whether a few of the samples are read by the names they have."""
    score, tries = _score(snapshot, target)
    return score == tries


def _with_paths(snapshot: Snapshot, target: Target) -> Iterator[Snapshot]:
    """Samples without a path under their names as paths, for targets that know no others."""
    pathless = snapshot.samples["path"].null_count() > 0
    if pathless and "path" in target.format.CARRIES.samples:
        path = pl.coalesce("path", "sample")
        yield replace(snapshot, samples=snapshot.samples.with_columns(path.alias("path")))


def _namings(snapshot: Snapshot, *, numbered: bool = False) -> Iterator[Snapshot]:
    """The snapshot under each set of names that leaves samples apart, if need be by numbers."""
    samples = snapshot.samples
    keys, texts = samples["sample"].to_list(), samples["text"].to_list()
    paths = [path or key for path, key in zip(samples["path"], keys, strict=True)]
    ways = [keys, paths]
    ways += [[_stem(name) for name in names] for names in (keys, paths)]
    ways += [[posixpath.basename(name) for name in names] for names in ways]
    if None not in texts:
        ways.append(_numbered(list(map(content_key, texts))))
    seen = []
    for names in map(_numbered, ways) if numbered else ways:
        if names not in seen and len(set(names)) == len(names):
            seen.append(names)
            yield _renamed(snapshot, dict(zip(keys, names, strict=True)))


def _numbered(names: list[str]) -> list[str]:
    """The names, of those that stand more than once each but the first with its number."""
    ends = occurrences(names, range(len(names)))
    return [name + end for name, end in zip(names, ends, strict=True)]


def _renamed(snapshot: Snapshot, names: dict[str, str]) -> Snapshot:
    if all(old == new for old, new in names.items()):
        return snapshot
    renamed = [
        table.with_columns(
            pl.Series("sample", [names.get(old, old) for old in table["sample"]], dtype=pl.String)
        )
        for table in (snapshot.labels, snapshot.samples)
    ]
    return replace(snapshot, labels=renamed[0], samples=renamed[1])


def _score(snapshot: Snapshot, target: Target) -> tuple[int, int]:
    """How many of a few samples are read by their name, and how many were tried."""
    some = _some(snapshot)
    together = snapshot.of_samples(pl.Series(some, dtype=pl.String))
    try:
        if sorted(target.written(together).snapshot.samples["sample"]) == sorted(some):
            return len(some), len(some)
    except LabelvcError:
        pass  # one of them may be to blame
    return sum(_reads(snapshot, name, target) for name in some), len(some)


def _some(snapshot: Snapshot) -> list[str]:
    labelled = snapshot.labels["sample"].unique(maintain_order=True)
    names = labelled if len(labelled) else snapshot.samples["sample"]
    return names.gather_every(max(1, len(names) // _TRIED)).head(_TRIED).to_list()


def _reads(snapshot: Snapshot, name: str, target: Target) -> bool:
    """Whether a sample is read by its name: with all it says, else with less of it."""
    one = snapshot.of_samples(pl.Series([name]))
    less = [one.with_labels(one.labels.head(count)) for count in (one.labels.height, 1, 0)]
    nothing = pl.lit(None, dtype=pl.String).alias("attributes")
    less.append(replace(less[-1], samples=one.samples.with_columns(nothing)))
    for part in less:
        try:
            found = target.written(part).snapshot
        except LabelvcError:
            continue
        return found.samples["sample"].to_list() == [name]
    return False


def _renaming(before: Snapshot, after: Snapshot) -> list[Loss]:
    """A new name that the old one tells is told, another is a loss."""
    olds, paths = before.samples["sample"], before.samples["path"]
    news = after.samples["sample"]
    kept = [
        old == path
        or _stem(new) == old
        or new in (_stem(old), posixpath.basename(old), posixpath.basename(_stem(old)))
        for old, new, path in zip(olds, news, paths, strict=True)
    ]
    told_again = pl.Series(kept, dtype=pl.Boolean)
    other = olds != news
    what = "names of samples"
    return [
        *told(before.samples.filter(other & ~told_again), what, RENAMED, table="samples"),
        *told(
            before.samples.filter(other & told_again), what, RENAMED, table="samples", refused=False
        ),
    ]


def _stem(name: str) -> str:
    stem, suffix = posixpath.splitext(name)
    return stem if suffix.lower() in (*IMAGES, *MEDIA) else name
