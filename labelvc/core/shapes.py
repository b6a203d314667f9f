"""How much two shapes overlap: IoU of polygons and masks, OKS of keypoints.

Everything here is between 0 (apart) and 1 (the same), in whatever unit both sides have. NumPy is
imported by the functions that need it: most comparisons never do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# Pixels on the longer side of the grid polygons are drawn on to be compared: an error of about 1 %.
_GRID = 192
# Per-keypoint standard deviations of COCO's 17 body parts, as in the COCO keypoint evaluation.
BODY_SIGMAS = tuple(
    s / 1000 for s in (26, 25, 25, 35, 35, 79, 79, 72, 72, 62, 62, 107, 107, 87, 87, 89, 89)
)
OTHER_SIGMA = 0.05


def shape_overlap(before: str, after: str, area: float) -> float | None:
    """Overlap of two geometries of the same sort; None where only their boxes can be compared.

    `area` (in squared units) is the object's size for OKS.
    """
    one: Mapping[str, Any] = msgspec.json.decode(before)
    two: Mapping[str, Any] = msgspec.json.decode(after)
    if "keypoints" in one and "keypoints" in two:
        return oks(one["keypoints"], two["keypoints"], area)
    if "mask" in one and "mask" in two and one["mask"]["size"] == two["mask"]["size"]:
        return mask_iou(one["mask"]["counts"], two["mask"]["counts"])
    if "polygon" in one and "polygon" in two:
        return polygon_iou(one["polygon"], two["polygon"])
    return None


def oks(before: Sequence[Sequence[float]], after: Sequence[Sequence[float]], area: float) -> float:
    """Object keypoint similarity over the points labelled before, as COCO's evaluation defines it.

    Skeletons of other than COCO's 17 points use one standard deviation for all.
    """
    if len(before) != len(after):
        return 0.0
    import numpy as np

    one, two = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    labelled = one[:, 2] > 0 if one.shape[1] > 2 else np.ones(len(one), dtype=bool)
    if not labelled.any() or area <= 0:
        return float(np.array_equal(one, two))
    body = len(one) == len(BODY_SIGMAS)
    sigmas = np.array(BODY_SIGMAS) if body else np.full(len(one), OTHER_SIGMA)
    distance = ((one[:, :2] - two[:, :2]) ** 2).sum(axis=1)
    return float(np.exp(-distance / (2 * area * (2 * sigmas) ** 2))[labelled].mean())


_LONGEST_RUN = 65  # bits, at 5 a character


def rle_counts(counts: str | Sequence[int]) -> NDArray[np.int64]:
    """The run lengths of a COCO RLE, zeros first, from the compressed string or the list.

    The string holds 5 bits a character (offset 48, bit 6 = more follow, sign-extended); from the
    fourth run on each is stored as the difference to the one two before. Raises OverflowError for
    a run that 64 bits cannot hold.
    """
    import numpy as np

    if not isinstance(counts, str):
        return np.asarray(counts, dtype=np.int64)
    runs: list[int] = []
    value = shift = 0
    for char in counts.encode("ascii", "replace"):
        bits = char - 48
        value |= (bits & 0x1F) << shift
        shift += 5
        if shift > _LONGEST_RUN:  # each further bit would make a larger number in memory
            raise OverflowError("a run of a mask is longer than 64 bits can tell")
        if bits & 0x20:
            continue
        if bits & 0x10:
            value -= 1 << shift
        runs.append(value + runs[-2] if len(runs) > 2 else value)
        value = shift = 0
    return np.array(runs, dtype=np.int64)


def mask_iou(before: str | Sequence[int], after: str | Sequence[int]) -> float:
    """IoU of two RLE masks of one size, from their runs alone."""
    import numpy as np

    try:
        one, two = np.cumsum(rle_counts(before)), np.cumsum(rle_counts(after))
    except OverflowError:  # no mask of any size: it overlaps nothing but itself
        return float(before == after)
    edges = np.union1d(one, two)
    if edges.size == 0:
        return 1.0
    lengths = np.diff(edges, prepend=0)
    # the run that ends at or after an edge is odd (ones) or even (zeros)
    in_one = np.searchsorted(one, edges) % 2 == 1
    in_two = np.searchsorted(two, edges) % 2 == 1
    union = lengths[in_one | in_two].sum()
    return float(lengths[in_one & in_two].sum() / union) if union else 1.0


def polygon_iou(before: Sequence[Sequence[float]], after: Sequence[Sequence[float]]) -> float:
    """IoU of two sets of rings (`[x1, y1, x2, y2, ...]`), each ring filled by the even-odd rule."""
    if before == after:
        return 1.0
    import numpy as np

    points = np.concatenate([np.asarray(ring, dtype=np.float64) for ring in (*before, *after)])
    left, top = points[0::2].min(), points[1::2].min()
    width, height = points[0::2].max() - left, points[1::2].max() - top
    cell = max(width, height) / _GRID
    if cell == 0:
        return 0.0
    xs = left + (np.arange(max(1, int(np.ceil(width / cell)))) + 0.5) * cell
    ys = top + (np.arange(max(1, int(np.ceil(height / cell)))) + 0.5) * cell
    one, two = filled(before, xs, ys), filled(after, xs, ys)
    union = (one | two).sum()
    return float((one & two).sum() / union) if union else 0.0


def filled(rings: Sequence[Sequence[float]], xs: Floats, ys: Floats) -> NDArray[np.bool_]:
    """The grid cells whose centres lie inside any of the rings."""
    import numpy as np

    inside = np.zeros((len(ys), len(xs)), dtype=bool)
    for ring in rings:
        corners = np.asarray(ring, dtype=np.float64).reshape(-1, 2)
        ahead = np.roll(corners, -1, axis=0)
        crosses = (corners[None, :, 1] <= ys[:, None]) != (ahead[None, :, 1] <= ys[:, None])
        row, edge = np.nonzero(crosses)
        start, end = corners[edge], ahead[edge]
        at = start[:, 0] + (ys[row] - start[:, 1]) * (end[:, 0] - start[:, 0]) / (
            end[:, 1] - start[:, 1]
        )
        flips = np.zeros((len(ys), len(xs) + 1), dtype=np.int64)
        np.add.at(flips, (row, np.searchsorted(xs, at)), 1)
        inside |= np.cumsum(flips, axis=1)[:, :-1] % 2 == 1
    return inside
