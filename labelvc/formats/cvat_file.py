"""A CVAT XML file cut into its `<image>` elements, without parsing them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from labelvc.core.errors import ParseError, shorten
from labelvc.formats.rows import RowFile
from labelvc.formats.source import Source
from labelvc.formats.xml_tree import Node, parse, to_utf8

IMAGE = re.compile(rb"<image(?=[\s/>])[^<>\"']*(?:\"[^\"]*\"[^<>\"']*|'[^']*'[^<>\"']*)*>")
_TRACK = re.compile(rb"<track[\s/>]")
_ATTRIBUTE = re.compile(rb"\s([^\s=]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
# With these, what looks like a tag need not be one.
_HIDING = (b"<!", b"<?")
_ROOT = b"annotations"


@dataclass(frozen=True)
class CvatFile(RowFile):
    """The file as UTF-8: rows are images with the white space before them, `tail` the rest."""

    unit: str = "line"
    tail: bytes = b"\n</annotations>\n"
    encoding: str | None = None

    def line(self, index: int) -> int:
        """The line on which a row begins, white space included."""
        before = sum(row.count(b"\n") for row in self.rows[:index])
        return 1 + self.head.count(b"\n") + before

    def frame(self) -> Node:
        """The file without its images, parsed."""
        return parse(self.head + self.tail, self.where)

    def joined(self, rows: Sequence[bytes]) -> bytes:
        """The file with other rows."""
        head, tail = self.head, self.tail
        if rows and not tail:  # it was <annotations/>
            head, tail = head.rstrip().removesuffix(b"/>").rstrip() + b">", b"\n</annotations>\n"
        return b"".join([head, *rows, tail])


def cut_file(source: Source) -> CvatFile:
    """The one file of a label set in pieces. Raises ParseError for folders and for video."""
    return source.once("cvat", lambda: _cut_file(source))


def _cut_file(source: Source) -> CvatFile:
    if source.is_folder:
        raise ParseError(source.name, "", expected="one CVAT XML file", found="a folder")
    name, blob = source.only()
    return cut(name, source.where(name), blob.read())


def cut(name: str, where: str, content: bytes) -> CvatFile:
    """The pieces of a file's content."""
    text, encoding = to_utf8(content, where)
    start = text.find(b"<annotations")
    is_plain = start >= 0 and not any(text.find(mark, start) >= 0 for mark in _HIDING)
    if is_plain and (found := _TRACK.search(text)):
        raise _video(where, text.count(b"\n", 0, found.start()) + 1)
    spans = _plain_spans(text) if is_plain else None
    if spans is None:
        root = parse(text, where)
        _refuse_others(root, where)
        spans = [(node.start, node.end) for node in root.named("image")]
    file = _with_spans(CvatFile(name, where, b"", [], encoding=encoding), text, spans)
    try:
        _refuse_others(file.frame(), where)
    except ParseError:
        _refuse_others(parse(text, where), where)  # which knows the right line
        raise
    return file


def _plain_spans(text: bytes) -> list[tuple[int, int]] | None:
    """Where the images stand, or None where only a parser can tell."""
    spans = []
    end = 0
    for found in IMAGE.finditer(text):
        start = found.start()
        if start < end or (end and text[end:start].strip()):
            return None
        end = found.end()
        if text[end - 2] != ord("/"):
            close = text.find(b"</image", end)
            end = text.find(b">", close) + 1 if close >= 0 else 0
        if not end:
            return None
        spans.append((start, end))
    return spans


def _with_spans(file: CvatFile, text: bytes, spans: Sequence[tuple[int, int]]) -> CvatFile:
    if not spans:
        close = text.rfind(b"</annotations")
        at = len(text[:close].rstrip()) if close >= 0 else len(text)
        return replace(file, head=text[:at], tail=text[at:])
    first = len(text[: spans[0][0]].rstrip())
    ends = [first, *(end for _, end in spans)]
    rows = [text[one:two] for one, two in pairwise(ends)]
    return replace(file, head=text[:first], rows=rows, tail=text[ends[-1] :])


def _refuse_others(root: Node, where: str) -> None:
    if root.tag.encode() != _ROOT:
        found = f"<{shorten(root.tag)[1:-1]}>"
        raise ParseError(where, f"line {root.line}", expected="<annotations>", found=found)
    if tracks := root.named("track"):
        raise _video(where, tracks[0].line)


def _video(where: str, line: int) -> ParseError:
    return ParseError(
        where,
        f"line {line}",
        expected="CVAT for images",
        found="a <track>, which CVAT for video has",
        hint="Export the task from CVAT as `CVAT for images 1.1`: it has the tracks' shapes frame"
        " by frame.",
    )


def opened(row: bytes) -> dict[str, str]:
    """The attributes of an image's tag. Raises ParseError with the line counted in the row."""
    found = IMAGE.search(row)
    tag = found.group() if found else row
    if found and b"<!" not in row[: found.start()] and not any(map(tag.__contains__, b"&\t\r\n")):
        try:
            pairs = _ATTRIBUTE.findall(tag)
            return {one.decode(): (two or three).decode() for one, two, three in pairs}
        except UnicodeDecodeError:
            pass
    (image,) = images(row)
    return image.attributes


def images(row: bytes) -> list[Node]:
    """The image of a row, parsed, its offsets counted in the row."""
    if row.lstrip().startswith(b"<image"):
        return [parse(row, "")]
    # other elements stand before it
    shift = len(b"<row>")
    root = parse(b"<row>" + row + b"</row>", "")
    nodes = list(root.children)
    while nodes:
        node = nodes.pop()
        node.start, node.inner = node.start - shift, node.inner - shift
        node.close, node.end = node.close - shift, node.end - shift
        nodes += node.children
    return root.named("image")


def without_id(row: bytes) -> bytes:
    """A row without white space around it and without the image's number, which is but a place."""
    text = row.strip()
    found = IMAGE.match(text)
    if not found:
        return text
    for attribute in _ATTRIBUTE.finditer(found.group()):
        if attribute[1] == b"id":
            return text[: attribute.start()] + text[attribute.end() :]
    return text
