"""What the loaders of label sets cost: `python -m benchmarks.loading [--small]`.

Prints Markdown tables: opening a million boxes, each time in a fresh process; then microseconds a
sample for `dataset[i]` without decoding any media, in random order, beside looking up a bare list;
then the same boxes through the loaders of other frameworks, each in a fresh process.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import os
import pickle
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from benchmarks import data
from labelvc.repo import adding, scaffold
from labelvc.repo.config import LabelSet
from labelvc.repo.repository import Repository
from labelvc.torch import LabelDataset

RUNS = 3


def main() -> None:
    """Measure both and print."""
    arguments = argparse.ArgumentParser(prog="benchmarks.loading", description=__doc__)
    arguments.add_argument("--small", action="store_true", help="a tenth of every size")
    arguments.add_argument(
        "--data", type=Path, default=Path(tempfile.gettempdir()) / "labelvc-bench-loading"
    )
    given = arguments.parse_args()
    torch.set_num_threads(1)
    divisor = 10 if given.small else 1
    given.data.mkdir(parents=True, exist_ok=True)
    # first, as a process is charged with the memory of the one that started it
    opening(given.data, 1_000_000 // divisor)
    indexing(given.data, 100_000 // divisor)
    frameworks(given.data, 100_000 // divisor)


def indexing(folder: Path, samples: int) -> None:
    """Microseconds a sample beyond a bare list's."""
    print(f"### dataset[i], {samples:,} samples, media not decoded\n")
    print("| label set | bare list | LabelDataset | overhead a sample |\n|---|---|---|---|")
    for name in ("classes", "boxes"):
        dataset = LabelDataset(repository(folder, samples), name, media=False)
        bare = [(key, 0) for key in dataset.samples]
        first, second = lookups(bare), lookups(dataset)
        taken = f"{first:.2f} µs | {second:.2f} µs | {second - first:.2f} µs"
        print(f"| {samples:,} {name} | {taken} |", flush=True)


def frameworks(folder: Path, samples: int) -> None:
    """Seconds to open five boxes an image, and microseconds a sample to go through them."""
    root = repository(folder, samples)
    print(f"\n### {samples:,} images, 5 boxes each, media not decoded\n")
    print("| loader | opened in | a sample |\n|---|---|---|")
    for loader in (arrays, hugging_face, tensorflow):
        seconds, pass_seconds = apart(loader, root)
        print(f"| {loader.__doc__} | {seconds:.2f} s | {pass_seconds / samples * 1e6:.1f} µs |")


def arrays(root: Path) -> tuple[float, float]:
    """`frames.load(...).to_numpy()`"""
    from labelvc import frames

    labels, seconds = timed(lambda: frames.load(root, "boxes"))
    return seconds, timed(labels.to_numpy)[1]


def hugging_face(root: Path) -> tuple[float, float]:
    """`huggingface.dataset(...)`"""
    from labelvc import huggingface

    rows, seconds = timed(lambda: huggingface.dataset(root, "boxes", decode=False))
    return seconds, timed(lambda: list(rows))[1]


def tensorflow(root: Path) -> tuple[float, float]:
    """`tensorflow.dataset(...).batch(32)`"""
    from labelvc import tensorflow

    rows, seconds = timed(lambda: tensorflow.dataset(root, "boxes", media=False))
    return seconds, timed(lambda: list(rows.batch(32)))[1]


def timed(act: Callable[[], Any]) -> tuple[Any, float]:
    """What a function gives, and its seconds."""
    start = time.perf_counter()
    found = act()
    return found, time.perf_counter() - start


def lookups(items: Any) -> float:
    """Microseconds for one item, the best of several passes in random order."""
    order = list(range(len(items)))
    random.Random(1).shuffle(order)
    best = float("inf")
    for _ in range(RUNS):
        start = time.perf_counter()
        for at in order:
            items[at]
        best = min(best, time.perf_counter() - start)
    return best / len(order) * 1e6


def opening(folder: Path, labels: int) -> None:
    """Seconds and megabytes to open a label set, and what each worker is handed."""
    root = apart(million, folder, labels)
    print(f"### LabelDataset(...) of {labels:,} COCO boxes\n")
    print("| labels from | wall | peak memory | kept afterwards, pickled |\n|---|---|---|---|")
    for name, rev in (("the working file", None), ("DVC's cache, rev=HEAD", "HEAD")):
        runs = [apart(opened, root, rev) for _ in range(RUNS)]
        seconds, peak, kept = (min(values) for values in zip(*runs, strict=True))
        print(f"| {name} | {seconds:.2f} s | {peak:,.0f} MB | {kept:,.0f} MB |", flush=True)
    print()


def million(folder: Path, labels: int) -> Path:
    """A repository with a label set `boxes` of so many COCO boxes."""
    root = folder / f"opening_{labels}"
    if not root.exists():
        before, _, _ = data.coco_pair(folder, labels)
        declared(root, {"boxes": before.read_bytes()})
    return root


def apart(act: Callable[..., Any], *arguments: Any) -> Any:
    """What a function gives in a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(act, arguments)


def opened(root: Path, rev: str | None) -> tuple[float, float, float]:
    """Seconds, the peak memory of this process in MB, and MB of the pickled data set."""
    start = time.perf_counter()
    dataset = LabelDataset(root, "boxes", rev=rev, media=False)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak_mb = peak / (1024 if sys.platform != "darwin" else 1024**2)
    return seconds, peak_mb, len(pickle.dumps(dataset)) / 1e6


def repository(folder: Path, samples: int) -> Path:
    """Label sets `classes` (a table) and `boxes` (COCO, 5 an image) about the same files."""
    root = folder / f"indexing_{samples}"
    if not root.exists():
        chance = random.Random(samples)
        names = [f"{at % 100:02}/img_{at:07}.jpg" for at in range(samples)]
        for name in names:
            path = root / "images" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        declared(root, {"classes": table(names, chance), "boxes": coco(names, chance)})
    return root


def table(names: Sequence[str], chance: random.Random) -> bytes:
    """A class an image, as CSV."""
    rows = (f"{name},class{chance.randrange(data.CATEGORIES)}\n" for name in names)
    return f"path,label\n{''.join(rows)}".encode()


def coco(names: Sequence[str], chance: random.Random) -> bytes:
    """Five boxes an image."""
    images = [
        {"id": at, "file_name": name, "width": 640, "height": 480} for at, name in enumerate(names)
    ]
    boxes = [
        {
            "id": number,
            "image_id": number // 5,
            "category_id": chance.randrange(data.CATEGORIES),
            "bbox": [chance.randrange(500), chance.randrange(400), 40, 30],
        }
        for number in range(5 * len(names))
    ]
    categories = [{"id": at, "name": f"class{at}"} for at in range(data.CATEGORIES)]
    return json.dumps({"images": images, "annotations": boxes, "categories": categories}).encode()


def declared(root: Path, sets: dict[str, bytes]) -> None:
    """A repository with these label sets, committed."""
    scaffold.init(root)
    for name, content in sets.items():
        path = f"labels/{name}.{'json' if content.startswith(b'{') else 'csv'}"
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_bytes(content)
        with contextlib.closing(Repository.find(root)) as repo:
            adding.add(repo, LabelSet("", path, media="images"))
    identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.org"]
    command = ["git", *identity, "commit", "--quiet", "--message", "Label sets"]
    subprocess.run(command, cwd=root, check=True, env={**os.environ, "LABELVC_IN_HOOK": "1"})


if __name__ == "__main__":
    main()
