"""Class descriptions written back, and the class ids of categories."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from labelvc.core.snapshot import Snapshot
from labelvc.formats.csv_dialect import Dialect
from labelvc.formats.openimages_files import Classes, ClassList

_DIALECT = Dialect()


def mids_of(snapshot: Snapshot, classes: Classes) -> dict[str, str]:
    """The class id of each category: its own, or its name where it has none."""
    declared = classes.displays
    by_name = {classes.name(mid): mid for mid in declared}
    found = {}
    for name, own in snapshot.categories.select("name", "id").iter_rows():
        if own in declared or (own is not None and declared):
            found[name] = own
        else:
            found[name] = by_name.get(name, name)
    return found


def class_files(snapshot: Snapshot, classes: Classes) -> dict[str, bytes]:
    """The class descriptions in which something changed."""
    if not classes.lists:
        return {}
    mids = mids_of(snapshot, classes)
    wanted = {
        mids[row["name"]]: _display(row, classes)
        for row in snapshot.categories.iter_rows(named=True)
    }
    keys = set(snapshot.labels["category"])
    used = {mids[name] for key, name in _names(snapshot) if key in keys}
    new = {
        mid: name
        for mid, name in wanted.items()
        # one that labels have is there without being declared
        if mid not in classes.displays and (name != mid or mid not in used)
    }
    return {
        one.path: content
        for one in classes.lists
        if (content := _rewritten(one, wanted, new if one is classes.lists[0] else {}))
        != one.file.joined(one.file.rows)
    }


def _names(snapshot: Snapshot) -> list[tuple[str, str]]:
    return list(snapshot.categories.select("key", "name").iter_rows())


def _display(category: Mapping[str, Any], classes: Classes) -> str:
    if not classes.is_by_id:
        return str(category["name"])
    known = json.loads(category["attributes"] or "{}")
    return str(known.get("display", category["name"]))


def _rewritten(one: ClassList, wanted: Mapping[str, str], new: Mapping[str, str]) -> bytes:
    rows = []
    for mid, name, row in zip(one.mids, one.names, one.file.rows, strict=True):
        if mid not in wanted:
            continue
        if wanted[mid] == name:
            rows.append(row)
            continue
        text = row.decode()
        start, end = _DIALECT.spans(text, 2)[1]
        cell = _DIALECT.spell(wanted[mid], quote=text[start : start + 1] == '"')
        rows.append((text[:start] + cell + text[end:]).encode())
    newline = one.file.newline.decode()
    for mid, name in new.items():
        rows.append(f"{_DIALECT.spell(mid)},{_DIALECT.spell(name)}{newline}".encode())
    return one.file.joined(rows)
