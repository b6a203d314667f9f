"""Problems in the labels of one snapshot: findings, never exceptions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from labelvc.core.check_boxes import box_findings
from labelvc.core.check_categories import category_findings, sample_count_findings
from labelvc.core.check_duplicates import duplicate_findings, near_duplicate_findings
from labelvc.core.check_ids import id_findings
from labelvc.core.check_intervals import interval_findings
from labelvc.core.check_names import name_findings
from labelvc.core.check_outlines import outline_findings
from labelvc.core.check_rules import DEFAULT, Rules
from labelvc.core.check_segments import segment_findings
from labelvc.core.check_shapes import keypoint_findings, mask_findings
from labelvc.core.check_shares import share_findings
from labelvc.core.check_spans import overlap_findings, span_findings
from labelvc.core.check_splits import leakage_findings
from labelvc.core.check_tags import tag_findings
from labelvc.core.check_texts import text_findings
from labelvc.core.issue import Finding, Issue, Severity
from labelvc.core.snapshot import Snapshot

__all__ = ["Issue", "Severity", "check"]


class _Finder(NamedTuple):
    """A function that finds what these codes stand for; it runs if one of them is in force."""

    codes: tuple[str, ...]
    find: Callable[[Snapshot, Rules], Iterable[Finding]]


_FINDERS = (
    _Finder(("duplicate-id", "dangling-sample"), id_findings),
    _Finder(("undeclared-category", "unused-category"), category_findings),
    _Finder(("inverted", "outside", "overhang", "empty"), box_findings),
    _Finder(("inverted", "outside", "empty"), interval_findings),
    _Finder(("few-points", "outline-outside", "self-crossing"), outline_findings),
    _Finder(("mask-size",), mask_findings),
    _Finder(("keypoint-outside", "keypoint-at-origin", "keypoint-count"), keypoint_findings),
    _Finder(("duplicate",), duplicate_findings),
    _Finder(("near-duplicate",), near_duplicate_findings),
    _Finder(("span-space", "utf16-offsets"), span_findings),
    _Finder(("span-overlap",), overlap_findings),
    _Finder(("tag-scheme",), tag_findings),
    _Finder(("empty-text",), text_findings),
    _Finder(("segment-overlap",), segment_findings),
    _Finder(("confusable-categories",), name_findings),
    _Finder(("few-samples",), sample_count_findings),
    _Finder(("leakage",), leakage_findings),
)


def check(
    snapshot: Snapshot, rules: Rules = DEFAULT, *, base: Snapshot | None = None
) -> list[Issue]:
    """Every finding that the rules ask for, errors first, by sample.

    `core.check_rules.RULES` says what each code stands for. With `base`, an earlier version, also
    what only a comparison shows.
    """
    found = [
        issue for finding in _findings(snapshot, rules, base) for issue in _issue(finding, rules)
    ]
    return sorted(found, key=lambda issue: (issue.severity, issue.sample or "", issue.code))


def _findings(snapshot: Snapshot, rules: Rules, base: Snapshot | None) -> Iterator[Finding]:
    for codes, find in _FINDERS:
        if any(rules.level(code) != "off" for code in codes):
            yield from find(snapshot, rules)
    if base is not None and rules.level("share-change") != "off":
        yield from share_findings(base, snapshot, rules)


def _issue(finding: Finding, rules: Rules) -> Iterator[Issue]:
    level = rules.level(finding.code)
    if level != "off":
        yield Issue(level, *finding)
