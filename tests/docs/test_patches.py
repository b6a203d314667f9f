"""The session on the page about patches is real, and its example is a patch."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from labelvc.core.mailed import parse_patches
from tests.data import ROOT
from tests.docs import session
from tests.docs.test_readme import play, repository

__all__ = ["repository"]

PAGE = (ROOT / "docs" / "patches.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_session_is_real(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session.two_versions(repository)
    (block,) = blocks("console")
    play(block, repository)


def test_the_example_can_be_read() -> None:
    (text,) = blocks("json")
    (one,) = parse_patches(text)
    assert (one.name, one.sample_key, one.before.rev) == ("train", "file_name", "main")
    assert (one.patch.labels.after["category"][0], one.patch.samples.before.height) == ("RBC", 0)
