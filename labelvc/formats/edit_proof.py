"""Proof that an edited file says what the edit says, from nothing but what differs in it."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from labelvc.core.errors import ParseError
from labelvc.core.patch import KEYS, table_delta
from labelvc.core.snapshot import Snapshot, compared
from labelvc.formats.base import Format, Scan, Settings
from labelvc.formats.pair import cancelled
from labelvc.formats.source import Source


def says(
    edit: tuple[Snapshot, Snapshot],
    former: Scan,
    written: Source,
    fmt: Format,
    settings: Settings,
    key: str | None,
) -> bool:
    """Whether the written files differ from the former as the later snapshot does.

    The earlier snapshot is all of `former`, so those files then read as the later snapshot, and
    only what differs has to be decoded to tell. False may also mean that it cannot be told so.
    """
    try:
        return _says(edit, former, written, fmt, settings, key)
    except ParseError:
        return False


def _says(
    edit: tuple[Snapshot, Snapshot],
    former: Scan,
    written: Source,
    fmt: Format,
    settings: Settings,
    key: str | None,
) -> bool:
    before, after = edit
    if not written.files or fmt.settle(written, settings) != settings:
        return False
    later = fmt.scan(written, settings)
    if not former.comparable(later, key):
        return False
    tallies = before.tally(), after.tally()
    pair = cancelled(former, later, fmt, key=key, default=key, known=tallies)
    read = pair.before.rest, pair.after.rest
    if not fmt.CARRIES.taxonomy or not read[1].categories["id"].count():
        # those that labels name
        read = read[0], replace(read[1], categories=read[0].categories)
        after = replace(after, categories=before.categories)
    elif _undeclared(read[0]) != _undeclared(read[1]):
        return False  # labels that were not read may refer to what is no longer declared
    return all(_is_same((before, after), read, table) for table in KEYS)


def _is_same(meant: tuple[Snapshot, Snapshot], read: tuple[Snapshot, Snapshot], table: str) -> bool:
    """Whether as many rows of each content came and went of the one pair as of the other."""
    edited = table_delta(getattr(meant[0], table), getattr(meant[1], table), table)
    sides = [
        (edited.before, 1),
        (edited.after, -1),
        (getattr(read[0], table), -1),
        (getattr(read[1], table), 1),
    ]
    rows = pl.concat(compared(side, table).with_columns(_sign=pl.lit(sign)) for side, sign in sides)
    content = [name for name in rows.columns if name != "_sign"]
    return not rows.group_by(content).agg(pl.col("_sign").sum()).filter(pl.col("_sign") != 0).height


def _undeclared(snapshot: Snapshot) -> set[str]:
    return set(snapshot.categories.filter(pl.col("id").is_null())["name"])
