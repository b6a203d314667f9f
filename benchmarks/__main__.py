"""Run the benchmarks: `python -m benchmarks [--small] [NAME ...]`.

Prints Markdown tables with the ratio to labelvc of each peer, measured in the same run. Data is
made once in a folder under the temporary directory (or `--data DIR`) and kept there.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from benchmarks import data, peers
from benchmarks.measure import Failed, Measured, measure

T = TypeVar("T")
Row = tuple[str, peers.Command]


def main() -> None:
    """Run what was asked for, or everything."""
    arguments = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    arguments.add_argument("names", nargs="*", choices=[[], *BENCHMARKS], metavar="NAME")
    arguments.add_argument("--small", action="store_true", help="a tenth of every size")
    arguments.add_argument(
        "--data", type=Path, default=Path(tempfile.gettempdir()) / "labelvc-bench"
    )
    given = arguments.parse_args()
    given.data.mkdir(parents=True, exist_ok=True)
    print(f"{os.cpu_count()} cores; {peers.versions()}\n")
    for name in given.names or BENCHMARKS:
        BENCHMARKS[name](given.data, 10 if given.small else 1)


def made(make: Callable[..., T], *given: object, **more: object) -> T:
    """Make data in a process of its own.

    What a measured process is charged with begins at the size of the process that starts it.
    """
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(make, given, more)


def boxes_100k(folder: Path, divisor: int) -> None:
    """100,000 boxes by id."""
    before, after, _ = made(data.coco_pair, folder, 100_000 // divisor)
    flat = (made(data.flat_table, before), made(data.flat_table, after))
    table(
        f"{100_000 // divisor:,} COCO boxes, ids kept",
        [
            ("labelvc diff", peers.labelvc(before, after)),
            ("panlabel, by id", peers.panlabel(before, after)),
            ("panlabel, by IoU", peers.panlabel(before, after, "iou")),
            ("oxen, flat CSV by id", peers.oxen(*flat)),
            ("datumaro, distance", peers.datumaro(before, after)),
            ("pycocotools, loading only", peers.pycocotools(before, after)),
        ],
    )


def boxes_1m(folder: Path, divisor: int) -> None:
    """1,000,000 boxes by id, and with every id renumbered."""
    before, after, renumbered = made(data.coco_pair, folder, 1_000_000 // divisor)
    flat = (made(data.flat_table, before), made(data.flat_table, after))
    table(
        f"{1_000_000 // divisor:,} COCO boxes",
        [
            ("labelvc diff", peers.labelvc(before, after)),
            ("labelvc diff, ids renumbered", peers.labelvc(before, renumbered)),
            ("panlabel, by id", peers.panlabel(before, after)),
            ("panlabel, by IoU", peers.panlabel(before, after, "iou")),
            ("oxen, flat CSV by id", peers.oxen(*flat)),
            ("pycocotools, loading only", peers.pycocotools(before, after)),
        ],
    )


def polygons(folder: Path, divisor: int) -> None:
    """900,000 polygons by id."""
    before, after, _ = made(data.coco_pair, folder, 900_000 // divisor, polygons=True)
    table(
        f"{900_000 // divisor:,} COCO polygons ({before.stat().st_size / 1e6:,.0f} MB a file)",
        [
            ("labelvc diff", peers.labelvc(before, after)),
            ("panlabel, by id", peers.panlabel(before, after)),
        ],
    )


def yolo(folder: Path, divisor: int) -> None:
    """One label changed in a tracked folder of many files."""
    files = 100_000 // divisor
    root = made(data.yolo_folder, folder, files)
    if not (root / ".git").exists():
        _track(root)
        _edit(root / "labels" / "img_0000001.txt")
        _commit(root)
    # another change each time, so that no earlier run can have seen it
    _edit(root / "labels" / "img_0000000.txt")
    # what labelvc has kept of earlier runs: the stat index and the counts of versions
    shutil.rmtree(root / ".git" / "labelvc", ignore_errors=True)
    diff = [peers.BIN / "labelvc", "diff", "--json"]
    table(
        f"One label changed in a tracked YOLO folder of {files:,} files",
        [
            ("labelvc diff, again", diff),
            ("labelvc diff HEAD~1 HEAD", [*diff, "HEAD~1", "HEAD"]),
            ("dvc diff", [peers.BIN / "dvc", "diff"]),
            ("dvc diff HEAD~1 HEAD", [peers.BIN / "dvc", "diff", "HEAD~1", "HEAD"]),
        ],
        cwd=root,
        once=("labelvc diff, the first time after `dvc add`", diff),
    )


def nothing(folder: Path, divisor: int) -> None:
    """The cost of finding that nothing changed, and of saying hello."""
    before, _, _ = made(data.coco_pair, folder, 100_000 // divisor)
    root = folder / f"clean_{100_000 // divisor}"
    if not (root / ".git").exists():
        (root / "labels").mkdir(parents=True)
        (root / "labels" / "train.json").write_bytes(before.read_bytes())
        _track(root)
    rows = [
        ("labelvc diff", [peers.BIN / "labelvc", "diff"]),
        ("dvc diff", [peers.BIN / "dvc", "diff"]),
        ("labelvc --help", [peers.BIN / "labelvc", "--help"]),
        ("dvc --help", [peers.BIN / "dvc", "--help"]),
    ]
    table("No label changes, 100,000 tracked boxes", rows, cwd=root)


def _edit(path: Path) -> None:
    first, *rest = path.read_text().splitlines(keepends=True)
    number, place = first.split(" ", 1)
    path.write_text(f"{(int(number) + 1) % data.CATEGORIES} {place}" + "".join(rest))


def _track(root: Path) -> None:
    """A repository with the folder `labels` tracked by DVC and committed."""
    for command in (["git", "init", "--quiet"], [peers.BIN / "dvc", "init", "--quiet"]):
        subprocess.run(command, cwd=root, check=True)
    _commit(root)


def _commit(root: Path) -> None:
    identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.org"]
    for command in (
        [peers.BIN / "dvc", "add", "--quiet", "labels"],
        ["git", "add", "--all"],
        ["git", *identity, "commit", "--quiet", "--message", "Track labels"],
    ):
        subprocess.run(command, cwd=root, check=True)


def table(title: str, rows: list[Row], *, cwd: Path | None = None, once: Row | None = None) -> None:
    """Measure the rows and print them as Markdown; the first is what the others are compared to.

    `once` is run a single time, before the others.
    """
    print(f"### {title}\n\n| tool | wall | peak memory | times labelvc |\n|---|---|---|---|")
    taken = [(once[0], _measured(once[1], cwd, runs=1))] if once else []
    taken += [(name, _measured(command, cwd, runs=3)) for name, command in rows]
    first = taken[1 if once else 0][1]
    for name, took in taken:
        if isinstance(took, Failed) or isinstance(first, Failed):
            print(f"| {name} | {took} | | |")
            continue
        ratio = took.seconds / first.seconds
        print(f"| {name} | {took.seconds:.2f} s | {took.megabytes:,.0f} MB | {ratio:.1f} |")
    print(flush=True)


def _measured(command: peers.Command, cwd: Path | None, *, runs: int) -> Measured | Failed:
    try:
        return measure(command, cwd=cwd, runs=runs)
    except Failed as error:
        return error


BENCHMARKS: dict[str, Callable[[Path, int], None]] = {
    "nothing": nothing,
    "boxes-100k": boxes_100k,
    "boxes-1m": boxes_1m,
    "polygons": polygons,
    "yolo": yolo,
}

if __name__ == "__main__":
    main()
