"""A piece of a sound as evidence: what to play, its waveform, and the labelled segments."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from labelvc.review.evidence_subject import Subject, Version
from labelvc.review.evidence_values import Blob, Evidence
from labelvc.review.evidence_waves import read_piece, sound_length, wav
from labelvc.stages.clean_reasons import Unusable
from labelvc.stages.normalise_audio import Piece, Sound, resampled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_LONGEST = 30.0  # seconds of a clip
_AROUND = 1.0  # seconds before and after the labels
_BUCKETS = 300
_QUIETEST = 0.01  # of full scale: what is quieter still is drawn small
_RATE = 16_000  # Hz: enough for speech
_RATES = (8_000, 11_025, 12_000, _RATE)  # those of MP3 up to it
# A WAV is exact and may be played everywhere; an MP3 is a seventh of it, and unlike libsndfile's
# Vorbis and Opus the same bytes each time.
_BARE = 32_000  # bytes up to which a clip is a WAV
_MOST_BARE = 300_000  # bytes of a WAV where there is no MP3

_NAME = "sound"


class _Clip(NamedTuple):
    """A part of a sample in seconds; `is_cut`: there is more that one would want to hear."""

    start: float
    length: float
    is_cut: bool


def sound_evidence(path: Path, subject: Subject) -> Evidence:
    """The clip around the labelled segments, or the first 30 seconds. Raises Unusable."""
    begins = _begin(subject)
    whole, has_mp3 = sound_length(path)
    duration = whole - begins
    if duration <= 0:
        raise Unusable("unreadable", "it ends before the sample begins")
    marks = [mark for version in subject.versions if (mark := _mark(version)) is not None]
    longest = _LONGEST if has_mp3 else _MOST_BARE / 2 / _RATE
    clip = _clip(subject.versions, duration, longest)
    sound = read_piece(path, Piece(begins + clip.start, clip.length))
    told: dict[str, Any] = {
        "type": "audio",
        "src": {"blob": _NAME},
        "peaks": _peaks(sound.values),
        "duration": round(duration, 3),
        "offset": round(clip.start, 3),
        "length": round(sound.duration, 3),
        "marks": marks,
    }
    if clip.is_cut:
        told["note"] = f"{sound.duration:.0f} of {duration:.0f} seconds are kept here"
    return Evidence(told, {_NAME: _encoded(sound, has_mp3=has_mp3)})


def _begin(subject: Subject) -> float:
    """Where in its file the sample begins, in seconds: NeMo's segments are named `FILE@OFFSET`."""
    head, _, offset = subject.sample.rpartition("@")
    try:
        found = float(offset) if head == subject.path else 0.0
    except ValueError:
        return 0.0
    return found if 0 <= found < math.inf else 0.0


def _mark(version: Version) -> dict[str, Any] | None:
    start, end = version.row.get("start"), version.row.get("end")
    if version.row.get("unit") != "second" or start is None:
        return None
    told = {"side": version.side, "start": start, "end": start if end is None else end}
    return {**told, "category": version.category}


def _clip(versions: Sequence[Version], duration: float, longest: float) -> _Clip:
    """The part to be heard: all that is labelled, or what the sides differ in where it begins."""
    bounds = [
        {mark["start"], mark["end"]} for version in versions if (mark := _mark(version)) is not None
    ]
    if not bounds:
        return _Clip(0.0, min(duration, longest), duration > longest)
    every = set().union(*bounds)
    start = min(max(min(every) - _AROUND, 0.0), max(duration - _AROUND, 0.0))
    end = min(max(every) + _AROUND, duration)
    if end - start <= longest:
        return _Clip(start, max(end - start, min(_AROUND, duration)), False)
    differing = every - set.intersection(*bounds) or every
    start = min(max(min(differing) - _AROUND, 0.0), duration - longest)
    return _Clip(start, longest, True)


def _peaks(values: Floats) -> list[float]:
    """The loudest value of each of 300 parts, 1 being the loudest of all."""
    starts = np.linspace(0, len(values), min(_BUCKETS, len(values)), endpoint=False).astype(int)
    peaks = np.maximum.reduceat(np.abs(values), starts)
    found: list[float] = np.round(peaks / max(peaks.max(), _QUIETEST), 3).tolist()
    return found


def _encoded(sound: Sound, *, has_mp3: bool) -> Blob:
    rate = sound.rate if sound.rate in _RATES else _RATE
    values = resampled(sound, rate)
    bare = wav(values, rate)
    if len(bare) <= _BARE or not has_mp3:
        return Blob(bare, "audio/wav")
    import soundfile

    file = io.BytesIO()
    soundfile.write(file, values, rate, format="MP3")
    return Blob(file.getvalue(), "audio/mpeg")
