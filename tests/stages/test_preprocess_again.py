"""The second run: only what changed is done again, and nothing of that shows in the files."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import soundfile

from labelvc.core.errors import LabelvcError, NotFound, RepositoryError
from labelvc.core.progress import watched
from labelvc.core.snapshot import Snapshot, samples_frame
from labelvc.stages.features import features_of
from labelvc.stages.prepared import load
from tests.data import ROOT
from tests.stages.preparing import IMAGES, classes, content, picture, prepare, reasons, row

NAMES = [f"{place}.png" for place in range(6)]


@pytest.fixture
def media(tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    folder.mkdir()
    for place, name in enumerate(NAMES):
        picture(place).save(folder / name)
    (folder / "5.png").write_bytes((folder / "5.png").read_bytes()[:-50])
    return folder


def counts(prepared: Any) -> tuple[int, int]:
    return prepared.report["processed"], prepared.report["taken_over"]


def test_twice_is_the_same_and_writes_nothing(media: Path, tmp_path: Path):
    snapshot = classes(dict.fromkeys(NAMES, "x"))
    out, other = tmp_path / "out", tmp_path / "other"
    assert counts(prepare(snapshot, IMAGES, out, media)) == (6, 0)
    stamps = {path: path.stat().st_mtime_ns for path in out.iterdir()}
    inode = out.stat().st_ino
    assert counts(prepare(snapshot, IMAGES, out, media)) == (0, 6)
    assert {path: path.stat().st_mtime_ns for path in out.iterdir()} == stamps
    assert out.stat().st_ino == inode
    prepare(snapshot, IMAGES, other, media)
    assert content(out) == content(other)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["media", "other", "out"]


def test_changed_samples_alone_are_done_again(media: Path, tmp_path: Path):
    out = tmp_path / "out"
    prepare(classes(dict.fromkeys(NAMES, "x")), IMAGES, out, media)
    picture(77).save(media / "2.png")
    (media / "new.png").write_bytes((media / "4.png").read_bytes())
    (media / "moved.png").write_bytes((media / "0.png").read_bytes())
    (media / "0.png").unlink()
    names = ["1.png", "2.png", "4.png", "5.png", "gone.png", "moved.png", "new.png"]
    snapshot = classes(dict.fromkeys(names, "x"))
    again = prepare(snapshot, IMAGES, out, media)
    assert counts(again) == (1, 5)
    assert reasons(again) == {
        "1.png": None, "2.png": None, "4.png": None, "5.png": "truncated", "gone.png": "missing",
        "moved.png": None, "new.png": "duplicate",
    }  # fmt: skip
    fresh = prepare(snapshot, IMAGES, tmp_path / "fresh", media)
    assert counts(fresh) == (6, 0)
    assert content(out) == content(tmp_path / "fresh")


def test_other_labels_leave_the_features_alone(media: Path, tmp_path: Path):
    out = tmp_path / "out"
    prepare(classes(dict.fromkeys(NAMES, "x")), IMAGES, out, media)
    stamp = (out / "features.npz").stat().st_mtime_ns
    again = prepare(classes({**dict.fromkeys(NAMES, "x"), "1.png": "y"}), IMAGES, out, media)
    assert counts(again) == (0, 6)
    assert again.labels["category"].to_list() == ["x", "y", "x", "x", "x", "x"]
    assert (out / "features.npz").stat().st_mtime_ns == stamp


def test_other_parameters_begin_anew_where_they_matter(media: Path, tmp_path: Path):
    snapshot, out = classes(dict.fromkeys(NAMES, "x")), tmp_path / "out"
    prepare(snapshot, IMAGES, out, media)
    assert counts(prepare(snapshot, IMAGES, out, media, duplicates="keep")) == (0, 6)
    assert counts(prepare(snapshot, IMAGES, out, media, near_duplicates=2)) == (0, 6)
    assert counts(prepare(snapshot, IMAGES, out, media, image_size=16)) == (6, 0)
    assert counts(prepare(snapshot, "object-detection", out, media, image_size=16)) == (6, 0)
    prepare(snapshot, IMAGES, tmp_path / "fresh", media)
    prepare(snapshot, IMAGES, out, media)
    assert content(out) == content(tmp_path / "fresh")


@pytest.mark.parametrize("kind", ["text", "token", "audio"])
def test_ragged_features_are_taken_over_too(tmp_path: Path, kind: str):
    out, media = tmp_path / "out", tmp_path / "media"
    media.mkdir()
    words = ["a fine day", "", "b", "c d e f", "New York, NY"]
    task = {"text": "text-classification", "token": "token-classification"}.get(
        kind, "audio-classification"
    )
    for place, word in enumerate(words):
        noise = np.random.default_rng(place).normal(0, 0.1, 1000 + 900 * len(word))
        soundfile.write(media / f"{place}.wav", noise, 16_000)

    def snapshot(order: list[int]) -> Snapshot:
        # keys that sort in the given order, so that rows move
        keys = [f"{at}-{place}" for at, place in enumerate(order)]
        paths = [f"{place}.wav" for place in order]
        texts = None if kind == "audio" else [words[place] for place in order]
        return Snapshot(
            samples=samples_frame(sample=keys, path=paths, text=texts or [None] * len(keys))
        )

    prepare(snapshot([0, 1, 2, 3]), task, out, media)
    again = prepare(snapshot([3, 0, 4, 1]), task, out, media)
    assert counts(again) == (1, 3)
    prepare(snapshot([3, 0, 4, 1]), task, tmp_path / "fresh", media)
    assert content(out) == content(tmp_path / "fresh")
    one = features_of(again.features, row(again, "2-4")["row"])
    alone = prepare(snapshot([4]), task, tmp_path / "alone", media).features
    assert {name: one[name].tolist() for name in one} == {
        name: alone[name].tolist() for name in alone
    }


def test_broken_output_is_made_anew(media: Path, tmp_path: Path):
    snapshot, out = classes(dict.fromkeys(NAMES, "x")), tmp_path / "out"
    prepare(snapshot, IMAGES, out, media)
    whole = content(out)
    for name in whole:
        for damage in (b"", whole[name][:-30], None):
            if damage is None:
                (out / name).unlink()
            else:
                (out / name).write_bytes(damage)
            prepare(snapshot, IMAGES, out, media)
            assert content(out) == whole, (name, damage and len(damage))


def test_incomplete_output_is_not_opened(media: Path, tmp_path: Path):
    out = tmp_path / "out"
    with pytest.raises(NotFound, match=r"report.json is missing"):
        load(out)
    prepare(classes(dict.fromkeys(NAMES, "x")), IMAGES, out, media)
    assert load(out).samples.height == 6
    assert "processed" not in load(out).report
    (out / "labels.parquet").unlink()
    with pytest.raises(NotFound, match=r"labels.parquet is missing"):
        load(out)
    (out / "labels.parquet").write_bytes(b"PAR1")
    with pytest.raises(LabelvcError, match="cannot be read"):
        load(out)


def test_pickles_in_features_are_refused(media: Path, tmp_path: Path):
    out = tmp_path / "out"
    prepare(classes(dict.fromkeys(NAMES, "x")), IMAGES, out, media)
    np.savez(out / "features.npz", images=np.array([{"a": 1}], dtype=object))
    with pytest.raises(LabelvcError, match="no features can be read"):
        load(out)
    np.savez_compressed(out / "features.npz", images=np.zeros((3, 2, 2, 3), np.uint8))
    with pytest.raises(LabelvcError, match="no features can be read"):
        load(out)


def test_numpy_reads_the_features_too(media: Path, tmp_path: Path):
    prepared = prepare(classes(dict.fromkeys(NAMES, "x")), IMAGES, tmp_path / "out", media)
    with np.load(tmp_path / "out" / "features.npz", allow_pickle=False) as arrays:
        assert (arrays["images"] == prepared.features["images"]).all()
    assert not prepared.features["images"].flags.writeable


KILLED = """
import os, signal, sys
from pathlib import Path
from labelvc.stages import prepared
from tests.stages.preparing import IMAGES, classes, prepare
real, left = os.replace, int(sys.argv[3])
def replace(source, target):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    real(source, target)
prepared.os.replace = replace
names = sorted(path.name for path in Path(sys.argv[1]).iterdir())
prepare(classes(dict.fromkeys(names, "y")), IMAGES, Path(sys.argv[2]), Path(sys.argv[1]))
"""


@pytest.mark.parametrize("replaced", [0, 1, 3])
def test_a_killed_run_leaves_nothing_that_looks_whole(media: Path, tmp_path: Path, replaced: int):
    out = tmp_path / "out"
    prepare(classes(dict.fromkeys(NAMES, "x")), IMAGES, out, media)
    picture(99).save(media / "0.png")
    arguments = [sys.executable, "-c", KILLED, str(media), str(out), str(replaced)]
    assert subprocess.run(arguments, cwd=ROOT).returncode == -signal.SIGKILL
    with pytest.raises(NotFound, match=r"report.json is missing"):
        load(out)
    snapshot = classes(dict.fromkeys(NAMES, "y"))
    prepare(snapshot, IMAGES, out, media)
    prepare(snapshot, IMAGES, tmp_path / "fresh", media)
    assert content(out) == content(tmp_path / "fresh")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fresh", "media", "out"]


def test_dvcs_links_into_its_cache_are_replaced_not_written_through(media: Path, tmp_path: Path):
    out, cache = tmp_path / "out", tmp_path / "cache"
    prepare(classes(dict.fromkeys(NAMES, "x")), IMAGES, out, media)
    shutil.copytree(out, cache)
    for path in out.iterdir():
        path.unlink()
        path.symlink_to(cache / path.name)
        (cache / path.name).chmod(0o444)
    before = content(cache)
    prepare(classes(dict.fromkeys(NAMES, "y")), IMAGES, out, media)
    assert content(cache) == before
    assert load(out).labels["category"].unique().to_list() == ["y"]


def test_where_nothing_can_be_written_it_says_so(media: Path, tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RepositoryError, match="cannot be written"):
        prepare(classes({"0.png": "x"}), IMAGES, tmp_path / "file" / "out", media)
    with pytest.raises(RepositoryError, match="cannot be written"):
        prepare(classes({"0.png": "x"}), IMAGES, tmp_path / "file", media)
    assert sorted(os.listdir(tmp_path)) == ["file", "media"]


def test_progress_is_told_for_every_sample(media: Path, tmp_path: Path):
    told: list[Any] = []

    def watcher(items: Any, doing: str) -> Any:
        for item in items:
            told.append(doing)
            yield item

    with watched(watcher):
        prepare(classes(dict.fromkeys(NAMES, "x")), IMAGES, tmp_path / "out", media)
    assert told == ["preparing samples"] * 6


def test_the_order_of_the_label_file_does_not_matter(media: Path, tmp_path: Path):
    snapshot = classes(dict.fromkeys(NAMES, "x"))
    turned = Snapshot(snapshot.labels, snapshot.samples.reverse(), snapshot.categories)
    prepare(snapshot, IMAGES, tmp_path / "one", media)
    prepare(turned, IMAGES, tmp_path / "two", media)
    assert content(tmp_path / "one") == content(tmp_path / "two")


def test_labels_of_samples_that_are_not_listed_are_kept(media: Path, tmp_path: Path):
    snapshot = classes(dict.fromkeys(NAMES, "x"))
    listed = snapshot.samples.filter(pl.col("sample") != "1.png")
    snapshot = Snapshot(snapshot.labels, listed, snapshot.categories)
    prepared = prepare(snapshot, IMAGES, tmp_path / "out", media)
    assert prepared.samples["sample"].to_list() == NAMES
    assert prepared.report["labels"] == {"in": 6, "kept": 5, "dropped": {"truncated": 1}}


def test_an_unknown_task_is_refused(tmp_path: Path):
    with pytest.raises(LabelvcError, match="no such task: 'image-clasification'") as error:
        prepare(Snapshot(), "image-clasification", tmp_path / "out")
    assert error.value.hint == "Did you mean image-classification?"
