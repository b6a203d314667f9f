import numpy as np
import pytest
from nervaluate.entities import Entity
from nervaluate.strategies import (
    EntityTypeEvaluation,
    ExactEvaluation,
    PartialEvaluation,
    StrictEvaluation,
)
from seqeval.metrics.sequence_labeling import get_entities, precision_recall_fscore_support

from labelvc.core.errors import LabelvcError
from labelvc.core.scoring import score
from tests.core.scoring_data import predicted, span, truth_of

TASK = "token-classification"
NAMES = ["LOC", "ORG", "PER"]


def random_tags(random, length):
    tags, at = [], 0
    while at < length:
        name, size = random.choice(["", *NAMES]), int(random.integers(1, 5))
        size = min(size, length - at)
        tags += [f"B-{name}", *[f"I-{name}"] * (size - 1)] if name else ["O"] * size
        at += size
    return tags


def tagged(seed, count=60):
    """Sentences of tags, and predictions that move, cut and confuse their entities."""
    random = np.random.default_rng(seed)
    truth = [random_tags(random, int(random.integers(0, 25))) for _ in range(count)]
    said = []
    for tags in truth:
        other = random_tags(random, len(tags))
        keep = random.random(len(tags)) < 0.8
        said.append([a if k else b for a, b, k in zip(tags, other, keep, strict=True)])
    return truth, said


def spans(sentences):
    return [
        span(f"s{number}", start, end + 1, name)
        for number, tags in enumerate(sentences)
        for name, start, end in get_entities(tags)
    ]


def scored(truth, said):
    keys = [f"s{number}" for number in range(len(truth))]
    return score(truth_of(spans(truth), keys, NAMES), predicted(spans(said), keys), TASK)


@pytest.mark.parametrize("seed", range(3))
def test_strict_numbers_are_seqevals(seed):
    truth, said = tagged(seed)
    result = scored(truth, said)

    for average, ending in (("micro", ""), ("macro", "_macro"), ("weighted", "_weighted")):
        expected = precision_recall_fscore_support(truth, said, average=average, zero_division=0)
        got = [result.metrics[f"{name}_strict{ending}"] for name in ("precision", "recall", "f1")]
        assert got == pytest.approx(list(expected[:3]))
    each = precision_recall_fscore_support(truth, said, average=None, zero_division=0)
    rows = result.categories
    assert [row["category"] for row in rows] == NAMES
    for at, name in enumerate(("precision", "recall", "f1", "support")):
        assert [row[name] for row in rows] == pytest.approx(list(each[at]))
    assert result.headline == "f1_strict"


def nervaluate(strategy, truth, said):
    """Precision, recall and F1 over all sentences by one of nervaluate's strategies."""
    correct = partial = actual = possible = 0
    for sides in zip(truth, said, strict=True):
        one, two = (
            [Entity(name, start, end) for name, start, end in get_entities(tags)] for tags in sides
        )
        result, _ = strategy.evaluate(one, two, NAMES)
        correct, partial = correct + result.correct, partial + result.partial
        actual, possible = actual + result.actual, possible + result.possible
    right = correct + partial / 2
    return [right / actual, right / possible, 2 * right / (actual + possible)]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("rule", "strategy"),
    [
        ("strict", StrictEvaluation()),
        ("lenient", EntityTypeEvaluation()),
        ("partial", PartialEvaluation()),
        ("exact", ExactEvaluation()),
    ],
)
def test_every_rule_gives_nervaluates_numbers(rule, strategy, seed):
    truth, said = tagged(seed + 10)
    metrics = scored(truth, said).metrics

    got = [metrics[f"{name}_{rule}"] for name in ("precision", "recall", "f1")]
    assert got == pytest.approx(nervaluate(strategy, truth, said))


def test_the_lenient_f1_of_a_category_looks_at_its_own_spans_only():
    truth, said = tagged(20)
    rows = {row["category"]: row for row in scored(truth, said).categories}

    for name in NAMES:
        only = [
            [tag if tag.endswith(name) else "O" for tag in tags]
            for side in (truth, said)
            for tags in side
        ]
        expected = nervaluate(EntityTypeEvaluation(), only[: len(truth)], only[len(truth) :])[2]
        assert rows[name]["f1_lenient"] == pytest.approx(expected)


def test_a_span_counts_once_however_often_it_is_given():
    rows = [{**span("a", 0, 2, "PER"), "annotator": name} for name in ("one", "two")]
    result = score(truth_of(rows, ["a"]), predicted([span("a", 0, 2, "PER")] * 3, ["a"]), TASK)

    assert result.metrics["precision_strict"] == result.metrics["recall_strict"] == 1
    assert result.categories[0]["support"] == result.categories[0]["predicted"] == 1


def test_nested_spans_each_find_their_own():
    rows = [span("a", 0, 5, "ORG"), span("a", 0, 2, "ORG"), span("a", 3, 5, "LOC")]
    metrics = score(truth_of(rows, ["a"]), predicted(rows[::-1], ["a"]), TASK).metrics

    assert {round(value, 12) for value in metrics.values()} == {1}


def test_a_prediction_that_touches_the_next_token_only_does_not_overlap():
    result = score(
        truth_of([span("a", 0, 2, "PER")], ["a"]), predicted([span("a", 2, 4, "PER")], ["a"]), TASK
    )
    assert result.metrics["f1_lenient"] == result.metrics["f1_partial"] == 0


def test_spans_in_unlike_units_are_not_compared():
    other = {**span("a", 0, 2, "PER"), "unit": "character"}
    with pytest.raises(LabelvcError, match="counted in token by the labels and in character"):
        score(truth_of([span("a", 0, 2, "PER")], ["a"]), predicted([other], ["a"]), TASK)


def test_texts_without_spans_are_scored_too():
    truth = truth_of([span("a", 0, 2, "PER")], ["a", "b", "c"], ["PER"])
    said = [span("a", 0, 2, "PER"), span("b", 0, 1, "DATE")]
    result = score(truth, predicted(said, ["a", "b"]), TASK)

    assert result.metrics["precision_strict"] == 0.5
    assert result.metrics["recall_strict"] == 1
    assert result.warnings == {"unknown_categories": 1, "missing_predictions": 1}
    assert result.samples.to_list() == ["a", "b", "c"]
