"""Names of categories that are hard to tell apart: one category may have become two."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations

from labelvc.core.check_rules import Rules
from labelvc.core.issue import Finding
from labelvc.core.snapshot import Snapshot

# Greek and Cyrillic letters that look like Latin ones in most fonts, by lower case
# (from the confusables of Unicode Technical Standard 39).
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁһԛԝьвнкмт" + "οανιρκτυχςϲ",
    "aeopcyxijsdhqwbbhkmt" + "oavipktuxcc",
)
_BETWEEN = re.compile(r"(?<=[^\W_])[\W_]+(?=[^\W_])")
_PLURAL = 4  # letters of the singular at least: `gas` is no plural


def name_findings(snapshot: Snapshot, rules: Rules) -> Iterator[Finding]:
    """`confusable-categories` for each pair, by the plainest of the differences."""
    names = sorted(set(snapshot.categories["name"]))
    told: set[tuple[str, str]] = set()
    for why, key in _KEYS.items():
        for one, two in _pairs(names, key):
            if (one, two) not in told:
                told.add((one, two))
                message = f"{one!r} and {two!r} differ only by {why}"
                yield Finding("confusable-categories", message)


def _pairs(names: Iterable[str], key: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for name in names:
        # Single characters (letters to be read, punctuation) are what they are.
        if len(name) > 1 and len(key(name)) > 1:
            groups[key(name)].append(name)
    for alike in groups.values():
        # Of very many, each is told with the first only.
        yield from combinations(alike, 2) if len(alike) < 10 else ((alike[0], x) for x in alike[1:])


def _normal(name: str) -> str:
    return unicodedata.normalize("NFKC", name)


def _cased(name: str) -> str:
    return _normal(name).casefold()


def _joined(name: str) -> str:
    """Without what stands between letters, but between digits it counts: 1.5 is not 15."""

    def kept(match: re.Match[str]) -> str:
        around = match.string[match.start() - 1] + match.string[match.end()]
        return "." if around.isdigit() else ""

    return _BETWEEN.sub(kept, _cased(name).strip())


def _skeleton(name: str) -> str:
    return _joined(name).translate(_LOOKALIKES)


def _singular(name: str) -> str:
    text = _skeleton(name)
    for ending, instead in (("ies", "y"), ("ses", "s"), ("xes", "x"), ("hes", "h"), ("s", "")):
        if text.endswith(ending) and not text.endswith("ss"):
            stem = text.removesuffix(ending) + instead
            return stem if len(stem) >= _PLURAL else text
    return text


_KEYS: dict[str, Callable[[str], str]] = {
    "Unicode form": _normal,
    "case": _cased,
    "spaces and punctuation": _joined,
    "letters that look alike": _skeleton,
    "a plural": _singular,
}
