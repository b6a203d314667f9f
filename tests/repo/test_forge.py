"""The jobs for forges: what they may do, and their shell run against a real origin and remote."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from labelvc.repo.scaffold import init, uninstall
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
    told = {
        "steps.pull.outputs.base": "main",
        "steps.pull.outputs.branch": clone.git("rev-parse", "--abbrev-ref", "HEAD"),
        "github.base_ref": "main",
        "github.actor": "ada",
        "github.actor_id": "7",
        "secrets.LABELVC_TOKEN": "secret",
    }
    told = {f"${{{{ {name} }}}}": value for name, value in told.items()}
    if forge == "github":
        step = content["steps"][-1]
        env = {
            name: re.sub(r"\$\{\{.*?\}\}", lambda found: told[found[0]], value)
            for name, value in step["env"].items()
        }
        lines = [step["run"]]
    else:
        origin = clone.git("config", "remote.origin.url")
        env = {
            **content["variables"],
            "CI_PROJECT_ID": "1",
            "CI_MERGE_REQUEST_PROJECT_ID": "1",
            "CI_PROJECT_URL": origin.removesuffix(".git"),
            "CI_COMMIT_SHA": clone.git("rev-parse", "HEAD"),
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
            "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": clone.git("rev-parse", "--abbrev-ref", "HEAD"),
            "GITLAB_USER_NAME": "ada",
            "GITLAB_USER_EMAIL": "ada@example.org",
            "LABELVC_TOKEN": "secret",
        }
        assert content["script"][0].startswith("pip install")
        lines = content["script"][1:]
    outside = {name: value for name, value in os.environ.items() if name != "LABELVC_IN_HOOK"}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-e", "-c", "\n".join(lines)],
        cwd=clone.path,
        env=outside | env | {"PATH": path} | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture
def laid_down(built: Path) -> Path:
    """The folder of a project after `labelvc init --ci` for both forges."""
    return built / "author"


def test_github_s_checks_only_read_and_only_hands_start_the_merge(laid_down: Path) -> None:
    workflows = laid_down / ".github/workflows"
    checks = yaml.safe_load((workflows / "labels.yml").read_text())
    merge = yaml.safe_load((workflows / "labels-merge.yml").read_text())
    # YAML 1.1 reads the key `on` as a boolean
    assert checks[True] == "pull_request"
    assert list(merge[True]) == ["workflow_dispatch"]
    assert checks["permissions"] == {"contents": "read"}
    assert merge["permissions"] == {"contents": "read", "pull-requests": "read"}
    assert set(checks["jobs"]) == {"diff", "labelvc-merge-check"}
    assert set(merge["jobs"]) == {"labelvc-merge"}
    assert "${{ secrets" not in (workflows / "labels.yml").read_text()
    for job in jobs(laid_down, "github").values():
        assert "permissions" not in job
        assert "if" not in job  # a job that is skipped counts as passed


def test_github_s_steps_keep_strangers_texts_and_tokens_out_of_the_shell(laid_down: Path) -> None:
    steps = [step for job in jobs(laid_down, "github").values() for step in job["steps"]]
    assert not any("${{" in step.get("run", "") for step in steps)
    used = [step for step in steps if "uses" in step]
    assert {step["uses"] for step in used} == {"actions/checkout@v4", "actions/setup-python@v5"}
    checkouts = [step["with"] for step in used if step["uses"].startswith("actions/checkout")]
    assert all(given["persist-credentials"] is False for given in checkouts)
    assert all(given["fetch-depth"] == 0 for given in checkouts)
    tokens = [step for step in steps if "secrets.LABELVC_TOKEN" in str(step)]
    assert tokens == [jobs(laid_down, "github")["labelvc-merge"]["steps"][-1]]


def test_github_s_merge_refuses_forks_before_it_checks_anything_out(laid_down: Path) -> None:
    steps = jobs(laid_down, "github")["labelvc-merge"]["steps"]
    assert "isCrossRepository" in steps[0]["run"]
    assert steps[1]["if"] == "steps.pull.outputs.fork != 'false'"
    done = subprocess.run(["bash", "-e", "-c", steps[1]["run"]], capture_output=True, text=True)
    assert done.returncode == 1
    assert "fork" in done.stdout
    assert steps[2]["uses"].startswith("actions/checkout")


@pytest.mark.parametrize("number", ["", "x", "1 2", "https://example.org/a/b/pull/1", "--web"])
def test_github_s_merge_takes_a_number_and_nothing_else(laid_down: Path, number: str) -> None:
    find = jobs(laid_down, "github")["labelvc-merge"]["steps"][0]["run"]
    script = f"gh() {{ echo called; }}\n{find}"
    env = os.environ | {"NUMBER": number, "GITHUB_OUTPUT": "/dev/stdout"}
    done = subprocess.run(["bash", "-e", "-c", script], env=env, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")


def test_gitlab_s_jobs_run_for_merge_requests_and_the_merge_by_hand(laid_down: Path) -> None:
    found = jobs(laid_down, "gitlab")
    assert set(found) == {"labels", "labelvc-merge-check", "labelvc-merge"}
    request = '$CI_PIPELINE_SOURCE == "merge_request_event"'
    for job in ("labels", "labelvc-merge-check"):
        assert found[job]["rules"] == [{"if": request}]
        assert "TOKEN" not in str(found[job])
    (rule,) = found["labelvc-merge"]["rules"]
    assert rule["if"].startswith(request)
    same_project = "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID"
    assert rule["if"].endswith(f" && {same_project}")
    assert (rule["when"], rule["allow_failure"]) == ("manual", True)


def test_jobs_of_an_earlier_version_are_left_alone_with_advice(project: Project) -> None:
    project.write(".github/workflows/labels.yml", "name: labels\n")
    told = init(project.path, ci="github")
    (line,) = [line for line in told if line.startswith("left alone .github")]
    assert "lacks the job labelvc-merge-check" in line
    assert "created .github/workflows/labels-merge.yml" in told
    project.write(".github/workflows/labels-merge.yml", "name: mine\n")
    assert "left alone .github/workflows/labels-merge.yml: it was changed since" in uninstall(
        project.path
    )


@pytest.mark.parametrize("ci", FORGES)
def test_the_merge_is_pushed_after_its_labels(forge: Forge, ci: str) -> None:
    before, main = forge.git("rev-parse", "night", "main").split()
    witness = forge.origin / "hooks/pre-receive"
    witness.write_text(f"#!/bin/sh\nfind {forge.remote} -type f >{forge.origin}/seen\n")
    witness.chmod(0o755)
    done = run(forge.clone("night"), ci, "labelvc-merge")
    assert done.returncode == 0, done.stdout
    assert forge.git("rev-parse", "night^1", "night^2").split() == [before, main]
    assert forge.git("log", "-1", "--format=%an: %s", "night") == "ada: Merge main into night"
    assert forge.git("diff", "--name-only", before, "night") == "val.csv.dvc"
    assert forge.stored("a,dog\n")
    assert forge.stored("b,dog\n")
    assert len((forge.origin / "seen").read_text().split()) == 2


def test_where_labels_cannot_be_pushed_git_pushes_nothing(forge: Forge) -> None:
    before = forge.git("rev-parse", "night")
    forge.remote.write_text("in the way of a folder")
    clone = forge.clone("night")
    done = run(clone, "github", "labelvc-merge")
    assert done.returncode != 0
    assert "Not a directory" in done.stdout
    assert clone.git("log", "-1", "--format=%s") == "Merge main into night"
    assert forge.git("rev-parse", "night") == before


def test_every_project_s_labels_are_pushed_before_any_pointer(forge: Forge) -> None:
    from dvc.repo import Repo

    speech = Project(forge.author.path, "speech")
    (speech.path / "speech").mkdir()
    Repo.init(str(speech.path / "speech"), subdir=True).close()
    broken = forge.remote.parent / "speech-remote"
    store(speech, broken)
    speech.write("words.csv", HEADER + "w,yes\n")
    speech.track("words.csv")
    forge.push()
    before = forge.git("rev-parse", "night")
    broken.write_text("in the way of a folder")
    assert run(forge.clone("night"), "github", "labelvc-merge").returncode != 0
    assert forge.stored("b,dog\n")
    assert forge.git("rev-parse", "night") == before
    broken.unlink()
    assert run(forge.clone("night"), "github", "labelvc-merge").returncode == 0
    assert Forge(speech, forge.origin, broken).stored("w,yes\n")
    assert forge.git("rev-parse", "night^1") == before


@pytest.mark.parametrize("ci", FORGES)
def test_without_a_token_nothing_is_begun(forge: Forge, ci: str) -> None:
    clone = forge.clone("night")
    before = clone.git("rev-parse", "HEAD")
    done = run(clone, ci, "labelvc-merge", LABELVC_TOKEN="")
    assert done.returncode == 1
    assert "the secret LABELVC_TOKEN is missing" in done.stdout
    assert clone.git("rev-parse", "HEAD") == before
    assert not forge.remote.exists()


def test_an_open_conflict_pushes_nothing(forge: Forge) -> None:
    for branch in ("main", "night"):
        forge.branch(branch, branch)
        forge.author.write("notes.txt", f"written on {branch}\n")
        forge.push()
    before = forge.git("rev-parse", "night")
    done = run(forge.clone("night"), "github", "labelvc-merge")
    assert done.returncode == 1
    assert "notes.txt" in done.stdout
    assert "labelvc: nothing was pushed" in done.stdout
    assert forge.git("rev-parse", "night") == before
    assert not forge.remote.exists()


def test_no_hook_of_the_merge_sees_the_token(forge: Forge) -> None:
    clone = forge.clone("night")
    hook = clone.path / ".git/hooks/post-merge"
    hook.write_text('#!/bin/sh\necho "seen: <$LABELVC_TOKEN>"\n')
    hook.chmod(0o755)
    done = run(clone, "github", "labelvc-merge")
    assert done.returncode == 0, done.stdout
    assert "seen: <>" in done.stdout
    assert "secret" not in done.stdout


def same_set(forge: Forge) -> None:
    forge.push(train="a,bird\n")


def same_set_alike(forge: Forge) -> None:
    forge.push(train="a,dog\n")


def removed_there(forge: Forge) -> None:
    forge.author.git("rm", "-q", "train.csv.dvc")
    forge.push()


def same_pipeline(forge: Forge) -> None:
    for branch, seed in (("night", 1), ("main", 2)):
        forge.branch(branch, branch)
        stage = {"cmd": "true", "params": {"params.yaml": {"seed": seed}}}
        forge.author.write("mod\u00e8le/dvc.lock", {"schema": "2.0", "stages": {"a": stage}})
        forge.push()


def same_text(forge: Forge) -> None:
    for branch in ("night", "main"):
        forge.branch(branch, branch)
        forge.author.write("notes.dvc.txt", branch)
        forge.push()


def merged_since(forge: Forge) -> None:
    forge.branch("night", "night")
    forge.author.git("merge", "-q", "-m", "Merge", "main")
    forge.push()


def merged_since_and_changed_again(forge: Forge) -> None:
    merged_since(forge)
    forge.branch("main", "main")
    same_set(forge)


@pytest.mark.parametrize(
    ("history", "told"),
    [
        (None, ""),
        (same_set, "- train.csv.dvc\n"),
        (same_set_alike, ""),
        (removed_there, "- train.csv.dvc\n"),
        (same_pipeline, '- "mod\\303\\250le/dvc.lock"\n'),
        (same_text, ""),
        (merged_since, ""),
        (merged_since_and_changed_again, "- train.csv.dvc\n"),
    ],
)
def test_the_check_fails_where_the_forge_would_need_the_driver(
    forge: Forge, history: Callable[[Forge], None] | None, told: str
) -> None:
    if history:
        history(forge)
    done = run(forge.clone("night"), "github", "labelvc-merge-check")
    assert done.returncode == bool(told), done.stdout
    assert "".join(line for line in done.stdout.splitlines(True) if line[0] == "-") == told
    assert ("labelvc-merge" in done.stdout) == bool(told)


@pytest.mark.parametrize("gitlab", ["project", "fork", "merged results"])
def test_gitlab_s_check_compares_the_author_s_commit_with_the_target_branch(
    forge: Forge, gitlab: str
) -> None:
    clone, settings = forge.clone("night"), {}
    assert run(clone, "gitlab", "labelvc-merge-check").returncode == 0
    forge.push(train="a,bird\n")
    if gitlab == "fork":
        fork = shutil.copytree(forge.origin, forge.origin.parent / "fork.git")
        forge.author.git("push", "-q", "-f", str(fork), "main~1:main")
        clone.git("config", "remote.origin.url", str(fork))
        target = str(forge.origin).removesuffix(".git")
        settings = {"CI_PROJECT_ID": "2", "CI_MERGE_REQUEST_PROJECT_URL": target}
    if gitlab == "merged results":  # GitLab's own merge, whatever became of the pointers
        settings = {"CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": clone.git("rev-parse", "night")}
        clone.git("fetch", "-q")
        clone.git("merge", "-q", "-s", "ours", "-m", "GitLab's", "origin/main")
    done = run(clone, "gitlab", "labelvc-merge-check", **settings)
    assert done.returncode == 1
    assert "- train.csv.dvc\n" in done.stdout


@pytest.mark.parametrize("ci", FORGES)
def test_labels_of_both_sides_are_merged_and_pushed(forge: Forge, ci: str) -> None:
    forge.branch("main")
    forge.push(train="a,cat\nc,cat\nd,cat\n")
    forge.branch("dawn", "main")
    forge.push(train="a,cow\nc,cat\nd,cat\n")
    forge.branch("main")
    forge.push(train="a,cat\nc,cat\nd,dog\n")
    clone = forge.clone("dawn")
    done = run(clone, ci, "labelvc-merge")
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(forge.git("rev-list", "--parents", "-1", "dawn").split()) == 3
    assert forge.stored("a,cow\nc,cat\nd,dog\n")


def test_a_clash_of_labels_is_shown_and_pushes_nothing(forge: Forge) -> None:
    forge.branch("main")
    before = forge.push(train="a,bird\n")
    forge.branch("night", "night")
    tip = forge.push()
    clone = forge.clone("night")
    done = run(clone, "github", "labelvc-merge")
    assert done.returncode == 1
    assert "1 open conflict" in done.stdout and "nothing was pushed" in done.stdout
    assert forge.git("rev-parse", "night", "main").split() == [tip, before]


def test_the_check_finds_a_merge_settled_by_hand(forge: Forge) -> None:
    forge.branch("main")
    forge.push(train="a,cat\nc,cat\n")
    forge.branch("dawn", "main")
    forge.push(train="a,cow\nc,cat\n")
    forge.branch("main")
    forge.push(train="a,cat\nc,dog\n")
    forge.branch("dawn", "dawn")
    forge.author.git("merge", "-q", "-s", "ours", "main")
    forge.push()
    clone = forge.clone("dawn")
    done = run(clone, "github", "labelvc-merge-check")
    assert done.returncode == 1
    assert "lacks label changes of theirs" in done.stdout
