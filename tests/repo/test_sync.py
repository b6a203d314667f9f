"""Label files follow their pointers through every operation of Git, and edits are never lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from labelvc.repo.config import LabelSet
from labelvc.repo.repository import Repository
from labelvc.repo.scaffold import init
from labelvc.repo.sync import remember, stale, sync
from tests.repo.hooked import (
    EDITED,
    FIRST,
    SECOND,
    THIRD,
    assert_in_line,
    build,
    copy,
    git,
    pointed,
)
from tests.repo.project import Project, make_project

TRAIN, VAL = "labels/train.json", "labels/val.json"
TRAIN_SET = LabelSet("train", TRAIN, "coco")
# Commands that start at main, and what train and val hold after the last of them.
FOLLOWED = {
    "checkout a branch": (["checkout trained"], SECOND, FIRST),
    "checkout a detached commit and back": (["checkout -q trained~0", "switch main"], FIRST, FIRST),
    "checkout a path": ([f"checkout trained -- {TRAIN}.dvc"], SECOND, FIRST),
    "restore a path": ([f"restore -s trained {TRAIN}.dvc"], SECOND, FIRST),
    "fast-forward": (["merge trained"], SECOND, FIRST),
    "merge": (["checkout -q trained", "merge --no-edit valued"], SECOND, SECOND),
    "merge --squash": (["merge --squash trained"], SECOND, FIRST),
    "merge --no-commit": (["merge --no-ff --no-commit trained"], SECOND, FIRST),
    "merge --abort": (["merge --no-ff --no-commit trained", "merge --abort"], FIRST, FIRST),
    "octopus": (["merge --no-edit --no-ff trained valued"], SECOND, SECOND),
    "rebase": (["checkout -q trained", "rebase -q valued"], SECOND, SECOND),
    "rebase --apply": (["checkout -q trained", "rebase -q --apply valued"], SECOND, SECOND),
    "cherry-pick": (["cherry-pick trained"], SECOND, FIRST),
    "cherry-pick -n": (["cherry-pick -n trained"], SECOND, FIRST),
    "revert": (["checkout -q trained", "revert --no-edit HEAD"], FIRST, FIRST),
    "reset --hard": (["reset -q --hard trained"], SECOND, FIRST),
    "am": (["format-patch -q -1 trained -o .git/mail", "am -q .git/mail/0001-trained.patch"],
           SECOND, FIRST),
    "stash": (["checkout trained -- labels", "stash -q"], FIRST, FIRST),
    "stash pop": (["checkout trained -- labels", "stash -q", "stash pop -q"], SECOND, FIRST),
}  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return build(tmp_path_factory.mktemp("hooked") / "built")


@pytest.fixture
def project(built: Project, tmp_path: Path) -> Project:
    return copy(built, tmp_path / "project")


@pytest.fixture
def repo(project: Project) -> Iterator[Repository]:
    found = Repository.find(project.path)
    yield found
    found.close()


def held(project: Project, path: str = TRAIN) -> object:
    return json.loads(project.read(path))


@pytest.mark.parametrize("name", FOLLOWED)
def test_label_files_follow(project: Project, name: str) -> None:
    commands, train, val = FOLLOWED[name]
    for command in commands:
        assert "labelvc" not in git(project, *command.split())
    assert (held(project), held(project, VAL)) == (train, val)
    assert_in_line(project)


def test_a_conflict_settled_by_hand_is_followed_at_the_commit(project: Project) -> None:
    git(project, "checkout", "-q", "trained")
    git(project, "merge", "rival", fails=True)
    for name in ("train.json.dvc", "boxes.dvc"):
        theirs = project.git("show", f"rival:labels/{name}")
        project.write(f"labels/{name}", theirs + "\n")
    project.git("add", "-A")
    git(project, "commit", "-q", "--no-edit")
    assert held(project) == THIRD
    assert_in_line(project)


def test_a_conflict_settled_by_taking_a_side_is_followed(project: Project) -> None:
    git(project, "checkout", "-q", "trained")
    git(project, "merge", "rival", fails=True)
    git(project, "checkout", "--theirs", f"{TRAIN}.dvc", "labels/boxes.dvc")
    assert held(project) == THIRD


def test_unsaved_edits_are_left_and_told_once(project: Project, repo: Repository) -> None:
    project.write(TRAIN, EDITED)
    said = git(project, "checkout", "trained")
    assert said.count("labels/train.json has uncommitted label edits") == 1
    assert f"dvc add {TRAIN}" in said and f"dvc checkout --force {TRAIN}" in said
    assert held(project) == EDITED
    assert "labelvc" not in git(project, "commit", "-q", "--allow-empty", "-m", "Nothing")
    assert "would undo" in str(stale(repo, TRAIN_SET))
    git(project, "checkout", "-q", "main")
    assert held(project) == EDITED
    assert stale(repo, TRAIN_SET) is None  # back where the edits started from


@pytest.mark.parametrize("take", ["add", "checkout"])
def test_either_choice_ends_the_staleness(project: Project, repo: Repository, take: str) -> None:
    project.write(TRAIN, EDITED)
    git(project, "checkout", "-q", "trained")
    with project.dvc_repo() as dvc:
        path = str(project.path / TRAIN)
        dvc.add(path) if take == "add" else dvc.checkout(path, force=True)
    assert sync(repo) == []
    assert stale(repo, TRAIN_SET) is None
    project.write(TRAIN, THIRD)  # edits from here on start from the pointer
    sync(repo)
    assert stale(repo, TRAIN_SET) is None


def test_edits_after_dvc_add_are_not_stale(project: Project, repo: Repository) -> None:
    project.write(TRAIN, THIRD)
    project.track(TRAIN)
    project.write(TRAIN, EDITED)
    assert sync(repo) == []
    project.git("add", "-A")
    assert "labelvc" not in git(project, "commit", "-q", "-m", "Third")
    assert held(project) == EDITED
    assert stale(repo, TRAIN_SET) is None


def test_an_old_version_put_back_by_hand_is_an_edit(project: Project, repo: Repository) -> None:
    git(project, "checkout", "-q", "trained")
    project.write(TRAIN, FIRST)
    assert sync(repo) == []
    git(project, "commit", "-q", "--allow-empty", "-m", "Nothing")
    assert held(project) == FIRST
    assert stale(repo, TRAIN_SET) is None


def test_a_deleted_label_file_stays_deleted_until_its_pointer_moves(project: Project) -> None:
    (project.path / TRAIN).unlink()
    git(project, "checkout", "-q", "valued")
    assert not (project.path / TRAIN).exists()
    git(project, "checkout", "-q", "trained")
    assert held(project) == SECOND


def hide(project: Project, md5: str) -> Path:
    """Take an object out of the cache, as in a clone that never pulled it."""
    stored = project.path / ".dvc/cache/files/md5" / md5[:2] / md5[2:]
    return stored.rename(project.path.parent / md5)


def test_missing_objects_are_told_and_followed_when_they_come(
    project: Project, repo: Repository
) -> None:
    md5 = project.git("show", f"trained:{TRAIN}.dvc").partition("md5: ")[2][:32]
    hidden = hide(project, md5)
    said = git(project, "checkout", "trained")
    assert said.count(f"`dvc pull {TRAIN}`") == 1
    assert held(project) == FIRST
    assert "would undo" in str(stale(repo, TRAIN_SET))
    hidden.rename(project.path / ".dvc/cache/files/md5" / md5[:2] / md5[2:])
    assert sync(repo) == []
    assert held(project) == SECOND


def test_labels_pulled_after_init_are_no_edits(project: Project, repo: Repository) -> None:
    (repo.scratch / "synced.json").unlink()
    (project.path / TRAIN).unlink()
    remember(repo)
    with project.dvc_repo() as dvc:
        dvc.checkout()
    hide(project, project.git("show", f"trained:{TRAIN}.dvc").partition("md5: ")[2][:32])
    said = git(project, "checkout", "-q", "trained")
    assert said.splitlines() == [
        f"labelvc: {TRAIN} is not in the DVC cache: get it with `dvc pull {TRAIN}`"
    ]


def test_a_clone_that_pulled_and_edited_is_not_stale(project: Project, repo: Repository) -> None:
    md5 = project.git("show", f"trained:{TRAIN}.dvc").partition("md5: ")[2][:32]
    hidden = hide(project, md5)
    git(project, "checkout", "-q", "trained")
    hidden.rename(project.path / ".dvc/cache/files/md5" / md5[:2] / md5[2:])
    project.write(TRAIN, EDITED)  # as after `dvc pull` and an edit, with no hook in between
    assert sync(repo) == []
    assert stale(repo, TRAIN_SET) is None


def test_a_held_dvc_lock_is_told_and_made_up_for(project: Project, repo: Repository) -> None:
    with project.dvc_repo() as dvc, dvc.lock:
        said = git(project, "checkout", "trained", "--", "labels")
    assert "older than the pointer: labels/train.json, labels/boxes" in said
    assert held(project) == FIRST
    sync(repo)
    assert held(project) == SECOND


@pytest.mark.parametrize("link", ["hardlink", "symlink"])
def test_objects_under_links_are_never_written(project: Project, link: str) -> None:
    project.write(".dvc/config.local", f"[cache]\n    type = {link}\n")
    with project.dvc_repo() as dvc:
        dvc.checkout(force=True, relink=True)
    git(project, "checkout", "-q", "trained")
    md5 = pointed(project, "train.json")
    stored = project.path / ".dvc/cache/files/md5" / md5[:2] / md5[2:]
    assert (project.path / TRAIN).samefile(stored)
    git(project, "checkout", "-q", "main")
    assert json.loads(stored.read_bytes()) == SECOND
    assert_in_line(project)


def test_a_linked_worktree_is_filled_from_the_main_cache(project: Project) -> None:
    linked = Project(project.path.parent / "linked")
    assert "labelvc" not in git(project, "worktree", "add", str(linked.path), "trained")
    assert held(linked) == SECOND
    git(linked, "checkout", "-q", "--detach", "rival")
    assert (held(linked), held(project)) == (THIRD, FIRST)


def test_a_commit_before_labelvc_yaml_is_followed(project: Project) -> None:
    git(project, "checkout", "-q", "trained")
    git(project, "rm", "-q", "--cached", "labelvc.yaml")
    (project.path / "labelvc.yaml").unlink()
    git(project, "checkout", "-q", "main", "--", "labels")
    assert held(project) == FIRST


def test_a_project_below_the_top_is_followed(tmp_path: Path) -> None:
    project = make_project(tmp_path / "mono", root="vision")
    init(project.path / "vision")
    project.write("labelvc.yaml", "sets:\n  train: {path: labels/train.json, format: coco}\n")
    project.tracked(TRAIN, FIRST, SECOND)
    git(project, "checkout", "-q", "HEAD~1")
    assert json.loads(project.read(TRAIN)) == FIRST


def test_a_set_inside_a_larger_folder_moves_alone(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project")
    project.write("labelvc.yaml", "sets: {t: {path: data/labels/t.json, format: coco}}\n")
    project.write("data/notes.txt", "first")
    project.write("data/labels/t.json", FIRST)
    project.track("data")
    project.commit("First")
    init(project.path)
    project.write("data/labels/t.json", SECOND)
    project.track("data")
    project.commit("Second")
    project.write("data/notes.txt", "not saved anywhere")
    assert "labelvc" not in git(project, "checkout", "-q", "HEAD~1")
    assert held(project, "data/labels/t.json") == FIRST
    assert project.read("data/notes.txt") == b"not saved anywhere"


def test_an_output_of_a_stage_is_followed(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project")
    init(project.path)
    project.write("labelvc.yaml", "sets: {t: {path: out/t.json, format: coco}}\n")
    project.write(
        "dvc.yaml", "stages: {s: {cmd: cp in.json out/t.json, deps: [in.json], outs: [out/t.json]}}"
    )
    (project.path / "out").mkdir()
    for content in (FIRST, SECOND):
        project.write("in.json", content)
        with project.dvc_repo() as dvc:
            dvc.reproduce()
        project.commit("Run")
    assert "labelvc" not in git(project, "checkout", "-q", "HEAD~1")
    assert held(project, "out/t.json") == FIRST


def test_a_version_that_is_kept_nowhere_else_is_not_replaced(
    project: Project, repo: Repository
) -> None:
    hide(project, pointed(project, "train.json"))  # as after `dvc gc`
    said = git(project, "checkout", "trained", "--", f"{TRAIN}.dvc")
    assert "labelvc: older than the pointer: labels/train.json: " in said
    assert held(project) == FIRST
    assert sync(repo) != []  # told until it is mended
