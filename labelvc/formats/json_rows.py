"""Files of one JSON value a line: decoded with the place of what is wrong, edited in place."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from labelvc.core.errors import ParseError
from labelvc.formats.json_spans import Layout, members, rewrite
from labelvc.formats.rows import BOM, RowFile

T = TypeVar("T")
_LOOK = 20  # lines looked at to tell what a file is
_LONGEST = 1 << 20  # bytes of a first line that is still taken for a row


def decode_rows(file: RowFile, rows: Sequence[int]) -> list[Any]:
    """The values of rows; raises ParseError with line and column."""
    return _decoded(file, rows, msgspec.json.decode)


def decode_as(file: RowFile, rows: Sequence[int], shape: type[T]) -> list[T]:
    """The same, as a msgspec type; quick where only some of the fields are wanted."""
    return _decoded(file, rows, msgspec.json.Decoder(shape).decode)


def _decoded(file: RowFile, rows: Sequence[int], decode: Callable[[bytes], T]) -> list[T]:
    content = file.rows
    values: list[T] = []
    try:
        values.extend(decode(content[index]) for index in rows)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        index = _first_bad(file, rows, decode)
        raise _error(file, index, error) from None
    return values


def _first_bad(file: RowFile, rows: Sequence[int], decode: Callable[[bytes], T]) -> int:
    for index in rows:
        try:
            decode(file.rows[index])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return index
    return rows[-1]


def _error(file: RowFile, index: int, error: Exception) -> ParseError:
    text = file.text(index)  # tells of bytes that are not UTF-8
    if isinstance(error, msgspec.ValidationError) and "Number out of range" not in str(error):
        expected, _, found = str(error).partition(", got ")
        what, _, path = found.partition(" - at ")
        at = path.strip("`$").replace(".", "/").replace("[", "/").replace("]", "")
        return file.error(
            index, expected.removeprefix("Expected "), what or "something else", at=at
        )
    if isinstance(error, RecursionError):
        return file.error(index, "JSON", "endlessly nested brackets")
    try:
        json.loads(text, parse_constant=_refused)
    except json.JSONDecodeError as trouble:
        found = text[trouble.pos : trouble.pos + 20] or "the end of the line"
        at = f"column {trouble.pos + 1}"
        return file.error(index, f"valid JSON ({trouble.msg})", found, at=at)
    except ValueError as trouble:
        return file.error(index, "valid JSON", str(trouble))
    return file.error(index, "valid JSON", str(error))


def _refused(constant: str) -> Any:
    raise ValueError(f"{constant}, which is no JSON number")


def first_values(content: bytes) -> list[Any]:
    """The values on the first lines, if the file has one a line; else an empty list."""
    start = content[: _LONGEST + 1].removeprefix(BOM).lstrip()
    lines = [line for line in start.splitlines() if line.strip()]
    if len(start) > _LONGEST // 2 and len(content) > _LONGEST:
        lines = lines[:-1]  # probably cut off
    values = []
    for line in lines[:_LOOK]:
        try:
            values.append(msgspec.json.decode(line))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            # a first good line tells enough; reading says what is wrong with this one
            return values
    return values


def text_of(value: Any) -> str | None:
    """A scalar as text: text as it is, numbers and booleans as JSON spells them."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)


def is_scalar(value: Any) -> bool:
    """Whether a value is text, a number or a boolean."""
    return isinstance(value, (str, int, float))


def finite(value: Any) -> float | None:
    """A JSON number as float; None for what is none, or too large."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def like(model: Any, text: str | None) -> Any:
    """`text` as a JSON value of the type of `model`, if that spells it the same way."""
    if text is None or isinstance(model, str) or not isinstance(model, (int, float)):
        return text
    try:
        value = json.loads(text)
    except ValueError:
        return text
    fits = isinstance(value, bool) == isinstance(model, bool) and isinstance(value, (int, float))
    return value if fits and text_of(value) == text else text


def rewritten(row: bytes, changes: Mapping[str, Any], removed: Sequence[str] = ()) -> bytes:
    """The JSON object on a line with some members changed, spelled as the line spells them."""
    return respelled(row, {key: spell(row, value) for key, value in changes.items()}, removed)


def respelled(row: bytes, texts: Mapping[str, bytes], removed: Sequence[str] = ()) -> bytes:
    """The JSON object on a line with the values of some members replaced by JSON texts."""
    layout = Layout.of(row)
    text = rewrite(row, {}, removed).decode()
    found = {member.key: member for member in members(text)}  # of repeated keys the last counts
    end = max((member.end for member in found.values()), default=text.index("{") + 1)
    added = [
        spell(row, key).decode() + layout.colon + value.decode()
        for key, value in texts.items()
        if key not in found
    ]
    first = "" if found else layout.comma
    tail = "".join(layout.comma + member for member in added).removeprefix(first)
    text = text[:end] + tail + text[end:]
    for member in sorted(found.values(), key=lambda member: -member.start):
        if member.key in texts:
            text = text[: member.start] + texts[member.key].decode() + text[member.end :]
    return text.encode()


def spell(row: bytes, value: Any) -> bytes:
    """A value as JSON in the spacing of the line, with `\\u` escapes where the line has them."""
    text = Layout.of(row).value(value)
    if row.isascii() and b"\\u" in row:
        escaped = (c if c.isascii() else json.dumps(c)[1:-1] for c in text)
        text = "".join(escaped)
    return text.encode()


def new_row(model: bytes, values: Mapping[str, Any], newline: bytes) -> bytes:
    """A new line with an object, spaced like `model` if that is one."""
    model = model if model.lstrip().startswith(b"{") else b"{}"
    layout = Layout.of(model)
    members = (
        spell(model, name) + layout.colon.encode() + spell(model, value)
        for name, value in values.items()
    )
    return b"{" + layout.comma.encode().join(members) + b"}" + newline
