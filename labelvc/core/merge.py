"""Three versions of a label set put together: base, and what ours and theirs made of it.

Merging is by field and works on row keys alone; `labelvc.core.align` has given the rows of both
sides the keys they have in base. What only one side touched is that side's. What both changed
differently keeps base and becomes a conflict, and the merged snapshot is a valid one meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from labelvc.core.conflict import Conflict
from labelvc.core.ladder import anchored
from labelvc.core.merge_ids import renumber
from labelvc.core.merge_policy import CLOSE
from labelvc.core.merge_rows import ATTRIBUTE, attributes_of
from labelvc.core.merge_samples import Contested, contested, part_paths
from labelvc.core.merge_table import Doubts, Key, MergedTable, Tables, merge_table, plain
from labelvc.core.merge_taxonomy import merge_taxonomy, settle_uses
from labelvc.core.patch import table_delta
from labelvc.core.snapshot import CONTENT, Snapshot


@dataclass(frozen=True)
class Rules:
    """What the format and the project say about merging.

    `declared`: categories are listed, not just those in use. `is_sequence`: the labels of a sample
    are its tokens, which make up its text and stand in an order; `references` are attributes that
    name other labels of the sample by their place. `close` is the IoU from which two new shapes of
    one label agree. `first_free` is the least number for a label that needs a new native id.
    """

    declared: bool = True
    is_sequence: bool = False
    references: frozenset[str] = frozenset()
    close: float = CLOSE
    first_free: int = 0


@dataclass(frozen=True)
class Merged:
    """`deletions` are base's labels that are gone: row key to ours, theirs or both.

    `renumbered` are the native ids of theirs that ours had given away too: old to new.
    """

    snapshot: Snapshot
    conflicts: Sequence[Conflict] = ()
    deletions: Mapping[int, str] = field(default_factory=dict)
    renumbered: Mapping[str, str] = field(default_factory=dict)


def merge(
    base: Snapshot,
    ours: Snapshot,
    theirs: Snapshot,
    *,
    alike: Sequence[tuple[int, int]] = (),
    doubts: Mapping[str, Doubts] | None = None,
    rules: Rules = Rules(),
) -> Merged:
    """Both sides' changes in one snapshot.

    `alike` are row keys (ours, theirs) of added labels that seem to be of one thing. `doubts` are,
    by table, fields of base that are themselves undecided (see `Doubts`).
    """
    doubts = doubts or {}
    versions = Tables("samples", base.samples, ours.samples, theirs.samples)
    samples = merge_table(versions, doubts=doubts.get("samples", {}))
    part_paths(samples, versions)
    if rules.is_sequence:  # then texts follow from the labels, whatever each side made of them
        samples.conflicts = [one for one in samples.conflicts if one.field != "text"]
    taxonomy = merge_taxonomy(
        Tables("categories", base.categories, ours.categories, theirs.categories),
        doubts=doubts.get("categories", {}),
        declared=rules.declared,
    )
    sequences = _cut_twice(base, ours, theirs) if rules.is_sequence else set()
    texts = _with_text_of(base, samples.table, sequences)
    own = (base, ours, theirs)
    base, ours, theirs = (_in_text_of(side, texts) for side in (base, ours, theirs))
    theirs, same_keys = _apart(base, ours, theirs)
    apart = contested((base, ours, theirs), own, samples, sequences)
    tables = Tables("labels", *(apart.without(side.labels) for side in (base, ours, theirs)))
    labels = merge_table(
        tables,
        doubts=doubts.get("labels", {}),
        apart=_references_apart(tables, rules.references),
        close=rules.close,
    )
    renumbered = renumber(labels, tables, rules.first_free)
    labels.conflicts += _alike([*alike, *same_keys], labels.table)
    labels.table = pl.concat([labels.table, apart.labels])
    conflicts = [*apart.conflicts, *labels.conflicts]
    taxonomy = settle_uses(
        taxonomy, labels.table, (base, ours, theirs), conflicts, declared=rules.declared
    )
    merged = replace(
        ours,
        labels=labels.table,
        samples=_restored(samples, apart),
        categories=taxonomy.table,
    )
    others = [c for c in samples.conflicts if c.samples[0] not in apart.samples]
    return Merged(merged, [*taxonomy.conflicts, *others, *conflicts], labels.deleted, renumbered)


def _apart(
    base: Snapshot, ours: Snapshot, theirs: Snapshot
) -> tuple[Snapshot, list[tuple[int, int]]]:
    """Theirs with keys of its own for labels that both sides added differently under one key."""
    content = ["key", *CONTENT]
    known = base.labels.select("key")
    one, two = (
        side.labels.join(known, on="key", how="anti", maintain_order="left").select(content)
        for side in (ours, theirs)
    )
    shared = two.join(one.select("key"), on="key", how="semi", maintain_order="left")
    differing = shared.join(one, on=content, how="anti", nulls_equal=True)["key"].to_list()
    if not differing:
        return theirs, []
    free = 1 + max(
        int(frame["key"].max() or 0)  # type: ignore[arg-type]
        for frame in (base.labels, ours.labels, theirs.labels)
    )
    keys = {key: free + at for at, key in enumerate(sorted(differing))}
    labels = theirs.labels.with_columns(pl.col("key").replace(keys))
    return theirs.with_labels(labels), list(keys.items())


def _with_text_of(base: Snapshot, samples: pl.DataFrame, names: Collection[str]) -> pl.DataFrame:
    """The samples, those named with base's text."""
    rows = base.samples.filter(pl.col("sample").is_in(list(names)))
    texts = dict(rows.select("sample", "text").iter_rows())
    if not texts:
        return samples
    text = pl.col("sample").replace_strict(texts, default=pl.col("text"), return_dtype=pl.String)
    return samples.with_columns(text.alias("text"))


def _in_text_of(side: Snapshot, samples: pl.DataFrame) -> Snapshot:
    """The side with its spans put where they lie in the merged texts."""
    changed = {
        sample: (merged, own)
        for sample, merged, own in samples.select("sample", "text")
        .join(side.samples.select("sample", "text"), on="sample", suffix="_own")
        .filter(pl.col("text") != pl.col("text_own"))
        .iter_rows()
    }
    return side.with_labels(anchored(side.labels, changed)) if changed else side


def _references_apart(tables: Tables, references: Collection[str]) -> Doubts:
    """References that a side changed in samples where the other added or removed labels.

    A reference such as a syntactic head names a token by its place. The place is another token's by
    now, so that numbers tell nothing, not even equal ones.
    """
    found: dict[Key, set[str | None]] = {}
    if not references:
        return found
    unlike = _samples_with_other_rows(tables.ours, tables.theirs)
    for mine, other in ((tables.ours, tables.theirs), (tables.theirs, tables.ours)):
        moved = unlike & _samples_with_other_rows(tables.base, other)
        if not moved:
            continue
        delta = table_delta(tables.base, mine, "labels")
        here = delta.before.filter(pl.col("sample").is_in(list(moved)))
        pairs = here.join(delta.after, on="key", suffix="_after")
        for key, before, after in pairs.select("key", "attributes", "attributes_after").iter_rows():
            old, new = attributes_of({"attributes": before}), attributes_of({"attributes": after})
            changed = {
                f"{ATTRIBUTE}{name}" for name in references if old.get(name) != new.get(name)
            }
            if changed:
                found.setdefault(key, set()).update(changed)
    return found


def _cut_twice(base: Snapshot, ours: Snapshot, theirs: Snapshot) -> set[str]:
    """The samples that both sides cut into other tokens, and not alike: no order is right.

    As well those of which one side removed a token that the other edited: it has no place any more.
    """
    moved = [_samples_with_other_rows(base.labels, side.labels) for side in (ours, theirs)]
    both = moved[0] & moved[1] & _samples_with_other_rows(ours.labels, theirs.labels)
    for remover, other in ((ours, theirs), (theirs, ours)):
        edited = table_delta(base.labels, other.labels, "labels").after
        gone = edited.join(base.labels, on="key", how="semi").join(
            remover.labels, on="key", how="anti"
        )
        both |= set(gone["sample"])
    return both & set(base.samples["sample"])


def _samples_with_other_rows(one: pl.DataFrame, two: pl.DataFrame) -> set[str]:
    return {
        sample
        for left, right in ((one, two), (two, one))
        for sample in left.join(right.select("key"), on="key", how="anti")["sample"]
    }


def _alike(pairs: Sequence[tuple[int, int]], labels: pl.DataFrame) -> list[Conflict]:
    """Added labels of both sides that seem to be of one thing: both stay, and are told."""
    keys = [key for pair in pairs for key in pair]
    chosen = labels.filter(pl.col("key").is_in(keys)).iter_rows(named=True)
    rows = {row["key"]: plain(row) for row in chosen}
    return [
        Conflict(
            "add/add",
            "labels",
            None,
            {},
            {"labels": [rows[one]]},
            {"labels": [rows[two]]},
            {"labels": [rows[one], rows[two]]},
        )
        for one, two in pairs
        if one in rows and two in rows
    ]


def _restored(samples: MergedTable, apart: Contested) -> pl.DataFrame:
    """The merged samples, with those that one side removed and the other labelled back."""
    kept = samples.table.filter(~pl.col("sample").is_in(list(apart.samples)))
    return pl.concat([kept, apart.rows])
