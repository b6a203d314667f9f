"""Images decoded for their pictures, each once for all changes of one sample.

Pictures are shown upright, as EXIF data have it: so people and their annotation tools saw them, and
so `preprocess` takes them. Where the labels lie on the stored image only, that is shown as it is.
"""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Collection
from contextlib import nullcontext
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from PIL import Image, UnidentifiedImageError

from labelvc.review.evidence_window import Size
from labelvc.stages.clean_reasons import Unusable, unusable
from labelvc.stages.normalise_image import FORMATS, MAX_PIXELS, read_image

_KEPT = 16  # decoded images,
_KEPT_PIXELS = 32_000_000  # and so many pixels of them, about 100 MB; but always one
_LARGE = 16_000_000  # pixels: such images are decoded one at a time
_DRAFTS = (8, 4, 2)  # by what a JPEG can be reduced while it is decoded
_DRAFTED = ("JPEG", "MPO")
_GREY = ("1", "L", "I", "F")
_ORIENTATION = 0x0112  # of EXIF 2.32, section 4.6.4
# From an upright image back to how it is stored, by the orientation.
_AS_STORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


class Head(NamedTuple):
    """What is known of an image file without decoding it; `stored` is its size as stored."""

    path: Path
    changed: int  # when, in nanoseconds
    stored: Size
    orientation: int
    is_grey: bool
    is_drafted: bool

    @property
    def upright(self) -> Size:
        """Width and height of the upright image."""
        width, height = self.stored
        return (height, width) if self.orientation > 4 else (width, height)


class Images:
    """Decoded images, the latest kept. May be used by several threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Head, int], Image.Image] = OrderedDict()
        self._lock = Lock()
        self._large = Lock()
        Image.init()
        # What is too large is refused here, so that nobody need be warned of it.
        warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)

    def head(self, path: Path) -> Head:
        """What an image file says of itself. Raises Unusable."""
        try:
            with path.open("rb") as file:
                formats = [name for name in FORMATS if name in Image.OPEN]
                with Image.open(file, formats=formats) as image:
                    return Head(
                        path,
                        path.stat().st_mtime_ns,
                        image.size,
                        _orientation(image),
                        image.mode.split(";")[0] in _GREY,
                        image.format in _DRAFTED,
                    )
        except Image.DecompressionBombError:
            raise Unusable("too large", f"more than {MAX_PIXELS} pixels") from None
        except UnidentifiedImageError:
            raise Unusable("unreadable", "no image of a known kind") from None
        except Exception as error:  # decoders raise whatever a hostile file makes them
            raise unusable(error) from None

    def decoded(self, head: Head, least: float, *, as_stored: bool = False) -> Image.Image:
        """The image, smaller by a factor where its longer side stays at least `least`.

        Raises Unusable.
        """
        factor = _draft(head, least)
        image = self._upright(head, factor)
        if as_stored and head.orientation in _AS_STORED:
            return image.transpose(_AS_STORED[head.orientation])
        return image

    def _upright(self, head: Head, factor: int) -> Image.Image:
        with self._lock:
            if (known := self._kept.get((head, factor))) is not None:
                self._kept.move_to_end((head, factor))
                return known
        pixels = head.stored[0] * head.stored[1]
        with self._large if pixels > _LARGE else nullcontext():
            image = _read(head, factor)
        with self._lock:
            self._kept[head, factor] = image
            while len(self._kept) > 1 and _are_many(self._kept.values()):
                self._kept.popitem(last=False)
        return image


def _read(head: Head, factor: int) -> Image.Image:
    """The upright image, reduced by a factor."""
    shorter = min(head.stored)
    # `read_image` keeps both sides of a JPEG at twice what it is asked for.
    side = max(shorter // (2 * factor), 1) if factor > 1 else max(head.stored)
    image = read_image(head.path, "L" if head.is_grey else "RGB", side).image
    image.info = {}  # comments and profiles are not passed on
    return image


def _draft(head: Head, least: float) -> int:
    if not head.is_drafted:
        return 1
    return next((one for one in _DRAFTS if max(head.stored) / one >= least), 1)


def _are_many(images: Collection[Image.Image]) -> bool:
    pixels = sum(image.width * image.height for image in images)
    return len(images) > _KEPT or pixels > _KEPT_PIXELS


def _orientation(image: Image.Image) -> int:
    if image.format == "TIFF":  # Pillow turns it by itself
        return 1
    try:
        found = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # malformed EXIF says nothing
        return 1
    return found if found in _AS_STORED else 1
