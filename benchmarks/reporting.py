"""How long a report of many changes takes, and its page to open: `python -m benchmarks.reporting`.

10,000 of 50,000 boxes changed on 5,000 JPEG images of 640 x 480; the page opens in Chromium, from
disk, until its list can be used.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.data import CATEGORIES
from benchmarks.measure import measure
from benchmarks.peers import BIN

CHANGES = 10_000
_AUTHOR = ("-c", "user.name=bench", "-c", "user.email=bench@example.org")


def main() -> None:
    """Measure and print a table in Markdown."""
    changes = CHANGES // (10 if "--small" in sys.argv else 1)
    with tempfile.TemporaryDirectory(prefix="labelvc-bench-reporting-") as folder:
        root = Path(folder) / "repo"
        _prepare(root, changes)
        told = Path(folder) / "told"
        labelvc = BIN / "labelvc"
        rows = {
            f"labelvc report, {changes:,} changes": measure(
                [labelvc, "report", "HEAD~1..HEAD", "-o", told], cwd=root
            ),
            "the same without pictures": measure(
                [labelvc, "report", "HEAD~1..HEAD", "-o", Path(folder) / "bare", "--pictures", "0"],
                cwd=root,
            ),
        }
        print("| what | wall | peak memory |\n|---|---|---|")
        for name, measured in rows.items():
            print(f"| {name} | {measured.seconds:.2f} s | {measured.megabytes:,.0f} MB |")
        page = told / "report.html"
        seconds = _opened(page)
        size = page.stat().st_size / 1e6
        print(f"| the page of {size:.1f} MB ready in Chromium | {seconds:.2f} s | |")


def _prepare(root: Path, changes: int) -> None:
    """A repository with two commits, the second of which changes so many boxes."""
    chance = random.Random(5)
    images = changes // 2
    (root / "images").mkdir(parents=True)
    noise = np.random.default_rng(5).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    for number in range(images):
        picture = Image.fromarray(np.roll(noise, number, axis=1)).resize((640, 480))
        picture.save(root / "images" / f"{number:06}.jpg", quality=85)
    boxes: list[dict[str, Any]] = [
        {
            "id": number + 1,
            "image_id": number % images + 1,
            "category_id": chance.randrange(CATEGORIES) + 1,
            "bbox": [round(chance.uniform(0, side), 1) for side in (500, 380)] + [60.5, 44.25],
        }
        for number in range(changes * 5)
    ]
    _git(root, "init", "-q", "-b", "main")
    _labelvc(root, "init", "-q")
    (root / ".gitignore").open("a").write("/images\n")
    _write(root, images, boxes)
    _labelvc(root, "add", "labels.json", "--media", "images", "-q")
    _labelvc(root, "commit", "-q", "-m", "base")
    for place in chance.sample(range(len(boxes)), changes):
        box = boxes[place]
        if place % 3:
            box["category_id"] = box["category_id"] % CATEGORIES + 1
        else:
            box["bbox"] = [box["bbox"][0] + 12.5, *box["bbox"][1:]]
    _write(root, images, boxes)
    _labelvc(root, "commit", "-q", "-m", "corrected")


def _write(root: Path, images: int, boxes: list[dict[str, Any]]) -> None:
    content = {
        "images": [
            {"id": at + 1, "file_name": f"{at:06}.jpg", "width": 640, "height": 480}
            for at in range(images)
        ],
        "annotations": boxes,
        "categories": [{"id": at + 1, "name": f"class {at}"} for at in range(CATEGORIES)],
    }
    (root / "labels.json").unlink(missing_ok=True)  # it may be a link into DVC's cache
    (root / "labels.json").write_text(json.dumps(content))


def _opened(page: Path) -> float:
    """Seconds from asking for the page until it can be used, best of three."""
    from tests.browser import browser
    from tests.review.waiting import until

    taken = []
    with browser() as chromium:
        for _ in range(3):
            tab = chromium.new_page(viewport={"width": 1440, "height": 900})
            start = time.perf_counter()
            tab.goto(page.as_uri())
            until(tab, "window.labelvcReady === true")
            taken.append(time.perf_counter() - start)
            tab.close()
    return min(taken)


def _git(root: Path, *words: str) -> None:
    subprocess.run(["git", *_AUTHOR, *words], cwd=root, check=True)


def _labelvc(root: Path, *words: str) -> None:
    subprocess.run([BIN / "labelvc", *words], cwd=root, check=True)


if __name__ == "__main__":
    main()
