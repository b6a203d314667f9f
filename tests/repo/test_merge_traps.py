"""The traps that Git and DVC hold ready for a merge driver: one test each, or more, by number."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import yaml

from labelvc.repo.repository import Repository
from labelvc.repo.scaffold import init
from labelvc.repo.sync import remember
from tests.cli.shell import Shell
from tests.repo.merged import (
    CONFIG,
    LABELS,
    PATH,
    POINTER,
    assert_clean,
    assert_in_line,
    assert_merged,
    built,
    copy,
    forget_objects,
    git,
    labels,
    merge_commit,
    merging,
    relabelled,
    run,
    save,
    text,
)
from tests.repo.project import Project, make_project

__all__ = ["built", "merging", "run"]


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Hooks do nothing from here on, until `undo`."""
    monkeypatch.setenv("LABELVC_IN_HOOK", "1")
    return monkeypatch


def replace_program(project: Project, script: str) -> None:
    program = project.path.parent / "program"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    project.git("config", "labelvc.program", str(program))


def state(project: Project) -> tuple[str, ...]:
    """What a refused merge must leave as it was."""
    return (
        project.git("rev-parse", "HEAD"),
        project.git("status", "--porcelain"),
        labels(project),
        labels(project, POINTER),
    )


def pointer(project: Project, path: str = POINTER) -> dict:
    return yaml.safe_load(project.read(path))


def test_trap_01_git_may_refuse_after_the_driver_ran(merging: Project, idle) -> None:
    merging.git("checkout", "-q", "theirs")
    merging.write("new.txt", "theirs")
    merging.commit("new file")
    merging.git("checkout", "-q", "ours")
    merging.write(PATH, text("ours"))
    idle.delenv("LABELVC_IN_HOOK")
    merging.write("new.txt", "untracked, in the way")
    before = state(merging)
    assert "would be overwritten" in git(merging, "merge", "theirs", fails=True)
    assert state(merging) == before
    (merging.path / "new.txt").unlink()
    assert_merged(merging, "ours")


def test_trap_02_a_stale_label_file_is_not_committed(merging: Project, run: Shell) -> None:
    merging.write(PATH, text("third"))
    edited = text("ours", relabelled(8, "dog"))  # stored nowhere
    merging.write(PATH, edited)
    said = git(merging, "checkout", "theirs")
    assert "has uncommitted label edits, and its pointer moved on" in said
    assert "would undo that version's changes" in run.refused("commit", "-m", "undo")
    assert labels(merging) == edited


def test_trap_03_unsaved_edits_stop_the_merge(merging: Project, run: Shell) -> None:
    merging.write(PATH, text("ours", relabelled(8, "dog")))
    before = state(merging)
    said = git(merging, "merge", "theirs", fails=True)
    assert "label edits that are in no commit" in said and "labelvc commit" in said
    assert state(merging) == before
    run("commit", "-m", "the edits")
    git(merging, "merge", "theirs")
    assert_merged(merging, "ours", "theirs", relabelled(8, "dog"))


def test_trap_03_what_is_in_the_cache_may_be_replaced(merging: Project) -> None:
    merging.write(PATH, text("third"))
    said = git(merging, "merge", "theirs")
    assert "stays in the DVC cache" in said
    assert_merged(merging, "ours", "theirs")


BROKEN = {
    "killed": "kill -9 $$",
    "a bug": "exit 3",
    "python cannot start": "exit 1",
}


@pytest.mark.parametrize("how", BROKEN)
def test_trap_04_a_driver_that_breaks_down_leaves_marks(
    merging: Project, run: Shell, how: str
) -> None:
    program = merging.git("config", "labelvc.program")
    replace_program(merging, BROKEN[how])
    git(merging, "merge", "theirs", fails=True)
    assert "<<<<<<< ours" in labels(merging, POINTER)
    merging.git("config", "labelvc.program", program)
    assert "labelvc merge --continue" in git(merging, "commit", "-am", "forced", fails=True)
    run("merge", "--continue")
    assert_merged(merging, "ours", "theirs")


def test_trap_04_without_labelvc_marks_are_left_and_refused(
    merging: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    merging.git("config", "labelvc.program", "/nowhere/labelvc")
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    git(merging, "merge", "theirs", fails=True)
    assert "<<<<<<< ours" in labels(merging, POINTER)
    for extra in ([], ["--no-verify"]):
        assert "in conflict" in git(merging, "commit", *extra, "-am", "forced", fails=True)


def test_trap_05_missing_objects_stop_the_merge(merging: Project) -> None:
    away = forget_objects(merging)
    before = state(merging)
    said = git(merging, "merge", "theirs", fails=True)
    assert "is neither in the cache" in said and "dvc fetch --all-commits" in said
    assert "Then merge again." in said
    assert state(merging) == before
    assert not (merging.path / ".git/MERGE_HEAD").exists()
    shutil.move(away, merging.path / ".dvc/cache")
    git(merging, "merge", "theirs")
    assert_merged(merging, "ours", "theirs")


def test_trap_05_a_rebase_stops_with_the_pick_to_be_done_again(merging: Project) -> None:
    away = forget_objects(merging)
    git(merging, "rebase", "theirs", fails=True)
    shutil.move(away, merging.path / ".dvc/cache")
    git(merging, "rebase", "--continue")
    assert_merged(merging, "ours", "theirs")
    assert merging.git("log", "-1", "--format=%s") == "ours"


def test_trap_06_dvc_works_on_while_conflicts_are_open(
    merging: Project, run: Shell, tmp_path: Path
) -> None:
    merging.remote(tmp_path / "remote", config="config.local")
    git(merging, "merge", "clash", fails=True)
    with merging.dvc_repo() as dvc:
        assert dvc.status() == {}
        dvc.push()
        dvc.add([PATH])
        dvc.pull()
    assert "unresolved:" in labels(merging, POINTER)
    run("resolve", "--all", "--with", "theirs")
    assert "unresolved:" not in labels(merging, POINTER)
    run("merge", "--continue")
    assert_merged(merging, "clash")


def test_trap_07_commit_guards_refuse_what_is_open(merging: Project) -> None:
    git(merging, "merge", "clash", fails=True)
    for extra in ([], ["--no-verify"]):
        said = git(merging, "commit", *extra, "-am", "forced", fails=True)
        assert f"{POINTER} has open label conflicts" in said


def test_trap_07_a_rebase_does_not_commit_what_is_open(merging: Project) -> None:
    git(merging, "rebase", "clash", fails=True)
    merging.git("add", POINTER)
    before = merging.git("rev-parse", "HEAD")
    said = git(merging, "-c", "core.editor=true", "rebase", "--continue", fails=True)
    assert "has open label conflicts" in said
    assert merging.git("rev-parse", "HEAD") == before


@pytest.fixture
def flagged(merging: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """With a commit of open conflicts, which hooks could not refuse."""
    git(merging, "merge", "clash", fails=True)
    with monkeypatch.context() as patch:
        patch.setenv("LABELVC_IN_HOOK", "1")
        merging.git("commit", "-qam", "flagged")
    return merging


def test_trap_07_pre_applypatch_and_cherry_pick_refuse(flagged: Project) -> None:
    sha = flagged.git("commit-tree", "ours^{tree}", "-p", "base", "-m", "flagged")
    flagged.git("checkout", "-q", "base")
    flagged.git("format-patch", "-q", "-o", "../mail", "-1", sha)
    said = git(flagged, "am", "../mail/0001-flagged.patch", fails=True)
    assert "has open label conflicts" in said
    git(flagged, "am", "--abort")
    assert "has open label conflicts" in git(flagged, "cherry-pick", sha, fails=True)


def test_trap_07_pre_push_refuses_and_earlier_hooks_have_their_input(
    flagged: Project, tmp_path: Path
) -> None:
    flagged.git("init", "-q", "--bare", str(tmp_path / "bare"))
    earlier = flagged.path / ".git/hooks/pre-push.before-labelvc"
    earlier.write_text("#!/bin/sh\ncat > ../heard\n")
    earlier.chmod(0o755)
    said = git(flagged, "push", str(tmp_path / "bare"), "ours", fails=True)
    assert "they were committed on refs/heads/ours" in said
    assert (tmp_path / "heard").read_text().startswith("refs/heads/ours ")
    git(flagged, "push", str(tmp_path / "bare"), "theirs")


def criss_cross(project: Project, one: list, two: list, after: tuple[list, list]) -> None:
    """Branches `left` and `right` that both merged `ours` and `clash`, and went on."""
    merge_commit(project, "left", ("ours", "clash"), text(*one))
    if after[0]:
        save(project, "left on", text(*one, *after[0]))
    merge_commit(project, "right", ("clash", "ours"), text(*two))
    save(project, "right on", text(*two, *after[1]))
    project.git("checkout", "-q", "left")
    project.write(PATH, text(*one, *after[0]))
    remember(Repository.find(project.path))


AFTER = ([relabelled(7, "dog")], [relabelled(8, "dog")])


def test_trap_08_criss_cross_settled_alike_is_clean(merging: Project, idle) -> None:
    criss_cross(merging, ["clash"], ["clash"], AFTER)
    idle.delenv("LABELVC_IN_HOOK")
    git(merging, "merge", "right")
    assert_merged(merging, "clash", *AFTER[0], *AFTER[1])


def test_trap_08_criss_cross_settled_differently_is_a_conflict(
    merging: Project, idle, run: Shell
) -> None:
    criss_cross(merging, ["ours"], ["clash"], AFTER)
    idle.delenv("LABELVC_IN_HOOK")
    assert "conflicts: 1" in git(merging, "merge", "right", fails=True)
    run("resolve", "--all", "--with", "theirs")
    run("merge", "--continue")
    assert_merged(merging, "clash", *AFTER[0], *AFTER[1])


def test_trap_08_criss_cross_keeps_a_revert(merging: Project, idle) -> None:
    merge_commit(merging, "left", ("ours", "theirs"), text("ours", "theirs"))
    save(merging, "reverted", text("theirs"))
    merge_commit(merging, "right", ("theirs", "ours"), text("ours", "theirs"))
    save(merging, "right on", text("ours", "theirs", "third"))
    idle.delenv("LABELVC_IN_HOOK")
    git(merging, "merge", "left")
    assert_merged(merging, "theirs", "third")
    assert merging.git("merge-base", "--all", "HEAD^1", "HEAD^2").count("\n") == 1


def test_trap_08_nothing_of_inner_merges_goes_into_dvc_s_cache(merging: Project, idle) -> None:
    criss_cross(merging, ["clash"], ["clash"], ([], [relabelled(8, "dog")]))
    idle.delenv("LABELVC_IN_HOOK")
    before = set((merging.path / ".dvc/cache").rglob("*"))
    git(merging, "merge", "right")
    assert_merged(merging, "clash", relabelled(8, "dog"))
    assert set((merging.path / ".dvc/cache").rglob("*")) == before


def test_trap_09_both_sides_added_the_set(merging: Project, idle) -> None:
    merging.git("checkout", "-q", "base")
    merging.git("checkout", "-q", "--orphan", "fresh")
    new = LABELS[8].replace('"id": 8', '"id": 9').replace("[80.50", "[90.50")
    save(merging, "fresh", text({9: new}))
    merging.commit("the rest")
    merging.git("checkout", "-q", "base")
    merging.write(PATH, text())
    remember(Repository.find(merging.path))
    idle.delenv("LABELVC_IN_HOOK")
    git(merging, "merge", "--allow-unrelated-histories", "fresh")
    assert_merged(merging, {9: new})


def move(project: Project, content: str) -> None:
    """Give the label set another path, and in the same commit other content."""
    project.write(PATH, content)
    with project.dvc_repo() as dvc:
        dvc.move(PATH, MOVED)
    project.write("labelvc.yaml", CONFIG.replace(PATH, MOVED))
    project.git("add", "-A")
    save(project, "moved", content, MOVED) if content != text() else project.commit("moved")


MOVED = "labels/moved.json"


@pytest.mark.parametrize("mover", ["ours", "theirs"])
def test_trap_10_a_renamed_pointer_is_merged_under_its_new_name(
    merging: Project, mover: str
) -> None:
    git(merging, "checkout", "-q", "-B", "moved", "base")
    move(merging, text())
    git(merging, "checkout", "-q", "moved" if mover == "ours" else "theirs")
    git(merging, "merge", "theirs" if mover == "ours" else "moved")
    assert pointer(merging, f"{MOVED}.dvc")["outs"][0]["path"] == "moved.json"
    assert labels(merging, MOVED) == text("theirs")
    assert POINTER not in merging.git("ls-files")
    assert_clean(merging)


@pytest.mark.parametrize("mover", ["ours", "theirs"])
def test_trap_10_a_set_renamed_and_edited_is_merged_by_continue(
    merging: Project, run: Shell, mover: str
) -> None:
    """Git sees no rename there: too little of the pointer stayed."""
    git(merging, "checkout", "-q", "-B", "moved", "base")
    move(merging, text("ours"))
    git(merging, "checkout", "-q", "moved" if mover == "ours" else "theirs")
    said = git(merging, "merge", "theirs" if mover == "ours" else "moved", fails=True)
    assert "modify/delete" in said
    run("merge", "--continue")
    assert pointer(merging, f"{MOVED}.dvc")["outs"][0]["path"] == "moved.json"
    assert labels(merging, MOVED) == text("ours", "theirs")
    assert POINTER not in merging.git("ls-files")
    assert_clean(merging)


def test_trap_10_pointers_of_other_sets_are_no_renames(merging: Project, idle) -> None:
    merging.git("rm", "-q", POINTER)
    (merging.path / PATH).unlink()
    merging.write(
        "labelvc.yaml", "version: 1\nsets:\n  val: {path: labels/val.json, format: coco}\n"
    )
    save(merging, "another set", text("third"), "labels/val.json")
    merging.commit("gone")
    idle.delenv("LABELVC_IN_HOOK")
    said = git(merging, "-c", "merge.renames=true", "merge", "-X", "find-renames=10%", "theirs",
               fails=True)  # fmt: skip
    assert "git merge -X no-renames" in said
    assert not (merging.path / ".git/MERGE_HEAD").exists()
    said = git(merging, "merge", "-X", "no-renames", "theirs", fails=True)
    assert "deleted in HEAD" in said
    assert labels(merging, "labels/val.json") == text("third")


def test_trap_11_attributes_hold_whatever_is_checked_out(merging: Project, idle) -> None:
    for branch in ("theirs", "ours"):
        merging.git("checkout", "-q", branch)
        merging.git("rm", "-q", ".gitattributes")
        merging.commit("no attributes")
    merging.write(PATH, text("ours"))
    idle.delenv("LABELVC_IN_HOOK")
    git(merging, "merge", "theirs")
    assert_merged(merging, "ours", "theirs")


def test_trap_11_a_clone_without_init_leaves_marks(
    merging: Project, run: Shell, tmp_path: Path
) -> None:
    merging.git("clone", "-q", "-b", "ours", str(merging.path), str(tmp_path / "clone"))
    cloned = Project(tmp_path / "clone")
    shutil.copytree(merging.path / ".dvc/cache", cloned.path / ".dvc/cache")
    cloned.git("branch", "theirs", "origin/theirs")
    assert "lacks the configuration" in run.refused("merge", "theirs", at=cloned.path)
    git(cloned, "merge", "theirs", fails=True)
    assert "<<<<<<<" in labels(cloned, POINTER)
    init(cloned.path)
    (cloned.path / "dvc.yaml").unlink()
    run("merge", "--continue")
    assert_merged(cloned, "ours", "theirs")


def test_trap_12_a_linked_worktree_merges_with_the_main_cache(
    merging: Project, tmp_path: Path
) -> None:
    merging.git("worktree", "add", "-q", str(tmp_path / "linked"), "theirs")
    linked = Project(tmp_path / "linked")
    git(linked, "merge", "ours")
    assert labels(linked) == text("ours", "theirs")
    assert linked.git("status", "--porcelain") == ""
    assert_merged(merging, "ours")


def test_trap_12_a_cache_dir_that_theirs_changed(merging: Project, idle, tmp_path: Path) -> None:
    merging.git("checkout", "-q", "theirs")
    merging.write(".dvc/config", f"[cache]\n    dir = {tmp_path / 'elsewhere'}\n")
    shutil.copytree(merging.path / ".dvc/cache", tmp_path / "elsewhere")
    merging.commit("cache elsewhere")
    merging.git("checkout", "-q", "ours")
    merging.write(PATH, text("ours"))
    idle.delenv("LABELVC_IN_HOOK")
    git(merging, "rebase", "theirs")
    assert_merged(merging, "ours", "theirs")


def test_trap_12_a_submodule(merging: Project, tmp_path: Path) -> None:
    outer = make_project(tmp_path / "outer", dvc=False)
    outer.git("submodule", "--quiet", "add", "-b", "ours", str(merging.path), "data")
    module = Project(outer.path / "data")
    shutil.copytree(merging.path / ".dvc/cache", module.path / ".dvc/cache")
    init(module.path)
    (module.path / "dvc.yaml").unlink()
    with module.dvc_repo() as dvc:
        dvc.checkout()
    git(module, "merge", "origin/theirs")
    assert labels(module) == text("ours", "theirs")
    assert_in_line(module)


def test_trap_12_a_project_below_the_top(tmp_path: Path, idle) -> None:
    project = make_project(tmp_path / "project", root="sub")
    init(project.path / "sub")
    project.write("labelvc.yaml", CONFIG)
    project.write(PATH, text())
    project.track(PATH)
    project.commit("base")
    for name in ("theirs", "ours"):
        project.git("checkout", "-q", "-b", name, "main")
        project.write(PATH, text(name))
        project.track(PATH)
        project.commit(name)
    remember(Repository.find(project.path / "sub"))
    idle.delenv("LABELVC_IN_HOOK")
    git(project, "merge", "theirs")
    assert labels(project) == text("ours", "theirs")
    assert_in_line(project)


@pytest.mark.parametrize("link", ["hardlink", "symlink"])
def test_trap_13_objects_under_links_stay_whole(merging: Project, link: str) -> None:
    merging.write(".dvc/config.local", f"[cache]\n    type = {link}\n")
    (merging.path / PATH).unlink()
    with merging.dvc_repo() as dvc:
        dvc.checkout(relink=True)
    object_ = merging.path / ".dvc/cache/files/md5" / hash_path(merging)
    assert os.path.samefile(object_, merging.path / PATH)
    git(merging, "merge", "theirs")
    assert_merged(merging, "ours", "theirs")
    assert object_.read_text() == text("ours")
    git(merging, "merge", "clash", fails=True)
    assert_in_line(merging)


def hash_path(project: Project) -> str:
    md5 = pointer(project)["outs"][0]["md5"]
    return f"{md5[:2]}/{md5[2:]}"


def test_trap_14_hooks_work_from_core_hooks_path_with_others(
    built: Project, tmp_path: Path
) -> None:
    project = copy(built, tmp_path / "project")
    project.git("config", "core.hooksPath", "hooks")
    project.write("hooks/post-merge", "#!/bin/sh\ntouch ran\n").chmod(0o755)
    init(project.path)
    (project.path / "dvc.yaml").unlink()
    git(project, "merge", "theirs")
    assert (project.path / "ran").exists()
    assert_merged(project, "ours", "theirs")


def test_trap_15_both_sides_meta_and_keys_are_kept(merging: Project, idle) -> None:
    for branch, key in (("theirs", "owner"), ("ours", "task")):
        merging.git("checkout", "-q", branch)
        content = labels(merging, POINTER).replace("meta:\n", f"meta:\n  {key}: Ada\n")
        merging.write(POINTER, f"# of {branch}\n{content}desc: by {branch}\n")
        merging.commit("more in the pointer")
    merging.write(PATH, text("ours"))
    idle.delenv("LABELVC_IN_HOOK")
    git(merging, "merge", "theirs")
    told = pointer(merging)
    assert (told["meta"]["owner"], told["meta"]["task"]) == ("Ada", "Ada")
    assert told["desc"] == "by ours" and "# of ours" in labels(merging, POINTER)
    assert told["meta"]["labelvc"]["train"]["md5"] == told["outs"][0]["md5"]
    assert_merged(merging, "ours", "theirs")


def test_trap_16_meta_survives_dvc_add_and_its_loss_is_no_harm(merging: Project, idle) -> None:
    for branch in ("theirs", "ours"):
        merging.git("checkout", "-q", branch)
        merging.write(PATH, text(branch))
        merging.track(PATH)
        assert "labelvc" in pointer(merging)["meta"]
        with merging.dvc_repo() as dvc:
            dvc.remove(POINTER)
            dvc.add([PATH])
        assert "meta" not in pointer(merging)
        merging.commit("added again")
    idle.delenv("LABELVC_IN_HOOK")
    git(merging, "merge", "theirs")
    assert_merged(merging, "ours", "theirs")


def test_trap_17_imports_are_not_merged_by_content(merging: Project, idle, run: Shell) -> None:
    for branch in ("theirs", "ours"):
        merging.git("checkout", "-q", branch)
        dep = f"deps:\n- path: train.json\n  repo:\n    url: /elsewhere\n    rev_lock: {branch}\n"
        merging.write(POINTER, "frozen: true\n" + dep + labels(merging, POINTER))
        merging.commit("imported")
    merging.write(PATH, text("ours"))
    idle.delenv("LABELVC_IN_HOOK")
    assert "an import is not merged by label" in git(merging, "merge", "theirs", fails=True)
    assert labels(merging) == text("ours")
    run("resolve", "--all", "--with", "theirs")
    run("merge", "--continue")
    assert pointer(merging)["deps"][0]["repo"]["rev_lock"] == "theirs"
    assert labels(merging) == text("theirs")


def lock(**stages: str) -> str:
    told = {
        name: {"cmd": "run", "outs": [{"path": f"{name}.txt", "md5": md5 * 32, "size": 1}]}
        for name, md5 in stages.items()
    }
    return yaml.safe_dump({"schema": "2.0", "stages": told}, sort_keys=False)


def test_trap_18_dvc_lock_merges_by_stage_beside_labels(merging: Project, idle) -> None:
    for branch, stages in (
        ("base", lock(a="1", b="1", c="1")),
        ("theirs", lock(a="1", b="2", c="2")),
        ("ours", lock(a="3", b="1", c="3")),
    ):
        merging.git("checkout", "-q", branch)
        if branch != "base":
            merging.git("merge", "-q", "base")
        merging.write("dvc.lock", stages)
        merging.commit("ran")
    merging.write(PATH, text("ours"))
    idle.delenv("LABELVC_IN_HOOK")
    assert "both sides ran c differently: `dvc repro`" in git(merging, "merge", "theirs")
    assert merging.read("dvc.lock").decode() == lock(a="3", b="2")
    (merging.path / "dvc.lock").unlink()  # there is no such pipeline
    assert_merged(merging, "ours", "theirs")


def test_trap_19_ignored_label_files_of_both_sides(merging: Project, idle) -> None:
    for branch, name in (("theirs", "labels/one.json"), ("ours", "labels/two.json")):
        merging.git("checkout", "-q", branch)
        merging.write(name, text())
        merging.track(name)
        merging.commit("another set")
    merging.write(PATH, text("ours"))
    idle.delenv("LABELVC_IN_HOOK")
    git(merging, "merge", "theirs")
    lines = labels(merging, "labels/.gitignore").splitlines()
    assert {"/one.json", "/two.json", "/train.json"} <= set(lines)
    assert merging.git("status", "--porcelain") == ""


def test_trap_20_rerere_replays_nothing_and_x_decides_nothing(merging: Project, run: Shell) -> None:
    merging.git("config", "rerere.enabled", "true")
    merging.git("config", "rerere.autoupdate", "true")
    git(merging, "merge", "clash", fails=True)
    run("resolve", "--all", "--with", "theirs")
    run("merge", "--continue")
    git(merging, "reset", "-q", "--hard", "HEAD^1")
    assert "conflicts: 1" in git(merging, "merge", "-X", "ours", "clash", fails=True)
    assert "unresolved:" in labels(merging, POINTER)
    git(merging, "merge", "--abort")


def test_trap_20_what_was_merged_without_the_driver_is_found(merging: Project, run: Shell) -> None:
    tree = merging.git("rev-parse", "HEAD^{tree}")  # as libgit2 and web pages do
    sha = merging.git("commit-tree", tree, "-p", "ours", "-p", "theirs", "-m", "by the button")
    git(merging, "merge", "--ff-only", sha)
    assert "lacks label changes of theirs" in run("hook", "merge-check", "base", code=1).err


def test_trap_21_diffs_show_labels_and_patches_apply(merging: Project) -> None:
    shown = merging.git("log", "-p", "-1", "--format=", "ours")
    assert "-2.jpg  box  cat  20.5 2 8 8" in shown and "+2.jpg  box  dog  20.5 2 8 8" in shown
    assert "cachetextconv" not in merging.git("config", "--list").lower()
    merging.git("format-patch", "-q", "-o", "../mail", "base..ours")
    git(merging, "checkout", "-q", "base")
    git(merging, "am", "../mail/0001-ours.patch")
    assert_merged(merging, "ours")


def test_trap_22_hooks_never_stage_and_partial_commits_go_through(
    merging: Project, run: Shell
) -> None:
    merging.write("other.txt", "staged\n")
    merging.git("add", "other.txt")
    merging.write(PATH, text("ours", "third"))
    run("commit", "-m", "labels only")
    assert merging.git("status", "--porcelain") == "M  other.txt"
    git(merging, "cherry-pick", "-n", "clash", fails=True)
    merging.git("add", POINTER)  # open conflicts, staged
    assert "has open label conflicts" in git(merging, "commit", "-m", "all", fails=True)
    git(merging, "commit", "-m", "the other file", "--", "other.txt")
    assert "unresolved:" in merging.git("show", f":{POINTER}")


def test_trap_22_no_partial_commit_during_a_merge(merging: Project, run: Shell) -> None:
    git(merging, "merge", "--no-commit", "theirs")
    assert "a merge is in progress" in run.refused("commit", "-m", "labels")
    git(merging, "commit", "--no-edit")
    assert_merged(merging, "ours", "theirs")


def test_trap_23_what_was_settled_by_hand_is_found(merging: Project, run: Shell) -> None:
    git(merging, "merge", "theirs")
    assert run("hook", "merge-check", "base").err == ""
    git(merging, "reset", "-q", "--hard", "HEAD^1")
    git(merging, "merge", "-q", "clash", fails=True)
    git(merging, "checkout", "--ours", "--", POINTER)
    said = git(merging, "commit", "-am", "by hand")
    assert "the merge has only ours' labels" in said
    run("hook", "merge-check", "base")  # a true conflict may be settled for a side
    git(merging, "merge", "-s", "ours", "theirs")
    assert "lacks label changes of theirs" in run("hook", "merge-check", "base", code=1).err


def test_trap_23_where_objects_or_init_are_missing(
    merging: Project, run: Shell, tmp_path: Path
) -> None:
    git(merging, "merge", "-s", "ours", "theirs")
    merging.git("clone", "-q", str(merging.path), str(tmp_path / "clone"))
    ended = run("hook", "merge-check", "origin/base", at=tmp_path / "clone")
    assert "Traceback" not in ended.err
    shutil.copytree(merging.path / ".dvc/cache", tmp_path / "clone/.dvc/cache")
    assert "lacks label changes of theirs" in run("hook", "merge-check", "origin/base", code=1).err
