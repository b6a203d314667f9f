"""Small media and snapshots, and `preprocess` in one call."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from labelvc.core.snapshot import Snapshot, categories_frame, labels_frame, samples_frame
from labelvc.stages.prepared import Prepared
from labelvc.stages.preprocess import parse_params, preprocess

IMAGES = "image-classification"
BOXES = "object-detection"


def picture(seed: int, width: int = 60, height: int = 40) -> Image.Image:
    """A picture like no other: coarse random colours, smoothly enlarged."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def classes(labels: Mapping[str, str | None], **columns: Any) -> Snapshot:
    """A class for each sample that has one; `columns` are further ones of the samples."""
    named = {sample: name for sample, name in labels.items() if name is not None}
    columns.setdefault("path", list(labels))
    return Snapshot(
        labels_frame(
            sample=list(named), kind=["class"] * len(named), category=list(named.values())
        ),
        samples_frame(sample=list(labels), **columns),
        categories_frame(list(dict.fromkeys(named.values()))),
    )


def prepare(
    snapshot: Snapshot, task: str, out: Path, media: Path | None = None, **params: Any
) -> Prepared:
    """`preprocess` with parameters as params.yaml would give them."""
    return preprocess(snapshot, task, out, media=media, params=parse_params(params, "params"))


def content(out: Path) -> dict[str, bytes]:
    """The bytes of every file in the folder."""
    return {path.name: path.read_bytes() for path in sorted(out.iterdir())}


def reasons(prepared: Prepared) -> dict[str, str | None]:
    """Why each sample is not trained on."""
    return dict(prepared.samples.select("sample", "reason").iter_rows())


def row(prepared: Prepared, sample: str) -> dict[str, Any]:
    """A sample's row."""
    return prepared.samples.filter(sample=sample).row(0, named=True)
