"""What the check of labels means for storing them."""

from __future__ import annotations

from collections.abc import Sequence

from labelvc.core.errors import LabelvcError
from labelvc.core.issue import Issue, told

SHOWN = 10


def refuse(path: str, issues: Sequence[Issue]) -> list[Issue]:
    """The warnings among the issues. Raises LabelvcError that names the errors, if any."""
    errors = [issue for issue in issues if issue.severity == "error"]
    if errors:
        lines = [f"  {line}" for line in listed(errors)]
        what = "an error" if len(errors) == 1 else f"{len(errors)} errors"
        raise LabelvcError(
            "\n".join([f"{path}: {what} in the labels", *lines]),
            hint="Correct them, or take them as they are with --no-check.",
        )
    return [issue for issue in issues if issue.severity == "warning"]


def listed(issues: Sequence[Issue]) -> list[str]:
    """The first issues of each code, a line each, and how many more there are."""
    by_code: dict[str, list[Issue]] = {}
    for issue in issues:
        by_code.setdefault(issue.code, []).append(issue)
    if len(issues) <= SHOWN:
        return [told(issue) for issue in issues]
    share = max(1, SHOWN // len(by_code))
    lines = [told(issue) for found in by_code.values() for issue in found[:share]]
    left = {code: len(found) - share for code, found in by_code.items() if len(found) > share}
    more = ", ".join(f"{code} {number:,}" for code, number in left.items())
    return [*lines, f"and {sum(left.values()):,} more ({more})"] if left else lines
