"""Conflicts about labels decided, many in one go: rows by key in, rows by key out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from labelvc.core.conflict import Conflict, Row
from labelvc.core.errors import LabelvcError
from labelvc.core.merge_rows import with_field


def keys_of(conflict: Conflict) -> Iterator[int]:
    """The keys of the label rows a conflict is about."""
    for side in ("base", "ours", "theirs", "now"):
        yield from (row["key"] for row in conflict.side(side).get("labels", ()))


def decide(
    rows: dict[int, Row], conflict: Conflict, choice: str | Sequence[Row], free: Iterator[int]
) -> None:
    """Change the rows as was decided; `choice` may be the rows to be taken instead.

    `free` gives keys for further rows. Raises LabelvcError where the label of an undecided field is
    not there.
    """
    now = [row["key"] for row in conflict.now.get("labels", ())]
    if conflict.field is None or choice == "delete" or not isinstance(choice, str):
        for key in now:
            rows.pop(key, None)
        if choice != "delete":
            rows.update((row["key"], row) for row in _chosen(conflict, choice, free))
        return
    side, key = "ours" if choice == "union" else choice, now[0] if now else None
    if key not in rows:
        raise LabelvcError(
            f"the label of {', '.join(conflict.samples)} is no longer there to be changed",
            hint="Settle it with delete, or give the labels by a file.",
        )
    if choice == "union":  # theirs as a label of its own, which has no native id yet
        other = next(free)
        rows[other] = {**conflict.theirs["labels"][0], "key": other, "id": None}
    source = conflict.side(side)["labels"][0]
    rows[key] = with_field(rows[key], "labels", conflict.field, source)


def _chosen(conflict: Conflict, choice: str | Sequence[Row], free: Iterator[int]) -> Iterator[Row]:
    if not isinstance(choice, str):
        known = set(keys_of(conflict))
        yield from (
            row if row.get("key") in known else {**row, "key": next(free)} for row in choice
        )
        return
    sides = ("theirs", "ours") if choice == "union" else (choice,)
    for side in sides:
        yield from conflict.side(side).get("labels", ())
