"""`labelvc check` on real repositories: what it finds, what is new, how it ends."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.shell import Shell
from tests.data import ROOT
from tests.repo.project import Project


def coco(*boxes: list[float], id: int = 1) -> dict[str, Any]:
    """Boxes of a cat on one image of 100 x 80."""
    return {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 100, "height": 80}],
        "annotations": [
            {"id": id + at, "image_id": 1, "category_id": 1, "bbox": box, "area": 1, "iscrowd": 0}
            for at, box in enumerate(boxes)
        ],
        "categories": [{"id": 1, "name": "cat"}],
    }


INSIDE, OUTSIDE, OVER = [1, 1, 9, 9], [300, 1, 9, 9], [95, 1, 9, 9]
PATH = "labels/train.json"


def told(run: Shell, *words: str, code: int | None = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("check", *words, "--json", code=code).out)
    return found["labelvc.check/v1"]


def codes(answer: dict[str, Any]) -> list[str]:
    return [issue["code"] for one in answer["sets"].values() for issue in one["issues"]]


def test_errors_end_with_1_and_warnings_only_if_strict(labels: Project, run: Shell) -> None:
    labels.write(PATH, coco(INSIDE, OVER))
    assert codes(told(run)) == ["overhang"]
    told(run, "--strict", code=1)
    labels.write(PATH, coco(INSIDE, OUTSIDE))
    assert codes(told(run, code=1)) == ["outside"]
    assert run("check", "HEAD").out == "No issues in 1 label set\n"


def test_only_what_is_new_counts_however_ids_were_given_anew(labels: Project, run: Shell) -> None:
    labels.write(PATH, coco(INSIDE, OUTSIDE))
    run("commit", "-m", "Bad", "--no-check", "--quiet")
    labels.write(PATH, coco(INSIDE, OUTSIDE, id=70))
    answer = told(run, "--against", "HEAD")
    assert codes(answer) == [] and answer["sets"]["train"]["kept"] == 1
    labels.write(PATH, coco(INSIDE, OUTSIDE, [400, 2, 9, 9], id=70))
    assert codes(told(run, "--against", "HEAD", code=1)) == ["outside"]
    labels.write(PATH, coco(INSIDE))
    answer = told(run, "--against", "HEAD")
    assert answer["sets"]["train"]["gone"] == 1


def test_labelvc_yaml_says_how_severe_a_code_is(labels: Project, run: Shell) -> None:
    labels.write(PATH, coco(INSIDE, OVER))
    config = yaml.safe_load(labels.read("labelvc.yaml"))
    config["check"] = {"overhang": "error"}
    labels.write("labelvc.yaml", yaml.safe_dump(config))
    told(run, code=1)
    config["sets"]["train"]["check"] = {"overhang": "off"}
    labels.write("labelvc.yaml", yaml.safe_dump(config))
    assert codes(told(run)) == []
    config["check"] = {"overhangs": "error"}
    labels.write("labelvc.yaml", yaml.safe_dump(config))
    assert "overhang" in run("check", code=2).err


def test_commit_obeys_the_same_rules(labels: Project, run: Shell) -> None:
    config = yaml.safe_load(labels.read("labelvc.yaml"))
    config["check"] = {"overhang": "error"}
    labels.write("labelvc.yaml", yaml.safe_dump(config))
    labels.write(PATH, coco(INSIDE, OVER))
    assert "reaches over the edge" in run("commit", "-m", "x", code=2).err
    run("commit", "-m", "x", "--no-check")


@pytest.mark.parametrize("output", ["sarif", "github", "gitlab", "terminal"])
def test_forms_for_forges_name_the_pointer(labels: Project, run: Shell, output: str) -> None:
    labels.write(PATH, coco(OUTSIDE))
    text = run("check", "--output", output, code=1).out
    assert "outside" in text
    if output != "terminal":
        assert f"{PATH}.dvc" in text
    file = labels.path / "found"
    run("check", "--output", output, "-o", str(file), code=1)
    assert "outside" in file.read_text()


def test_what_is_told_can_be_narrowed(labels: Project, run: Shell) -> None:
    labels.write(PATH, coco(OUTSIDE, OVER, OVER))
    assert codes(told(run, "--code", "overhang")) == ["overhang", "overhang"]
    assert codes(told(run, "--severity", "error", code=1)) == ["outside"]
    assert codes(told(run, "--code", "overhang", "--limit", "1")) == ["overhang"]
    assert "Did you mean" in run("check", "--code", "overhan", code=2).err


def test_a_label_file_that_cannot_be_read_is_an_error(labels: Project, run: Shell) -> None:
    labels.write(PATH, "{broken")
    assert codes(told(run, code=1)) == ["unreadable"]


def test_labels_that_are_not_at_hand_are_told_of(labels: Project, run: Shell) -> None:
    shutil.rmtree(labels.path / ".dvc/cache")
    assert "nothing could be checked: train" in run("check", "HEAD", code=2).err
    assert run("check", "--against", "HEAD").out.startswith("No new issues")  # by equal pointers
    labels.write(PATH, coco(OUTSIDE))
    assert "nothing could be checked: train" in run("check", "--against", "HEAD", code=2).err


def test_the_page_of_json_has_the_keys(labels: Project, run: Shell) -> None:
    labels.write(PATH, coco(OUTSIDE))
    page = (ROOT / "docs" / "json.md").read_text()
    section = page[page.index("## labelvc check --json") :]
    answer = told(run, "--against", "HEAD", code=1)
    ((one),) = answer["sets"].values()
    keys = {*answer, *answer["against"], *one, *one["issues"][0]}
    assert not {key for key in keys if f"`{key}`" not in section}


def test_the_hook_for_pre_commit_is_valid_and_works(labels: Project, tmp_path: Path) -> None:
    manifest = ROOT / ".pre-commit-hooks.yaml"
    module = [sys.executable, "-m", "pre_commit"]
    subprocess.run([*module, "validate-manifest", str(manifest)], check=True)
    (hook,) = yaml.safe_load(manifest.read_text())
    local = {**hook, "language": "system", "entry": f"{sys.executable} -m {hook['entry']}"}
    labels.write(
        ".pre-commit-config.yaml", yaml.safe_dump({"repos": [{"repo": "local", "hooks": [local]}]})
    )
    labels.git("add", "-A")
    environment = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "home")}
    for boxes, status in (([OUTSIDE], 1), ([INSIDE], 0)):
        labels.write(PATH, coco(*boxes))
        done = subprocess.run(
            [*module, "run", "--all-files"],
            cwd=labels.path, capture_output=True, text=True, env=environment,
        )  # fmt: skip
        assert done.returncode == status, done.stdout
        assert ("outside" in done.stdout) == bool(status)
