"""The key `check` of labelvc.yaml, for the project or a label set: how severe each rule is.

check:
  duplicate: error                              # or warning, off
  few-samples: {severity: warning, least: 20}   # and what the rule goes by
"""

from __future__ import annotations

import difflib

import yaml

from labelvc.core.check_rules import DEFAULT, LEVELS, RULES, Level, Rules, Setting
from labelvc.repo.yaml_nodes import entries_of, is_empty, scalar, wrong

_SEVERITY = "severity"


def parse_rules(node: yaml.Node, where: str, above: Rules = DEFAULT) -> Rules:
    """The rules that a node sets, on top of those `above` it. Raises ParseError."""
    if is_empty(node):
        return above
    entries = entries_of(node, where, at="check")
    for code, value in entries.items():
        if code not in RULES:
            raise wrong(value, where, f"the code of a check{_meant(code)}", code)
    return above.with_settings(
        {code: _setting(code, value, where) for code, value in entries.items()}
    )


def _setting(code: str, node: yaml.Node, where: str) -> Setting:
    if isinstance(node, yaml.ScalarNode):
        return Setting(_level(code, node, where))
    parameters = RULES[code].parameters
    entries = entries_of(node, where, known=(_SEVERITY, *parameters), at=f"check: {code}")
    level = entries.pop(_SEVERITY, None)
    return Setting(
        None if level is None else _level(code, level, where),
        {name: _number(code, name, value, where) for name, value in entries.items()},
    )


def _level(code: str, node: yaml.Node, where: str) -> Level:
    # YAML 1.1 reads a bare `off` as false; the node still has the word as it was written
    word = scalar(node, where)
    for level in LEVELS:
        if word == level:
            return level
    raise wrong(node, where, f"{code}: {', '.join(LEVELS[:-1])} or {LEVELS[-1]}", word)


def _number(code: str, name: str, node: yaml.Node, where: str) -> float:
    rule = RULES[code].parameters[name]
    try:
        number = float(scalar(node, where))
    except ValueError:
        number = float("nan")
    if not rule.least <= number <= rule.most:
        expected = f"{code}: {name}: a number from {rule.least:g} to {rule.most:g}"
        raise wrong(node, where, expected, scalar(node, where))
    return number


def _meant(code: str) -> str:
    close = difflib.get_close_matches(code, RULES, 1)
    return f" ({close[0]}?)" if close else f" ({', '.join(RULES)})"
