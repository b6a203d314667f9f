"""Every operation of Git that merges or moves pointers leaves label files merged and in line."""

from __future__ import annotations

import subprocess

import pytest

from tests.cli.shell import Shell
from tests.repo.merged import (
    PATH,
    POINTER,
    assert_clean,
    assert_in_line,
    assert_merged,
    built,
    git,
    labels,
    merging,
    run,
    save,
    text,
)
from tests.repo.project import Project

__all__ = ["built", "merging", "run"]


BOTH = ("ours", "theirs")
# Commands in a row, and whose edits the label file has in the end.
MERGING = {
    "merge": (["merge theirs"], BOTH),
    "pull": (["pull --no-rebase . theirs"], BOTH),
    "fast-forward": (["checkout base", "merge theirs"], ("theirs",)),
    "squash": (["merge --squash theirs"], BOTH),
    "squash and commit": (["merge --squash theirs", "commit -m squashed"], BOTH),
    "no commit, then commit": (["merge --no-commit theirs", "commit --no-edit"], BOTH),
    "rebase": (["rebase theirs"], BOTH),
    "rebase --apply": (["rebase --apply theirs"], BOTH),
    "rebase with nothing to replay": (["checkout base", "rebase theirs"], ("theirs",)),
    "am -3": (["format-patch -o ../mail base..theirs", "am -3 ../mail/*"], BOTH),
    "cherry-pick": (["cherry-pick theirs"], BOTH),
    "cherry-pick -n": (["cherry-pick -n theirs"], BOTH),
    "revert": (["cherry-pick theirs", "revert --no-edit HEAD^"], ("theirs",)),
    "revert -n": (["cherry-pick theirs", "revert -n HEAD^"], ("theirs",)),
    "reset --hard": (["reset --hard theirs"], ("theirs",)),
    "abort of a merge": (["merge --no-commit theirs", "merge --abort"], ("ours",)),
    "checkout of a branch": (["checkout theirs"], ("theirs",)),
    "checkout of a path": ([f"checkout theirs -- {POINTER}"], ("theirs",)),
    "restore of a path": ([f"restore --source=theirs {POINTER}"], ("theirs",)),
    "the strategy ours": (["merge -s ours theirs"], ("ours",)),
}


def perform(project: Project, commands: list[str]) -> None:
    for command in commands:
        done = subprocess.run(
            f"git {command}",
            shell=True,
            cwd=project.path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert done.returncode == 0, done.stdout.decode()


@pytest.mark.parametrize("name", MERGING)
def test_label_files_are_merged_or_follow(merging: Project, name: str) -> None:
    commands, edits = MERGING[name]
    perform(merging, commands)
    assert_merged(merging, *edits)


# How an operation stops at a conflict.
STOPPING = {
    "merge": "merge clash",
    "rebase": "rebase clash",
    "rebase --apply": "rebase --apply clash",
    "cherry-pick": "cherry-pick clash",
    "am": "am -3 ../mail/0001-clash.patch",
    "revert": "revert --no-edit HEAD^",
}


@pytest.mark.parametrize("name", STOPPING)
def test_a_conflict_stops_it_and_abort_goes_back(merging: Project, name: str) -> None:
    if name == "am":
        perform(merging, ["format-patch -o ../mail base..clash"])
    if name == "revert":  # of what was changed again
        save(merging, "again", text("clash"))
    before, head = labels(merging), merging.git("rev-parse", "HEAD")
    said = git(merging, *STOPPING[name].split(), fails=True)
    assert "conflicts: 1" in said
    # what is undecided stays as it was in the common ancestor, which is loadable
    assert labels(merging) == text("ours" if name == "revert" else {})
    assert "unresolved:" in labels(merging, POINTER)
    assert_in_line(merging)
    git(merging, name.split()[0], "--abort")
    assert labels(merging) == before and merging.git("rev-parse", "HEAD") == head
    assert_clean(merging)


def test_stash_pop_merges(merging: Project) -> None:
    stash_theirs(merging)
    assert labels(merging) == text("ours")
    perform(merging, ["stash pop"])
    assert_merged(merging, "ours", "theirs")


def test_stash_pop_stopped_by_a_conflict_keeps_the_stash(merging: Project) -> None:
    stash_theirs(merging, "clash")
    assert "conflicts: 1" in git(merging, "stash", "pop", fails=True)
    assert labels(merging) == text()
    assert merging.git("stash", "list")
    perform(merging, ["reset -q --hard"])
    assert_merged(merging, "ours")


def stash_theirs(project: Project, branch: str = "theirs") -> None:
    """The pointer of another branch, begun from `base`, stashed while on `ours`."""
    perform(project, ["checkout -q base"])
    project.write(PATH, text(branch))
    project.track(PATH)
    perform(project, ["stash", "checkout -q ours"])


@pytest.mark.parametrize("command", ["merge --autostash third", "rebase --autostash third"])
def test_autostash_merges_what_was_stashed(merging: Project, command: str) -> None:
    merging.write(PATH, text("ours", "theirs"))
    merging.track(PATH)
    perform(merging, [command])
    assert_merged(merging, "ours", "theirs", "third")


def test_stash_puts_the_committed_labels_back(merging: Project) -> None:
    merging.write(PATH, text("ours", "theirs"))
    merging.track(PATH)
    perform(merging, ["stash"])
    assert_merged(merging, "ours")


def test_checkout_m_takes_changes_of_a_pointer_along(merging: Project) -> None:
    perform(merging, ["checkout -q base"])
    merging.write(PATH, text("theirs"))
    merging.track(PATH)
    git(merging, "checkout", "-m", "ours")
    assert_merged(merging, "ours", "theirs")


def test_an_octopus_that_needs_a_merge_of_pointers_is_refused(merging: Project) -> None:
    said = git(merging, "merge", "theirs", "third", fails=True)
    assert "Merge with strategy octopus failed" in said or "Should not be doing an octopus" in said
    git(merging, "merge", "--abort") if (merging.path / ".git/MERGE_HEAD").exists() else git(
        merging, "reset", "-q", "--hard"
    )
    assert_merged(merging, "ours")


def test_an_octopus_of_other_branches_brings_its_one_pointer(merging: Project) -> None:
    perform(merging, ["checkout -q -b unrelated base"])
    merging.write("other.txt", "2\n")
    perform(merging, ["commit -qam other", "checkout -q base", "merge unrelated theirs"])
    assert_merged(merging, "theirs")


def test_s_resolve_leaves_marks_that_continue_merges(merging: Project, run: Shell) -> None:
    git(merging, "merge", "-s", "resolve", "theirs", fails=True)
    assert "<<<<<<<" in labels(merging, POINTER)
    assert "labelvc merge --continue" in git(merging, "commit", "-am", "forced", fails=True)
    run("merge", "--continue")
    assert_merged(merging, "ours", "theirs")
    assert merging.git("log", "-1", "--format=%P").count(" ") == 1


@pytest.mark.parametrize("deleted", ["theirs", "ours"])
@pytest.mark.parametrize("choice", ["theirs", "ours"])
def test_modify_delete_is_one_conflict(
    merging: Project, run: Shell, deleted: str, choice: str
) -> None:
    if deleted == "ours":
        perform(merging, ["checkout -q gone"])
        assert not (merging.path / POINTER).exists()
    git(merging, "merge", "gone" if deleted == "theirs" else "ours", fails=True)
    assert "deleted/edited" in run("conflicts").out
    assert "open" in run("merge", "--continue", code=2).err
    run("resolve", "--all", "--with", choice)
    if (merging.path / ".git/MERGE_HEAD").exists():
        run("merge", "--continue")
    if choice == deleted:
        assert POINTER not in merging.git("ls-files")
    else:
        assert_merged(merging, "ours")


def test_merge_tree_only_previews(merging: Project) -> None:
    before = merging.git("status", "--porcelain"), labels(merging), labels(merging, POINTER)
    tree = merging.git("merge-tree", "--write-tree", "ours", "theirs").splitlines()[0]
    merged = merging.git("show", f"{tree}:{POINTER}")
    assert "dog: 2" in merged
    assert (
        merging.git("status", "--porcelain"),
        labels(merging),
        labels(merging, POINTER),
    ) == before
    assert_merged(merging, "ours")


def test_remerge_diff_only_previews(merging: Project) -> None:
    perform(merging, ["merge theirs"])
    assert merging.git("show", "--remerge-diff", "--format=", "HEAD") == ""
    assert_merged(merging, "ours", "theirs")
