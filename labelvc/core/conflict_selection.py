"""Which conflicts somebody means, by id, label, sample, kind, category, annotator or field."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from itertools import islice

from labelvc.core.conflict import Conflict, Undecided
from labelvc.core.conflict_words import line
from labelvc.core.errors import LabelvcError, NotFound, shorten
from labelvc.core.merge_rows import ATTRIBUTE
from labelvc.core.resolve import choices

SHORTEST = 4  # characters of an id's beginning that may stand for it
FILE = "a file of labels"
_COMPARED = 5_000  # names looked through for those that may have been meant

# The open conflicts by (label set, id).
Listed = dict[tuple[str, str], Conflict]


@dataclass(frozen=True)
class Selection:
    """What has to hold of a conflict, all of it; an empty tuple asks for nothing.

    One of several words is enough. A pattern is a conflict's id or the beginning of one, a label's
    own id, a sample's key, or a shell pattern over those keys.
    """

    patterns: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()
    annotators: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.patterns) or any(getattr(self, name) for name in _NAMES)


def _fields(conflict: Conflict) -> tuple[str, ...]:
    """An attribute may be named without saying that it is one."""
    field = conflict.field
    return () if field is None else (field, field.removeprefix(ATTRIBUTE))


# What the words of a selection are compared with.
_NAMES: dict[str, Callable[[Conflict], Collection[str]]] = {
    "kinds": lambda conflict: (conflict.kind,),
    "categories": lambda conflict: conflict.categories,
    "samples": lambda conflict: conflict.samples,
    "annotators": lambda conflict: conflict.annotators,
    "fields": _fields,
}
_NOUNS = {
    "kinds": "kind", "categories": "category", "samples": "sample", "annotators": "annotator",
    "fields": "field",
}  # fmt: skip


def narrowed(undecided: Sequence[Undecided], wanted: Selection) -> list[Undecided]:
    """The label sets with the conflicts that are meant; sets without any are left out.

    Raises LabelvcError for the beginning of several ids.
    """
    if not wanted:
        return list(undecided)
    meant = _meant(_listed(undecided), wanted)
    found = [
        replace(
            one,
            conflicts={id: c for id, c in one.conflicts.items() if (one.name, id) in meant},
        )
        for one in undecided
    ]
    return [one for one in found if one.conflicts]


def select(undecided: Sequence[Undecided], wanted: Selection) -> list[Undecided]:
    """The same, where there has to be one for every pattern. Raises NotFound, LabelvcError."""
    listed = _listed(undecided)
    if wanted and not listed:
        raise NotFound("no conflicts are open", hint="`labelvc status` tells how things stand.")
    for pattern in wanted.patterns:
        if not _of_pattern(listed, pattern):
            raise NotFound(
                f"no open conflict is meant by {shorten(pattern)}",
                hint=_closest(pattern, _names_of(listed)),
            )
    found = narrowed(undecided, wanted)
    if wanted and not found:
        raise _nothing(listed, wanted)
    return found


def check_choice(undecided: Sequence[Undecided], choice: str | None) -> None:
    """Raises LabelvcError unless every conflict can be settled so; None: with a file of labels."""
    listed = _listed(undecided)
    if choice is None:
        _check_apart(undecided)
    refusing = [at for at, conflict in listed.items() if not _allows(conflict, choice)]
    if not refusing:
        return
    (_, id), first = refusing[0], listed[refusing[0]]
    told = FILE if choice is None else repr(choice)
    several = f"{len(refusing)} of {len(listed)} conflicts cannot be settled with {told}, such as"
    one = f"a conflict cannot be settled with {told}:"
    raise LabelvcError(
        f"{one if len(refusing) == 1 else several} {id} ({line(first)})",
        hint=f"It can with {', '.join(choices(first))}. Nothing was settled.",
    )


def _check_apart(undecided: Sequence[Undecided]) -> None:
    """A file's labels of a sample can stand for one conflict only: they would be there twice."""
    for one in undecided:
        taken: dict[str, str] = {}
        for id, conflict in one.conflicts.items():
            for sample in conflict.samples:
                other = taken.setdefault(sample, id)
                if other != id:
                    raise LabelvcError(
                        f"{one.name}: conflicts {other} and {id} are both of {shorten(sample)}: "
                        f"{FILE} can stand for one of them",
                        hint="Settle the others first, with ours, theirs, base or delete.",
                    )


def _allows(conflict: Conflict, choice: str | None) -> bool:
    if choice is None:
        return conflict.table == "labels" or "labels" in conflict.now
    return choice in choices(conflict)


def _listed(undecided: Sequence[Undecided]) -> Listed:
    return {(one.name, id): c for one in undecided for id, c in one.conflicts.items()}


def _meant(listed: Listed, wanted: Selection) -> Collection[tuple[str, str]]:
    meant = set(listed)
    if wanted.patterns:
        meant = {at for pattern in wanted.patterns for at in _of_pattern(listed, pattern)}
    for name, names_of in _NAMES.items():
        if words := set(getattr(wanted, name)):
            meant = {at for at in meant if not words.isdisjoint(names_of(listed[at]))}
    return meant


def _of_pattern(listed: Listed, pattern: str) -> set[tuple[str, str]]:
    """What a pattern means; whole names come before beginnings and wildcards."""
    if exact := {at for at in listed if at[1] == pattern}:
        return exact
    if named := {at for at, c in listed.items() if pattern in (*c.native_ids, *_subjects(c))}:
        return named
    if begun := _begun(listed, pattern):
        return begun
    return {
        at
        for at, conflict in listed.items()
        if any(fnmatchcase(name, pattern) for name in _subjects(conflict))
    }


def _subjects(conflict: Conflict) -> tuple[str, ...]:
    """The samples, or the path of a file that holds no labels."""
    if conflict.table == "files" and conflict.field is not None:
        return (conflict.field,)
    return conflict.samples


def _begun(listed: Listed, pattern: str) -> set[tuple[str, str]]:
    if len(pattern) < SHORTEST:
        return set()
    begun = {at for at in listed if at[1].startswith(pattern)}
    ids = sorted({id for _, id in begun})
    if len(ids) > 1:
        raise LabelvcError(
            f"{shorten(pattern)} is the beginning of {len(ids)} ids: {', '.join(ids[:5])}",
            hint="Give more of the one you mean.",
        )
    return begun


def _names_of(listed: Listed) -> Iterator[str]:
    for (_, id), conflict in listed.items():
        yield from (id, *conflict.native_ids, *_subjects(conflict))


def _closest(word: str, names: Iterator[str]) -> str:
    close = difflib.get_close_matches(word, list(dict.fromkeys(islice(names, _COMPARED))), n=2)
    told = " or ".join(shorten(name) for name in close)
    return f"Did you mean {told}?" if close else "`labelvc conflicts` lists those that are open."


def _nothing(listed: Listed, wanted: Selection) -> NotFound:
    """The error that names the condition which holds nowhere."""
    for name, names_of in _NAMES.items():
        words = getattr(wanted, name)
        known = {told for conflict in listed.values() for told in names_of(conflict)}
        if words and known.isdisjoint(words):
            return NotFound(
                f"no open conflict is of {_NOUNS[name]} {shorten(words[0])}",
                hint=_closest(words[0], iter(sorted(known))),
            )
    return NotFound(
        "no open conflict meets all of these conditions",
        hint="Each of them holds for some; `labelvc conflicts` lists them.",
    )
