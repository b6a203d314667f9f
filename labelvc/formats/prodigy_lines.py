"""Prodigy's tasks as lines, and what a task is about."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from labelvc.core.snapshot import canonical_json
from labelvc.formats.rows import content_key

MEDIA = ("image", "audio", "video")
TEXTS = ("text", "html", "input")
_DATA = "data:"


def to_lines(tasks: Iterable[Mapping[str, Any]]) -> bytes:
    """Tasks as JSON lines, each in the one spelling that its content has."""
    return b"".join(line(task) for task in tasks)


def line(task: Mapping[str, Any]) -> bytes:
    """A task on a line, its members in the order they have."""
    return json.dumps(task, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def about(task: Mapping[str, Any]) -> str | None:
    """The member of a task that is labelled: a file, else a text, else the options to choose of."""
    for name in (*MEDIA, *TEXTS):
        if isinstance(task.get(name), str):
            return name
    return "options" if isinstance(task.get("options"), list) else None


def key_of(task: Mapping[str, Any]) -> str | None:
    """What names the sample of a task: the path of its file, or the hash of its content.

    Prodigy's own hashes do not: they are of 32 bits, and differ between recipes.
    """
    name = about(task)
    if name is None:
        return None
    content = task[name]
    if name in MEDIA:
        path = task.get("path") if is_inline(content) else content
        return path if isinstance(path, str) and path else content_key(content)
    return content_key(content if isinstance(content, str) else canonical_json(content))


def is_inline(content: str) -> bool:
    """Whether a medium stands in the task itself, in base64."""
    return content.startswith(_DATA)


def digest_of(content: str) -> str:
    """The sha256 of a medium that stands in the task; raises ValueError for what is no base64."""
    data = base64.b64decode(content.partition(",")[2], validate=True)
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
