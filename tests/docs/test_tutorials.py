"""What the tutorials show is what happens, command by command."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.data import ROOT
from tests.docs import session
from tests.docs.pages import alike, commands, played
from tests.docs.test_readme import play, repository

__all__ = ["repository"]

TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("*.md"))


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_the_session_is_real(page: Path, tmp_path: Path) -> None:
    shown = page.read_text()
    assert alike(played(shown, tmp_path)) == alike(shown), f"python -m tests.docs.pages {page}"


def test_the_front_page_is_real(repository: Path) -> None:
    session.two_versions(repository)
    (block,) = re.findall(
        r"```console\n(.*?)```", (ROOT / "docs" / "index.md").read_text(), re.DOTALL
    )
    play(block, repository)


def test_there_is_one_for_each_task() -> None:
    assert {page.stem for page in TUTORIALS} == {"images", "detection", "text", "speech"}


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_each_goes_the_whole_way(page: Path) -> None:
    typed = [one for part in page.read_text().split("```console\n")[1:] for one in commands(part)]
    for verb in ("init", "add", "commit", "diff", "evaluate", "scores"):
        assert any(f"labelvc {verb}" in one for one in typed), verb
    assert any(one.startswith(("git merge", "labelvc report")) for one in typed)


def test_another_output_is_told_apart() -> None:
    told = "```console\n$ echo cat\ncat\n```"
    assert alike(told) != alike(told.replace("\ncat", "\ndog"))
    assert alike("[main 0a1b2c3d4] cat") == alike("[main 4d3c2b1a0] cat")
