"""What sort of medium a file is, told by how it begins: objects of DVC's cache have no suffix."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

Sort = Literal["sound", "video", "other"]

_HEAD = 16
_SOUNDS = (b"fLaC", b"OggS", b"ID3", b"RF64", b"caff", b".snd", b"NIST_1A")
_IN_RIFF: dict[bytes, Sort] = {b"WAVE": "sound", b"AVI ": "video"}
_VIDEOS = (b"\x1aE\xdf\xa3", b"\x00\x00\x01\xba")  # Matroska and WebM, MPEG
_STILLS = (b"avif", b"avis", b"heic", b"mif1")  # brands of ISO media files that are images
_ISO_SOUND = b"M4A "


def sort_of(path: Path) -> Sort:
    """The sort of a file; `other` may be an image. Raises OSError."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(b"RIFF"):
        return _IN_RIFF.get(head[8:12], "other")
    if head.startswith(_SOUNDS) or (head[:4], head[8:12]) == (b"FORM", b"AIFF"):
        return "sound"
    if head[:1] == b"\xff" and head[1:2] >= b"\xe0":  # the sync word of an MPEG layer
        return "sound"
    if head[4:8] == b"ftyp" and head[8:12] not in _STILLS:
        return "sound" if head[8:12] == _ISO_SOUND else "video"
    return "video" if head.startswith(_VIDEOS) else "other"
