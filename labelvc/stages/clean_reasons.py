"""Why a sample is not trained on: the reason codes, and the exception that carries one."""

from __future__ import annotations

import re

# In the order of precedence: where a sample has several reasons it is counted under the first.
REASONS = {
    "no media": "no media folder is known",
    "missing": "its media file is not there",
    "outside": "its path leads out of the media folder",
    "unreadable": "its media file cannot be decoded, or holds nothing",
    "truncated": "its media file ends too early",
    "too large": "decoded, it would take more memory than any honest sample",
    "empty": "it has no text, or its transcript is empty",
    "silent": "its sound is quieter than `min_rms`",
    "clipped": "more than `clip_fraction` of its sound is at full scale",
    "duplicate": "another sample has the same content",
    "near duplicate": "another sample shows the same picture",
}
# Those that follow from the content alone, and hold as long as it does.
OF_CONTENT = frozenset({"unreadable", "truncated", "too large", "silent", "clipped"})

_OBJECT = re.compile(r"<[^<>]* at 0x[0-9a-fA-F]+>")
_LONGEST = 200


class Unusable(Exception):
    """A medium that cannot be read; `reason` is one of REASONS."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def unusable(error: Exception) -> Unusable:
    """What an error of a decoding library means; the same text at every run and place."""
    # the whole message names the file by its path, or the object that was read by its address
    told = str(getattr(error, "error_string", "") or getattr(error, "strerror", "") or error)
    told = " ".join(_OBJECT.sub("the file", told).split()) or type(error).__name__
    reason = "truncated" if "truncated" in told.lower() else "unreadable"
    return Unusable(reason, told[:_LONGEST])
