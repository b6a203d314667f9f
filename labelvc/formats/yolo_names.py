"""The class list of a YOLO label set, changed where it stands."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any

import yaml

from labelvc.core.errors import LossError
from labelvc.formats.source import Blob


def with_names(
    path: str | None, names: Mapping[int, str], files: Mapping[str, Blob]
) -> dict[str, bytes]:
    """The file of the class list with other names; everything else in it stays as it is.

    Raises LossError where the list does not belong to the label set.
    """
    if path is None or path not in files:
        raise LossError(
            f"the class list is to become {', '.join(names.values())}, but it stands outside the"
            " label set",
            hint="Change it there, or the setting `names` in labelvc.yaml.",
        )
    content = files[path].read()
    if posixpath.splitext(path)[1] not in (".yaml", ".yml"):
        end = "\r\n" if b"\r\n" in content else "\n"
        text = end.join(names.values())
        return {path: (text + end * content.endswith(b"\n")).encode()}
    return {path: _with_yaml_names(content.decode("utf-8-sig"), names).encode()}


def _with_yaml_names(text: str, names: Mapping[int, str]) -> str:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    nodes = {key.value: value for key, value in root.value} if root else {}
    edits = _name_edits(text, nodes["names"], names)
    if "nc" in nodes:
        edits.append((*_span(nodes["nc"]), str(len(names))))
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _name_edits(text: str, node: Any, names: Mapping[int, str]) -> list[tuple[int, int, str]]:
    """Changed names in place and new ones after the last; or the whole list anew."""
    is_list = isinstance(node, yaml.SequenceNode)
    pairs = list(enumerate(node.value)) if is_list else [(int(k.value), v) for k, v in node.value]
    indices = list(names)
    old = [at for at, _ in pairs]
    gaps = is_list and indices != list(range(len(indices)))
    if not pairs or indices[: len(old)] != old or gaps:
        inside = ", ".join(f"{at}: {_scalar(name)}" for at, name in names.items())
        pad = "" if node.start_mark.column else " "
        return [(node.start_mark.index, _end(node), f"{pad}{{{inside}}}")]
    edits = [(*_span(value), _scalar(names[at])) for at, value in pairs if value.value != names[at]]
    between = ", " if node.flow_style else f"\n{' ' * node.start_mark.column}"
    new = ""
    for at in indices[len(old) :]:
        prefix = "" if is_list else f"{at}: "
        new += between + ("- " if is_list and not node.flow_style else "") + prefix
        new += _scalar(names[at])
    last = _end(pairs[-1][1])
    if not node.flow_style:
        # behind the comment that may follow the last name
        line_end = re.compile(r"[^\r\n]*").match(text, last)
        last = line_end.end() if line_end else last
    return [*edits, (last, last, new)] if new else edits


def _span(node: Any) -> tuple[int, int]:
    return node.start_mark.index, _end(node)


def _end(node: Any) -> int:
    """Where a node's text ends; PyYAML ends block collections only at the next token."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)


def _scalar(name: str) -> str:
    """A name as YAML writes it, inside brackets too."""
    return yaml.safe_dump([name], default_flow_style=True, allow_unicode=True, width=2**31).strip()[
        1:-1
    ]
