"""A bare origin, a DVC remote, an author's clone, and the jobs for forges run against them."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from labelvc.repo.scaffold import init
from tests.repo.project import Project, apart, make_project

FORGES = ("github", "gitlab")
HEADER = "image,label\n"
CONFIG = """version: 1
sets:
  train: {path: train.csv, format: table}
  val: {path: val.csv, format: table}
"""


@dataclass
class Forge:
    """A bare `origin`, a DVC remote, and the clone of an author with a cache that CI shares."""

    author: Project
    origin: Path
    remote: Path

    def git(self, *args: str) -> str:
        return Project(self.origin).git(*args)

    def branch(self, name: str, start: str = "main") -> None:
        self.author.git("checkout", "-q", "-B", name, start)
        with self.author.dvc_repo() as dvc:
            dvc.checkout(force=True)

    def push(self, **labels: str) -> str:
        """Write and track label sets by name, commit, `git push`; the labels stay in the cache."""
        for name, text in labels.items():
            self.author.write(f"{name}.csv", HEADER + text)
        if labels:
            self.author.track(*(f"{name}.csv" for name in labels))
        sha = self.author.commit()
        self.author.git("push", "-q", str(self.origin), "HEAD")
        return sha

    def clone(self, branch: str) -> Project:
        """What a job's checkout makes: all history, no labels, no hooks."""
        path = self.origin.parent / "clone"
        shutil.rmtree(path, ignore_errors=True)
        self.author.git("clone", "-q", "--branch", branch, str(self.origin), str(path))
        return Project(path)

    def stored(self, text: str) -> bool:
        """Whether the DVC remote has a label file of this content."""
        md5 = hashlib.md5((HEADER + text).encode()).hexdigest()
        return (self.remote / "files/md5" / md5[:2] / md5[2:]).exists()


def store(project: Project, remote: Path) -> None:
    """A DVC remote, and beside it a cache that the clones of CI share."""
    folder = project.path / project.root / ".dvc"
    url = os.path.relpath(remote, folder)
    project.remote(Path(url))
    config = project.read(".dvc/config").decode()
    project.write(".dvc/config", f"{config}[cache]\n    dir = {os.path.dirname(url)}/cache\n")


def at(folder: Path) -> Forge:
    return Forge(Project(folder / "author"), folder / "origin.git", folder / "remote")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """On `main` two label sets; branch `night` corrects one of them, `main` goes on with the other.

    None of these corrections was pushed with `dvc push`.
    """
    made = at(tmp_path_factory.mktemp("forge"))
    with apart(tmp_path_factory.mktemp("surroundings")):
        author = make_project(made.author.path)
        author.git("init", "-q", "--bare", "-b", "main", str(made.origin))
        for ci in FORGES:
            init(author.path, ci=ci)
        (author.path / "README.md").unlink()  # in the job `init` lays down another
        store(author, made.remote)
        author.write("labelvc.yaml", CONFIG)
        made.push(train="a,cat\n", val="b,cat\n")
        made.branch("night")
        made.push(train="a,dog\n")
        made.branch("main")
        made.push(val="b,dog\n")
    return made.origin.parent


@pytest.fixture
def forge(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Forge:
    monkeypatch.setenv("LABELVC_IN_HOOK", "1")  # the author's hooks stay idle
    forge = at(Path(shutil.copytree(built, tmp_path / "forge", symlinks=True)))
    forge.author.commits += forge.git("rev-list", "--all").split()  # the dates go on
    return forge


def jobs(folder: Path, forge: str) -> dict[str, Any]:
    """The jobs of a forge as `init` laid them down."""
    names = {"github": ".github/workflows/labels*.yml", "gitlab": ".gitlab/labels.yml"}
    found: dict[str, Any] = {}
    for path in folder.glob(names[forge]):
        content = yaml.safe_load(path.read_text())
        found |= content["jobs"] if forge == "github" else content
    return found


def run(clone: Project, forge: str, job: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A job's shell, with what the forge tells it, from after the installation of labelvc."""
    content = jobs(clone.path, forge)[job]
    outside = {name: value for name, value in os.environ.items() if name != "LABELVC_IN_HOOK"}
    outside["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    said = ""
    for env, script in (_on_github if forge == "github" else _on_gitlab)(clone, content):
        done = subprocess.run(
            ["bash", "-e", "-c", script],
            cwd=clone.path,
            env=outside | env | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        done.stdout = said = said + done.stdout
        if done.returncode:
            break
    return done


Script = tuple[dict[str, str], str]


def _on_github(clone: Project, job: dict[str, Any]) -> Iterator[Script]:
    """The environment and shell of each step."""
    temporary = clone.path.parent / "temporary"
    temporary.mkdir(exist_ok=True)
    told = {
        "steps.pull.outputs.base": "main",
        "steps.pull.outputs.branch": clone.git("rev-parse", "--abbrev-ref", "HEAD"),
        "github.base_ref": "main",
        "github.actor": "ada",
        "github.actor_id": "7",
        "github.event.pull_request.base.sha": clone.git("rev-parse", "origin/main"),
        "github.event.pull_request.head.sha": clone.git("rev-parse", "HEAD"),
        "github.event.pull_request.number": "7",
        "github.run_id": "9",
        "runner.temp": str(temporary),
        "secrets.LABELVC_TOKEN": "secret",
    }
    steps = [step.get("run", "") for step in job["steps"]]
    for step in job["steps"][steps.index("pip install labelvc") + 1 :]:
        if "run" in step:
            env = {
                name: re.sub(r"\$\{\{ (.*?) \}\}", lambda found: told[found[1]], value)
                for name, value in (job.get("env", {}) | step.get("env", {})).items()
            }
            yield env | {"GITHUB_STEP_SUMMARY": str(temporary / "summary.md")}, step["run"]


def _on_gitlab(clone: Project, job: dict[str, Any]) -> Iterator[Script]:
    """The environment and shell of a job."""
    origin = clone.git("config", "remote.origin.url")
    env = {
        **job["variables"],
        "CI_PROJECT_DIR": str(clone.path),
        "CI_PROJECT_ID": "1",
        "CI_MERGE_REQUEST_PROJECT_ID": "1",
        "CI_PROJECT_URL": origin.removesuffix(".git"),
        "CI_COMMIT_SHA": clone.git("rev-parse", "HEAD"),
        "CI_JOB_ID": "9",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": clone.git("merge-base", "origin/main", "HEAD"),
        "CI_MERGE_REQUEST_IID": "7",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": clone.git("rev-parse", "--abbrev-ref", "HEAD"),
        "GITLAB_USER_NAME": "ada",
        "GITLAB_USER_EMAIL": "ada@example.org",
        "LABELVC_TOKEN": "secret",
    }
    assert job["script"][0] == "pip install labelvc"
    yield env, "\n".join(job["script"][1:])


@pytest.fixture
def laid_down(built: Path) -> Path:
    """The folder of a project after `labelvc init --ci` for both forges."""
    return built / "author"
