"""Decisions are on disk before they count, and survive a crash and a report made anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelvc.core.errors import LabelvcError
from labelvc.core.reported import Item
from labelvc.review.decisions import LONGEST_COMMENT, Decisions


def items(*samples: str) -> list[Item]:
    return [
        Item(at, "train", "label", at, {"after_category": "cat", "iou": at}, ["added"], sample)
        for at, sample in enumerate(samples)
    ]


def test_a_decision_is_there_for_whoever_opens_the_file_next(tmp_path: Path) -> None:
    first = Decisions(tmp_path / "d.jsonl", items("a", "b"))
    assert first.decide([0], {"decision": "accept"}) == {"0": {"decision": "accept", "comment": ""}}
    first.decide([1], {"comment": "why?"})
    again = Decisions(tmp_path / "d.jsonl", items("a", "b"))
    assert again.told() == first.told()
    assert again.of(1).comment == "why?" and again.of(1).decision is None
    assert again.steps == 2


def test_decisions_go_with_the_change_and_not_with_its_place(tmp_path: Path) -> None:
    Decisions(tmp_path / "d", items("a", "b", "b")).decide([2], {"decision": "reject"})
    other = Decisions(tmp_path / "d", items("new", "b", "b"))
    assert [other.of(at).decision for at in range(3)] == [None, None, "reject"]
    assert Decisions(tmp_path / "d", items("a")).told() == {}


def test_a_comment_and_a_decision_do_not_wipe_each_other(tmp_path: Path) -> None:
    decisions = Decisions(tmp_path / "d", items("a"))
    decisions.decide([0], {"comment": "look"})
    decisions.decide([0], {"decision": "reject"})
    assert decisions.of(0).comment == "look"
    decisions.decide([0], {"decision": None})
    assert (decisions.of(0).decision, decisions.of(0).comment) == (None, "look")


def test_a_whole_filter_is_one_step_to_take_back(tmp_path: Path) -> None:
    decisions = Decisions(tmp_path / "d", items("a", "b", "c"))
    decisions.decide([1], {"decision": "reject"})
    decisions.decide([0, 1, 2], {"decision": "accept"})
    undone = decisions.undo()
    assert {number: one["decision"] for number, one in undone.items()} == {
        "0": None, "1": "reject", "2": None,
    }  # fmt: skip
    assert Decisions(tmp_path / "d", items("a", "b", "c")).of(1).decision == "reject"
    decisions.undo()
    assert decisions.undo() == {} and decisions.steps == 0


@pytest.mark.parametrize(
    "torn", [b'{"set":{"x', b"\xff\xfe", b'{"set":{"x":{"decision":"maybe"}}}']
)
def test_a_torn_line_is_no_decision_and_spoils_none(tmp_path: Path, torn: bytes) -> None:
    file = tmp_path / "d"
    Decisions(file, items("a", "b")).decide([0], {"decision": "accept"})
    file.write_bytes(file.read_bytes() + torn)
    again = Decisions(file, items("a", "b"))
    assert again.of(0).decision == "accept"
    again.decide([1], {"decision": "reject"})
    last = Decisions(file, items("a", "b"))
    assert [last.of(at).decision for at in (0, 1)] == ["accept", "reject"]


@pytest.mark.parametrize(
    ("numbers", "changed"),
    [
        ([2], {"decision": "accept"}),
        ([-1], {"decision": "accept"}),
        (["0"], {"decision": "accept"}),
        ([0], {"decision": "maybe"}),
        ([0], {}),
        ([0], {"comment": 3}),
        ([0], {"comment": "x" * (LONGEST_COMMENT + 1)}),
        ([0], {"decision": "accept", "extra": "x"}),
    ],
)
def test_what_is_no_decision_changes_nothing(
    tmp_path: Path, numbers: list[Any], changed: dict[str, Any]
) -> None:
    decisions = Decisions(tmp_path / "d", items("a", "b"))
    with pytest.raises(LabelvcError):
        decisions.decide(numbers, changed)
    assert not (tmp_path / "d").exists() and decisions.told() == {}


STEPS = st.lists(
    st.one_of(
        st.just(None),
        st.tuples(st.sets(st.integers(0, 4), min_size=1), st.sampled_from(["accept", "reject"])),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_undoing_is_as_if_it_had_never_been(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Any]
) -> None:
    samples = items(*"abcde")
    file = tmp_path_factory.mktemp("d") / "d"
    decisions = Decisions(file, samples)
    history: list[dict[int, str]] = [{}]
    for step in steps:
        if step is None:
            decisions.undo()
            history = history[:-1] or history
        else:
            decisions.decide(sorted(step[0]), {"decision": step[1]})
            history.append({**history[-1], **dict.fromkeys(step[0], step[1])})
    for one in (decisions, Decisions(file, samples)):
        assert {at: one.of(at).decision for at in range(5) if one.of(at).decision} == history[-1]
        assert one.steps == len(history) - 1
