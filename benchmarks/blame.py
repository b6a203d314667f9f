"""How long `labelvc blame` takes over a long history: `python -m benchmarks.blame`.

50 commits over 100,000 COCO boxes, each of which corrects 200; whole processes, the first call, the
second, and one after a commit more. Beside it what reading all 50 versions costs.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.data import CATEGORIES, _coco
from benchmarks.measure import Measured, measure
from benchmarks.peers import BIN

COMMITS, EDITS = 50, 200
_AUTHOR = ("-c", "user.name=bench", "-c", "user.email=bench@example.org")
_READ = (
    "import json, pathlib, sys\n"
    "for file in pathlib.Path(sys.argv[1]).rglob('*'):\n"
    "    if file.is_file() and file.stat().st_size > 1_000_000: json.loads(file.read_bytes())\n"
)


def main() -> None:
    """Measure and print a table in Markdown."""
    labels = 100_000 // (10 if "--small" in sys.argv else 1)
    with tempfile.TemporaryDirectory(prefix="labelvc-bench-blame-") as folder:
        root = Path(folder)
        content = _prepare(root, labels)
        blame = [BIN / "labelvc", "blame", "labels", "HEAD", "--limit", "5"]
        rows: dict[str, Measured] = {"first call": measure(blame, cwd=root, runs=1)}
        rows["second call"] = measure(blame, cwd=root)
        _corrected(content["annotations"], COMMITS)
        _commit(root, content)
        rows["after one commit more"] = measure(blame, cwd=root, runs=1)
        rows["json.loads of the versions"] = measure(
            [sys.executable, "-c", _READ, root / ".dvc" / "cache"], runs=1
        )
        print(f"| blame over {COMMITS} commits, {labels:,} labels | wall | peak memory |")
        print("|---|---|---|")
        for name, measured in rows.items():
            print(f"| {name} | {measured.seconds:.2f} s | {measured.megabytes:,.0f} MB |")


def _prepare(root: Path, labels: int) -> dict[str, Any]:
    _git(root, "init", "-q", "-b", "main")
    _labelvc(root, "init", "-q")
    content = _coco(random.Random(labels), labels, polygons=False)
    _write(root, content)
    _labelvc(root, "add", "labels.json", "--name", "labels", "-q")
    _commit(root, content)
    for number in range(COMMITS - 1):
        _corrected(content["annotations"], number)
        _commit(root, content)
    return content


def _corrected(boxes: list[dict[str, Any]], seed: int) -> None:
    """Half of the edits are other categories, half moves."""
    for place in random.Random(seed).sample(range(len(boxes)), EDITS):
        box = boxes[place]
        if place % 2:
            box["category_id"] = box["category_id"] % CATEGORIES + 1
        else:
            box["bbox"] = [round(box["bbox"][0] + 3.5, 2), *box["bbox"][1:]]


def _commit(root: Path, content: dict[str, Any]) -> None:
    _write(root, content)
    _labelvc(root, "commit", "-q", "--no-check", "-m", "Correct labels")


def _write(root: Path, content: dict[str, Any]) -> None:
    (root / "labels.json").unlink(missing_ok=True)  # it may be a link into DVC's cache
    (root / "labels.json").write_text(json.dumps(content))


def _git(root: Path, *words: str) -> None:
    subprocess.run(["git", *_AUTHOR, *words], cwd=root, check=True)


def _labelvc(root: Path, *words: str) -> None:
    subprocess.run([BIN / "labelvc", *words], cwd=root, check=True, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
