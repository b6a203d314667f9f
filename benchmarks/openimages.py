"""Large Open Images CSV files: `python -m benchmarks.openimages [--rows N] [--data DIR]`.

Makes a file of boxes as the makers publish it, and a version in which 0.5 % of the rows differ
(relabelled, moved, removed, added). Prints Markdown: wall seconds, peak memory and megabytes a
minute of whole processes that count, read, or compare them.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import sys
import tempfile
from pathlib import Path

from benchmarks import peers
from benchmarks.measure import measure
from labelvc.formats import openimages
from labelvc.formats.source import disk_source

HEADER = (
    "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,"
    "IsOccluded,IsTruncated,IsGroupOf,IsDepiction,IsInside\n"
)
CLASSES = 600
A_SAMPLE = 8  # boxes of an image, on average
EVERY = 800  # one row in so many is relabelled, moved, removed, and has a new one behind it


def main() -> None:
    """Measure, or do what a measured process is asked for."""
    arguments = argparse.ArgumentParser(prog="benchmarks.openimages", description=__doc__)
    arguments.add_argument("--rows", type=int, default=10_000_000)
    arguments.add_argument(
        "--data", type=Path, default=Path(tempfile.gettempdir()) / "labelvc-bench-openimages"
    )
    arguments.add_argument("--only", choices=("tally", "read"), help=argparse.SUPPRESS)
    arguments.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.only:
        scan = openimages.scan(disk_source(given.file), {})
        print(scan.tally() if given.only == "tally" else scan.read().labels.height)
        return
    given.data.mkdir(parents=True, exist_ok=True)
    # in a process of its own: what is measured is charged with the memory of what started it
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        before, after = pool.apply(made, (given.data, given.rows))
    table(before, after, given.rows)


def table(before: Path, after: Path, rows: int) -> None:
    """Measure and print."""
    megabytes = before.stat().st_size / 1e6
    print(
        f"### {rows:,} Open Images boxes ({megabytes:,.0f} MB a file), 0.5 % of the rows changed\n"
    )
    print("| | wall | peak memory | MB a minute |\n|---|---|---|---|")
    own = [sys.executable, "-m", "benchmarks.openimages", "--file", str(before), "--only"]
    for name, command, files in (
        ("count the labels", [*own, "tally"], 1),
        ("read them into a snapshot", [*own, "read"], 1),
        ("labelvc diff", peers.labelvc(before, after), 2),
    ):
        taken = measure(command, runs=2)
        speed = files * megabytes / taken.seconds * 60
        print(f"| {name} | {taken.seconds:.1f} s | {taken.megabytes:,.0f} MB | {speed:,.0f} |")


def made(folder: Path, rows: int) -> tuple[Path, Path]:
    """Two versions of a file of so many boxes; the same files at every call."""
    before, after = (
        folder / f"{name}-{rows}" / "oidv6-train-annotations-bbox.csv" for name in ("one", "two")
    )
    if after.exists():
        return before, after
    for path in (before, after):
        path.parent.mkdir(parents=True, exist_ok=True)
    chance = random.Random(rows)
    with before.open("w") as one, after.open("w") as two:
        one.write(HEADER)
        two.write(HEADER)
        image = ""
        for at in range(rows):
            if at % A_SAMPLE == 0:
                image = f"{at * 0x9E3779B97F4A7C15 % 2**64:016x}"
            row = box(image, chance)
            one.write(row)
            two.write(changed(row, image, at % EVERY, chance))
    return before, after


def box(image: str, chance: random.Random) -> str:
    """A row as the makers write it, with six decimals."""
    x, y = chance.random() * 0.8, chance.random() * 0.8
    right, bottom = x + 0.01 + chance.random() * 0.19, y + 0.01 + chance.random() * 0.19
    mid = f"/m/{int(chance.random() ** 3 * CLASSES) + 0x1000:04x}"
    flags = f"{int(chance.random() < 0.5)},{int(chance.random() < 0.2)},0,0,0"
    return f"{image},xclick,{mid},1,{x:.6f},{right:.6f},{y:.6f},{bottom:.6f},{flags}\n"


def changed(row: str, image: str, place: int, chance: random.Random) -> str:
    """The row in the other version: of `EVERY` rows four differ."""
    cells = row.split(",")
    if place == EVERY // 5:
        cells[2] = f"/m/{chance.randrange(CLASSES) + 0x1000:04x}"
    elif place == 2 * EVERY // 5:
        cells[5] = f"{float(cells[5]) + 0.004:.6f}"
    elif place == 3 * EVERY // 5:
        return ""
    elif place == 4 * EVERY // 5:
        return row + box(image, chance)
    return ",".join(cells)


if __name__ == "__main__":
    main()
