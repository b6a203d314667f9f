"""`labelvc commit`: what goes in, what it says, and what keeps it from being made."""

import fcntl
import os
import stat
import subprocess
import sys

import pytest
import yaml

from tests.cli.shell import FIRST, SECOND, Shell, coco
from tests.repo.project import Project


def trailers(project: Project, rev: str = "HEAD") -> list[str]:
    told = project.git("log", "-1", "--format=%(trailers:key=Labels,valueonly)", rev)
    return told.split("\n") if told else []


def in_commit(project: Project, rev: str = "HEAD") -> set[str]:
    shown = project.git("show", "--name-only", "--format=", "-z", rev)
    return {name for name in shown.split("\0") if name}


def test_only_label_paths_go_in_with_a_trailer(labels: Project, run: Shell):
    labels.write("labels/train.json", SECOND)
    labels.write("notes.txt", "staged by hand")
    labels.git("add", "notes.txt")
    ended = run("commit", "-m", "Correct the dog")
    head = labels.git("rev-parse", "--short=10", "HEAD")
    summary = "+1 ~1 (relabelled 1)"
    assert ended.out == f"[main {head}] Correct the dog\n  train: {summary}\n"
    assert trailers(labels) == [f"train {summary}"]
    assert in_commit(labels) == {"labels/train.json.dvc"}
    assert labels.git("diff", "--cached", "--name-only") == "notes.txt"
    assert run("status", "--json").json["sets"]["train"]["state"] == "unchanged"
    with labels.dvc_repo() as dvc:
        assert dvc.status(["labels/train.json.dvc"]) == {}


def test_the_first_commit_of_a_label_set(labels: Project):
    assert trailers(labels, "HEAD~1") == ["train +3 (new)"]
    assert in_commit(labels, "HEAD~1") == {
        "labelvc.yaml", "labels/.gitignore", "labels/train.json.dvc",
    }  # fmt: skip


def test_the_pointer_tells_the_counts_in_plain_git_diff(labels: Project, run: Shell):
    labels.write("labels/train.json", SECOND)
    run("commit", "-m", "Correct the dog")
    shown = labels.git("diff", "--no-textconv", "HEAD~1", "--", "labels/train.json.dvc")
    assert "-        cat: 2" in shown and "+        cat: 3" in shown
    assert "+      labels: 4" in shown


def test_nothing_to_commit(labels: Project, run: Shell):
    head = labels.git("rev-parse", "HEAD")
    assert run("commit", "-m", "x", code=1).out == "nothing to commit, the labels are as in HEAD\n"
    assert labels.git("rev-parse", "HEAD") == head
    run("commit", "-m", "Nothing", "--allow-empty")
    assert labels.git("rev-parse", "HEAD~1") == head and trailers(labels) == []


def test_dry_run_changes_nothing(labels: Project, run: Shell):
    labels.write("labels/train.json", SECOND)
    before = labels.read("labels/train.json.dvc"), labels.git("rev-parse", "HEAD")
    told = run("commit", "-m", "x", "--dry-run", "--json").json
    assert told["commit"] is None and told["sets"] == {"train": "+1 ~1 (relabelled 1)"}
    assert "would commit:\n  train: +1 ~1" in run("commit", "-m", "x", "--dry-run").out
    assert (labels.read("labels/train.json.dvc"), labels.git("rev-parse", "HEAD")) == before


def test_only_the_sets_named(labels: Project, run: Shell):
    labels.write("labels/val.json", FIRST)
    run("add", "labels/val.json")
    run("commit", "-m", "More")
    for name in ("train", "val"):
        labels.write(f"labels/{name}.json", SECOND)
    run("commit", "-m", "Val only", "--", "val")
    assert in_commit(labels) == {"labels/val.json.dvc"}
    run("commit", "-m", "Train", "labels/train.json")
    assert in_commit(labels) == {"labels/train.json.dvc"}
    assert "Did you mean val?" in run.refused("commit", "-m", "x", "--", "vall")


def test_several_sets_have_a_trailer_each_after_those_of_the_message(labels: Project, run: Shell):
    labels.write("labels/val.json", FIRST)
    run("add", "labels/val.json")
    labels.write("labels/train.json", SECOND)
    run("commit", "-m", "Correct\n---\nmore", "-m", "Reviewed-by: Ada <ada@example.org>")
    assert sorted(trailers(labels)) == ["train +1 ~1 (relabelled 1)", "val +3 (new)"]
    message = labels.git("log", "-1", "--format=%B")
    assert message.startswith("Correct\n---\nmore\n\nReviewed-by: Ada <ada@example.org>\nLabels:")


def test_what_dvc_add_stored_by_hand_is_committed_too(labels: Project, run: Shell):
    labels.write("labels/train.json", SECOND)
    labels.track("labels/train.json")
    run("commit", "-m", "By hand")
    noted = yaml.safe_load(labels.read("labels/train.json.dvc"))["meta"]["labelvc"]["train"]
    assert noted["labels"] == 4 and trailers(labels) == ["train +1 ~1 (relabelled 1)"]


def test_a_label_set_that_goes(labels: Project, run: Shell):
    with labels.dvc_repo() as dvc:
        dvc.remove("labels/train.json.dvc")
    labels.write("labelvc.yaml", "version: 1\n")
    run("commit", "-m", "No training any more")
    assert trailers(labels) == ["train -3 (removed)"]
    assert {"labelvc.yaml", "labels/train.json.dvc"} <= in_commit(labels)


def test_a_label_set_declared_by_hand_is_tracked_by_the_commit(labels: Project, run: Shell):
    labels.write("labels/val.json", FIRST)
    labels.write("labelvc.yaml", labels.read("labelvc.yaml").decode().rstrip()
                 + "\n  val:\n    path: labels/val.json\n")  # fmt: skip
    run("commit", "-m", "Val")
    assert trailers(labels) == ["val +3 (new)"]
    assert "labels/val.json.dvc" in in_commit(labels)
    assert labels.git("status", "--porcelain") == ""


def test_errors_in_the_labels_keep_them_out(labels: Project, run: Shell):
    wrong = coco({"a.jpg": ["cat", "dog"]})
    for box in wrong["annotations"]:
        box["bbox"] = [900, 900, 5, 5]
    labels.write("labels/train.json", wrong)
    before = labels.read("labels/train.json.dvc")
    message = run.refused("commit", "-m", "x")
    assert "labels/train.json: 2 errors in the labels" in message
    assert "sample a.jpg: label 2: box" in message and "--no-check" in message
    assert labels.read("labels/train.json.dvc") == before
    run("commit", "-m", "x", "--no-check")
    # what HEAD has already keeps nobody from correcting something else
    labels.write("labels/train.json", labels.read("labels/train.json").replace(b"dog", b"wolf"))
    run("commit", "-m", "y")


def test_warnings_are_told_and_keep_nothing_out(labels: Project, run: Shell):
    twice = coco({"a.jpg": ["cat", "cat"]})
    twice["annotations"][1]["bbox"] = twice["annotations"][0]["bbox"]
    labels.write("labels/train.json", twice)
    assert "train: warning: sample a.jpg:" in run("commit", "-m", "Twice").err


def test_a_label_set_known_by_another_field_than_configured_is_advised(labels: Project, run: Shell):
    def export(first: int):
        return {
            "images": [
                {"id": n, "file_name": f"{n - first}.jpg", "flickr_url": f"https://f/{n}"}
                for n in range(first, first + 20)
            ],
            "categories": [{"id": 1, "name": "cat"}],
            "annotations": [
                {"id": n, "image_id": n, "category_id": 1, "bbox": [n, n, 9, 9]}
                for n in range(first, first + 20)
            ],
        }

    labels.write("labels/train.json", export(0))
    run("commit", "-m", "Twenty")
    labels.write("labels/train.json", export(3))
    assert "key: flickr_url" in run("commit", "-m", "Renumbered").err
    assert trailers(labels) == ["train +3 -3"]


def test_a_merge_in_progress_is_named(labels: Project, run: Shell):
    labels.write("labels/train.json", coco({"z.jpg": ["dog"]}))
    run("commit", "-m", "Third")
    subprocess.run(["git", "merge", "side"], cwd=labels.path, capture_output=True)
    message = run.refused("commit", "-m", "x")
    assert "conflicts are open in labels/train.json.dvc" in message
    assert run("status", "--json").json["sets"]["train"]["state"] == "merge unfinished"
    assert "+3" in run("diff").out  # the labels stay loadable meanwhile


def test_a_held_dvc_lock_leaves_everything_as_it_was(labels: Project, run: Shell):
    labels.write("labels/train.json", SECOND)
    before = labels.read("labels/train.json.dvc")
    with open(labels.path / ".dvc/tmp/lock", "a+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert ".dvc/tmp/lock" in run.refused("commit", "-m", "x")
    assert labels.read("labels/train.json.dvc") == before
    run("commit", "-m", "x")


def test_a_hook_that_says_no(labels: Project, run: Shell):
    hook = labels.path / ".git/hooks/pre-commit"
    hook.write_text("#!/bin/sh\necho 'no labels on Fridays' >&2\nexit 1\n")
    hook.chmod(0o755)
    labels.write("labels/train.json", SECOND)
    message = run.refused("commit", "-m", "x")
    assert "no labels on Fridays" in message and "run the same command again" in message
    hook.unlink()
    run("commit", "-m", "x")
    assert trailers(labels) == ["train +1 ~1 (relabelled 1)"]


def limited(project: Project, limit: str) -> subprocess.CompletedProcess[str]:
    """A commit by a process that may write files of so many bytes only, as on a full disk."""
    script = (
        f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}));"
        "import sys; from labelvc.cli.main import main; sys.exit(main(['commit', '-m', 'x']))"
    )
    return subprocess.run(
        [sys.executable, "-c", script], cwd=project.path, capture_output=True, text=True
    )


@pytest.mark.parametrize("limit", [300, 400_000])
def test_a_full_disk_leaves_the_last_commit_and_the_labels(labels: Project, run: Shell, limit):
    many = coco({f"{n}.jpg": ["cat"] for n in range(4000)})
    labels.write("labels/train.json", many)
    written, head = labels.read("labels/train.json"), labels.git("rev-parse", "HEAD")
    before = labels.read("labels/train.json.dvc")
    done = limited(labels, str(limit))
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("labelvc: error: cannot ") and "Traceback" not in done.stderr
    assert "Free some space" in done.stderr
    assert labels.read("labels/train.json") == written
    assert labels.read("labels/train.json.dvc") == before
    assert labels.git("rev-parse", "HEAD") == head
    run("commit", "-m", "x")
    assert labels.git("rev-parse", "HEAD~1") == head


def test_a_full_disk_while_a_folder_is_stored(labels: Project, run: Shell):
    """DVC itself would write a pointer to what its cache does not have."""
    labels.write("boxes/data.yaml", "names: [cat, dog]\n")
    labels.write("boxes/labels/a.txt", "0 0.5 0.5 0.1 0.1\n")
    run("add", "boxes")
    run("commit", "-m", "Boxes")
    labels.write("boxes/labels/b.txt", "0 0.5 0.5 0.1 0.1\n" * 30_000)
    done = limited(labels, "400_000")
    assert done.returncode == 2 and "cannot store boxes" in done.stderr, done.stderr
    assert "Free some space" in done.stderr
    assert labels.read("boxes/labels/b.txt").count(b"\n") == 30_000
    assert labels.git("status", "--porcelain") == ""
    run("commit", "-m", "x", "--no-check")
    with labels.dvc_repo() as dvc:
        assert dvc.status(["boxes.dvc"]) == {}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_cache(labels: Project, run: Shell):
    labels.write("labels/train.json", SECOND)
    cache = labels.path / ".dvc/cache/files/md5"
    cache.chmod(stat.S_IRUSR | stat.S_IXUSR)
    message = run.refused("commit", "-m", "x")
    cache.chmod(0o755)
    assert "Permission denied" in message


def test_a_stale_label_file_is_not_committed(labels: Project, run: Shell):
    """An edited file whose pointer Git moved would silently undo what the pointer says."""
    labels.write("labels/train.json", coco({"mine.jpg": ["cat"]}))
    labels.git("checkout", "-q", "side")
    ended = run("status", "--json")
    assert ended.json["sets"]["train"]["state"] == "pointer stale"
    assert "labels/train.json" in run.refused("commit", "-m", "x")


def test_an_empty_message(labels: Project, run: Shell):
    assert "message is empty" in run.refused("commit", "-m", " ")
