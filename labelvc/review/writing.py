"""`labelvc report`: the report as files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labelvc.core.errors import LabelvcError
from labelvc.core.reported import Report
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import Revision, candidates
from labelvc.repo.writing import write_atomic
from labelvc.report.json_values import dumps
from labelvc.report.page import render_page
from labelvc.report.report_json import VERSION, report_json
from labelvc.report.report_markdown import render_report
from labelvc.report.report_words import plain, title, verdict
from labelvc.review.building import build
from labelvc.review.evidence import inlined
from labelvc.review.shelf import bring, exhibits, shelves

LISTED = 20_000  # changed labels of one set that are told one by one


@dataclass(frozen=True)
class Limits:
    """How many changes have their media in the page, and how many bytes those may take."""

    pictures: int
    bytes: int


@dataclass(frozen=True)
class Written:
    """The verdict in a line, `labelvc.report/v1`, and the files that were written."""

    verdict: str
    json: str
    paths: Sequence[str] = ()


def write_report(
    repo: Repository,
    ends: tuple[Revision, Revision],
    names: Sequence[str],
    folder: str | None,
    *,
    limits: Limits,
) -> Written:
    """Write `report.md`, `report.html` and `report.json` into a folder, each in one step.

    Without a folder nothing is written. Raises what `build` raises, and LabelvcError where the
    folder cannot be.
    """
    report = build(repo, ends, names, most=LISTED)
    told = report_json(report)
    text = dumps(told) + "\n"
    if folder is None:
        return Written(verdict(report), text)
    home = Path(folder)
    try:
        home.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise LabelvcError(f"{folder} is a file", hint="Give a folder: -o DIR.") from None
    contents = {
        "report.md": render_report(report),
        "report.html": render_page(_page(repo, report, ends[1], told[VERSION], limits=limits)),
        "report.json": text,
    }
    for name, content in contents.items():
        write_atomic(home / name, content.encode("utf-8", "backslashreplace"))
    return Written(verdict(report), text, [str(home / name) for name in contents])


def _page(
    repo: Repository,
    report: Report,
    end: Revision,
    told: dict[str, Any],
    *,
    limits: Limits,
) -> dict[str, Any]:
    """What the page is made from."""
    listed = [one.label_set for one in candidates(repo, end, end)]
    media = shelves(repo, listed, end)
    notes = bring(media, report.items, limits.pictures)
    shown = exhibits(media, report.diff).many(
        report.items, most=limits.pictures, bytes=limits.bytes
    )
    note = " ".join(filter(None, [shown.reason, *notes]))
    return {
        "mode": "report",
        "title": f"Labels: {plain(title(report))}",
        "report": told,
        "evidence": {str(number): inlined(one) for number, one in shown.found.items()},
        "evidence_told": {
            "shown": shown.shown,
            "left_out": shown.left_out,
            "bytes": shown.bytes,
            "note": note,
        },
    }
