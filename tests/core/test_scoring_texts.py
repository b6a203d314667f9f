import csv

import jiwer
import numpy as np
import pytest

from labelvc.core.errors import LabelvcError
from labelvc.core.resampling import intervals, paired
from labelvc.core.scoring import score
from tests.core.scoring_data import predicted, transcripts, truth_of
from tests.data import data

TASK = "automatic-speech-recognition"


def scored(references, hypotheses):
    keys = [str(number) for number in range(len(references))]
    truth = truth_of(transcripts(dict(zip(keys, references, strict=True))), keys)
    said = transcripts(dict(zip(keys, hypotheses, strict=True)))
    return score(truth, predicted(said, keys), TASK)


def test_error_rates_are_jiwers():
    random = np.random.default_rng(1)
    words = ["a", "the", "cat", "sat", "on", "mat", "straße", "猫", "e\u0301"]

    def sentence(least):
        return "  ".join(random.choice(words, int(random.integers(least, 12))))

    references = [sentence(0) for _ in range(150)]
    hypotheses = [text if random.random() < 0.3 else sentence(0) for text in references]

    result = scored(references, hypotheses)

    expected = jiwer.process_words(references, hypotheses)
    assert result.metrics["wer"] == pytest.approx(expected.wer)
    assert result.metrics["mer"] == pytest.approx(expected.mer)
    assert result.metrics["cer"] == pytest.approx(jiwer.cer(references, hypotheses))
    wrong = [one.split() != two.split() for one, two in zip(references, hypotheses, strict=True)]
    assert result.metrics["ser"] == pytest.approx(np.mean(wrong))
    assert result.headline == "wer"
    assert result.lower_is_better


def test_words_stand_between_spaces_and_nothing_is_normalised():
    metrics = scored(["The cat\tsat. "], ["  the  cat\tsat."]).metrics

    assert metrics["wer"] == 0.5  # cat<tab>sat. is one word, as for jiwer
    assert metrics["ser"] == 1


def test_a_normaliser_is_applied_to_both_sides_if_asked_for():
    truth = truth_of(transcripts({"a": "Two-wave sources, e\u0301t\u00e9!"}), ["a"])
    said = predicted(transcripts({"a": "two wave sources \u00e9t\u00e9"}), ["a"])

    assert score(truth, said, TASK).metrics["wer"] > 0.5
    assert score(truth, said, TASK, normalise="basic").metrics["wer"] == 0
    with pytest.raises(LabelvcError, match="no such normaliser of texts: loud"):
        score(truth, said, TASK, normalise="loud")


def test_against_an_empty_reference_every_word_is_an_error():
    result = scored(["", "a b"], ["um er", "a b"])
    assert result.metrics["wer"] == 1
    assert result.warnings == {"empty_references": 1}

    silence = scored([""], ["um er"])
    assert silence.metrics["wer"] == jiwer.wer([""], ["um er"]) == 2
    assert scored([""], [""]).metrics == {"wer": 0, "cer": 0, "mer": 0, "ser": 0}


def test_a_sample_without_prediction_was_not_heard():
    truth = truth_of(transcripts({"a": "one two", "b": "three", "c": None}), ["a", "b", "c"])
    result = score(truth, predicted(transcripts({"b": "three", "c": "x"}), ["b", "c"]), TASK)

    assert result.metrics["wer"] == pytest.approx(2 / 3)
    assert result.warnings == {"missing_predictions": 1, "unlabelled_samples": 1}
    assert result.samples.to_list() == ["a", "b"]


def test_of_several_transcripts_the_most_frequent_is_the_truth():
    rows = [
        {"sample": "a", "kind": "text", "text": text, "annotator": name}
        for name, text in (("one", "no"), ("two", "yes"), ("three", "yes"))
    ]
    result = score(truth_of(rows, ["a"]), predicted(transcripts({"a": "yes"}), ["a"]), TASK)

    assert result.metrics["wer"] == 0
    assert result.warnings == {"annotators_disagree": 1}


def artie(version):
    path = data(f"artie_bias/predictions/deepspeech/{version}.tsv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["path"].rsplit(".", 1)[0]: row["prediction"] or "" for row in rows}


def test_a_real_recogniser_has_the_error_rate_that_jiwer_gives_it():
    path = data("artie_bias/data/artie-bias-corpus.tsv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    corpus = {row["path"].rsplit(".", 1)[0]: row["sentence"] for row in rows}
    keys = list(corpus)
    truth = truth_of(transcripts(corpus), keys)

    results = {}
    for version in ("v0-5-1", "v0-7-3"):
        heard = artie(version)
        results[version] = score(truth, predicted(transcripts(heard), list(heard)), TASK)
        pairs = [corpus[key] for key in keys], [heard.get(key, "") for key in keys]
        assert results[version].metrics["wer"] == pytest.approx(jiwer.wer(*pairs), abs=1e-12)
        assert results[version].metrics["cer"] == pytest.approx(jiwer.cer(*pairs), abs=1e-12)

    low, high = intervals(results["v0-7-3"], draws=300)["wer"]
    assert low < results["v0-7-3"].metrics["wer"] < high
    assert high - low < 0.05
    better = paired(results["v0-5-1"], results["v0-7-3"], draws=300)["wer"]
    assert better.difference < better.high < 0  # the later version is clearly better
