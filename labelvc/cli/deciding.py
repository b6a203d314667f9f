"""Going through conflicts with somebody who decides: one question each, one line an answer."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from labelvc.core.conflict import Conflict, Undecided
from labelvc.core.resolve import choices
from labelvc.report.numbers import count

KEYS = {"o": "ours", "t": "theirs", "b": "base", "u": "union", "d": "delete"}
_MEANINGS = {
    "ours": "take what our side has",
    "theirs": "take what their side has",
    "base": "keep what stood there before both",
    "union": "keep both sides' labels",
    "delete": "take it out",
}
_REST = """\
  s  skip: leave it undecided
  a  all alike: one choice for this and all that follow of its kind and field
  z  undo the last answer
  q  quit; what is decided by then is applied, as it is after Ctrl-C
  ?  this help"""

# Asks for a line; raises EOFError at the end of input, KeyboardInterrupt on Ctrl-C.
Ask = Callable[[str], str]
Show = Callable[[str], None]
# By label set, by conflict id: what to do.
Choices = dict[str, dict[str, str]]


class Open(NamedTuple):
    """A conflict with the name of its label set and its id."""

    label_set: str
    id: str
    conflict: Conflict


@dataclass
class _Session:
    """Where one is; `past` has for each answer the place it was given at and what it decided."""

    open: Sequence[Open]
    place: int = 0
    made: dict[int, str] = field(default_factory=dict)
    past: list[tuple[int, list[int]]] = field(default_factory=list)

    @property
    def here(self) -> Open | None:
        """The conflict to be decided, None after the last one."""
        return self.open[self.place] if self.place < len(self.open) else None

    def alike(self) -> list[int]:
        """This one and what is undecided after it of the same kind, table and field."""
        first = self.open[self.place].conflict
        return [
            at
            for at in range(self.place, len(self.open))
            if at not in self.made and _sort(self.open[at].conflict) == _sort(first)
        ]

    def decide(self, places: Sequence[int], choice: str | None) -> None:
        """Settle those that allow it, then go on; None skips."""
        fit = [at for at in places if choice and choice in choices(self.open[at].conflict)]
        self.past.append((self.place, fit))
        self.made.update((at, choice) for at in fit if choice)
        self.place += 1
        while self.place in self.made:
            self.place += 1

    def undo(self) -> bool:
        """Take the last answer back; False where there is none."""
        if not self.past:
            return False
        self.place, decided = self.past.pop()
        for at in decided:
            del self.made[at]
        return True


def ask_at_terminal(question: str) -> str:
    """Asks for a line at the terminal; Ctrl-C interrupts it at once."""
    # polars puts a handler of its own in place, after which reading goes on as if nothing happened
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return input(question)


def go_through(
    undecided: Sequence[Undecided], *, ask: Ask, show: Show, describe: Callable[[Open], str]
) -> Choices:
    """What was decided, however it ended: after the last conflict, by quitting, by Ctrl-C or EOF.

    `describe` tells a conflict with its versions.
    """
    listed = [Open(one.name, id, c) for one in undecided for id, c in one.conflicts.items()]
    session = _Session(listed)
    try:
        _go(session, ask, show, describe)
    except (EOFError, KeyboardInterrupt):
        show("\n" + _stopped(session, "interrupted"))
    found: Choices = {}
    for at, choice in sorted(session.made.items()):
        found.setdefault(listed[at].label_set, {})[listed[at].id] = choice
    return found


def _go(session: _Session, ask: Ask, show: Show, describe: Callable[[Open], str]) -> None:
    told = None
    while (here := session.here) is not None:
        if told != session.place:
            show(describe(here))
            told = session.place
        word, _, more = ask(_question(session, here)).strip().lower().partition(" ")
        if word in ("q", "quit"):
            show(_stopped(session, "quit"))
            return
        if word in ("z", "undo"):
            if not session.undo():
                show("nothing to undo")
        elif word in ("s", "skip"):
            session.decide([], None)
        elif word in ("a", "all"):
            _all_alike(session, here, more.strip(), ask, show)
        elif choice := _choice(here.conflict, word):
            session.decide([session.place], choice)
        elif word:
            show(_help(here.conflict))


def _all_alike(session: _Session, here: Open, word: str, ask: Ask, show: Show) -> None:
    """One answer for all of a kind; `a o` gives it at once."""
    alike, kind = session.alike(), here.conflict.kind
    of = f" of {here.conflict.field}" if here.conflict.field else ""
    if not word:
        keys = _offered(here.conflict)
        word = ask(f"all {len(alike):,} {kind}{of}: {keys}? ").strip().lower()
    if choice := _choice(here.conflict, word):
        session.decide(alike, choice)
        show(f"{choice} for {count(len(session.past[-1][1]), 'conflict')}")
    else:
        show("no choice made")


def _choice(conflict: Conflict, word: str) -> str | None:
    choice = KEYS.get(word, word)
    return choice if choice in choices(conflict) else None


def _question(session: _Session, here: Open) -> str:
    undo = ", [z] undo" if session.past else ""
    place = f"({session.place + 1:,}/{len(session.open):,})"
    return f"{place} {_offered(here.conflict)}, [s]kip, [a]ll alike{undo}, [q]uit, [?]: "


def _offered(conflict: Conflict) -> str:
    return ", ".join(f"[{key}]{KEYS[key][1:]}" for key in _keys(conflict))


def _keys(conflict: Conflict) -> list[str]:
    return [key for key, choice in KEYS.items() if choice in choices(conflict)]


def _help(conflict: Conflict) -> str:
    lines = [f"  {key}  {KEYS[key]}: {_MEANINGS[KEYS[key]]}" for key in _keys(conflict)]
    return "\n".join([*lines, _REST])


def _stopped(session: _Session, how: str) -> str:
    if not session.made:
        return f"{how}: nothing was decided"
    return f"{how}: what was decided is kept ({count(len(session.made), 'conflict')})"


def _sort(conflict: Conflict) -> tuple[str, str, str | None]:
    return conflict.kind, conflict.table, conflict.field
