"""One finding in the labels, and what makes it the same finding in another version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, NamedTuple

Severity = Literal["error", "warning"]
_SAME: Mapping[str, str] = MappingProxyType({})


class Finding(NamedTuple):
    """What a rule has found; the rules in force make an `Issue` of it, or nothing.

    `key` is the label's row. `about` is what stays the same of the finding where its message may
    not, such as the category that has too few samples.
    """

    code: str
    message: str
    sample: str | None = None
    label: str | None = None
    key: int | None = None
    about: str = ""


@dataclass(frozen=True)
class Issue:
    """One finding. Errors keep a commit from being made, warnings are told.

    `label` is the label's native id and `key` its row in the snapshot that was checked.
    """

    severity: Severity
    code: str
    message: str
    sample: str | None = None
    label: str | None = None
    key: int | None = field(default=None, compare=False)
    about: str = field(default="", compare=False)

    def identity(self, names: Mapping[str, str] = _SAME) -> tuple[str, str | None, str]:
        """Equal for the same finding in two versions, whatever ids and rows are called there.

        `names` are those of renamed samples: what each was called before.
        """
        sample = None if self.sample is None else names.get(self.sample, self.sample)
        return self.code, sample, self.about or self.message


def new_and_gone(
    before: Sequence[Issue], after: Sequence[Issue], names: Mapping[str, str] = _SAME
) -> tuple[list[Issue], int]:
    """The issues of `after` that `before` does not have, and how many of `before` are gone.

    Both are multisets: what stands twice in `after` and once in `before` is new once. `names` as in
    `Issue.identity`.
    """
    old = Counter(issue.identity() for issue in before)
    fresh = []
    for issue in after:
        identity = issue.identity(names)
        if old[identity]:
            old[identity] -= 1
        else:
            fresh.append(issue)
    return fresh, old.total()


def told(issue: Issue) -> str:
    """An issue in a line."""
    where = f"sample {issue.sample}: " if issue.sample else ""
    which = f"label {issue.label}: " if issue.label else ""
    return f"{where}{which}{issue.message}"
