"""A part of an image as evidence, with the labels as shapes over it."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image

from labelvc.review.evidence_images import Head, Images
from labelvc.review.evidence_shapes import Skeleton, fits, overlay, shapes_of
from labelvc.review.evidence_subject import Version
from labelvc.review.evidence_values import Blob, Evidence
from labelvc.review.evidence_window import Size, Window, shown_size, window_around

# Measured on photographs of 640 x 480: 10 kB in 0.4 ms a picture, WebP 6 kB in 2.5 ms.
_QUALITY = 75
_FEW = 32  # colours: such pictures (drawings, masks) are kept as they are, in a PNG

_NAME = "picture"


def picture_evidence(
    images: Images,
    head: Head,
    versions: Sequence[Version],
    *,
    longest: int,
    skeletons: Mapping[str, Skeleton],
) -> Evidence:
    """The part of the image around the labels, all of it where they have no place.

    `longest` is its longer side at most, in pixels. Raises Unusable.
    """
    size = head.upright
    as_stored = False
    if head.orientation > 1 and not fits(versions, size) and fits(versions, head.stored):
        as_stored, size = True, head.stored
    shapes = shapes_of(versions, size, skeletons)
    window = window_around([shape.bounds for shape in shapes if shape.bounds], size)
    shown, is_enlarged = shown_size(window, longest)
    least = max(size) * max(shown) / window.longest
    image = images.decoded(head, least, as_stored=as_stored)
    picture = _cropped(image, window, size, shown, is_enlarged=is_enlarged)
    blobs = {_NAME: _encoded(picture, exact=is_enlarged)}
    told = []
    for number, shape in enumerate(shapes):
        drawn: dict[str, Any] = {"side": shape.version.side, "category": shape.version.category}
        if shape.grid is not None:
            name = f"mask-{number}"
            blobs[name] = overlay(shape, window, size, shown)
            drawn["overlay"] = {"blob": name}
        told.append({**drawn, **shape.told})
    return Evidence(
        {
            "type": "image",
            "src": {"blob": _NAME},
            "width": shown[0],
            "height": shown[1],
            "window": list(window),
            "image": list(size),
            "shapes": told,
        },
        blobs,
    )


def _cropped(
    image: Image.Image, window: Window, size: Size, shown: Size, *, is_enlarged: bool
) -> Image.Image:
    """The window of an image whose full size is `size`, at the size that is shown."""
    box = window.within(image.size, size)
    if box == (0, 0, *shown) and image.size == shown:
        return image
    how = Image.Resampling.NEAREST if is_enlarged else Image.Resampling.BILINEAR
    return image.resize(shown, how, box=box, reducing_gap=None if is_enlarged else 2.0)


def _encoded(picture: Image.Image, *, exact: bool) -> Blob:
    file = io.BytesIO()
    if exact or picture.getcolors(_FEW) is not None:
        picture.save(file, "PNG", optimize=True)
        return Blob(file.getvalue(), "image/png")
    picture.save(file, "JPEG", quality=_QUALITY)
    return Blob(file.getvalue(), "image/jpeg")
