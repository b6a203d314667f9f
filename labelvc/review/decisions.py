"""What a reviewer decided, kept as it is decided: a line a step, so that a crash loses none.

The file is only ever appended to. A step says what became of some changes, and what they were
before; taking it back is a further line. Changes are known by their content, not by their place in
a report, so that decisions outlive a report that is made anew.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import msgspec

from labelvc.core.errors import LabelvcError
from labelvc.core.reported import Item

Verdict = Literal["accept", "reject"]
LONGEST_COMMENT = 10_000  # characters


@dataclass(frozen=True)
class Decision:
    """What was decided of a change; nothing, as it stands before anybody looked."""

    decision: Verdict | None = None
    comment: str = ""


UNDECIDED = Decision()


class _Line(msgspec.Struct, omit_defaults=True):
    """A line of the file: the new state of some changes by key, or one step back."""

    set: dict[str, Decision] = {}
    undo: bool = False


_DECODER = msgspec.json.Decoder(_Line)


class Decisions:
    """The decisions on the changes of one report, by their numbers."""

    def __init__(self, file: Path, items: Sequence[Item]) -> None:
        self._file = file
        self._keys = keys_of(items)
        self._numbers = {key: number for number, key in enumerate(self._keys)}
        self._state: dict[str, Decision] = {}
        self._steps: list[dict[str, Decision]] = []  # what was before each step
        for line in self._lines():
            self._play(line)

    def of(self, number: int) -> Decision:
        """What was decided of a change."""
        return self._state.get(self._keys[number], UNDECIDED)

    def told(self) -> dict[str, dict[str, str | None]]:
        """Every decision and comment, as the page gets them."""
        return self._told(self._state)

    @property
    def steps(self) -> int:
        """How many steps can be taken back."""
        return len(self._steps)

    def decide(
        self, numbers: Iterable[int], changed: Mapping[str, str | None]
    ) -> dict[str, dict[str, str | None]]:
        """Decide some changes alike, in one step; returns what they are now.

        `changed` has `decision` (accept, reject, or None to take it back), `comment`, or both.
        Raises LabelvcError for a number that the report does not have, and another decision.
        """
        unknown = {*changed} - {"decision", "comment"}
        verdict, comment = changed.get("decision"), changed.get("comment", "")
        if not changed or unknown or verdict not in (None, "accept", "reject"):
            raise LabelvcError("a decision is accept, reject or null, with or without a comment")
        if not isinstance(comment, str) or len(comment) > LONGEST_COMMENT:
            raise LabelvcError(f"a comment is a text of at most {LONGEST_COMMENT:,} characters")
        step: dict[str, Decision] = {}
        for number in numbers:
            if not isinstance(number, int) or not 0 <= number < len(self._keys):
                raise LabelvcError(f"the report has no change {number!r}")
            was = self._state.get(self._keys[number], UNDECIDED)
            step[self._keys[number]] = Decision(**{**asdict(was), **changed})
        if step:
            self._append(_Line(set=step))
        return self._told(step)

    def undo(self) -> dict[str, dict[str, str | None]]:
        """Take the last step back; returns what its changes are now, nothing without a step."""
        if not self._steps:
            return {}
        concerned = self._steps[-1]
        self._append(_Line(undo=True))
        return self._told({key: self._state.get(key, UNDECIDED) for key in concerned})

    def _told(self, states: Mapping[str, Decision]) -> dict[str, dict[str, str | None]]:
        return {
            str(self._numbers[key]): asdict(state)
            for key, state in states.items()
            if key in self._numbers
        }

    def _play(self, line: _Line) -> None:
        if line.undo:
            if self._steps:
                self._state |= self._steps.pop()
            return
        self._steps.append({key: self._state.get(key, UNDECIDED) for key in line.set})
        self._state |= line.set

    def _append(self, line: _Line) -> None:
        """On disk before it counts."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("ab") as file:
            if file.tell() and not self._ends_with_a_line():
                file.write(b"\n")  # what a crash left of a line
            file.write(msgspec.json.encode(line) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._play(line)

    def _ends_with_a_line(self) -> bool:
        with self._file.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read() == b"\n"

    def _lines(self) -> list[_Line]:
        """The steps that were written to their end."""
        try:
            content = self._file.read_bytes()
        except FileNotFoundError:
            return []
        found = []
        for line in content.split(b"\n"):
            try:
                found.append(_DECODER.decode(line))
            except (msgspec.DecodeError, UnicodeDecodeError):  # torn by a crash, or empty
                continue
        return found


def keys_of(items: Sequence[Item]) -> list[str]:
    """A key for each change, made of its content; changes that are alike are counted."""
    seen: Counter[str] = Counter()
    keys = []
    for item in items:
        content = [item.label_set, item.what, item.sample, _content(item)]
        text = json.dumps(content, sort_keys=True, default=str)
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        seen[digest] += 1
        keys.append(digest if seen[digest] == 1 else f"{digest}#{seen[digest]}")
    return keys


def _content(item: Item) -> dict[str, object]:
    """What the change says, without what matching found out about it."""
    return {
        name: value
        for name, value in item.row.items()
        if name.startswith(("before", "after")) and value is not None
    }
