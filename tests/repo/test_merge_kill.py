"""A merge is killed at every write and at many instants: one can always go back, or on."""

from __future__ import annotations

import hashlib
import json
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.shell import coco
from tests.repo.killing import Ended, Kill, at_instant, at_write, copied, run, state_of
from tests.repo.project import apart, make_project

BASE = {"a.jpg": ["cat", "dog"], "b.jpg": ["cat"], "z.jpg": ["cow"]}
OURS = {"a.jpg": ["dog", "cat"], "b.jpg": ["cat"], "z.jpg": ["cow"]}
THEIRS = {"a.jpg": ["cow", "dog"], "b.jpg": ["dog"], "z.jpg": ["cow"]}
FILE = "labels/train.json"
INSTANTS = 67  # in each of three tests
LONGEST = 400


@dataclass(frozen=True)
class Merges:
    """Working trees before a merge, with its conflict open, and with the conflict settled."""

    before: Path
    open: Path
    settled: Path
    work: Path  # each of them is put here to be tried
    ours: bytes
    outcome: bytes

    def at(self, stage: Path) -> Path:
        """The stage in the place where it can be worked with."""
        copied(stage, self.work)
        git(self.work, "status", "--porcelain")  # the copies are other files to Git's index
        return self.work


def git(at: Path, *arguments: str, code: int = 0) -> str:
    done = subprocess.run(["git", *arguments], cwd=at, capture_output=True, text=True)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def labelvc(at: Path, *arguments: str, code: int | None = 0) -> Ended:
    ended = run(at, *arguments)
    assert "Traceback" not in ended.told and ended.code != 3, ended.told
    assert code is None or ended.code == code, ended.told
    return ended


@pytest.fixture(scope="module")
def merges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Merges]:
    folder = tmp_path_factory.mktemp("killed")
    with apart(folder / "surroundings"):
        project = make_project(folder / "work")
        at = project.path
        project.write(FILE, coco(BASE))
        for words in (["init"], ["add", FILE], ["commit", "-m", "First"]):
            labelvc(at, *words, "--quiet")
        project.commit("Set up")
        git(at, "checkout", "-q", "-b", "side")
        project.write(FILE, coco(THEIRS))
        labelvc(at, "commit", "-m", "Theirs", "--quiet")
        git(at, "checkout", "-q", "main")
        labelvc(at, "status")
        project.write(FILE, coco(OURS))
        labelvc(at, "commit", "-m", "Ours", "--quiet")
        ours = project.read(FILE)
        before = copied(at, folder / "before")
        git(at, "merge", "side", code=1)
        labelvc(at, "status")
        opened = copied(at, folder / "open")
        labelvc(at, "resolve", "--all", "--with", "theirs")
        settled = copied(at, folder / "settled")
        labelvc(at, "merge", "--continue")
        outcome = project.read(FILE)
        names = [box["category_id"] for box in json.loads(outcome)["annotations"]]
        assert names == [1, 0, 2, 1] and b"cow" in outcome
        yield Merges(before, opened, settled, at, ours, outcome)


def assert_objects_are_whole(at: Path, stage: Path) -> None:
    """No object is damaged, and those of base, ours and theirs are all there."""
    cache = at / ".dvc/cache/files/md5"
    there = {
        path.parent.name + path.name: path
        for path in cache.glob("*/*")
        if not path.name.startswith(".") and len(path.name) >= 30
    }
    for name, path in there.items():
        assert hashlib.md5(path.read_bytes()).hexdigest() == name.removesuffix(".dir")
    before = {path.parent.name + path.name for path in (stage / ".dvc/cache/files/md5").glob("*/*")}
    assert before <= there.keys()


def left_to_commit(at: Path) -> list[str]:
    """What `git status` tells, but for new pointers that were never renamed into place."""
    lines = git(at, "status", "--porcelain").splitlines()
    return [line for line in lines if not re.search(r"^\?\? .*/\..*\.dvc\.\w{8}$|\.tmp$", line)]


def assert_one_can_leave(at: Path, merges: Merges) -> None:
    labelvc(at, "merge", "--abort")
    assert (at / FILE).read_bytes() == merges.ours
    assert left_to_commit(at) == []
    assert "train" in labelvc(at, "status").told
    assert labelvc(at, "conflicts").told.startswith("no conflicts")


def assert_one_can_go_on(at: Path, merges: Merges) -> None:
    if (at / ".git/MERGE_HEAD").exists():
        ended = labelvc(at, "merge", "--continue", code=None)
        if ended.code:  # it has first merged what Git left in conflict
            assert "open" in ended.told
            labelvc(at, "resolve", "--all", "--with", "theirs")
            labelvc(at, "merge", "--continue")
    assert (at / FILE).read_bytes() == merges.outcome
    assert left_to_commit(at) == []
    assert len(git(at, "rev-list", "--parents", "-1", "HEAD").split()) == 3
    labelvc(at, "diff", "--exit-code")


def kills(attempt: Callable[[Kill | None], Ended]) -> Iterator[str]:
    """Make the attempt with a kill at each write until it ends by itself, then at instants."""
    for number in range(1, LONGEST):
        if attempt(at_write(number)).code is not None:
            break
        yield f"at write {number}"
    else:
        pytest.fail("it never ends")
    chance = random.Random(number)
    for _ in range(INSTANTS):
        seconds = chance.uniform(0.001, 0.4)
        if attempt(at_instant(seconds)).code is None:
            yield f"after {seconds:.3f} s"


def each_state(
    merges: Merges, stage: Path, attempt: Callable[[Kill | None], Ended]
) -> Iterator[tuple[str, Path]]:
    """What kills leave behind, told apart by what is on the disk."""

    def tried(kill: Kill | None) -> Ended:
        merges.at(stage)
        return attempt(kill)

    seen: set[str] = set()
    for when in kills(tried):
        assert_objects_are_whole(merges.work, stage)
        state = state_of(merges.work)
        if state not in seen:
            seen.add(state)
            yield when, copied(merges.work, merges.work.parent / "left")
    assert len(seen) > 1


def try_both_ways(merges: Merges, left: Path) -> None:
    at = merges.at(left)
    assert "train" in labelvc(at, "status").told
    labelvc(at, "conflicts")
    is_merging = (at / ".git/MERGE_HEAD").exists()
    assert_one_can_go_on(at, merges)
    if is_merging:
        assert_one_can_leave(merges.at(left), merges)


def test_killed_while_conflicts_are_settled(merges: Merges) -> None:
    words = ("resolve", "--all", "--with", "theirs")
    attempt = each_state(merges, merges.open, lambda kill: run(merges.work, *words, kill=kill))
    for when, left in attempt:
        print(when)  # shown where it fails
        if (left / FILE).exists():  # DVC takes it away for the blink of an eye
            known = ((merges.open / FILE).read_bytes(), merges.outcome)
            assert (left / FILE).read_bytes() in known
        try_both_ways(merges, left)


def test_killed_while_the_merge_is_finished(merges: Merges) -> None:
    words = ("merge", "--continue")
    attempt = each_state(merges, merges.settled, lambda kill: run(merges.work, *words, kill=kill))
    for when, left in attempt:
        print(when)
        try_both_ways(merges, left)


def test_a_killed_driver(merges: Merges, tmp_path: Path) -> None:
    """Git takes the killed driver for one that could not merge, and leaves its own marks."""
    dead = tmp_path / "dead"
    dead.write_text("#!/bin/sh\nkill -9 $$\n")
    dead.chmod(0o755)
    alive = Path(sys.executable).with_name("labelvc")
    revisions = ("main~1", "main", "side")

    def driven(kill: Kill | None) -> Ended:
        files = []
        for number, revision in enumerate(revisions):
            name = f".merge_file_{number}"
            (merges.work / name).write_text(git(merges.work, "show", f"{revision}:{FILE}.dvc"))
            files.append(name)
        ended = run(merges.work, "merge-driver", *files, "7", f"{FILE}.dvc", kill=kill)
        for name in files:
            (merges.work / name).unlink(missing_ok=True)
        return ended

    for when, left in each_state(merges, merges.before, driven):
        print(when)
        git(left, "config", "labelvc.program", str(dead))
        git(left, "merge", "side", code=1)
        git(left, "config", "labelvc.program", str(alive))
        assert b"<<<<<<<" in (left / f"{FILE}.dvc").read_bytes()
        assert (left / FILE).read_bytes() == merges.ours
        try_both_ways(merges, left)
