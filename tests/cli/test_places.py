"""The whole way (add, change, status, diff, commit, log, show) wherever a label set may live."""

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

from tests.cli.shell import FIRST, SECOND, Shell
from tests.repo.project import Project, make_project

SUMMARY = "+1 ~1 (relabelled 1)"


@pytest.fixture
def ready(project: Project, run: Shell) -> Project:
    """An empty repository after `labelvc init`, committed."""
    run("init", at=project.path)
    project.commit("Set up")
    return project


def walk(project: Project, run: Shell, path: str, name: str) -> None:
    """Changes a label set that is committed with FIRST, and follows the change all the way."""
    assert run("diff").out == "No label changes.\n"
    project.write(path, SECOND)
    row = run("status", "--json").json["sets"][name]
    assert (row["state"], row["counts"]["relabelled"]) == ("changed", 1)
    assert run("diff", "--json").json["sets"][name]["counts"]["added"] == 1
    run("commit", "-m", "Change")
    assert run("status", "--json").json["sets"][name]["state"] == "unchanged"
    assert project.git("status", "--porcelain") == ""
    both = run("diff", "--json", "HEAD~1", "HEAD").json["sets"][name]["counts"]
    assert (both["added"], both["relabelled"]) == (1, 1)
    entry = run("log", "--json", "-n", "1").json["commits"][0]
    assert (entry["subject"], entry["sets"]) == ("Change", {name: SUMMARY})
    assert run("show", "--json", "HEAD~1").json["sets"][name]["totals"]["labels"] == 3
    if (project.path / project.root / ".dvc").exists():
        root = project.path / project.root
        found = [one for one in root.rglob("*.dvc") if one.is_file()]  # stages were never run
        with project.dvc_repo() as dvc:
            assert dvc.status([str(pointer) for pointer in found]) == {}


def begin(project: Project, run: Shell, path: str, *options: str) -> str:
    """Adds and commits FIRST at a path; the label set's name."""
    project.write(path, FIRST)
    name = run("add", str(project.path / project.root / path), "--json", *options).json["name"]
    run("commit", "-m", "First")
    return name


def test_from_a_subfolder(ready: Project, run: Shell):
    (ready.path / "labels/deep").mkdir(parents=True)
    os.chdir(ready.path / "labels/deep")
    name = begin(ready, run, "labels/train.json")
    walk(ready, run, "labels/train.json", name)
    assert run("diff", "--json", "HEAD~1", "HEAD", "--", "../train.json").json["sets"]


def test_a_dvc_project_below_the_top(tmp_path: Path, run: Shell):
    project = make_project(tmp_path / "top", root="sub/project")
    run("init", at=project.path / project.root)
    project.commit("Set up")
    name = begin(project, run, "labels/train.json")
    walk(project, run, "labels/train.json", name)


def test_a_linked_worktree(ready: Project, run: Shell, tmp_path: Path, monkeypatch):
    begin(ready, run, "labels/train.json")
    monkeypatch.delenv("LABELVC_IN_HOOK")
    ready.git("worktree", "add", "-q", "-b", "other", str(tmp_path / "linked"))
    linked = Project(tmp_path / "linked")
    # The hook brought it, out of the main worktree's cache: DVC alone finds none here.
    assert json.loads(linked.read("labels/train.json")) == FIRST
    os.chdir(linked.path)
    assert run("diff", "--json", "main").json["sets"] == {}
    linked.write("labels/train.json", SECOND)
    run("commit", "-m", "Change")
    os.chdir(ready.path)
    counts = run("diff", "--json", "main", "other").json["sets"]["train"]["counts"]
    assert (counts["added"], counts["relabelled"]) == (1, 1)


def test_a_submodule(ready: Project, plain: Project, run: Shell):
    begin(ready, run, "labels/train.json")
    plain.git("submodule", "--quiet", "add", str(ready.path), "module")
    plain.commit("Module")
    module = Project(plain.path / "module")
    os.chdir(module.path)
    with module.dvc_repo() as dvc, dvc.config.edit() as config:
        config["cache"] = {"dir": str(ready.path / ".dvc/cache")}
    module.git("update-index", "--assume-unchanged", ".dvc/config")
    run("init")
    run("status")
    walk(module, run, "labels/train.json", "train")


@pytest.mark.parametrize("path", ["my labels/été 2024 [v1].json", "-labels-/日本語.json"])
def test_spaces_and_names_of_all_languages(ready: Project, run: Shell, path: str):
    name = begin(ready, run, path)
    walk(ready, run, path, name)


@pytest.mark.parametrize("kind", ["symlink", "hardlink"])
def test_a_linked_cache(ready: Project, run: Shell, kind: str):
    ready.write(".dvc/config", f"[cache]\n    type = {kind}\n")
    ready.commit("Link")
    name = begin(ready, run, "labels/train.json")
    file = ready.path / "labels/train.json"
    assert file.is_symlink() == (kind == "symlink")
    file.unlink()  # as editors do that replace files
    ready.write("labels/train.json", FIRST)
    walk(ready, run, "labels/train.json", name)


def test_a_relocated_cache(ready: Project, run: Shell, tmp_path: Path):
    ready.write(".dvc/config.local", f"[cache]\n    dir = {tmp_path / 'elsewhere'}\n")
    name = begin(ready, run, "labels/train.json")
    walk(ready, run, "labels/train.json", name)
    assert (tmp_path / "elsewhere").is_dir() and not (ready.path / ".dvc/cache/files").exists()


@pytest.mark.parametrize("path", ["data/labels/train.json", "data/labels"])
def test_inside_a_larger_tracked_folder(ready: Project, run: Shell, path: str):
    ready.write("data/images/a.jpg", "pixels")
    ready.write("data/labels/train.json", FIRST)
    ready.track("data")
    ready.commit("Data")
    if path == "data/labels":
        shutil.rmtree(ready.path / "data/labels")
        ready.write("data/labels/data.yaml", "names: [cat, dog]\n")
        ready.write("data/labels/labels/a.txt", "0 0.5 0.5 0.1 0.1\n")
        ready.track("data")
        ready.commit("Yolo")
    run("add", path)
    run("commit", "-m", "Declare")
    (ready.path / "data/images/a.jpg").unlink()  # media are not checked out everywhere
    if path == "data/labels":
        ready.write("data/labels/labels/b.txt", "1 0.5 0.5 0.2 0.2\n")
        run("commit", "-m", "Change")
        counts = run("diff", "--json", "HEAD~1", "HEAD").json["sets"]["labels"]["counts"]
        assert counts["added"] == 1
    else:
        ready.write(path, SECOND)
        run("commit", "-m", "Change")
        counts = run("diff", "--json", "HEAD~1", "HEAD").json["sets"]["train"]["counts"]
        assert (counts["added"], counts["relabelled"]) == (1, 1)
    with ready.dvc_repo() as dvc:
        listed = {entry["path"] for entry in dvc.ls(str(ready.path), "data", recursive=True)}
    assert "images/a.jpg" in listed  # nobody removed it


def test_a_pointer_of_dvc_2(ready: Project, run: Shell):
    content = json.dumps(FIRST).encode()
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    ready.write(f".dvc/cache/{md5[:2]}/{md5[2:]}", content)
    ready.write("labels/train.json", content)
    ready.write("labels/.gitignore", "/train.json\n")
    ready.write(
        "labels/train.json.dvc",
        f"outs:\n- md5: {md5}\n  size: {len(content)}\n  path: train.json\n",
    )
    ready.commit("As DVC 2 did")
    run("add", "labels/train.json")
    run("commit", "-m", "Declare")
    walk(ready, run, "labels/train.json", "train")


def test_an_output_of_a_stage(ready: Project, run: Shell):
    ready.write(
        "dvc.yaml",
        "stages:\n  make:\n    cmd: cp source.json labels/train.json\n"
        "    deps: [source.json]\n    outs: [labels/train.json]\n",
    )
    ready.write("source.json", FIRST)
    ready.write("labels/.keep", "")
    with ready.dvc_repo() as dvc:
        dvc.reproduce()
    ready.commit("Stage")
    told = run("add", "labels/train.json")
    assert "output of a stage" in told.out
    run("commit", "-m", "Declare")
    assert run("diff").out == "No label changes.\n"
    ready.write("labels/train.json", SECOND)
    ended = run("commit", "-m", "By hand")
    assert f"train: {SUMMARY}" in ended.out and "dvc" not in ended.out
    assert ready.git("show", "--name-only", "--format=", "HEAD") == "dvc.lock"
    counts = run("diff", "--json", "HEAD~1", "HEAD").json["sets"]["train"]["counts"]
    assert (counts["added"], counts["relabelled"]) == (1, 1)


def test_plain_git_files(plain: Project, run: Shell):
    plain.write("labels/train.json", FIRST)
    plain.write("labelvc.yaml", "sets:\n  train: {path: labels/train.json, format: coco}\n")
    plain.commit("First")
    run("status", at=plain.path)
    walk(plain, run, "labels/train.json", "train")


def test_a_repository_that_never_saw_init(project: Project, run: Shell):
    project.write("images/a.jpg", b"\xff\xd8\xff\xe0 no labels")
    project.track("images")
    first, second = project.tracked("labels/train.json", FIRST, SECOND)
    project.write("images/b.jpg", b"\xff\xd8\xff\xe0 neither")
    ended = run("diff", "--json", first, at=project.path)
    assert ended.json["sets"]["train"]["counts"]["added"] == 1
    assert "images: left out" in ended.err
    assert "no label set is declared" in ended.err
    sets = run("log", "--json").json["commits"]
    assert [list(one["sets"].values()) for one in sets] == [[SUMMARY], ["+3 (new)"]]
    assert "train" in run("show", "--json", second).json["sets"]
    assert list(run("status", "--json").json["sets"]) == ["train"]
    assert project.git("status", "--porcelain", "-uall") == ""


def test_old_versions_come_from_the_remote(ready: Project, run: Shell, tmp_path: Path):
    with ready.dvc_repo() as dvc, dvc.config.edit() as config:
        config["remote"] = {"store": {"url": str(tmp_path / "store")}}
        config["core"]["remote"] = "store"
    ready.commit("Remote")
    begin(ready, run, "labels/train.json")
    ready.write("labels/train.json", SECOND)
    run("commit", "-m", "Change")
    with ready.dvc_repo() as dvc:
        dvc.push(all_commits=True)
    ready.git("clone", "-q", ".", str(tmp_path / "clone"))
    clone = Project(tmp_path / "clone")
    os.chdir(clone.path)
    run("init")
    counts = run("diff", "--json", "HEAD~1", "HEAD").json["sets"]["train"]["counts"]
    assert (counts["added"], counts["relabelled"]) == (1, 1)
    # Without label files in the working tree their pointers speak for them.
    assert run("diff", "--json", "HEAD~1").json["sets"]["train"]["counts"]["added"] == 1


def test_an_object_that_is_nowhere(ready: Project, run: Shell):
    begin(ready, run, "labels/train.json")
    ready.write("labels/train.json", SECOND)
    run("commit", "-m", "Change")
    shutil.rmtree(ready.path / ".dvc/cache")
    message = run.refused("diff", "HEAD~1", "HEAD")
    assert "train" in message and "dvc" in message.splitlines()[-1]
    ended = run("status", "--json")
    assert ended.json["sets"]["train"]["state"] == "unchanged"


def test_malformed_files_in_the_repository(ready: Project, run: Shell):
    begin(ready, run, "labels/train.json")
    ready.write("labels/train.json", '{"images": [], "annotations": [{"id": 1')
    message = run.refused("diff")
    assert "labels/train.json: line 1" in message and "expected" in message
    run.refused("commit", "-m", "x")
    ready.write("labelvc.yaml", "sets:\n  train: {paht: x}\n")
    assert "labelvc.yaml: line 2" in run.refused("diff")
