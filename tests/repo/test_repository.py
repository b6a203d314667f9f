"""Label sets out of real repositories, at any revision and wherever they are stored."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from labelvc.core.errors import NotFound, ParseError, RepositoryError
from labelvc.repo.config import LabelSet
from labelvc.repo.repository import Repository
from tests.repo.project import Project, make_project

FIRST, SECOND = b'{"labels": 1}\n', b'{"labels": 2}\n'
TRAIN = LabelSet("train", "labels/train.json")


@pytest.fixture
def find() -> Iterator[object]:
    """Repository.find, closed after the test."""
    opened: list[Repository] = []

    def found(start: Path) -> Repository:
        opened.append(Repository.find(start))
        return opened[-1]

    yield found
    for repo in opened:
        repo.close()


def read(repo: Repository, label_set: LabelSet, rev: str) -> dict[str, bytes]:
    source = repo.source(label_set, repo.git.commit(rev))
    return {path: blob.read() for path, blob in source.files.items()}


def test_a_file_tracked_by_dvc_is_read_at_every_revision(project: Project, find):
    first, second = project.tracked("labels/train.json", FIRST, SECOND)
    project.write("labels/train.json", b"edited\n")
    repo = find(project.path)

    assert read(repo, TRAIN, first) == {"train.json": FIRST}
    assert read(repo, TRAIN, "HEAD~1") == {"train.json": FIRST}
    assert read(repo, TRAIN, second) == {"train.json": SECOND}
    source, hash = repo.working(TRAIN)
    assert source.only()[1].read() == b"edited\n"
    assert repo.stored(TRAIN, second) == repo.stored(TRAIN, None)
    assert repo.stored(TRAIN, second).hash != hash
    assert repo.stored(LabelSet("val", "labels/val.json"), second) is None


def test_the_working_tree_has_the_hash_that_dvc_gave(project: Project, find):
    (sha,) = project.tracked("labels/train.json", FIRST)
    repo = find(project.path)
    source, hash = repo.working(TRAIN)
    assert hash == repo.stored(TRAIN, sha).hash
    assert source.only()[1].digest == repo.source(TRAIN, sha).only()[1].digest


def test_a_folder_tracked_by_dvc(project: Project, find):
    for name, content in {"a.txt": "0 1\n", "deep/b.txt": "1 1\n", ".hidden": "x"}.items():
        project.write(f"yolo/{name}", content)
    project.track("yolo")
    first = project.commit()
    project.write("yolo/a.txt", "2 2\n")
    repo, yolo = find(project.path), LabelSet("yolo", "yolo")

    before = repo.source(yolo, first)
    after, hash = repo.working(yolo)
    assert before.is_folder and after.is_folder
    assert sorted(before.files) == sorted(after.files) == ["a.txt", "deep/b.txt"]
    assert before.files["deep/b.txt"].digest == after.files["deep/b.txt"].digest
    assert before.files["a.txt"].digest != after.files["a.txt"].digest
    assert hash != repo.stored(yolo, first).hash
    project.track("yolo")
    assert repo.stored(yolo, None).hash == hash


@pytest.mark.parametrize("inner", ["labels/train.json", "labels"])
def test_a_label_set_inside_a_larger_tracked_folder(project: Project, find, inner: str):
    project.write("data/labels/train.json", FIRST)
    project.write("data/images/1.png", b"\x89PNG")
    project.track("data")
    first = project.commit()
    repo, inside = find(project.path), LabelSet("train", f"data/{inner}")

    assert read(repo, inside, first) == {"train.json": FIRST}
    stored = repo.stored(inside, first)
    assert (stored.how, stored.pointer, stored.inner) == ("inside", "data.dvc", inner)
    assert stored.hash == repo.working(inside)[1]
    project.write("data/images/2.png", b"\x89PNG")  # not ours: the labels are as they were
    project.track("data")
    assert repo.stored(inside, None).hash == stored.hash
    assert repo.stored(inside, None).enclosing != stored.enclosing


def test_an_output_of_a_stage_with_a_working_folder_of_its_own(project: Project, find):
    project.write("raw/in.json", FIRST)
    project.write(
        "dvc.yaml",
        """
stages:
  make:
    wdir: work
    cmd: cp ../raw/in.json out.json
    deps: [../raw/in.json]
    outs: [out.json]
  count:
    cmd: wc -c < raw/in.json > counts.txt
    outs: [counts.txt: {cache: false}]
""",
    )
    (project.path / "work").mkdir()
    project.dvc("repro", "-q")
    sha = project.commit()
    repo = find(project.path)

    out = LabelSet("out", "work/out.json")
    assert read(repo, out, sha) == {"out.json": FIRST}
    assert repo.stored(out, sha).how == "stage"
    assert repo.stored(out, sha).hash == repo.working(out)[1]
    counts = LabelSet("counts", "counts.txt")
    assert repo.stored(counts, sha).how == "git"  # cache: false leaves it to Git
    assert read(repo, counts, sha) == {"counts.txt": b"14\n"}


@pytest.mark.parametrize("path", ["labels/train.json", "labels"])
def test_plain_git_files(plain: Project, find, path: str):
    plain.write("labels/train.json", FIRST)
    first = plain.commit()
    plain.write("labels/train.json", SECOND)
    second = plain.commit()
    repo, label_set = find(plain.path), LabelSet("train", path)

    assert read(repo, label_set, first) == {"train.json": FIRST}
    assert read(repo, label_set, second) == {"train.json": SECOND}
    assert repo.stored(label_set, first).hash != repo.stored(label_set, second).hash
    _, hash = repo.working(label_set)
    assert hash == repo.stored(label_set, second).hash == repo.stored(label_set, None).hash
    plain.write("labels/train.json", FIRST)
    assert repo.working(label_set)[1] == repo.stored(label_set, first).hash


def test_a_pointer_beside_another_folder(project: Project, find):
    """`dvc add --file` puts a pointer anywhere, and `wdir` says what its paths are relative to."""
    project.write("labels/train.json", FIRST)
    project.track("labels/train.json")
    pointer = project.read("labels/train.json.dvc").decode()
    (project.path / "labels/train.json.dvc").unlink()
    project.write("pointers/odd.dvc", "# a comment\nwdir: ../labels\nfrozen: true\n" + pointer)
    sha = project.commit()
    repo = find(project.path)
    assert read(repo, TRAIN, sha) == {"train.json": FIRST}
    assert repo.stored(TRAIN, None).pointer == "pointers/odd.dvc"


def test_without_labelvc_yaml_every_dvc_file_is_a_label_set(project: Project, find):
    project.write("train/boxes.json", FIRST)
    project.write("test/boxes.json", FIRST)
    project.write("words.conll", "B-PER\n")
    project.track("train/boxes.json", "test/boxes.json", "words.conll")
    sha = project.commit()
    sets = {one.name: one.path for one in find(project.path).sets(sha)}
    assert sets == {
        "test/boxes.json": "test/boxes.json",
        "train/boxes.json": "train/boxes.json",
        "words": "words.conll",
    }


def test_labelvc_yaml_at_each_revision(project: Project, find):
    project.write("labelvc.yaml", "sets: {a: {path: a.json}}")
    first = project.commit()
    project.write("labelvc.yaml", "sets: {b: {path: b.json, settings: {coords: one-based}}}")
    repo = find(project.path)
    assert [one.name for one in repo.sets(first)] == ["a"]
    assert repo.config(None).by_name("b").settings == {"coords": "one-based"}


def test_unreadable_labelvc_yaml_names_revision_and_line(project: Project, find):
    project.write("labelvc.yaml", "sets:\n  a: {path: [\n")
    sha = project.commit()
    with pytest.raises(ParseError, match=rf"labelvc.yaml at {sha[:8]}: line 3"):
        find(project.path).sets(sha)


def test_from_a_subfolder(project: Project, find):
    (sha,) = project.tracked("labels/deep/train.json", FIRST)
    repo = find(project.path / "labels" / "deep")
    assert repo.root == project.path
    assert read(repo, LabelSet("t", "labels/deep/train.json"), sha) == {"train.json": FIRST}


def test_spaces_and_other_scripts_in_names(project: Project, find):
    name = "étiquettes des images/訓練 データ.json"
    first, second = project.tracked(name, FIRST, SECOND)
    repo = find(project.path)
    (label_set,) = repo.sets(second)
    assert (label_set.name, label_set.path) == ("訓練 データ", name)
    assert read(repo, label_set, first) == {"訓練 データ.json": FIRST}
    assert repo.working(label_set)[1] == repo.stored(label_set, second).hash


def test_a_project_in_a_subfolder(tmp_path: Path, find):
    project = make_project(tmp_path / "mono", root="vision/boxes")
    (sha,) = project.tracked("labels/train.json", FIRST)
    for start in ("vision/boxes/labels", "vision/boxes", ""):
        repo = find(project.path / start)
        assert repo.root == project.path / "vision/boxes"
        assert repo.prefix == "vision/boxes/"
        assert [one.path for one in repo.sets(sha)] == ["labels/train.json"]
        assert read(repo, TRAIN, sha) == {"train.json": FIRST}


def test_two_projects_below_ask_which(tmp_path: Path, find):
    project = make_project(tmp_path / "mono", root="a")
    make_project(tmp_path / "mono", root="b")
    project.commit()
    with pytest.raises(RepositoryError, match=r"several DVC projects: a, b"):
        find(project.path)


def test_a_linked_worktree_uses_the_main_cache(project: Project, find, tmp_path: Path):
    first, second = project.tracked("labels/train.json", FIRST, SECOND)
    project.git("worktree", "add", "-q", str(tmp_path / "other tree"), first)
    repo = find(tmp_path / "other tree" / "labels")
    assert repo.root == tmp_path / "other tree"
    assert repo.scratch != find(project.path).scratch
    assert read(repo, TRAIN, "HEAD") == {"train.json": FIRST}
    assert read(repo, TRAIN, second) == {"train.json": SECOND}


def test_a_linked_worktree_uses_the_main_config_local(project: Project, find, tmp_path: Path):
    project.write(".dvc/config.local", f"[cache]\n    dir = {tmp_path / 'shared cache'}\n")
    first, _ = project.tracked("labels/train.json", FIRST, SECOND)
    project.git("worktree", "add", "-q", str(tmp_path / "other"), first)
    assert not (project.path / ".dvc/cache/files").exists()
    assert read(find(tmp_path / "other"), TRAIN, "HEAD") == {"train.json": FIRST}


def test_a_linked_worktree_fetches_into_the_main_cache(project: Project, find, tmp_path: Path):
    project.remote(tmp_path / "remote", config="config.local")
    first, _ = project.tracked("labels/train.json", FIRST, SECOND)
    with project.dvc_repo() as dvc:
        dvc.push(all_commits=True)
    shutil.rmtree(project.path / ".dvc/cache")
    project.git("worktree", "add", "-q", str(tmp_path / "other"), first)
    assert read(find(tmp_path / "other"), TRAIN, "HEAD") == {"train.json": FIRST}
    assert read(find(project.path), TRAIN, first) == {"train.json": FIRST}
    assert not (tmp_path / "other/.dvc/cache/files").exists()


def test_in_a_submodule(project: Project, find, tmp_path: Path):
    first, _ = project.tracked("labels/train.json", FIRST, SECOND)
    outer = make_project(tmp_path / "outer", dvc=False)
    outer.git("submodule", "add", "-q", str(project.path), "vendor/labels")
    outer.commit()
    inner = outer.path / "vendor/labels"
    shutil.copytree(project.path / ".dvc/cache", inner / ".dvc/cache")
    repo = find(inner / "labels")
    assert repo.root == inner
    assert read(repo, TRAIN, first) == {"train.json": FIRST}
    assert repo.scratch == outer.path / ".git/modules/vendor/labels/labelvc"


@pytest.mark.parametrize("level", ["config", "config.local", "global"])
def test_a_relocated_cache(project: Project, find, tmp_path: Path, level: str):
    folder = Path(os.environ["DVC_GLOBAL_CONFIG_DIR"]) if level == "global" else None
    config = folder / "config" if folder else project.path / ".dvc" / level
    config.parent.mkdir(exist_ok=True)
    config.write_text(f"[cache]\n    dir = {tmp_path / 'a cache'}  # shared\n    shared = group\n")
    first, _ = project.tracked("labels/train.json", FIRST, SECOND)
    assert (tmp_path / "a cache/files/md5").is_dir()
    assert read(find(project.path), TRAIN, first) == {"train.json": FIRST}


def test_a_cache_that_was_elsewhere_at_that_commit(project: Project, find):
    project.write(".dvc/config", "[cache]\n    dir = ../old cache\n")
    (first,) = project.tracked("labels/train.json", FIRST)
    project.write(".dvc/config", "[cache]\n    dir = ../new cache\n")
    project.tracked("labels/train.json", SECOND)
    assert read(find(project.path), TRAIN, first) == {"train.json": FIRST}


@pytest.mark.parametrize("kind", ["symlink", "hardlink", "reflink,copy"])
def test_every_kind_of_link_to_the_cache(project: Project, find, kind: str):
    project.write(".dvc/config", f"[cache]\n    type = {kind!r}\n")
    project.write("yolo/a.txt", "0 1\n")
    project.track("yolo")
    first, _ = project.tracked("labels/train.json", FIRST, SECOND)
    repo, yolo = find(project.path), LabelSet("yolo", "yolo")
    assert read(repo, TRAIN, first) == {"train.json": FIRST}
    for label_set in (TRAIN, yolo):
        assert repo.working(label_set)[1] == repo.stored(label_set, "HEAD").hash


def test_a_link_into_a_cache_that_was_cleaned(project: Project, find):
    project.write(".dvc/config", "[cache]\n    type = symlink\n")
    project.tracked("labels/train.json", FIRST)
    shutil.rmtree(project.path / ".dvc/cache")
    with pytest.raises(NotFound, match="a link to nothing"):
        find(project.path).working(TRAIN)


def dvc2_pointer(content: bytes, md5: str) -> str:
    return f"outs:\n- md5: {md5}\n  size: {len(content)}\n  path: train.json\n"


def test_a_pointer_of_dvc_2_names_the_text_with_unix_line_ends(project: Project, find):
    """DVC 2 left the object as it was and stored it under the hash of the other text."""
    from dvc_data.hashfile.hash import file_md5

    dos = project.write("labels/train.json", b'{"labels":\r\n 1}\r\n')
    md5 = file_md5(str(dos), name="md5-dos2unix")
    project.write(f".dvc/cache/{md5[:2]}/{md5[2:]}", dos.read_bytes())
    project.write("labels/train.json.dvc", dvc2_pointer(dos.read_bytes(), md5))
    project.write("labels/.gitignore", "/train.json\n")
    sha = project.commit()
    repo = find(project.path)
    assert repo.stored(TRAIN, sha).hash_name == "md5-dos2unix"
    assert read(repo, TRAIN, sha) == {"train.json": dos.read_bytes()}
    assert repo.working(TRAIN)[1] == md5
    project.write("labels/train.json", b'{"labels":\n 1}\n')  # to DVC 2 the same
    assert repo.working(TRAIN)[1] == md5
    assert "up to date" in project.dvc("status")


def test_an_import_is_read_from_the_repository_it_came_from(project: Project, find, tmp_path):
    first, _ = project.tracked("labels/train.json", FIRST, SECOND)
    user = make_project(tmp_path / "user")
    user.dvc("import", "-q", str(project.path), "labels/train.json", "-o", "t.json", "--rev", first)
    sha = user.commit()
    repo, imported = find(user.path), LabelSet("t", "t.json")
    assert read(repo, imported, sha) == {"t.json": FIRST}
    assert repo.working(imported)[1] == repo.stored(imported, sha).hash
    shutil.rmtree(user.path / ".dvc/cache")
    repo = find(user.path)
    assert read(repo, imported, sha) == {"t.json": FIRST}


def test_only_the_needed_files_are_fetched(project: Project, find, tmp_path: Path):
    project.remote(tmp_path / "the remote")
    for number in range(5):
        project.write(f"yolo/{number}.txt", f"{number}\n")
    project.track("yolo")
    first = project.commit()
    project.write("yolo/3.txt", "changed\n")
    project.track("yolo")
    second = project.commit()
    project.dvc("push", "-q", "--all-commits")
    shutil.rmtree(project.path / ".dvc/cache")
    repo, yolo = find(project.path), LabelSet("yolo", "yolo")

    before, after = repo.source(yolo, first), repo.source(yolo, second)
    repo.prefetch(before, after)
    cached = [path for path in (project.path / ".dvc/cache/files/md5").rglob("*") if path.is_file()]
    assert len(cached) == 4  # two listings and two files
    assert before.files["3.txt"].read() == b"3\n"
    assert after.files["3.txt"].read() == b"changed\n"
    assert before.files["0.txt"].read() == b"0\n"  # one more, as it is asked for


def test_a_remote_named_by_the_pointer(project: Project, find, tmp_path: Path):
    project.remote(tmp_path / "elsewhere", default=False)
    project.write("labels/train.json", FIRST)
    project.track("labels/train.json")
    pointer = project.read("labels/train.json.dvc").decode()
    project.write("labels/train.json.dvc", pointer + "  remote: origin\n")
    sha = project.commit()
    project.dvc("push", "-q")
    shutil.rmtree(project.path / ".dvc/cache")
    assert read(find(project.path), TRAIN, sha) == {"train.json": FIRST}


def test_a_missing_object_says_where_it_was_looked_for(project: Project, find, tmp_path: Path):
    (sha,) = project.tracked("labels/train.json", FIRST)
    shutil.rmtree(project.path / ".dvc/cache")
    repo = find(project.path)
    hash = repo.stored(TRAIN, sha).hash
    with pytest.raises(NotFound) as caught:
        read(repo, TRAIN, sha)
    said = str(caught.value)
    assert f"label set train at {sha[:8]}" in said and hash in said
    assert str(project.path / ".dvc/cache") in said and "no DVC remote is set" in said
    assert "dvc fetch --all-commits labels/train.json" in said and "dvc pull" in said

    project.remote(tmp_path / "empty remote")
    with pytest.raises(NotFound, match="nor on the DVC remote"):
        read(find(project.path), TRAIN, sha)


def test_a_lock_that_another_dvc_holds_is_named(project: Project, find, tmp_path: Path):
    project.remote(tmp_path / "remote")
    (sha,) = project.tracked("labels/train.json", FIRST)
    shutil.rmtree(project.path / ".dvc/cache")
    lock = project.path / ".dvc/tmp/lock"
    script = (
        "import sys, zc.lockfile\n"
        f"held = zc.lockfile.LockFile({str(lock)!r})\nprint(flush=True)\nsys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        other.stdout.readline()
        with pytest.raises(RepositoryError) as caught:
            read(find(project.path), TRAIN, sha)
        other.communicate()
    assert f"({other.pid}) holds {lock}" in str(caught.value)
    assert "Wait" in str(caught.value)


def test_a_damaged_dvc_config_is_named_with_its_line(project: Project, find):
    (sha,) = project.tracked("labels/train.json", FIRST)
    project.write(".dvc/config", "[core]\n[cache\n dir = /x\n")
    with pytest.raises(RepositoryError, match=r"\.dvc/config: not a DVC configuration.*line 2"):
        read(find(project.path), TRAIN, sha)


@pytest.mark.parametrize("path", ["../../etc/passwd", "a/../../../etc/passwd"])
def test_a_pointer_that_leaves_the_project_is_refused(project: Project, find, path: str):
    project.write("labels/train.json.dvc", f"outs:\n- md5: {'0' * 32}\n  path: {path}\n")
    sha = project.commit()
    with pytest.raises(ParseError, match=r"train.json.dvc: outs: expected a path inside"):
        find(project.path).stored(TRAIN, sha)


def test_a_listing_that_leaves_its_folder_is_refused(project: Project, find):
    listing = json.dumps([{"md5": "0" * 32, "relpath": "../../etc/passwd"}])
    hash = "11" + "2" * 30 + ".dir"
    project.write(f".dvc/cache/files/md5/11/{hash[2:]}", listing)
    project.write("yolo.dvc", f"outs:\n- md5: {hash}\n  hash: md5\n  path: yolo\n")
    sha = project.commit()
    with pytest.raises(ParseError, match=r"expected a path inside the folder, found '../../etc"):
        list(find(project.path).source(LabelSet("yolo", "yolo"), sha).files)


def test_a_hash_that_is_a_path_is_not_followed(project: Project, find):
    secret = project.write("secret", "s")
    pointer = "outs:\n- md5: ../../../../secret\n  hash: md5\n  path: train.json\n"
    project.write("labels/train.json.dvc", pointer)
    sha = project.commit()
    assert secret.exists()
    with pytest.raises(NotFound, match="is neither in the cache"):
        read(find(project.path), TRAIN, sha)


def test_absolute_and_cloud_outputs_are_no_label_sets(project: Project, find):
    outs = "outs:\n- {md5: '1', path: /etc/passwd}\n- {etag: '1', path: 's3://bucket/x'}\n"
    project.write("odd.dvc", outs)
    assert find(project.path).sets(project.commit()) == ()


def test_conflict_marks_in_a_pointer(project: Project, find):
    project.write("labels/train.json.dvc", "outs:\n<<<<<<< ours\n- md5: 1\n=======\n>>>>>>> x\n")
    with pytest.raises(ParseError, match="found conflict marks of Git"):
        find(project.path).stored(TRAIN, None)


def test_dvcignore_counts(project: Project, find):
    project.write(".dvcignore", "# ours\n*.bak\nyolo/skip/\n")
    for name in ("a.txt", "b.bak", "skip/c.txt", "deep/d.txt"):
        project.write(f"yolo/{name}", name)
    project.track("yolo")
    sha = project.commit()
    repo, yolo = find(project.path), LabelSet("yolo", "yolo")
    source, hash = repo.working(yolo)
    assert hash == repo.stored(yolo, sha).hash
    assert sorted(source.files) == ["a.txt", "deep/d.txt"]


def test_a_missing_label_file(project: Project, find):
    (sha,) = project.tracked("labels/train.json", FIRST)
    (project.path / "labels/train.json").unlink()
    repo = find(project.path)
    with pytest.raises(NotFound, match=r"labels/train.json: No such file.*\n.*dvc checkout"):
        repo.working(TRAIN)
    with pytest.raises(NotFound, match=f"label set val: val.json is not there at {sha[:8]}"):
        repo.source(LabelSet("val", "val.json"), sha)


def test_nothing_changed_needs_no_dvc_and_few_processes(project: Project):
    """What `labelvc diff` without changes stands on: no dvc, no polars, at most 6 processes."""
    project.tracked("labels/train.json", FIRST, SECOND)
    script = """
import subprocess, sys
started = []
plain = subprocess.Popen.__init__
def counted(self, *args, **kwargs):
    started.append(args)
    plain(self, *args, **kwargs)
subprocess.Popen.__init__ = counted
from labelvc.repo.repository import Repository
repo = Repository.find()
head = repo.git.commit("HEAD")
for one in repo.sets(None):
    assert repo.stored(one, head).hash == repo.working(one)[1]
repo.close()
print(len(started), *{name.partition(".")[0] for name in sys.modules})
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=project.path, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    started, *modules = done.stdout.decode().split()
    assert int(started) <= 6
    assert not {"dvc", "dvc_data", "polars", "pandas", "pyarrow", "ruamel"} & set(modules)


def test_an_imported_folder_whose_objects_are_nowhere_near(project: Project, find, tmp_path: Path):
    project.write("yolo/a.txt", "0 1\n")
    project.write("yolo/deep/b.txt", "1 1\n")
    project.track("yolo")
    project.commit()
    user = make_project(tmp_path / "user")
    user.dvc("import", "-q", str(project.path), "yolo")
    sha = user.commit()
    shutil.rmtree(user.path / ".dvc/cache")
    files = read(find(user.path), LabelSet("yolo", "yolo"), sha)
    assert files == {"a.txt": b"0 1\n", "deep/b.txt": b"1 1\n"}


def test_a_folder_whose_pointer_lists_its_files(project: Project, find):
    """Remotes with versions of their own (cloud versioning): no listing object is stored."""
    project.write("yolo/a.txt", "0 1\n")
    project.track("yolo")
    hash = project.read("yolo.dvc").decode().split("md5: ")[1].splitlines()[0]
    (entry,) = json.loads(project.read(f".dvc/cache/files/md5/{hash[:2]}/{hash[2:]}"))
    listed = f"  files:\n  - {{relpath: a.txt, md5: {entry['md5']}, version_id: x1}}\n"
    project.write("yolo.dvc", f"outs:\n- path: yolo\n  hash: md5\n{listed}")
    sha = project.commit()
    repo, yolo = find(project.path), LabelSet("yolo", "yolo")
    assert read(repo, yolo, sha) == {"a.txt": b"0 1\n"}
    assert repo.stored(yolo, sha).hash == repo.working(yolo)[1] == hash


def test_an_empty_folder_is_there(project: Project, find):
    (project.path / "yolo").mkdir()
    project.track("yolo")
    sha = project.commit()
    repo, yolo = find(project.path), LabelSet("yolo", "yolo")
    source = repo.source(yolo, sha)
    assert source.is_folder and dict(source.files) == {}
    assert repo.working(yolo)[1] == repo.stored(yolo, sha).hash


def test_a_pointer_of_git_lfs_is_told_apart(plain: Project, find):
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n"
    plain.write("labels/train.json", pointer)
    sha = plain.commit()
    with pytest.raises(NotFound, match=r"only a pointer of Git LFS"):
        read(find(plain.path), TRAIN, sha)


def test_names_that_look_like_git_s_own_words(plain: Project, find):
    """`:1:x` and `:x` mean something to Git."""
    for name in ("1:x.json", ":x.json", "HEAD"):
        plain.write(name, FIRST)
    sha = plain.commit()
    repo = find(plain.path)
    for name in ("1:x.json", ":x.json", "HEAD"):
        label_set = LabelSet("odd", name)
        assert read(repo, label_set, sha) == {name: FIRST}
        assert repo.working(label_set)[1] == repo.stored(label_set, None).hash


def test_equal_pointers_need_no_listing(project: Project, find):
    project.write("yolo/a.txt", "0 1\n")
    project.track("yolo")
    first, second = project.commit(), project.commit()
    shutil.rmtree(project.path / ".dvc/cache")
    repo, yolo = find(project.path), LabelSet("yolo", "yolo")
    sources = [repo.source(yolo, sha) for sha in (first, second)]
    assert repo.stored(yolo, first).same_content(repo.stored(yolo, second))
    with pytest.raises(NotFound, match=r"yolo at .*\.dir is neither in the cache"):
        repo.prefetch(*sources)


def test_an_import_in_a_subfolder_project_and_a_linked_worktree(
    project: Project, find, tmp_path: Path
):
    first, _ = project.tracked("labels/train.json", FIRST, SECOND)
    user = make_project(tmp_path / "user", root="sub dir")
    user.dvc("import", "-q", str(project.path), "labels/train.json", "-o", "t.json", "--rev", first)
    sha = user.commit()
    shutil.rmtree(user.path / "sub dir/.dvc/cache")
    imported = LabelSet("t", "t.json")
    assert read(find(user.path / "sub dir"), imported, sha) == {"t.json": FIRST}
    user.git("worktree", "add", "-q", str(tmp_path / "linked"))
    shutil.rmtree(user.path / "sub dir/.dvc/cache", ignore_errors=True)
    assert read(find(tmp_path / "linked/sub dir"), imported, sha) == {"t.json": FIRST}
