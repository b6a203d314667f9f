"""A task of Prodigy: what it is about, the labels it holds, and what else it says.

A rejected task says of its labels that they are wrong; an ignored one says nothing, so its labels
are none and stay among what else it says, as do all members that have no column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labelvc.core.errors import ParseError
from labelvc.core.snapshot import attributes_json
from labelvc.formats.json_rows import finite, text_of
from labelvc.formats.prodigy_lines import MEDIA, about, digest_of, is_inline, key_of
from labelvc.formats.prodigy_spans import Misread, Row, label_of, sound_of

# Makes the error of a task, from a pointer into it, what was expected and what was found.
Trouble = Callable[[str, str, object], ParseError]
# Where a label stands: in a list, at a place; or in a member of its own.
Place = tuple[str, int | None]

LABELS = ("spans", "label", "accept", "audio_spans")
LISTS = ("spans", "accept", "audio_spans")
WHO = ("_annotator_id", "_session_id")
# Numbers, times and settings of the tool, and tokens, which follow from the text.
KEPT = (
    *("_input_hash", "_task_hash", "_timestamp", "_view_id", "_is_binary", "_session_id"),
    *("_annotator_id", "tokens", "priority", "width", "height"),
)


@dataclass(frozen=True)
class Line:
    """What a task says: its labels with their places, and the members that are attributes."""

    sample: Row
    labels: Sequence[tuple[Place, Row]]
    attributes: Mapping[str, Any]
    annotator: str | None


def line_of(task: Mapping[str, Any], transcript: str, trouble: Trouble) -> Line:
    """What a task says; `transcript` is the member that holds one. Raises ParseError."""
    sample = _sample(task, trouble)
    who = annotator_of(task)
    labels: list[tuple[Place, Row]] = []
    own = [*KEPT, "answer", *_content(task)]
    answer = task.get("answer")
    if answer != "ignore":
        own += [name for name in (*LABELS, transcript) if _is_read(task, name, transcript)]
        verdict = {"verdict": "rejected" if answer == "reject" else "present", "annotator": who}
        labels = [(place, {**row, **verdict}) for place, row in _labels(task, transcript, trouble)]
    attributes = {
        name: value for name, value in task.items() if name not in own and value is not None
    }
    if answer is not None and answer != "accept" and not (answer == "reject" and labels):
        attributes["answer"] = answer
    return Line(sample, labels, attributes, who)


def _content(task: Mapping[str, Any]) -> tuple[str, ...]:
    """The members that have columns of the sample."""
    name = about(task)
    if name in MEDIA:
        return (name, "path") if is_inline(task[name]) else (name,)
    return ("text",) if name == "text" else ()


def annotator_of(task: Mapping[str, Any]) -> str | None:
    """Who answered a task."""
    return next((str(task[name]) for name in WHO if isinstance(task.get(name), str | int)), None)


def _is_read(task: Mapping[str, Any], name: str, transcript: str) -> bool:
    """Whether a member is read as labels; of other types it is an attribute."""
    if name == transcript:
        return isinstance(task.get(name), str) and about(task) in MEDIA
    return name in LISTS or isinstance(task.get(name), str | int | float)


def _sample(task: Mapping[str, Any], trouble: Trouble) -> Row:
    name, key = about(task), key_of(task)
    if name is None or key is None:
        raise trouble("", "a task with text, html, image, audio, video or options", dict(task))
    sample: Row = {"sample": key, "text": None, "path": None, "digest": None}
    if name in MEDIA:
        content = task[name]
        path = task.get("path") if is_inline(content) else content
        sample["path"] = path if isinstance(path, str) else None
        try:
            sample["digest"] = digest_of(content) if is_inline(content) else None
        except ValueError as error:
            raise trouble(f"/{name}", "base64 after the comma", str(error)) from None
    elif name == "text":
        sample["text"] = task["text"]
    return sample | {side: finite(task.get(side)) for side in ("width", "height")}


def _labels(
    task: Mapping[str, Any], transcript: str, trouble: Trouble
) -> Iterator[tuple[Place, Row]]:
    text = task.get("text")
    text = text if isinstance(text, str) else None
    if isinstance(task.get("label"), str | int | float):
        yield ("label", None), {"kind": "class", "category": text_of(task["label"])}
    for name in LISTS:
        for at, one in enumerate(_list(task, name, trouble)):
            try:
                yield (name, at), _listed(name, one, text)
            except Misread as error:
                place = f"/{name}/{at}{error.at}"
                raise trouble(place, error.expected, error.found) from None
    if _is_read(task, transcript, transcript):
        yield (transcript, None), {"kind": "text", "text": task[transcript]}


def _listed(name: str, one: Any, text: str | None) -> Row:
    if name == "accept":
        if not isinstance(one, str | int | float):
            raise Misread("", "the id of an option", one)
        return {"kind": "class", "category": text_of(one)}
    if not isinstance(one, dict):
        raise Misread("", "an object", one)
    return label_of(one, text) if name == "spans" else sound_of(one)


def _list(task: Mapping[str, Any], name: str, trouble: Trouble) -> list[Any]:
    value = task.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise trouble(f"/{name}", "a list", value)
    return value


def named(lines: Sequence[Line]) -> list[dict[str, str]]:
    """For the lines of a sample, under which name each of their attributes goes.

    What several lines say alike goes by one name; of what they say differently the first keeps the
    name, and others bear their annotator's (`note@ann`), or a number.
    """
    taken: dict[str, Any] = {}
    names = []
    for one in lines:
        mine: dict[str, str] = {}
        for member, value in one.attributes.items():
            name, number = member, 1
            while name in taken and taken[name] != value:
                number += 1
                tag = one.annotator or str(number)
                name = f"{member}@{tag}" if number == 2 else f"{member}@{tag}#{number}"
            taken[name] = value
            mine[member] = name
        names.append(mine)
    return names


def gathered(lines: Sequence[Line]) -> Row:
    """The sample that several lines are about."""
    attributes: Row = {}
    for one, mine in zip(lines, named(lines), strict=True):
        attributes |= {mine[member]: value for member, value in one.attributes.items()}
    sample = dict(lines[0].sample)
    for name in ("width", "height", "path", "digest"):
        sample[name] = next(
            (one.sample[name] for one in lines if one.sample[name] is not None), None
        )
    return {**sample, "attributes": attributes_json(attributes)}
