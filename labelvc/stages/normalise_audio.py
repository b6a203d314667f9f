"""Sound files as one channel at one sample rate."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from labelvc.core.errors import LabelvcError
from labelvc.stages.clean_reasons import Unusable, unusable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

MAX_VALUES = 2**28  # over all channels: an hour and a half of mono at 48 kHz, 1 GiB in memory
RATES = (1_000, 768_000)  # in Hz; beyond, resampling would need filters of gigabytes
_FULL_SCALE = 0.999


class Piece(NamedTuple):
    """The part of a sound file that is the sample, in seconds; None is up to its end."""

    offset: float = 0.0
    duration: float | None = None


WHOLE = Piece()


class Sound(NamedTuple):
    """One channel, full scale is -1 to 1, at `rate` values a second."""

    values: Floats
    rate: int

    @property
    def duration(self) -> float:
        """In seconds."""
        return len(self.values) / self.rate

    @property
    def rms(self) -> float:
        """Root mean square, relative to full scale."""
        return float(np.sqrt(np.mean(np.square(self.values, dtype=np.float64))))

    @property
    def clipped(self) -> float:
        """The share of values at full scale."""
        return float(np.mean(np.abs(self.values) >= _FULL_SCALE))


def read_sound(path: Path, piece: Piece = WHOLE) -> Sound:
    """The mean of a sound file's channels, at the file's own rate.

    Raises Unusable, and LabelvcError where soundfile is not installed.
    """
    try:
        import soundfile
    except (ImportError, OSError):
        raise LabelvcError(
            "soundfile, which reads sound files, is not installed",
            hint="pip install 'labelvc[eval]'",
        ) from None
    try:
        _refuse_truncated(path)
        with soundfile.SoundFile(path) as file:
            if not RATES[0] <= file.samplerate <= RATES[1]:
                raise Unusable("unreadable", f"a sample rate of {file.samplerate} Hz")
            start = round(piece.offset * file.samplerate)
            frames = max(file.frames - start, 0)
            if piece.duration is not None:
                frames = min(frames, round(piece.duration * file.samplerate))
            if frames * file.channels > MAX_VALUES:
                raise Unusable("too large", f"{frames} values in {file.channels} channels")
            file.seek(min(start, file.frames))
            values = file.read(frames, dtype="float32", always_2d=True)
            rate = file.samplerate
    except Unusable:
        raise
    except Exception as error:  # decoders raise whatever a hostile file makes them
        raise unusable(error) from None
    if len(values) < frames:
        raise Unusable("truncated", f"{len(values)} of {frames} values")
    if not len(values):
        raise Unusable("unreadable", "no sound in it")
    if not np.isfinite(values).all():
        raise Unusable("unreadable", "holds values that are no finite numbers")
    return Sound(values.mean(axis=1, dtype=np.float32), rate)


def resampled(sound: Sound, rate: int) -> Floats:
    """The values at another rate, through scipy's polyphase filter. Raises Unusable."""
    if sound.rate == rate:
        return sound.values
    if len(sound.values) * rate / sound.rate > MAX_VALUES:
        raise Unusable("too large", f"{len(sound.values)} values at {sound.rate} Hz")
    from scipy.signal import resample_poly

    shared = math.gcd(sound.rate, rate)
    found: Floats = resample_poly(sound.values, rate // shared, sound.rate // shared)
    return found.astype(np.float32, copy=False)


def _refuse_truncated(path: Path) -> None:
    """Raise Unusable for a WAV whose data chunk is longer than the file; libsndfile forgives it.

    Layout: RIFF, size, WAVE, then chunks of name, size (uint32 little-endian) and padded content.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] != b"RIFF" or head[8:] != b"WAVE":
            return
        while len(chunk := file.read(8)) == 8:
            length = int.from_bytes(chunk[4:], "little")
            if chunk[:4] == b"data":
                # what is written to a pipe bears an unknown length: all ones, or nothing
                if length < 0xFFFFFF00 and file.tell() + length > size:
                    raise Unusable("truncated", f"{size - file.tell()} of {length} bytes of sound")
                return
            file.seek(length + length % 2, 1)
