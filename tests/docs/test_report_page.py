"""The session on the page about reports is real, and its tables name every key."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from labelvc.report.report_json import VERSION, report_json
from tests.data import ROOT
from tests.docs import session
from tests.docs.test_readme import play, repository
from tests.report.report_cases import whole

__all__ = ["repository"]

PAGE = (ROOT / "docs" / "report.md").read_text()


def test_the_session_is_real(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session.two_versions(repository)
    (block,) = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    play(block, repository)
    told = json.loads((repository.parent / "told" / "report.json").read_text())[VERSION]
    assert len(told["changes"]) == 5
    assert "<script" in (repository.parent / "told" / "report.html").read_text()


def test_every_key_is_told() -> None:
    told = report_json(whole())[VERSION]
    keys = {*told, *told["verdict"], *told["issues"], *told["scores"], *told["changes"][0]}
    keys |= {*told["pointers"][0], *told["highlights"][0], *told["issues"]["new"][0]}
    keys |= {"name", "task", "summary", "splits"}
    missing = {key for key in keys if f"`{key}`" not in PAGE}
    assert missing - {"path", "categories"} == set()
