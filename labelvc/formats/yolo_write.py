"""A snapshot as a folder of YOLO files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

import polars as pl
import yaml

from labelvc.core.errors import LossError
from labelvc.core.snapshot import Snapshot
from labelvc.formats.folder import Contents, fragments, moved, placed
from labelvc.formats.splits import Layout, split_folders
from labelvc.formats.yolo_layout import HOME, Scheme
from labelvc.formats.yolo_lines import edited_line
from labelvc.formats.yolo_names import with_names


def written(snapshot: Snapshot, documents: Mapping[str, Any], *, whole: bool) -> Contents:
    """The files; `documents` are empty for a snapshot that was not read as YOLO.

    `whole` says that its sample keys are whole paths.
    """
    plain = Layout(".txt", HOME, split_folders({}), whole=whole)
    scheme: Scheme = documents.get("scheme") or Scheme([], plain, None, None, None, None)
    rest = documents.get("rest", {})
    indices = _indices(snapshot, scheme) if documents else _enumerated(snapshot)
    names = {index: name for name, index in sorted(indices.items(), key=lambda one: one[1])}
    renumbered = any(names.get(at, name) != name for at, name in (scheme.names or {}).items())
    shape = scheme.kpt_shape if documents else _shape(snapshot)
    edit = partial(edited_line, index=partial(_index, indices), shape=shape)
    read = None if renumbered else documents.get("labels")
    lines = fragments(snapshot, "yolo", read, edit)
    old_paths = documents.get("paths", {})
    paths = placed(snapshot, scheme.layout, old_paths)
    heads = documents.get("heads", {})
    files = {
        path: _content(heads.get(old_paths.get(sample), b""), lines.get(sample, []))
        for sample, path in paths.items()
    }
    files |= scheme.layout.relist(moved(snapshot, scheme.layout, paths, old_paths))
    if not documents:
        files["data.yaml"] = _plain_config(snapshot, names, shape)
    elif names != (scheme.names or names):
        files |= with_names(scheme.names_path, names, rest)
    return Contents(files, rest)


def _content(head: bytes, lines: list[tuple[int | None, bytes]]) -> bytes:
    """The lines in a row, each but the last surely ended, new ones as the first one is."""
    crlf = bool(lines) and lines[0][1].endswith(b"\r\n")
    parts = [head]
    for at, (record, line) in enumerate(lines, 1):
        if record is None and crlf:
            line = line.rstrip(b"\n") + b"\r\n"
        elif at < len(lines) and not line.endswith((b"\n", b"\r")):
            line += b"\r\n" if crlf else b"\n"
        parts.append(line)
    return b"".join(parts)


def _index(indices: Mapping[str, int], category: str | None) -> int:
    if category is None or category not in indices:
        raise LossError("a label without a category: YOLO needs a class for each label")
    return indices[category]


def _enumerated(snapshot: Snapshot) -> dict[str, int]:
    names = snapshot.categories["name"].to_list()
    return {name: index for index, name in enumerate(names)}


def _indices(snapshot: Snapshot, scheme: Scheme) -> dict[str, int]:
    """The class index of each category: the one it has, or the next free one."""
    names = snapshot.categories["name"].to_list()
    if scheme.names is None:
        unnamed = next((name for name in names if not name.isdecimal()), None)
        if unnamed is not None:
            raise LossError(
                f"class {unnamed!r} has no index, since the label set has no class list",
                hint="Put a classes.txt with a class name a line into it.",
            )
        return {name: int(name) for name in names}
    indices: dict[str, int] = {}
    taken: set[int] = set()
    for name, text in snapshot.categories.select("name", "id").iter_rows():
        if text is not None and text.isdecimal() and int(text) not in taken:
            indices[name] = int(text)
            taken.add(int(text))
    free = max(taken, default=-1) + 1
    new = [name for name in names if name not in indices]
    indices |= {name: index for index, name in enumerate(new, free)}
    if not (scheme.names_path or "").endswith((".yaml", ".yml")):
        # a list has no gaps: the classes after a removed one move up
        indices = {name: at for at, name in enumerate(sorted(indices, key=indices.__getitem__))}
    return indices


def _shape(snapshot: Snapshot) -> tuple[int, int] | None:
    """The keypoint shape of a snapshot from another format, by its first keypoints."""
    first = snapshot.labels.filter(pl.col("kind") == "keypoints")["geometry"].head(1)
    return (len(json.loads(first[0])["keypoints"]), 3) if len(first) else None


def _plain_config(
    snapshot: Snapshot, names: Mapping[int, str], shape: tuple[int, int] | None
) -> bytes:
    """A data.yaml for the plain layout."""
    splits = snapshot.samples["split"].drop_nulls().unique().sort().to_list()
    config: dict[str, Any] = {"path": "."}
    config |= {split: f"images/{split}" for split in splits}
    if shape:
        config["kpt_shape"] = list(shape)
    config["names"] = dict(names)
    return yaml.safe_dump(config, sort_keys=False, allow_unicode=True).encode()
