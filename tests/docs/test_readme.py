"""What the README shows is what happens."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.data import ROOT
from tests.docs import session

README = (ROOT / "README.md").read_text()
BIN = Path(sys.executable).parent
# Commits are told by abbreviated hashes, which depend on the moment.
HASH = re.compile(r"\b[0-9a-f]{9,10}\b")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def steps(block: str) -> Iterator[tuple[str, str]]:
    """Each command of a session with the output shown."""
    for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = step.partition("\n")
        yield command, output


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith(("GIT_", "DVC_"))]:
        monkeypatch.delenv(name)
    config = tmp_path / "gitconfig"
    config.write_text("[user]\nname = Ann\nemail = ann@example.org\n[init]\ndefaultBranch = main\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2024-01-01T12:00:00+0000")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2024-01-01T12:00:00+0000")
    monkeypatch.setenv("PATH", f"{BIN}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TZ", "UTC")
    root = tmp_path / "repository"
    session.write(root / "labels" / "train.json", session.first())
    return root


def test_the_session_is_real(repository: Path) -> None:
    first, *later = blocks("console")
    play(first, repository)
    session.write(repository / "labels" / "train.json", session.corrected(session.first()))
    for block in later:
        play(block, repository)


def play(block: str, root: Path) -> None:
    for command, expected in steps(block):
        done = subprocess.run(
            command, shell=True, cwd=root, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (command, done.stderr)
        assert HASH.sub("#", done.stdout) == HASH.sub("#", expected), command


def test_the_library_example_runs(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository)
    names: dict[str, object] = {}
    (example,) = blocks("python")
    exec(compile(example, "README.md", "exec"), names)
    assert len(names["labels"]) == 40


@pytest.mark.parametrize(
    "page", ["README.md", *sorted(p.name for p in (ROOT / "docs").glob("*.md"))]
)
def test_links_lead_somewhere(page: str) -> None:
    path = ROOT / page if page == "README.md" else ROOT / "docs" / page
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text()):
        if "://" not in target:
            assert (path.parent / target).exists(), target


def test_the_effect_of_a_label_change_is_the_one_of_its_page() -> None:
    _, shown = blocks("text")
    assert shown in (ROOT / "docs" / "evaluation.md").read_text()


def test_the_conflict_is_the_one_of_its_page() -> None:
    shown, _ = blocks("text")
    assert shown in (ROOT / "docs" / "merging.md").read_text()


def test_the_makefile_has_both_commands() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in ("demo", "test"):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
        assert f"make {target}" in README
