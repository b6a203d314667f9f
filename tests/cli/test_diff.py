"""`labelvc diff`: its ends, its filters, its outputs."""

import json
import os
from pathlib import Path

import pytest

from labelvc.core.codec import parse_patch
from labelvc.core.mailed import parse_patches
from tests.cli.shell import FIRST, SECOND, Shell, coco
from tests.data import data
from tests.repo.project import Project


def counts(ended, name="train"):
    return {kind: n for kind, n in ended.json["sets"][name]["counts"].items() if n}


CHANGED = {"changed": 2, "added": 1, "relabelled": 1, "samples_added": 1}


@pytest.mark.parametrize(
    ("revs", "told"),
    [
        (["main", "side"], CHANGED),
        (["main..side"], CHANGED),
        (["main...side"], CHANGED),
        (["..side"], CHANGED),
        (["side", "main"], {**CHANGED, "added": 0, "removed": 1, "samples_removed": 1}),
        (["side", "--", "train"], {**CHANGED, "added": 0, "removed": 1, "samples_removed": 1}),
        (["main~1..side", "--", "labels/train.json"], CHANGED),
        (["main", "side", "train"], CHANGED),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_ends(labels: Project, run: Shell, revs, told):
    expected = {kind: n for kind, n in told.items() if n}
    if revs[0].startswith("side"):
        expected.pop("samples_added", None)
    assert counts(run("diff", "--json", *revs)) == expected


def test_without_revisions_the_working_tree_is_compared_with_head(labels: Project, run: Shell):
    labels.write("labels/train.json", SECOND)
    ended = run("diff", "--json")
    assert counts(ended) == CHANGED
    assert ended.json["before"] == {"rev": "HEAD", "commit": labels.git("rev-parse", "HEAD")}
    assert ended.json["after"] == {"rev": None, "commit": None}


def test_from_the_merge_base(labels: Project, run: Shell):
    told = run("diff", "--json", "main...side").json
    assert told["before"]["commit"] == labels.git("merge-base", "main", "side")
    assert told["after"]["rev"] == "side"


def test_a_file_only_written_differently_has_no_changes(labels: Project, run: Shell):
    labels.write("labels/train.json", json.dumps(FIRST, indent=3))
    ended = run("diff", "--exit-code")
    assert ended.out == "No label changes.\n"


def test_exit_code(labels: Project, run: Shell):
    run("diff", "--exit-code")
    labels.write("labels/train.json", SECOND)
    run("diff", "--exit-code", code=1)
    run("diff")
    assert run("diff", "--exit-code", "--quiet", code=1).out == ""


def test_the_json_has_the_documented_form(labels: Project, run: Shell):
    told = run("diff", "--json", "main", "side").json
    assert list(told)[:2] == ["before", "after"]
    one = told["sets"]["train"]
    assert (one["path"], one["format"], one["sample_key"]) == (
        "labels/train.json", "coco", "file_name",
    )  # fmt: skip
    assert sum(one["matched_by"].values()) == 3
    assert one["totals"] == {
        "before": {"samples": 2, "labels": 3}, "after": {"samples": 3, "labels": 4},
    }  # fmt: skip
    assert one["flips"] == [{"from": "dog", "to": "cat", "count": 1}]
    assert {"name": "cat", "before": 2, "after": 3} in one["categories"]
    assert one["category_changes"] == []
    assert [change["sample"] for change in one["sample_changes"]] == ["c.jpg"]
    relabelled = next(change for change in one["changes"] if change["kinds"] == ["relabelled"])
    assert relabelled["sample"] == "a.jpg"
    assert relabelled["id"] == {"before": "2", "after": "2"}
    assert relabelled["before"] == {"kind": "box", "category": "dog", "box": [3, 5, 20, 30]}
    assert "changes" not in run("diff", "--json", "--stat", "main", "side").json["sets"]["train"]


@pytest.mark.parametrize(
    ("filters", "changed"),
    [
        (["--kind", "added"], 1),
        (["--kind", "relabelled,added"], 2),
        (["--kind", "relabelled", "--kind", "moved"], 1),
        (["--category", "cat"], 1),
        (["--category", "dog"], 2),
        (["--sample", "a.jpg"], 1),
        (["--sample", "b.jpg"], 0),
        (["--split", "test"], 0),
        (["--annotator", "ada"], 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_filters(labels: Project, run: Shell, filters, changed):
    sets = run("diff", "--json", "main", "side", *filters).json["sets"]
    assert sum(one["counts"]["changed"] for one in sets.values()) == changed


def test_limit_cuts_the_list_and_says_so(labels: Project, run: Shell):
    labels.write("labels/train.json", coco({"a.jpg": ["dog"] * 40, "b.jpg": ["cat"]}))
    assert len(run("diff", "--json", "--limit", "3").json["sets"]["train"]["changes"]) == 3
    short, whole = run("diff").out, run("diff", "--limit", "0").out
    assert len(whole.splitlines()) > len(short.splitlines())
    assert "--limit" in short


def test_jsonl_is_a_change_a_line(labels: Project, run: Shell):
    lines = run("diff", "main", "side", "--output", "jsonl").out.splitlines()
    assert {json.loads(line)["set"] for line in lines} == {"train"} and len(lines) == 2


def test_markdown_and_terminal_name_the_change(labels: Project, run: Shell):
    assert "| Changes |" in run("diff", "main", "side", "--output", "markdown").out
    assert "\x1b" not in run("diff", "main", "side").out


def test_a_patch_can_be_read_again(labels: Project, run: Shell):
    patch = parse_patch(run("diff", "main", "side", "--output", "patch").out)
    assert (patch.labels.before.height, patch.labels.after.height) == (1, 2)
    assert not parse_patch(run("diff", "main", "main", "--output", "patch").out)
    assert "takes no filter" in run.refused("diff", "--output", "patch", "--kind", "added")


def test_a_patch_of_several_label_sets(labels: Project, run: Shell):
    labels.write("labels/val.json", FIRST)
    run("add", "labels/val.json")
    run("commit", "-m", "More")
    labels.write("labels/train.json", SECOND)
    labels.write("labels/val.json", SECOND)
    several = parse_patches(run("diff", "--output", "patch").out)
    assert [one.name for one in several] == ["train", "val"]
    assert parse_patch(run("diff", "--output", "patch", "--", "val").out)


def test_output_into_a_file(labels: Project, run: Shell, tmp_path: Path):
    file = tmp_path / "report.md"
    assert run("diff", "main", "side", "--output", "markdown", "-o", str(file)).out == ""
    assert file.read_text().startswith("### train")
    assert "cannot be written" in run.refused("diff", "main", "side", "-o", "/proc/none/x")


def test_a_word_that_is_revision_and_label_set(labels: Project, run: Shell):
    labels.git("branch", "train")
    assert "both a revision and a label set" in run.refused("diff", "train")
    assert counts(run("diff", "--json", "train", "side", "--")) == CHANGED
    run("diff", "--", "train")


def test_unknown_words_are_told_with_what_is_near(labels: Project, run: Shell):
    message = run.refused("diff", "sidee")
    assert "'sidee'" in message and "Did you mean side?" in message
    message = run.refused("diff", "--", "trian")
    assert "no label set 'trian'" in message and "Did you mean train?" in message
    assert "two revisions can be compared, not 3" in run.refused("diff", "main", "side", "HEAD")


def test_a_label_set_on_one_side_only(labels: Project, run: Shell):
    told = run("diff", "--json", "main~1", "main")  # the first labels and their set-up
    assert told.json["sets"] == {}
    tree = labels.git("hash-object", "-t", "tree", "-w", "/dev/null")
    empty = labels.git("commit-tree", "-m", "Nothing", tree)
    assert counts(run("diff", "--json", empty, "main")) == {
        "changed": 3, "added": 3, "samples_added": 2, "categories_added": 2,
    }  # fmt: skip
    assert counts(run("diff", "--json", "main", empty))["removed"] == 3


def test_before_the_first_commit(project: Project, run: Shell):
    project.write("labels/train.json", FIRST)
    run("init", at=project.path)
    run("add", "labels/train.json")
    assert counts(run("diff", "--json"))["added"] == 3
    run("commit", "-m", "First")
    assert run("diff").out == "No label changes.\n"


def test_no_index_needs_no_repository(run: Shell, tmp_path: Path):
    (tmp_path / "one.json").write_text(json.dumps(FIRST))
    (tmp_path / "two.json").write_text(json.dumps(SECOND))
    ended = run("diff", "--no-index", "one.json", "two.json", "--json", at=tmp_path)
    assert counts(ended, "two.json") == CHANGED
    assert run("diff", "--no-index", "one.json", "one.json").out == "No label changes.\n"
    assert "three.json: no such file" in run.refused("diff", "--no-index", "one.json", "three.json")
    refused = run.refused("diff", "--no-index", "one.json", "two.json", "--set", "colour=red")
    assert "format coco has no setting 'colour'" in refused
    assert "did you mean coco" in run.refused(
        "diff", "--no-index", "one.json", "two.json", "--format", "cocco"
    )


def test_real_labels_without_a_repository(run: Shell):
    before = data("taco/official_2019-06-24_a35e9445.json")
    after = data("taco/official_2019-06-26_1e4d24a1.json")
    ended = run("diff", "--no-index", str(before), str(after), "--json", "--stat")
    assert counts(ended, str(after)) == {"changed": 28, "moved": 28, "reshaped": 28}


def test_a_pipe_is_written_into_not_replaced(labels: Project, run: Shell):
    pipe = labels.path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    run("diff", "HEAD~1", "HEAD", "--stat", "--json", "-o", str(pipe))
    assert pipe.is_fifo()
    assert b"labelvc.diff/v1" in os.read(reader, 100_000)
    os.close(reader)


def test_a_link_is_written_through(labels: Project, run: Shell):
    (labels.path / "link.json").symlink_to("real.json")
    run("diff", "HEAD~1", "HEAD", "--stat", "--json", "-o", "link.json")
    assert (labels.path / "link.json").is_symlink()
    assert b"labelvc.diff/v1" in labels.read("real.json")
