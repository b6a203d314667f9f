"""The session on the page about databases is real, and so are its configurations."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from labelvc.repo.config import parse_config
from labelvc.repo.database_config import MEANINGS
from tests.data import ROOT
from tests.docs.test_readme import repository, steps

__all__ = ["repository"]

PAGE = (ROOT / "docs" / "databases.md").read_text()
# twelve digits too, as a database keeps them of a commit
HASH = re.compile(r"\b[0-9a-f]{9,12}\b")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_session_is_real(repository: Path) -> None:
    if shutil.which("sqlite3") is None and not os.environ.get("LABELVC_REQUIRE_DATABASES"):
        pytest.skip("the program sqlite3 is not installed")
    for command in ("init", "add labels/train.json", "commit -m First"):
        subprocess.run(f"labelvc -q {command}", shell=True, cwd=repository, check=True)
    (session,) = blocks("console")
    for command, expected in steps(session):
        done = subprocess.run(
            command, shell=True, cwd=repository, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (command, done.stderr)
        assert HASH.sub("#", done.stdout.rstrip()) == HASH.sub("#", expected.rstrip()), command
    subprocess.run(
        ["sqlite3", "labels.db", "UPDATE labels SET kind='circle' WHERE id='2'"],
        cwd=repository,
        check=True,
    )
    (shown,) = blocks("text")
    told = subprocess.run(
        ["labelvc", "diff", "train", "sqlite:///labels.db"],
        cwd=repository,
        capture_output=True,
        text=True,
    )
    start, end = shown.split("...")
    assert told.stderr.startswith(start) and told.stderr.endswith(end)


@pytest.mark.parametrize("text", blocks("yaml"))
def test_the_configurations_can_be_read(text: str) -> None:
    (label_set,) = parse_config(text.encode()).sets
    assert label_set.database.prefix or label_set.database.kind == "box"


def test_every_column_is_named() -> None:
    assert [name for name in MEANINGS if f"`{name}`" not in PAGE] == []
