"""The commands that do the same job, as near as each tool comes to it."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

Command = Sequence[str | Path]
BIN = Path(sys.executable).parent
# `make bench` puts the peers into an environment of their own, inside labelvc's.
PEERS = BIN.parent / "peers" / "bin"

_PEERS = ("panlabel", "oxenai", "datumaro", "pycocotools")
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
    return [PEERS / "panlabel", "diff", before, after, *formats, "--match-by", by]


def oxen(before: Path, after: Path) -> Command:
    """Oxen's row diff of flat tables by their id."""
    return [PEERS / "python", "-c", _OXEN, before, after]


def datumaro(before: Path, after: Path) -> Command:
    """Datumaro's distance comparison of boxes."""
    return [PEERS / "python", "-c", _DATUMARO, before, after]


def pycocotools(before: Path, after: Path) -> Command:
    """Only loading both files."""
    return [PEERS / "python", "-c", _PYCOCOTOOLS, before, after]


def versions() -> str:
    """This machine and everything that was measured."""
    own = {
        name: importlib.metadata.version(name) for name in ("labelvc", "polars", "msgspec", "dvc")
    }
    ask = (
        "import importlib.metadata as m, json, sys;"
        "print(json.dumps({name: m.version(name) for name in sys.argv[1:]}))"
    )
    asked = subprocess.run([PEERS / "python", "-c", ask, *_PEERS], capture_output=True, check=True)
    told = [f"{name} {version}" for name, version in {**own, **json.loads(asked.stdout)}.items()]
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"{system}; {', '.join(told)}"
