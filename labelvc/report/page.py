"""The page of `labelvc report` and `labelvc review`: one HTML text that asks for nothing else."""

from __future__ import annotations

import hashlib
import html
from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import Any

from labelvc.report.escape import visible
from labelvc.report.json_values import dumps
from labelvc.report.template import filled, template

_FOLDER = "review"
STYLES = ("style.css", "summary.css", "explorer.css", "evidence.css")
# Before anything is painted, and once all is there; each needs only those before it.
HEAD_SCRIPTS = ("theme.js",)
SCRIPTS = (
    "dom.js", "icons.js", "state.js", "filters.js", "list.js", "dialogs.js", "keys.js",
    "backend.js", "shapes.js", "picture.js", "words.js", "audio.js", "evidence.js",
    "fields.js", "changes.js", "decisions.js", "detail.js", "toolbar.js", "explorer.js",
    "sets.js", "scores.js", "findings.js", "summary.js",
    "finish.js", "review.js", "conflicts.js", "main.js",
)  # fmt: skip
_SERVED = ("review", "conflicts")


def render_page(data: Mapping[str, Any]) -> str:
    """The page that shows `data`.

    `data` has `mode` (report, review, conflicts) and `title`; a report and a review have `report`
    (the value of `labelvc.report/v1`), a report `evidence` by the number of the change and
    `evidence_told`, a review `decisions` and `reviewer`; an unfinished merge has `conflicts` and
    `next`. A policy in the page allows its own scripts and styles only, and no connection but,
    where it is served, to its own server.
    """
    styles = [_read(name) for name in STYLES]
    head, body = ([_read(name) for name in names] for names in (HEAD_SCRIPTS, SCRIPTS))
    return filled(
        f"{_FOLDER}/page.html",
        {
            "TITLE": html.escape(visible(str(data["title"]))),
            "POLICY": html.escape(_policy(styles, [*head, *body], data["mode"] in _SERVED)),
            "STYLES": _elements("style", styles),
            "HEADSCRIPTS": _elements("script", head),
            "DATA": embedded(data),
            "SCRIPTS": _elements("script", body),
        },
    )


def embedded(data: Mapping[str, Any]) -> str:
    """The data as JSON that can end no element, whatever strangers' names say."""
    text = dumps(data)  # escapes what ends a line in scripts, U+2028 and U+2029
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _read(name: str) -> str:
    return template(f"{_FOLDER}/{name}")


def _elements(tag: str, texts: Iterable[str]) -> str:
    return "\n".join(f"<{tag}>{text}</{tag}>" for text in texts)


def _policy(styles: Iterable[str], scripts: Iterable[str], is_served: bool) -> str:
    rules = {
        "default-src": "'none'",
        "img-src": "data: blob: 'self'",
        "media-src": "data: blob: 'self'",
        "style-src": " ".join(map(_hash, styles)),
        "script-src": " ".join(map(_hash, scripts)),
        "connect-src": "'self'" if is_served else "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{b64encode(digest).decode()}'"
