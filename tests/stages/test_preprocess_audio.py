"""Sound files, good and bad, and their log-mel spectrograms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from labelvc.core.snapshot import Snapshot, labels_frame, samples_frame
from labelvc.formats.reading import read
from labelvc.formats.source import MemoryBlob, Source
from labelvc.stages.features import features_of
from labelvc.stages.features_audio import log_mel
from tests.data import data
from tests.stages.preparing import classes, prepare, reasons, row

CLASSES = "audio-classification"
SPEECH = "automatic-speech-recognition"


def tone(hertz: float, seconds: float = 0.5, rate: int = 16_000) -> Any:
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


@pytest.fixture
def media(tmp_path: Path) -> Path:
    folder = tmp_path / "clips"
    folder.mkdir()
    return folder


def test_bad_sounds_are_told(media: Path, tmp_path: Path):
    soundfile.write(media / "good.wav", tone(440), 16_000)
    whole = (media / "good.wav").read_bytes()
    (media / "cut.wav").write_bytes(whole[:-3000])
    soundfile.write(media / "cut.flac", np.random.default_rng(0).normal(0, 0.1, 40_000), 16_000)
    (media / "cut.flac").write_bytes((media / "cut.flac").read_bytes()[:-9000])
    soundfile.write(media / "silent.wav", tone(440) * 1e-4, 16_000)
    soundfile.write(media / "clipped.wav", np.clip(tone(440) * 9, -1, 1), 16_000)
    soundfile.write(media / "nan.wav", np.full(100, np.nan), 16_000, subtype="FLOAT")
    soundfile.write(media / "none.wav", np.zeros(0), 16_000)
    soundfile.write(media / "slow.wav", np.ones(10), 10)
    (media / "text.wav").write_text("no sound")
    (media / "empty.mp3").write_bytes(b"")
    names = sorted(path.name for path in media.iterdir())
    prepared = prepare(classes(dict.fromkeys(names, "x")), CLASSES, tmp_path / "out", media)
    found = reasons(prepared)
    assert found.pop("cut.flac") in ("truncated", "unreadable")
    assert found == {
        "clipped.wav": "clipped",
        "cut.wav": "truncated",
        "empty.mp3": "unreadable",
        "good.wav": None,
        "nan.wav": "unreadable",
        "none.wav": "unreadable",
        "silent.wav": "silent",
        "slow.wav": "unreadable",
        "text.wav": "unreadable",
    }
    # what can be read has features, so that it can be scored
    with_rows = prepared.samples.filter(prepared.samples["row"].is_not_null())["sample"].to_list()
    assert with_rows == ["clipped.wav", "good.wav", "silent.wav"]
    told = (tmp_path / "out" / "dropped.csv").read_text()
    assert str(tmp_path) not in told and "0x" not in told
    lenient = prepare(
        classes({"silent.wav": "x", "clipped.wav": "x"}), CLASSES, tmp_path / "out", media,
        min_rms=0, clip_fraction=1,
    )  # fmt: skip
    assert lenient.samples["kept"].all()


def test_sounds_become_mono_at_one_rate(media: Path, tmp_path: Path):
    (media / "sub").mkdir()
    left, right = tone(1000, 1.0, 44_100), tone(3000, 1.0, 44_100)
    soundfile.write(media / "sub" / "stereo.flac", np.stack([left, right], axis=1), 44_100)
    soundfile.write(media / "plain.wav", (tone(1000, 1.0) + tone(3000, 1.0)) / 2, 16_000)
    snapshot = classes({"1": "x", "2": "x"}, path=["plain.wav", "sub/stereo.flac"])
    prepared = prepare(snapshot, CLASSES, tmp_path / "out", media, mels=20)
    assert prepared.samples["duration"].to_list() == pytest.approx([1.0, 1.0])
    one, two = (features_of(prepared.features, place)["logmel"] for place in (0, 1))
    assert one.shape == two.shape == (98, 20)
    loud = one[5:-5] > 0
    assert np.abs(one[5:-5] - two[5:-5])[loud].max() < 0.2


def test_log_mel_has_the_tone_in_its_band():
    found = log_mel(tone(1000).astype(np.float32), 16_000, 40)
    assert found.shape == (1 + (8000 - 400) // 160, 40)
    mel = 2595 * np.log10(1 + np.array([1000, 8000]) / 700)
    assert set(found.argmax(axis=1)) == {round(mel[0] / mel[1] * 41) - 1}
    # Parseval: of a tone of amplitude a under a Hann window of w values, half of 3/16 a^2 w
    power = np.exp(found).sum(axis=1) - 40e-6
    assert power == pytest.approx(3 / 32 * 0.25 * 400, rel=0.01)
    assert log_mel(np.zeros(1, np.float32), 8000, 10) == pytest.approx(
        np.full((1, 10), np.log(1e-6))
    )


def test_pieces_of_a_file_are_samples_of_their_own(media: Path, tmp_path: Path):
    soundfile.write(media / "long.wav", np.concatenate([tone(500, 1.0), tone(3000, 1.0)]), 16_000)
    lines = [
        '{"audio_filepath": "long.wav", "offset": 0.0, "duration": 1.0, "text": "low"}',
        '{"audio_filepath": "long.wav", "offset": 1.0, "duration": 1.0, "text": "high"}',
        '{"audio_filepath": "long.wav", "duration": 2.0, "text": " "}',
    ]
    files = {"m.json": MemoryBlob("\n".join(lines).encode())}
    snapshot, _, _ = read(Source("m.json", files, False), "nemo", {})
    prepared = prepare(snapshot, SPEECH, tmp_path / "out", media)
    assert sorted(prepared.samples["duration"].to_list()) == [1.0, 1.0, 2.0]
    assert prepared.samples["digest"].n_unique() == 3
    assert sorted(reasons(prepared).values(), key=str) == [None, None, "empty"]
    high = next(key for key in prepared.samples["sample"] if "@1" in key)
    found = features_of(prepared.features, row(prepared, high)["row"])["logmel"]
    assert found.mean(axis=0).argmax() > 20


def test_an_empty_transcript_is_not_trained_on(media: Path, tmp_path: Path):
    soundfile.write(media / "a.wav", tone(440), 16_000)
    soundfile.write(media / "b.wav", tone(880), 16_000)
    soundfile.write(media / "c.wav", tone(990), 16_000)
    snapshot = Snapshot(
        labels_frame(
            sample=["a.wav", "b.wav"], kind=["text"] * 2, text=["caf\u0065\u0301  au", " "]
        ),
        samples_frame(sample=["a.wav", "b.wav", "c.wav"]),
    )
    prepared = prepare(snapshot, SPEECH, tmp_path / "out", media)
    assert reasons(prepared) == {"a.wav": None, "b.wav": "empty", "c.wav": None}
    assert prepared.labels["text"].to_list() == ["café au", ""]


def test_spoken_digits(tmp_path: Path):
    folder = data("fsdd/recordings")
    names = sorted(path.name for path in folder.glob("*.wav"))[::5]
    table = "".join(f"{name},{name[0]}\n" for name in ["path", *names]).replace(
        "path,p", "path,label"
    )
    files = {"digits.csv": MemoryBlob(table.encode())}
    snapshot, _, _ = read(Source("digits.csv", files, False), None, {})
    prepared = prepare(snapshot, CLASSES, tmp_path / "out", folder, sample_rate=8000, mels=24)
    assert prepared.report["samples"] == {"in": 60, "kept": 60, "dropped": {}}
    assert prepared.features["logmel"].shape[1] == 24
    assert prepared.features["offsets"][-1] == len(prepared.features["logmel"])
    assert sorted(set(prepared.labels["category"])) == list("0123456789")
    without = prepare(snapshot, CLASSES, tmp_path / "none", None)
    assert set(reasons(without).values()) == {"no media"}
    assert without.features["logmel"].shape == (0, 40)
