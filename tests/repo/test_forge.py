"""The jobs for forges: what they may do, and their shell run against a real origin and remote."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from labelvc.repo.scaffold import init, uninstall
from tests.repo.forged import FORGES, HEADER, Forge, built, forge, jobs, laid_down, run, store
from tests.repo.project import Project

__all__ = ["built", "forge", "laid_down"]


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


def test_jobs_of_an_earlier_version_are_left_alone_with_advice(project: Project) -> None:
    project.write(".github/workflows/labels.yml", "name: labels\n")
    told = init(project.path, ci="github")
    (line,) = [line for line in told if line.startswith("left alone .github")]
    assert "lacks the jobs labelvc-merge-check and labelvc-report: delete it" in line
    for name in ("labels-comment.yml", "labels-merge.yml"):
        assert f"created .github/workflows/{name}" in told
        project.write(f".github/workflows/{name}", "name: mine\n")
    told = uninstall(project.path)
    for name in ("labels.yml", "labels-comment.yml", "labels-merge.yml"):
        assert f"left alone .github/workflows/{name}: it was changed since" in told


def test_only_the_missing_jobs_are_told(project: Project) -> None:
    project.write(".gitlab/labels.yml", "labelvc-merge-check: {script: [true]}\n")
    told = init(project.path, ci="gitlab")
    assert any(
        line.startswith("left alone .gitlab") and "the job labelvc-report:" in line for line in told
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
