"""One line of counts: what commit trailers, the log and headlines say of a label set."""

from __future__ import annotations

from collections.abc import Mapping

DETAILS = (
    "relabelled", "moved", "reshaped", "retimed", "edited", "verdict", "attributes", "annotator",
    "confidence",
)  # fmt: skip
# The counts of samples and categories, in the order and the words they are told in.
OTHERS = {
    "samples": {
        "added": "+", "removed": "-", "renamed": "renamed ", "resplit": "split moved ",
        "attributes": "attributes ", "media": "media ",
    },
    "categories": {
        "added": "+", "removed": "-", "renamed": "renamed ", "renumbered": "renumbered ",
        "attributes": "attributes ",
    },
}  # fmt: skip


def summary(counts: Mapping[str, int], *, separator: str = "") -> str:
    """The label changes of `counts` in a line; of samples and categories where labels have none.

    `separator` groups the thousands. Kinds overlap, so they may add up to more than `~`.

    >>> summary({"changed": 17, "added": 14, "removed": 1, "relabelled": 2})
    '+14 -1 ~2 (relabelled 2)'
    >>> summary({"samples_added": 26, "categories_renamed": 2})
    'samples +26; categories renamed 2'
    >>> summary({})
    'no changes'
    """
    labels = label_summary(counts, separator=separator)
    others = (other_summary(counts, what, separator=separator) for what in OTHERS)
    return labels or "; ".join(filter(None, others)) or "no changes"


def label_summary(counts: Mapping[str, int], *, separator: str = "") -> str:
    """Labels added, removed and changed, then the kinds of change; "" without any."""
    added, removed = counts.get("added", 0), counts.get("removed", 0)
    changed = counts.get("changed", 0) - added - removed
    signed = (("+", added), ("-", removed), ("~", changed))
    told = " ".join(f"{sign}{_grouped(count, separator)}" for sign, count in signed if count)
    details = ", ".join(
        f"{kind} {_grouped(counts[kind], separator)}" for kind in DETAILS if counts.get(kind)
    )
    return f"{told} ({details})" if details else told


def other_summary(counts: Mapping[str, int], what: str, *, separator: str = "") -> str:
    """Changes of the samples or the categories, whichever `what` names; "" without any."""
    parts = [
        f"{word}{_grouped(counts[f'{what}_{kind}'], separator)}"
        for kind, word in OTHERS[what].items()
        if counts.get(f"{what}_{kind}")
    ]
    return f"{what} {', '.join(parts)}" if parts else ""


def _grouped(count: int, separator: str) -> str:
    return f"{count:,}".replace(",", separator)
