"""The media of samples, decoded into arrays."""

from __future__ import annotations

from os import PathLike
from typing import Any, NamedTuple, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray
from PIL import Image

from labelvc.adapters.loading_boxes import Size
from labelvc.adapters.loading_files import Files
from labelvc.adapters.loading_flat import Integers, Shared, Texts
from labelvc.adapters.loading_opening import Opened
from labelvc.core.errors import LabelvcError, shorten

_ONE_CHANNEL = ("1", "L", "LA", "La")


class Loaded(NamedTuple):
    """A medium, with the size of an image in pixels or the rate of a sound in hertz."""

    medium: Any
    size: Size | None = None
    rate: int | None = None


class Reader(Protocol):
    """What gives the media of a data set's samples."""

    def read(self, at: int) -> Loaded:
        """The medium of a sample. Raises NotFound where it is missing, LabelvcError if broken."""


class TextReader:
    """The texts of samples, which stand in the label set itself."""

    def __init__(self, opened: Opened, rows: Integers) -> None:
        samples = opened.snapshot.samples[rows]
        bare = samples.filter(pl.col("text").is_null())["sample"]
        if len(bare):
            raise LabelvcError(
                f"{opened.where}: sample {shorten(bare[0])} has no text",
                hint="Say what is labelled by `task:` in labelvc.yaml, or which column holds the"
                " text by `settings: {text: NAME}`.",
            )
        self._texts = Texts(samples["text"])

    def read(self, at: int) -> Loaded:
        """The text."""
        return Loaded(self._texts.text(at))


class ImageReader:
    """Images through Pillow."""

    def __init__(self, files: Files, *, as_array: bool) -> None:
        self._files = files
        self._as_array = as_array

    def read(self, at: int) -> Loaded:
        """The PIL image, or a uint8 array (height, width, channels) of 1 or 3 channels.

        Pixels as they are stored: an EXIF orientation is not applied, as labels in pixels count
        from the stored corner.
        """
        place = self._files.there(at)
        try:
            image = opened_image(place)
            medium = pixels(image) if self._as_array else image
        except Exception as error:  # Pillow's decoders raise whatever a broken file leads them to
            raise self._files.unreadable(at, place, error) from error
        return Loaded(medium, size=image.size)


def opened_image(place: str | PathLike[str]) -> Image.Image:
    """An image file, decoded. Raises whatever a broken file leads Pillow's decoders to."""
    with Image.open(place) as image:
        if image.format == "EPS":  # a program, which Pillow would hand to Ghostscript
            raise ValueError("PostScript is no image format here")
        image.load()
    return image


def pixels(image: Image.Image) -> NDArray[np.uint8]:
    """The pixels as uint8, shape (height, width, channels): one channel for grey, else RGB.

    Of 16 bits the upper 8 are kept. Raises ValueError for pixels without a fixed range.
    """
    if image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PNG"):
        values = (np.asarray(image).astype(np.uint16) >> 8).astype(np.uint8)
    elif image.mode in ("I", "F"):
        raise ValueError(f"pixels of mode {image.mode} have no 8-bit form; give a transform")
    else:
        values = np.array(image.convert("L" if image.mode in _ONE_CHANNEL else "RGB"))
    return values[:, :, None] if values.ndim == 2 else values


class AudioReader(Shared):
    """Sounds through soundfile; of a NeMo manifest's segments the part that they name."""

    def __init__(self, opened: Opened, rows: Integers, files: Files) -> None:
        self._files = files
        self._parts = parts_of(opened, rows)

    def read(self, at: int) -> Loaded:
        """A float32 array (frames, channels) between -1 and 1, at the file's own rate."""
        import soundfile

        place = self._files.there(at)
        try:
            with soundfile.SoundFile(place) as sound:
                rate = sound.samplerate
                start, count = 0, -1
                if self._parts is not None and not np.isnan(self._parts[at]).any():
                    start, count = np.round(self._parts[at] * rate).astype(int).tolist()
                sound.seek(start)
                frames = sound.read(count, dtype="float32", always_2d=True)
        except (soundfile.SoundFileError, OSError, RuntimeError, ValueError) as error:
            raise self._files.unreadable(at, place, error) from error
        return Loaded(frames, rate=rate)


class PathReader(Shared):
    """Paths instead of media; sizes of images as the labels say, else from the files' heads."""

    def __init__(self, opened: Opened, rows: Integers, files: Files, *, sized: bool) -> None:
        sizes = opened.snapshot.samples[rows].select("width", "height").fill_null(float("nan"))
        self._sizes = np.array(sizes.to_numpy()) if sized else None
        self._files = files

    def read(self, at: int) -> Loaded:
        """The path, there or not; None where nothing says where media are."""
        place = self._files.expected(at)
        return Loaded(place, None if self._sizes is None else self._size(at, self._sizes))

    def _size(self, at: int, sizes: NDArray[np.float64]) -> Size:
        width, height = map(float, sizes[at])
        if not (np.isnan(width) or np.isnan(height)):
            return width, height
        place = self._files.there(at)
        try:
            with Image.open(place) as image:
                return image.width, image.height
        except Exception as error:
            raise self._files.unreadable(at, place, error) from error


def reader_of(
    opened: Opened, rows: Integers, medium: str, *, decoded: bool, as_array: bool, sized: bool
) -> Reader:
    """What reads the media of the samples in these rows.

    `decoded`: media and not their paths. `as_array`: images as arrays. `sized`: the sizes of
    images are needed. Raises LabelvcError where nothing says where media are.
    """
    if medium == "text":
        return TextReader(opened, rows)
    files = Files(opened, rows)
    if not decoded:
        return PathReader(opened, rows, files, sized=sized)
    if not files.are_known:
        raise LabelvcError(
            f"{opened.where}: nothing says where its media are",
            hint="Add `media: FOLDER` to it in labelvc.yaml, or load only labels and paths with"
            " `media=False`.",
        )
    if medium == "audio":
        return AudioReader(opened, rows, files)
    return ImageReader(files, as_array=as_array)


def parts_of(opened: Opened, rows: Integers) -> NDArray[np.float64] | None:
    """Offset and duration in seconds of each segment, NaN for whole files; None without any."""
    if opened.snapshot.format != "nemo":
        return None
    samples = opened.snapshot.samples[rows]
    offset = samples["attributes"].str.json_path_match("$.offset").cast(pl.Float64, strict=False)
    if offset.null_count() == len(offset):
        return None
    parts = pl.DataFrame([offset.alias("offset"), samples["duration"]])
    return np.array(parts.fill_null(float("nan")).to_numpy())
