"""The law that a merge loses nothing, as a list of what it lost.

Every row of base, ours and theirs is in the result, or was deleted by a side and is logged, or is
in a conflict; and every field that a side changed is in the result or in a conflict.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from labelvc.core.align import Aligned
from labelvc.core.conflict import Conflict
from labelvc.core.merge import Merged
from labelvc.core.snapshot import Snapshot

KEYS = {"labels": "key", "samples": "sample", "categories": "key"}
_FIELDS = {
    **dict.fromkeys(("kind", "x", "y", "width", "height", "geometry"), "shape"),
    **dict.fromkeys(("start", "end", "unit"), "shape"),
    "attributes.area": "shape",
    "attributes.num_keypoints": "shape",
}
_SIZE = dict.fromkeys(("width", "height", "duration"), "size")
_NO_CONTENT = ("key", "id", "record", "attributes")

Said = Mapping[str, str]


def losses(aligned: Aligned, merged: Merged, given_up: str | None = None) -> list[str]:
    """What is lost, in words. `given_up` is a side whose shapes yielded to others close to them."""
    found: list[str] = []
    for table in KEYS:
        here = _About(aligned, merged, table)
        for side in ("ours", "theirs"):
            lax = "shape" if given_up == side else None
            found += [f"{side}: {table} {what}" for what in here.of_side(side, lax)]
    found += [f"unlogged: {key}" for key in _unlogged(aligned, merged)]
    return found


class _About:
    """One table of a merge."""

    def __init__(self, aligned: Aligned, merged: Merged, table: str) -> None:
        self.table, self.aligned = table, aligned
        self.base, self.now = _rows(aligned.base, table), _rows(merged.snapshot, table)
        self.texts = [
            dict(one.samples.select("sample", "text").iter_rows())
            for one in (aligned.base, aligned.ours, aligned.theirs, merged.snapshot)
        ]
        self.undecided = _undecided(merged.conflicts, table)
        self.contents = Counter(map(_content, self.now.values()))
        self.told = {
            form(_said(row, table))
            for form in (_content, _placeless)
            for one in merged.conflicts
            for side in ("base", "ours", "theirs", "now")
            for row in one.side(side).get(table, ())
        }

    def of_side(self, side: str, lax: str | None) -> Iterator[str]:
        snapshot: Snapshot = getattr(self.aligned, side)
        rows = _rows(snapshot, self.table)
        other = _rows(self.aligned.theirs if side == "ours" else self.aligned.ours, self.table)
        edited = self._edited_texts()
        for key, row in rows.items():
            if key in self.base:
                yield from self._changes(key, row, side, edited, lax)
            elif not self._has(key, row) and not self._stands(row, edited):
                yield f"{key}: the addition {row}"
        for key in self.base.keys() - rows.keys():
            if key in self.now and not self.undecided.get(key) and self.table != "categories":
                yield f"{key}: the removal"
            left = other.get(key, self.base[key])
            if key not in self.now and not self._alike(left, self.base[key], edited):
                yield f"{key}: what the other side made of it"

    def _changes(
        self, key: Any, row: Said, side: str, edited: set[str], lax: str | None
    ) -> Iterator[str]:
        base, now = self.base[key], self.now.get(key)
        fields = self.undecided.get(key, set())
        for column in sorted(base.keys() | row.keys()):
            field = _field(self.table, column)
            if base.get(column) == row.get(column) or field == lax or {field, None} & fields:
                continue
            if column in ("start", "end") and json.loads(row["sample"]) in edited:
                continue
            if column == "attributes.area" and _number(base, column) == _number(row, column):
                continue  # a number, however it is written
            if now is None or now.get(column) != row.get(column):
                yield f"{key}: {column} of {side}, {base.get(column)} -> {row.get(column)}"

    def _has(self, key: Any, row: Said) -> bool:
        """Whether the result says all of what a row says, or has it undecided."""
        now, fields = self.now.get(key, {}), self.undecided.get(key, set())
        return now != {} and all(
            now.get(column) == value or {_field(self.table, column), None} & fields
            for column, value in row.items()
        )

    def _stands(self, row: Said, edited: set[str]) -> bool:
        """Whether an addition is there under another key, or told in a conflict."""
        if self.table == "categories":
            return any(one["name"] == row["name"] for one in self.now.values())
        if self.contents[_content(row)] or _content(row) in self.told:
            return True
        if self.table == "samples":
            return bool(self.undecided.get(json.loads(row["sample"])))
        if json.loads(row["sample"]) in edited and _placeless(row) in self.told:
            return True
        return any(self._alike(row, one, edited) for one in self.now.values())

    def _alike(self, one: Said, two: Said, edited: set[str]) -> bool:
        """Whether two rows say the same, but for the places of spans in edited texts."""
        if self.table == "labels" and json.loads(one["sample"]) in edited:
            return _placeless(one) == _placeless(two)
        return one == two

    def _edited_texts(self) -> set[str]:
        keys = set().union(*self.texts)
        return {
            key for key in keys if len({texts[key] for texts in self.texts if key in texts}) > 1
        }


def _unlogged(aligned: Aligned, merged: Merged) -> list[Any]:
    """Labels of base that are gone without being among the deletions."""
    gone = set(aligned.base.labels["key"]) - set(merged.snapshot.labels["key"])
    return sorted(gone ^ set(merged.deletions))


def _undecided(conflicts: Sequence[Conflict], table: str) -> dict[Any, set[str | None]]:
    found: dict[Any, set[str | None]] = {}
    for one in conflicts:
        for side in ("base", "ours", "theirs", "now"):
            for row in one.side(side).get(table, ()):
                field = one.field if one.table == table else None
                found.setdefault(row[KEYS[table]], set()).add(field)
    return found


def _rows(snapshot: Snapshot, table: str) -> dict[Any, Said]:
    rows = getattr(snapshot, table).iter_rows(named=True)
    return {row[KEYS[table]]: _said(row, table) for row in rows}


def _said(row: Mapping[str, Any], table: str) -> Said:
    """What a row says, column by column and attribute by attribute, as JSON texts."""
    said = {
        name: json.dumps(value)
        for name, value in row.items()
        if name not in _NO_CONTENT and value is not None
    }
    for name, value in json.loads(row.get("attributes") or "{}").items():
        said[f"attributes.{name}"] = json.dumps(value, sort_keys=True)
    return said


def _number(row: Said, column: str) -> object:
    value = json.loads(row.get(column, "null"))
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _content(row: Said) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(row.items()))


def _placeless(row: Said) -> tuple[tuple[str, str], ...]:
    return tuple(item for item in _content(row) if item[0] not in ("start", "end"))


def _field(table: str, column: str) -> str:
    names = {"labels": _FIELDS, "samples": _SIZE}.get(table, {})
    return names.get(column, column)
