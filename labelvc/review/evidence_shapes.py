"""Labels as shapes in the pixels of their image."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from PIL import Image

from labelvc.core.score_geometry import Mask
from labelvc.core.shapes import BODY_SIGMAS, rle_counts
from labelvc.review.evidence_subject import Version
from labelvc.review.evidence_values import Blob
from labelvc.review.evidence_window import Bounds, Size, Window

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Grid = NDArray[np.bool_]

Skeleton = Sequence[Sequence[int]]  # pairs of keypoints that a line joins, counted from 0

# The lines between COCO's 17 body parts, as its person category has them (there counted from 1).
_BODY: Skeleton = [
    [15, 13], [13, 11], [16, 14], [14, 12], [11, 12], [5, 11], [6, 12], [5, 6], [5, 7], [6, 8],
    [7, 9], [8, 10], [1, 2], [0, 1], [0, 2], [1, 3], [2, 4], [3, 5], [4, 6],
]  # fmt: skip
# The edges of a cuboid, whose corners go pair by pair (upper, lower) around it.
_CUBOID: Skeleton = [
    [0, 1], [2, 3], [4, 5], [6, 7], [0, 2], [2, 4], [4, 6], [6, 0], [1, 3], [3, 5], [5, 7], [7, 1],
]  # fmt: skip
_CUBOID_NUMBERS = 16
_ELLIPSE_NUMBERS = 5
_CORNERS = 48  # of an ellipse
_MOST_PIXELS = 2**27  # of a mask: more than any image that is shown has
_COLOURS = {
    "before": (213, 94, 0),
    "after": (0, 114, 178),
    "base": (110, 110, 110),
    "ours": (0, 114, 178),
    "theirs": (213, 94, 0),
}
_COVERED = 64  # of 255: how much of a picture's pixel a mask must cover to be drawn there
_HUNDREDTHS = 2  # decimals of a pixel
_FARTHEST = 1e7  # pixels: what strangers wrote may be beyond all numbers once it is scaled


@dataclass(frozen=True, eq=False)
class Shape:
    """A label or a part of it; `told` is what the page draws, or `grid` a mask.

    `bounds` are in pixels of the image, None where nothing is seen of it.
    """

    version: Version
    told: Mapping[str, Any]
    bounds: Bounds | None
    grid: Grid | None = None


def shapes_of(
    versions: Sequence[Version], size: Size, skeletons: Mapping[str, Skeleton]
) -> list[Shape]:
    """The labels as shapes on an image of that size.

    Of keypoints, mask, outline, line, ellipse, cuboid and box, a label is shown by the first that
    it has, as they tell the most, and by others only where the sides differ in them.
    """
    differing = _differing(versions)
    shapes: list[Shape] = []
    for version in versions:
        found: list[Shape] = []
        for part, draw in _DRAWN.items():
            if _part(version, part) and (not found or part in differing):
                shape = draw(version, size, skeletons)
                found += [shape] if shape is not None else []
        shapes += found
    return shapes


def overlay(shape: Shape, window: Window, size: Size, shown: Size) -> Blob:
    """A mask as a transparent PNG that covers a window; `size` is the image's, `shown` the PNG's.

    Raises ValueError for a shape that is no mask.
    """
    if shape.grid is None:
        raise ValueError("no mask")
    height, width = shape.grid.shape
    box = window.within((width, height), size)
    grey = Image.fromarray(shape.grid.astype(np.uint8) * 255)
    covered = np.asarray(grey.resize(shown, Image.Resampling.BOX, box=box)) >= _COVERED
    picture = Image.frombytes("P", shown, covered.astype(np.uint8).tobytes())
    picture.putpalette([255, 255, 255, *_COLOURS[shape.version.side]])
    file = io.BytesIO()
    picture.save(file, "PNG", bits=1, transparency=0, optimize=True)
    return Blob(file.getvalue(), "image/png")


def fits(versions: Sequence[Version], size: Size) -> bool:
    """Whether labels in pixels lie on an image of that size, a pixel at its edges forgiven."""
    masks = [version.geometry.mask for version in versions]
    if any(mask.size != (size[1], size[0]) for mask in masks if mask is not None):
        return False
    return all(
        shape.bounds[2] <= size[0] + 1 and shape.bounds[3] <= size[1] + 1
        for shape in shapes_of(versions, size, {})
        if shape.bounds is not None
    )


def skeletons_of(attributes: Mapping[str, str | None]) -> dict[str, Skeleton]:
    """The skeletons in categories' attributes (JSON) by name; COCO's count from 1."""
    found: dict[str, Skeleton] = {}
    for name, text in attributes.items():
        held = msgspec.json.decode(text).get("skeleton") if text else None
        try:
            bones = msgspec.convert(held or [], type=list[tuple[int, int]])
        except msgspec.ValidationError:
            continue
        if bones:
            found[name] = [[start - 1, end - 1] for start, end in bones]
    return found


def _part(version: Version, part: str) -> Any:
    return version.box if part == "box" else getattr(version.geometry, part)


def _differing(versions: Sequence[Version]) -> set[str]:
    """The parts that not all sides have alike."""
    sides: dict[str, list[Version]] = {}
    for version in versions:
        sides.setdefault(version.side, []).append(version)
    values = {
        part: [[_part(one, part) for one in side] for side in sides.values()] for part in _DRAWN
    }
    return {part for part, found in values.items() if any(one != found[0] for one in found)}


def _box(version: Version, size: Size, skeletons: Mapping[str, Skeleton]) -> Shape:
    placed = _placed(np.reshape(version.box or (), (2, 2)), _scale(version, size))
    corners = np.stack([placed[0], placed.sum(axis=0)])
    return Shape(version, {"box": _rounded(placed.ravel())}, _bounds(corners))


def _outline(version: Version, size: Size, skeletons: Mapping[str, Skeleton]) -> Shape | None:
    rings = [
        _placed(np.reshape(ring[: len(ring) // 2 * 2], (-1, 2)), _scale(version, size))
        for ring in version.geometry.polygon
        if len(ring) > 1
    ]
    if not rings:
        return None
    told = {"rings": [_rounded(ring.ravel()) for ring in rings]}
    return Shape(version, told, _bounds(np.concatenate(rings)))


def _ellipse(version: Version, size: Size, skeletons: Mapping[str, Skeleton]) -> Shape | None:
    """As an outline of many corners; it is turned in pixels, whatever its unit."""
    if len(version.geometry.ellipse) != _ELLIPSE_NUMBERS:
        return None
    scale = _scale(version, size)
    centre, radii = _placed(np.reshape(version.geometry.ellipse[:4], (2, 2)), scale)
    turned = np.radians(version.geometry.ellipse[4])
    around = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
    flat = radii * np.stack([np.cos(around), np.sin(around)], axis=1)
    cos, sin = np.cos(turned), np.sin(turned)
    placed = _placed(flat @ np.array([[cos, sin], [-sin, cos]]) + centre, (1.0, 1.0))
    return Shape(version, {"rings": [_rounded(placed.ravel())]}, _bounds(placed))


def _line(version: Version, size: Size, skeletons: Mapping[str, Skeleton]) -> Shape | None:
    """As points with a bone from each to the next."""
    lines = [line[: len(line) // 2 * 2] for line in version.geometry.polyline]
    ends = np.cumsum([len(line) // 2 for line in lines]).tolist()
    points = np.reshape([number for line in lines for number in line], (-1, 2))
    bones = [[at, at + 1] for at in range(len(points) - 1) if at + 1 not in ends]
    return _bony(version, size, points, bones)


def _cuboid(version: Version, size: Size, skeletons: Mapping[str, Skeleton]) -> Shape | None:
    corners = version.geometry.cuboid
    if len(corners) != _CUBOID_NUMBERS:
        return None
    return _bony(version, size, np.reshape(corners, (-1, 2)), _CUBOID)


def _bony(version: Version, size: Size, points: Floats, bones: Skeleton) -> Shape | None:
    if not len(points):
        return None
    placed = _placed(points, _scale(version, size))
    seen = [_rounded(np.array([*point, 2.0])) for point in placed]
    return Shape(version, {"points": seen, "skeleton": [*bones]}, _bounds(placed))


def _mask(version: Version, size: Size, skeletons: Mapping[str, Skeleton]) -> Shape | None:
    mask = version.geometry.mask
    grid = None if mask is None else _grid(mask)
    return None if grid is None else Shape(version, {}, _grid_bounds(grid, size), grid)


def _keypoints(version: Version, size: Size, skeletons: Mapping[str, Skeleton]) -> Shape | None:
    held = version.geometry.keypoints
    points = [[*point[:2], *(point[2:3] or [2])] for point in held if len(point) > 1]
    placed = _placed(np.reshape(points, (-1, 3)), (*_scale(version, size), 1.0))
    skeleton = skeletons.get(version.category or "")
    if skeleton is None:
        skeleton = _BODY if len(points) == len(BODY_SIGMAS) else []
    told = {
        "points": [_rounded(point) for point in placed],
        "skeleton": [list(bone) for bone in skeleton if 0 <= min(bone) <= max(bone) < len(points)],
    }
    return Shape(version, told, _bounds(placed[placed[:, 2] > 0, :2])) if points else None


# What draws each part of a label, the most telling first.
_DRAWN: dict[str, Callable[[Version, Size, Mapping[str, Skeleton]], Shape | None]] = {
    "keypoints": _keypoints,
    "mask": _mask,
    "polygon": _outline,
    "polyline": _line,
    "ellipse": _ellipse,
    "cuboid": _cuboid,
    "box": _box,
}


def _scale(version: Version, size: Size) -> tuple[float, float]:
    """What one unit of a label is in pixels, across and down."""
    unit = version.row.get("unit")
    if unit == "fraction":
        return float(size[0]), float(size[1])
    return (size[0] / 100, size[1] / 100) if unit == "percent" else (1.0, 1.0)


def _placed(values: ArrayLike, scale: tuple[float, ...]) -> Floats:
    """Rows of coordinates in pixels."""
    with np.errstate(over="ignore"):
        return np.clip(np.multiply(values, scale), -_FARTHEST, _FARTHEST)


def _bounds(points: Floats) -> Bounds | None:
    if not len(points):
        return None
    left, top = points.min(axis=0).tolist()
    right, bottom = points.max(axis=0).tolist()
    return left, top, right, bottom


def _rounded(values: Floats) -> list[int | float]:
    return [
        int(value) if value.is_integer() else value
        for value in np.round(values, _HUNDREDTHS).tolist()
    ]


def _grid(mask: Mask) -> Grid | None:
    """A run-length mask as (height, width); its runs go down the columns, zeros first.

    None for what does not fit its own size.
    """
    height, width = mask.size
    pixels = height * width
    if min(height, width) < 1 or pixels > _MOST_PIXELS:
        return None
    try:
        runs = rle_counts(mask.counts)
    except OverflowError:
        return None
    if not len(runs) or runs.min() < 0 or runs.max() > pixels or runs.sum() != pixels:
        return None
    grid: Grid = np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(width, height).T
    return grid


def _grid_bounds(grid: Grid, size: Size) -> Bounds | None:
    rows, columns = (np.flatnonzero(grid.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return None
    across, down = size[0] / grid.shape[1], size[1] / grid.shape[0]
    return (
        float(columns[0] * across),
        float(rows[0] * down),
        float((columns[-1] + 1) * across),
        float((rows[-1] + 1) * down),
    )
