"""What the how-to pages show is what happens, from a tool's export to a version and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.data import ROOT
from tests.docs.pages import alike, commands, played

PAGES = sorted((ROOT / "docs" / "howto").glob("*.md"))
TOOLS = {"cvat", "label-studio", "prodigy", "open-images", "imagenet", "database"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_session_is_real(page: Path, tmp_path: Path) -> None:
    shown = page.read_text()
    assert alike(played(shown, tmp_path)) == alike(shown), f"python -m tests.docs.pages {page}"


def test_there_is_one_for_each_tool() -> None:
    assert {page.stem for page in PAGES} == TOOLS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_each_goes_in_and_out_again(page: Path) -> None:
    typed = [one for part in page.read_text().split("```console\n")[1:] for one in commands(part)]
    assert any(one.startswith("labelvc add") for one in typed)
    assert any(one.startswith("labelvc diff") for one in typed)
    assert any(one.startswith(("labelvc convert", "labelvc export")) for one in typed)
