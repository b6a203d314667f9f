"""Plain `git diff`, `git show` and `git log -p` on pointers tell which labels changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from labelvc.formats.source import MemoryBlob, Source
from labelvc.repo import label_lines
from labelvc.repo.config import LabelSet
from labelvc.repo.label_lines import label_lines as lines_of
from labelvc.repo.repository import Repository
from labelvc.repo.textconv import render
from tests.repo.hooked import EDITED, build, copy, git
from tests.repo.project import Project, make_project

TRAIN = "labels/train.json"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return build(tmp_path_factory.mktemp("hooked") / "built")


def changed(said: str) -> list[str]:
    """The lines of a diff about labels that were taken out or put in."""
    return [line for line in said.splitlines() if line[:1] in "+-" and "  box  " in line]


def test_git_shows_the_relabelled_line(built: Project) -> None:
    expected = ["-a.jpg  box  cat  1 2 30 20", "+a.jpg  box  dog  1 2 30 20"]
    pointer = f"{TRAIN}.dvc"
    assert changed(git(built, "diff", "main", "trained", "--", pointer)) == expected
    assert changed(git(built, "show", "trained", "--", pointer)) == expected
    assert changed(git(built, "log", "-p", "-1", "trained", "--", pointer)) == expected
    assert "-- md5:" in git(built, "diff", "main", "trained", "--", pointer)
    assert changed(git(built, "diff", "--no-textconv", "main", "trained")) == []


def test_git_diff_shows_a_dirty_pointer_and_a_folder(built: Project, tmp_path: Path) -> None:
    project = copy(built, tmp_path / "project")
    git(project, "checkout", "rival", "--", "labels/boxes.dvc")
    project.git("reset", "-q")
    said = git(project, "diff", "labels/boxes.dvc")
    assert changed(said) == [f"+{image}  box  cat  0.45 0.45 0.1 0.1" for image in (1, 2)]


def test_without_labelvc_the_pointer_itself_is_shown(built: Project, tmp_path: Path) -> None:
    project = copy(built, tmp_path / "project")
    project.git("config", "labelvc.program", str(tmp_path / "gone"))
    said = git(project, "diff", "main", "trained", "--", f"{TRAIN}.dvc")
    assert "+- md5: " in said and "command not found" not in said and "gone" not in said


def test_what_cannot_be_read_is_said_in_a_line(built: Project, tmp_path: Path) -> None:
    project = copy(built, tmp_path / "project")
    repo = Repository.find(project.path)
    pointer = project.path / f"{TRAIN}.dvc"
    own = pointer.read_text()
    md5 = own.partition("md5: ")[2][:32]
    stored = project.path / ".dvc/cache/files/md5" / md5[:2] / md5[2:]
    stored.chmod(0o644)
    stored.write_text("{broken")
    said = render(pointer, repo)
    assert said.startswith(own) and said.count("\n# labels: labels/train.json: ") == 1
    stored.unlink()
    assert render(pointer, repo).endswith(
        "# labels: not in the DVC cache (`dvc fetch` brings them)\n"
    )
    assert render(project.write("x.dvc", "<<<<<<< HEAD\nouts: [\n"), repo).startswith(
        "<<<<<<< HEAD\n"
    )
    images = "outs:\n- md5: 0123456789abcdef0123456789abcdef.dir\n  path: images\n"
    assert render(project.write("images.dvc", images), repo) == images
    assert render(project.write("empty.dvc", ""), repo) == "\n"


def test_label_sets_inside_a_larger_folder(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project")
    project.write("labelvc.yaml", "sets: {t: {path: data/labels/t.json, format: coco}}\n")
    project.write("data/labels/t.json", EDITED)
    project.write("data/a.jpg", b"not looked at")
    project.track("data")
    said = render(project.path / "data.dvc", Repository.find(project.path))
    assert said.endswith("# labels of t\na.jpg  box  dog  0 2 30 20\n")


def test_the_pointer_tells_which_of_two_sets_of_one_name(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project")
    project.write(
        "labelvc.yaml",
        "sets:\n  a: {path: a/t.json, format: yolo}\n  b: {path: b/t.json, format: coco}\n",
    )
    project.write("b/t.json", EDITED)
    project.track("b/t.json")
    pointer = project.path / "b/t.json.dvc"
    pointer.write_text(pointer.read_text() + "meta:\n  labelvc:\n    b: {labels: 1}\n")
    said = render(pointer, Repository.find(project.path))
    assert "# labels of b\n" in said and "# labels of a" not in said


def table(text: str) -> Source:
    return Source("t.csv", {"t.csv": MemoryBlob(text.encode())}, is_folder=False)


def test_hostile_names_are_escaped() -> None:
    lines = lines_of(
        table("image,label\na\x1b[31m.jpg,cat\u202e\n"), LabelSet("t", "t.csv", "table")
    )
    assert lines == ["a\\x1b[31m.jpg  class  cat\\u202e"]


def test_many_labels_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label_lines, "LIMIT", 2)
    lines = lines_of(table("image,label\na,cat\nb,cat\nc,dog\n"), LabelSet("t", "t.csv", "table"))
    assert lines[0].startswith("# 3 labels: too many for lines, `labelvc diff`")
    assert lines[1:] == ["cat: 2", "dog: 1"]
