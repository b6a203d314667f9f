"""What a reviewer looks at or listens to, as plain values beside the files they need."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Blob:
    """The content of a picture or sound, with its media type."""

    content: bytes
    type: str


@dataclass(frozen=True)
class Evidence:
    """`told` is what the page is given, `type` image, text, audio or none.

    Where the page wants the URL of a file, `told` has `{"blob": NAME}`, NAME being one of `blobs`.
    """

    told: dict[str, Any]
    blobs: Mapping[str, Blob] = field(default_factory=dict)

    @property
    def is_shown(self) -> bool:
        """Whether there is anything to look at or to listen to."""
        return bool(self.told["type"] != "none")


def absent(reason: str) -> Evidence:
    """No evidence, and why."""
    return Evidence({"type": "none", "reason": reason})


def inlined(evidence: Evidence) -> dict[str, Any]:
    """What the page is given, its files kept inside as `data:` URLs."""

    def data_url(name: str) -> str:
        blob = evidence.blobs[name]
        return f"data:{blob.type};base64,{base64.b64encode(blob.content).decode()}"

    return linked(evidence, data_url)


def linked(evidence: Evidence, url: Callable[[str], str]) -> dict[str, Any]:
    """What the page is given, `url` telling where the file of a name is found."""
    told = dict(evidence.told)
    if told.get("src") is not None:
        told["src"] = url(told["src"]["blob"])
    if "shapes" in told:
        told["shapes"] = [
            {**shape, "overlay": url(shape["overlay"]["blob"])} if "overlay" in shape else shape
            for shape in told["shapes"]
        ]
    return told
