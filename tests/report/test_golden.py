"""The reports as people see them. LABELVC_REWRITE_GOLDEN=1 writes the files anew: read the diff."""

import json
import os
from pathlib import Path

import pytest

from labelvc.report import markdown, terminal
from labelvc.report.json_report import diff_json, diff_jsonl, diff_text
from tests.report.cases import CASES

GOLDEN = Path(__file__).parent / "golden"
REPORTS = {
    "80.txt": lambda diff: terminal.render_diff(diff, width=80),
    "120.txt": lambda diff: terminal.render_diff(diff, width=120),
    "stat.txt": lambda diff: terminal.render_diff(diff, width=80, stat=True),
    "md": markdown.render_diff,
    "json": lambda diff: "".join(diff_text(diff, limit=20)),
    "jsonl": lambda diff: "".join(diff_jsonl(diff, limit=20)),
}


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize("case", CASES)
def test_report_is_as_agreed(case, report):
    told = REPORTS[report](CASES[case]())
    file = GOLDEN / f"{case}.{report}"
    if os.environ.get("LABELVC_REWRITE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(told, encoding="utf-8")
    assert told == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("stat", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_streamed_json_is_the_whole_json(case, stat):
    diff = CASES[case]()
    whole = diff_json(diff, stat=stat)
    assert json.loads("".join(diff_text(diff, stat=stat))) == whole
    changes = [
        {"set": name, **change}
        for name, told in whole["labelvc.diff/v1"]["sets"].items()
        for change in told.get("changes", [])
    ]
    if not stat:
        assert [json.loads(line) for line in diff_jsonl(diff)] == changes
