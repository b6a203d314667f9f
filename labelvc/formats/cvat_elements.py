"""XML elements of CVAT changed in place: the attributes of a tag, and children."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from labelvc.core.errors import LossError
from labelvc.formats.xml_tree import Node, element, lead

_ATTRIBUTE = re.compile(rb"\s+([^\s=]+)\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_SPACE = b" \t\r\n"
_STEP = b"  "


def fresh(
    tag: str, attributes: Mapping[str, str], children: Sequence[bytes] = (), indent: bytes = b"\n"
) -> bytes:
    """A new element; its children stand on lines of their own, one step further in."""
    opening = tag.encode() + b"".join(map(_attribute, attributes.items()))
    if not children:
        return b"<" + opening + b"/>"
    inside = b"".join(indent + _STEP + child for child in children)
    return b"<" + opening + b">" + inside + indent + b"</" + tag.encode() + b">"


def rebuilt(
    text: bytes,
    node: Node,
    attributes: Mapping[str, str],
    children: Mapping[int, bytes | None],
    added: Sequence[bytes] = (),
) -> bytes:
    """An element with other attributes and children, and what is not named here as it was.

    `attributes` are those that it is to have; `children` by their place, None for those that go;
    `added` come after the last child.
    """
    opening = _with_attributes(text[node.start : node.inner], node.attributes, attributes)
    outside = lead(text, node) or b"\n"
    inside = lead(text, node.children[0]) if node.children else outside + _STEP
    more = b"".join((inside or outside) + child for child in added)
    if node.inner == node.end:
        if not more:
            return opening
        closed = opening.removesuffix(b"/>").rstrip() + b">"
        return closed + more + outside + b"</" + node.tag.encode() + b">"
    parts, at = [opening], node.inner
    for place, child in enumerate(node.children):
        new = children.get(place, text[child.start : child.end])
        gap = text[at : child.start]
        parts += [gap.rstrip(_SPACE)] if new is None else [gap, new]
        at = child.end
    tail = text[at : node.end]
    if more and not node.children:
        kept = tail.rstrip()
        close = kept.rfind(b"</")
        tail = kept[:close].rstrip(_SPACE) + more + outside + kept[close:]
        more = b""
    return b"".join([*parts, more, tail])


def others(
    attributes: Mapping[str, Any], node: Node | None, known: Collection[str]
) -> tuple[dict[int, bytes | None], list[bytes]]:
    """The children that are not `known`, as attributes named `<tag>` have them.

    Those of `node` that change, by their place, and those that are new.
    """
    wanted = {
        name[1:-1]: list(values) if isinstance(values, list) else [values]
        for name, values in attributes.items()
        if name.startswith("<")
    }
    changed: dict[int, bytes | None] = {}
    for place, child in enumerate(node.children if node else ()):
        if child.tag not in known:
            values = wanted.get(child.tag)
            if not values:
                changed[place] = None
            elif (value := values.pop(0)) != child.value():
                changed[place] = element(child.tag, value)
    return changed, [element(tag, value) for tag, rest in wanted.items() for value in rest]


def _with_attributes(tag: bytes, old: Mapping[str, str], wanted: Mapping[str, str]) -> bytes:
    for found in reversed(list(_ATTRIBUTE.finditer(tag))):
        name = found[1].decode()
        if name not in wanted:
            tag = tag[: found.start()] + tag[found.end() :]
        elif wanted[name] != old[name]:
            space = found.group()[: found.start(1) - found.start() - 1]
            new = space + _attribute((name, wanted[name]))
            tag = tag[: found.start()] + new + tag[found.end() :]
    end = len(tag) - (2 if tag.endswith(b"/>") else 1)
    at = len(tag[:end].rstrip())
    more = b"".join(_attribute(pair) for pair in wanted.items() if pair[0] not in old)
    return tag[:at] + more + tag[at:]


def _attribute(pair: tuple[str, str]) -> bytes:
    name, text = pair
    if not re.fullmatch(r"[^\W\d][\w.\-:]*", name):
        raise LossError(f"{name!r} cannot be the name of an XML attribute")
    said = escaped(text).replace(b'"', b"&quot;")
    for mark, code in ((b"\n", b"&#10;"), (b"\t", b"&#9;")):
        said = said.replace(mark, code)
    return b" " + name.encode() + b'="' + said + b'"'


def escaped(text: str) -> bytes:
    """Text as XML. Raises LossError for characters that XML cannot hold."""
    return element("t", text).removeprefix(b"<t>").removesuffix(b"</t>")


def field(name: str, text: str) -> bytes:
    """An `<attribute>` of a shape."""
    return b"<attribute" + _attribute(("name", name)) + b">" + escaped(text) + b"</attribute>"
