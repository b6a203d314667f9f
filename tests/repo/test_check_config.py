"""The key `check` of labelvc.yaml."""

from __future__ import annotations

import pytest

from labelvc.core.check_rules import DEFAULT, RULES
from labelvc.core.errors import ParseError
from labelvc.repo.config import parse_config

SETS = b"""
sets:
  train: {path: x, check: {near-duplicate: {iou: 0.9}, empty: error}}
  val: {path: y}
"""


def test_a_set_adds_to_what_the_project_says():
    config = parse_config(b"check:\n  near-duplicate: error\n  empty: off" + SETS)
    train, val = config.rules("train"), config.rules("val")
    assert [one.level("near-duplicate") for one in (train, val)] == ["error", "error"]
    assert [one.value("near-duplicate", "iou") for one in (train, val)] == [0.9, 0.95]
    assert [one.level("empty") for one in (train, val)] == ["error", "off"]
    assert config.rules("a set that nobody declared") == config.check


def test_nothing_said_is_the_default():
    for content in (b"", b"check:\n", b"check: {}\nsets: {train: {path: x}}"):
        rules = parse_config(content).rules("train")
        assert all(rules.level(code) == DEFAULT.level(code) for code in RULES)


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ("{overhangs: error}", r"the code of a check \(overhang\?\), found 'overhangs'"),
        ("{xyzzy: error}", r"the code of a check \(duplicate-id, "),
        ("{overhang: fatal}", "overhang: error, warning or off, found 'fatal'"),
        ("{overhang: {severity: fatal}}", "overhang: error, warning or off, found 'fatal'"),
        ("{overhang: {slak: 3}}", "expected one of severity, slack, found 'slak'"),
        ("{near-duplicate: {iou: 2}}", "near-duplicate: iou: a number from 0.5 to 1, found '2'"),
        ("{near-duplicate: {iou: nan}}", "a number from 0.5 to 1"),
        ("{near-duplicate: {iou: x}}", "a number from 0.5 to 1, found 'x'"),
        ("{overhang: [error]}", "expected keys with values in check: overhang"),
        ("[overhang]", "expected keys with values in check"),
    ],
)
def test_what_cannot_be_meant(check: str, said: str):
    for content in (f"\ncheck: {check}", f"sets:\n  a: {{path: x, check: {check}}}"):
        with pytest.raises(ParseError, match=f"labelvc.yaml: line 2: .*{said}"):
            parse_config(content.encode())
