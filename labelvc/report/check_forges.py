"""Issues as the annotations of GitHub Actions and the code quality report of GitLab."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labelvc.core.checked import Checked, CheckedSet, ToldIssue
from labelvc.report.check_limit import each, sentence

_GITLAB = {"error": "major", "warning": "minor"}


def github_lines(checked: Checked, limit: int = 0) -> Iterator[str]:
    """Workflow commands, errors first: GitHub shows the first ten of a step and severity.

    https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
    """
    found = sorted(each(checked, limit), key=lambda one: one[1].issue.severity)
    for one, told, _ in found:
        yield _command(one, told) + "\n"


def _command(one: CheckedSet, told: ToldIssue) -> str:
    properties = {
        "file": told.place.path,
        "line": str(told.place.line),
        "title": f"labelvc: {told.issue.code}",
    }
    named = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{told.issue.severity} {named}::{_data(sentence(one, told))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def gitlab_json(checked: Checked, limit: int = 0) -> list[dict[str, Any]]:
    """A report of GitLab's format for code quality.

    https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
    """
    return [
        {
            "description": sentence(one, told),
            "check_name": told.issue.code,
            "fingerprint": fingerprint,
            "severity": _GITLAB[told.issue.severity],
            "location": {"path": told.place.path, "lines": {"begin": told.place.line}},
        }
        for one, told, fingerprint in each(checked, limit)
    ]
