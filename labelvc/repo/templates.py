"""The files that `labelvc init` lays down, before their blanks are filled."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


def template(name: str, **blanks: str) -> bytes:
    """A file of `templates/repo`, each blank `@NAME@` filled.

    A wheel carries the templates inside the package; in a source tree they lie beside it.
    """
    inside = _PACKAGE / "templates"
    folder = inside if inside.is_dir() else _PACKAGE.parent / "templates"
    text = (folder / "repo" / name).read_text("utf-8")
    for blank, value in blanks.items():
        text = text.replace(f"@{blank}@", value)
    return text.encode()
