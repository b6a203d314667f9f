"""The session on the page about evaluation is real."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.cli.scoring import AFTER, BEFORE, table
from tests.data import ROOT
from tests.docs.test_readme import HASH, repository, steps

__all__ = ["repository"]

PAGE = ROOT / "docs" / "evaluation.md"


def blocks() -> list[str]:
    return re.findall(r"```console\n(.*?)```", PAGE.read_text(), re.DOTALL)


def write(root: Path, number: int) -> None:
    """What stands in the files before a block of the session is played."""
    root.mkdir(exist_ok=True)
    (root / "labels").mkdir(exist_ok=True)
    if number == 0:
        (root / "old.csv").write_text(table(BEFORE))
        (root / "new.csv").write_text(table((*AFTER[:5], "dog", *AFTER[6:])))
    if number in (0, 1):
        (root / "labels" / "pets.csv").write_text(table((BEFORE, AFTER)[number]))


def played(root: Path) -> str:
    """The whole page with what the commands print now."""
    text = PAGE.read_text()
    for number, block in enumerate(blocks()):
        write(root, number)
        told = ""
        for command, _ in steps(block):
            done = subprocess.run(command, shell=True, cwd=root, capture_output=True, text=True)
            assert done.returncode == 0, (command, done.stderr)
            told += f"$ {command}\n{done.stdout}"
        text = text.replace(block, told)
    return text


def test_the_session_is_real(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    now, page = played(repository), PAGE.read_text()
    assert HASH.sub("#", now) == HASH.sub("#", page)
