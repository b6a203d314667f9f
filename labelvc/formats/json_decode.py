"""JSON decoded, or refused by an error that has a place."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from labelvc.core.errors import ParseError

Id = int | str
_BYTE = re.compile(r" ?\(byte (\d+)\)")
_MISMATCH = re.compile(r"(?:Expected|expected) (.+?)(?:, got (.+?))?(?: - at `\$?(.*)`)?$")
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")


@contextmanager
def without_gc() -> Iterator[None]:
    """Garbage collection off: it finds nothing among a million fresh objects, slowly."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def decode(file: str, pointer: str, raw: Any, expected: Any) -> Any:
    """A part of the file as a type; raises ParseError with a JSON pointer."""
    try:
        return msgspec.json.decode(raw, type=expected)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise parse_error(file, error, bytes(raw), pointer) from None


def parse_error(file: str, error: Exception, content: bytes, pointer: str = "") -> ParseError:
    """What `msgspec` or a codec has against `content`, with a line and column or a JSON pointer.

    `pointer` says where in the file `content` stands, if it is but a part.
    """
    text = str(error)
    if isinstance(error, RecursionError):
        return ParseError(file, pointer, expected="JSON", found="endlessly nested brackets")
    if isinstance(error, UnicodeDecodeError):
        return ParseError(file, pointer, expected="UTF-8 text", found=f"bytes that are not: {text}")
    if isinstance(error, msgspec.ValidationError):
        return _mismatch(file, text, pointer)
    at = _BYTE.search(text)
    offset = int(at[1]) if at else len(content)
    found = content[offset : offset + 20].decode("utf-8", "replace") or "the end of the file"
    expected = _BYTE.sub("", text).removeprefix("JSON is malformed: ")
    told = expected.startswith("expected ")
    expected = expected.removeprefix("expected ") if told else "valid JSON"
    if re.match(r"-?(NaN|Inf)", found):
        expected = "a finite number"
    return ParseError(file, pointer or position(content, offset), expected=expected, found=found)


def position(content: bytes, offset: int) -> str:
    """Line and column (both from 1, columns in bytes) of an offset."""
    line = content.count(b"\n", 0, offset) + 1
    column = offset - content.rfind(b"\n", 0, offset)
    return f"line {line}, column {column}"


def _mismatch(file: str, text: str, pointer: str) -> ParseError:
    found = _MISMATCH.search(text)
    path = text.rpartition(" - at `$")[2].rstrip("`") if " - at `$" in text else ""
    place = pointer + "".join(f"/{key or index}" for key, index in _STEP.findall(path))
    if "required field" in text:
        field = text.split("`")[1]
        return ParseError(file, place, expected=f"a field {field!r}", found="an object without it")
    if found is None:
        return ParseError(file, place, expected="a finite number", found=text.partition(" - ")[0])
    return ParseError(file, place, expected=found[1], found=found[2] or "another length")
