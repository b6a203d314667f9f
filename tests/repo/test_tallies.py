"""Counts kept beside the versions they count."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from labelvc.core.tally import Tally
from labelvc.repo.config import LabelSet
from labelvc.repo.pointer import Stored
from labelvc.repo.repository import Repository
from labelvc.repo.tallies import known_tally, remember_tally
from tests.repo.project import Project

HASH = "1" * 32
TRAIN = LabelSet("train", "train.json", "coco")
STORED = Stored(HASH, "md5", False, "dvc", "train.json.dvc")
TALLY = Tally(3, 7, {"RBC": 7, "WBC": 0})


def noted(**changes: object) -> Stored:
    block = {"format": "coco", "samples": 3, "labels": 7, "categories": {"RBC": 7, "WBC": 0}}
    return replace(STORED, meta={"labelvc": {"train": {**block, "md5": HASH, **changes}}})


def test_what_was_counted_is_known(plain: Project):
    repo = Repository.find(plain.path)
    assert known_tally(repo, STORED, TRAIN) is None
    remember_tally(repo, STORED, TRAIN, TALLY)
    assert known_tally(repo, STORED, TRAIN) == TALLY
    assert known_tally(repo, replace(STORED, hash="2" * 32), TRAIN) is None
    assert known_tally(repo, STORED, replace(TRAIN, format="csv")) is None
    assert known_tally(repo, STORED, replace(TRAIN, settings={"label": "x"})) is None
    assert known_tally(repo, STORED, replace(TRAIN, name="other")) == TALLY
    assert known_tally(repo, None, TRAIN) is None


def test_a_fresh_note_in_the_pointer_counts(plain: Project):
    repo = Repository.find(plain.path)
    assert known_tally(repo, noted(), TRAIN) == TALLY
    assert known_tally(repo, noted(md5="2" * 32), TRAIN) is None
    assert known_tally(repo, noted(format="csv"), TRAIN) is None
    assert known_tally(repo, noted(labels="many"), TRAIN) is None
    assert known_tally(repo, noted(categories=None), TRAIN) is None


def test_a_note_made_under_other_settings_does_not_count(plain: Project):
    repo = Repository.find(plain.path)
    one_based = replace(TRAIN, settings={"coords": "one-based"}, key="id")
    assert known_tally(repo, noted(), one_based) is None
    same = noted(settings={"coords": "one-based"}, key="id")
    assert known_tally(repo, same, one_based) == TALLY
    assert known_tally(repo, same, TRAIN) is None


def test_damaged_and_unwritable_counts_are_done_without(plain: Project):
    repo = Repository.find(plain.path)
    remember_tally(repo, STORED, TRAIN, TALLY)
    folder = plain.path / ".git/labelvc/tallies"
    (kept,) = folder.iterdir()
    kept.write_bytes(b"{")
    assert known_tally(repo, STORED, TRAIN) is None
    kept.unlink()
    folder.rmdir()
    folder.write_bytes(b"")
    remember_tally(repo, STORED, TRAIN, TALLY)
    assert known_tally(repo, STORED, TRAIN) is None


def test_linked_worktrees_share_the_counts(plain: Project, tmp_path: Path):
    plain.commit()
    plain.git("worktree", "add", "-q", str(tmp_path / "linked"))
    remember_tally(Repository.find(plain.path), STORED, TRAIN, TALLY)
    assert known_tally(Repository.find(tmp_path / "linked"), STORED, TRAIN) == TALLY
