"""Label sets of every make in `git merge`, and `labelvc merge` from start to end."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from labelvc.repo.repository import Repository
from labelvc.repo.scaffold import init
from labelvc.repo.sync import remember
from tests.cli.shell import Shell
from tests.repo.merged import (
    CONFIG,
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
    merging,
    moved,
    relabelled,
    save,
    text,
)
from tests.repo.project import Project, apart, make_project

__all__ = ["built", "merging"]

Files = Mapping[str, str | bytes | None]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """After `labelvc init`, without any labels."""
    path = tmp_path_factory.mktemp("empty") / "built"
    with apart(path.parent / "surroundings"):
        project = make_project(path)
        init(project.path)
        (project.path / "dvc.yaml").unlink()
        project.commit("set up")
    return project


@pytest.fixture
def fresh(empty: Project, tmp_path: Path) -> Project:
    """Without labels, for `branches`."""
    return copy(empty, tmp_path / "fresh")


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, request) -> Shell:
    """Calls labelvc in the repository."""
    names = {"merging", "fresh"} & set(request.fixturenames)
    monkeypatch.chdir(request.getfixturevalue(names.pop()).path)
    return Shell(capfd, monkeypatch)


def put(project: Project, files: Files) -> None:
    for name, content in files.items():
        if content is None:
            (project.path / name).unlink()
        else:
            project.write(name, content)


def branches(
    project: Project, base: Files, ours: Files, theirs: Files, *, track: str, sets: str = ""
) -> None:
    """Branches `theirs` and `ours` (checked out) above `main`, which tracks a path with DVC."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABELVC_IN_HOOK", "1")
        project.write("labelvc.yaml", f"version: 1\nsets: {{{sets}}}\n")
        put(project, base)
        project.track(track)
        project.commit("base")
        for name, files in (("theirs", theirs), ("ours", ours)):
            project.git("checkout", "-q", "-b", name, "main")
            with project.dvc_repo() as dvc:
                dvc.checkout(force=True)
            put(project, files)
            project.track(track)
            project.commit(name)
    remember(Repository.find(project.path))


def contents(project: Project, folder: str) -> dict[str, str]:
    top = project.path / folder
    return {
        path.relative_to(top).as_posix(): path.read_text()
        for path in top.rglob("*")
        if path.is_file()
    }


def xml(sample: str, *names: str) -> str:
    objects = "".join(
        f"\n <object><name>{name}</name>\n  <bndbox><xmin>{9 * n}</xmin><ymin>1</ymin>"
        f"<xmax>{9 * n + 8}</xmax><ymax>9</ymax></bndbox></object>"
        for n, name in enumerate(names, 1)
    )
    return f"<annotation><filename>{sample}.jpg</filename>{objects}\n</annotation>\n"


def lines(*classes: int) -> str:
    return "".join(f"{c} 0.{n} 0.50 0.050 5e-2\n" for n, c in enumerate(classes, 1))


# What base has below the folder, what ours and theirs changed, and what comes of it.
FOLDERS: dict[str, tuple[Files, Files, Files, Files]] = {
    "yolo": (
        {
            "data.yaml": "names: [cat, dog, bird]\n",
            **{f"labels/{n}.txt": lines(0, 1, 0) for n in "abcd"},
        },
        {"labels/a.txt": lines(1, 1, 0), "labels/c.txt": lines(2, 1, 0)},
        {"labels/b.txt": lines(1, 0), "labels/c.txt": lines(0, 1, 2), "labels/e.txt": lines(2)},
        {
            "labels/a.txt": lines(1, 1, 0),
            "labels/b.txt": lines(1, 0),
            "labels/c.txt": lines(2, 1, 2),
            "labels/e.txt": lines(2),
        },
    ),
    "voc": (
        {f"Annotations/{n}.xml": xml(n, "cat", "dog") for n in "abcd"},
        {
            "Annotations/a.xml": xml("a", "dog", "dog"),
            "Annotations/c.xml": xml("c", "bird", "dog"),
        },
        {"Annotations/b.xml": None, "Annotations/c.xml": xml("c", "cat", "bird")},
        {
            "Annotations/a.xml": xml("a", "dog", "dog"),
            "Annotations/b.xml": None,
            "Annotations/c.xml": xml("c", "bird", "bird"),
        },
    ),
    "imagefolder": (
        {f"{kind}/{n}.jpg": f"{kind}{n}" for kind in ("cat", "dog") for n in "123"},
        {"cat/1.jpg": None, "dog/cat1.jpg": "cat1"},
        {"dog/3.jpg": None, "cat/dog3.jpg": "dog3"},
        {"cat/1.jpg": None, "dog/cat1.jpg": "cat1", "dog/3.jpg": None, "cat/dog3.jpg": "dog3"},
    ),
}


@pytest.mark.parametrize("name", FOLDERS)
def test_folders_merge_label_by_label(fresh: Project, name: str) -> None:
    base, ours, theirs, merged = (
        {f"data/{path}": content for path, content in files.items()} for files in FOLDERS[name]
    )
    branches(fresh, base, ours, theirs, track="data",
             sets=f"pets: {{path: data, format: {name}}}")  # fmt: skip
    git(fresh, "merge", "theirs")
    expected = {path: content for path, content in {**base, **merged}.items() if content}
    assert {f"data/{path}": told for path, told in contents(fresh, "data").items()} == expected
    assert_clean(fresh)


YOLO = FOLDERS["yolo"]


def larger(fresh: Project) -> dict[str, str]:
    """A YOLO set at data/boxes, with other files around it; what a merge makes of data/."""
    base, ours, theirs, merged = (
        {f"data/boxes/{path}": content for path, content in files.items()} for files in YOLO
    )
    around = {"data/ours.txt": "1", "data/theirs.txt": "1", "data/both.txt": "1", "data/c/d": "1"}
    branches(
        fresh,
        {**base, **around},
        {**ours, "data/ours.txt": "2", "data/both.txt": "2"},
        {**theirs, "data/theirs.txt": "3", "data/both.txt": "3"},
        track="data",
        sets="boxes: {path: data/boxes, format: yolo}",
    )
    changed = {"data/ours.txt": "2", "data/theirs.txt": "3", "data/both.txt": "2"}
    return {**base, **merged, **around, **changed}


@pytest.mark.parametrize("choice", ["ours", "theirs"])
def test_a_set_in_a_larger_tracked_folder(fresh: Project, run: Shell, choice: str) -> None:
    expected = larger(fresh)
    said = git(fresh, "merge", "theirs", fails=True)
    assert "merged data/boxes" in said
    told = contents(fresh, "data/boxes")
    assert told == {path[11:]: c for path, c in expected.items() if path.startswith("data/boxes/")}
    with fresh.dvc_repo() as dvc:  # the labels moved alone: the rest may be huge
        dvc.checkout()
    assert {f"data/{path}": told for path, told in contents(fresh, "data").items()} == expected
    assert_in_line(fresh)
    assert "both.txt" in run("conflicts").out
    run("resolve", "--all", "--with", choice)
    run("merge", "--continue")
    assert fresh.read("data/both.txt") == (b"2" if choice == "ours" else b"3")
    assert_clean(fresh)


def test_a_folder_that_holds_no_labels_merges_as_dvc_does(fresh: Project) -> None:
    branches(fresh, {"data/a": "1"}, {"data/b": "2"}, {"data/c": "3"}, track="data")
    said = git(fresh, "merge", "theirs")
    assert "labelvc" not in said
    listing = yaml.safe_load(fresh.read("data.dvc"))["outs"][0]
    assert listing["nfiles"] == 3
    with fresh.dvc_repo() as dvc:
        dvc.checkout()
    assert contents(fresh, "data") == {"a": "1", "b": "2", "c": "3"}


def test_a_file_that_holds_no_labels_fails_as_in_dvc_but_marked(fresh: Project) -> None:
    branches(fresh, {"model.bin": "1"}, {"model.bin": "2"}, {"model.bin": "3"}, track="model.bin")
    said = git(fresh, "merge", "theirs", fails=True)
    assert "unable to auto-merge outputs that are not directories" in said
    assert "<<<<<<< ours" in labels(fresh, "model.bin.dvc")
    assert fresh.read("model.bin") == b"2"


def test_sides_of_different_formats_are_one_conflict(fresh: Project, run: Shell) -> None:
    base, ours, _, _ = ({f"data/{p}": c for p, c in files.items()} for files in YOLO)
    other = {**dict.fromkeys(base), "data/a.xml": xml("a", "cat")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABELVC_IN_HOOK", "1")
        fresh.write("labelvc.yaml", "version: 1\nsets: {pets: {path: data}}\n")
        put(fresh, base)
        run("commit", "-m", "base", "-q")
        fresh.commit("rest")
        for name, files in (("theirs", other), ("ours", ours)):
            fresh.git("checkout", "-q", "-b", name, "main")
            with fresh.dvc_repo() as dvc:
                dvc.checkout(force=True)
            remember(Repository.find(fresh.path))
            put(fresh, files)
            run("commit", "-m", name, "-q")
    before = contents(fresh, "data")
    said = git(fresh, "merge", "theirs", fails=True)
    assert "in format yolo in ours and voc in theirs" in said
    assert contents(fresh, "data") == before
    assert "labels/a.txt" in before
    run("resolve", "--all", "--with", "theirs")
    run("merge", "--continue")
    assert contents(fresh, "data") == {"a.xml": xml("a", "cat")}
    assert_clean(fresh)


def test_a_set_that_only_theirs_declares(merging: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("LABELVC_IN_HOOK", "1")
        merging.git("checkout", "-q", "-b", "undeclared", "base")
        merging.write("labelvc.yaml", "version: 1\nsets: {}\n")
        with merging.dvc_repo() as dvc:
            dvc.remove(POINTER)
        merging.write(PATH, text("ours"))
        merging.track(PATH)
        merging.commit("no labelvc here")
    assert "meta" not in labels(merging, POINTER)
    git(merging, "merge", "theirs")
    assert labels(merging) == text("ours", "theirs")
    assert_in_line(merging)


def test_labelvc_yaml_itself_in_conflict(merging: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("LABELVC_IN_HOOK", "1")
        for branch, rule in (("theirs", "ids: trusted"), ("ours", "key: file_name")):
            merging.git("checkout", "-q", branch)
            merging.write("labelvc.yaml", CONFIG.replace("coco}", f"coco, {rule}}}"))
            merging.commit("another rule")
        merging.write(PATH, text("ours"))
        remember(Repository.find(merging.path))
    git(merging, "merge", "theirs", fails=True)
    assert "dog: 2" in labels(merging, POINTER)
    assert "<<<<<<<" not in labels(merging, POINTER)
    merging.write("labelvc.yaml", CONFIG)
    git(merging, "commit", "-am", "merged")
    assert_merged(merging, "ours", "theirs")


# How the set is declared, and whose category label 2 then has: `theirs` was committed later.
POLICIES = {
    "merge: ours": "ours",
    "merge: theirs": "clash",
    "merge: newest": "clash",
    "merge: {policy: ours}": "ours",
}


@pytest.mark.parametrize("declared", POLICIES)
def test_policies_settle_conflicts(merging: Project, declared: str) -> None:
    merging.write("labelvc.yaml", CONFIG.replace("coco}", f"coco, {declared}}}"))
    merging.commit("policy")
    said = git(merging, "merge", "clash")
    assert "settled by policy: 1" in said
    assert_merged(merging, POLICIES[declared])


def test_the_policy_union_keeps_both_labels(merging: Project) -> None:
    merging.write("labelvc.yaml", CONFIG.replace("coco}", "coco, merge: union}"))
    merging.commit("policy")
    git(merging, "merge", "clash")
    assert text("ours").splitlines()[6].rstrip(",") in labels(merging)  # label 2, a dog
    assert '"id": 9, "image_id": 2, "category_id": 2, "bbox": [20.5, 2, 8, 8]' in labels(merging)
    assert_clean(merging)


def test_the_policy_annotator(fresh: Project) -> None:
    def rows(*labels: tuple[str, str]) -> str:
        return "text,label,annotator\n" + "".join(
            f"{word},{label},{who}\n" for word, (label, who) in zip("abc", labels, strict=True)
        )

    cat, alice, bob = ("cat", "carol"), ("dog", "alice"), ("bird", "bob")
    branches(
        fresh,
        {"train.csv": rows(cat, cat, cat)},
        {"train.csv": rows(alice, bob, cat)},
        {"train.csv": rows(bob, alice, bob)},
        track="train.csv",
        sets="train: {path: train.csv, format: table, merge: {annotator: [alice, bob]}}",
    )
    git(fresh, "merge", "theirs")
    assert fresh.read("train.csv").decode() == rows(alice, alice, bob)
    assert_clean(fresh)


def test_missing_objects_are_fetched_from_the_remote(merging: Project, tmp_path: Path) -> None:
    merging.remote(tmp_path / "remote", config="config.local")
    with merging.dvc_repo() as dvc:
        dvc.push(all_commits=True)
    forget_objects(merging)
    git(merging, "merge", "theirs")
    assert_merged(merging, "ours", "theirs")


def test_files_of_a_folder_are_fetched_where_needed(fresh: Project, tmp_path: Path) -> None:
    larger(fresh)
    fresh.remote(tmp_path / "remote", config="config.local")
    with fresh.dvc_repo() as dvc:
        dvc.push(all_commits=True)
    forget_objects(fresh)
    git(fresh, "merge", "theirs", fails=True)
    with fresh.dvc_repo() as dvc:
        dvc.checkout(force=True)
    assert fresh.read("data/theirs.txt") == b"3"
    assert fresh.read("data/boxes/labels/e.txt").decode() == lines(2)


def test_a_folder_of_dvc_2(fresh: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    larger(fresh)
    with monkeypatch.context() as patch:
        patch.setenv("LABELVC_IN_HOOK", "1")
        cache = fresh.path / ".dvc/cache"
        for branch in ("theirs", "ours"):
            fresh.git("checkout", "-q", branch)
            fresh.write("data.dvc", labels(fresh, "data.dvc").replace("  hash: md5\n", ""))
            fresh.commit("as DVC 2 had it")
        base = yaml.safe_load(fresh.git("show", "main:data.dvc"))["outs"][0]["md5"]
        listing = (cache / "files/md5" / base[:2] / base[2:]).read_text()
        for path in [path for path in (cache / "files/md5").rglob("*") if path.is_file()]:
            (cache / path.parent.name).mkdir(exist_ok=True)
            shutil.copy(path, cache / path.parent.name / path.name)
            if (md5 := path.parent.name + path.name) not in listing and md5 != base:
                path.unlink()  # what only the sides have is nowhere else
        remember(Repository.find(fresh.path))
    git(fresh, "merge", "theirs", fails=True)
    with fresh.dvc_repo() as dvc:
        dvc.checkout()
    assert fresh.read("data/boxes/labels/c.txt").decode() == lines(2, 1, 2)
    assert (fresh.read("data/theirs.txt"), fresh.read("data/c/d")) == (b"3", b"1")
    assert_in_line(fresh)


def test_pointers_of_dvc_2(merging: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("LABELVC_IN_HOOK", "1")
        old = "outs:\n- md5: {md5}\n  size: {size}\n  path: train.json\n"
        for at, branch in enumerate(("old", "old-theirs", "old-ours")):
            merging.git("checkout", "-q", "-b", branch, "base" if at == 0 else "old")
            pointer = yaml.safe_load(
                merging.git("show", f"{('base', 'theirs', 'ours')[at]}:{POINTER}")
            )
            md5 = pointer["outs"][0]["md5"]
            cache = merging.path / ".dvc/cache"
            (cache / md5[:2]).mkdir(exist_ok=True)
            shutil.copy(cache / "files/md5" / md5[:2] / md5[2:], cache / md5[:2] / md5[2:])
            merging.write(POINTER, old.format(**pointer["outs"][0]))
            merging.commit(branch)
        shutil.rmtree(merging.path / ".dvc/cache/files")
        merging.write(PATH, text("ours"))
        remember(Repository.find(merging.path))
    git(merging, "merge", "old-theirs")
    assert "hash: md5" in labels(merging, POINTER)
    assert_merged(merging, "ours", "theirs")


def conflicts(told: Any) -> Any:
    return told["labelvc.conflicts/v1"]["sets"]


def test_labelvc_merge_without_a_conflict(merging: Project, run: Shell) -> None:
    told = run("merge", "theirs", "--json").json
    assert told["commit"] == merging.git("rev-parse", "HEAD")
    assert conflicts(told) == {}
    assert merging.git("log", "-1", "--format=%s") == "Merge branch 'theirs' into ours"
    assert_merged(merging, "ours", "theirs")
    assert "up to date" in run("merge", "theirs").out


def test_dry_run_tells_and_writes_nothing(merging: Project, run: Shell) -> None:
    before = merging.git("count-objects"), merging.git("status", "--porcelain")
    assert run("merge", "--dry-run", "theirs").out == "train: ~2 from theirs, no conflict\n"
    told = run("merge", "--dry-run", "--json", "clash", code=1).json
    assert told["dry_run"] is True
    assert len(conflicts(told)["train"]["conflicts"]) == 1
    assert (merging.git("count-objects"), merging.git("status", "--porcelain")) == before
    git(merging, "checkout", "-q", "base")
    assert "would be taken from theirs" in run("merge", "--dry-run", "theirs").out
    git(merging, "checkout", "-q", "ours")
    assert run("merge", "--dry-run", "base").out == "no label set would change\n"


def test_a_conflict_from_start_to_end(merging: Project, run: Shell) -> None:
    told = run("merge", "clash", "--json", code=1).json
    assert told["commit"] is None and len(conflicts(told)["train"]["conflicts"]) == 1
    assert "merge unfinished" in run("status").out and "1 open conflict" in run("status").out
    assert "conflicts are open" in run.refused("commit", "-m", "too early")
    assert "1 conflict is open" in run.refused("merge", "--continue")
    assert run("merge", "theirs", code=None).code in (1, 2)  # one at a time
    (conflict,) = conflicts(told)["train"]["conflicts"]
    settled = run("resolve", conflict["id"], "--with", "theirs", "--json").json
    assert settled["next"] == "`labelvc merge --continue`"
    assert "a merge is in progress" in run.refused("commit", "-m", "too early")
    (step,) = run("merge", "--continue", "--json").json["steps"]
    assert step == f"merge finished: {merging.git('rev-parse', 'HEAD')[:10]}"
    assert merging.git("rev-list", "--count", "--merges", "HEAD") == "1"
    assert_merged(merging, "clash")


def test_abort_puts_everything_back(merging: Project, run: Shell) -> None:
    run("merge", "clash", code=1)
    assert "everything is as it was" in run("merge", "--abort").out
    assert_merged(merging, "ours")
    assert run("conflicts").out == "no conflicts\n"
    assert "no merge is under way" in run.refused("merge", "--abort")
    assert "no merge is under way" in run.refused("merge", "--continue")


def test_what_is_asked_wrongly(merging: Project, run: Shell) -> None:
    assert "unknown revision" in run.refused("merge", "nowhere")
    assert "name one revision" in run.refused("merge")
    assert "name one revision" in run.refused("merge", "theirs", "--abort")
    assert_merged(merging, "ours")


def test_a_rebase_is_resolved_and_goes_on(merging: Project, run: Shell) -> None:
    save(merging, "more", text("ours", relabelled(8, "dog")))
    git(merging, "rebase", "clash", fails=True)
    assert "merge unfinished" in run("status").out
    assert "theirs" in run("conflicts").out
    told = run("resolve", "--all", "--with", "theirs").out  # in a rebase, theirs are our commits
    assert "`git rebase --continue` goes on" in told
    run("merge", "--continue")
    assert merging.git("log", "--format=%s", "clash..") == "more\nours"
    assert_merged(merging, "ours", relabelled(8, "dog"))


def test_a_cherry_pick_is_resolved_and_goes_on(merging: Project, run: Shell) -> None:
    git(merging, "cherry-pick", "clash", fails=True)
    run("resolve", "--all", "--with", "theirs")
    run("merge", "--continue")
    assert merging.git("log", "-1", "--format=%s") == "clash"
    assert_merged(merging, "clash")


def test_a_conflict_in_a_box_and_a_category_of_one_label(merging: Project, run: Shell) -> None:
    merging.git("checkout", "-q", "-b", "boxed", "base")
    merging.write(PATH, text())
    save(merging, "boxed", text(moved(2, 400.75)))
    git(merging, "merge", "ours")
    merged = labels(merging)
    assert '"id": 2, "image_id": 2,  "category_id":1, "bbox": [400.75, 2e0, 8, 8.0]' in merged
    assert_clean(merging)


def test_after_the_merge_labels_can_be_committed_on(merging: Project, run: Shell) -> None:
    git(merging, "merge", "theirs")
    merging.write(PATH, text("ours", "theirs", "third"))
    assert "~1 (relabelled 1)" in run("commit", "-m", "on").out
    assert_merged(merging, "ours", "theirs", "third")


def test_the_pointer_tells_what_a_commit_would(merging: Project) -> None:
    def notes() -> Any:
        return yaml.safe_load(merging.read(POINTER))

    git(merging, "merge", "theirs")
    merged = notes()
    assert merged["meta"]["labelvc"]["train"]["categories"] == {"cat": 6, "dog": 2, "bird": 0}
    git(merging, "checkout", "-q", "base")
    save(merging, "by hand", text("ours", "theirs"))
    assert notes() == merged


def test_a_larger_folder_that_one_side_deleted_can_be_taken(fresh: Project, run: Shell) -> None:
    larger(fresh)
    fresh.git("rm", "-q", "data.dvc")
    fresh.commit("gone")
    git(fresh, "merge", "theirs", fails=True)
    assert "deleted/edited" in run("conflicts").out
    run("resolve", "--all", "--with", "theirs")
    run("merge", "--continue")
    assert labels(fresh, "data.dvc") == fresh.git("show", "theirs:data.dvc") + "\n"


def treebank(*, inserted: bool = False, verb: str = "NOUN") -> str:
    """A sentence with or without a word of ours, and others that stay as they are."""
    words = ["The", *(["big"] if inserted else []), "dog", "barks"]
    rows = "".join(
        f"{at}\t{word}\t_\t{verb if word == 'barks' else 'X'}\t_\t_\t0\tdep\t_\t_\n"
        for at, word in enumerate(words, start=1)
    )
    others = "".join(f"# sent_id = o{n}\n1\tyes\t_\tX\t_\t_\t0\tdep\t_\t_\n\n" for n in range(30))
    return f"# sent_id = s\n{rows}\n{others}"


def test_a_clean_merge_of_words_passes_the_check_afterwards(fresh: Project, run: Shell) -> None:
    branches(
        fresh,
        {"en.conllu": treebank()},
        {"en.conllu": treebank(inserted=True)},
        {"en.conllu": treebank(verb="VERB")},
        track="en.conllu",
        sets="en: {path: en.conllu, format: conllu}",
    )
    git(fresh, "merge", "theirs")
    assert labels(fresh, "en.conllu") == treebank(inserted=True, verb="VERB")
    assert run("hook", "merge-check", "main").err == ""
    git(fresh, "reset", "-q", "--hard", "HEAD^1")
    git(fresh, "merge", "-s", "ours", "theirs")
    assert "lacks label changes of theirs" in run("hook", "merge-check", "main", code=1).err
