"""The key `database` of a label set: where and how a database holds it.

database: {schema: annotations}                    # tables `labels`, `samples`, ... of that schema
database: {prefix: train_}                         # tables `train_labels`, `train_samples`, ...
database: {table: boxes, columns: {id: box_id, sample: img, category: label, xmin: x0, ...}}
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import yaml

from labelvc.repo.yaml_nodes import entries_of, scalar, wrong

CORNERS = ("xmin", "ymin", "xmax", "ymax")
_BOX = ("x", "y", "width", "height")
_PAIRS = ("start", "end")
# What a column of the user's own table may mean.
MEANINGS = (
    *("id", "sample", "category", "verdict", *_BOX, *CORNERS, "geometry", *_PAIRS, "text"),
    *("attributes", "annotator", "confidence"),
    *("path", "split", "sample_width", "sample_height", "sample_text"),
)
_KEYS = ("schema", "prefix", "table", "kind", "unit", "columns")
_CHOICES = {
    "kind": ("class", "box", "polygon", "mask", "keypoints", "span", "segment", "text"),
    "unit": ("pixel", "fraction", "percent", "second", "character", "token"),
}


@dataclass(frozen=True)
class Layout:
    """Which tables of a database hold a label set.

    `table` is one of the user's own, in which each row is a label of that `kind` and `unit`;
    `columns` has its columns by what they mean.
    """

    schema: str | None = None
    prefix: str = ""
    table: str | None = None
    kind: str | None = None
    unit: str | None = None
    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def parse_layout(node: yaml.Node, where: str) -> Layout:
    """The layout that a node declares. Raises ParseError."""
    entries = entries_of(node, where, known=_KEYS, at="database")
    columns = _columns(entries.pop("columns"), where) if "columns" in entries else {}
    texts = {key: scalar(value, where) for key, value in entries.items()}
    for key, choices in _CHOICES.items():
        if key in texts and texts[key] not in choices:
            raise wrong(entries[key], where, f"{key}: {' or '.join(choices)}", texts[key])
    if ("table" in texts) != bool(columns):
        raise wrong(node, where, "both table and columns, or none of them", sorted(entries))
    if "table" not in texts:
        for key in ("kind", "unit"):
            if key in texts:
                raise wrong(entries[key], where, f"a table and columns beside {key}", "none")
        return Layout(schema=texts.get("schema"), prefix=texts.get("prefix", ""))
    if "prefix" in texts:
        raise wrong(entries["prefix"], where, "no prefix beside a table of one's own", "a prefix")
    _check_columns(node, where, columns, texts.get("kind"))
    kind = texts.pop("kind", None) or _kind(columns)
    unit = texts.pop("unit", None) or {"span": "character", "segment": "second"}.get(kind)
    if unit is None and kind not in ("class", "text"):
        unit = "pixel"
    return Layout(**texts, kind=kind, unit=unit, columns=MappingProxyType(columns))


def written_layout(layout: Layout) -> dict[str, object]:
    """What stands in labelvc.yaml for a layout; nothing for the usual one."""
    plain = Layout()
    told = {key: getattr(layout, key) for key in _KEYS}
    chosen = {key: value for key, value in told.items() if value != getattr(plain, key)}
    return {**chosen, **({"columns": dict(layout.columns)} if layout.columns else {})}


def _columns(node: yaml.Node, where: str) -> dict[str, str]:
    entries = entries_of(node, where, at="database.columns")
    for key, value in entries.items():
        if key not in MEANINGS:
            close = difflib.get_close_matches(key, MEANINGS, 1)
            known = f"{close[0]}?" if close else ", ".join(MEANINGS)
            raise wrong(value, where, f"what a column means ({known})", key)
    columns = {key: scalar(value, where) for key, value in entries.items()}
    if len(set(columns.values())) < len(columns) - ("path" in columns or "sample_text" in columns):
        raise wrong(node, where, "each column once", sorted(columns.values()))
    return columns


def _check_columns(
    node: yaml.Node, where: str, columns: Mapping[str, str], kind: str | None
) -> None:
    for name in ("id", "sample"):
        if name not in columns:
            raise wrong(node, where, f"a column for {name}", sorted(columns))
    for group in (_BOX, CORNERS, _PAIRS):
        given = [name for name in group if name in columns]
        if given and len(given) < len(group):
            raise wrong(node, where, f"columns for all of {', '.join(group)}", given)
    if columns.keys() & set(_BOX) and columns.keys() & set(CORNERS):
        raise wrong(node, where, f"{', '.join(_BOX)} or {', '.join(CORNERS)}", "both")
    if kind is None and "start" in columns:
        raise wrong(node, where, "kind: span or segment", "no kind")
    needed = {"box": "x", "span": "start", "segment": "start", "text": "text"}.get(kind or "")
    if needed and not columns.keys() & {needed, "xmin" if needed == "x" else needed}:
        raise wrong(node, where, f"a column for {needed}, as kind is {kind}", sorted(columns))


def _kind(columns: Mapping[str, str]) -> str:
    if columns.keys() & {"x", "xmin"}:
        return "box"
    return "class" if "category" in columns else "text"
