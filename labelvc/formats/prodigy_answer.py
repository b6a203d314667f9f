"""One line of Prodigy while it is edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labelvc.core.errors import LossError
from labelvc.formats.json_rows import like
from labelvc.formats.prodigy_lines import MEDIA, about
from labelvc.formats.prodigy_spans import Row, span_of
from labelvc.formats.prodigy_task import LISTS, WHO, Place

_LISTED = {"span": "spans", "box": "spans", "polygon": "spans", "segment": "audio_spans"}
_VERDICTS = {"present": "accept", "rejected": "reject"}


class Answer:
    """A task with the labels it shall hold; `row` is its old line, if it has one.

    `names` are the attributes of the sample that its members are.
    """

    def __init__(
        self,
        task: Mapping[str, Any],
        row: int | None,
        names: Mapping[str, str],
        annotator: str | None,
        transcript: str,
    ) -> None:
        self.task = dict(task)
        self.row = row
        self.names = names
        self.annotator = annotator
        self.transcript = transcript
        self.labels: list[tuple[Place | None, Row]] = []
        self.held: list[Place] = []
        self.members: Row = {}

    def keep(
        self, mine: Sequence[tuple[Place, Row]], before: Sequence[tuple[Place, Row]]
    ) -> list[Row]:
        """Take the labels that stand where others stood; gives back those of another verdict."""
        self.held = [place for place, _ in before]
        verdicts = {label["verdict"] for _, label in mine}
        was = {row["verdict"] for _, row in before}
        verdict = verdicts if len(verdicts) == 1 else was
        self.labels = [(place, label) for place, label in mine if label["verdict"] in verdict]
        return [label for _, label in mine if label["verdict"] not in verdict]

    @property
    def is_empty(self) -> bool:
        """Whether it holds no label."""
        return not self.labels

    def is_over(self, answers: Sequence[Answer]) -> bool:
        """Whether it asked about one class alone, which it does no longer."""
        others = [one for one in answers if one is not self and (one.labels or one.row is not None)]
        told = {name for one in others for name in one.names.values()}
        asked = [place for place, _ in self.held]
        is_free = all(name in told for name in self.names.values())
        return not self.labels and asked == ["label"] and bool(others) and is_free

    def fits(self, label: Mapping[str, Any]) -> bool:
        """Whether one more label can stand here."""
        if self.annotator != label["annotator"] or "answer" in self.names:
            return False
        if any(other["verdict"] != label["verdict"] for _, other in self.labels):
            return False
        member = self._member(label)
        taken = {place[0] if place else self._member(other) for place, other in self.labels}
        if label["kind"] == "class":
            return member == "accept" or not (taken or self.task.get("spans"))
        if label["kind"] == "text":
            return about(self.task) in MEDIA and self.transcript not in taken
        return "label" not in taken and (member in self.task or not taken or self.row is None)

    def _member(self, label: Mapping[str, Any]) -> str:
        if label["kind"] == "class":
            is_choice = isinstance(self.task.get("options"), list) or "accept" in self.task
            return "accept" if is_choice else "label"
        return _LISTED.get(label["kind"], self.transcript)

    def add(self, label: Row) -> None:
        """One more label."""
        self.labels.append((None, label))

    def set(self, member: str, value: Any) -> None:
        """A member of its own; None takes it out."""
        self.members[member] = value

    def written(self) -> Row:
        """The task; raises LossError."""
        task = self.task
        new = self._with_members()
        elements: dict[str, list[Any]] = {name: [] for name, at in self.held if at is not None}
        for name, at in self.held:
            if at is None:
                new.pop(name, None)
        for place, label in self.labels:
            name, at = place or (self._member(label), None)
            if name in LISTS:
                old = task[name][at] if at is not None else None
                elements.setdefault(name, []).append(self._element(name, label, old))
            else:
                new[name] = _value(task.get(name), label)
        new |= elements
        new |= self._answered(new)
        if self.row is None and self.annotator is not None:
            new |= dict.fromkeys([name for name in WHO if name in task] or WHO[:1], self.annotator)
        return {name: new[name] for name in [*(one for one in task if one in new), *new]}

    def _with_members(self) -> Row:
        new = dict(self.task)
        for member, value in self.members.items():
            if value is None:
                new.pop(member, None)
            else:
                new[member] = value
        return new

    def _element(self, name: str, label: Row, old: Any) -> Any:
        if name != "accept":
            return span_of(label, old, self.task)
        if label["category"] is None or label["attributes"]:
            raise LossError(f"sample {label['sample']!r}: a choice is the id of an option alone")
        options = self.task.get("options")
        given = options if isinstance(options, list) else []
        ids = [one["id"] for one in given if isinstance(one, dict) and "id" in one]
        model = old if old is not None else next(iter([*ids, *(self.task.get(name) or [])]), "")
        return like(model, label["category"])

    def _answered(self, new: Mapping[str, Any]) -> Row:
        """The answer that gives the labels their verdict."""
        if "answer" in self.members and self.members["answer"] is not None:
            return {}
        old = self.task.get("answer")
        verdicts = {label["verdict"] for _, label in self.labels}
        answer = _VERDICTS.get(next(iter(verdicts), "present"))
        if answer is None:
            raise LossError(f"Prodigy cannot hold the verdict {verdicts.pop()!r}")
        if old is None and self.row is not None and answer == "accept" and "answer" not in new:
            return {}
        return {"answer": answer}


def _value(old: Any, label: Mapping[str, Any]) -> Any:
    if label["kind"] == "text":
        if label["text"] is None:
            raise LossError(f"sample {label['sample']!r}: a transcript without text")
        return label["text"]
    if label["category"] is None:
        raise LossError(f"sample {label['sample']!r}: a class without a name")
    return like(old if old is not None else "", label["category"])
