"""The built-in models on what `preprocess` makes of media and texts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from PIL import Image

from labelvc.core.scoring import score
from labelvc.core.snapshot import Snapshot, categories_frame, labels_frame, samples_frame
from labelvc.stages.collect import collect
from labelvc.stages.interface import Sample
from labelvc.stages.model_features import features_by_sample
from labelvc.stages.models import load_model
from tests.data import data
from tests.stages.preparing import classes, prepare

Held = Callable[[str], bool]


def measured(snapshot: Snapshot, task: str, out: Path, held: Held, **told: Any) -> Any:
    """Train the built-in model on what `preprocess` extracts, and score it on what was held out."""
    options = told.pop("options", {})
    ready = prepare(snapshot, task, out, **told)
    features = features_by_sample(ready, snapshot.samples["sample"])
    labels: dict[str, list[Any]] = {}
    for label in snapshot.labels.iter_rows(named=True):
        known = {name: value for name, value in label.items() if value is not None}
        labels.setdefault(label["sample"], []).append(known)
    samples = [
        Sample(
            row["sample"],
            text=row["text"],
            width=row["width"],
            height=row["height"],
            features=features[row["sample"]],
            labels=() if held(row["sample"]) else labels.get(row["sample"], ()),
        )
        for row in snapshot.samples.iter_rows(named=True)
    ]
    names = snapshot.categories["name"].to_list()
    model: Any = load_model(
        "baseline", task=task, categories=names, seed=0, options=options, weights=None, root=out
    )
    model.fit([sample for sample in samples if not held(sample.key)])
    asked = [sample for sample in samples if held(sample.key)]
    predictions = collect(model.predict(asked), asked, task, names)
    keys = pl.Series([sample.key for sample in asked])
    return score(snapshot.of_samples(keys), predictions, task).metrics


def test_spoken_digits_are_told_apart(tmp_path: Path):
    media = data("fsdd/recordings")
    names = sorted(path.name for path in media.glob("*.wav"))
    metrics = measured(
        classes({name: name[0] for name in names}),
        "audio-classification",
        tmp_path / "prepared",
        lambda key: int(key[:-4].split("_")[2]) % 5 == 0,
        media=media,
        options={"epochs": 12},
    )
    assert metrics["accuracy"] > 0.7


def test_boxes_are_found_in_pictures_that_were_scaled_and_padded(tmp_path: Path):
    draw = np.random.default_rng(0)
    colours = {"red": (220, 40, 40), "green": (40, 200, 60)}
    rows: list[dict[str, Any]] = []
    names = [f"{number}.png" for number in range(90)]
    (tmp_path / "media").mkdir()
    for name in names:
        pixels = draw.integers(90, 160, (120, 160, 3), dtype=np.uint8)
        for _ in range(draw.integers(1, 3)):
            width, height = draw.integers(30, 60, 2)
            x, y = draw.integers(0, 160 - width), draw.integers(0, 120 - height)
            colour = str(draw.choice(list(colours)))
            pixels[y : y + height, x : x + width] = colours[colour]
            box = {"x": x, "y": y, "width": width, "height": height}
            rows.append({"sample": name, "category": colour, "kind": "box", "unit": "pixel", **box})
        Image.fromarray(pixels).save(tmp_path / "media" / name)
    columns = {column: [row[column] for row in rows] for column in rows[0]}
    metrics = measured(
        Snapshot(
            labels_frame(**columns),
            samples_frame(sample=names, path=names, width=[160.0] * 90, height=[120.0] * 90),
            categories_frame(list(colours)),
        ),
        "object-detection",
        tmp_path / "prepared",
        lambda key: int(key[:-4]) % 3 == 0,
        media=tmp_path / "media",
        image_size=64,
        options={"epochs": 20, "learning_rate": 0.004},
    )
    assert metrics["AP50"] > 0.5


def test_spans_are_found_in_characters_of_the_text_as_labelled(tmp_path: Path):
    """Two blanks and a decomposed letter stand before the spans: both go in `preprocess`."""
    texts, rows = [], []
    for number in range(120):
        before = ("cafe\u0301  then", "  and", "to")[number % 3]
        name = ("Anna Falk", "Bert Graf", "Carla Hahn", "Dora Adler")[number % 4]
        texts.append(f"{before} {name} went on")
        start = len(before) + 1
        rows.append((str(number), start, start + len(name)))
    keys, starts, ends = (list(column) for column in zip(*rows, strict=True))
    count = len(keys)
    metrics = measured(
        Snapshot(
            labels_frame(
                sample=keys,
                kind=["span"] * count,
                category=["person"] * count,
                start=starts,
                end=ends,
                unit=["character"] * count,
            ),
            samples_frame(sample=keys, text=texts),
            categories_frame(["person"]),
        ),
        "token-classification",
        tmp_path / "prepared",
        lambda key: int(key) % 5 == 0,
        options={"epochs": 6},
    )
    assert metrics["f1_strict"] > 0.95
