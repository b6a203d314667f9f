"""What the check has found, by name."""

from __future__ import annotations

from labelvc.core.checked import Checked, CheckedSet, Place, ToldIssue
from labelvc.core.comparison import End
from labelvc.core.issue import Issue

HOSTILE = "a\x1b[31m\r\n::error::x%0A,b:c|\u202e<b>"


def found(severity, code, message, sample=None, label=None, *, place=("x.dvc", 1), touched=None):
    return ToldIssue(Issue(severity, code, message, sample, label), Place(*place), touched)


def cells():
    """Two sets, one against another revision's worth of issues, many of one code."""
    overhang = [
        found("warning", "overhang", f"box ({at}, 1, 9, 9) reaches over the edge of its sample",
              f"cell_{at}.jpg", str(at), place=("labels/train.json.dvc", 1), touched=at > 2)
        for at in range(1, 9)
    ]  # fmt: skip
    train = [
        found("error", "duplicate-id", "id 7 is used twice", "cell_1.jpg", "7",
              place=("labels/train.json.dvc", 1)),
        *overhang,
    ]  # fmt: skip
    lines = [found("error", "inverted", "6-5 ends before it starts", "s", place=("a b.jsonl", 12))]
    return Checked(
        End(None, None),
        End("main", "4f1c9a7be" + "0" * 31),
        [
            CheckedSet("train", "labels/train.json", train, gone=2, kept=1204),
            CheckedSet("val", "labels/val.json"),
            CheckedSet("names", "a b.jsonl", lines),
        ],
        [("test", "object 12ab is not in the cache")],
    )


def hostile():
    """Names and messages that would like to be more than that."""
    issues = [
        found("warning", "duplicate", HOSTILE, HOSTILE, HOSTILE, place=("a,b:c%\n.json", 3)),
        found("error", "leakage", HOSTILE),
    ]
    return Checked(End("v1", "a" * 40), None, [CheckedSet("train", HOSTILE, issues)])


def clean():
    """Nothing found."""
    return Checked(End("v1", "a" * 40), None, [CheckedSet("train", "labels/train.json")])


CASES = {"cells": cells, "hostile": hostile, "clean": clean}
