"""labelvc evaluate with models: splits, units, media, weights, and what models do wrong."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from PIL import Image

from labelvc.stages.plan import Plan
from labelvc.stages.predicting import held_out
from tests.cli.scoring import built_pets, pets, records
from tests.cli.shell import Shell
from tests.repo.project import Project

__all__ = ["built_pets", "pets"]


def evaluate(run: Shell, *arguments: str):
    return run("evaluate", *arguments, "--no-log", "--json").json["score"]


def model(project: Project, body: str) -> None:
    """The project's own model, committed."""
    project.write("own_model.py", body)
    project.commit("A model")


def test_boxes_in_pixels_are_scored_on_labels_in_fractions(project: Project, run: Shell):
    run("init", "-q", "--task", "object-detection", at=project.path)
    for name, size in (("a", (100, 50)), ("b", (40, 80))):
        path = project.path / f"images/{name}.png"
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", size).save(path)
        project.write(f"labels/{name}.txt", "0 0.5 0.5 0.2 0.4\n")
    project.write("data.yaml", "names: [cat]\n")
    project.write(".gitignore", "images/\n")
    model(
        project,
        "def predict(samples):\n"
        "    return [[{'category': 'cat', 'confidence': 0.9, 'box': (s.width * 0.4, s.height * 0.3,"
        " s.width * 0.2, s.height * 0.4)}] for s in samples]\n",
    )
    run("add", "labels", "--media", "images", "--set", "names=../data.yaml", "--name", "b", "-q")
    project.commit("Declare")
    run("commit", "-m", "Boxes", "--allow-empty", "-q")
    assert evaluate(run, "b", "--model", "own_model:predict")["metrics"]["AP"] == 1


def test_a_model_with_fit_is_trained_on_what_is_not_scored(pets: Project, run: Shell):
    model(
        pets,
        "class Memory:\n"
        "    def __init__(self, **told): self.told = told\n"
        "    def fit(self, samples): self.known = {s.key: s.labels for s in samples}\n"
        "    def predict(self, samples):\n"
        "        assert not any(s.key in self.known or s.labels for s in samples)\n"
        "        return ['cat' for s in samples]\n",
    )
    score = evaluate(run, "pets", "--model", "own_model:Memory", "--seed", "3")
    assert score["split"] == "holdout" and 0 < sum(map(sum, score["confusion"]["counts"])) < 8
    assert [one["role"] for one in score["labels"]] == ["scored", "trained"]


def test_the_held_out_samples_stay_so_when_others_come():
    few = pl.Series([f"s{number}" for number in range(200)])
    more = pl.Series([f"s{number}" for number in range(300)])
    first, second = (set(held_out(keys, Plan())) for keys in (few, more))
    assert first == second & set(few)
    assert 20 < len(first) < 60
    assert first != set(held_out(few, Plan(seed=1)))


def test_splits_are_respected_and_told_apart(pets: Project, run: Shell):
    rows = ["0,cat,train", "1,dog,train", "2,cat,test", "3,dog,test", "4,cat,val"]
    pets.write("labels/pets.csv", "\n".join(["id,label,split", *rows, ""]))
    run("commit", "-m", "Splits", "-q")
    model(pets, "def predict(samples):\n    return ['cat' for s in samples]\n")
    score = evaluate(run, "pets", "--model", "own_model:predict")
    assert (score["split"], score["metrics"]["accuracy"]) == ("test", 0.5)
    pets.write("said.csv", "id,label\n0,cat\n1,dog\n2,cat\n3,cat\n4,cat\n")
    score = evaluate(run, "pets", "--predictions", "said.csv", "--split", "val")
    assert score["metrics"]["accuracy"] == 1 and "one_class" in score["warnings"]


def test_another_label_set_can_be_trained_on(pets: Project, run: Shell):
    pets.write("labels/more.csv", "id,label\nx,dog\n")
    run("add", "labels/more.csv", "--task", "text-classification", "-q")
    run("commit", "-m", "More", "-q")
    model(
        pets,
        "class Model:\n"
        "    def __init__(self, **told): self.categories = told['categories']\n"
        "    def fit(self, samples): assert [s.key for s in samples] == ['x']\n"
        "    def predict(self, samples): return [[1.0, 0.0] for s in samples]\n",
    )
    score = evaluate(run, "pets", "--model", "own_model:Model", "--train-set", "more")
    assert score["split"] is None and score["labels"][1]["name"] == "more"
    assert score["metrics"]["accuracy"] == 6 / 8


def test_changed_code_is_refused_until_it_is_committed(pets: Project, run: Shell):
    pets.write("parts.py", "ANSWER = 'cat'\n")
    model(pets, "import parts\ndef predict(samples):\n    return [parts.ANSWER for s in samples]\n")
    first = evaluate(run, "pets", "--model", "own_model:predict")
    pets.write("parts.py", "ANSWER = 'dog'\n")
    message = run.refused("evaluate", "pets", "--model", "own_model:predict", "--no-log")
    assert "differs from HEAD: parts.py" in message
    pets.commit("Another answer")
    import sys

    for name in ("parts", "own_model"):  # as in a process of its own
        del sys.modules[name]
    assert evaluate(run, "pets", "--model", "own_model:predict")["inputs"] != first["inputs"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "raise ValueError('no licence')",
            "could not be imported: ValueError: no licence",
        ),
        ("def predict(samples):\n    return [1 / 0]", "ZeroDivisionError: division by zero"),
        ("def predict(samples):\n    return ['cat']", "returned 1 predictions for 8 samples"),
        ("def predict(samples):\n    return [[0.5, 0.6] for s in samples]", "sum to 1.1"),
        ("def predict(samples):\n    return [[1.0] for s in samples]", "found 1 numbers"),
        ("def predict(samples):\n    return [[float('nan'), 1] for s in samples]", "found nan"),
        ("predict = 3", "expected a function or a class"),
        ("def predicts(samples): ...", "Did you mean own_model:predicts?"),
        ("class predict:\n    def __init__(self): ...", "could not be made: TypeError"),
    ],
)
def test_what_a_model_does_wrong_is_one_message_and_nothing_is_kept(
    pets: Project, run: Shell, body: str, said: str
):
    model(pets, f"{body}\n")
    message = run.refused("evaluate", "pets", "--model", "own_model:predict", "--no-log")
    assert said in message and "Traceback" not in message
    if ":predict" not in said and "Error" in said:
        assert f"{pets.path}/own_model.py:" in message or "TypeError" in said
    assert records(pets) == [] and not (pets.path / "predictions").exists()


def test_a_baseline_without_media_says_what_is_missing(project: Project, run: Shell):
    run("init", "-q", "--task", "image-classification", at=project.path)
    project.commit("Set up")
    rows = "".join(f"{number}.png,{('cat', 'dog')[number % 2]}\n" for number in range(20))
    project.write("t.csv", f"image,label\n{rows}")
    run("add", "t.csv", "-q")
    run("commit", "-m", "Labels", "-q")
    message = run.refused("evaluate", "t", "--no-log")
    assert "no labelled sample to train on" in message and "`media:` of t" in message


def test_samples_without_a_readable_medium_count_as_missing(project: Project, run: Shell):
    run("init", "-q", "--task", "image-classification", at=project.path)
    (project.path / "images").mkdir()
    rows = []
    for number in range(24):
        name, colour = (("dark", 20), ("light", 220))[number % 2]
        Image.new("L", (16, 16), colour + number % 5).save(project.path / f"images/{number}.png")
        rows.append(f"{number}.png,{name},{('train', 'test')[number % 3 == 0]}")
    (project.path / "images/0.png").write_bytes(b"no picture")
    (project.path / "images/3.png").unlink()
    project.write(".gitignore", "images/\n")
    project.commit("Set up")
    project.write("t.csv", "\n".join(["image,label,split", *rows, ""]))
    run("add", "t.csv", "--media", "images", "-q")
    run("commit", "-m", "Labels", "-q")
    told = run("evaluate", "t", "--option", "epochs=2", "--no-log", "--json")
    assert told.json["score"]["warnings"]["missing_predictions"] == 2
    assert "2 samples without readable media" in told.err


def test_weights_take_the_place_of_training(pets: Project, run: Shell):
    import torch

    torch.save({"bias": torch.tensor([0.0, 5.0])}, pets.path / "weights.pt")
    model(
        pets,
        "class Net:\n"
        "    def __init__(self, **told): ...\n"
        "    def fit(self, samples): raise RuntimeError('not to be trained')\n"
        "    def load_state_dict(self, state): self.bias = state['bias']\n"
        "    def predict(self, samples):\n"
        "        return [self.bias.softmax(0) for s in samples]\n",
    )
    score = evaluate(run, "pets", "--model", "own_model:Net", "--weights", "weights.pt")
    assert (
        score["metrics"]["accuracy"] < 1 and score["params"]["evaluate"]["weights"] == "weights.pt"
    )


def test_real_probabilities_under_original_and_corrected_labels(project: Project, run: Shell):
    """Ten labels of MNIST's test set were corrected by vote; the model was right on all of them."""
    import numpy as np

    from tests.data import data

    home = data("cleanlab_label_errors")
    chances = np.load(home / "cross_validated_predicted_probabilities/mnist_test_set_pyx.npy")
    chances = chances / chances.sum(axis=1, keepdims=True)
    run("init", "-q", "--task", "image-classification", at=project.path)
    project.commit("Set up")
    accuracies = []
    for version in ("original", "corrected"):
        table = pl.read_csv(home / f"derived/mnist_{version}.csv", infer_schema=False)
        truth = table["label"].cast(pl.Int64).to_numpy()
        accuracies.append(float((chances.argmax(axis=1) == truth).mean()))
        project.write("mnist.csv", table.select("id", "label").write_csv())
        if version == "original":
            run("add", "mnist.csv", "--set", "id=id", "-q")
        run("commit", "-m", version, "-q")
    told = {"sample": table["id"], **{f"p:{digit}": chances[:, digit] for digit in range(10)}}
    pl.DataFrame(told).write_parquet(project.path / "said.parquet")
    scores = [evaluate(run, "mnist", "--predictions", "said.parquet", "--rev", rev)
              for rev in ("HEAD~1", "HEAD")]  # fmt: skip
    assert [one["metrics"]["accuracy"] for one in scores] == accuracies
    assert accuracies[1] > accuracies[0]
    (effect,) = run("scores", "HEAD~1", "HEAD", "--json").json["sets"]["mnist"]["models"]
    assert effect["difference"] == pytest.approx(accuracies[1] - accuracies[0])
    assert effect["interval"][0] > 0


def test_coco_results_are_scored_as_pycocotools_does(project: Project, run: Shell, capfd):
    """Real boxes, shifted: AP equal to pycocotools' on the same files."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    from tests.data import data

    source = next(data("coco_mini").rglob("*instances*.json"))
    content = json.loads(source.read_bytes())
    content["annotations"] = [one for one in content["annotations"] if not one["iscrowd"]]
    results = [
        {
            "image_id": one["image_id"],
            "category_id": one["category_id"],
            "bbox": [one["bbox"][0] + 3, *one["bbox"][1:]],
            "score": 0.1 + (at * 37 % 800) / 1000 + at / 1e6,
        }
        for at, one in enumerate(content["annotations"])
        if at % 5
    ]
    run("init", "-q", "--task", "object-detection", at=project.path)
    project.commit("Set up")
    project.write("boxes.json", content)
    project.write("results.json", results)
    run("add", "boxes.json", "--no-check", "-q")
    run("commit", "-m", "Boxes", "--no-check", "-q")
    metrics = evaluate(run, "boxes", "--predictions", "results.json")["metrics"]
    truth = COCO(str(project.path / "boxes.json"))
    judge = COCOeval(truth, truth.loadRes(str(project.path / "results.json")), "bbox")
    for step in (judge.evaluate, judge.accumulate, judge.summarize):
        step()
    capfd.readouterr()
    expected = judge.stats
    for name, place in (("AP", 0), ("AP50", 1), ("AP75", 2)):
        assert metrics[name] == pytest.approx(float(expected[place]), abs=1e-9)


def test_a_path_outside_is_no_place_for_a_model(pets: Project, run: Shell, tmp_path: Path):
    (tmp_path / "elsewhere.py").write_text("def predict(samples): return []\n")
    message = run.refused("evaluate", "pets", "--model", "../elsewhere:predict", "--no-log")
    assert "names no model" in message


def test_texts_without_spans_are_trained_on_too(project: Project, run: Shell):
    """That nothing is named in a text is something to learn."""
    run("init", "-q", "--task", "token-classification", at=project.path)
    project.commit("Set up")
    names = [{"text": f"Ada{at} sings", "entities": [[0, 3, "PER"]]} for at in range(15)]
    rows = [*names, *({"text": f"nobody {at}", "entities": []} for at in range(15))]
    project.write("t.jsonl", "".join(f"{json.dumps(row)}\n" for row in rows))
    run("add", "t.jsonl", "-q")
    run("commit", "-m", "Spans", "-q")
    model(
        project,
        "class Model:\n"
        "    def __init__(self, **told): ...\n"
        "    def fit(self, samples):\n"
        "        assert {bool(s.labels) for s in samples} == {True, False}\n"
        "    def predict(self, samples):\n"
        "        return [[(0, 3, 'PER')] if s.text.startswith('Ada') else [] for s in samples]\n",
    )
    score = evaluate(run, "t", "--model", "own_model:Model", "--seed", "1")
    assert score["metrics"]["f1_strict"] == 1


def test_other_media_under_the_same_labels_are_evaluated_anew(project: Project, run: Shell):
    run("init", "-q", "--task", "image-classification", at=project.path)
    project.write(".gitignore", "images/\n")
    for name, shade in (("a", 0), ("b", 255)):
        (project.path / "images").mkdir(exist_ok=True)
        Image.new("L", (4, 4), shade).save(project.path / f"images/{name}.png")
    model(
        project,
        "from PIL import Image\n"
        "def predict(samples):\n"
        "    tones = [Image.open(s.path).getpixel((0, 0)) for s in samples]\n"
        "    return ['light' if tone else 'dark' for tone in tones]\n",
    )
    project.write("t.csv", "image,label\na.png,dark\nb.png,light\n")
    run("add", "t.csv", "--media", "images", "-q")
    run("commit", "-m", "Labels", "-q")
    first = evaluate(run, "t", "--model", "own_model:predict")
    assert evaluate(run, "t", "--model", "own_model:predict") == first
    Image.new("L", (4, 4), 0).save(project.path / "images/b.png")
    second = evaluate(run, "t", "--model", "own_model:predict")
    assert (first["metrics"]["accuracy"], second["metrics"]["accuracy"]) == (1, 0.5)
