"""What a task of Label Studio is about: which of its data, under which name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from labelvc.formats.json_rows import text_of
from labelvc.formats.rows import content_key
from labelvc.formats.source import MEDIA

# Names that templates give the thing to be labelled, the likelier first.
_MEDIA_FIELDS = ("image", "img", "audio", "video", "url", "ocr", "pdf", "csv")
_TEXT_FIELDS = ("text", "html", "dialogue", "conversation")
_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]*:/)?/[^\s<>]+", re.IGNORECASE)
_LONGEST_NAME = 100
# Parameters of an address that expire.
_SIGNED = re.compile(r"[?&](?:x-amz-|x-goog-|signature=|sig=|expires=|awsaccesskeyid=)", re.I)


def is_address(value: Any) -> bool:
    """Whether a value names a file, rather than being a text."""
    if not isinstance(value, str) or len(value) > 4096:
        return False
    if _ADDRESS.fullmatch(value):
        return True
    return "\n" not in value and value.lower().endswith(MEDIA)


def file_name(address: str) -> str:
    """The last part of an address, without what stands behind a question mark."""
    if "?" not in address:
        return address.rstrip("/").rpartition("/")[2]
    try:
        parts = urlsplit(address)
    except ValueError:
        return address
    local = parse_qs(parts.query).get("d") if parts.path.endswith("/local-files/") else None
    path = local[0] if local else parts.path
    return path.rstrip("/").rpartition("/")[2] or address


def unsigned(address: str) -> str:
    """An address without a signature that expires."""
    return address.partition("?")[0] if _SIGNED.search(address) else address


def subject(data: Mapping[str, Any]) -> str | None:
    """The member of a task's data that is labelled: a file, else a text."""
    for names, fits in ((_MEDIA_FIELDS, is_address), (_TEXT_FIELDS, _is_text)):
        for name in names:
            if fits(data.get(name)):
                return name
    files = [name for name, value in data.items() if is_address(value)]
    texts = [name for name, value in data.items() if _is_text(value)]
    return next(iter([*files, *texts]), None)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not is_address(value)


def name_by(task: Mapping[str, Any], field: str) -> str | None:
    """What names a task by a field such as `id` or `data.image`: a file's name, or a text's hash.

    None where the task has no such field.
    """
    value: Any = task
    for step in field.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    if is_address(value):
        return file_name(value)
    text = text_of(value) if isinstance(value, str | int | float) else None
    if text is None or text == "":
        return None
    return content_key(text) if len(text) > _LONGEST_NAME or re.search(r"\s", text) else text


def subject_name(data: Mapping[str, Any]) -> str:
    """What names a task by the file or the text it is about; failing that by all of its data."""
    field = subject(data)
    if field is None:
        return content_key(msgspec.json.encode(data, order="sorted").decode())
    return file_name(data[field]) if is_address(data[field]) else content_key(data[field])


def plain_name(path: str | None, text: str | None) -> str:
    """What names a task made of a sample of another format."""
    data = {"image": path, "text": text}
    return subject_name({name: value for name, value in data.items() if value is not None})
