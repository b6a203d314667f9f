"""Sound files read in part: by soundfile where it is installed, else plain WAV files by Python."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from labelvc.core.errors import LabelvcError
from labelvc.stages.clean_reasons import Unusable, unusable
from labelvc.stages.normalise_audio import MAX_VALUES, RATES, Piece, Sound, read_sound

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]


def sound_length(path: Path) -> tuple[float, bool]:
    """How many seconds a file holds, and whether MP3 can be written. Raises Unusable."""
    try:
        import soundfile
    except (ImportError, OSError):
        with _wave(path) as file:
            return file.getnframes() / file.getframerate(), False
    try:
        info = soundfile.info(path)
        return info.frames / info.samplerate, "MP3" in soundfile.available_formats()
    except Exception as error:  # decoders raise whatever a hostile file makes them
        raise unusable(error) from None


def read_piece(path: Path, piece: Piece) -> Sound:
    """A part of a sound file, the mean of its channels. Raises Unusable."""
    try:
        return read_sound(path, piece)
    except LabelvcError:  # soundfile is not installed
        return _read_wave(path, piece)


def wav(values: Floats, rate: int) -> bytes:
    """One channel as a WAV of 16 bits."""
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setparams((1, 2, rate, 0, "NONE", "not compressed"))
        scaled = np.clip(np.round(values * 32_767), -32_768, 32_767)
        written.writeframes(scaled.astype("<i2").tobytes())
    return file.getvalue()


def _read_wave(path: Path, piece: Piece) -> Sound:
    with _wave(path) as file:
        rate, channels = file.getframerate(), file.getnchannels()
        start = min(round(piece.offset * rate), file.getnframes())
        frames = file.getnframes() - start
        if piece.duration is not None:
            frames = min(frames, round(piece.duration * rate))
        if frames * channels > MAX_VALUES:
            raise Unusable("too large", f"{frames} values in {channels} channels")
        file.setpos(start)
        values = _floats(file.readframes(frames), file.getsampwidth())
    values = values[: len(values) // channels * channels].reshape(-1, channels)
    if not len(values):
        raise Unusable("unreadable", "no sound in it")
    return Sound(values.mean(axis=1, dtype=np.float32), rate)


def _floats(content: bytes, width: int) -> Floats:
    """Whole numbers of `width` bytes, little-endian, as -1 to 1; those of one byte are unsigned."""
    raw = np.frombuffer(content[: len(content) // width * width], np.uint8).reshape(-1, width)
    wide = np.zeros((len(raw), 4), np.uint8)
    wide[:, 4 - width :] = raw ^ 0x80 if width == 1 else raw
    found: Floats = (wide.view("<i4").ravel() / 2**31).astype(np.float32)
    return found


@contextmanager
def _wave(path: Path) -> Iterator[wave.Wave_read]:
    try:
        with wave.open(str(path), "rb") as file:
            if not RATES[0] <= (rate := file.getframerate()) <= RATES[1]:
                raise Unusable("unreadable", f"a sample rate of {rate} Hz")
            yield file
    except (wave.Error, EOFError):
        raise Unusable(
            "unreadable", "only plain WAV can be read without `pip install 'labelvc[eval]'`"
        ) from None
    except OSError as error:
        raise unusable(error) from None
