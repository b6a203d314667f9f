"""The check of label sets at a revision, and against another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from labelvc.core.check import check
from labelvc.core.check_rules import Rules
from labelvc.core.checked import Checked, CheckedSet, ToldIssue
from labelvc.core.comparison import End
from labelvc.core.errors import LabelvcError, NotFound, RepositoryError
from labelvc.core.issue import Issue, new_and_gone
from labelvc.core.match import choose_key
from labelvc.core.reported import Found
from labelvc.core.sample_match import match_samples
from labelvc.core.snapshot import CONTENT, Snapshot
from labelvc.formats import registry
from labelvc.formats.base import Scan, check_settings
from labelvc.formats.source import Source
from labelvc.repo.check_lines import Lines
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import Revision, SetPair, Version, candidates, pair

# What is not in this clone, or a remote that cannot be asked.
ABSENT = (NotFound, RepositoryError)
_OF_SEVERAL = ("duplicate", "duplicate-id")
_NOTHING = Source("", {}, is_folder=False)


def check_sets(
    repo: Repository,
    end: Revision,
    names: Sequence[str] = (),
    *,
    against: Revision | None = None,
) -> Checked:
    """The issues of the label sets at an end (default: all), or those that are new since `against`.

    The rules are those of labelvc.yaml at `end`. Labels that cannot be read are an issue
    (`unreadable`); sets whose labels are not at hand are listed. Raises NotFound for an unknown
    set, ParseError where labelvc.yaml is none.
    """
    config = repo.config(end.commit)
    sets: list[CheckedSet] = []
    unchecked: list[tuple[str, str]] = []
    for candidate in candidates(repo, against or end, end, names):
        name = candidate.label_set.name
        try:
            both = pair(repo, candidate, against or end, end)
            found = _set(repo, both, config.rules(name), against)
        except ABSENT as error:
            if candidate.declared:
                unchecked.append((name, _in_a_line(error)))
            continue
        if found is None and candidate.after is not None and candidate.declared:
            unchecked.append((name, f"nothing is at {candidate.label_set.path}"))
        sets += [found] if found is not None else []
    base = None if against is None else End(against.rev, against.commit)
    return Checked(End(end.rev, end.commit), base, sets, unchecked)


def new_issues(
    repo: Repository, before: Revision, after: Revision, names: Sequence[str] = ()
) -> Found:
    """What `after` has of issues that `before` has not, by label set, and how many are gone."""
    checked = check_sets(repo, after, names, against=before)
    return Found(
        [(one.name, told.issue) for one in checked.sets for told in one.issues],
        sum(one.gone for one in checked.sets),
        [f"{name} was not checked: {why}" for name, why in checked.unchecked],
    )


@dataclass(frozen=True)
class _Side:
    """A label set at one end: its labels, or why they cannot be read."""

    version: Version
    snapshot: Snapshot | None = None
    trouble: LabelvcError | None = None

    def issues(self, rules: Rules, base: Snapshot | None = None) -> list[Issue]:
        """What the check finds."""
        if self.snapshot is not None:
            return check(self.snapshot, rules, base=base)
        level = rules.level("unreadable")
        return (
            []
            if level == "off"
            else [Issue(level, "unreadable", _in_a_line(self.trouble), about="it")]
        )


def _set(
    repo: Repository, both: SetPair, rules: Rules, against: Revision | None
) -> CheckedSet | None:
    """None where it is not there, or is no label set: a tracked path that nobody declared."""
    if both.after is None:
        return None
    label_set = both.label_set
    if against is not None and both.is_equal:
        return CheckedSet(label_set.name, label_set.path)
    before, after = _sides(repo, both.before if against else None, both.after)
    if after.snapshot is None and not both.declared:
        return None
    issues = after.issues(rules, before.snapshot if before else None)
    total, gone, touched = len(issues), 0, None
    if before is not None:
        issues, gone, touched = _compared(before, after, issues, rules)
    lines = Lines(repo, both.after, after.snapshot)
    return CheckedSet(
        label_set.name,
        label_set.path,
        [
            ToldIssue(issue, lines.place(issue, after.trouble), _is_touched(issue, touched))
            for issue in issues
        ],
        gone,
        total - len(issues),
        after.snapshot.samples.height if after.snapshot else None,
        after.snapshot.labels.height if after.snapshot else None,
    )


def _sides(repo: Repository, before: Version | None, after: Version) -> tuple[_Side | None, _Side]:
    """Both versions, with the same field as the samples' key. Raises what is in ABSENT."""
    repo.prefetch(before.source if before else _NOTHING, after.source)
    later = _scanned(after)
    if before is None:
        return None, _side(after, later, after.label_set.key)
    earlier = _scanned(before)
    key = after.label_set.key
    if not isinstance(earlier, LabelvcError) and not isinstance(later, LabelvcError):
        key = choose_key(earlier.sample_fields(), later.sample_fields(), key)
    return _side(before, earlier, key), _side(after, later, key)


def _scanned(version: Version) -> Scan | LabelvcError:
    source, label_set = version.source, version.label_set
    try:
        fmt = registry.by_name(label_set.format) if label_set.format else registry.sniff(source)
        check_settings(fmt, label_set.settings, source.name)
        return fmt.scan(source, fmt.settle(source, label_set.settings))
    except ABSENT:
        raise
    except LabelvcError as error:
        return error


def _side(version: Version, scan: Scan | LabelvcError, key: str | None) -> _Side:
    if isinstance(scan, LabelvcError):
        return _Side(version, trouble=scan)
    try:
        return _Side(version, scan.read(None, key).check())
    except ABSENT:
        raise
    except LabelvcError as error:
        return _Side(version, trouble=error)


def _compared(
    before: _Side, after: _Side, issues: list[Issue], rules: Rules
) -> tuple[list[Issue], int, set[int] | None]:
    """The new issues, how many are gone, and the rows of labels that base does not have."""
    old = before.issues(rules)
    if before.snapshot is None or after.snapshot is None:
        return *new_and_gone(old, issues), None
    # Renamed samples keep their issues.
    names = match_samples(before.snapshot, after.snapshot)
    fresh, gone = new_and_gone(old, issues, names)
    keys = {issue.key for issue in fresh if issue.key is not None}
    return fresh, gone, _touched(before.snapshot, after.snapshot, names, keys)


def _touched(before: Snapshot, after: Snapshot, names: dict[str, str], keys: set[int]) -> set[int]:
    """Those of the rows of `after` whose content no label of `before` has."""
    concerned = after.labels.filter(pl.col("key").is_in(list(keys)))
    if names:
        concerned = concerned.with_columns(pl.col("sample").replace(names))
    new = concerned.join(before.labels, on=CONTENT, how="anti", nulls_equal=True)
    return set(new["key"])


def _is_touched(issue: Issue, touched: set[int] | None) -> bool | None:
    """None where it is not known, or the issue is one of several labels."""
    if touched is None or issue.key is None or issue.code in _OF_SEVERAL:
        return None
    return issue.key in touched


def _in_a_line(error: LabelvcError | None) -> str:
    return " ".join(str(error).split())
