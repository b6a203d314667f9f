"""What lies between two versions of a label set, as the walk of `labelvc.core.blame` takes it.

Only the rows that differ are decoded, and what was worked out is kept by content, so that it is
not worked out again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import msgspec
import polars as pl

from labelvc.core.blame import Step
from labelvc.core.errors import NotFound
from labelvc.core.label_changes import label_changes
from labelvc.core.match import Matched
from labelvc.core.other_changes import category_changes, sample_changes
from labelvc.core.patch import diff
from labelvc.core.sample_texts import sample_texts
from labelvc.core.snapshot import Snapshot
from labelvc.formats.base import Format
from labelvc.formats.comparing import matched_pair
from labelvc.formats.pair import Pair, Wanted, read_pair
from labelvc.formats.reading import read
from labelvc.formats.registry import by_name
from labelvc.formats.source import Source
from labelvc.repo.blame_tables import HELD, SIDES, Rest, Tables, decoded, encoded, step_of
from labelvc.repo.compare import known, reading, remember_counts, sources
from labelvc.repo.patch_cache import PatchCache
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import SetPair, Version
from labelvc.repo.tallies import read_as

# Of both versions, by the name that a comparison uses of a sample the one its version uses.
_Names = tuple[Mapping[str, str], Mapping[str, str]]


def step_between(
    repo: Repository, cache: PatchCache, pair: SetPair, *, offline: bool = False
) -> Step:
    """The step from `pair.before` to `pair.after`, kept or worked out.

    The format of the label set is given. With `offline` no remote is asked for labels. Raises what
    reading the versions raises.
    """
    if pair.is_equal:
        return Step()
    key = _key(pair)
    tables = decoded(cache.get(key)) if key is not None else None
    if tables is None:
        if offline and not all(in_cache(repo, version) for version in _versions(pair)):
            raise NotFound("the labels are not in the DVC cache")
        tables = _worked_out(repo, pair)
        if key is not None:
            cache.put(key, encoded(tables))
    return step_of(tables, by_name(str(pair.label_set.format)))


def in_cache(repo: Repository, version: Version | None) -> bool:
    """Whether a version can be had without asking a remote, as far as its own object tells."""
    if version is None or version.stored is None or version.stored.how == "git":
        return True
    stored = version.stored
    return repo.objects.has(stored.enclosing or stored.hash, stored.hash_name)


def _key(pair: SetPair) -> Any:
    """What a step depends on; None where a version is not stored."""
    found: list[Any] = []
    for version in (pair.before, pair.after):
        content = version.content if version else None
        if version is not None and (content is None or not content.hash):
            return None
        found.append([content.hash_name, content.hash] if content else None)
    label_set = pair.label_set
    return ["step", *found, read_as(label_set), label_set.ids, label_set.annotators]


def _worked_out(repo: Repository, pair: SetPair) -> Tables:
    wanted = reading(pair.label_set)
    fmt = by_name(str(pair.label_set.format))
    both = sources(repo, pair)
    counted = known(repo, pair.before, fmt.NAME), known(repo, pair.after, fmt.NAME)
    found = read_pair(*both, fmt, wanted=wanted, known=counted)
    remember_counts(repo, pair, fmt.NAME, (found.before.tally, found.after.tally))
    found, names = _under_other_names(both, fmt, wanted, found) or (found, ({}, {}))
    return _tables(found, matched_pair(found, wanted), names)


def _versions(pair: SetPair) -> tuple[Version | None, Version | None]:
    return pair.before, pair.after


def _under_other_names(
    both: tuple[Source, Source], fmt: Format, wanted: Wanted, pair: Pair
) -> tuple[Pair, _Names] | None:
    """Both versions whole, and the names of their samples.

    Two versions may have to be compared by another field than the configured one, or by paths
    where the names of one version are not enough. Then labels of equal bytes go by other names
    too, so that nothing cancels. None where the names are those of the versions.
    """
    given = dict(wanted.settings)
    own = [fmt.settle(source, given) if source.files else {} for source in both]
    by_path = all(source.files for source in both) and own[0].get("keys") != own[1].get("keys")
    if pair.key == pair.default_key and not by_path:
        return None
    used = {**given, "keys": "path"} if by_path else given
    wholes, names = [], []
    for source, settled in zip(both, own, strict=True):
        whole = fmt.scan(source, fmt.settle(source, used)).read(None, pair.key)
        wholes.append(whole)
        names.append(_names(whole, fmt.scan(source, settled).read(None, pair.default_key)))
    one, two = (
        replace(side, rest=whole)
        for side, whole in zip((pair.before, pair.after), wholes, strict=True)
    )
    ids: Literal["shared", "none"] = "shared" if fmt.CARRIES.ids_are_places else "none"
    return Pair(one, two, pair.key, pair.default_key, ids=ids), (names[0], names[1])


def _names(used: Snapshot, own: Snapshot) -> dict[str, str]:
    """The names of samples in one reading of a version that have another in the other reading."""
    found = dict(zip(used.labels["sample"], own.labels["sample"], strict=True))
    if used.samples.height == own.samples.height:
        found |= dict(zip(used.samples["sample"], own.samples["sample"], strict=True))
    return {name: told for name, told in found.items() if name != told}


def _tables(pair: Pair, matched: Matched, names: _Names) -> Tables:
    one, two = pair.before.rest, matched.after
    patch = diff(one, two)
    changes = label_changes(patch, one, two, matched.how)
    samples = sample_changes(patch)
    # the rows of `after` as its files have them, under the keys that match gave them
    raw = pair.after.rest.labels.with_columns(two.labels["key"])
    rows = changes.select("key", row=pl.int_range(pl.len()), fields=_fields(changes))
    turns = _sides(_renamed(one.labels, names[0]), _renamed(raw, names[1]))
    turns = turns.join(rows, on="key", how="left", maintain_order="left")
    differs = pl.any_horizontal(
        pl.col(f"before_{name}").ne_missing(pl.col(f"after_{name}")) for name in HELD
    )
    rest = Rest(
        renumbered=pair.same_content > 0,
        renamed=_former_names(pair.after.rest, two, one, names),
        categories=[(one.kind, one.before, one.after, one.ids) for one in category_changes(patch)],
        texts=dict(sample_texts(changes, one, two)),
    )
    turns = turns.filter(pl.col("row").is_not_null() | differs).drop("key")
    return Tables(turns, changes, samples, rest)


def _renamed(labels: pl.DataFrame, names: Mapping[str, str]) -> pl.DataFrame:
    return labels.with_columns(pl.col("sample").replace(names)) if names else labels


def _former_names(
    raw: Snapshot, matched: Snapshot, before: Snapshot, names: _Names
) -> dict[str, str]:
    """By the name that a sample has in its version, the one it had before, where it had another."""
    there = set(before.samples["sample"])
    pairs = zip(raw.samples["sample"], matched.samples["sample"], strict=True)
    own = [(names[1].get(new, new), names[0].get(old, old)) for new, old in pairs if old in there]
    return {new: old for new, old in own if new != old}


def _sides(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    one, two = (
        labels.select("key", *(pl.col(name).alias(f"{side}_{name}") for name in HELD))
        for side, labels in zip(SIDES, (before, after), strict=True)
    )
    return one.join(two, on="key", how="full", coalesce=True, maintain_order="left_right")


def _fields(changes: pl.DataFrame) -> pl.Series:
    """The kinds of change, with the keys of the attributes that differ in place of `attributes`."""
    found: list[list[str]] = changes["kinds"].to_list()
    several = changes.select("before_attributes", "after_attributes").iter_rows()
    for kinds, (old, new) in zip(found, several, strict=True):
        if "attributes" in kinds:
            one, two = (msgspec.json.decode(text or "{}") for text in (old, new))
            differ = {name for name in {*one, *two} if one.get(name) != two.get(name)}
            kinds[:] = [kind for kind in kinds if kind != "attributes"]
            kinds += sorted(f"attributes.{name}" for name in differ)
    return pl.Series("fields", found, dtype=pl.List(pl.String))


def read_version(version: Version) -> tuple[Snapshot, Format]:
    """The labels of a whole version. Raises what reading raises."""
    label_set = version.label_set
    found, fmt, _ = read(version.source, label_set.format, label_set.settings, label_set.key)
    return found, fmt
