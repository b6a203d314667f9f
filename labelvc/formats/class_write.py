"""The list of classes of image lists, changed where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from labelvc.core.errors import LabelvcError, LossError
from labelvc.core.snapshot import Snapshot
from labelvc.formats.class_names import DEVKIT, WNID, ClassNames, Entry, entries_of, read_names
from labelvc.formats.row_edits import attributes_of
from labelvc.formats.source import Blob, MemoryBlob

Row = Mapping[str, Any]
_MEANING = ["key", "name", "attributes"]


def with_classes(
    classes: ClassNames, snapshot: Snapshot, read: pl.DataFrame, files: Mapping[str, Blob]
) -> tuple[ClassNames, dict[str, bytes]]:
    """The classes as a snapshot has them, and the file of their list if that changes.

    `read` are the categories they were read as. Raises LossError where the list stands outside the
    label set or cannot be changed so.
    """
    now = snapshot.categories
    if not classes.entries or now.select(_MEANING).equals(read.select(_MEANING)):
        return classes, {}
    rows = {row["key"]: row for row in now.iter_rows(named=True)}
    known = set(read["key"])
    same = all(_is_same(rows.get(row["key"]), row) for row in read.iter_rows(named=True))
    added = [row for key, row in rows.items() if key not in known]
    if same and not added:
        return classes, {}
    path = classes.path
    if path is None or path not in files or path.lower().endswith(".mat"):
        what = added[0]["name"] if added else "of another name"
        raise LossError(
            f"the list of classes would have to change (class {what!r}), which is not possible in"
            f" {path or 'a setting'}",
            hint="Change it there first.",
        )
    content = _changed(files[path].read(), classes, rows, added)
    return _reread(classes, content, path, snapshot), {path: content}


def _is_same(now: Row | None, read: Row) -> bool:
    return now is not None and all(now[name] == read[name] for name in _MEANING)


def _changed(
    content: bytes, classes: ClassNames, rows: Mapping[str, Row], added: Sequence[Row]
) -> bytes:
    lines = content.splitlines(keepends=True)
    places = [at for at, line in enumerate(lines) if line.strip(b"\xef\xbb\xbf \t\r\n")]
    for at, entry, name in zip(places, classes.entries, classes.names, strict=True):
        row = rows.get(name)
        if row is None:
            raise LossError(
                f"class {name!r} cannot be taken out of {classes.path}: numbers count its lines",
                hint="Leave it there unused.",
            )
        wanted = _entry(row, entry, name)
        if wanted != entry:
            end = lines[at][len(lines[at].rstrip(b"\r\n")) :]
            lines[at] = spelled(wanted) + end
    end = b"\r\n" if b"\r\n" in content else b"\n"
    if added and lines and not lines[-1].endswith(b"\n"):
        lines[-1] += end
    if added and classes.ids == DEVKIT:
        raise LossError(f"class {added[0]['name']!r}: the devkit has no number for it")
    new = Snapshot(categories=pl.DataFrame(added, schema=Snapshot().categories.schema))
    lines += [spelled(entry) + end for entry in entries_of(new)]
    return b"".join(lines)


def _entry(row: Row, entry: Entry, name: str) -> Entry:
    """An entry under the name and words that its category has now."""
    if not WNID.fullmatch(entry.id):
        return replace(entry, id=row["name"])
    if name != entry.id:
        return replace(entry, words=row["name"])
    if row["name"] != name:
        raise LossError(f"class {name!r}: a WordNet id is what it is, and not {row['name']!r}")
    return replace(entry, words=attributes_of(row).get("display"))


def spelled(entry: Entry) -> bytes:
    """A line of a list of classes, without its end."""
    return " ".join(_parts(entry)).encode()


def _parts(entry: Entry) -> Iterator[str]:
    yield entry.id
    if entry.number is not None:
        yield str(entry.number)
    if entry.words:
        yield entry.words


def _reread(classes: ClassNames, content: bytes, path: str, snapshot: Snapshot) -> ClassNames:
    """The changed list, once it is seen to say what was meant."""
    try:
        new = read_names(path, path, MemoryBlob(content), classes.ids)
    except LabelvcError as error:
        raise LossError(f"the list of classes cannot hold these: {error.message}") from None
    columns = ["name", "attributes"]
    said = set(new.table([]).select(columns).iter_rows())
    wanted = set(snapshot.categories.select(columns).iter_rows())
    if not said <= wanted:
        name = min(said - wanted)[0]
        raise LossError(f"{path} cannot hold the classes as they are (it would say {name!r})")
    return new


def new_list(path: str | None, classes: ClassNames) -> dict[str, bytes]:
    """The file of classes for a snapshot that comes without one. Raises LossError."""
    if path is None or path.startswith("../"):
        return {}
    if path.lower().endswith(".mat"):
        raise LossError(f"{path} is not written: name a text file for the list of classes")
    return {path: b"".join(spelled(entry) + b"\n" for entry in classes.entries)}
