"""What the check of several label sets has found, ready to be told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from labelvc.core.comparison import End
from labelvc.core.issue import Issue, Severity


@dataclass(frozen=True)
class Place:
    """Where a forge shows an issue: a file that Git has, relative to its top, and a line from 1."""

    path: str
    line: int = 1


@dataclass(frozen=True)
class ToldIssue:
    """An issue and its place. `is_touched`: its label is not in base as it is; None if unknown."""

    issue: Issue
    place: Place
    is_touched: bool | None = None


@dataclass(frozen=True)
class CheckedSet:
    """One label set; of a comparison `issues` are the new ones, `gone` and `kept` are counts."""

    name: str
    path: str
    issues: Sequence[ToldIssue] = ()
    gone: int = 0
    kept: int = 0
    samples: int | None = None
    labels: int | None = None


@dataclass(frozen=True)
class Checked:
    """Label sets at one end, perhaps against another.

    `unchecked` are the sets whose labels are not at hand, with why.
    """

    end: End
    against: End | None
    sets: Sequence[CheckedSet] = ()
    unchecked: Sequence[tuple[str, str]] = ()

    def only(self, codes: Sequence[str], severity: Severity | None) -> Checked:
        """With the issues of these codes (none: all), and no warnings if errors are asked for."""

        def is_wanted(issue: Issue) -> bool:
            return (not codes or issue.code in codes) and severity in (None, issue.severity)

        return replace(
            self,
            sets=[
                replace(one, issues=[told for told in one.issues if is_wanted(told.issue)])
                for one in self.sets
            ],
        )

    def counts(self) -> Counter[Severity]:
        """How many errors and warnings."""
        return Counter(told.issue.severity for one in self.sets for told in one.issues)
