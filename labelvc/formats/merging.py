"""Three versions of a label set merged: from files to files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from labelvc.core.align import Aligned, Known, align, named, named_conflict, names_of_samples
from labelvc.core.conflict import Conflict
from labelvc.core.errors import LossError
from labelvc.core.merge import Merged, Rules, merge
from labelvc.core.merge_policy import Policy
from labelvc.core.merge_table import Doubts
from labelvc.core.patch import table_delta
from labelvc.core.policy import Settled, settle
from labelvc.core.resolve import frame, resolve_all
from labelvc.core.snapshot import CONTENT, Snapshot
from labelvc.core.tally import Tally
from labelvc.formats.base import Format, Settings
from labelvc.formats.hosting import Host, host_of
from labelvc.formats.pair import Wanted
from labelvc.formats.putting import Names, NameTaken, Put, put_into
from labelvc.formats.registry import by_name
from labelvc.formats.source import Blob, Source
from labelvc.formats.triple import is_declared, read_triple
from labelvc.formats.written_back import refuse_other_labels


@dataclass(frozen=True)
class MergedSet:
    """A merged label set.

    `written` are files with new content by path, `kept` the other files of a folder. `whole` is the
    snapshot where all of it was read; `before` and `after` count the labels that were looked at, in
    ours and merged. `incoming` counts what ours gets from theirs: added, removed, changed labels.
    `notes` tell of what both sides changed besides labels, so that ours was kept.
    """

    written: Mapping[str, bytes]
    kept: Mapping[str, Blob]
    conflicts: Sequence[Conflict]
    settled: Sequence[tuple[Conflict, str]]
    renumbered: Mapping[str, str]
    before: Tally
    after: Tally
    incoming: tuple[int, int, int]
    key: str | None
    whole: Snapshot | None = None
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Merging:
    """How a label set is to be merged.

    `newest` is the side that was committed later. `doubted` are conflicts that base itself has open
    (it was merged from several common ancestors).
    """

    wanted: Wanted
    policy: Policy = field(default_factory=Policy)
    newest: str | None = None
    doubted: Sequence[Conflict] = ()


def merge_sources(
    base: Source | None, ours: Source, theirs: Source, format_name: str, how: Merging
) -> MergedSet:
    """Both sides' changes in ours' files; what no side changed stays as the bytes it was.

    Raises ParseError, and LossError where the format cannot hold the outcome.
    """
    fmt = by_name(format_name)
    if not fmt.CARRIES.writable:
        raise LossError(f"{ours.name}: format {fmt.NAME} cannot be written")
    try:
        return _merge(base, ours, theirs, fmt, how, whole=False)
    except NameTaken:
        return _merge(base, ours, theirs, fmt, how, whole=True)


def _merge(
    base: Source | None, ours: Source, theirs: Source, fmt: Format, how: Merging, *, whole: bool
) -> MergedSet:
    triple = read_triple(base, ours, theirs, fmt, how.wanted, whole=whole)
    host = host_of(triple, base, ours, theirs, fmt)
    triple = triple.without_scans()
    versions = (
        triple.base.rest if triple.base else Snapshot(),
        triple.ours.rest,
        triple.theirs.rest,
    )
    aligned, merged = merge_snapshots(
        versions, fmt, how, known=triple.known, first_free=_first_free(host)
    )
    snapshot, conflicts = _with_names(aligned, merged)
    settled = settle(snapshot, conflicts, how.policy, how.newest)

    def put(attempt: Settled) -> Put:
        names = _names(aligned, merged, attempt, fmt)
        return put_into(host, triple, aligned, attempt.snapshot, names)

    final, settled, files = _written(put, settled, fmt, host.settings)
    refuse_other_labels(host, final, files, fmt, triple.key)
    written = getattr(files, "written", files)
    kept = getattr(files, "kept", {})
    if framed := {path: host.framed[path] for path in host.framed if path not in written}:
        written = {**written, **framed}
        kept = {path: blob for path, blob in kept.items() if path not in framed}
    return MergedSet(
        written,
        kept,
        settled.conflicts,
        settled.settled,
        merged.renumbered,
        triple.ours.rest.tally(),
        settled.snapshot.tally(),
        _incoming(aligned.ours, merged),
        triple.key,
        None if host.is_part else final.snapshot,
        host.notes,
    )


def merge_snapshots(
    versions: tuple[Snapshot, Snapshot, Snapshot],
    fmt: Format,
    how: Merging,
    *,
    known: Known | None = None,
    first_free: int = 0,
) -> tuple[Aligned, Merged]:
    """Base, ours and theirs of one format matched and merged, before any policy.

    `known` is what is known of labels that were not read, `first_free` the least new native id.
    """
    if known is None:
        known = Known("untrusted" if fmt.CARRIES.ids_are_places else how.wanted.ids)
    aligned = align(*versions, known=known, independent=how.wanted.independent)
    rules = Rules(
        declared=is_declared(versions, fmt),
        is_sequence=fmt.CARRIES.ids_are_places,
        references=fmt.CARRIES.references,
        close=how.policy.close,
        first_free=first_free,
    )
    merged = merge(
        aligned.base,
        aligned.ours,
        aligned.theirs,
        alike=aligned.alike,
        doubts=_doubts(aligned.base, how.doubted),
        rules=rules,
    )
    return aligned, merged


def _incoming(ours: Snapshot, merged: Merged) -> tuple[int, int, int]:
    """What is decided; an undecided label may differ from ours because it keeps base."""
    delta = table_delta(ours.labels, merged.snapshot.labels, "labels")
    open_keys = {row["key"] for one in merged.conflicts for row in one.now.get("labels", ())}
    before, after = (set(rows["key"]) - open_keys for rows in (delta.before, delta.after))
    return len(after - before), len(before - after), len(before & after)


def _first_free(host: Host) -> int:
    """The least number above all native ids that are numbers."""
    numbers = host.snapshot.labels["id"].str.to_integer(strict=False)
    return max(host.last_id, int(numbers.max() or 0)) + 1  # type: ignore[arg-type]


def _with_names(aligned: Aligned, merged: Merged) -> tuple[Snapshot, list[Conflict]]:
    samples = names_of_samples(aligned, merged.snapshot)
    categories = dict(merged.snapshot.categories.select("key", "name").iter_rows())
    told = [named_conflict(one, categories, samples) for one in merged.conflicts]
    return named(merged.snapshot, samples), told


def _doubts(base: Snapshot, conflicts: Sequence[Conflict]) -> dict[str, Doubts]:
    """The fields of base that are undecided, by table and row key."""
    found: dict[str, dict[str | int, set[str | None]]] = {}
    content = list(CONTENT)
    for conflict in conflicts:
        for table, rows in conflict.now.items():
            if table == "labels":
                wanted = frame("labels", rows).select(content)
                here = base.labels.join(wanted, on=content, how="semi", nulls_equal=True)
                keys: Collection[str | int] = here["key"].to_list()
            else:
                keys = [row["sample" if table == "samples" else "name"] for row in rows]
            own = conflict.field if table == conflict.table else None
            for key in keys:
                found.setdefault(table, {}).setdefault(key, set()).add(own)
    return found  # type: ignore[return-value]


def _names(aligned: Aligned, merged: Merged, settled: Settled, fmt: Format) -> Names:
    """What samples and categories are called now, also where a policy renamed a category."""
    now = dict(merged.snapshot.categories.select("key", "name").iter_rows())
    for conflict, choice in settled.settled:
        if (conflict.table, conflict.field) == ("categories", "name"):
            old, new = (conflict.side(side)["categories"][0] for side in ("now", choice))
            now = {key: new["name"] if name == old["name"] else name for key, name in now.items()}
    own = dict(aligned.ours.categories.select("name", "key").iter_rows())
    return Names(
        names_of_samples(aligned, merged.snapshot),
        {name: now[key] for name, key in own.items() if key in now and now[key] != name},
        is_declared([aligned.base, aligned.ours, aligned.theirs], fmt),
    )


def _written(
    put: Callable[[Settled], Put], settled: Settled, fmt: Format, settings: Settings
) -> tuple[Put, Settled, Mapping[str, bytes]]:
    """The final snapshot and the files that hold it.

    Where the format has no room for both of two additions, ours stands until somebody decides.
    """
    final = put(settled)
    try:
        return final, settled, fmt.write(final.snapshot, settings)
    except LossError:
        single = _one_each(settled)
        if single.snapshot == settled.snapshot:
            raise
    final = put(single)
    return final, single, fmt.write(final.snapshot, settings)


def _one_each(settled: Settled) -> Settled:
    """The same with only ours of each pair of additions that is undecided."""

    def is_doubled(conflict: Conflict) -> bool:
        return (conflict.kind, conflict.table) == ("add/add", "labels")

    decisions = [(one, "ours") for one in settled.conflicts if is_doubled(one)]
    snapshot, _ = resolve_all(settled.snapshot, decisions)
    conflicts = [replace(c, now=c.ours) if is_doubled(c) else c for c in settled.conflicts]
    return replace(settled, snapshot=snapshot, conflicts=conflicts)
