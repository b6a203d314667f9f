"""An array of a COCO file that is being edited."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from labelvc.formats.coco_values import ORDER, Values, completed, refit
from labelvc.formats.json_decode import Id
from labelvc.formats.json_spans import Edit, Elements, Layout


def native_id(text: str | None) -> Id | None:
    """A native id from its text: a number where it is spelled like one."""
    if text and len(text) < 20 and text.removeprefix("-").isdecimal() and str(int(text)) == text:
        return int(text)
    return text


class _FreshIds:
    """Native ids that no kept element has, and new ones that no element ever had."""

    def __init__(self, taken: Iterable[Id | None], ever: Sequence[Id | None]) -> None:
        kinds = set(map(type, ever))
        self._textual = kinds == {str}
        self._taken: set[Id | None] = set(taken)
        numbers: Iterable[Id | None] = ever
        if kinds != {int}:  # the usual case, spared a million calls
            self._taken = set(map(_number, self._taken))
            numbers = map(_number, ever)
        self._last = max((one for one in numbers if isinstance(one, int)), default=0)

    def take(self, wanted: Id | None) -> Id:
        """The wanted id if it is free, else one more than the largest."""
        if wanted is None or _number(wanted) in self._taken:
            self._last += 1
            wanted = self._last
        elif isinstance(wanted, int):
            self._last = max(self._last, wanted)
        self._taken.add(_number(wanted))
        return str(wanted) if self._textual else wanted


def _number(native: Id | None) -> Id | None:
    """An id as a number where it is spelled like one: 7 and "7" are the same."""
    return native if type(native) is int else native_id(str(native))


class Section:
    """One array of the file being edited: `natives` are the ids of its elements by position."""

    def __init__(self, pieces: Sequence[msgspec.Raw], natives: Sequence[Id | None]) -> None:
        self._pieces = pieces
        self._natives: list[Id | None] = list(natives)
        self._fresh: _FreshIds | None = None
        self._spelled: list[bytes | None] = []
        self.position: dict[Any, int] = {}  # of a sample key, a category name
        self.changed: dict[int, Values] = {}
        self.removed: set[int] = set()
        self.added: list[Values] = []

    @property
    def is_edited(self) -> bool:
        """Whether anything changes."""
        return bool(self.changed or self.removed or self.added)

    def keep(self, positions: Iterable[int]) -> None:
        """Take out every element but these. Comes before anything is added."""
        self.removed = set(range(len(self._pieces))).difference(positions)

    def add(
        self,
        name: object,
        values: Values,
        *,
        wanted: Id | None = None,
        spelled: bytes | None = None,
    ) -> None:
        """A new element, spelled like a fragment of another file where there is one."""
        if self._fresh is None:
            removed = self.removed
            kept = (one for at, one in enumerate(self._natives) if at not in removed)
            self._fresh = _FreshIds(kept, self._natives)
        self.position[name] = len(self._natives)
        self._natives.append(self._fresh.take(wanted))
        self._spelled.append(spelled)
        self.added.append({"id": self._natives[-1], **values})

    def native(self, name: str) -> Id | None:
        """The native id of a sample or category; KeyError where it is not in its table."""
        return self._natives[self.position[name]]

    def edits(self, content: bytes, span: tuple[int, int]) -> Iterable[Edit]:
        """What changes in the text of the array, which stands at `span`."""
        layout, order = Layout(), list(ORDER)
        if self._pieces:
            layout = Layout.of(bytes(self._pieces[0]))
            order = list(msgspec.json.decode(self._pieces[0]))
        elements = Elements.of(content, span, self._pieces)
        changed = {
            at: refit(content[elements.starts[at] : elements.ends[at]], values)
            for at, values in self.changed.items()
        }
        added = [
            layout.object(completed(values, order)) if like is None else refit(like, values)
            for values, like in zip(self.added, self._spelled, strict=True)
        ]
        return elements.edits(content, changed, self.removed, added)
