"""Label sets are rewritten whole or not at all, whatever is killed in between."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from labelvc.core.errors import LossError, RepositoryError
from labelvc.core.snapshot import Snapshot
from labelvc.repo.config import LabelSet
from labelvc.repo.replacing import finish_rewriting
from labelvc.repo.repository import Repository
from labelvc.repo.rewriting import rewrite
from tests.data import ROOT
from tests.repo.project import Project

PETS = LabelSet("pets", "pets", "yolo")
FILES = {
    "data.yaml": "names: [cat, dog]  # ours\n",
    "labels/a.txt": "0 0.5 0.5 0.2 0.2\n1 .5 .5 .1 .1\n",
    "labels/b.txt": "0 .50 0.5 0.1 0.1\n",
    "labels/c.txt": "1 0.5 0.5 0.3 0.3\n",
    "images/a.jpg": "no image, and nobody looks",
}
EDITED = {
    **{name: FILES[name] for name in ("data.yaml", "images/a.jpg", "labels/b.txt")},
    "labels/a.txt": "1 0.5 0.5 0.2 0.2\n1 .5 .5 .1 .1\n",
    "labels/d.txt": "1 0.500000 0.500000 0.300000 0.300000\n",
}


def edit(snapshot: Snapshot) -> Snapshot:
    """The first label of a is a dog, and c is called d."""
    first = pl.int_range(pl.len()) == 0
    renamed = pl.col("sample").replace({"c": "d"})
    labels = snapshot.labels.with_columns(
        renamed,
        category=pl.when(first).then(pl.lit("dog")).otherwise("category"),
        record=pl.when(renamed != "d").then("record"),
    )
    path = pl.col("path").replace({"c": "d"})
    return replace(snapshot, labels=labels, samples=snapshot.samples.with_columns(renamed, path))


@pytest.fixture
def pets(project: Project) -> Project:
    for name, content in FILES.items():
        project.write(f"pets/{name}", content)
    project.write("labelvc.yaml", "sets: {pets: {path: pets, format: yolo}}\n")
    return project


def held(project: Project) -> dict[str, str]:
    home = project.path / "pets"
    files = (path for path in home.rglob("*") if path.is_file())
    return {path.relative_to(home).as_posix(): path.read_text() for path in files}


def journal(project: Project) -> Path:
    return project.path / ".git/labelvc/rewriting"


def test_only_what_changes_is_written(pets: Project):
    repo = Repository.find(pets.path)
    inodes = {name: (pets.path / "pets" / name).stat().st_ino for name in FILES}
    (pets.path / "pets/images/a.jpg").chmod(0)  # media are not read
    paths = rewrite(repo, PETS, edit)
    (pets.path / "pets/images/a.jpg").chmod(0o644)
    assert paths == ["pets/labels/a.txt", "pets/labels/c.txt", "pets/labels/d.txt"]
    assert held(pets) == EDITED
    for name in ("data.yaml", "labels/b.txt", "images/a.jpg"):
        assert (pets.path / "pets" / name).stat().st_ino == inodes[name]
    assert not journal(pets).exists()
    assert rewrite(repo, PETS, lambda snapshot: snapshot) == []


def killed(monkeypatch: pytest.MonkeyPatch, nth: int, call: Callable[[], object]) -> bool:
    """Whether it came to the nth of the system calls that change files; it ends there."""
    with monkeypatch.context() as patch:
        calls = 0

        def counted(original: Callable[..., object]) -> Callable[..., object]:
            def ending(*args: object, **kwargs: object) -> object:
                nonlocal calls
                if "lock" in str(args[0]):  # this process lives on, and would wait for itself
                    return original(*args, **kwargs)
                calls += 1
                if calls == nth:
                    raise KeyboardInterrupt
                return original(*args, **kwargs)

            return ending

        for name in ("replace", "unlink", "fsync"):
            patch.setattr(os, name, counted(getattr(os, name)))
        try:
            call()
        except KeyboardInterrupt:
            return True
    return False


def test_ended_at_any_step_it_is_all_or_nothing(pets: Project, monkeypatch: pytest.MonkeyPatch):
    repo, ends = Repository.find(pets.path), set()
    for nth in range(1, 200):
        if not killed(monkeypatch, nth, lambda: rewrite(repo, PETS, edit)):
            break
        told = finish_rewriting(repo)
        now = held(pets)
        assert now in (FILES, EDITED), nth
        assert not told or now == EDITED
        assert not finish_rewriting(repo)
        ends.add(json.dumps(now, sort_keys=True))
        for name in EDITED.keys() - FILES.keys():
            (pets.path / "pets" / name).unlink(missing_ok=True)
        for name, content in FILES.items():
            pets.write(f"pets/{name}", content)
    assert nth > 15 and len(ends) == 2


def test_completing_can_be_killed_too(pets: Project, monkeypatch: pytest.MonkeyPatch):
    repo = Repository.find(pets.path)
    steps = next(n for n in range(1, 200) if not_begun(pets, monkeypatch, repo, n))
    assert (journal(pets) / "list.json").exists()
    for nth in range(1, 100):
        if not killed(monkeypatch, nth, lambda: finish_rewriting(repo)):
            break
    assert held(pets) == EDITED and steps > 3
    assert not journal(pets).exists()


def not_begun(pets: Project, monkeypatch: pytest.MonkeyPatch, repo: Repository, nth: int) -> bool:
    """Whether it ended with all written into the journal, and no file replaced."""
    killed(monkeypatch, nth, lambda: rewrite(repo, PETS, edit))
    return (journal(pets) / "list.json").exists()


def test_a_killed_process_is_completed_by_the_next(pets: Project):
    script = textwrap.dedent("""
        import os, signal, sys
        from tests.repo.test_rewriting import PETS, edit
        from labelvc.repo import replacing
        from labelvc.repo.repository import Repository
        from labelvc.repo.rewriting import rewrite

        def dying(*args):
            os.kill(os.getpid(), signal.SIGKILL)

        replacing._write = dying
        rewrite(Repository.find(), PETS, edit)
    """)
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=pets.path, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert done.returncode == -signal.SIGKILL
    assert held(pets) == FILES
    (told,) = finish_rewriting(Repository.find(pets.path))
    assert told == (
        "completed a rewriting that was interrupted: pets/labels/a.txt, pets/labels/c.txt, "
        "pets/labels/d.txt"
    )
    assert held(pets) == EDITED


def test_what_was_edited_since_is_not_written_over(pets: Project, monkeypatch: pytest.MonkeyPatch):
    repo = Repository.find(pets.path)
    next(n for n in range(1, 200) if not_begun(pets, monkeypatch, repo, n))
    pets.write("pets/labels/a.txt", "0 0.1 0.1 0.1 0.1\n")
    with pytest.raises(RepositoryError, match=r"pets/labels/a\.txt was changed since") as caught:
        finish_rewriting(repo)
    assert caught.value.hint and str(journal(pets)) in caught.value.hint
    assert pets.read("pets/labels/a.txt") == b"0 0.1 0.1 0.1 0.1\n"


def test_what_changes_while_it_is_read_is_not_written_over(pets: Project):
    def meanwhile(snapshot: Snapshot) -> Snapshot:
        pets.write("pets/labels/a.txt", "")
        return edit(snapshot)

    with pytest.raises(RepositoryError, match="pets was changed while it was being read"):
        rewrite(Repository.find(pets.path), PETS, meanwhile)
    pets.write("pets/labels/a.txt", FILES["labels/a.txt"])
    assert held(pets) == FILES


def test_a_file_in_the_way_is_not_written_over(pets: Project):
    pets.write(".dvcignore", "d.txt\n")
    pets.write("pets/labels/d.txt", "kept by hand")
    with pytest.raises(RepositoryError, match=r"d\.txt was changed"):
        rewrite(Repository.find(pets.path), PETS, edit)
    assert pets.read("pets/labels/d.txt") == b"kept by hand"


def test_what_a_format_cannot_hold_is_refused_and_nothing_written(pets: Project):
    def lossy(column: str, value: object) -> Callable[[Snapshot], Snapshot]:
        return lambda s: s.with_labels(s.labels.with_columns(pl.lit(value).alias(column)))

    def sized(snapshot: Snapshot) -> Snapshot:
        return replace(snapshot, samples=snapshot.samples.with_columns(path=pl.lit("x")))

    repo = Repository.find(pets.path)
    for refused in (lossy("text", "why"), lossy("annotator", "ann"), sized):
        with pytest.raises(LossError):
            rewrite(repo, PETS, refused)
    assert held(pets) == FILES and not journal(pets).exists()


@pytest.mark.parametrize("link", ["hardlink", "symlink"])
def test_links_into_the_cache_are_never_written_through(project: Project, link: str):
    project.write(".dvc/config.local", f"[cache]\n    type = {link}\n")
    content = {
        "images": [{"id": 1, "file_name": "a.jpg"}],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}],
    }
    project.write("train.json", content)
    project.track("train.json")
    file = project.path / "train.json"
    assert file.is_symlink() if link == "symlink" else file.stat().st_nlink > 1
    (stored,) = (path for path in (project.path / ".dvc/cache/files").rglob("*") if path.is_file())
    before = stored.read_bytes()
    dogs = pl.lit("dog").alias("category")
    rewrite(
        Repository.find(project.path),
        LabelSet("train", "train.json", "coco"),
        lambda s: s.with_labels(s.labels.with_columns(dogs)),
    )
    assert stored.read_bytes() == before
    assert not file.is_symlink() and os.access(file, os.W_OK) and file.stat().st_nlink == 1
    assert json.loads(file.read_text())["annotations"][0]["category_id"] == 2


def test_a_class_list_outside_of_the_folder_is_read_and_left_alone(project: Project):
    project.write("data.yaml", "names: [cat, dog]\n")
    project.write("labels/a.txt", "0 0.5 0.5 0.2 0.2\n")
    declared = LabelSet("pets", "labels", "yolo", settings={"names": "../data.yaml"})
    dogs = pl.lit("dog").alias("category")
    repo = Repository.find(project.path)
    paths = rewrite(repo, declared, lambda s: s.with_labels(s.labels.with_columns(dogs)))
    assert paths == ["labels/a.txt"]
    assert project.read("labels/a.txt") == b"1 0.5 0.5 0.2 0.2\n"


def test_a_folder_that_leads_out_of_the_project_is_not_written_into(pets: Project, tmp_path: Path):
    (pets.path / "pets").rename(tmp_path / "elsewhere")
    (pets.path / "pets").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RepositoryError, match="outside of it"):
        rewrite(Repository.find(pets.path), PETS, edit)
    assert held(pets) == FILES


def test_an_image_folder_moves_its_media(project: Project):
    for name in ("cat/1.jpg", "cat/2.jpg", "dog/3.jpg"):
        project.write(f"pets/{name}", f"medium {name}")
    declared = LabelSet("pets", "pets", "imagefolder")
    first = pl.col("sample").str.contains("1")
    dog = pl.when(first).then(pl.lit("dog")).otherwise("category").alias("category")
    repo = Repository.find(project.path)
    paths = rewrite(repo, declared, lambda s: s.with_labels(s.labels.with_columns(dog)))
    assert paths == ["pets/cat/1.jpg", "pets/dog/1.jpg"]
    assert project.read("pets/dog/1.jpg") == b"medium cat/1.jpg"
