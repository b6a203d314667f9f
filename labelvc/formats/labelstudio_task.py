"""A task of Label Studio as a sample with its labels.

Answers about the whole task are classes (choices, taxonomy), texts (textarea) or, like ratings,
attributes of the sample by the name of the question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labelvc.core.snapshot import attributes_json
from labelvc.formats.json_rows import finite
from labelvc.formats.labelstudio_data import is_address, subject, unsigned
from labelvc.formats.labelstudio_results import Reader, Slot, Trouble, answers
from labelvc.formats.labelstudio_values import Row

_TASK = (
    *("id", "data", "annotations", "completions", "predictions", "drafts", "created_at"),
    *("updated_at", "inner_id", "project", "updated_by", "file_upload", "storage_filename"),
    *("total_annotations", "cancelled_annotations", "total_predictions", "comment_count"),
    *("unresolved_comment_count", "comment_authors", "last_comment_updated_at", "annotators"),
    *("allow_skip", "precomputed_agreement", "original_width", "original_height"),
    *("original_length", "agreement", "overlap", "is_labeled", "avg_lead_time"),
)
_ANNOTATION = (
    *("id", "result", "completed_by", "created_at", "updated_at", "lead_time", "created_ago"),
    *("created_username", "unique_id", "task", "project", "updated_by", "prediction", "import_id"),
    *("parent_prediction", "parent_annotation", "last_action", "last_created_by", "result_count"),
    *("draft_created_at", "bulk_created", "history", "reviews"),
)
SIDES = (
    ("width", "original_width"),
    ("height", "original_height"),
    ("duration", "original_length"),
)


@dataclass(frozen=True)
class Task:
    """What a task says. `names` are the attributes of the sample by annotation and member."""

    sample: Row
    slots: Sequence[Slot]
    names: Sequence[Mapping[str, str]]


def annotations_key(task: Mapping[str, Any]) -> str:
    """Where a task has its annotations; they were called completions before 2021."""
    return "completions" if "completions" in task and "annotations" not in task else "annotations"


def task_of(task: Mapping[str, Any], trouble: Trouble) -> Task:
    """What a task says; raises ParseError."""
    sample, attributes = _about(task)
    key = annotations_key(task)
    annotations = _objects(task.get(key) or [], f"/{key}", trouble)
    slots: list[Slot] = []
    names: list[dict[str, str]] = []
    for at, annotation in enumerate(annotations):
        place = f"/{key}/{at}/result"
        items = _objects(annotation.get("result") or [], place, trouble)
        who = annotator_of(annotation)
        own = _members(annotation)
        if annotation.get("was_cancelled"):
            own |= {"result": items} if items else {}
        else:
            reader = Reader(who, task["data"], sample, place, trouble)
            slots += reader.slots(at, items)
            own |= answers(items)
        _sizes(sample, items)
        names.append(_named(own, attributes, who or str(at + 1)))
        attributes |= {names[-1][name]: value for name, value in own.items()}
    _sizes(sample, [task])
    sample["attributes"] = attributes_json(attributes)
    return Task(sample, slots, names)


def _about(task: Mapping[str, Any]) -> tuple[Row, Row]:
    """The sample, but for sizes that only results know, and the attributes of the task itself."""
    data = task["data"]
    field = subject(data)
    sample: Row = {"path": None, "text": None, "width": None, "height": None, "duration": None}
    if field is not None:
        is_file = is_address(data[field])
        sample["path" if is_file else "text"] = unsigned(data[field]) if is_file else data[field]
    attributes = {f"data.{name}": value for name, value in data.items() if name != field}
    others = {name: value for name, value in task.items() if name not in _TASK}
    return sample, attributes | {
        name: value for name, value in others.items() if value is not None and value != {}
    }


def _members(annotation: Mapping[str, Any]) -> Row:
    """What an annotation says of itself, such as that it is ground truth."""
    return {
        name: value
        for name, value in annotation.items()
        if name not in _ANNOTATION and value is not None and value is not False
    }


def _objects(value: Any, place: str, trouble: Trouble) -> list[Row]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise trouble(place, "a list of objects", value)
    return value


def annotator_of(annotation: Mapping[str, Any]) -> str | None:
    """Who made an annotation: the number of the user, or whatever names the user."""
    who = annotation.get("completed_by")
    if isinstance(who, dict):
        who = next((who[name] for name in ("id", "email", "username") if name in who), None)
    return str(who) if isinstance(who, str | int) else None


def _sizes(sample: Row, items: Sequence[Mapping[str, Any]]) -> None:
    """Size and duration of the medium, as the first result that knows it says."""
    for item in items:
        for side, name in SIDES:
            if sample[side] is None:
                sample[side] = finite(item.get(name))


def _named(own: Mapping[str, Any], taken: Mapping[str, Any], tag: str) -> dict[str, str]:
    """A free name for each of an annotation's attributes: the first bears its own."""
    names: dict[str, str] = {}
    for member in own:
        name, number = member, 1
        while name in taken or name in names.values():
            name = f"{member}@{tag}" if number == 1 else f"{member}@{tag}#{number}"
            number += 1
        names[member] = name
    return names
