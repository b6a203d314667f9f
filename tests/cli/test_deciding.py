"""Going through conflicts by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import labelvc
from labelvc.cli.deciding import Choices, go_through
from labelvc.core.conflict import Conflict, Undecided
from tests.cli.terminal import END, INTERRUPT, at_a_terminal

BOX = {"labels": [{"key": 0, "sample": "a.jpg", "kind": "box", "category": "RBC"}]}
CATEGORY = Conflict("edit/edit", "labels", "category", BOX, BOX, BOX, BOX)
SHAPE = Conflict("edit/edit", "labels", "shape", BOX, BOX, BOX, BOX)
ADDED = Conflict("add/add", "labels", None, {}, BOX, BOX, BOX)
SPLIT = Conflict("split/split", "samples", "split", *[{"samples": [{"sample": "a.jpg"}]}] * 4)


def label_set(name: str, **conflicts: Conflict) -> Undecided:
    return Undecided(name, f"{name}.json", "coco", None, None, None, None, None, conflicts)


OPEN = [
    label_set("train", c1=CATEGORY, c2=SHAPE, c3=CATEGORY, c4=ADDED),
    label_set("val", c1=CATEGORY, c5=SPLIT),
]


class Went(NamedTuple):
    """What was decided, what was shown, what was asked."""

    made: Choices
    shown: list[str]
    asked: list[str]


def go(*lines: str | type[BaseException]) -> Went:
    """Answers with the lines in turn; an exception is raised in the place of an answer."""
    left: Iterator[str | type[BaseException]] = iter(lines)
    shown: list[str] = []
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        answer = next(left, EOFError)
        if isinstance(answer, str):
            return answer
        raise answer

    made = go_through(OPEN, ask=ask, show=shown.append, describe=lambda o: f"{o.label_set} {o.id}")
    return Went(made, shown, asked)


def test_each_conflict_is_shown_and_decided():
    went = go("o", "t", "b", "u", "d", "o")
    assert went.made == {
        "train": {"c1": "ours", "c2": "theirs", "c3": "base", "c4": "union"},
        "val": {"c1": "delete", "c5": "ours"},
    }
    assert went.shown == ["train c1", "train c2", "train c3", "train c4", "val c1", "val c5"]


def test_whole_words_capitals_and_spaces_do_too():
    assert go("ours", " THEIRS ", "O")[0] == {"train": {"c1": "ours", "c2": "theirs", "c3": "ours"}}


def test_only_what_a_conflict_allows_is_offered_and_taken():
    went = go("s", "s", "s", "b", "o", "s", "u", "d", "t")
    assert "[b]ase" not in went.asked[3] and "[u]nion" in went.asked[3]
    assert "[u]nion" not in went.asked[6] and "[d]elete" not in went.asked[6]
    assert went.made == {"train": {"c4": "ours"}, "val": {"c5": "theirs"}}


def test_skipped_conflicts_stay_open():
    assert go("s", "o", "s", "skip", "s", "s").made == {"train": {"c2": "ours"}}


@pytest.mark.parametrize("answers", [("a", "t"), ("a t",), ("all theirs",)])
def test_all_alike_settles_the_rest_of_that_kind_and_field(answers):
    went = go(*answers, "o", "u", "b")
    assert went.made == {
        "train": {"c1": "theirs", "c3": "theirs", "c2": "ours", "c4": "union"},
        "val": {"c1": "theirs", "c5": "base"},
    }
    assert "theirs for 3 conflicts" in went.shown


def test_all_alike_leaves_alone_what_was_decided_before():
    assert go("o", "s", "a t", "q").made == {
        "train": {"c1": "ours", "c3": "theirs"}, "val": {"c1": "theirs"}
    }  # fmt: skip


def test_no_choice_for_all_alike_asks_again():
    went = go("a", "", "o", "q")
    assert went.made == {"train": {"c1": "ours"}} and "no choice made" in went.shown


def test_undo_takes_back_the_last_answer_whatever_it_was():
    went = go("o", "s", "z", "t", "z", "z", "z", "b", "q")
    assert went.made == {"train": {"c1": "base"}}
    assert "nothing to undo" in went.shown
    assert "undo" not in went.asked[0] and "undo" in went.asked[1]


def test_undo_takes_back_all_alike_at_once():
    assert go("s", "s", "a o", "z", "z", "z", "q").made == {}


def test_quitting_keeps_what_was_decided_and_says_so():
    went = go("o", "q")
    assert went.made == {"train": {"c1": "ours"}}
    assert went.shown[-1] == "quit: what was decided is kept (1 conflict)"
    assert go("q").shown[-1] == "quit: nothing was decided"


@pytest.mark.parametrize("ending", [EOFError, KeyboardInterrupt])
@pytest.mark.parametrize("before", [(), ("a",)])
def test_an_interruption_keeps_what_was_decided_and_says_so(ending, before):
    went = go("o", "t", *before, ending)
    assert went.made == {"train": {"c1": "ours", "c2": "theirs"}}
    assert went.shown[-1] == "\ninterrupted: what was decided is kept (2 conflicts)"


def test_help_tells_of_the_keys_that_are_allowed():
    went = go("?", "nonsense", "", "q")
    assert went.shown[1] == went.shown[2] and "union" in went.shown[1]
    assert went.shown.count("train c1") == 1
    assert "  b  " not in go("s", "s", "s", "?", "q").shown[-2]


def test_without_conflicts_nothing_is_asked():
    asked: list[str] = []
    assert go_through([], ask=lambda q: asked.append(q) or "", show=print, describe=str) == {}
    assert asked == []


# When polars has run, it has put a signal handler of its own in place of Python's.
SCRIPT = """
import polars as pl
from labelvc.cli.deciding import ask_at_terminal, go_through
from tests.cli.test_deciding import OPEN
pl.DataFrame({"a": [1]}).filter(pl.col("a") > 0)
print(go_through(OPEN, ask=ask_at_terminal, show=print, describe=lambda open_: f"<{open_.id}>"))
"""
TOP = Path(labelvc.__file__).parents[1]
ASKED = "[?]: "


def test_at_a_real_terminal_ctrl_c_keeps_what_was_decided():
    steps = [(ASKED, b"o\n"), (ASKED, b"z\n"), (ASKED, b"t\n"), (ASKED, INTERRUPT)]
    code, told = at_a_terminal(["-c", SCRIPT], steps, TOP)
    assert code == 0 and told.splitlines()[-1] == "{'train': {'c1': 'theirs'}}"


def test_at_a_real_terminal_the_end_of_input_keeps_what_was_decided():
    code, told = at_a_terminal(["-c", SCRIPT], [(ASKED, b"a b\n"), (ASKED, END)], TOP)
    assert code == 0 and "{'c1': 'base', 'c3': 'base'}, 'val': {'c1': 'base'}}" in told
