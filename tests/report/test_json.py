"""The JSON of diff, show, status and log; the examples of docs/json.md are made here."""

import json
import re
from pathlib import Path

import polars as pl
import pytest

from labelvc.core.comparison import COUNTS
from labelvc.core.errors import NotFound
from labelvc.core.snapshot import Snapshot, categories_frame, labels_frame, samples_frame
from labelvc.core.told import LogEntry, ShowSet, ShowTable, StatusRow
from labelvc.report.json_listings import log_json, show_json, status_json
from labelvc.report.json_report import diff_json, diff_jsonl
from labelvc.report.json_values import dumps
from tests.report.build import MAIN, box, comparison, diff, label, sample
from tests.report.cases import CASES

PAGE = Path(__file__).parents[2] / "docs" / "json.md"
KEYS = (
    "before", "after", "unchanged", "sets", "path", "format", "sample_key", "matched_by", "totals",
    "counts", "flips", "categories", "category_changes", "sample_changes", "changes", "notes",
    "detail", "state", "subject", "commit", "rev", "iou", "edit", "ids", "wer", "cosmetic",
    "set", *COUNTS,
)  # fmt: skip


def example_diff():
    changes = [
        label("BloodImage_00001.jpg", "relabelled moved", box("WBC", 1, 2, 30, 20, "17"),
              box("RBC", 2, 2, 30, 20, "18"), matched_by="overlap", iou=0.9355, shift=1.0),
        label("BloodImage_00002.jpg", "added", None, box("RBC", 5.5, 6, 40, 40, "4902")),
    ]  # fmt: skip
    return diff(
        comparison(
            changes,
            [sample("BloodImage_00400.jpg", "resplit", {"split": "train"}, {"split": "val"})],
            [("renamed", "Plastic Film", "Plastic film"), ("renumbered", "RBC", "RBC", ("1", "2"))],
            totals={"RBC": (4155, 4157), "WBC": (372, 371)},
            notes=["the files differ in white space too"],
        ),
        unchanged=("val",),
    )


def example_show():
    labels = labels_frame(
        id=["17", "18"],
        sample=["1.jpg", "2.jpg"],
        kind=["box", "polygon"],
        category=["WBC", "RBC"],
        x=[1, 0], y=[2.5, 0], width=[30, 9], height=[20, 9],
        geometry=[None, '{"polygon":[[0.0,0.0,9.0,0.0,9.0,9.0]]}'],
        unit=["pixel"] * 2,
        attributes=['{"iscrowd":0}', None],
    )  # fmt: skip
    samples = samples_frame(
        sample=["1.jpg", "2.jpg"], path=["1.jpg", "2.jpg"], width=[640, 640], height=[480, 480]
    )
    snapshot = Snapshot(labels, samples, categories_frame(["RBC", "WBC"])).check()
    one = ShowSet("labels/train.json", "coco", snapshot.tally(), snapshot)
    return ShowTable(MAIN.rev, MAIN.commit, {"train": one})


STATUS = [
    StatusRow(
        "train", "labels/train.json", "changed", counts={"changed": 2, "added": 1, "moved": 1}
    ),
    StatusRow("val", "labels/val.json", "not in cache", "dvc pull labels/val.json"),
]
LOG = [
    LogEntry(
        "9fceb02d0ae598e95dc970b74767f19372d61af8",
        "Anna Berg",
        "2026-11-23T15:17:50+01:00",
        "Correct the second batch",
        {"train": "+14 -3 ~312 (relabelled 290, moved 22)"},
    )
]
EXAMPLES = {
    "diff": lambda: diff_json(example_diff()),
    "show": lambda: show_json(example_show()),
    "status": lambda: status_json(STATUS),
    "log": lambda: log_json(LOG),
}


@pytest.mark.parametrize("command", EXAMPLES)
def test_the_page_shows_what_is_written(command):
    blocks = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.S)]
    shown = {version: block for block in blocks for version in block}
    told = json.loads(dumps(EXAMPLES[command]()))
    assert {
        f"labelvc.{command}/v1": shown[f"labelvc.{command}/v1"][f"labelvc.{command}/v1"]
    } == told


@pytest.mark.parametrize("key", KEYS)
def test_the_page_explains_every_key(key):
    assert f"`{key}`" in PAGE.read_text()


@pytest.mark.parametrize("case", CASES)
def test_counts_have_every_key_in_order(case):
    for told in diff_json(CASES[case]())["labelvc.diff/v1"]["sets"].values():
        assert tuple(told["counts"]) == COUNTS


def test_stat_and_limit():
    whole = diff_json(CASES["blood"](), limit=2)["labelvc.diff/v1"]["sets"]["train"]
    assert len(whole["changes"]) == 2
    assert len(list(diff_jsonl(CASES["blood"](), limit=2))) == 2
    short = diff_json(CASES["blood"](), stat=True)["labelvc.diff/v1"]["sets"]["train"]
    assert set(whole) - set(short) == {"changes", "sample_changes"}
    assert "iou" not in whole["changes"][1]


def test_unchanged_sets_are_named_unless_there_is_a_remark():
    told = diff_json(diff(comparison(), comparison(name="noted", notes=["so"]), unchanged=("a",)))
    assert told["labelvc.diff/v1"]["unchanged"] == ["train", "a"]
    assert list(told["labelvc.diff/v1"]["sets"]) == ["noted"]


def test_texts_carry_their_error_rate():
    changes = diff_json(CASES["texts"]())["labelvc.diff/v1"]["sets"]["speech"]["changes"]
    edits = [change.get("edit") for change in changes]
    assert edits == [
        None,
        {"wer": 0.105263, "cosmetic": False},
        {"wer": 1.0, "cosmetic": True},
        None,
    ]


def test_nothing_unseen_is_printed_and_nothing_is_lost():
    text = "\x1b[31m\x85\u202e\u2028\ufeff漢é"
    assert json.loads(dumps({"a": text})) == {"a": text}
    assert dumps(text) == r'"\u001b[31m\u0085\u202e\u2028\ufeff漢é"'


def test_a_sample_alone():
    told = example_show().only("1.jpg")
    assert told.sets["train"].tally.labels == 1
    (labels,) = [one["labels"] for one in show_json(told)["labelvc.show/v1"]["sets"].values()]
    assert [one["sample"] for one in labels] == ["1.jpg"]
    assert "labels" not in show_json(told, stat=True)["labelvc.show/v1"]["sets"]["train"]
    with pytest.raises(NotFound, match=r"no sample '3\.jpg' in train"):
        example_show().only("3.jpg")


def test_rows_are_streamed():
    rows = pl.DataFrame({"a": range(25_000)})
    from labelvc.report.json_values import table_rows

    assert [row["a"] for row in table_rows(rows)] == list(range(25_000))
