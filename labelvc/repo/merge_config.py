"""The key `merge` of a label set: how conflicts are treated.

merge: ours                          # or theirs, union, newest, manual (the default)
merge: {annotator: [alice, bob]}     # alice's word counts more than bob's
merge: {policy: newest, close: 0.98} # how near two new boxes must be to be no conflict
"""

from __future__ import annotations

import yaml

from labelvc.core.merge_policy import CLOSE, POLICIES, Policy
from labelvc.repo.yaml_nodes import entries_of, scalar, wrong

_NAMES = tuple(name for name in POLICIES if name != "annotator")


def parse_policy(node: yaml.Node, where: str) -> Policy:
    """The policy that a node declares. Raises ParseError."""
    if isinstance(node, yaml.ScalarNode):
        return Policy(_name(node, where))
    entries = entries_of(node, where, known=("policy", "annotator", "close"))
    close = _close(entries["close"], where) if "close" in entries else CLOSE
    if "annotator" not in entries:
        name = _name(entries["policy"], where) if "policy" in entries else "manual"
        return Policy(name, close=close)
    if "policy" in entries:
        raise wrong(node, where, "either policy or annotator", "both")
    people = entries["annotator"]
    if not isinstance(people, yaml.SequenceNode) or not people.value:
        raise wrong(people, where, "a list of annotators", people.value)
    return Policy("annotator", tuple(scalar(one, where) for one in people.value), close)


def written_policy(policy: Policy) -> object:
    """What stands in labelvc.yaml for a policy."""
    if policy.name == "annotator":
        told: dict[str, object] = {"annotator": list(policy.order)}
    elif policy.close == CLOSE:
        return policy.name
    else:
        told = {"policy": policy.name}
    return told if policy.close == CLOSE else {**told, "close": policy.close}


def _name(node: yaml.Node, where: str) -> str:
    name = scalar(node, where)
    if name not in _NAMES:
        expected = f"merge: {', '.join(_NAMES)}, or annotator: [NAME, ...]"
        raise wrong(node, where, expected, name)
    return name


def _close(node: yaml.Node, where: str) -> float:
    try:
        close = float(scalar(node, where))
    except ValueError:
        close = -1.0
    if not 0.5 <= close <= 2.0:
        raise wrong(node, where, "close: an IoU from 0.5 (above 1: never)", scalar(node, where))
    return close
