"""The sizes of images, read from their heads alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from labelvc.core.progress import counted
from labelvc.core.snapshot import Snapshot
from labelvc.repo.caches import cache_folders
from labelvc.repo.media import find_media

Size = tuple[float | None, float | None]
_ORIENTATION, _SIDEWAYS = 274, (5, 6, 7, 8)  # the EXIF tag, and its values for sides swapped


def read_size(path: Path) -> Size:
    """Width and height in pixels that the head of an image file tells, turned upright.

    Neither is known of a file that tells none.
    """
    from PIL import Image

    try:
        with Image.open(path) as image:
            turned = image.getexif().get(_ORIENTATION, 1) in _SIDEWAYS
            width, height = image.size
    except (OSError, ValueError, Image.DecompressionBombError):
        return None, None
    return (float(height), float(width)) if turned else (float(width), float(height))


def missing_sizes(snapshot: Snapshot, media: Path) -> dict[str, tuple[float, float]]:
    """The sizes of those samples whose labels tell none, from the images below a folder."""
    unknown = snapshot.samples.filter(pl.col("width").is_null() | pl.col("height").is_null())
    wanted = snapshot.of_samples(unknown["sample"])
    found = find_media(wanted, media, list(_caches(media)))
    sizes = {}
    for sample, place in counted(list(found.items()), "reading image sizes"):
        width, height = (None, None) if place.path is None else read_size(place.path)
        if width and height:
            sizes[sample] = (width, height)
    return sizes


def _caches(media: Path) -> Iterator[Path]:
    """DVC's caches, where the folder is in a project: its files may be links into them."""
    for folder in (media.absolute(), *media.absolute().parents):
        if (folder / ".dvc").is_dir():
            yield from cache_folders(folder, None)
            return
