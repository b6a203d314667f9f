"""Scores as people and programs see them. LABELVC_REWRITE_GOLDEN=1 writes the files anew."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from labelvc.core.effects import Effect, ranked
from labelvc.core.record import ScoreRecord
from labelvc.core.reproduced import compared
from labelvc.core.scoretable import LabelVersion, ScoreTable
from labelvc.repo.revisions import Revision
from labelvc.report import json_scores as told
from labelvc.report import scores
from labelvc.report.escape import cells
from tests.core.score_records import SCORED, TRAINED, record
from tests.report.cases import HOSTILE

GOLDEN = Path(__file__).parent / "golden"
ENDS = Revision("main", "a" * 40), Revision(None, None)


def effects() -> list[Effect]:
    return ranked(
        [
            Effect("big-net", "test", "accuracy", 0.91, 0.94, 0.01, 0.05, samples=(100, 100)),
            Effect("weak", "test", "accuracy", 0.99, 0.71, -0.31, -0.25, samples=(100, 100)),
            Effect("old", "test", "accuracy", 0.5, 0.51, -0.01, 0.03, unpredicted=(0, 3)),
            Effect("asr", "talks", "wer", 0.2, 0.15, -0.07, -0.03, lower_is_better=True),
        ]
    )


def score_table(first: ScoreRecord, second: ScoreRecord) -> ScoreTable:
    one, two = (each.scored["digest"] for each in (first, second))
    versions = (LabelVersion(one, first.commit, "First labels"), LabelVersion(two, second.commit))
    cells_ = {(first.model, one): first, (first.model, two): second, ("new", two): second}
    return ScoreTable("test", versions, (first.model, "new"), cells_, {("new", two): 2})


def on(digit: str, **changes: object) -> ScoreRecord:
    """A record on another version of the labels."""
    labels = [{**SCORED, "digest": "v1:" + digit * 64}, TRAINED]
    return record(labels=labels, commit=digit * 40, **changes)


def reproduced(**now: float):
    return compared(
        record(dirty=("code.py",)),
        {"accuracy": 0.7, "macro_f1": 0.65, **now},
        tolerance=0.001,
        same_predictions=not now,
        environment=["numpy 2.4.6, was 2.3.0"],
    )


REPORTS = {
    "record.txt": lambda: scores.render_record(record(), width=80),
    "tables.txt": lambda: scores.render_tables(
        [score_table(on("4"), on("5", dirty=("a",), intervals={}))], width=100
    ),
    "effects.txt": lambda: scores.render_effects(
        effects(), ("main", "HEAD"), ["x: gone"], width=90
    ),
    "reproduced.txt": lambda: scores.render_reproduced(reproduced(accuracy=0.7004), width=80),
    "record.json": lambda: _indented(told.evaluate_json(record(), "scores/x.json", {"id": "1"})),
    "tables.json": lambda: _indented(told.tables_json([score_table(on("4"), on("5"))], ["odd"])),
    "effects.json": lambda: _indented(told.effects_json(effects(), *ENDS, ["x: gone"])),
    "reproduced.json": lambda: _indented(told.reproduced_json([reproduced(accuracy=0.5)])),
}


def _indented(value: object) -> str:
    return json.dumps(value, indent=1) + "\n"


@pytest.mark.parametrize("report", REPORTS)
def test_report_is_as_agreed(report: str):
    text = REPORTS[report]()
    file = GOLDEN / f"scores-{report}"
    if os.environ.get("LABELVC_REWRITE_GOLDEN"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def test_nothing_to_tell_is_told():
    assert "No scores yet" in scores.render_tables([])
    assert "No kept predictions" in scores.render_effects([], ("a", "b"))


def test_colours_change_nothing_but_colour():
    plain = scores.render_effects(effects(), ("a", "b"), width=90)
    coloured = scores.render_effects(effects(), ("a", "b"), width=90, color=True)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_strange_names_do_no_harm_and_fit():
    odd = record(model=HOSTILE, set=HOSTILE, labels=[{**SCORED, "name": HOSTILE}],
                 metrics={HOSTILE: 0.5}, headline=HOSTILE, dirty=(HOSTILE,),
                 categories=[{"category": HOSTILE, "f1": 0.5}], warnings={HOSTILE: 2})  # fmt: skip
    found = compared(odd, {}, tolerance=0, same_predictions=False, environment=[HOSTILE])
    effect = Effect(HOSTILE, HOSTILE, HOSTILE, 0, 0, 0, 0, flips=(HOSTILE,))
    for text in (
        scores.render_record(odd, width=70),
        scores.render_reproduced(found, width=70),
        scores.render_effects([effect], (HOSTILE, HOSTILE), [HOSTILE], width=70),
        scores.render_tables([score_table(odd, odd)], width=70),
    ):
        assert "\x1b" not in text and "\u202e" not in text
        assert all(cells(line) <= 100 for line in text.splitlines())


def test_the_page_shows_what_is_printed():
    page = (Path(__file__).parents[2] / "docs" / "evaluation.md").read_text(encoding="utf-8")
    examples = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", page, re.DOTALL)]
    names = ("record.json", "tables.json", "effects.json", "reproduced.json")
    assert examples == [json.loads(REPORTS[name]()) for name in names]
