"""The session on the page about blame is real."""

from __future__ import annotations

import re
from pathlib import Path

from tests.data import ROOT
from tests.docs import session
from tests.docs.test_readme import play, repository

__all__ = ["repository"]

PAGE = (ROOT / "docs" / "blame.md").read_text()


def test_the_session_is_real(repository: Path) -> None:
    session.two_versions(repository)
    (block,) = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    play(block, repository)
