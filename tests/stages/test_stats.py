"""The stage `stats`: its files, what DVC makes of them, and real label sets."""

from __future__ import annotations

import csv
import json
import os
import sys
from pathlib import Path

import matplotlib
import pytest
from dvc.render.match import match_defs_renderers
from PIL import Image

from labelvc.core.drift import drift
from labelvc.core.errors import LabelvcError
from labelvc.core.snapshot import Snapshot
from labelvc.core.stats import Stats, stats
from labelvc.formats.reading import read
from labelvc.formats.source import disk_source
from labelvc.repo.repository import Repository
from labelvc.report.stats_files import csv_files
from labelvc.stages.plots import write_pictures
from labelvc.stages.stats import stats_stage, stats_table
from tests.cli.shell import FIRST, SECOND, coco
from tests.data import ROOT, data
from tests.repo.conftest import project, surroundings
from tests.repo.project import Project
from tests.report.stats_cases import cells, hostile, questions

__all__ = ["project", "surroundings"]


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def counted(path: str, **settings: str) -> Stats:
    return stats(read(disk_source(data(path)), None, settings)[0])


def by_name(found: Stats) -> dict[str, int]:
    return {one.name: one.labels for one in found.categories}


def test_the_stage_writes_metrics_tables_and_pictures(tmp_path: Path):
    found, moved = stats_stage(cells(30), cells(4), tmp_path / "metrics" / "train")
    written = files(tmp_path / "metrics" / "train")
    metrics = json.loads(written["stats.json"])
    assert metrics["categories"] == {"RBC": 4, "Platelets": 1, "WBC": 1, "Eosinophil": 0}
    assert set(metrics["drift"]) == {one.name for one in moved}
    assert {name for name in written if name.endswith(".csv")} == set(csv_files(found, moved))
    rows = list(csv.DictReader(written["categories.csv"].decode().splitlines()))
    assert sum(int(row["labels"]) for row in rows) == found.labels
    pictures = {name for name in written if name.endswith(".png")}
    assert pictures == {
        f"plots/{name}.png"
        for name in (*found.distributions, "categories", "box_position", "cooccurrence", "drift")
    }


@pytest.mark.parametrize("snapshot", [cells(30), hostile(), Snapshot()])
def test_equal_labels_give_equal_bytes(tmp_path: Path, snapshot: Snapshot):
    again = Snapshot(
        snapshot.labels.reverse(), snapshot.samples.reverse(), snapshot.categories.reverse()
    )
    for name, one in (("one", snapshot), ("two", again)):
        stats_stage(one, one, tmp_path / name)
    one, two = files(tmp_path / "one"), files(tmp_path / "two")
    assert one == two
    assert "plots/categories.png" in one


def test_pictures_are_pictures_and_name_no_software(tmp_path: Path):
    stats_stage(hostile(), hostile(), tmp_path)
    pictures = list((tmp_path / "plots").iterdir())
    assert len(pictures) > 5
    for path in pictures:
        with Image.open(path) as picture:
            picture.load()
            assert picture.size == (640, 480)
            assert "Software" not in picture.info


def test_pictures_that_no_longer_apply_go_and_others_stay(tmp_path: Path):
    write_pictures(stats(cells(30)), (), tmp_path)
    (tmp_path / "mine.png").write_bytes(b"mine")
    told = write_pictures(stats(questions()), (), tmp_path)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"mine.png", *(path.name for path in told)}
    assert "box_size.png" not in left and "text_length.png" in left


def test_a_style_of_the_users_own_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_pictures(stats(questions()), (), tmp_path / "plain")
    monkeypatch.setitem(matplotlib.rcParams, "axes.facecolor", "red")
    write_pictures(stats(questions()), (), tmp_path / "styled")
    assert files(tmp_path / "plain") == files(tmp_path / "styled")
    assert matplotlib.rcParams["axes.facecolor"] == "red"


def test_without_matplotlib_one_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(LabelvcError, match=r"labelvc\[eval\]"):
        write_pictures(stats(cells(30)), (), tmp_path)


PIPELINE = """
stages:
  stats:
    cmd: python -m labelvc stats --quiet --out metrics/train -- train
    deps: [labels/train.json]
    metrics:
      - metrics/train/stats.json: {cache: false}
    outs:
      - metrics/train/plots
      - metrics/train/categories.csv: {cache: false}
      - metrics/train/duration.csv: {cache: false}
plots:
  - metrics/train/plots
  - labels per category:
      {template: bar_horizontal, x: labels, y: {metrics/train/categories.csv: category}}
  - duration: {x: from, y: {metrics/train/duration.csv: count}}
"""


def test_dvc_runs_the_stage_and_reads_what_it_wrote(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.defpath]))
    project.write("labelvc.yaml", "sets: {train: {path: labels/train.json, format: coco}}")
    project.write("dvc.yaml", PIPELINE)
    for content in (FIRST, SECOND):
        project.write("labels/train.json", content)
        project.track("labels/train.json")
        with project.dvc_repo() as dvc:
            assert "stats" in [stage.addressing for stage in dvc.reproduce()]
        project.commit()
    with project.dvc_repo() as dvc:
        assert dvc.reproduce() == []
        changed = dvc.metrics.diff("HEAD~1", "HEAD")["diff"]["metrics/train/stats.json"]
        assert changed["samples"] == {"old": 2, "new": 3, "diff": 1}
        assert changed["categories.cat"] == {"old": 2, "new": 3, "diff": 1}
        assert "drift.categories.distance" in changed
        renderers = match_defs_renderers(dvc.plots.show(revs=["HEAD~1", "HEAD"]), out=tmp_path)
        html = "".join(one.renderer.generate_html() for one in renderers)
    assert "categories.png" in html and "box_size.png" in html
    assert "labels per category" in html and '"category"' in html


def test_sets_at_a_revision_and_their_drift(project: Project, monkeypatch: pytest.MonkeyPatch):
    first, second = project.tracked("labels/train.json", FIRST, SECOND)
    third = coco({"a.jpg": ["cat"] * 40})
    project.write("labels/train.json", third)
    repo = Repository.find(project.path)
    now = stats_table(repo).sets["train"]
    assert now.against is not None and now.against.commit == second
    assert now.stats.labels == 40
    then = stats_table(repo, "HEAD", ["train"]).sets["train"]
    assert then.against is not None and then.against.commit == first
    assert stats_table(repo, first).sets["train"].against is None
    named = stats_table(repo, second, against=second).sets["train"]
    assert named.against is not None and named.against.commit == second
    assert {one.distance for one in named.drift} == {0}


def test_a_set_that_was_not_there_is_told(project: Project):
    project.tracked("labels/train.json", FIRST)
    project.tracked("labels/val.json", FIRST)
    table = stats_table(Repository.find(project.path), against="HEAD~1")
    assert table.sets["val"].drift == () and table.sets["train"].drift
    assert table.sets["val"].notes == ("no drift: the label set is not there at HEAD~1",)


def test_a_version_before_that_is_gone_costs_only_the_drift(project: Project):
    project.tracked("labels/train.json", FIRST, SECOND)
    repo = Repository.find(project.path)
    pointer = repo.git.show("HEAD~1", "labels/train.json.dvc") or b""
    md5 = pointer.decode().split("md5: ")[1][:32]
    (project.path / ".dvc/cache/files/md5" / md5[:2] / md5[2:]).unlink()
    found = stats_table(repo).sets["train"]
    assert found.stats.labels == 4 and found.drift == ()
    assert found.notes[0].startswith("no drift: the version before cannot be read")
    with pytest.raises(LabelvcError):
        stats_table(repo, against="HEAD~1")


def test_blood_cells_are_those_that_their_makers_counted():
    found = counted("bccd/BCCD")
    assert (found.samples, found.labels, found.unlabelled) == (364, 4888, 0)
    assert by_name(found) == {"RBC": 4155, "WBC": 372, "Platelets": 361}
    assert sum(one.samples for one in found.splits) == 364
    assert found.distributions["labels_per_sample"].mean == pytest.approx(4888 / 364)
    sizes = found.distributions["box_size"]
    assert sizes.count == 4888 and sizes.bins[0].low == 0 and sizes.bins[0].count == 2
    assert found.distributions["box_aspect"].count == 4886  # two boxes have no area


def test_the_intents_of_two_splits_and_the_questions_in_both(tmp_path: Path):
    given = {}
    with (tmp_path / "banking.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "category", "split"])
        for split in ("train", "test"):
            path = data(f"banking77/banking_data/{split}.csv")
            with path.open(newline="", encoding="utf-8") as source:
                rows = list(csv.reader(source))[1:]
            writer.writerows([*row, split] for row in rows)
            given[split] = [" ".join(text.lower().split()) for text, _ in rows]
    found = stats(read(disk_source(tmp_path / "banking.csv"), None, {})[0])
    assert {one.name: one.samples for one in found.splits} == {"train": 10_003, "test": 3_080}
    assert len(found.categories) == 77
    assert {one.splits["test"][0] for one in found.categories} == {40}
    both = set(given["train"]) & set(given["test"])
    assert found.leakage["text"].contents == len(both) > 0
    assert found.leakage["text"].samples == sum(
        text in both for texts in given.values() for text in texts
    )


def test_the_words_of_a_speech_corpus():
    found = counted("artie_bias/corpus_2019-12-09_1574c23.tsv")
    assert found.kinds == {"text": 1712}
    lines = data("artie_bias/corpus_2019-12-09_1574c23.tsv").read_text("utf-8").splitlines()
    sentences = [line.split("\t")[2] for line in lines[1:]]
    lengths = found.distributions["transcript_length"]
    assert lengths.total == sum(map(len, sentences))
    assert found.distributions["transcript_words"].total == sum(len(s.split()) for s in sentences)
    frequent = dict(found.vocabularies["transcript"].frequent)
    assert frequent["the"] == sum(
        word.strip(".,;:!?'\"()-–—“”‘’").lower() == "the" for s in sentences for word in s.split()
    )


def test_litter_drifts_between_exports_that_differ():
    def litter(name: str) -> Stats:
        return counted(f"taco/official_2019-{name}.json")

    def distances(before: Stats, after: Stats) -> dict[str, float]:
        return {one.name: one.distance for one in drift(before, after)}

    june, later, december = map(litter, ("06-24_a35e9445", "06-26_1e4d24a1", "12-19_508da019"))
    assert max(distances(june, later).values()) < 0.05  # 28 outlines and their boxes changed
    assert distances(june, later)["categories"] == 0
    # more than twice the labels, of other shares, and two categories under new names
    assert distances(later, december)["categories"] > 0.3
    shares = next(one for one in drift(later, december) if one.name == "categories")
    assert (shares.before, shares.after) == (2152, 4784) and shares.p_value < 1e-6


def test_what_stands_together_in_pictures():
    path = data("coco_mini/annotations/instances_train2017.json")
    found = counted("coco_mini/annotations/instances_train2017.json")
    document = json.loads(path.read_text())
    names = {one["id"]: one["name"] for one in document["categories"]}
    inside: dict[int, set[str]] = {}
    for one in document["annotations"]:
        inside.setdefault(one["image_id"], set()).add(names[one["category_id"]])
    for one, two, samples in found.together.pairs[:50]:
        assert samples == sum({one, two} <= categories for categories in inside.values())
    assert (found.samples, found.labels) == (80, 739)
