"""The templates that reports are made from: files that users may restyle."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


def template(name: str) -> str:
    """The text of a template, `report/conflicts.html` for instance, with plain line ends."""
    inside = _PACKAGE / "templates"  # in a wheel; beside the package in a working tree
    folder = inside if inside.is_dir() else _PACKAGE.parent / "templates"
    return (folder / name).read_text("utf-8")


def filled(name: str, blanks: Mapping[str, str]) -> str:
    """The template with each `@BLANK@` filled in one go: what is filled in has none."""
    return re.sub("@([A-Z]+)@", lambda blank: blanks[blank[1]], template(name))
