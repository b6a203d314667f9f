"""Sounds of changes: what is to be heard, and its waveform."""

from __future__ import annotations

import io
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from labelvc.core.reported import Item
from labelvc.review.evidence import Evidence
from tests.data import data
from tests.review.evidence_cases import change, seen

RATE = 8_000


def segment(start: float, end: float | None, category: str = "A") -> dict[str, Any]:
    return {
        "kind": "segment", "category": category, "start": start, "end": end, "unit": "second",
    }  # fmt: skip


def talk(path: Path, seconds: float, rate: int = RATE, channels: int = 1) -> None:
    """A sound that gets louder from second to second, and is silent in its second half."""
    times = np.arange(round(seconds * rate)) / rate
    values = np.sin(times * 2 * np.pi * 440) * np.floor(times + 1) / (seconds + 1)
    values[len(values) // 2 :] = 0
    soundfile.write(path, np.repeat(values[:, None], channels, axis=1), rate, subtype="PCM_16")


def heard(evidence: Evidence) -> tuple[Any, int]:
    """The values of the clip, and how many there are a second."""
    return soundfile.read(io.BytesIO(evidence.blobs["sound"].content))


def test_a_labelled_sound_is_heard_from_its_beginning(tmp_path: Path) -> None:
    talk(tmp_path / "a.wav", 10)
    evidence = seen(change(None, {"kind": "class", "category": "3"}, "a.wav"), tmp_path)
    told = evidence.told
    assert (told["duration"], told["offset"], told["length"]) == (10, 0, 10)
    assert told["marks"] == [] and "note" not in told
    assert len(told["peaks"]) == 300
    assert max(told["peaks"]) == told["peaks"][149] == 1 and told["peaks"][151] == 0
    assert told["peaks"][10] == pytest.approx(1 / 5, abs=0.01)
    assert evidence.blobs["sound"].type == "audio/mpeg"
    values, rate = heard(evidence)
    assert (len(values) / rate, rate) == (10, RATE)


def test_of_segments_a_second_around_them_is_heard(tmp_path: Path) -> None:
    talk(tmp_path / "a.wav", 60)
    evidence = seen(change(segment(10, 12), segment(10.5, 12, "B"), "a.wav"), tmp_path)
    told = evidence.told
    assert (told["duration"], told["offset"], told["length"]) == (60, 9, 4)
    assert told["marks"] == [
        {"side": "before", "start": 10, "end": 12, "category": "A"},
        {"side": "after", "start": 10.5, "end": 12, "category": "B"},
    ]
    expected, _ = soundfile.read(tmp_path / "a.wav", start=9 * RATE, frames=4 * RATE)
    values, _ = heard(evidence)
    assert np.corrcoef(values, expected)[0, 1] > 0.99


@pytest.mark.parametrize(
    ("before", "after", "start", "length", "is_cut"),
    [
        (None, (0.2, 2), 0, 3, False),
        (None, (58, 70), 57, 14, False),
        (None, (20, 80), 19, 30, True),
        (None, (85, 90), 84, 6, False),
        (None, (300, 320), 89, 1, False),
        ((10, 80), (10, 80.5), 60, 30, True),  # what differs is at the end
        ((10, 80), (12, 80), 9, 30, True),
        ((10, 80), (10, 80), 9, 30, True),
        (None, (5, None), 4, 2, False),
    ],
)
def test_which_part_of_a_long_sound_is_heard(
    tmp_path: Path, before: Any, after: Any, start: float, length: float, is_cut: bool
) -> None:
    talk(tmp_path / "a.wav", 90)
    sides = [None if side is None else segment(*side) for side in (before, after)]
    told = seen(change(sides[0], sides[1], "a.wav"), tmp_path).told
    assert (told["offset"], told["length"]) == (start, length)
    assert ("note" in told) == is_cut


def test_a_long_sound_says_how_much_of_it_is_here(tmp_path: Path) -> None:
    talk(tmp_path / "a.wav", 100)
    evidence = seen(change(None, {"kind": "text", "text": "hello"}, "a.wav"), tmp_path)
    assert evidence.told["note"] == "30 of 100 seconds are kept here"
    assert len(evidence.blobs["sound"].content) < 300_000


def test_sounds_of_many_channels_and_high_rates_become_small(tmp_path: Path) -> None:
    talk(tmp_path / "a.flac", 20, rate=44_100, channels=2)
    evidence = seen(change(None, segment(3, 4), "a.flac"), tmp_path)
    values, rate = heard(evidence)
    assert (values.ndim, rate, len(values)) == (1, 16_000, 48_000)
    frequency = np.abs(np.fft.rfft(values)).argmax() * rate / len(values)
    assert frequency == pytest.approx(440, abs=2)
    assert len(evidence.blobs["sound"].content) < 30_000


def test_a_real_digit_is_kept_exactly() -> None:
    folder = data("fsdd/recordings")
    evidence = seen(change(None, {"kind": "class"}, "0_jackson_0.wav"), folder)
    assert evidence.blobs["sound"].type == "audio/wav"
    original, _ = soundfile.read(folder / "0_jackson_0.wav")
    values, rate = heard(evidence)
    assert rate == 8_000 and np.abs(values - original).max() < 1e-4
    assert evidence.told["duration"] == pytest.approx(len(original) / 8_000, abs=0.001)


def test_a_segment_of_a_manifest_begins_where_its_key_says(tmp_path: Path) -> None:
    talk(tmp_path / "a.wav", 10)
    item = change(None, {"kind": "text", "text": "x"}, "a.wav@8.5", path="a.wav")
    told = seen(item, tmp_path).told
    assert (told["duration"], told["offset"], told["length"]) == (1.5, 0, 1.5)
    assert max(told["peaks"]) == 0
    for odd in ("nan", "inf", "-3", "x"):
        odd_item = change(None, {"kind": "text"}, f"a.wav@{odd}", path="a.wav")
        assert seen(odd_item, tmp_path).told["duration"] == 10
    beyond = change(None, {"kind": "text"}, "a.wav@99", path="a.wav")
    assert "it ends before the sample begins" in seen(beyond, tmp_path).told["reason"]
    (tmp_path / "b@2.wav").write_bytes((tmp_path / "a.wav").read_bytes())
    assert seen(change(None, {"kind": "text"}, "b@2.wav"), tmp_path).told["duration"] == 10


@pytest.mark.parametrize("content", [b"RIFF\0\0\0\0WAVE", b"fLaC", b"OggS" + b"\0" * 40, b"ID3"])
def test_a_broken_sound_is_told_with_its_reason(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.wav").write_bytes(content)
    told = seen(change(None, segment(1, 2), "a.wav"), tmp_path).told
    assert told["type"] == "none" and told["reason"].startswith("a.wav cannot be shown: ")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where soundfile is not installed."""
    monkeypatch.setitem(sys.modules, "soundfile", None)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_plain_wav_files_need_no_soundfile(tmp_path: Path, bare: None, width: int) -> None:
    values = np.sin(np.arange(RATE * 3) / 9) * 0.5
    whole = np.round(values * (2 ** (8 * width - 1) - 1)).astype("<i8") + (128 if width == 1 else 0)
    stereo = np.repeat(whole, 2).view(np.uint8).reshape(-1, 8)[:, :width]
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setparams((2, width, RATE, 0, "NONE", ""))
        file.writeframes(stereo.tobytes())
    evidence = seen(change(None, segment(1.5, 1.75), "a.wav"), tmp_path)
    told = evidence.told
    assert (told["duration"], told["offset"], told["length"]) == (3, 0.5, 2.25)
    assert evidence.blobs["sound"].type == "audio/wav"
    with wave.open(io.BytesIO(evidence.blobs["sound"].content)) as file:
        found = np.frombuffer(file.readframes(10**6), "<i2") / 32_767
    expected = values[RATE // 2 : RATE // 2 + len(found)]
    assert np.abs(found - expected).max() < 0.02


def test_a_long_wav_is_cut_shorter_without_soundfile(tmp_path: Path) -> None:
    talk(tmp_path / "a.wav", 60, rate=48_000)
    item: Item = change(None, {"kind": "class"}, "a.wav")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "soundfile", None)
        evidence = seen(item, tmp_path)
    assert len(evidence.blobs["sound"].content) <= 300_044
    assert evidence.told["length"] == 9.375
    assert evidence.told["note"] == "9 of 60 seconds are kept here"


def test_other_sounds_say_what_to_install(tmp_path: Path) -> None:
    talk(tmp_path / "a.flac", 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "soundfile", None)
        told = seen(change(None, segment(0, 1), "a.flac"), tmp_path).told
    assert told["type"] == "none" and "pip install 'labelvc[eval]'" in told["reason"]
