"""The samples and categories of a mailed patch, found in the snapshot at hand by their names."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import polars as pl

from labelvc.core.patch import KEYS, PROVENANCE, SCHEMAS, Delta
from labelvc.core.reanchor_rows import ALREADY, Row, Unfit, changed, changes, differing, since
from labelvc.core.snapshot import Snapshot


@dataclass
class Others:
    """The rows of one table as they are here, and what of the patch does not fit.

    `keys` has, by the patch's key, the key here, or None where labels cannot have what it names.
    `later` has the name by which labels find it once the patch is applied. With `implied` the
    categories are those that labels name, and nothing declares them.
    """

    table: str
    implied: bool = False
    keys: dict[str, str | None] = field(default_factory=dict)
    later: dict[str, str] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    before: list[Row] = field(default_factory=list)
    after: list[Row] = field(default_factory=list)
    removed: dict[str, tuple[str, Row]] = field(default_factory=dict)
    rejected: list[str] = field(default_factory=list)
    reasons: list[Unfit] = field(default_factory=list)

    @property
    def delta(self) -> Delta:
        """The rows before and after."""
        before, after = (
            pl.DataFrame(rows, schema=SCHEMAS[self.table], orient="row")
            for rows in (self.before, self.after)
        )
        return Delta(KEYS[self.table], before, after)

    def name(self, row: Row) -> str:
        """What people call a row."""
        return str(row["name" if self.table == "categories" else "sample"])

    def reject(self, key: str, place: str, reason: str, *, keep: str | None = None) -> None:
        """Set a change aside; labels may go on to mean `keep`."""
        self.rejected.append(key)
        self.reasons.append(Unfit(self.table, place, reason))
        self.keys[key] = keep

    def accept(self, key: str, here: str, name: str) -> None:
        """The change of that key is settled."""
        self.keys[key] = here
        self.later[key] = name

    def already(self, key: str, after: Row, own: Row, needed: Collection[str]) -> None:
        """What is to be added is there: that is well where labels of the patch need it."""
        others = differing(self.table, after, own)
        self.accept(key, own[KEYS[self.table]], self.name(own))
        if self.implied:
            return
        if others:
            self.reject(key, self.name(own), f"already there, with other {', '.join(others)}")
        elif key not in needed:
            self.reject(key, self.name(own), ALREADY)

    def remove(self, key: str, before: Row, own: Row) -> None:
        """Remove the row here, unless it is another by now; labels may still need it."""
        here, others = own[KEYS[self.table]], differing(self.table, before, own)
        if others:
            self.reject(key, self.name(own), since(others), keep=here)
        else:
            self.accept(key, here, self.name(own))
            self.removed[here] = key, own

    def change(self, key: str, before: Row, after: Row, own: Row) -> bool:
        """Change the row here; whether that is possible."""
        new, reason = changed(self.table, before, after, own)
        if reason:
            self.reject(key, self.name(own), reason)
            return False
        if "id" in new and own["id"] == before["id"]:
            new["id"] = after["id"]
        self.before.append(own)
        self.after.append(new | dict.fromkeys(set(PROVENANCE) & set(new)))
        self.accept(key, own[KEYS[self.table]], self.name(new))
        return True

    def keep_used(self, used: Collection[str]) -> None:
        """Remove what is to be removed, but for what labels here still refer to."""
        for here, (key, own) in self.removed.items():
            if here not in used:
                self.before.append(own)
            elif not self.implied:
                self.reject(key, self.name(own), "labels still refer to it", keep=here)


def in_categories(delta: Delta, here: Snapshot, needed: Collection[str]) -> Others:
    """The changes of the taxonomy that apply here; `needed` are keys that labels refer to.

    Where the file declares no categories they come and go with the labels: that one is there
    already, or is gone or still used, is no reason to reject anything.
    """
    found = Others("categories", implied=not here.categories["id"].count())
    rows = {row["name"]: row for row in here.categories.iter_rows(named=True)}
    for key, before, after in changes(delta):
        own = rows.get((before or after or {})["name"])
        if before is None and after is not None:
            if own is not None:
                found.already(key, after, own, needed)
            else:
                new = {**after, "key": _free(after["name"], here)}
                found.after.append(new)
                found.accept(key, new["key"], new["name"])
        elif before is None:
            continue
        elif own is None:
            _reject_absent(found, key, before, after, rows)
        elif after is None:
            found.remove(key, before, own)
        elif after["name"] != before["name"] and after["name"] in rows:
            found.reject(key, before["name"], f"{after['name']!r} is already there")
        else:
            found.change(key, before, after, own)
    for key in needed:
        implied = key if found.implied else None
        found.keys.setdefault(key, rows[key]["key"] if key in rows else implied)
    return found


def _reject_absent(
    found: Others, key: str, before: Row, after: Row | None, rows: Collection[str]
) -> None:
    if after is None and found.implied:
        found.accept(key, before["name"], before["name"])
    else:
        is_done = after is None or after["name"] in rows
        found.reject(key, before["name"], ALREADY if is_done else "not there")


def _free(name: str, here: Snapshot) -> str:
    """The key of a new category: its name, unless one that is renamed has it."""
    taken = set(here.categories["key"])
    key, number = name, 2
    while key in taken:
        key, number = f"{name}#{number}", number + 1
    return key


def in_samples(delta: Delta, here: Snapshot, needed: Collection[str]) -> Others:
    """The changes of samples that apply here; `needed` are keys that labels refer to."""
    found = Others("samples")
    samples = _Samples(here.samples, delta, needed)
    for key, before, after in changes(delta):
        if before is None and after is not None:
            own = samples.by_key.get(key)
            if own is not None:
                found.already(key, after, own, needed)
            else:
                found.after.append({**after, "record": None})
                found.accept(key, key, key)
        elif before is not None:
            own = samples.find(key, before, after)
            if own is None:
                found.reject(key, key, ALREADY if after is None else "not there")
            elif after is None:
                found.remove(key, before, own)
            else:
                _change_sample(found, key, (before, after, own), samples)
    for key in needed:
        found.keys.setdefault(key, key if key in samples.by_key else None)
    return found


def _change_sample(found: Others, key: str, rows: tuple[Row, Row, Row], samples: _Samples) -> None:
    before, after, own = rows
    name = _own_key(key, after, before)
    is_renamed = name != _own_key(key, before, after)
    if is_renamed and name in samples.by_key:
        found.reject(key, own["sample"], f"{name!r} is already there")
    elif found.change(key, before, after, own) and is_renamed:
        found.renamed[own["sample"]] = found.later[key] = name


class _Samples:
    """The samples here that a patch may mean, by key, path and text."""

    def __init__(self, samples: pl.DataFrame, delta: Delta, needed: Collection[str]) -> None:
        keys = {*needed, *delta.before["sample"], *delta.after["sample"]}
        for key, before, after in changes(delta):
            if before and after:
                keys |= {_own_key(key, before, after), _own_key(key, after, before)}
        meant = {"sample": keys}
        meant |= {name: set(delta.before[name].drop_nulls()) for name in ("path", "text")}
        chosen = (pl.col(name).is_in(list(values)) for name, values in meant.items())
        rows = samples.filter(pl.any_horizontal(chosen).fill_null(False)).to_dicts()
        self.by_key: dict[str, Row] = {row["sample"]: row for row in rows}
        self._by = {name: _unique(rows, name) for name in ("path", "text")}
        self._found: set[str] = set()

    def find(self, key: str, before: Row, after: Row | None) -> Row | None:
        """The sample that a row before means, if no other means it: by key, else path or text."""
        own = self.by_key.get(_own_key(key, before, after))
        for name in ("path", "text"):
            own = own or self._by[name].get(before[name])
        if own is None or own["sample"] in self._found:
            return None
        self._found.add(own["sample"])
        return own


def _unique(rows: Iterable[Row], name: str) -> dict[str, Row]:
    """The rows by a column, where only one row has the value."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row[name] is not None:
            found.setdefault(row[name], []).append(row)
    return {value: having[0] for value, having in found.items() if len(having) == 1}


def _own_key(key: str, row: Row, other: Row | None) -> str:
    """The key that a renamed sample has on the side of `row`, as a patch has one for both sides.

    A key that is the path, with or without its suffix, follows the path.
    """
    path, former = row["path"], other["path"] if other else None
    if path is None or former is None or path == former or key in _names(path):
        return key
    return str(_names(path)[_names(former).index(key)]) if key in _names(former) else key


def _names(path: str) -> tuple[str, str]:
    return path, posixpath.splitext(path)[0]
