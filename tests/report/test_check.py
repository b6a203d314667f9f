"""Issues as people, programs and forges get them.

LABELVC_REWRITE_GOLDEN=1 writes the golden files anew: read the diff.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import jsonschema
import pytest

from labelvc.report.check_forges import github_lines, gitlab_json
from labelvc.report.check_json import check_json
from labelvc.report.check_sarif import sarif_json
from labelvc.report.check_terminal import render_check
from labelvc.report.escape import cells
from labelvc.report.json_values import dumps
from tests.report.check_cases import CASES
from tests.report.sarif_schema import SCHEMA
from tests.report.test_terminal import COLOUR, UNSEEN

GOLDEN = Path(__file__).parent / "golden"


def sarif(checked):
    return sarif_json(checked, version="1.2.3")


REPORTS = {
    "80.txt": lambda checked: render_check(checked, width=80, limit=3),
    "json": lambda checked: json.dumps(check_json(checked), indent=1),
    "sarif": lambda checked: json.dumps(sarif(checked), indent=1),
    "github.txt": lambda checked: "".join(github_lines(checked)),
    "gitlab.json": lambda checked: json.dumps(gitlab_json(checked), indent=1),
}


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize("case", CASES)
def test_report_is_as_agreed(case, report):
    text = REPORTS[report](CASES[case]())
    file = GOLDEN / f"check-{case}.{report}"
    if os.environ.get("LABELVC_REWRITE_GOLDEN"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_it_fits_and_shows_nothing_unseen(case):
    for width in (60, 120):
        text = render_check(CASES[case](), width=width)
        assert not UNSEEN.search(text)
        assert max(map(cells, text.splitlines())) <= width
        assert COLOUR.sub("", render_check(CASES[case](), width=width, color=True)) == text


@pytest.mark.parametrize("case", CASES)
def test_sarif_is_as_the_standard_has_it(case):
    told = sarif(CASES[case]())
    jsonschema.validate(told, SCHEMA)
    (run,) = told["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"])


COMMAND = re.compile(
    r"::(error|warning) file=[^\n:,]+,line=\d+,title=labelvc%3A [a-z0-9-]+::[^\n\r]+"
)


@pytest.mark.parametrize("case", CASES)
def test_an_issue_is_one_workflow_command(case):
    lines = list(github_lines(CASES[case]()))
    assert len(lines) == sum(len(one.issues) for one in CASES[case]().sets)
    assert all(COMMAND.fullmatch(line.removesuffix("\n")) for line in lines)
    severities = [line.split()[0] for line in lines]
    assert severities == sorted(severities)


def test_fingerprints_tell_equal_issues_apart_and_stay():
    told = gitlab_json(CASES["cells"]())
    assert len({one["fingerprint"] for one in told}) == len(told)
    assert told == gitlab_json(CASES["cells"]())


def test_a_limit_is_of_each_code():
    checked = CASES["cells"]()
    issues = check_json(checked, 2)["labelvc.check/v1"]["sets"]["train"]["issues"]
    assert [one["code"] for one in issues] == ["duplicate-id", "overhang", "overhang"]
    assert check_json(checked, 2)["labelvc.check/v1"]["sets"]["train"]["counts"]["overhang"] == 8
    assert len(gitlab_json(checked, 2)) == 4
    assert "... and 6 more" in render_check(checked, limit=2)
    assert "more" not in render_check(checked, limit=0)


def test_filters_leave_the_counts_of_what_is_gone():
    checked = CASES["cells"]()
    assert dict(checked.counts()) == {"error": 2, "warning": 8}
    assert dict(checked.only([], "error").counts()) == {"error": 2}
    assert dict(checked.only(["overhang"], None).counts()) == {"warning": 8}
    assert checked.only(["overhang"], "error").sets[0].gone == 2


@pytest.mark.parametrize("case", CASES)
def test_json_shows_nothing_unseen(case):
    for value in (check_json, sarif, gitlab_json):
        assert not UNSEEN.search(dumps(value(CASES[case]())))
