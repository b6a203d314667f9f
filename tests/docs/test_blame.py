"""The session on the page about blame is real."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.data import ROOT
from tests.docs import session
from tests.docs.test_readme import play, repository

__all__ = ["repository"]

PAGE = (ROOT / "docs" / "blame.md").read_text()


def test_the_session_is_real(repository: Path) -> None:
    file = repository / "labels" / "train.json"
    for command in ("init", "add labels/train.json", "commit -m First"):
        subprocess.run(f"labelvc -q {command}", shell=True, cwd=repository, check=True)
    session.write(file, session.corrected(session.first()))
    subprocess.run("labelvc -q commit -m Second", shell=True, cwd=repository, check=True)
    (block,) = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    play(block, repository)
