"""Which issues are listed where there are many, and what names each of them for a forge."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence

from labelvc.core.checked import Checked, CheckedSet, ToldIssue
from labelvc.report.escape import visible


def limited(issues: Sequence[ToldIssue], limit: int) -> Iterator[ToldIssue]:
    """The first issues of each code; all with a limit of 0."""
    seen: Counter[str] = Counter()
    for found in issues:
        seen[found.issue.code] += 1
        if not limit or seen[found.issue.code] <= limit:
            yield found


def each(checked: Checked, limit: int) -> Iterator[tuple[CheckedSet, ToldIssue, str]]:
    """The issues of all sets with their fingerprints: equal in every run that finds the same."""
    for one in checked.sets:
        seen: Counter[tuple[str, str | None, str]] = Counter()
        for found in limited(one.issues, limit):
            identity = found.issue.identity()
            seen[identity] += 1
            parts = (one.name, *(part or "" for part in identity), str(seen[identity]))
            text = "\0".join(parts).encode("utf-8", "backslashreplace")
            yield one, found, hashlib.sha256(text).hexdigest()


def sentence(one: CheckedSet, found: ToldIssue) -> str:
    """An issue in a line that names its label set, with nothing unseen in it."""
    issue = found.issue
    where = [one.name, *([f"sample {issue.sample}"] if issue.sample else [])]
    where += [f"label {issue.label}"] if issue.label else []
    return visible(": ".join([*where, issue.message]))
