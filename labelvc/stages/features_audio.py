"""The log-mel spectrogram: how loud each band of pitch is, a hundred times a second."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

WINDOW = 0.025  # seconds
HOP = 0.010
_FLOOR = 1e-6  # added to the power, so that silence has a logarithm
_BLOCK = 4096  # frames that are transformed at a time


def log_mel(values: Floats, rate: int, mels: int) -> Floats:
    """log(1e-6 + power) of `mels` triangular bands from 0 Hz to rate / 2, shape (frames, mels).

    `values` are one channel at `rate` Hz, at least one. Frames are 25 ms under a Hann window, one
    every 10 ms, none beyond the end; a sound shorter than a frame is padded with silence to one.
    Bands are equally wide on the mel scale of O'Shaughnessy 1987, 2595 log10(1 + Hz / 700).
    """
    from scipy.fft import rfft

    width, hop = max(round(WINDOW * rate), 2), max(round(HOP * rate), 1)
    if len(values) < width:
        values = np.pad(values, (0, width - len(values)))
    size = 1 << (width - 1).bit_length()
    frames = np.lib.stride_tricks.sliding_window_view(values, width)[::hop]
    window, bands = _hann(width), _bands(rate, size, mels)
    found = np.empty((len(frames), mels), dtype=np.float32)
    for start in range(0, len(frames), _BLOCK):
        spectrum = rfft(frames[start : start + _BLOCK] * window, n=size, axis=1)
        power = (spectrum.real**2 + spectrum.imag**2) / size
        found[start : start + _BLOCK] = np.log(_FLOOR + power @ bands)
    return found


@lru_cache(maxsize=4)
def _hann(width: int) -> Floats:
    # periodic, as for all short-time transforms
    turns = np.arange(width) / width
    return (0.5 - 0.5 * np.cos(2 * np.pi * turns)).astype(np.float32)


@lru_cache(maxsize=4)
def _bands(rate: int, size: int, mels: int) -> Floats:
    """Weights of the frequencies in each band, shape (size // 2 + 1, mels)."""
    highest = 2595 * np.log10(1 + rate / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, highest, mels + 2) / 2595) - 1)
    frequencies = np.arange(size // 2 + 1)[:, None] * (rate / size)
    rising = (frequencies - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - frequencies) / (edges[2:] - edges[1:-1])
    return np.maximum(0, np.minimum(rising, falling)).astype(np.float32)
