"""What the page on conversion shows is what happens."""

from __future__ import annotations

import re
from pathlib import Path

from labelvc.core import losses
from tests.data import ROOT
from tests.docs.pages import alike, played

PAGE = ROOT / "docs" / "convert.md"
DONE = {
    value
    for name, value in vars(losses).items()
    if name.isupper() and isinstance(value, str) and not name.startswith("_")
}


def test_the_sessions_are_real(tmp_path: Path) -> None:
    shown = PAGE.read_text()
    assert alike(played(shown, tmp_path)) == alike(shown), f"python -m tests.docs.pages {PAGE}"


def test_it_tells_all_that_is_done_with_a_loss() -> None:
    prose = re.sub(r"```.*?```", "", PAGE.read_text(), flags=re.DOTALL)
    told = set(re.findall(r"`([^`]+)`", prose))
    silent = {losses.ADDED, losses.SPELT}  # these lose nothing
    assert DONE - silent <= told
