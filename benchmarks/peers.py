"""The commands that do the same job, as near as each tool comes to it."""

from __future__ import annotations

import importlib.metadata
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

Command = Sequence[str | Path]
BIN = Path(sys.executable).parent

_OXEN = """
import sys, oxen
before, after = sys.argv[1:]
print(oxen.diff(before, to=after, keys=["id"]).tabular)
"""
_DATUMARO = """
import os, sys, tempfile
from datumaro.components.comparator import DistanceComparator
from datumaro.components.dataset import Dataset
def load(path):
    root = tempfile.mkdtemp()
    os.makedirs(root + "/annotations")
    os.makedirs(root + "/images/x")
    os.symlink(os.path.abspath(path), root + "/annotations/instances_x.json")
    return Dataset.import_from(root, "coco")
before, after = map(load, sys.argv[1:])
comparator = DistanceComparator(iou_threshold=0.5)
for item in before:
    other = after.get(item.id, item.subset)
    if other is not None:
        comparator.match_boxes(item, other)
"""
_PYCOCOTOOLS = """
import sys
from pycocotools.coco import COCO
for path in sys.argv[1:]:
    COCO(path)
"""


def labelvc(before: Path, after: Path) -> Command:
    """What changed between two files, counts and all changes as JSON lines."""
    return [BIN / "labelvc", "diff", "--no-index", before, after, "--output", "jsonl"]


def panlabel(before: Path, after: Path, by: str = "id") -> Command:
    """panlabel, by id or by IoU."""
    formats = ["--format-a", "coco", "--format-b", "coco"]
    return [BIN / "panlabel", "diff", before, after, *formats, "--match-by", by]


def oxen(before: Path, after: Path) -> Command:
    """Oxen's row diff of flat tables by their id."""
    return [sys.executable, "-c", _OXEN, before, after]


def datumaro(before: Path, after: Path) -> Command:
    """Datumaro's distance comparison of boxes."""
    return [sys.executable, "-c", _DATUMARO, before, after]


def pycocotools(before: Path, after: Path) -> Command:
    """Only loading both files."""
    return [sys.executable, "-c", _PYCOCOTOOLS, before, after]


def versions() -> str:
    """This machine and everything that was measured."""
    names = ("labelvc", "panlabel", "oxenai", "datumaro", "pycocotools", "dvc", "polars", "msgspec")
    told = [f"{name} {importlib.metadata.version(name)}" for name in names]
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"{system}; {', '.join(told)}"
