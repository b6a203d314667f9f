"""How long `git merge` takes where both sides changed labels: `python -m benchmarks.merging`.

Whole processes: Git, the driver, and the hook that brings the label file in line. Beside it the
same merge with a driver that does nothing but keep ours, DVC's own driver, and `git merge-file`.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.data import CATEGORIES, _coco, yolo_folder
from benchmarks.peers import BIN

_AUTHOR = ("-c", "user.name=bench", "-c", "user.email=bench@example.org")


def main() -> None:
    """Measure and print tables in Markdown."""
    with tempfile.TemporaryDirectory(prefix="labelvc-bench-merging-") as folder:
        boxes(Path(folder), 1_000_000 // (10 if "--small" in sys.argv else 1))
        files(Path(folder), 100_000 // (10 if "--small" in sys.argv else 1))


def boxes(folder: Path, labels: int) -> None:
    """COCO boxes of which each side changes 1 %."""
    base = _coco(random.Random(labels), labels, polygons=False)
    for side, seed in (("base", 0), ("ours", 1), ("theirs", 2)):
        told = {**base, "annotations": _corrected(base["annotations"], seed)} if seed else base
        (folder / f"{side}.json").write_text(json.dumps(told))
    root = folder / "boxes"
    sides = {
        side: lambda side=side: shutil.copy(folder / f"{side}.json", root / "labels.json")
        for side in ("base", "ours", "theirs")
    }
    _prepare(root, sides, "labels.json")
    print(f"### {labels:,} COCO boxes, 1 % changed on each side\n")
    rows = [
        ("git merge with labelvc", _merge(root)),
        ("git merge, ours kept", _merge(root, driver="true")),
        (
            "git merge-file of the JSON (gives up: all is one line)",
            _run(["git", "merge-file", "-p", "ours.json", "base.json", "theirs.json"], folder),
        ),
    ]
    _print(rows)


def files(folder: Path, count: int) -> None:
    """A folder of YOLO files of which each side changes 100."""
    root = yolo_folder(folder, count)

    def edited(seed: int) -> Callable[[], None]:
        def edit() -> None:
            for number in random.Random(seed).sample(range(count), 100):
                path = root / "labels" / f"img_{number:07d}.txt"
                content = f"{seed} 0.5 0.5 0.25 0.25\n" + path.read_text().partition("\n")[2]
                path.unlink()  # it may be a link into DVC's cache
                path.write_text(content)

        return edit

    _prepare(root, {"base": lambda: None, "ours": edited(1), "theirs": edited(2)}, "labels")
    print(f"### A YOLO folder of {count:,} files, 100 changed on each side\n")
    dvc = f"{BIN / 'dvc'} git-hook merge-driver --ancestor %O --our %A --their %B"
    _print(
        [
            ("git merge with labelvc", _merge(root)),
            ("git merge, ours kept", _merge(root, driver="true")),
            ("git merge with DVC's driver, by file", _merge(root, driver=dvc)),
        ]
    )


def _corrected(annotations: Sequence[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    """0.4 % relabelled, 0.3 % moved, 0.15 % removed, 0.15 % added."""
    chance = random.Random(seed)
    found = []
    for one in annotations:
        luck = chance.random()
        if luck < 0.004:
            one = {**one, "category_id": one["category_id"] % CATEGORIES + 1}
        elif luck < 0.007:
            one = {**one, "bbox": [round(one["bbox"][0] + 3.5, 2), *one["bbox"][1:]]}
        elif luck < 0.0085:
            continue
        found.append(one)
    for number in range(len(annotations) * 15 // 10_000):
        x, y = (round(chance.uniform(0, side), 2) for side in (500, 400))
        box = [x, y, 33.25, 44.75]
        new = {"id": len(annotations) + number + 1, "bbox": box}
        found.append({**chance.choice(annotations), **new})
    return found


def _prepare(root: Path, sides: dict[str, Callable[[], object]], path: str) -> None:
    """A repository with `main` and `side`, which both changed the base."""
    root.mkdir(exist_ok=True)
    _git(root, "init", "-q", "-b", "main")
    _labelvc(root, "init", "-q")
    sides["base"]()
    _labelvc(root, "add", path, "-q")
    _labelvc(root, "commit", "-q", "-m", "base")
    _git(root, "add", "-A")
    _git(root, "commit", "-q", "--allow-empty", "-m", "Set up")
    _git(root, "checkout", "-q", "-b", "side")
    sides["theirs"]()
    _labelvc(root, "commit", "-q", "-m", "theirs")
    _git(root, "checkout", "-q", "main")
    _labelvc(root, "status")
    sides["ours"]()
    _labelvc(root, "commit", "-q", "-m", "ours")


def _merge(root: Path, driver: str | None = None) -> tuple[float, float, float]:
    """Merge `side`, best of three; afterwards everything is as before."""
    options = [] if driver is None else ["-c", f"merge.labelvc.driver={driver}"]
    taken = []
    for _ in range(3):
        command = ["git", *_AUTHOR, *options, "merge", "-q", "--no-edit", "side"]
        taken.append(_run(command, root))
        merging = (root / ".git" / "MERGE_HEAD").exists()
        _git(root, *(["merge", "--abort"] if merging else ["reset", "-q", "--hard", "ORIG_HEAD"]))
        _labelvc(root, "status")
    return min(taken)


def _run(command: Sequence[str], cwd: Path) -> tuple[float, float, float]:
    """Wall and processor seconds of a command with all it starts; the largest process in MB."""
    measured = (
        "import resource as r, subprocess, sys, time\n"
        "t = time.perf_counter()\n"
        "subprocess.run(sys.argv[1:], stdout=-3, stderr=-3)\n"
        "u = r.getrusage(r.RUSAGE_CHILDREN)\n"
        "print(time.perf_counter() - t, u.ru_utime + u.ru_stime, u.ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", measured, *command],
        cwd=cwd, env=_environment(), check=True, capture_output=True, text=True,
    )  # fmt: skip
    wall, processor, memory = map(float, done.stdout.split())
    return wall, processor, memory / (1024 if sys.platform != "darwin" else 1024**2)


def _environment() -> dict[str, str]:
    return {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}


def _print(rows: Sequence[tuple[str, tuple[float, float, float]]]) -> None:
    print("| merge | wall | processor | peak memory |\n|---|---|---|---|")
    for name, (wall, processor, memory) in rows:
        print(f"| {name} | {wall:.2f} s | {processor:.2f} s | {memory:,.0f} MB |")
    print(flush=True)


def _git(root: Path, *arguments: str) -> None:
    command = ["git", *_AUTHOR, *arguments]
    subprocess.run(command, cwd=root, env=_environment(), check=True, capture_output=True)


def _labelvc(root: Path, *arguments: str) -> None:
    command = [BIN / "labelvc", *arguments]
    subprocess.run(command, cwd=root, env=_environment(), check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
