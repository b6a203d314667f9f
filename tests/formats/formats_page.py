"""Writes docs/formats.md from the formats themselves: python -m tests.formats.formats_page."""

from __future__ import annotations

from pathlib import Path

from labelvc.formats.base import Format
from labelvc.formats.registry import FORMATS

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"
INTRODUCTION = """\
# Label formats

labelvc reads and writes these formats. Which one a label set is in, it tells from the files; where
they could be in several it asks, and `--format NAME` (or `format:` in `labelvc.yaml`) says it.
Settings stand under `settings` of a label set there, or are given by `--set NAME=VALUE`.

Whatever was not edited is written back as the bytes it was read from. What a format has no place
for is refused before anything is written. [Formats of your own](writing-a-format.md) can be added.

Links to folders inside a label set are not followed. A COCO box of nothing but NaN or Infinity, as
some tools write for an empty outline, is no box, and stays in the file as it is.

<!-- The rest is written by: python -m tests.formats.formats_page -->
"""
# What the columns of labels are called in this page; the others go by their names.
KINDS = {"class": "classes", "box": "boxes", "mask": "masks", "text": "texts"}
PLURALS = {"polygon": "polygons", "span": "spans", "segment": "segments", "token": "token labels"}


def page() -> str:
    """The whole page."""
    table = ["| format | labels | beside them |", "|---|---|---|"]
    table += [_row(fmt) for fmt in FORMATS.values()]
    sections = [_section(fmt) for fmt in FORMATS.values()]
    return "\n".join([INTRODUCTION, *table, "", *sections])


def _row(fmt: Format) -> str:
    names = {**KINDS, **PLURALS}
    kinds = ", ".join(sorted(names.get(kind, kind) for kind in fmt.CARRIES.kinds))
    return f"| [`{fmt.NAME}`](#{fmt.NAME}) | {kinds} | {_beside(fmt)} |"


def _beside(fmt: Format) -> str:
    carries = fmt.CARRIES
    parts = [f"of labels: {', '.join(sorted(carries.labels))}"] if carries.labels else []
    parts += [f"of samples: {', '.join(sorted(carries.samples))}"] if carries.samples else []
    parts += ["a declared list of categories"] if carries.taxonomy else []
    parts += ["read only"] if not carries.writable else []
    return "; ".join(parts) or "nothing"


def _section(fmt: Format) -> str:
    lines = [f"## {fmt.NAME}", "", f"{fmt.TITLE}.", ""]
    if fmt.CARRIES.units:
        lines += [f"Unit of coordinates: {', '.join(sorted(fmt.CARRIES.units))}.", ""]
    if fmt.SETTINGS:
        lines += ["| setting | |", "|---|---|"]
        lines += [f"| `{name}` | {_cell(text)} |" for name, text in fmt.SETTINGS.items()] + [""]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
