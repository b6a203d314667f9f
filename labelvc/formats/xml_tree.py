"""XML elements that know where in the file they stand, so that one can be changed in place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from xml.parsers.expat import ExpatError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from labelvc.core.errors import LossError, ParseError

# An element as plain data: its text, or a mapping from child to text, mapping or a list of them;
# "@name" are attributes, "#text" is text beside children or attributes.
Value = Any

_DEEPEST = 40
_SPACE = b" \t\r\n"
_TAG = re.compile(rb"<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DECLARED = re.compile(rb"(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding\s*=\s*[\"']([\w.\-]+)[\"']")
_UTF8 = re.compile(r"utf-?8|(us-)?ascii", re.IGNORECASE)
# Those that annotation files are met in; Python knows stranger ones.
_KNOWN = re.compile(
    r"iso-8859-\d+|latin-?1|windows-125\d|cp125\d|koi8-[ru]|gb2312|gbk|gb18030|big5|shift_jis"
    r"|euc-(jp|kr)",
    re.IGNORECASE,
)


@dataclass
class Node:
    """An element. Offsets are in bytes: the element, and what lies between its two tags."""

    tag: str
    attributes: dict[str, str]
    line: int
    start: int
    inner: int
    close: int = 0
    end: int = 0
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def named(self, tag: str) -> list[Node]:
        """The children of this name."""
        return [child for child in self.children if child.tag == tag]

    def value(self) -> Value:
        """The element as plain data, white space around texts left out."""
        text = self.text.strip()
        if not self.children and not self.attributes:
            return text
        found: dict[str, Value] = {f"@{name}": value for name, value in self.attributes.items()}
        if text:
            found["#text"] = text
        for child in self.children:
            if child.tag in found:
                before = found[child.tag]
                more = before if isinstance(before, list) else [before]
                found[child.tag] = [*more, child.value()]
            else:
                found[child.tag] = child.value()
        return found


def parse(content: bytes, where: str) -> Node:
    """The root element of UTF-8 text. Entities are refused. Raises ParseError with the line."""
    owner = DefusedXMLParser(encoding="utf-8")
    parser = owner.parser
    stack: list[Node] = []
    roots: list[Node] = []

    def start(tag: str, attributes: list[str]) -> None:
        at = parser.CurrentByteIndex
        found = _TAG.match(content, at)
        pairs = dict(zip(attributes[::2], attributes[1::2], strict=True))
        node = Node(tag, pairs, parser.CurrentLineNumber, at, found.end() if found else at)
        (stack[-1].children if stack else roots).append(node)
        stack.append(node)
        if len(stack) > _DEEPEST:
            raise ParseError(
                where, f"line {node.line}", expected="an annotation", found="endless nesting"
            )

    def end(tag: str) -> None:
        node = stack.pop()
        at = parser.CurrentByteIndex
        is_empty = at <= node.start or content[at : at + 2] != b"</"
        node.close = node.inner if is_empty else at
        node.end = node.inner if is_empty else content.find(b">", at) + 1
        if not node.end:  # Expat takes `</tag` with half a character behind it for an end
            place = f"line {parser.CurrentLineNumber}"
            raise ParseError(where, place, expected="XML", found="a tag that is cut off")

    def text(data: str) -> None:
        stack[-1].text += data

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = text
    try:
        parser.Parse(content, True)
    except ExpatError as error:
        message = str(error).partition(":")[0]
        raise ParseError(where, f"line {error.lineno}", expected="XML", found=message) from None
    except DefusedXmlException as error:
        found = f"{type(error).__name__}: an entity or a reference out of the file"
        place = f"line {parser.CurrentLineNumber}"
        raise ParseError(where, place, expected="plain XML", found=found) from None
    finally:
        # parser and handlers hold each other, and the nodes until garbage is collected
        parser.StartElementHandler = parser.EndElementHandler = parser.CharacterDataHandler = None
        vars(owner).clear()
    return roots[0]


def to_utf8(content: bytes, where: str) -> tuple[bytes, str | None]:
    """The text as UTF-8, and the encoding it was in if that is another."""
    encoding = None
    for mark, name in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if content.startswith((mark, "<".encode(name))):
            encoding = name
    declared = _DECLARED.match(content)
    if encoding is None and declared and not _UTF8.fullmatch(declared[1].decode()):
        encoding = declared[1].decode()
        if not _KNOWN.fullmatch(encoding):
            raise ParseError(where, "line 1", expected="a known encoding", found=encoding)
    if encoding is None:
        return content, None
    try:
        return content.decode(encoding).encode(), encoding
    except (LookupError, UnicodeError) as error:
        raise ParseError(where, "", expected=f"text in {encoding}", found=str(error)) from None


def from_utf8(content: bytes, encoding: str | None) -> bytes:
    """The text in its own encoding; what that lacks as character references."""
    return content.decode().encode(encoding, "xmlcharrefreplace") if encoding else content


def edited(content: bytes, node: Node, value: Value) -> bytes:
    """The text with an element's value changed, and not a byte more than that.

    Raises LossError where XML, or a change in place, cannot hold the value.
    """
    for start, end, new in sorted(_edits(content, node, value), reverse=True):
        content = content[:start] + new + content[end:]
    return content


def _edits(content: bytes, node: Node, value: Value) -> list[tuple[int, int, bytes]]:
    old = node.value()
    if value == old:
        return []
    is_closed = node.inner == node.end
    if isinstance(old, str) and isinstance(value, str) and not is_closed:
        return [(node.inner, node.close, _escaped(value))]
    if is_closed or not (isinstance(old, dict) and isinstance(value, Mapping)):
        return [(node.start, node.end, element(node.tag, value))]
    edits = []
    for key in dict.fromkeys([*old, *value]):
        if old.get(key) != value.get(key):
            edits += _child_edits(content, node, key, value)
    return edits


def _child_edits(
    content: bytes, node: Node, key: str, value: Mapping[str, Value]
) -> list[tuple[int, int, bytes]]:
    """The edits that give the children of one name their new values."""
    if key.startswith(("@", "#")):
        raise LossError(f"the attribute {key!r} of <{node.tag}> cannot be changed in place")
    new = value.get(key, [])
    wanted = new if isinstance(new, list) else [new]
    children = node.named(key)
    edits = []
    for child, one in zip(children, wanted, strict=False):
        edits += _edits(content, child, one)
    for child in children[len(wanted) :]:
        edits.append((child.start - len(lead(content, child)), child.end, b""))
    last = node.children[-1] if node.children else None
    at, space = (last.end, lead(content, last)) if last else (node.inner, b"")
    added = b"".join(space + element(key, one) for one in wanted[len(children) :])
    return [*edits, (at, at, added)] if added else edits


def lead(content: bytes, node: Node) -> bytes:
    """The white space before an element."""
    before = content[: node.start]
    return before[len(before.rstrip(_SPACE)) :]


def element(tag: str, value: Value, indent: str = "", step: str = "") -> bytes:
    """An element as text.

    `indent` is the newline and white space before the element; its children stand on lines of
    their own, set in by `step` once more, where there is an indent.
    """
    if not _is_name(tag):
        raise LossError(f"{tag!r} cannot be the name of an XML element")
    if not isinstance(value, Mapping):
        text = _escaped(value if isinstance(value, str) else _text(value))
        return f"<{tag}>".encode() + text + f"</{tag}>".encode()
    deeper = indent + step if indent else ""
    attributes = b"".join(
        f' {name[1:]}="'.encode() + _escaped(text).replace(b'"', b"&quot;") + b'"'
        for name, text in value.items()
        if name.startswith("@") and _is_name(name[1:])
    )
    inside = _escaped(str(value.get("#text", "")))
    for name, child in value.items():
        if not name.startswith(("@", "#")):
            for one in child if isinstance(child, list) else [child]:
                inside += deeper.encode() + element(name, one, deeper, step)
    closing = indent if any(not name.startswith(("@", "#")) for name in value) else ""
    return f"<{tag}".encode() + attributes + b">" + inside + f"{closing}</{tag}>".encode()


@lru_cache
def _is_name(text: str) -> bool:
    try:
        node = parse(f"<{text}/>".encode(), "")
    except (ParseError, UnicodeError):
        return False
    return node.tag == text


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(int(value))
    return "" if value is None else str(value)


def _escaped(text: str) -> bytes:
    odd = _NO_XML.search(text)
    if odd:
        raise LossError(f"XML cannot hold the character {odd[0]!r}")
    for mark, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\r", "&#13;")):
        text = text.replace(mark, name)
    return text.encode()
