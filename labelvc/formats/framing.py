"""What stands around the rows of label files, merged three ways into ours.

That is COCO's further top-level keys, the columns of a table, the keys of a data.yaml beside the
class names, the lists of splits. What only theirs changed is taken; where both differ ours stays,
and a line tells so. How ours spaces and orders things stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from labelvc.formats.yaml_bounds import check_bounds


def merged_keys(
    base: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any]
) -> tuple[list[str], list[str]]:
    """The keys to be taken from theirs, and those that both changed differently.

    A key that is to be taken and that theirs does not have was removed.
    """
    taken: list[str] = []
    clashes: list[str] = []
    nothing = object()
    for key in dict.fromkeys([*ours, *theirs, *base]):
        was, own, other = (side.get(key, nothing) for side in (base, ours, theirs))
        if own != other and other != was:
            (taken if own == was else clashes).append(key)
    return taken, clashes


def merged_lines(base: bytes, ours: bytes, theirs: bytes) -> bytes:
    """A list with a name a line: ours without what theirs took out, then what theirs added."""
    was, own, other = (side.splitlines() for side in (base, ours, theirs))
    gone = set(was).difference(other)
    new = [line for line in other if line not in {*was, *own}]
    if not new and gone.isdisjoint(own):
        return ours
    end = b"\r\n" if b"\r\n" in ours else b"\n"
    return b"".join(line + end for line in [*(one for one in own if one not in gone), *new])


@dataclass(frozen=True)
class _Member:
    """A key of a YAML mapping: what it says, and its lines with what follows up to the next."""

    value: Any
    text: str


def merged_yaml(
    base: bytes, ours: bytes, theirs: bytes, apart: Sequence[str]
) -> tuple[bytes, list[str]]:
    """A mapping merged by its keys, and the keys that both changed differently.

    The keys `apart` are ours'. What is no mapping in block style is ours' altogether.
    """
    try:
        was, own, other = (_members(side.decode("utf-8-sig")) for side in (base, ours, theirs))
    except (yaml.YAMLError, ValueError, RecursionError):
        return ours, ["all of it"]
    values = [
        {key: one.value for key, one in side.items() if key not in apart}
        for side in (was, own, other)
    ]
    taken, clashes = merged_keys(*values)
    if not taken:
        return ours, clashes
    merged = {key: one.text for key, one in own.items() if key not in taken or key in other}
    merged |= {key: other[key].text for key in taken if key in other}
    text = ours.decode("utf-8-sig")
    before = text[: len(text) - sum(len(one.text) for one in own.values())]
    ended = (one if one.endswith("\n") else f"{one}\n" for one in merged.values())
    return (before + "".join(ended)).encode(), clashes


def _members(text: str) -> dict[str, _Member]:
    check_bounds(text, "")
    values = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506
    root = yaml.compose(text, Loader=yaml.BaseLoader)
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        raise ValueError("no mapping")
    starts = [key.start_mark.index for key, _ in root.value]
    return {
        key.value: _Member(values[key.value], text[start:end])
        for (key, _), start, end in zip(root.value, starts, [*starts[1:], len(text)], strict=True)
    }
