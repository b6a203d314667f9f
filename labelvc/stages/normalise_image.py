"""Images of any kind as upright 8-bit pictures of one size and mode."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageFile, UnidentifiedImageError

from labelvc.stages.clean_reasons import Unusable, unusable

# Pillow's own default for MAX_IMAGE_PIXELS, which others may have changed in this process.
MAX_PIXELS = 89_478_485
# Not EPS, whose reader calls Ghostscript, and not what only hostile files would be.
FORMATS = (
    *("JPEG", "PNG", "GIF", "BMP", "DIB", "TIFF", "WEBP", "PPM", "MPO", "JPEG2000", "AVIF"),
    *("TGA", "ICO"),
)
_PADDING = 114  # the grey that YOLOv5 and its successors letterbox with
_ORIENTATION = 0x0112  # of EXIF 2.32, section 4.6.4
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Picture:
    """A decoded image of mode RGB or L, upright; `width` and `height` are those of the original.

    `image` may be smaller than the original, but not than what was asked for. `notes` say what was
    done to it: exif, frames, transparency, depth.
    """

    image: Image.Image
    width: int
    height: int
    notes: tuple[str, ...]


@contextmanager
def strict_pillow() -> Iterator[None]:
    """Have Pillow refuse truncated images meanwhile, and leave bombs to `read_image`."""
    before = ImageFile.LOAD_TRUNCATED_IMAGES
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    Image.init()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


def read_image(path: Path, mode: str, side: int) -> Picture:
    """The first frame of an image file; large JPEGs are decoded at no more than needed for `side`.

    Transparent parts are shown on white, more than 8 bits are scaled to 8. Raises Unusable.
    """
    formats = [name for name in FORMATS if name in Image.OPEN]
    try:
        # not by its name: Pillow 13.0 maps such files, and mistakes the size of turned TIFFs
        with path.open("rb") as file:
            with Image.open(file, formats=formats) as image:
                _refuse_bomb(image)
                image.verify()
            file.seek(0)
            with Image.open(file, formats=formats) as image:
                return _decoded(image, mode, side)
    except Image.DecompressionBombError:
        raise Unusable("too large", f"more than {MAX_PIXELS} pixels") from None
    except UnidentifiedImageError:
        raise Unusable("unreadable", "no image of a known kind") from None
    except Unusable:
        raise
    except Exception as error:  # decoders raise whatever a hostile file makes them
        raise unusable(error) from None


def fit(image: Image.Image, size: tuple[int, int], *, letterbox: bool) -> Image.Image:
    """The image at that (width, height): stretched, or padded at its right and bottom."""
    if not letterbox:
        return image.resize(size, Image.Resampling.BILINEAR)
    canvas = Image.new(image.mode, size, (_PADDING,) * len(image.getbands()))
    canvas.paste(image.resize(fitted(image.size, size), Image.Resampling.BILINEAR), (0, 0))
    return canvas


def fitted(original: tuple[float, float], size: tuple[int, int]) -> tuple[int, int]:
    """The largest width and height inside `size` with the sides' original ratio."""
    scale = min(size[0] / original[0], size[1] / original[1])
    width, height = (max(1, round(side * scale)) for side in original)
    return min(width, size[0]), min(height, size[1])


def _refuse_bomb(image: Image.Image) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise Unusable("too large", f"{image.width} x {image.height} pixels")


def _decoded(image: ImageFile.ImageFile, mode: str, side: int) -> Picture:
    notes = ["frames"] if getattr(image, "is_animated", False) else []
    turned = _orientation(image)
    if turned > 1:
        notes.append("exif")
    size = image.size
    image.draft(None, (2 * side, 2 * side))
    is_smaller = image.size != size
    image.load()
    shown: Image.Image = image
    left = _orientation(image)  # a TIFF is turned by loading it
    if left in _UPRIGHT:
        shown = shown.transpose(_UPRIGHT[left])
    if not is_smaller:
        size = shown.size
    elif turned > 4:
        size = size[1], size[0]
    return Picture(_plain(shown, mode, notes), *size, tuple(notes))


def _orientation(image: Image.Image) -> int:
    try:
        found = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # malformed EXIF says nothing
        return 1
    return found if found in _UPRIGHT else 1


def _plain(image: Image.Image, mode: str, notes: list[str]) -> Image.Image:
    """The image in the mode, its transparency and depth taken out."""
    if image.mode.startswith(("I", "F")):
        notes.append("depth")
        image = _eight_bits(image)
    if image.has_transparency_data:
        coloured = image.convert("RGBA")
        if coloured.getchannel("A").getextrema() != (255, 255):
            notes.append("transparency")
            white = Image.new("RGBA", coloured.size, (255, 255, 255, 255))
            coloured = Image.alpha_composite(white, coloured)
        image = coloured.convert("RGB")
    return image if image.mode == mode else image.convert(mode)


def _eight_bits(image: Image.Image) -> Image.Image:
    """16 bits by their upper 8, wider numbers by their own range."""
    values = np.asarray(image).astype(np.float64)
    if not np.isfinite(values).all():
        raise Unusable("unreadable", "holds values that are no finite numbers")
    low, high = values.min(), values.max()
    if image.mode != "F" and low >= 0 and high < 2**16:  # Pillow before 11 opens 16 bits as 32
        scaled = values / 257
    else:
        scaled = (values - low) * (255 / (high - low) if high > low else 0.0)
    return Image.fromarray(np.round(scaled).astype(np.uint8))
