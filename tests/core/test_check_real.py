"""Real label sets: what is found in them is there, and little else is told."""

from __future__ import annotations

from collections import Counter

import pytest

from labelvc.core.check import check
from labelvc.core.snapshot import Snapshot, categories_frame, labels_frame, samples_frame
from labelvc.formats.reading import read
from labelvc.formats.source import disk_source
from tests.data import data


def issues(path, base=None):
    snapshot = labels(path)
    return check(snapshot, base=labels(base) if base else None)


def labels(path):
    return read(disk_source(data(path), path, {}), None, {})[0]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        # the makers' own note: 2 boxes without area
        ("bccd/BCCD", {"empty": 2}),
        ("banking77/banking_data/train.csv", {}),
        ("banking77/banking_data/test.csv", {}),
        ("coco_mini/annotations/captions_val2017.json", {}),
        ("coco_mini/annotations/person_keypoints_train2017.json", {"self-crossing": 1}),
        ("coco_mini/annotations/instances_val2017.json",
         {"few-samples": 1, "unused-category": 2, "self-crossing": 1}),
        ("ud_ewt/r2.16/en_ewt-ud-dev.conllu", {}),
        ("artie_bias/data/artie-bias-corpus.tsv", {}),
        ("formats/doccano/sequence_labeling.jsonl", {}),
        ("formats/doccano/sequence_labeling_overlapping.jsonl", {"duplicate": 1}),
    ],
)  # fmt: skip
def test_what_is_found(path, found):
    assert Counter(issue.code for issue in issues(path)) == found


def test_ids_that_stand_twice_and_boxes_of_another_image():
    found = Counter(issue.code for issue in issues("taco/official_2019-12-19_508da019.json"))
    assert (found["duplicate-id"], found["overhang"], found["outside"]) == (2, 1, 0)
    weekly = issues("taco/unofficial_2021-01-11_618f72be.json")
    # all in the one image whose size is not that of its outlines
    assert {issue.sample for issue in weekly if issue.code == "outside"} == {
        "unofficial/002231.jpg"
    }


def test_versions_of_one_set_have_no_sudden_shares():
    before, after = (
        "taco/official_2019-06-24_a35e9445.json", "taco/official_2019-06-26_1e4d24a1.json",
    )  # fmt: skip
    assert not [one for one in issues(after, before) if one.code == "share-change"]


def test_speakers_of_voxconverse():
    rows = [
        line.split()
        for file in sorted(data("voxconverse/v0.2").rglob("*.rttm"))
        for line in file.read_text().splitlines()
    ]
    begin = [float(row[3]) for row in rows]
    files, speakers = [row[1] for row in rows], [row[7] for row in rows]
    snapshot = Snapshot(
        labels_frame(
            sample=files,
            category=speakers,
            kind=["segment"] * len(rows),
            unit=["second"] * len(rows),
            start=begin,
            end=[start + float(row[4]) for start, row in zip(begin, rows, strict=True)],
        ),
        samples_frame(sample=sorted(set(files))),
        categories_frame(sorted(set(speakers))),
    ).check()
    found = [issue for issue in check(snapshot) if issue.code != "few-samples"]
    assert [(one.code, one.sample) for one in found] == [("segment-overlap", "utial")]
    assert snapshot.labels.height == 27_747
