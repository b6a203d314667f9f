"""`init` completes what is missing and overwrites nothing; `uninstall` takes exactly that out."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from labelvc.core.errors import LabelvcError
from labelvc.repo.repository import Repository
from labelvc.repo.scaffold import init, uninstall
from tests.repo.project import Project, make_project

NOTHING = "nothing to change: this clone is ready for labels"
State = dict[str, tuple[bytes, int, int]]


def state(folder: Path, *, times: bool = False) -> State:
    """Every file's content, mode and, if asked, time; Git's index aside, which Git refreshes."""
    return {
        str(path.relative_to(folder)): (
            path.read_bytes(),
            path.stat().st_mode,
            path.stat().st_mtime_ns if times else 0,
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder) != Path(".git/index")
    }


@pytest.mark.parametrize("ci", ["github", "gitlab", "none"])
def test_from_nothing_to_a_repository_and_a_second_time(tmp_path: Path, ci: str) -> None:
    folder = tmp_path / "new" / "données d'Ada"
    told = init(folder, ci=ci, task="object-detection")
    assert told[0].startswith("created a Git repository")
    assert "created labelvc.yaml" in told
    assert Repository.find(folder).config(None).sets == ()
    assert (folder / ".dvc/config").exists()
    assert (folder / ".github/workflows/labels.yml").exists() == (ci == "github")
    assert (folder / ".gitlab-ci.yml").exists() == (ci == "gitlab")
    before = state(folder, times=True)
    assert init(folder, ci=ci, task="object-detection") == [NOTHING]
    assert state(folder, times=True) == before


def test_the_task_holds_for_every_label_set(tmp_path: Path) -> None:
    init(tmp_path / "new", task="token-classification")
    config = tmp_path / "new" / "labelvc.yaml"
    config.write_text(config.read_text().replace("sets: {}", "sets: {train: {path: a.conll}}"))
    (train,) = Repository.find(config).config(None).sets
    assert train.task == "token-classification"


def test_dry_run_writes_nothing(tmp_path: Path, plain: Project) -> None:
    told = init(tmp_path / "new", ci="github", dry_run=True)
    assert all(line.startswith("would ") for line in told)
    assert "would create .github/workflows/labels.yml" in told
    assert not (tmp_path / "new").exists()
    before = state(plain.path)
    would = init(plain.path, dry_run=True)
    assert state(plain.path) == before
    assert [line.split()[-1] for line in would] == [line.split()[-1] for line in init(plain.path)]


def test_what_is_there_is_left_alone(project: Project) -> None:
    for name in ("labelvc.yaml", "readme.rst", ".gitlab-ci.yml", ".gitattributes"):
        project.write(name, f"# my own {name}\n")
    project.git("config", "diff.labelvc.textconv", "cat -n")
    told = init(project.path, ci="gitlab", task="object-detection")
    assert project.read("labelvc.yaml") == b"# my own labelvc.yaml\n"
    assert "left alone labelvc.yaml; add to it: task: object-detection" in told
    assert project.read(".gitlab-ci.yml") == b"# my own .gitlab-ci.yml\n"
    assert any("add to it: include: [{local: .gitlab/labels.yml}]" in line for line in told)
    assert not (project.path / "README.md").exists()
    assert project.read(".gitattributes").endswith(b"# my own .gitattributes\n")
    assert project.git("config", "diff.labelvc.textconv") == "cat -n"


def test_ones_own_attributes_win(project: Project) -> None:
    project.write(".gitattributes", "*.dvc diff=mine\n")
    told = init(project.path)
    assert any("left alone .git/info/attributes: pointer.dvc has diff=mine" in t for t in told)
    assert project.git("check-attr", "diff", "--", "a.dvc").endswith(": mine")


def test_only_its_own_files_are_touched_in_a_dirty_tree(project: Project) -> None:
    project.write("code.py", "old\n")
    project.commit("first")
    project.write("code.py", "staged\n")
    project.git("add", "code.py")
    project.write("code.py", "dirty\n")
    staged = project.git("diff", "--cached")
    init(project.path)
    assert project.git("diff", "--cached") == staged
    changed = project.git("status", "--short").splitlines()
    assert sorted(line[3:] for line in changed) == [
        ".gitattributes",
        ".gitignore",
        "README.md",
        "code.py",
        "dvc.yaml",
        "labelvc.yaml",
        "params.yaml",
    ]


@pytest.mark.parametrize("newline", ["\n", ""])
def test_uninstall_leaves_what_was_there(project: Project, newline: str) -> None:
    project.write(".gitattributes", f"*.bin binary{newline}")
    project.write(".git/info/attributes", f"*.png -diff{newline}")
    hook = project.write(".git/hooks/post-commit", "#!/bin/sh\ntrue\n")
    hook.chmod(0o700)
    project.commit("first")
    before = state(project.path)
    for ci in ("github", "gitlab"):
        init(project.path, ci=ci)
    assert state(project.path) != before
    uninstall(project.path)
    assert state(project.path) == before
    assert uninstall(project.path) == ["nothing to take out: labelvc was not set up here"]


def test_uninstall_leaves_what_was_changed_since(project: Project) -> None:
    init(project.path)
    project.write("labelvc.yaml", "sets: {train: {path: train.json}}\n")
    project.write("README.md", "# Ours\n")
    told = uninstall(project.path)
    assert "left alone labelvc.yaml: it was changed since" in told
    assert project.read("README.md") == b"# Ours\n"
    assert not (project.path / ".gitattributes").exists()
    with project.dvc_repo() as dvc:
        assert dvc.status() == {}


def test_it_works_from_a_subfolder_and_in_a_linked_worktree(project: Project) -> None:
    project.write("deep/er/file", "")
    project.commit("first")
    init(project.path / "deep" / "er")
    assert (project.path / "labelvc.yaml").exists()
    assert not (project.path / "deep" / "er" / "labelvc.yaml").exists()
    linked = project.path.parent / "linked"
    project.git("worktree", "add", "-q", "-b", "other", str(linked))
    told = init(linked)
    assert "created labelvc.yaml" in told
    assert not any("hook" in line or "configured labelvc" in line for line in told)


def test_projects_below_the_top_share_a_clone(tmp_path: Path) -> None:
    vision = make_project(tmp_path / "mono", root="vision")
    (vision.path / "speech").mkdir()
    from dvc.repo import Repo

    Repo.init(str(vision.path / "speech"), subdir=True).close()
    before = state(vision.path)
    for folder in ("vision", "speech"):
        init(vision.path / folder, ci="github")
    assert vision.git("config", "--get-all", "labelvc.project").split() == ["vision", "speech"]
    workflow = yaml.safe_load((vision.path / ".github/workflows/labels.yml").read_text())
    assert workflow["jobs"]["labelvc-report"]["defaults"]["run"]["working-directory"] == "vision"
    uninstall(vision.path / "speech")
    assert state(vision.path) == before


def test_an_interrupted_init_is_completed(project: Project, tmp_path: Path) -> None:
    """Every file that init writes may be the last one written before the power went."""
    hook = project.write(".git/hooks/post-merge", "#!/bin/sh\ntrue\n")
    hook.chmod(0o755)
    whole = Project(Path(shutil.copytree(project.path, tmp_path / "whole")))
    init(whole.path)
    wanted = {name: kept[:2] for name, kept in state(whole.path).items()}
    written = [name for name in wanted if name not in state(project.path)]
    for name in written:
        broken = Project(Path(shutil.copytree(whole.path, tmp_path / name.replace("/", "-"))))
        (broken.path / name).unlink()
        if name.endswith(".before-labelvc"):  # renamed, and nothing put in its place yet
            (broken.path / name.removesuffix(".before-labelvc")).rename(broken.path / name)
            (broken.path / name).write_bytes(hook.read_bytes())
        init(broken.path)
        found = {file: kept[:2] for file, kept in state(broken.path).items()}
        assert found.keys() == wanted.keys()


def test_a_half_made_dvc_folder_is_completed(plain: Project) -> None:
    (plain.path / ".dvc").mkdir()
    init(plain.path)
    assert (plain.path / ".dvc/config").exists()
    assert (plain.path / ".dvc/.gitignore").exists()


@pytest.mark.parametrize("wrong", [{"ci": "jenkins"}, {"task": "cooking"}])
def test_unknown_choices_are_refused_before_anything_is_written(
    tmp_path: Path, wrong: dict[str, str]
) -> None:
    with pytest.raises(LabelvcError, match="no such choice"):
        init(tmp_path / "new", **wrong)
    assert not (tmp_path / "new").exists()


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LabelvcError, match="file: not a folder"):
        init(tmp_path / "file")


def test_a_second_run_beside_label_sets_changes_nothing(project: Project) -> None:
    init(project.path)
    project.write("labelvc.yaml", "sets: {train: {path: t.csv, format: table}}\n")
    project.tracked("t.csv", "image,label\na,cat\n")
    init(project.path)
    before = state(project.path, times=True)
    assert init(project.path) == ["left alone labelvc.yaml", NOTHING]
    assert state(project.path, times=True) == before


def test_lines_changed_by_hand_are_left_and_told(project: Project) -> None:
    init(project.path)
    project.write(".gitattributes", "*.dvc diff=labelvc text\n")
    told = uninstall(project.path)
    assert "left alone .gitattributes: its lines were changed by hand" in told
