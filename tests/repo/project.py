"""Real Git and DVC repositories for tests, built in lines one can read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

AUTHOR = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
}


def quiet_surroundings(folder: Path) -> dict[str, str]:
    """Variables that keep the user's own Git and DVC configuration out of a test."""
    home = folder / "home"
    home.mkdir(parents=True, exist_ok=True)
    (home / "gitconfig").write_text(
        '[init]\n\tdefaultBranch = main\n[protocol "file"]\n\tallow = always\n'
    )
    return {
        **AUTHOR,
        "HOME": str(home),
        "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "DVC_GLOBAL_CONFIG_DIR": str(home / "dvc-global"),
        "DVC_SYSTEM_CONFIG_DIR": str(home / "dvc-system"),
        "DVC_SITE_CACHE_DIR": str(home / "dvc-site"),
        "DVC_NO_ANALYTICS": "1",
    }


@contextmanager
def apart(folder: Path) -> Iterator[pytest.MonkeyPatch]:
    """Those surroundings, a fixed date, and hooks that stay idle; for fixtures that tests share."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in quiet_surroundings(folder).items():
            patch.setenv(name, value)
        for name in ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"):
            patch.setenv(name, "2024-01-01T12:00:00+0000")
        patch.setenv("LABELVC_IN_HOOK", "1")
        yield patch


@dataclass
class Project:
    """A working tree. `root` is where `.dvc/` lies, relative to `path` ("" for the top)."""

    path: Path
    root: str = ""
    commits: list[str] = field(default_factory=list)

    def write(self, name: str, content: Any) -> Path:
        """Write a file: bytes and text as they are, anything else as JSON."""
        path = self.path / self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)  # it may be a link into DVC's cache
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    def read(self, name: str) -> bytes:
        return (self.path / self.root / name).read_bytes()

    def git(self, *args: str) -> str:
        """Run git; its output without the last line end."""
        done = subprocess.run(["git", *args], cwd=self.path, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
        return os.fsdecode(done.stdout).rstrip("\n")

    def dvc(self, *args: str) -> str:
        """Run the real `dvc` as a process (about a second)."""
        command = [sys.executable, "-m", "dvc", *args]
        done = subprocess.run(command, cwd=self.path / self.root, capture_output=True)
        assert done.returncode == 0, (done.stdout + done.stderr).decode()
        return done.stdout.decode()

    @contextmanager
    def dvc_repo(self) -> Iterator[Any]:
        """DVC's own Repo object for this project, inside this process."""
        from dvc.repo import Repo

        before = Path.cwd()
        os.chdir(self.path / self.root)
        try:
            with Repo(str(self.path / self.root)) as repo:
                yield repo
        finally:
            os.chdir(before)

    def track(self, *names: str) -> None:
        """`dvc add`, in this process (about 0.1 s)."""
        with self.dvc_repo() as repo:
            repo.add([str(self.path / self.root / name) for name in names])

    def remote(self, folder: Path, *, default: bool = True, config: str = "config") -> None:
        """Set a local folder as the DVC remote "origin"."""
        core = "[core]\n    remote = origin\n" if default else ""
        self.write(f".dvc/{config}", f"{core}['remote \"origin\"']\n    url = {folder}\n")

    def commit(self, message: str = "Change labels") -> str:
        """Commit everything that is not ignored; the date moves on by a day each time."""
        day = f"2024-01-{len(self.commits) + 1:02d}T12:00:00+0000"
        os.environ["GIT_AUTHOR_DATE"] = os.environ["GIT_COMMITTER_DATE"] = day
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        self.commits.append(self.git("rev-parse", "HEAD"))
        return self.commits[-1]

    def tracked(self, name: str, *versions: Any) -> list[str]:
        """Write, `dvc add` and commit one file, version after version."""
        shas = []
        for number, content in enumerate(versions, 1):
            self.write(name, content)
            self.track(name)
            shas.append(self.commit(f"Version {number} of {name}"))
        return shas


def make_project(path: Path, *, dvc: bool = True, root: str = "") -> Project:
    """`git init`, and `dvc init` at `root` below it."""
    path.mkdir(parents=True, exist_ok=True)
    project = Project(path, root)
    project.git("init", "-q")
    (path / root).mkdir(parents=True, exist_ok=True)
    if dvc:
        from dvc.repo import Repo

        Repo.init(str(path / root), subdir=bool(root)).close()
    return project
