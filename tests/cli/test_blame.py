"""`labelvc blame` as a person calls it."""

from tests.cli.shell import FIRST, SECOND, Shell, coco
from tests.repo.project import Project


def test_each_label_with_its_commit_and_what_is_not_committed(labels: Project, run: Shell) -> None:
    first = run("log", "--json").json["commits"][0]["commit"]
    labels.write("labels/train.json", SECOND)
    told = run("blame", "train", "--json").json
    assert (told["rev"], told["commit"]) == (None, None)
    rows = {(row["sample"], row["id"]): (row["commit"], row["kinds"]) for row in told["labels"]}
    assert rows == {
        ("a.jpg", "1"): (first, ["added"]), ("a.jpg", "2"): (None, ["relabelled"]),
        ("b.jpg", "3"): (first, ["added"]), ("c.jpg", "4"): (None, ["added"]),
    }  # fmt: skip
    assert list(told["commits"]) == [first]
    text = run("blame", "train").out
    assert first[:9] in text and "not committed" in text and "relabelled dog -> cat" in text


def test_a_second_call_says_the_same(labels: Project, run: Shell) -> None:
    once = run("blame", "train", "HEAD", "--json").json
    assert run("blame", "train", "HEAD", "--json").json == once
    labels.write("labels/train.json", SECOND)
    dirty = run("blame", "train", "--json").json
    assert run("blame", "train", "--json").json == dirty


def test_it_is_narrowed_and_cut(labels: Project, run: Shell) -> None:
    def ids(*args: str) -> list[str]:
        return [row["id"] for row in run("blame", "train", "--json", *args).json["labels"]]

    assert ids("--sample", "a.jpg") == ["1", "2"]
    assert ids("--category", "cat") == ["1", "3"]
    assert ids("--label", "3") == ["3"]
    assert "... and 2 more labels" in run("blame", "train", "--limit", "1").out
    assert run("blame", "train", "-q").out == ""


def test_what_is_not_there_is_told_with_the_next_step(labels: Project, run: Shell) -> None:
    assert "labelvc show --json" in run.refused("blame", "train", "--label", "99")
    assert "labelvc show --json" in run.refused("log", "--sample", "nobody.jpg")
    assert "one label set" in run.refused("blame", "HEAD")
    run.refused("blame", "train", "--since", "nowhere")


def test_names_cannot_steer_the_terminal(labels: Project, run: Shell) -> None:
    labels.write("labels/train.json", coco({"a\x1b[31m.jpg": ["c\u202eat"]}))
    run("commit", "-m", "Hostile \x1b[32m", "--no-check")
    text = run("blame", "train").out
    assert "\x1b" not in text and "\u202e" not in text
    assert "\\x1b[31m" in text


def test_first_and_only_version(labels: Project, run: Shell) -> None:
    labels.write("labels/train.json", FIRST)
    commits = {row["commit"] for row in run("blame", "train", "--json").json["labels"]}
    assert len(commits) == 1 and None not in commits
