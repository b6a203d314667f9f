"""Two pointers written into one: what only one side changed in the YAML, and the merged hash."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from labelvc.repo.pointer import load_document

META = "labelvc"
UNRESOLVED = "unresolved"
# What tells the content of an output; the merge itself decides it.
_CONTENT = ("md5", "etag", "checksum", "size", "nfiles", "hash", "files")


def merge_pointers(
    base: bytes, ours: bytes, theirs: bytes, contents: Mapping[str, Mapping[str, Any]], where: str
) -> bytes:
    """Ours with theirs' changes of anything but content, and with the merged contents.

    `contents` has by an output's path in ours what tells its merged content (`md5`, `size`, ...).
    Where both sides changed a key differently, ours stands. Comments of ours stay.
    """
    from ruamel.yaml import YAML

    editor = YAML()
    editor.preserve_quotes = True
    editor.width = 4096
    document = editor.load(ours.decode("utf-8-sig"))
    before = load_document(base, where) if base else {}
    other = load_document(theirs, where)
    _merge(document, before, other, skip=("outs",))
    for place, out in enumerate(document.get("outs") or ()):
        content = contents.get(out.get("path"))
        was, now = (_out(one, place) for one in (before, other))
        _merge(out, was, now, skip=_CONTENT)
        if content is not None:
            for key in _CONTENT:
                if key not in content:
                    out.pop(key, None)
            for key, value in content.items():
                out[key] = value
    out_bytes = io.BytesIO()
    editor.dump(document, out_bytes)
    return out_bytes.getvalue()


def unresolved(document: Mapping[str, Any]) -> dict[str, str]:
    """By label set name, the sidecars of open conflicts that a pointer's `meta` names."""
    blocks = document.get(META)
    found = {}
    for name, block in (blocks if isinstance(blocks, dict) else {}).items():
        mark = block.get(UNRESOLVED) if isinstance(block, dict) else None
        if isinstance(mark, str):
            found[str(name)] = mark
    return found


def _out(document: Mapping[str, Any], place: int) -> Mapping[str, Any]:
    outs = document.get("outs") or []
    found = outs[place] if place < len(outs) else {}
    return found if isinstance(found, dict) else {}


def _merge(
    ours: dict[str, Any], base: Mapping[str, Any], theirs: Mapping[str, Any], skip: tuple[str, ...]
) -> None:
    """Bring theirs' changes of a mapping into ours, in place."""
    for key in [*base, *(key for key in theirs if key not in base)]:
        if key in skip:
            continue
        was, now, own = base.get(key), theirs.get(key), ours.get(key)
        if all(isinstance(one, dict) for one in (now, own)):
            _merge(own, was if isinstance(was, dict) else {}, now, ())  # type: ignore[arg-type]
        elif now != was and own == was:
            if key in theirs:
                ours[key] = now
            else:
                ours.pop(key, None)
