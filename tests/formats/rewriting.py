"""Label sets as plain lists, told to files by hand: independent of how formats read and write."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from labelvc.formats.source import MemoryBlob, Source

CATEGORIES = ["cat", "dog", "cow", "Fähre"]
CELL = 100  # boxes of different cells lie apart
SIDE = 10  # cells a side of an image
WORDS = ["ein", "rotes", "Haus", "🏠", "stand", "am", "Rand", "der", "alten", "Stadt"]
Label = dict[str, Any]


@dataclass
class Thing:
    """A sample: its name and its labels, each in a cell of its own."""

    name: str
    labels: list[Label]
    free: list[int]

    @property
    def words(self) -> list[str]:
        """A text of one word a cell, which no other sample has."""
        start = sum(map(ord, self.name))
        return [f"{WORDS[(start + at) % len(WORDS)]}.{self.name}.{at}" for at in range(SIDE)]


@dataclass
class Script:
    """What was done to a label set, as a comparison has to tell it."""

    counts: Counter[str] = field(default_factory=Counter)
    flips: Counter[tuple[str, str]] = field(default_factory=Counter)

    def did(self, *kinds: str) -> None:
        self.counts.update(kinds)
        if not kinds[0].startswith("samples"):
            self.counts["changed"] += 1


def base(rng: random.Random, samples: int, *, most: int = 5) -> list[Thing]:
    """Samples with up to `most` labels; the first has none."""
    things = [thing(rng, f"bild {at}é" if at == 1 else f"s{at}") for at in range(samples)]
    for at, each in enumerate(things):
        for _ in range(rng.randint(1, most) if at else 0):
            each.labels.append(label(rng, each))
    numbered = [one for each in things for one in each.labels]
    for number, one in enumerate(numbered):
        one["id"] = number + 1
    return things


def thing(rng: random.Random, name: str) -> Thing:
    return Thing(name, [], rng.sample(range(SIDE), SIDE))


def label(rng: random.Random, into: Thing) -> Label:
    """A new label in a free cell, with a box that no other label has."""
    return {
        "id": rng.randrange(10**6, 10**9),
        "category": rng.choice(CATEGORIES),
        "cell": into.free.pop(),
        "dx": rng.randint(0, 2000) / 100,
        "dy": rng.randint(0, 2000) / 100,
        "size": rng.randint(4000, 6000) / 100,
    }


def box(one: Label) -> list[float]:
    return [round(one["cell"] * CELL + one["dx"], 2), one["dy"], one["size"], one["size"]]


def edited(
    rng: random.Random, things: Sequence[Thing], number: int, kinds: Sequence[str]
) -> tuple[list[Thing], Script]:
    """The label set with so many edits, no label edited twice, and what they were."""
    now, script = deepcopy(list(things)), Script()
    touched: set[int] = set()
    spoiled: set[str] = set()
    for at in range(number):
        kind = rng.choice(kinds)
        if kind == "add sample":
            now.insert(rng.randrange(len(now)), new := thing(rng, f"new{at}"))
            new.labels.append(label(rng, new))
            spoiled.add(new.name)
            script.did("added")
            script.did("samples_added")
            continue
        whole = [each for each in now if each.name not in spoiled and each.labels]
        if not whole:
            break
        each = rng.choice(whole)
        if kind == "remove sample":
            if any(one["id"] in touched for one in each.labels):
                continue
            now.remove(each)
            script.counts["samples_removed"] += 1
            script.counts.update({"removed": len(each.labels), "changed": len(each.labels)})
        elif kind == "add":
            if each.free:
                each.labels.insert(0, new_label := label(rng, each))
                touched.add(new_label["id"])
                script.did("added")
                spoiled.add(each.name)
        else:
            one = rng.choice(each.labels)
            if one["id"] not in touched:
                touched.add(one["id"])
                spoiled.add(each.name)
                _edit(rng, each, one, kind, script)
    return now, script


def _edit(rng: random.Random, each: Thing, one: Label, kind: str, script: Script) -> None:
    if kind == "remove":
        each.labels.remove(one)
        script.did("removed")
        return
    told = []
    if "relabel" in kind:
        old = one["category"]
        one["category"] = rng.choice([name for name in CATEGORIES if name != old])
        script.flips[old, one["category"]] += 1
        told.append("relabelled")
    if "move" in kind:
        one["dx"] = round(one["dx"] + rng.choice([-3, -1.5, 2, 5]), 2)
        told.append("moved")
    if "edit" in kind:
        one["size"] += 1
        told.append("edited")
    script.did(*told)


def totals(things: Sequence[Thing]) -> Counter[str]:
    return Counter(one["category"] for each in things for one in each.labels)


# Files


def coco(
    things: Sequence[Thing],
    ids: str = "kept",
    rng: random.Random | None = None,
    indent: int | None = None,
) -> Source:
    """One COCO file; `ids` says what became of the annotations' ids."""
    annotations = [
        {
            "id": one["id"],
            "image_id": each.name,
            "category_id": CATEGORIES.index(one["category"]) + 1,
            "bbox": box(one),
            "iscrowd": 0,
        }
        for each in things
        for one in each.labels
    ]
    if ids == "equal":
        annotations = [{**one, "id": 0} for one in annotations]
    elif ids == "renumbered":
        annotations = [{**one, "id": at + 7} for at, one in enumerate(annotations)]
    elif ids == "shuffled" and rng:
        given = [one["id"] for one in annotations]
        rng.shuffle(given)
        annotations = [{**one, "id": new} for one, new in zip(annotations, given, strict=True)]
    elif ids == "absent":
        annotations = [{k: v for k, v in one.items() if k != "id"} for one in annotations]
    images = [
        {"id": each.name, "file_name": f"{each.name}.jpg", "width": 1000, "height": 100}
        for each in things
    ]
    if rng:
        rng.shuffle(images)
        rng.shuffle(annotations)
    categories = [{"id": at + 1, "name": name} for at, name in enumerate(CATEGORIES)]
    value = {"images": images, "annotations": annotations, "categories": categories}
    return source({"train.json": json.dumps(value, indent=indent)}, folder=False)


def yolo(things: Sequence[Thing], rng: random.Random | None = None) -> Source:
    files = {"data.yaml": f"names: [{', '.join(CATEGORIES)}]\n"}
    for each in shuffled(things, rng):
        lines = []
        for one in shuffled(each.labels, rng):
            x, y, width, height = (value / 1000 for value in box(one))
            numbers = [x + width / 2, y + height / 2, width, height]
            number = CATEGORIES.index(one["category"])
            lines.append(f"{number} " + " ".join(f"{value:.6f}" for value in numbers) + "\n")
        files[f"labels/{each.name}.txt"] = "".join(lines)
    return source(files, folder=True)


def voc(things: Sequence[Thing], rng: random.Random | None = None) -> Source:
    files = {}
    for each in shuffled(things, rng):
        objects = ""
        for one in shuffled(each.labels, rng):
            x, y, width, height = box(one)
            corners = {"xmin": x, "ymin": y, "xmax": x + width, "ymax": y + height}
            inside = "".join(f"<{name}>{value:.2f}</{name}>" for name, value in corners.items())
            objects += f"<object><name>{one['category']}</name><bndbox>{inside}</bndbox></object>"
        text = f"<annotation><filename>{each.name}.jpg</filename>{objects}</annotation>"
        files[f"Annotations/{each.name}.xml"] = text
    return source(files, folder=True)


def table(things: Sequence[Thing], rng: random.Random | None = None) -> Source:
    """A row a label, so that a sample has several; one without labels has an empty cell."""
    rows = [
        f'{each.name},{one["category"]},"a note, {one["id"]}"\n'
        for each in things
        for one in each.labels
    ]
    rows += [f"{each.name},,\n" for each in things if not each.labels]
    return source({"t.csv": "id,label,note\n" + "".join(shuffled(rows, rng))}, folder=False)


def spans(things: Sequence[Thing], rng: random.Random | None = None) -> Source:
    lines = []
    for each in shuffled(things, rng):
        text, words = " ".join(each.words), each.words
        starts = [len(" ".join([*words[:at], ""])) for at in range(SIDE)]
        marks = [
            [starts[one["cell"]], starts[one["cell"]] + len(words[one["cell"]]), one["category"]]
            for one in shuffled(each.labels, rng)
        ]
        lines.append(json.dumps({"text": text, "label": marks}, ensure_ascii=False) + "\n")
    return source({"s.jsonl": "".join(lines)}, folder=False)


def conll(things: Sequence[Thing], rng: random.Random | None = None) -> Source:
    blocks = []
    for each in shuffled(things, rng):
        tags = {one["cell"]: f"B-{one['category']}" for one in each.labels}
        lines = [f"{word} {tags.get(at, 'O')}\n" for at, word in enumerate(each.words)]
        blocks.append("".join(lines) + "\n")
    return source({"c.conll": "".join(blocks)}, folder=False)


def nemo(things: Sequence[Thing], rng: random.Random | None = None) -> Source:
    """The size of the first label is what is said."""
    lines = []
    for each in shuffled(things, rng):
        said = {"text": f"it is {each.labels[0]['size']:g}"} if each.labels else {}
        line = {"audio_filepath": f"{each.name}.wav", "duration": 1.5, **said}
        lines.append(json.dumps(line) + "\n")
    return source({"m.jsonl": "".join(lines)}, folder=False)


def shuffled(values: Sequence[Any], rng: random.Random | None) -> list[Any]:
    return rng.sample(values, len(values)) if rng else list(values)


def source(files: Mapping[str, str], *, folder: bool) -> Source:
    blobs = {path: MemoryBlob(content.encode()) for path, content in files.items()}
    return Source("set", blobs, folder)
