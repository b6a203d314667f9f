"""Tag schemes of token labels: entities to tags and back.

tokens   Anna  Bell   Paris  Rome   .
iob1     I-PER I-PER  I-LOC  B-LOC  O     B- only parts two neighbours of one type
bio      B-PER I-PER  B-LOC  B-LOC  O
bioes    B-PER E-PER  S-LOC  S-LOC  O
bilou    B-PER L-PER  U-LOC  U-LOC  O
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

# How each scheme writes the tokens of an entity: alone, first, inside, last.
_LETTERS = {
    "iob1": ("I", "I", "I", "I"),
    "bio": ("B", "B", "I", "I"),
    "bioes": ("S", "B", "I", "E"),
    "bilou": ("U", "B", "I", "L"),
}
SCHEMES = tuple(_LETTERS)
# The letters of these schemes alone: the last token of an entity, and the only one.
_CLOSING = {"bioes": ("E", "S"), "bilou": ("L", "U")}
OUTSIDE = ("O", "")


class Entity(NamedTuple):
    """Tokens `start` to `end` (exclusive) of a sentence, counted from 0."""

    start: int
    end: int
    category: str


class TagError(ValueError):
    """A tag that cannot stand where it does; `index` counts the tokens of the sentence."""

    def __init__(self, index: int, expected: str) -> None:
        super().__init__(f"token {index}: expected {expected}")
        self.index = index
        self.expected = expected


@lru_cache(maxsize=65536)
def split_tag(tag: str) -> tuple[str, str] | None:
    """Letter and category of a tag, `("O", "")` outside of entities, None for what is no tag."""
    if tag == "O":
        return OUTSIDE
    letter, hyphen, category = tag.partition("-")
    return (letter, category) if letter in tuple("BIESLU") and hyphen and category else None


def decode(tags: Sequence[str], scheme: str) -> list[Entity]:
    """The entities of one sentence. Raises TagError for tags that the scheme does not allow."""
    if tags.count("O") == len(tags):
        return []
    parts = _split_all(tags, scheme)
    if scheme in _CLOSING:
        return _decode_closing(parts, *_CLOSING[scheme])
    begins = [index for index, begin in enumerate(_beginnings(parts)) if begin]
    if scheme == "bio":
        for index in begins:
            if parts[index][0] == "I":
                raise TagError(index, f"O or B-{parts[index][1]} (scheme bio)")
    return [Entity(start, _end(parts, start), parts[start][1]) for start in begins]


def encode(entities: Iterable[Entity], length: int, scheme: str) -> list[str]:
    """The tags of a sentence of `length` tokens; the entities must not overlap."""
    alone, first, inside, last = _LETTERS[scheme]
    tags = ["O"] * length
    before = Entity(-1, -1, "")
    for entity in sorted(entities):
        start, end, category = entity
        letters = [first, *[inside] * (end - start - 2), last] if end - start > 1 else [alone]
        if scheme == "iob1" and (before.end, before.category) == (start, category):
            letters[0] = "B"
        tags[start:end] = [f"{letter}-{category}" for letter in letters]
        before = entity
    return tags


class Evidence:
    """What the tags of a file say of its scheme.

    `begun_with` has, by letter, the first sentence and token where an entity begins with it that
    does not follow one of its own type.
    """

    def __init__(self) -> None:
        self.scheme: str | None = None
        self.begun_with: dict[str, tuple[int, int]] = {}

    def add(self, tags: Sequence[str], number: int) -> bool:
        """Look at the tags of sentence `number`; True once nothing more has to be looked at."""
        if tags.count("O") == len(tags):
            return False
        parts = [split_tag(tag) or OUTSIDE for tag in tags]
        for scheme, letters in _CLOSING.items():
            if any(letter in letters for letter, _ in parts):
                self.scheme = scheme
                return True
        before = ""
        for index, (letter, category) in enumerate(parts):
            # B- after an entity of its type is what both schemes write there
            if letter != "O" and category != before:
                self.begun_with.setdefault(letter, (number, index))
            before = category
        return False

    def verdict(self) -> str | None:
        """The scheme; None where some entities begin as in iob1 and others as in bio."""
        if self.scheme is None and len(self.begun_with) == 2:
            return None
        return self.scheme or ("iob1" if "I" in self.begun_with else "bio")


def _split_all(tags: Sequence[str], scheme: str) -> list[tuple[str, str]]:
    parts = []
    allowed = {*_LETTERS[scheme], "B", "O"}
    for index, tag in enumerate(tags):
        part = split_tag(tag)
        if part is None or part[0] not in allowed:
            letters = ", ".join(f"{letter}-" for letter in "BIESLU" if letter in allowed)
            raise TagError(index, f"a tag of scheme {scheme} (O or {letters} and a category)")
        parts.append(part)
    return parts


def _beginnings(parts: Sequence[tuple[str, str]]) -> Iterable[bool]:
    """Whether an entity begins at each token: at B-, and at I- after O or another type."""
    previous = ""
    for letter, category in parts:
        yield letter == "B" or (letter == "I" and category != previous)
        previous = category


def _end(parts: Sequence[tuple[str, str]], start: int) -> int:
    end = start + 1
    while end < len(parts) and parts[end] == ("I", parts[start][1]):
        end += 1
    return end


def _decode_closing(parts: Sequence[tuple[str, str]], last: str, alone: str) -> list[Entity]:
    """Schemes in which the last token says that it is the last."""
    found: list[Entity] = []
    start, category = -1, ""  # of the entity that is open; its category is never empty
    for index, (letter, this) in enumerate([*parts, OUTSIDE]):
        inside = letter in ("I", last)
        if inside != bool(category) or (inside and this != category):
            if index == len(parts):
                raise TagError(index - 1, f"{last}-{category} at the end of the entity")
            expected = f"I-{category} or {last}-{category}" if category else f"B-{this} before it"
            raise TagError(index, expected)
        if letter == "B":
            start, category = index, this
        elif letter == alone:
            found.append(Entity(index, index + 1, this))
        elif letter == last:
            found.append(Entity(start, index + 1, category))
            category = ""
    return found
