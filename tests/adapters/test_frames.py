"""Label sets as tables, arrays and scikit-learn's (X, y)."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from typing import Any

import numpy as np
import pytest
from scipy.sparse import issparse
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import MultinomialNB
from sklearn.tree import DecisionTreeClassifier

import labelvc.frames
from labelvc.core.errors import LabelvcError, NotFound
from labelvc.frames import load
from labelvc.repo.repository import Repository
from labelvc.stages.preparing import prepare_sets
from tests.adapters.torch_sets import cells, coco, commit_again, declare, png, wav
from tests.repo.conftest import project, surroundings
from tests.repo.project import Project

__all__ = ["project", "surroundings"]


def pets(project: Project) -> str:
    """Four images of two classes, black cats and white dogs, in an image folder."""
    for name, grey in (("cat/1", 10), ("cat/2", 20), ("dog/3", 230), ("dog/4", 240)):
        project.write(f"pets/{name}.png", png(grey, mode="L"))
    return declare(project, "pets", media="pets")


def reviews(project: Project, rows: str) -> str:
    project.write("labels/reviews.csv", f"id,text,label\n{rows}")
    return declare(project, "labels/reviews.csv", task="text-classification")


def test_tables_name_categories_and_say_which_labels_they_are_of(project: Project) -> None:
    commit = cells(project)
    found = load(project.path, "cells", rev="HEAD")
    tables = found.to_pandas()
    assert (found.commit, found.digest[:3]) == (commit, "v1:")
    assert list(tables) == ["labels", "samples", "categories"]
    assert tables["labels"]["category"].tolist() == ["RBC", "WBC", "RBC"]
    assert tables["labels"]["x"].tolist() == [1, 0, 0.5]
    assert not {"key", "record"} & set(tables["labels"].columns)
    assert tables["samples"]["sample"].tolist() == found.samples == ["a.png", "b.png", "c.png"]
    assert found.categories == tables["categories"]["name"].tolist() == ["RBC", "WBC"]


def test_an_older_revision_keeps_its_labels(project: Project) -> None:
    first = cells(project)
    project.write("labels/cells.json", coco({"a.png": [("WBC", (1, 1, 1, 1))]}))
    commit_again(project, "labels/cells.json")
    old, new = load(project.path, "cells", rev=first), load(project.path, "cells")
    assert (len(old), len(new)) == (3, 1)
    assert old.to_numpy()["boxes"].tolist()[1] == [0, 0, 8, 6]
    assert new.to_numpy()["boxes"].tolist() == [[1, 1, 2, 2]]
    assert new.changed_since(first) == [0]
    assert new.commit is None


def test_boxes_of_all_samples_lie_end_to_end(project: Project) -> None:
    cells(project)
    arrays = load(project.path, "cells").to_numpy()
    assert arrays["offsets"].tolist() == [0, 2, 2, 3]
    assert arrays["labels"].tolist() == [0, 1, 0]
    assert arrays["boxes"].dtype == np.float32
    assert arrays["iscrowd"].tolist() == [0, 0, 0]


def test_fractions_become_pixels_of_the_image(project: Project) -> None:
    for split, size in (("train", (10, 20)), ("val", (8, 6))):
        project.write(f"cells/images/{split}/a.png", png(1, size))
        project.write(f"cells/labels/{split}/a.txt", "1 0.5 0.5 0.2 0.1\n")
    project.write("cells/classes.txt", "RBC\nWBC\n")
    declare(project, "cells", format="yolo")
    train = load(project.path, "cells", split="train")
    assert train.to_numpy()["boxes"].tolist() == [[4, 9, 6, 11]]
    assert (len(train), len(train.snapshot.labels)) == (1, 1)
    assert len(load(project.path, "cells", split=["train", "val"])) == 2
    with pytest.raises(NotFound):
        load(project.path, "cells", split="test")


def test_images_become_rows_of_pixels_a_tree_learns(project: Project) -> None:
    pets(project)
    pixels, names = load(project.path, "pets", rev="HEAD").xy()
    assert (pixels.shape, pixels.dtype) == ((4, 8 * 6), np.uint8)
    assert names.tolist() == ["cat", "cat", "dog", "dog"]
    assert DecisionTreeClassifier().fit(pixels, names).score(pixels, names) == 1
    assert load(project.path, "pets").xy(names=False)[1].tolist() == [0, 0, 1, 1]


def test_images_of_several_sizes_ask_for_features(project: Project) -> None:
    pets(project)
    project.write("pets/dog/5.png", png(4, (3, 3), mode="L"))
    with pytest.raises(LabelvcError, match="8 x 6 pixels in 1 channel and, sample") as caught:
        load(project.path, "pets").xy()
    assert "`features`" in str(caught.value.hint)
    with closing(Repository.find(project.path)) as repo:
        prepare_sets(repo)
    pixels, names = load(project.path, "pets").xy(features=project.path / "prepared/pets")
    assert pixels.shape == (5, 32 * 32 * 3)
    assert names.tolist() == ["cat", "cat", "dog", "dog", "dog"]


def test_texts_come_as_a_list_and_as_counts_of_n_grams(project: Project) -> None:
    reviews(project, "1,good film,pos\n2,bad film,neg\n3,good good,pos\n")
    found = load(project.path, "reviews")
    assert found.xy()[0] == ["good film", "bad film", "good good"]
    with closing(Repository.find(project.path)) as repo:
        prepare_sets(repo)
    counts, names = found.xy(features=project.path / "prepared/reviews")
    assert issparse(counts)
    assert counts.shape == (3, 65_536)
    assert counts.max() == 2
    assert names.tolist() == ["pos", "neg", "pos"]
    assert MultinomialNB().fit(counts, names).predict(counts).tolist() == names.tolist()


def test_sounds_come_as_statistics_of_their_bands(project: Project) -> None:
    for at, name in enumerate(("no/a", "yes/b")):
        project.write(f"words/{name}.wav", wav(4000 + at, rate=16_000))
    declare(project, "words", media="words")
    with pytest.raises(LabelvcError, match="sounds"):
        load(project.path, "words").xy()
    with closing(Repository.find(project.path)) as repo:
        prepare_sets(repo)
    bands, names = load(project.path, "words").xy(features=project.path / "prepared/words")
    assert (bands.shape, bands.dtype) == ((2, 80), np.float32)
    assert names.tolist() == ["no", "yes"]
    assert LogisticRegression().fit(bands, names).predict(bands).shape == (2,)


def test_several_categories_make_an_indicator_matrix(project: Project) -> None:
    tags = {"a": ["x", "y"], "b": ["y"], "c": ["x"]}
    rows = [{"text": text, "cats": cats} for text, cats in tags.items()]
    project.write("labels/tags.jsonl", "".join(f"{json.dumps(row)}\n" for row in rows))
    settings = {"text": "text", "label": "cats"}
    declare(
        project, "labels/tags.jsonl", task="text-classification", format="table", settings=settings
    )
    texts, ones = load(project.path, "tags").xy()
    assert texts == ["a", "b", "c"]
    assert ones.tolist() == [[1, 1], [0, 1], [1, 0]]
    counts = np.array([[1.0, 1], [0, 1], [1, 0]])
    learnt = OneVsRestClassifier(DecisionTreeClassifier()).fit(counts, ones)
    assert learnt.predict(counts).tolist() == ones.tolist()


def test_samples_without_a_class_are_left_out_of_x_and_y(project: Project) -> None:
    reviews(project, "1,one,pos\n2,two,\n3,three,neg\n")
    found = load(project.path, "reviews")
    assert found.to_numpy()["label"].tolist() == [1, -1, 0]
    texts, names = found.xy()
    assert (texts, names.tolist()) == (["one", "three"], ["pos", "neg"])


@pytest.mark.parametrize("rows", [{}, {"a.png": [("RBC", (0, 0, 1, 1))]}])
def test_boxes_are_no_classes(project: Project, rows: Any) -> None:
    project.write("labels/cells.json", coco(rows or {"a.png": []}))
    declare(project, "labels/cells.json", media="images", task="object-detection")
    with pytest.raises(LabelvcError, match="no classes of samples"):
        load(project.path, "cells").xy()


def test_features_of_another_label_set_are_refused(project: Project) -> None:
    reviews(project, "1,good film,pos\n2,bad film,neg\n")
    project.write("labels/others.csv", "id,text,label\n8,a,pos\n9,b,neg\n")
    declare(project, "labels/others.csv", task="text-classification")
    with closing(Repository.find(project.path)) as repo:
        prepare_sets(repo)
    with pytest.raises(LabelvcError, match="of other samples"):
        load(project.path, "reviews").xy(features=project.path / "prepared/others")
    with pytest.raises(NotFound, match="no complete output"):
        load(project.path, "reviews").xy(features=project.path / "nowhere")


def test_opening_needs_no_framework() -> None:
    code = (
        "import sys, labelvc.frames\n"
        "heavy = {'torch', 'tensorflow', 'keras', 'datasets', 'sklearn', 'pandas', 'mlflow'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert labelvc.frames.__all__ == ["Labels", "load"]
