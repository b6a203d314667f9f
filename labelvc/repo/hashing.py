"""Hashes of files and folders exactly as DVC and Git compute them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from json.encoder import encode_basestring_ascii as quoted

from labelvc.core.errors import NotFound

_CHUNK = 1 << 20
_TEXT = bytes(range(32, 127)) + b"\n\r\t\f\b"


def hash_content(path: str, hash_name: str) -> str:
    """The hash of a file: "md5", "md5-dos2unix" (DVC 2) or "git" (a blob's id).

    Raises NotFound where the file cannot be read.
    """
    try:
        with open(path, "rb", buffering=0) as file:
            return KINDS[hash_name](file.fileno())
    except OSError as error:
        raise NotFound(f"{path}: {error.strerror}") from None


def hash_listing(files: Mapping[str, str]) -> str:
    """The hash of a folder: DVC's, of its listing."""
    return hashlib.md5(listing(files), usedforsecurity=False).hexdigest() + ".dir"


def listing(files: Mapping[str, str]) -> bytes:
    """A folder as DVC lists it: the sorted JSON list of its files' hashes and paths."""
    entries = [f'{{"md5": "{files[path]}", "relpath": {quoted(path)}}}' for path in sorted(files)]
    return f"[{', '.join(entries)}]".encode()


def _md5(handle: int) -> str:
    hasher = hashlib.md5(usedforsecurity=False)
    while chunk := os.read(handle, _CHUNK):
        hasher.update(chunk)
    return hasher.hexdigest()


def _md5_dos2unix(handle: int) -> str:
    """The hash of DVC 2: line ends as in Unix in each mebibyte that looks like text."""
    hasher = hashlib.md5(usedforsecurity=False)
    with os.fdopen(os.dup(handle), "rb") as file:
        while chunk := file.read(_CHUNK):
            hasher.update(chunk.replace(b"\r\n", b"\n") if _is_text(chunk[:512]) else chunk)
    return hasher.hexdigest()


def _is_text(start: bytes) -> bool:
    """DVC's rule: no NUL, and at most 30 % of the bytes are no plain text."""
    if b"\0" in start:
        return False
    return len(start.translate(None, _TEXT)) / len(start) <= 0.30


def _git_blob(handle: int) -> str:
    hasher = hashlib.sha1(b"blob %d\0" % os.fstat(handle).st_size, usedforsecurity=False)
    while chunk := os.read(handle, _CHUNK):
        hasher.update(chunk)
    return hasher.hexdigest()


# The kinds of hash by name.
KINDS: Mapping[str, Callable[[int], str]] = {
    "md5": _md5,
    "md5-dos2unix": _md5_dos2unix,
    "git": _git_blob,
}
