"""Conflicts as one self-contained page: no script, nothing fetched, everything escaped."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from labelvc.core.conflict import Conflict, Undecided
from labelvc.core.conflict_words import subject
from labelvc.core.resolve import choices
from labelvc.report.conflict_cells import headline, told
from labelvc.report.escape import visible
from labelvc.report.numbers import count
from labelvc.report.spans import Line
from labelvc.report.template import filled

_TAGS = {"old": "del", "new": "ins", "dim": "em"}


def render_conflicts(sets: Sequence[Undecided], *, limit: int | None = None) -> str:
    """The page: `limit` conflicts of each label set (0, None: all)."""
    number = sum(len(one.conflicts) for one in sets)
    title = count(number, "open conflict") if number else "No conflicts"
    body = "\n".join(line for one in sets for line in _set(one, limit))
    return filled("report/conflicts.html", {"TITLE": escaped(title), "BODY": body})


def escaped(text: str) -> str:
    """The text as HTML that shows just it, in an element or an attribute."""
    return html.escape(visible(text), quote=True)


def _set(one: Undecided, limit: int | None) -> Iterator[str]:
    yield f"<section>\n<h2>{escaped(one.name)}</h2>"
    yield f'<p class="soft"><code>{escaped(one.path)}</code> {escaped(headline(one))}</p>'
    for id, conflict in islice(one.conflicts.items(), limit or None):
        yield from _conflict(one.name, id, conflict)
    if limit and len(one.conflicts) > limit:
        left = count(len(one.conflicts) - limit, "more conflict")
        yield f'<p class="soft">... and {left}</p>'
    yield "</section>"


def _conflict(label_set: str, id: str, conflict: Conflict) -> Iterator[str]:
    anchor = escaped(re.sub(r"\s", "_", f"{label_set}-{id}"))
    yield f'<article id="{anchor}">'
    yield (
        f'<h3><a href="#{anchor}"><code>{escaped(id)}</code></a> '
        f"{escaped(conflict.kind)}: {escaped(subject(conflict))}</h3>"
    )
    yield '<div class="wide" role="region" tabindex="0" aria-label="base, ours and theirs">'
    yield (
        "<table>\n<thead><tr><td></td>"
        + "".join(f'<th scope="col">{side}</th>' for side in ("base", "ours", "theirs"))
        + "</tr></thead>\n<tbody>"
    )
    for row in told(conflict):
        cells = "".join(f"<td>{_cell(cell)}</td>" for cell in row.cells)
        yield f'<tr><th scope="row">{escaped(row.name)}</th>{cells}</tr>'
    yield "</tbody>\n</table>\n</div>"
    allowed = escaped("|".join(choices(conflict)))
    yield f'<p class="soft">settle it: <code>labelvc resolve {escaped(id)} --with {allowed}</code>'
    yield "</p>\n</article>"


def _cell(line: Line) -> str:
    """Styled text as HTML: what went in `del`, what came in `ins`."""
    return "".join(_tagged(escaped(text), _TAGS.get(style)) for text, style in line)


def _tagged(text: str, tag: str | None) -> str:
    return f"<{tag}>{text}</{tag}>" if tag else text
