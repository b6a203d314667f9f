"""Time scoring: `python -m benchmarks.scoring [--small]`.

Prints Markdown tables: a million classifications scored under two versions of their labels, with
paired intervals; and COCO's average precision beside faster-coco-eval and pycocotools on the same
boxes. The libraries are timed from their own Python objects on, made beforehand.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from faster_coco_eval import COCO, COCOeval_faster
from pycocotools import coco as original
from pycocotools import cocoeval as original_evaluation

from labelvc.core.predictions import Predictions
from labelvc.core.resampling import intervals, paired
from labelvc.core.scored import Scored
from labelvc.core.scoring import score
from labelvc.core.snapshot import Snapshot, categories_frame, labels_frame, samples_frame

Step = tuple[str, Callable[[], Any]]


def main() -> None:
    """Print every table."""
    arguments = argparse.ArgumentParser(prog="benchmarks.scoring", description=__doc__)
    arguments.add_argument("--small", action="store_true", help="a tenth of every size")
    divisor = 10 if arguments.parse_args().small else 1
    print(f"{os.cpu_count()} cores; Python, polars {pl.__version__}, numpy {np.__version__}\n")
    classified(1_000_000 // divisor, 10, probable=False)
    classified(1_000_000 // divisor, 10, probable=True)
    classified(1_000_000 // divisor, 1000, probable=False)
    detected(5000 // divisor, 36_000 // divisor, 100_000 // divisor)


def classified(size: int, categories: int, *, probable: bool) -> None:
    """Scores of one model under labels of which 1 % were changed."""
    before, after, said = _classification(size, categories, probable)
    scores: dict[str, Scored] = {}

    def scored(name: str, truth: Snapshot) -> None:
        scores[name] = score(truth, said, "image-classification")

    told = "with probabilities" if probable else "categories only"
    table(
        f"{size:,} classifications, {categories:,} categories, {told}",
        [
            ("score under A", lambda: scored("A", before)),
            ("score under B", lambda: scored("B", after)),
            ("paired intervals, 1,000 draws", lambda: paired(scores["A"], scores["B"])),
        ],
        total="in all",
    )


def _classification(
    size: int, categories: int, probable: bool
) -> tuple[Snapshot, Snapshot, Predictions]:
    random = np.random.default_rng(0)
    names = pl.Series([f"class {number:04}" for number in range(categories)])
    keys = pl.Series([f"images/{number:07}.jpg" for number in range(size)])
    kind = pl.Series(["class"]).new_from_index(0, size)
    truth = random.integers(0, categories, size)
    fixed = np.where(random.random(size) < 0.01, random.integers(0, categories, size), truth)
    said = np.where(random.random(size) < 0.15, random.integers(0, categories, size), truth)
    chances = None
    if probable:
        chances = random.random((size, categories)) ** 4
        chances[np.arange(size), said] += 1 + random.random(size)
        chances /= chances.sum(axis=1, keepdims=True)

    def snapshot(codes: Any) -> Snapshot:
        labels = labels_frame(sample=keys, kind=kind, category=names.gather(codes))
        return Snapshot(labels, samples_frame(sample=keys), categories_frame(names.to_list()))

    answers = labels_frame(sample=keys, kind=kind, category=names.gather(said))
    return snapshot(truth), snapshot(fixed), Predictions(keys, answers, names.to_list(), chances)


@dataclass(frozen=True)
class Boxes:
    """Objects and detections around them; boxes of shape (n, 4)."""

    images: int
    categories: int
    image: Any
    category: Any
    box: Any
    found: Any  # which object each detection is of
    found_box: Any
    confidence: Any


def detected(images: int, labels: int, detections: int) -> None:
    """Average precision of boxes, and what its interval costs."""
    made = _boxes(images, labels, detections)
    truth, said = _snapshot(made), _predictions(made)
    coco, results = _coco(made)
    scores: list[Scored] = []

    def ours() -> None:
        scores.append(score(truth, said, "object-detection"))

    table(
        f"COCO AP: {images:,} images, {labels:,} labels, {detections:,} detections, 80 categories",
        [
            ("labelvc", ours),
            ("faster-coco-eval", lambda: _evaluated(COCO, COCOeval_faster, coco, results)),
            (
                "pycocotools",
                lambda: _evaluated(original.COCO, original_evaluation.COCOeval, coco, results),
            ),
            ("labelvc, interval of 100 draws", lambda: intervals(scores[-1], draws=100)),
        ],
    )


def _boxes(images: int, labels: int, detections: int) -> Boxes:
    random = np.random.default_rng(0)
    box = np.hstack([random.uniform(0, 400, (labels, 2)), random.uniform(5, 200, (labels, 2))])
    found = random.integers(0, labels, detections)
    return Boxes(
        images,
        80,
        random.integers(0, images, labels),
        random.integers(0, 80, labels),
        box,
        found,
        box[found] + random.normal(0, 6, (detections, 4)),
        random.random(detections),
    )


def _snapshot(made: Boxes) -> Snapshot:
    names = [f"class {number:02}" for number in range(made.categories)]
    keys = [f"{number:06}.jpg" for number in range(made.images)]
    samples = samples_frame(sample=keys, width=[640.0] * len(keys), height=[480.0] * len(keys))
    area = [f'{{"area":{value!r}}}' for value in made.box[:, 2:].prod(axis=1).tolist()]
    labels = _labels(made.image, made.category, made.box).with_columns(attributes=pl.Series(area))
    return Snapshot(labels, samples, categories_frame(names))


def _predictions(made: Boxes) -> Predictions:
    place = made.image[made.found], made.category[made.found]
    labels = _labels(*place, made.found_box).with_columns(confidence=pl.Series(made.confidence))
    keys = pl.Series([f"{number:06}.jpg" for number in range(made.images)])
    return Predictions(keys, labels)


def _labels(image: Any, category: Any, box: Any) -> pl.DataFrame:
    size = len(image)
    return labels_frame(
        sample=[f"{number:06}.jpg" for number in image],
        category=[f"class {number:02}" for number in category],
        kind=["box"] * size,
        unit=["pixel"] * size,
        **dict(zip(("x", "y", "width", "height"), box.T, strict=True)),
    )


def _coco(made: Boxes) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    rows = zip(made.image.tolist(), made.category.tolist(), made.box.tolist(), strict=True)
    truth = {
        "images": [{"id": at + 1, "width": 640, "height": 480} for at in range(made.images)],
        "categories": [{"id": at + 1, "name": str(at)} for at in range(made.categories)],
        "annotations": [
            {"id": at + 1, "image_id": image + 1, "category_id": category + 1, "bbox": box,
             "area": box[2] * box[3], "iscrowd": 0}
            for at, (image, category, box) in enumerate(rows)
        ],
    }  # fmt: skip
    image, category = made.image[made.found].tolist(), made.category[made.found].tolist()
    told = zip(image, category, made.found_box.tolist(), made.confidence.tolist(), strict=True)
    results = [
        {"image_id": image + 1, "category_id": category + 1, "bbox": box, "score": confidence}
        for image, category, box, confidence in told
    ]
    return truth, results


def _evaluated(coco: Any, evaluation: Any, truth: Any, results: Any) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        labels = coco()
        labels.dataset = truth
        labels.createIndex()
        done = evaluation(labels, labels.loadRes(results), "bbox")
        done.evaluate()
        done.accumulate()
        done.summarize()


def table(title: str, steps: list[Step], *, total: str | None = None) -> None:
    """Time each step three times and print the best; `total` names a row for their sum."""
    print(f"### {title}\n\n| | wall | times the first |\n|---|---|---|")
    taken = {name: min(_timed(step) for _ in range(3)) for name, step in steps}
    if total:
        taken[total] = sum(taken.values())
    first = next(iter(taken.values()))
    for name, seconds in taken.items():
        print(f"| {name} | {seconds:.2f} s | {seconds / first:.1f} |")
    print(flush=True)


def _timed(step: Callable[[], Any]) -> float:
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
