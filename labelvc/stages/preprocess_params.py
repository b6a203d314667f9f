"""The parameters of `preprocess`, as params.yaml gives them."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from labelvc.core.errors import LabelvcError, shorten
from labelvc.stages.normalise_text import Form

_LARGEST = 4096


@dataclass(frozen=True)
class PreprocessParams:
    """How samples are cleaned and normalised, and what features are extracted from them.

    `image_size` is (width, height) in pixels; None is 32 x 32 for classification and 160 x 160 for
    the other image tasks. `near_duplicates` is the largest Hamming distance of two 64-bit
    perceptual hashes, 0 looks for none. `min_rms` is relative to full scale, `clip_fraction` a
    share of all values; 0 and 1 let everything pass.
    """

    image_size: tuple[int, int] | None = None
    image_mode: str = "RGB"  # RGB | L
    features: str = "arrays"  # of images: arrays | descriptors
    sample_rate: int = 16_000  # of sound, in Hz
    mels: int = 40  # bands of the log-mel spectrogram
    word_ngrams: int = 2  # up to how many words
    char_ngrams: int = 3  # of how many characters, 0: none
    buckets: int = 65_536  # that n-grams are hashed into
    unicode: Form = "NFC"
    duplicates: str = "drop"  # drop | keep
    near_duplicates: int = 4
    min_rms: float = 0.001
    clip_fraction: float = 0.01

    def told(self) -> dict[str, Any]:
        """The parameters as plain JSON values."""
        told = asdict(self)
        return {**told, "image_size": list(self.image_size) if self.image_size else None}


def parse_params(mapping: Mapping[str, Any], where: str) -> PreprocessParams:
    """The parameters that a mapping gives; those it leaves out, or null, have their defaults.

    `where` is how messages name the mapping. Raises LabelvcError for an unknown key and for a
    value of the wrong type or out of bounds.
    """
    for key in mapping:
        if key not in _CHECKS:
            close = difflib.get_close_matches(str(key), _CHECKS, 1)
            raise LabelvcError(
                f"{where}: no such parameter: {shorten(key)}",
                hint=f"Did you mean {close[0]}?" if close else f"Known: {', '.join(_CHECKS)}.",
            )
    given = {key: value for key, value in mapping.items() if value is not None}
    return PreprocessParams(
        **{key: _checked(f"{where}: {key}", key, value) for key, value in given.items()}
    )


def _checked(place: str, key: str, value: object) -> Any:
    expected, check = _CHECKS[key]
    found = check(value)
    if found is None:
        raise LabelvcError(f"{place}: expected {expected}, found {shorten(value)}")
    return found


Check = tuple[str, Callable[[object], Any]]  # what is expected; the clean value, None if it is not


def _choice(*choices: str) -> Check:
    return " or ".join(choices), lambda value: value if value in choices else None


def _whole(low: int, high: int) -> Check:
    return f"a whole number from {low} to {high}", lambda value: _int(value, low, high)


def _share() -> Check:
    return (
        "a number from 0 to 1",
        lambda value: (
            float(value)
            if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
            else None
        ),
    )


def _int(value: object, low: int, high: int) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
    return value if whole else None  # type: ignore[return-value]


def _size(value: object) -> tuple[int, int] | None:
    sides = value if isinstance(value, list | tuple) else [value, value]
    found = [side for one in sides if (side := _int(one, 1, _LARGEST)) is not None]
    return (found[0], found[1]) if len(sides) == len(found) == 2 else None


_CHECKS: dict[str, Check] = {
    "image_size": ("one whole number or [width, height], each from 1 to 4096", _size),
    "image_mode": _choice("RGB", "L"),
    "features": _choice("arrays", "descriptors"),
    "sample_rate": _whole(1_000, 192_000),
    "mels": _whole(1, 512),
    "word_ngrams": _whole(1, 5),
    "char_ngrams": _whole(0, 8),
    "buckets": _whole(2, 2**31 - 1),
    "unicode": _choice("NFC", "NFD", "NFKC", "NFKD", "none"),
    "duplicates": _choice("drop", "keep"),
    "near_duplicates": _whole(0, 10),
    "min_rms": _share(),
    "clip_fraction": _share(),
}
assert list(_CHECKS) == [one.name for one in fields(PreprocessParams)]
