"""What lies between two versions of a label set, as the walk of `labelvc.core.blame` takes it.

Only the rows that differ are decoded, and what was worked out is kept by content, so that it is
not worked out again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any, Literal

import msgspec
import polars as pl

from labelvc.core.blame import Held, Step, Turn
from labelvc.core.comparison import CategoryChange
from labelvc.core.errors import NotFound
from labelvc.core.label_changes import label_changes
from labelvc.core.match import Matched, match
from labelvc.core.other_changes import category_changes, sample_changes
from labelvc.core.patch import diff
from labelvc.core.sample_texts import sample_texts
from labelvc.core.snapshot import CONTENT, Snapshot
from labelvc.formats.base import Format
from labelvc.formats.pair import Pair, Wanted, read_pair
from labelvc.formats.reading import read
from labelvc.formats.registry import by_name
from labelvc.formats.source import Source
from labelvc.repo.compare import known, reading
from labelvc.repo.patch_cache import PatchCache
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import SetPair, Version
from labelvc.repo.tallies import read_as, remember_tally

_SIDES = ("before", "after")
# Native ids tell equal labels apart only where each label brings its own.
_HELD = ("id", *CONTENT)
# Of both versions, by the name that a comparison uses of a sample the one its version uses.
_Names = tuple[Mapping[str, str], Mapping[str, str]]


@dataclass(frozen=True)
class Detail:
    """What is to be told of a step.

    `changes` and `samples` are as `Comparison.changes` and `.sample_changes`; `renamed` has the
    former names of samples, `categories` the changes of the taxonomy, `texts` those of the samples.
    """

    changes: pl.DataFrame
    samples: pl.DataFrame
    renamed: Mapping[str, str]
    categories: Sequence[CategoryChange]
    texts: Mapping[str, str]


class _Rest(msgspec.Struct):
    """What is kept beside the tables."""

    renumbered: bool
    renamed: dict[str, str]
    categories: list[tuple[str, str | None, str | None, tuple[str | None, str | None]]]
    texts: dict[str, str]


@dataclass(frozen=True)
class _Tables:
    """`turns` has a row a label that differs as it stands: before_/after_ for id and content."""

    turns: pl.DataFrame
    changes: pl.DataFrame
    samples: pl.DataFrame
    rest: _Rest


def own_ids(fmt: Format) -> bool:
    """Whether each label brings an id of its own."""
    return "id" in fmt.CARRIES.labels and not fmt.CARRIES.ids_are_places


def held(labels: pl.DataFrame, fmt: Format) -> list[Held]:
    """The labels of a whole version, in the order of its files."""
    own = own_ids(fmt)
    return [Held(row[1:], row[0] if own else None) for row in labels.select(_HELD).iter_rows()]


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
    tables = _decoded(cache.get(key)) if key is not None else None
    if tables is None:
        if offline and not all(in_cache(repo, version) for version in _versions(pair)):
            raise NotFound("the labels are not in the DVC cache")
        tables = _worked_out(repo, pair)
        if key is not None:
            cache.put(key, _encoded(tables))
    return _step(tables, by_name(str(pair.label_set.format)))


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


def _worked_out(repo: Repository, pair: SetPair) -> _Tables:
    label_set = pair.label_set
    wanted = reading(label_set)
    fmt = by_name(str(label_set.format))
    nothing = Source(label_set.path, {}, is_folder=False)
    before, after = (version.source if version else nothing for version in _versions(pair))
    repo.prefetch(before, after)
    counted = known(repo, pair.before, fmt.NAME), known(repo, pair.after, fmt.NAME)
    read_both = read_pair(before, after, fmt, wanted=wanted, known=counted)
    sides = (read_both.before, read_both.after)
    for version, tally, side in zip(_versions(pair), counted, sides, strict=True):
        if version is not None and version.content is not None and tally is None:
            told = replace(version.label_set, format=fmt.NAME)
            remember_tally(repo, version.content, told, side.tally)
    renamed = _under_other_names((before, after), fmt, wanted, read_both)
    if renamed is not None:
        return _tables(renamed[0], _matched(renamed[0], wanted), renamed[1])
    return _tables(read_both, _matched(read_both, wanted), ({}, {}))


def _versions(pair: SetPair) -> tuple[Version | None, Version | None]:
    return pair.before, pair.after


def _matched(pair: Pair, wanted: Wanted) -> Matched:
    """As every comparison matches two versions (`labelvc.formats.comparing`)."""
    return match(
        pair.before.rest,
        pair.after.rest,
        ids="untrusted" if pair.ids == "shared" else wanted.ids,
        independent=wanted.independent,
        agreed=pair.same_bytes if pair.ids == "own" else 0,
        renumbered=pair.same_content,
    )


def _under_other_names(
    sources: tuple[Source, Source], fmt: Format, wanted: Wanted, pair: Pair
) -> tuple[Pair, _Names] | None:
    """Both versions whole, and the names of their samples.

    Two versions may have to be compared by another field than the configured one, or by paths
    where the names of one version are not enough. Then labels of equal bytes go by other names
    too, so that nothing cancels. None where the names are those of the versions.
    """
    given = dict(wanted.settings)
    own = [fmt.settle(source, given) if source.files else {} for source in sources]
    by_path = all(source.files for source in sources) and own[0].get("keys") != own[1].get("keys")
    if pair.key == pair.default_key and not by_path:
        return None
    used = {**given, "keys": "path"} if by_path else given
    wholes, names = [], []
    for source, settled in zip(sources, own, strict=True):
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


def _tables(pair: Pair, matched: Matched, names: _Names) -> _Tables:
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
        pl.col(f"before_{name}").ne_missing(pl.col(f"after_{name}")) for name in _HELD
    )
    rest = _Rest(
        renumbered=pair.same_content > 0,
        renamed=_former_names(pair.after.rest, two, one, names),
        categories=[(one.kind, one.before, one.after, one.ids) for one in category_changes(patch)],
        texts=dict(sample_texts(changes, one, two)),
    )
    turns = turns.filter(pl.col("row").is_not_null() | differs).drop("key")
    return _Tables(turns, changes, samples, rest)


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
        labels.select("key", *(pl.col(name).alias(f"{side}_{name}") for name in _HELD))
        for side, labels in zip(_SIDES, (before, after), strict=True)
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


def _step(tables: _Tables, fmt: Format) -> Step:
    own, width = own_ids(fmt), len(_HELD)
    columns = [f"{side}_{name}" for side in _SIDES for name in _HELD]
    turns = []
    for row in tables.turns.select(*columns, "row", "fields").iter_rows():
        before, after, number, fields = row[:width], row[width : 2 * width], row[-2], row[-1]
        turns.append(
            Turn(
                _held(before, own),
                _held(after, own),
                frozenset(fields or ()),
                number,
            )
        )
    told = tables.rest
    categories = [CategoryChange(*change) for change in told.categories]
    detail = Detail(tables.changes, tables.samples, told.renamed, categories, told.texts)
    return Step(turns, renumbered=told.renumbered, detail=detail)


def _held(row: tuple[Any, ...], own: bool) -> Held | None:
    """A side of a turn; None where the label is not there (kind is never null)."""
    if row[_KIND] is None:
        return None
    return Held(row[1:], row[0] if own else None)


_KIND = _HELD.index("kind")


def frame_bytes(frame: pl.DataFrame) -> bytes:
    """A table as Arrow IPC, compressed."""
    out = BytesIO()
    frame.write_ipc(out, compression="zstd")
    return out.getvalue()


def frame_of(content: bytes) -> pl.DataFrame:
    """The table again."""
    return pl.read_ipc(BytesIO(content))


def _encoded(tables: _Tables) -> list[bytes]:
    frames = [frame_bytes(frame) for frame in (tables.turns, tables.changes, tables.samples)]
    return [*frames, msgspec.json.encode(tables.rest)]


def _decoded(parts: Sequence[bytes] | None) -> _Tables | None:
    if parts is None:
        return None
    turns, changes, samples, rest = parts
    frames = frame_of(turns), frame_of(changes), frame_of(samples)
    return _Tables(*frames, msgspec.json.decode(rest, type=_Rest))


def read_version(version: Version) -> tuple[Snapshot, Format]:
    """The labels of a whole version. Raises what reading raises."""
    label_set = version.label_set
    found, fmt, _ = read(version.source, label_set.format, label_set.settings, label_set.key)
    return found, fmt
