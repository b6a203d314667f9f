"""The built-in models learn, come out the same twice, and can be kept and restored."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from labelvc.core.errors import LabelvcError
from labelvc.core.predictions import Predictions
from labelvc.core.progress import watched
from labelvc.core.scoring import score
from labelvc.core.snapshot import Snapshot, categories_frame, labels_frame, samples_frame
from labelvc.stages.baselines.images import ImageClassifier
from labelvc.stages.collect import collect
from labelvc.stages.interface import Sample
from labelvc.stages.models import BASELINES, load_model, seed_everything
from tests.stages import learning

IMAGES, BOXES, TEXTS = "image-classification", "object-detection", "text-classification"
SPANS, SOUNDS, SPEECH = (
    "token-classification",
    "audio-classification",
    "automatic-speech-recognition",
)


def categories(samples: list[Sample]) -> list[str]:
    return sorted(
        {one["category"] for sample in samples for one in sample.labels if "category" in one}
    )


def model(task: str, samples: list[Sample], *, seed: int = 1, **options: Any) -> Any:
    return load_model(
        "baseline",
        task=task,
        categories=categories(samples),
        seed=seed,
        options=options,
        weights=None,
        root=Path("/nowhere"),
    )


def trained(task: str, samples: list[Sample], **options: Any) -> Any:
    found = model(task, samples, **options)
    found.fit(samples)
    return found


def truth(samples: list[Sample]) -> Snapshot:
    rows = [{"sample": sample.key, **label} for sample in samples for label in sample.labels]
    names = dict.fromkeys(name for row in rows for name in row)
    return Snapshot(
        labels_frame(**{name: [row.get(name) for row in rows] for name in names}),
        samples_frame(sample=[sample.key for sample in samples]),
        categories_frame(categories(samples)),
    )


def metrics(task: str, found: Any, samples: list[Sample]) -> Any:
    """The scores of a model on samples that it has not seen."""
    unlabelled = [replace(sample, labels=()) for sample in samples]
    said: Predictions = collect(found.predict(unlabelled), unlabelled, task, categories(samples))
    return score(truth(samples), said, task).metrics


def test_digits_are_told_apart():
    samples = learning.digits(1797)
    assert metrics(IMAGES, trained(IMAGES, samples[:1437]), samples[1437:])["accuracy"] >= 0.95


def test_boxes_are_found_in_pixels_of_the_original_image():
    found = trained(BOXES, learning.rectangles(60, seed=0), epochs=20, learning_rate=0.004)
    test = learning.rectangles(30, seed=1)
    assert metrics(BOXES, found, test)["AP50"] > 0.5
    for boxes in found.predict(test):
        for x, y, width, height in (box["box"] for box in boxes):
            assert x >= 0 and y >= 0 and width > 0 and height > 0
            assert x + width <= 200.001 and y + height <= 150.001


def test_boxes_may_be_fractions_of_the_image():
    def fractions(sample: Sample) -> Sample:
        whole = {"x": 200, "width": 200, "y": 150, "height": 150}
        labels = [
            {**label, "unit": "fraction", **{name: label[name] / by for name, by in whole.items()}}
            for label in sample.labels
        ]
        return replace(sample, labels=labels)

    pixels = learning.rectangles(8, seed=0)
    one, two = (
        trained(BOXES, samples, epochs=1).state_dict()
        for samples in (pixels, [fractions(sample) for sample in pixels])
    )
    assert all(torch.allclose(one[name].float(), two[name].float(), atol=1e-5) for name in one)


def test_intents_are_told_apart():
    samples = learning.questions()
    cut = len(samples) * 4 // 5
    assert metrics(TEXTS, trained(TEXTS, samples[:cut]), samples[cut:])["f1_macro"] > 0.75


def test_spans_are_found():
    found = trained(SPANS, learning.sentences(120, seed=0), epochs=6)
    assert metrics(SPANS, found, learning.sentences(60, seed=1))["f1_strict"] > 0.9


def test_sounds_are_told_apart():
    found = trained(SOUNDS, learning.tones(90, seed=0), epochs=4)
    assert metrics(SOUNDS, found, learning.tones(60, seed=1))["accuracy"] > 0.9


def test_speech_is_written_down():
    found = trained(
        SPEECH, learning.melodies(120, seed=0), epochs=12, learning_rate=0.006, width=32
    )
    assert metrics(SPEECH, found, learning.melodies(40, seed=1))["wer"] < 0.3


SETS = {
    IMAGES: learning.digits(60),
    BOXES: learning.rectangles(6, seed=0),
    SPANS: learning.sentences(12, seed=0),
    SOUNDS: learning.tones(12, seed=0),
    SPEECH: learning.melodies(12, seed=0),
}


def samples_of(task: str) -> list[Sample]:
    return learning.questions(60) if task == TEXTS else SETS[task]


def same(one: Any, two: Any) -> bool:
    return bool(np.array_equal(one, two)) if isinstance(one, np.ndarray) else bool(one == two)


@pytest.mark.parametrize("task", BASELINES)
def test_the_same_seed_gives_the_same_model_whatever_came_before(task: str):
    samples = samples_of(task)
    seed_everything(7)
    one = trained(task, samples, epochs=2)
    torch.rand(3), np.random.rand(3)
    two, other = trained(task, samples, epochs=2), trained(task, samples, epochs=2, seed=2)
    weights, again, others = one.state_dict(), two.state_dict(), other.state_dict()
    assert all(torch.equal(weights[name], again[name]) for name in weights)
    assert not all(torch.equal(weights[name], others[name]) for name in weights)
    assert same(one.predict(samples), two.predict(samples))


@pytest.mark.parametrize("task", BASELINES)
def test_weights_are_restored_from_a_file_that_holds_no_code(task: str, tmp_path: Path):
    samples = samples_of(task)
    found = trained(task, samples, epochs=1)
    torch.save(found.state_dict(), tmp_path / "weights.pt")
    restored = load_model(
        "baseline",
        task=task,
        categories=categories(samples),
        seed=5,
        options={},
        weights=tmp_path / "weights.pt",
        root=tmp_path,
    )
    assert same(found.predict(samples), restored.predict(samples))


def test_weights_may_have_been_kept_with_16_bits():
    samples = learning.digits(60)
    found, restored = trained(IMAGES, samples, epochs=1), model(IMAGES, samples)
    half = {name: value.half() for name, value in found.state_dict().items() if "." in name}
    restored.load_state_dict({**half, "labelvc.shape": found.state_dict()["labelvc.shape"]})
    np.testing.assert_allclose(found.predict(samples), restored.predict(samples), atol=0.01)


def test_weights_of_other_categories_speak_by_name():
    samples = learning.digits(60)
    found = trained(IMAGES, samples, epochs=1)
    wider = load_model(
        "baseline",
        task=IMAGES,
        categories=["other", *categories(samples)],
        seed=1,
        options={},
        weights=None,
        root=Path("/nowhere"),
    )
    wider.load_state_dict(found.state_dict())  # type: ignore[attr-defined]
    said = collect(wider.predict(samples), samples, IMAGES, ["other", *categories(samples)])
    assert said.probabilities is not None and said.probabilities[:, 0].max() == 0
    np.testing.assert_allclose(said.probabilities[:, 1:], found.predict(samples), atol=1e-6)


def test_descriptors_do_in_place_of_pixels():
    samples = [
        replace(
            one, features={"descriptor": one.features["image"].ravel().astype(np.float32) / 255}
        )
        for one in learning.digits(500)
    ]
    found = trained(IMAGES, samples[:400], epochs=15)
    assert metrics(IMAGES, found, samples[400:])["accuracy"] > 0.85


def test_what_has_no_labels_is_learnt_from_only_where_nothing_is_an_answer():
    boxes, digits = learning.rectangles(3, seed=0), learning.digits(20)
    nothing = replace(boxes[0], key="empty", labels=())
    trained(BOXES, [*boxes, nothing], epochs=1)
    one = trained(IMAGES, digits, epochs=1).state_dict()
    found = model(IMAGES, digits)
    found.fit([*digits, replace(digits[0], labels=())])
    assert set(one) == set(found.state_dict())


def test_rejected_labels_are_not_learnt():
    samples = learning.digits(20)
    rejected = [{**labels, "verdict": "rejected"} for sample in samples for labels in sample.labels]
    marked = [replace(s, labels=[label]) for s, label in zip(samples, rejected, strict=True)]
    with pytest.raises(LabelvcError, match=r"none of the 20 samples .* has a label"):
        model(IMAGES, samples).fit(marked)


def test_empty_texts_and_no_samples_are_predicted_too():
    texts = learning.questions(60)
    empty = replace(texts[0], features={"ngrams": np.empty(0, dtype=np.int32)})
    found = trained(TEXTS, texts, epochs=1)
    assert found.predict([empty, texts[1]]).shape == (2, len(categories(texts)))
    assert found.predict([]).shape == (0, len(categories(texts)))
    assert collect(np.zeros((0, 9)), [], TEXTS, categories(texts)).labels.is_empty()
    wordless = learning.tokenised("none", [], [])
    tagger = trained(SPANS, [*SETS[SPANS], wordless], epochs=1)
    assert tagger.predict([wordless, SETS[SPANS][0]])[0] == []
    assert tagger.predict([]) == []


@pytest.mark.parametrize("task", BASELINES)
def test_a_training_set_that_teaches_nothing_is_one_message(task: str):
    samples = samples_of(task)
    with pytest.raises(LabelvcError, match="no samples to train on"):
        model(task, samples).fit([])
    with pytest.raises(LabelvcError, match="has the feature"):
        model(task, samples).fit([replace(sample, features={}) for sample in samples])
    with pytest.raises(LabelvcError, match="has a label the model can learn from"):
        model(task, samples).fit([replace(sample, labels=()) for sample in samples])
    with pytest.raises(LabelvcError, match="not trained yet"):
        model(task, samples).predict(samples)


def test_one_category_alone_is_refused_by_classifiers_only():
    zeros = [one for one in learning.digits(60) if one.labels[0]["category"] == "0"]
    with pytest.raises(LabelvcError, match="are of the category '0'"):
        model(IMAGES, learning.digits(60)).fit(zeros)
    reds = [
        replace(one, labels=[{**label, "category": "red"} for label in one.labels])
        for one in learning.rectangles(3, seed=0)
    ]
    trained(BOXES, reds, epochs=1)


def test_images_of_another_size_are_one_message_with_the_sample():
    samples = learning.digits(40)
    found = trained(IMAGES, samples, epochs=1)
    odd = Sample("odd.png", features={"image": np.zeros((9, 8, 1), dtype=np.uint8)})
    with pytest.raises(
        LabelvcError, match=r"'odd.png': its image is 9 x 8 x 1, expected 8 x 8 x 1"
    ):
        found.predict([odd])


def test_log_mels_of_other_bands_are_one_message_with_the_sample():
    found = trained(SOUNDS, SETS[SOUNDS], epochs=1)
    odd = Sample("odd.wav", features={"logmel": np.zeros((5, 3), dtype=np.float32)})
    with pytest.raises(LabelvcError, match=r"'odd.wav': its log-mel is \(5, 3\)"):
        found.predict([odd])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epoch": 3}, "no option 'epoch'"),
        ({"epochs": 0}, "epochs is 0, expected a number above 0"),
        ({"epochs": 2.5}, "epochs is 2.5, expected a whole number"),
        ({"batch_size": True}, "batch_size is True"),
        ({"learning_rate": "fast"}, "learning_rate is 'fast'"),
        ({"learning_rate": float("nan")}, "learning_rate is nan"),
    ],
)
def test_odd_options_are_one_message(options: dict[str, Any], message: str):
    with pytest.raises(LabelvcError, match=message):
        model(IMAGES, learning.digits(10), **options)


def test_a_learning_rate_that_yaml_reads_as_text_is_a_number():
    trained(IMAGES, learning.digits(20), epochs=1, learning_rate="1e-3")


def test_a_training_that_runs_off_says_so():
    with pytest.raises(LabelvcError, match="the training ran off"):
        trained(SOUNDS, SETS[SOUNDS], epochs=30, learning_rate=1e30)


def test_strange_weights_are_one_message():
    samples = learning.digits(40)
    found = trained(IMAGES, samples, epochs=1)
    state = found.state_dict()
    fresh = model(IMAGES, samples)
    with pytest.raises(LabelvcError, match=r"'labelvc.shape' is missing"):
        fresh.load_state_dict({"layer": torch.zeros(3)})
    short = {name: value for name, value in state.items() if not name.endswith("bias")}
    with pytest.raises(LabelvcError, match=r"do not fit what they tell of: .*Missing key"):
        fresh.load_state_dict(short)
    with pytest.raises(LabelvcError, match="do not fit"):
        fresh.load_state_dict({**state, "labelvc.shape": torch.tensor([1, 2], dtype=torch.uint8)})
    with pytest.raises(LabelvcError, match="weights of 'ImageClassifier', expected those of Audio"):
        model(SOUNDS, SETS[SOUNDS]).load_state_dict(state)


def test_weights_that_tell_of_a_huge_network_take_no_memory():
    told = b'{"baseline": "TextClassifier", "categories": ["a", "b"], "buckets": 1e15, "width": 64}'
    told = told.replace(b"1e15", b"1000000000000000")
    with pytest.raises(LabelvcError, match="do not fit"):
        model(TEXTS, learning.questions(20)).load_state_dict(
            {"labelvc.shape": torch.tensor(list(told), dtype=torch.uint8)}
        )


def test_training_stops_at_its_budget_unless_told_how_long(monkeypatch: pytest.MonkeyPatch):
    steps: list[int] = []

    def watcher(items: Any, doing: str) -> Any:
        steps.append(len(items))
        return items

    samples = learning.digits(192)  # three batches
    monkeypatch.setattr(ImageClassifier, "BUDGET", 64 * 64)  # the pixels of one of them
    with watched(watcher):
        trained(IMAGES, samples)
        trained(IMAGES, samples, epochs=2)
    assert steps == [1, 2 * 3]


def test_a_state_dict_is_nothing_but_tensors():
    kept = io.BytesIO()
    torch.save(trained(SPEECH, SETS[SPEECH], epochs=1).state_dict(), kept)
    kept.seek(0)
    assert all(
        isinstance(one, torch.Tensor) for one in torch.load(kept, weights_only=True).values()
    )
