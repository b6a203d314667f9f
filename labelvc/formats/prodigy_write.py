"""Edited samples as lines of Prodigy: the old lines with what changed, and new ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from labelvc.core.errors import LossError
from labelvc.core.snapshot import Snapshot
from labelvc.formats.fragments import resolved
from labelvc.formats.json_edit import edited as edited_json
from labelvc.formats.json_rows import decode_rows, new_row
from labelvc.formats.prodigy_answer import Answer
from labelvc.formats.prodigy_lines import MEDIA, key_of
from labelvc.formats.prodigy_spans import Row
from labelvc.formats.prodigy_task import LABELS, Line, named
from labelvc.formats.row_edits import EditedSample, attributes_of
from labelvc.formats.rows import RowFile
from labelvc.formats.slot_pairs import paired
from labelvc.formats.splits import AUDIO, IMAGES

_VIDEO = (".mp4", ".mov", ".avi", ".mkv", ".webm")
_CONTENT = ("html", "input", "options")  # what a task without text and file may be about
_COPIED = ("path", "width", "height", "tokens", "_input_hash")


def rows_of(
    file: RowFile, edited: EditedSample, lines: Sequence[Line], transcript: str
) -> list[tuple[int | None, bytes]]:
    """The lines of a sample, `lines` being what its old ones say.

    Raises LossError for what no line can say.
    """
    tasks = decode_rows(file, edited.rows)
    names = named(lines)
    answers = [
        Answer(task, row, mine, line.annotator, transcript)
        for task, row, mine, line in zip(tasks, edited.rows, names, lines, strict=True)
    ]
    template = _content(tasks[0]) if tasks else plain_task(edited.sample, edited.labels)
    _place(answers, lines, edited.labels, template)
    kept = [one for one in answers if not one.is_over(answers)]
    if not kept:
        kept = [Answer(template, None, {}, None, transcript)]
    _write_attributes(kept, attributes_of(edited.sample), template)
    _write_sample(kept, lines, edited.sample)
    return [(one.row, _spelled(one, file)) for one in kept]


def _spelled(answer: Answer, file: RowFile) -> bytes:
    task = answer.written()
    if answer.row is not None:
        return edited_json(file.rows[answer.row], task)
    model = bytes(file.rows[-1]) if file.rows else b"{}"
    return new_row(model, task, file.newline)


def _content(task: Mapping[str, Any]) -> Row:
    """What a new line about the same says."""
    names = (*MEDIA, "text", *_CONTENT, *_COPIED)
    return {name: task[name] for name in names if name in task}


def plain_task(sample: Mapping[str, Any], labels: Sequence[Mapping[str, Any]]) -> Row:
    """A task about a sample of another format, or of a file that is lost.

    Raises LossError where there is nothing that it can be about.
    """
    sizes = {side: sample[side] for side in ("width", "height") if sample[side] is not None}
    sizes = {side: int(one) if one.is_integer() else one for side, one in sizes.items()}
    path, attributes = sample["path"], attributes_of(dict(sample))
    if path is not None:
        return {_member(path, {label["kind"] for label in labels}): path, **sizes}
    if sample["text"] is not None:
        return {"text": sample["text"]}
    content = {name: attributes[name] for name in _CONTENT if name in attributes}
    if not content:
        raise LossError(f"sample {sample['sample']!r}: neither a text nor a file to ask about")
    return content


def _member(path: str, kinds: Collection[str]) -> str:
    """What a file is, by its name; where that does not tell, by what is said of it."""
    for member, suffixes in (("image", IMAGES), ("video", _VIDEO), ("audio", AUDIO)):
        if path.lower().endswith(suffixes):
            return member
    return "audio" if {"segment", "text"} & set(kinds) else "image"


def as_tasks(snapshot: Snapshot) -> Snapshot:
    """A snapshot of another format with its samples named as tasks about them are.

    Raises LossError where two would be about the same.
    """
    labels = resolved(snapshot)
    kinds: dict[str, list[Row]] = {}
    for sample, kind in labels.select("sample", "kind").unique().iter_rows():
        kinds.setdefault(sample, []).append({"kind": kind})
    names: dict[str, str] = {}
    rows = []
    for row in snapshot.samples.to_dicts():
        if row["path"] is None and row["text"] is None:
            row["path"] = row["sample"]
        name = key_of(plain_task(row, kinds.get(row["sample"], ()))) or row["sample"]
        if name in names.values():
            raise LossError(f"sample {row['sample']!r}: another one has the same text or file")
        names[row["sample"]] = name
        rows.append({**row, "sample": name})
    samples = pl.DataFrame(rows, schema=snapshot.samples.schema)
    return replace(
        snapshot, samples=samples, labels=labels.with_columns(pl.col("sample").replace(names))
    )


def _place(
    answers: list[Answer], lines: Sequence[Line], labels: Sequence[Row], template: Row
) -> None:
    """Every label into the line where it stood, or one it fits in, or a new one."""
    slots = [(at, place, row) for at, line in enumerate(lines) for place, row in line.labels]
    pairs, added = paired([row for _, _, row in slots], labels, _home)
    added = list(added)
    for at, answer in enumerate(answers):
        mine = [
            (place, pairs[number])
            for number, (line, place, _) in enumerate(slots)
            if line == at and number in pairs
        ]
        added += answer.keep(mine, lines[at].labels)
    for label in added:
        home = next((one for one in answers if one.fits(label)), None)
        if home is None:
            home = Answer(template, None, {}, label["annotator"], _transcript(answers))
            answers.append(home)
        home.add(label)


def _transcript(answers: Sequence[Answer]) -> str:
    return answers[0].transcript if answers else "transcript"


def _home(label: Row) -> tuple[Any, ...]:
    return label["kind"], label["annotator"]


def _write_attributes(answers: list[Answer], attributes: Row, template: Row) -> None:
    """Attributes where they stood, new ones in the line of their annotator or the first."""
    known = {name for one in answers for name in one.names.values()}
    for one in answers:
        for member, name in one.names.items():
            one.set(member, attributes.get(name))
    apart: dict[str, Answer] = {}
    for name, value in attributes.items():
        if name in known:
            continue
        member, _, tag = name.partition("@")
        tag = tag.partition("#")[0]
        is_answer = member in (*LABELS, "answer", answers[0].transcript)
        home = next(
            (one for one in answers if not is_answer and tag == (one.annotator or "")), None
        )
        is_fresh = answers[0].row is None and answers[0].is_empty
        if home is None and not tag and (is_fresh or not is_answer):
            home = answers[0]
        if home is None:
            home = apart.get(tag)
        if home is None:
            who = tag if tag and not tag.isdigit() else None
            home = apart[tag] = Answer(template, None, {}, who, answers[0].transcript)
        home.set(member, value)
    if apart and all(one.row is None and one.is_empty and not one.members for one in answers):
        del answers[:]  # the line that was made for want of any other
    answers += apart.values()


def _write_sample(answers: Sequence[Answer], lines: Sequence[Line], sample: Row) -> None:
    """Size and path, where they changed."""
    for side in ("width", "height"):
        known = {line.sample[side] for line in lines}
        if sample[side] is not None and sample[side] not in known:
            number = int(sample[side]) if sample[side].is_integer() else sample[side]
            for one in answers:
                one.set(side, number)
