"""Writes docs/formats.md from the formats themselves: python -m tests.formats.formats_page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from labelvc.core.snapshot import KINDS
from labelvc.formats.base import Carries, Format
from labelvc.formats.registry import FORMATS

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"
INTRODUCTION = """\
# Label formats

labelvc reads and writes these formats. Which one a label set is in, it tells from the files; where
they could be in several it asks, and `--format NAME` (or `format:` in `labelvc.yaml`) says it.
Settings stand under `settings` of a label set there, or are given by `--set NAME=VALUE`.

Whatever was not edited is written back as the bytes it was read from. What a format has no place
for is refused before anything is written; `labelvc convert` [goes from one to another](convert.md)
and tells what that loses. [Formats of your own](writing-a-format.md) can be added.

Links to folders inside a label set are not followed. A COCO box of nothing but NaN or Infinity, as
some tools write for an empty outline, is no box, and stays in the file as it is.

<!-- The rest is written by: python -m tests.formats.formats_page -->
"""
LEGEND = """\
**attributes**: further values of labels (and, as *samples*, of samples); **verdict**: labels that
say there is none; **ids**: labels have ids of their own; **taxonomy**: categories are declared, so
that unused ones, parents and the like survive; **sizes**: width and height of images;
**durations**: of recordings.
"""
# What the head of the matrix calls several of a kind, where that is not the kind with an s.
PLURALS = {"class": "classes", "box": "boxes", "keypoints": "keypoints"}
YES, NO = "yes", ""

Mark = Callable[[Carries], str]


def _label(name: str) -> Mark:
    return lambda carries: YES if name in carries.labels else NO


def _sample(name: str) -> Mark:
    return lambda carries: YES if name in carries.samples else NO


def _attributes(carries: Carries) -> str:
    bearers = {"labels": carries.labels, "samples": carries.samples}
    return ", ".join(name for name, columns in bearers.items() if "attributes" in columns)


BESIDE: dict[str, Mark] = {
    "attributes": _attributes,
    "verdict": _label("verdict"),
    "annotator": _label("annotator"),
    "confidence": _label("confidence"),
    "ids": _label("id"),
    "taxonomy": lambda carries: YES if carries.taxonomy else NO,
    "splits": _sample("split"),
    "sizes": _sample("width"),
    "durations": _sample("duration"),
    "sample texts": _sample("text"),
    "unit": lambda carries: ", ".join(sorted(carries.units)),
    "": lambda carries: "read and written" if carries.writable else "read only",
}


def page() -> str:
    """The whole page."""
    kinds: dict[str, Mark] = {PLURALS.get(kind, f"{kind}s"): _kind(kind) for kind in KINDS}
    parts = [INTRODUCTION, "## Kinds of labels\n", *_matrix(kinds), ""]
    parts += ["## What stands beside them\n", LEGEND, *_matrix(BESIDE), ""]
    parts += [_section(fmt) for fmt in FORMATS.values()]
    return "\n".join(parts)


def _kind(kind: str) -> Mark:
    return lambda carries: YES if kind in carries.kinds else NO


def _matrix(columns: dict[str, Mark]) -> list[str]:
    """A row for each format, without the columns that none fills."""
    used = {
        head: mark
        for head, mark in columns.items()
        if any(mark(fmt.CARRIES) for fmt in FORMATS.values())
    }
    rows = [f"| format | {' | '.join(used)} |", f"|---|{'---|' * len(used)}"]
    for fmt in FORMATS.values():
        cells = " | ".join(mark(fmt.CARRIES) for mark in used.values())
        rows.append(f"| [`{fmt.NAME}`](#{fmt.NAME}) | {cells} |")
    return rows


def _section(fmt: Format) -> str:
    lines = [f"## {fmt.NAME}", "", f"{fmt.TITLE}.", ""]
    if fmt.SETTINGS:
        lines += ["| setting | |", "|---|---|"]
        lines += [f"| `{name}` | {_cell(text)} |" for name, text in fmt.SETTINGS.items()] + [""]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
