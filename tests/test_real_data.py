"""Real label sets: every published or independently counted number comes out exactly.

What each set is, and where its numbers come from, stands in the README beside the data.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from labelvc.cli.main import main
from tests.data import data

TACO = {
    "06-09": "taco/official_2019-06-09_56bdab81.json",
    "06-24": "taco/official_2019-06-24_a35e9445.json",
    "06-26": "taco/official_2019-06-26_1e4d24a1.json",
    "12-19": "taco/official_2019-12-19_508da019.json",
    "weekly 1": "taco/unofficial_2020-12-28_7ca58c9e.json",
    "weekly 2": "taco/unofficial_2021-01-11_618f72be.json",
}
CLEANLAB = "cleanlab_label_errors/derived"
ARTIE = "artie_bias/corpus_2019-"


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run labelvc and read the JSON it prints."""

    def run(*arguments: str | Path) -> Any:
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        assert code == 0, err
        (body,) = json.loads(out).values()
        return body

    return run


def only(body: Mapping[str, Any]) -> Any:
    (found,) = body["sets"].values()
    return found


def nonzero(found: Mapping[str, Any]) -> dict[str, int]:
    return {name: count for name, count in found["counts"].items() if count}


@pytest.mark.parametrize(
    ("before", "after", "counts"),
    [
        (TACO["06-24"], TACO["06-26"], {"changed": 28, "reshaped": 28, "moved": 28}),
        (
            TACO["weekly 1"],
            TACO["weekly 2"],
            {"changed": 68, "added": 68, "samples_added": 26, "samples_renamed": 2266},
        ),
        (f"{CLEANLAB}/mnist_original.csv", f"{CLEANLAB}/mnist_corrected.csv", {"relabelled": 10}),
        (
            f"{CLEANLAB}/cifar10_original.csv",
            f"{CLEANLAB}/cifar10_corrected.csv",
            {"relabelled": 18},
        ),
        (f"{CLEANLAB}/20news_original.csv", f"{CLEANLAB}/20news_corrected.csv", {"relabelled": 22}),
        (f"{ARTIE}12-06_0333f62.tsv", f"{ARTIE}12-09_1574c23.tsv", {"changed": 1, "edited": 1}),
    ],
)
def test_a_diff_says_what_happened(
    told: Any, before: str, after: str, counts: dict[str, int]
) -> None:
    found = only(told("diff", "--no-index", data(before), data(after), "--json"))
    if "csv" in before:
        # the corrected file has one more column, which is told apart
        assert found["counts"]["attributes"] == found["counts"]["changed"]
        counts = {**counts, **{k: found["counts"][k] for k in ("attributes", "changed")}}
    assert nonzero(found) == counts
    assert len(found["changes"]) == found["counts"]["changed"]


def test_renumbered_file_names_are_noticed(told: Any) -> None:
    weekly = (data(TACO["weekly 1"]), data(TACO["weekly 2"]))
    found = only(told("diff", "--no-index", *weekly, "--json", "--stat"))
    assert found["sample_key"] == "flickr_url"
    assert found["matched_by"]["content"] == 4537
    assert found["totals"]["after"] == {"samples": 2319, "labels": 4605}


def test_reused_ids_are_not_trusted(told: Any) -> None:
    files = (data(TACO["06-09"]), data(TACO["06-24"]))
    found = only(told("diff", "--no-index", *files, "--json", "--stat"))
    assert found["sample_key"] == "file_name"
    assert found["matched_by"]["id"] == 0
    totals = found["totals"]
    assert (totals["before"]["labels"], totals["after"]["labels"]) == (1827, 2152)
    # the 1,827 labels are all accounted for by content
    assert found["counts"]["removed"] == 4
    assert found["counts"]["added"] == 2152 - 1827 + 4
    assert found["counts"]["relabelled"] == 8
    assert found["counts"]["moved"] == found["counts"]["reshaped"] == 0


def test_renamed_categories_relabel_nothing(told: Any) -> None:
    files = (data(TACO["06-26"]), data(TACO["12-19"]))
    found = only(told("diff", "--no-index", *files, "--json", "--stat"))
    assert found["counts"]["relabelled"] == 0
    assert found["counts"]["samples_added"] == 785
    assert found["counts"]["added"] == 4784 - 2152
    assert found["counts"]["removed"] == 0
    renamed = [(change["from"], change["to"]) for change in found["category_changes"]]
    assert renamed == [
        ("Plastic Film", "Plastic film"),
        ("Plastic drink bottle", "Clear plastic bottle"),
    ]


@pytest.mark.parametrize("path", [TACO["12-19"], TACO["weekly 1"]])
def test_a_re_indented_and_renumbered_export_is_no_change(
    told: Any, path: str, tmp_path: Path
) -> None:
    content = json.loads(data(path).read_text())
    (tmp_path / "indented.json").write_text(json.dumps(content, indent=2))
    for number, annotation in enumerate(reversed(content["annotations"])):
        annotation["id"] = number
    (tmp_path / "renumbered.json").write_text(json.dumps(content))
    for name in ("indented.json", "renumbered.json"):
        body = told("diff", "--no-index", data(path), tmp_path / name, "--json")
        assert body["sets"] == {}
        assert body["unchanged"] == [str(tmp_path / name)]


def shown(told: Any, path: Path, tmp_path: Path, *arguments: str) -> Any:
    """The totals of a label set, read by `labelvc show` from a plain Git repository."""
    root = tmp_path / "repository"
    root.mkdir()
    target = root / path.name
    if path.is_dir():
        shutil.copytree(path, target)
    else:
        shutil.copy(path, target)
    for command in (
        ["init", "--quiet"],
        ["add", "--all"],
        ["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "-m", "x"],
    ):
        subprocess.run(["git", *command], cwd=root, check=True)
    settings = "".join(f", {argument}" for argument in arguments)
    (root / "labelvc.yaml").write_text(
        f"version: 1\nsets:\n  labels: {{path: {target.name!r}{settings}}}\n"
    )
    return only(told("-C", root, "show", "--json", "--stat"))


@pytest.mark.parametrize(
    ("path", "samples", "labels"),
    [
        ("coco_mini/annotations/instances_train2017.json", 25, 739),
        ("coco_mini/annotations/instances_val2017.json", 25, 624),
        ("coco_mini/annotations/person_keypoints_train2017.json", 25, 172),
        ("coco_mini/annotations/person_keypoints_val2017.json", 25, 118),
        ("coco_mini/annotations/captions_train2017.json", 25, 400),
        ("coco_mini/annotations/captions_val2017.json", 25, 395),
        ("banking77/banking_data/train.csv", 10003, 10003),
        ("banking77/banking_data/test.csv", 3080, 3080),
        ("artie_bias/corpus_2019-12-09_1574c23.tsv", 1712, 1712),
        (f"{CLEANLAB}/mnist_original.csv", 10000, 10000),
        (f"{CLEANLAB}/cifar10_original.csv", 10000, 10000),
        (f"{CLEANLAB}/20news_original.csv", 7532, 7532),
    ],
)
def test_totals(told: Any, tmp_path: Path, path: str, samples: int, labels: int) -> None:
    source = data(path)
    if "coco_mini" in path:
        # a slice of the images, counted from the file itself
        samples = len(json.loads(source.read_text())["images"])
    found = shown(told, source, tmp_path)
    assert found["totals"] == {"samples": samples, "labels": labels}


def test_banking77_has_77_intents(told: Any, tmp_path: Path) -> None:
    found = shown(told, data("banking77/banking_data/train.csv"), tmp_path)
    intents = json.loads(data("banking77/banking_data/categories.json").read_text())
    assert {row["name"] for row in found["categories"]} == set(intents)
    assert len(intents) == 77


def test_blood_cells(told: Any, tmp_path: Path) -> None:
    annotations = next(path.parent for path in sorted(data("bccd").rglob("*.xml")))
    found = shown(told, annotations, tmp_path, "format: voc")
    assert found["totals"] == {"samples": 364, "labels": 4888}
    counts = {row["name"]: row["labels"] for row in found["categories"]}
    assert counts == {"RBC": 4155, "WBC": 372, "Platelets": 361}


def test_taco_walked_as_commits(
    told: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every version is committed in turn; any two can then be compared from Git and DVC alone."""
    root = tmp_path / "taco"
    (root / "labels").mkdir(parents=True)
    target = root / "labels" / "annotations.json"
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig")}
    (tmp_path / "gitconfig").write_text("[user]\nname = a\nemail = a@example.org\n")

    def labelvc(*arguments: str) -> str:
        command = [sys.executable, "-m", "labelvc", *arguments]
        done = subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    labelvc("init")
    for number, path in enumerate(TACO.values()):
        shutil.copy(data(path), target)
        if number == 0:
            labelvc("add", "labels/annotations.json", "--name", "taco")
        # from the fourth on, versions bring ids that stand twice and boxes outside their image
        unchecked = ["--no-check"] if number > 2 else []
        labelvc("commit", "-m", f"version {number}", *unchecked)
        subprocess.run(["git", "tag", f"v{number}"], cwd=root, check=True)
    log = json.loads(labelvc("log", "--json"))["labelvc.log/v1"]
    assert len(log["commits"]) == len(TACO)
    for before, after in itertools.combinations(range(len(TACO)), 2):
        files = (data(list(TACO.values())[before]), data(list(TACO.values())[after]))
        direct = only(told("diff", "--no-index", *files, "--json", "--stat"))
        walked = only(told("-C", root, "diff", f"v{before}", f"v{after}", "--json", "--stat"))
        for part in ("counts", "totals", "matched_by", "flips", "category_changes"):
            assert walked[part] == direct[part], (before, after, part)
