"""Edited samples as tasks of Label Studio: the old task with what changed, or a new one."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from typing import Any

from labelvc.formats.json_edit import edited as edited_json
from labelvc.formats.json_rows import decode_rows, like
from labelvc.formats.labelstudio_data import subject
from labelvc.formats.labelstudio_file import TaskFile
from labelvc.formats.labelstudio_items import changed_region, new_items, said_in
from labelvc.formats.labelstudio_results import Slot, answer_names
from labelvc.formats.labelstudio_task import SIDES, Task, annotations_key, annotator_of, task_of
from labelvc.formats.row_edits import EditedSample, attributes_of
from labelvc.formats.rows import RowFile
from labelvc.formats.slot_pairs import paired, same_content

Row = dict[str, Any]
_DATA = "data."


def rows_of(file: RowFile, edited: EditedSample, *, by_id: bool) -> list[tuple[int | None, bytes]]:
    """The row of a sample: its old one rewritten in place, or a new one.

    `by_id` tells that tasks are named by their `id`. Raises LossError.
    """
    if not edited.rows:
        work = _Work(_new_task(edited, by_id=by_id), None)
        work.write(edited)
        return [(None, _spelled(work.task, file))]
    row = edited.rows[0]
    task = decode_rows(file, [row])[0]
    before = task_of(task, lambda at, expected, found: file.error(row, expected, found, at=at))
    work = _Work(task, before)
    work.write(edited)
    return [(row, edited_json(file.rows[row], work.task))]


def _spelled(task: Row, file: RowFile) -> bytes:
    """A new task, set in like the others of its file."""
    if not isinstance(file, TaskFile) or (file.rows and b"\n" not in file.rows[0]):
        return json.dumps(task, ensure_ascii=False).encode()
    space = file.head.partition(b"[")[2].rpartition(b"\n")[2].decode()
    text = json.dumps(task, indent=space or 2, ensure_ascii=False)
    return text.replace("\n", f"\n{space}").encode()


def _new_task(edited: EditedSample, *, by_id: bool) -> Row:
    sample = edited.sample
    data: Row = {}
    if sample["path"] is not None:
        kinds = {label["kind"] for label in edited.labels}
        is_sound = "segment" in kinds or sample["duration"] is not None
        data["audio" if is_sound else "image"] = sample["path"]
    if sample["text"] is not None:
        data["text"] = sample["text"]
    name = str(sample["sample"]).partition("#")[0]
    number = {"id": like(0, name)} if by_id else {}
    return {**number, "data": data, "annotations": []}


class _Work:
    """A task being made to say what a sample and its labels say."""

    def __init__(self, task: Row, before: Task | None) -> None:
        self.task = {**task, "data": dict(task["data"])}
        self.before = before
        self.slots = before.slots if before else ()
        self.key = annotations_key(task)
        self.annotations: list[Row] = copy.deepcopy(task.get(self.key) or [])
        # the results as they stood, which slots count
        self.items = [list(one.get("result") or []) for one in self.annotations]

    def write(self, edited: EditedSample) -> None:
        """Write the sample and its labels into the task; raises LossError."""
        sample = edited.sample
        pairs, added = paired([slot.label for slot in self.slots], edited.labels, _home)
        self._write_subject(sample)
        self._write_attributes(attributes_of(sample))
        self._write_regions(pairs, sample)
        for label in self._write_answers(pairs, added):
            into = self._annotation_for(label["annotator"])
            into["result"] = [*(into.get("result") or []), *new_items(label, self.task, sample)]
        self._write_sizes(sample)
        if self.annotations or self.task.get(self.key) is not None:
            self.task[self.key] = self.annotations

    def _write_subject(self, sample: Row) -> None:
        field = subject(self.task["data"])
        for column in ("path", "text"):
            known = self.before is not None and sample[column] != self.before.sample[column]
            if known and field and sample[column] is not None:
                self.task["data"][field] = sample[column]

    def _write_sizes(self, sample: Row) -> None:
        items = [item for one in self.annotations for item in one.get("result") or []]
        for side, name in SIDES:
            bearers = [item for item in [*items, self.task] if item.get(name) is not None]
            for bearer in bearers[:1] if sample[side] is None else bearers or [self.task]:
                if sample[side] is not None and bearer.get(name) != sample[side]:
                    bearer[name] = _whole(sample[side])

    def _write_attributes(self, attributes: Row) -> None:
        """Attributes where they stood; those that stood nowhere are members of the task."""
        known: set[str] = set()
        names = self.before.names if self.before else ()
        for at, own in enumerate(names):
            known.update(own.values())
            for member, name in own.items():
                self._write_member(at, member, attributes.get(name))
        field = subject(self.task["data"])
        was = attributes_of(self.before.sample) if self.before else {}
        for name in [*was, *attributes]:
            if name in known or (name in was and was[name] == attributes.get(name)):
                continue
            is_data = name.startswith(_DATA)
            home = self.task["data"] if is_data else self.task
            member = name.removeprefix(_DATA) if is_data else name
            if name in attributes and not (is_data and member == field):
                home[member] = attributes[name]
            else:
                home.pop(member, None)

    def _write_member(self, at: int, member: str, value: Any) -> None:
        """One of an annotation's attributes: an answer, its relations, or a member of its own."""
        annotation, items = self.annotations[at], self.items[at]
        places = {name: place for place, name in answer_names(items).items()}
        if annotation.get("was_cancelled") or member not in {*places, "relations"}:
            if value is None:
                annotation.pop(member, None)
            else:
                annotation[member] = value
        elif member == "relations":
            others = [one for one in items if one.get("type") != "relation"]
            relations = [{"type": "relation", **one} for one in value or []]
            if relations != [one for one in items if one.get("type") == "relation"]:
                annotation["result"] = [*others, *relations]
        else:
            item = items[places[member]]
            if value is None:
                self._remove(at, [item])
            elif item["type"] in item["value"]:
                item["value"][item["type"]] = value
            else:
                item["value"] = value

    def _remove(self, at: int, items: Sequence[Row]) -> None:
        gone = {id(item) for item in items}
        left = self.annotations[at].get("result") or []
        self.annotations[at]["result"] = [item for item in left if id(item) not in gone]

    def _write_regions(self, pairs: Mapping[int, Row], sample: Row) -> None:
        for at, slot in enumerate(self.slots):
            if slot.part is not None:
                continue
            label, items = pairs.get(at), self._items(slot)
            if label is None:
                self._remove(slot.annotation, items)
            elif not same_content(slot.label, label):
                changed_region(items, label, self.task["data"], sample)

    def _items(self, slot: Slot) -> list[Row]:
        return [self.items[slot.annotation][place] for place in slot.items]

    def _write_answers(self, pairs: Mapping[int, Row], added: Sequence[Row]) -> list[Row]:
        """Rewrite answers about the whole; gives back the labels that are in none of them yet."""
        told: dict[tuple[int, int], list[Row]] = {}
        for at, slot in enumerate(self.slots):
            if slot.part is not None:
                labels = told.setdefault((slot.annotation, slot.items[0]), [])
                labels += [pairs[at]] if at in pairs else []
        left: list[Row] = []
        for label in added:
            home = next((labels for labels in told.values() if _belongs(labels, label)), None)
            (left if home is None else home).append(label)
        for (at, place), labels in told.items():
            item = self.items[at][place]
            if labels:
                said_in(item, labels)
            else:
                self._remove(at, [item])
        return left

    def _annotation_for(self, annotator: str | None) -> Row:
        """The annotation of an annotator, made where there is none that counts."""
        for annotation in self.annotations:
            if annotator_of(annotation) == annotator and not annotation.get("was_cancelled"):
                return annotation
        who = {} if annotator is None else {"completed_by": like(0, annotator)}
        self.annotations.append({**who, "result": []})
        return self.annotations[-1]


def _whole(number: float) -> float:
    return int(number) if float(number).is_integer() else number


def _belongs(labels: Sequence[Row], label: Row) -> bool:
    """Whether a choice or a text is one more of the same answer."""
    names = ("kind", "annotator", "attributes", "confidence")
    return bool(labels) and all(labels[0][name] == label[name] for name in names)


def _home(label: Row) -> tuple[Any, ...]:
    """What a label keeps when it is edited: kind, annotator, and for answers the question."""
    attributes = attributes_of(label) if label["attributes"] else {}
    question = attributes.get("from_name") if label["kind"] in ("class", "text") else None
    return label["kind"], label["annotator"], attributes.get("type"), str(question)
