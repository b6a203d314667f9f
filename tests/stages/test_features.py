from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labelvc.stages.features import features_of, of_tokens, ragged, row_count
from labelvc.stages.features_file import FeatureFile, FeatureWriter
from labelvc.stages.features_image import descriptor, descriptor_length, thumbnail_of
from labelvc.stages.features_text import NGrams, tokens
from tests.stages.preparing import picture


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_descriptor_is_made_of_shares(mode: str):
    image = picture(1).convert(mode)
    found = descriptor(image)
    channels = len(mode)
    assert found.shape == (descriptor_length(channels),) and found.dtype == np.float32
    histograms, gradients = found[: channels * 8].reshape(channels, 8), found[-128:].reshape(16, 8)
    assert histograms.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert gradients.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert found.min() >= 0 and found.max() <= 1
    small = image.convert("L").resize((16, 16), Image.Resampling.BOX)
    assert thumbnail_of(found).reshape(16, 16) * 255 == pytest.approx(np.asarray(small), abs=1e-3)


def test_gradients_say_which_way_an_edge_runs():
    upright = np.tile(np.arange(0, 160, 5, dtype=np.uint8), (32, 1))
    across = descriptor(Image.fromarray(upright))[-128:].reshape(16, 8)
    down = descriptor(Image.fromarray(upright.T.copy()))[-128:].reshape(16, 8)
    assert (across.argmax(axis=1) == 0).all() and (down.argmax(axis=1) == 4).all()
    assert not descriptor(Image.new("L", (1, 1)))[-128:].any()


def test_the_parts_of_samples_come_back_from_the_file(tmp_path: Path):
    def ints(*values: int) -> np.ndarray:
        return np.array(values, dtype=np.int32)

    parts = [
        of_tokens([ints(1, 2), ints(), ints(3)], [(0, 1), (1, 2), (4, 9)]),
        of_tokens([], []),
        of_tokens([ints(7)], [(0, 3)]),
    ]
    empty = {name: values[:0] for name, values in of_tokens([], []).items()}
    empty |= {"token_offsets": np.zeros(1, np.int64), "offsets": np.zeros(1, np.int64)}
    writer = FeatureWriter(tmp_path, empty, {})
    assert [writer.add(part) for part in parts] == [0, 1, 2]
    assert writer.finish(tmp_path / "features.npz")
    writer.close()
    found = FeatureFile(tmp_path / "features.npz")
    assert row_count(found) == 3
    for place, part in enumerate(parts):
        one = features_of(found, place)
        assert {name: one[name].tolist() for name in one} == {
            name: part[name].tolist() for name in part
        }
    assert found["bounds"].ctypes.data % 8 == 0


def test_one_sample_of_each_sort():
    images = np.arange(24, dtype=np.uint8).reshape(2, 2, 2, 3)
    assert (features_of({"images": images}, 1)["images"] == images[1:]).all()
    assert row_count({"images": images}) == 2 and row_count({}) == 0
    frames = np.ones((5, 3), dtype=np.float32)
    many = {"offsets": np.array([0, 2, 5]), "logmel": frames}
    one = features_of(many, 1)
    assert one["offsets"].tolist() == [0, 3] == ragged("logmel", frames[2:])["offsets"].tolist()
    assert one["logmel"].shape == (3, 3)


def test_tokens_have_words_characters_and_a_shape():
    grams = NGrams(words=2, characters=3, buckets=2**20)
    paris, PARIS, empty, again = grams.of_tokens(["Paris", "PARIS", "", "Paris"])
    assert len(paris) == len("<paris>") - 2 + 2
    assert (paris == again).all() and len(empty) == 0
    assert paris[:-1].tolist() == PARIS[:-1].tolist() and paris[-1] != PARIS[-1]
    one, two = grams.of_tokens(["12-34", "7-8"])
    assert one[-1] == two[-1]


def test_tokens_are_words_and_single_marks():
    text = "don't (1.5€) naïve\u0301_x"
    assert [text[start:end] for start, end in tokens(text)] == [
        "don", "'", "t", "(", "1", ".", "5", "€", ")", "naïve\u0301_x"
    ]  # fmt: skip
