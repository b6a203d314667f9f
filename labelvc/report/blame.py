"""Who changed which label last, on a terminal, and as JSON (docs/json.md)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from labelvc.core.comparison import End
from labelvc.core.told import Blame, BlamedCommit
from labelvc.report.json_values import label_json, table_rows
from labelvc.report.labels import described, sentence
from labelvc.report.layout import GAP, coloured, hanging, plain, section_lines
from labelvc.report.numbers import count
from labelvc.report.section import Row, Section, more
from labelvc.report.sections import end
from labelvc.report.spans import Line, Span, joined, name, say

NOT_COMMITTED = "not committed"
_SHORT = 9  # characters of a commit
_COMMITS = 10
_LONGEST_ID = 40
_ENDS = {"shallow": "or older", "since": "or older", "not at hand": "not at hand before"}


def render_blame(
    blame: Blame, *, width: int = 80, limit: int | None = 20, color: bool = False
) -> str:
    """How many labels each commit has, then the first `limit` labels by sample (0, None: all)."""
    lines: list[Line] = [*hanging(_title(blame), width, "")]
    lines += hanging(say(count(blame.labels.height, "label")), width, GAP)
    for note in blame.notes:
        lines += hanging(say(Span("note: ", "note"), Span(note, "remark")), width, GAP)
    for section in (_commits(blame), _labels(blame, limit)):
        if section.rows:
            lines += [(), *section_lines(section, width)]
    return (coloured if color else plain)(lines)


def _title(blame: Blame) -> Line:
    told = f" ({blame.format})" if blame.format else ""
    path = [] if blame.path == blame.name else [Span(GAP), name(blame.path)]
    where = end(End(blame.rev, blame.commit))
    return say(Span(name(blame.name).text, "heading"), path, f"{told}  at ", where)


def _commits(blame: Blame) -> Section:
    """The commits that have most of the labels."""
    counted = Counter(blame.labels["commit"].to_list())
    ordered = sorted(counted.items(), key=lambda one: (-one[1], one[0] or ""))
    rows = tuple(
        Row(
            (say(f"{labels:,}"), *_columns(blame, commit), [Span(_subject(blame, commit), "value")])
        )
        for commit, labels in ordered[:_COMMITS]
    )
    return Section("Last changed in", rows, foot=more(len(ordered) - _COMMITS, "commit"))


def _subject(blame: Blame, commit: str | None) -> str:
    return blame.commits[commit].subject if commit is not None else ""


def _columns(blame: Blame, commit: str | None, mark: str = "") -> tuple[Line, Line, Line]:
    """Commit, day and author; `mark` stands before the commit."""
    if commit is None:
        return [Span(NOT_COMMITTED, "added")], say(""), say("")
    told = blame.commits[commit]
    return (
        [Span(mark + commit[:_SHORT], "changed")],
        say(told.date[:10]),
        [Span(told.author, "value")],
    )


def _labels(blame: Blame, limit: int | None) -> Section:
    labels = blame.labels.sort("sample", maintain_order=True)
    shown = list((labels.head(limit) if limit else labels).iter_rows(named=True))
    identified = any(row["id"] for row in shown)
    rows = tuple(
        Row(
            (
                *_columns(
                    blame, row["commit"], "^" if row["reached"] in ("shallow", "since") else ""
                ),
                *([[Span((row["id"] or "")[:_LONGEST_ID], "value")]] if identified else []),
                say(
                    # attributes would take lines that say little; --json has them
                    described({**row, "attributes": None}, "", blame.texts.get(row["sample"])),
                    Span("  "),
                    _change(blame, row),
                ),
            ),
            row["sample"],
        )
        for row in shown
    )
    hint = "; labelvc blame --limit 0 shows all"
    return Section("Labels", rows, foot=more(labels.height - len(rows), "label", hint=hint))


def _change(blame: Blame, row: Mapping[str, Any]) -> Line:
    """What the commit did to the label, and how sure that is."""
    if row["reached"] is not None:
        before = f" {row['commit'][:_SHORT]}" if row["reached"] == "not at hand" else ""
        return [Span(f"[{_ENDS[row['end']]}{before}]", "dim")]
    told = say("added")
    if row["change"] is not None:
        told = sentence(blame.changes.row(row["change"], named=True), None)
    through = joined([Span(sha[:_SHORT], "changed")] for sha in row["through"])
    unsure = say(" (here or in ", through, ", not at hand)") if row["through"] else []
    return say("[", told, unsure, "]")


def blame_json(blame: Blame) -> dict[str, Any]:
    """`labelvc.blame/v1`; every key is described in docs/json.md."""
    changes = list(blame.changes.iter_rows(named=True)) if blame.changes.width else []
    return {
        "labelvc.blame/v1": {
            "set": blame.name,
            "path": blame.path,
            "format": blame.format,
            "rev": blame.rev,
            "commit": blame.commit,
            "commits": {sha: _commit_json(one) for sha, one in blame.commits.items()},
            "labels": [_label(row, changes) for row in table_rows(blame.labels)],
            "notes": list(blame.notes),
        }
    }


def _commit_json(one: BlamedCommit) -> dict[str, Any]:
    return {"author": one.author, "email": one.email, "date": one.date, "subject": one.subject}


def _label(row: Mapping[str, Any], changes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    told = {
        "sample": row["sample"],
        "id": row["id"],
        "commit": row["commit"],
        "kinds": row["kinds"],
        "end": row["reached"],
        "through": row["through"],
        "label": label_json(row, ""),
    }
    if row["change"] is not None:
        told["before"] = label_json(changes[row["change"]], "before_")
    return told
