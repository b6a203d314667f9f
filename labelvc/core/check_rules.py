"""The rules of the check: their codes, how severe they are, and what can be set of them.

Without polars on purpose: labelvc.yaml is read by commands that need no labels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal, NamedTuple

Level = Literal["error", "warning", "off"]
LEVELS: tuple[Level, ...] = ("error", "warning", "off")


class Parameter(NamedTuple):
    """A number that a rule goes by."""

    default: float
    least: float
    most: float
    what: str


class Rule(NamedTuple):
    """`what` it finds. `at_commit`: `commit` and `add` apply it without being asked to.

    Those are the rules of single labels that are quick. Outlines take a second for 100,000, and
    what concerns a whole label set is for people who look at the whole.
    """

    level: Level
    what: str
    parameters: Mapping[str, Parameter] = MappingProxyType({})
    at_commit: bool = True


def _whole(
    level: Level, what: str, parameters: Mapping[str, Parameter] = MappingProxyType({})
) -> Rule:
    return Rule(level, what, parameters, at_commit=False)


_SLACK = Parameter(1, 0, 1e9, "pixels that still count as inside (of fractions: thousandths)")

RULES: Mapping[str, Rule] = {
    # ids
    "duplicate-id": Rule("error", "a native id that several labels have"),
    "dangling-sample": Rule("error", "a label of a sample that the label set does not list"),
    "undeclared-category": Rule("error", "a label of a category that the scheme does not list"),
    # boxes
    "inverted": Rule(
        "error", "a box of negative size; a span or segment that ends before it starts"
    ),
    "outside": Rule(
        "error",
        "a box that lies wholly outside its sample; a span or segment that starts before it or "
        "ends after it",
        {"slack": _SLACK},
    ),
    "overhang": Rule(
        "warning", "a box that reaches over the edge of its sample", {"slack": _SLACK}
    ),
    "empty": Rule("warning", "a box without area; a span or segment without length"),
    # outlines, masks, keypoints
    "few-points": _whole("warning", "an outline of fewer than three different points"),
    "self-crossing": _whole("warning", "an outline that crosses itself"),
    "outline-outside": _whole(
        "warning",
        "an outline that reaches over the edge of its sample, where its box does not",
        {"slack": _SLACK},
    ),
    "mask-size": Rule("error", "a mask of another width or height than its sample"),
    "keypoint-outside": Rule(
        "warning", "a labelled keypoint outside its sample", {"slack": _SLACK}
    ),
    "keypoint-at-origin": Rule("warning", "a keypoint at (0, 0) that is said to be visible"),
    "keypoint-count": Rule("error", "another number of keypoints than the category has"),
    # duplicates
    "duplicate": Rule("warning", "labels with the same content"),
    "near-duplicate": Rule(
        "warning",
        "two shapes of one category in one sample that nearly coincide",
        {"iou": Parameter(0.95, 0.5, 1, "the least overlap")},
    ),
    # texts
    "span-space": Rule("warning", "a span of text with white space at its edge"),
    "span-overlap": Rule("off", "two spans of text that overlap"),
    "utf16-offsets": Rule("warning", "spans that fit the words only if counted in UTF-16 units"),
    "tag-scheme": Rule("warning", "a token tag that cannot follow the one before it"),
    "empty-text": Rule("warning", "a transcript or caption without text"),
    # sound
    "segment-overlap": Rule(
        "warning",
        "two segments of one category (a speaker) and channel at the same time",
        {"slack": Parameter(0.01, 0, 3600, "seconds that they may share")},
    ),
    # categories
    "unused-category": _whole("warning", "a category of the scheme that no label has"),
    "confusable-categories": _whole(
        "warning", "two names of categories that are hard to tell apart"
    ),
    "few-samples": _whole(
        "warning",
        "a category that stands in few samples, in a label set of at least four times as many",
        {"least": Parameter(5, 1, 1e9, "the samples it needs")},
    ),
    "share-change": _whole(
        "warning",
        "a category whose share of the labels changed suddenly (with --against)",
        {
            "factor": Parameter(2, 1, 1e9, "how many times as large or as small"),
            "points": Parameter(1, 0, 100, "and by how many percentage points at least"),
            "labels": Parameter(30, 1, 1e12, "with how many labels at least, before or after"),
        },
    ),
    # splits
    "leakage": _whole("warning", "the same medium or text in several splits"),
    # files
    "unreadable": _whole("error", "labels that cannot be read; nothing else of them is checked"),
}  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """What labelvc.yaml says of one rule; a level of None keeps the default."""

    level: Level | None = None
    parameters: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Rules:
    """The rules in force: the defaults, but for what is set."""

    settings: Mapping[str, Setting] = field(default_factory=lambda: MappingProxyType({}))
    whole: bool = True  # those of a whole label set too

    def level(self, code: str) -> Level:
        """How severe a finding of this code is."""
        setting = self.settings.get(code, Setting())
        if setting.level is None and not (self.whole or RULES[code].at_commit):
            return "off"
        return setting.level or RULES[code].level

    def value(self, code: str, name: str) -> float:
        """A parameter of a rule."""
        given = self.settings.get(code, Setting()).parameters
        return given.get(name, RULES[code].parameters[name].default)

    def of_labels(self) -> Rules:
        """What `commit` and `add` apply: the quick rules of labels, and those that are set."""
        return replace(self, whole=False)

    def with_settings(self, settings: Mapping[str, Setting]) -> Rules:
        """These rules with some set anew; what is not said of a rule stays."""
        merged = dict(self.settings)
        for code, new in settings.items():
            old = merged.get(code, Setting())
            merged[code] = Setting(new.level or old.level, {**old.parameters, **new.parameters})
        return replace(self, settings=merged)


DEFAULT = Rules()
