"""Label sets as `tf.data.Dataset`, and written as TFRecord files that TensorFlow parses."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from labelvc.core.errors import LabelvcError, LossError, NotFound
from labelvc.formats.reading import read
from labelvc.formats.source import disk_source
from tests.adapters.tensorflow_there import Lazy
from tests.adapters.torch_sets import CELLS, cells, coco, commit_again, declare, png, wav
from tests.repo.conftest import project, surroundings
from tests.repo.project import Project

__all__ = ["project", "surroundings"]

pytestmark = pytest.mark.tensorflow
tf = Lazy("tensorflow")
ours = Lazy("labelvc.tensorflow")


def plain(element: Any) -> Any:
    """An element with lists in place of tensors."""
    return tf.nest.map_structure(
        lambda one: one.numpy() if one.dtype == tf.string else one.numpy().tolist(), element
    )


def test_boxes_are_of_any_number_beside_the_image(project: Project) -> None:
    commit = cells(project)
    found = ours.dataset(project.path, "cells", rev="HEAD")
    image, target = found.element_spec
    assert image == tf.TensorSpec((None, None, 3), tf.uint8)
    assert (target["boxes"].shape.as_list(), target["boxes"].dtype) == ([None, 4], tf.float32)
    assert target["labels"].dtype == target["iscrowd"].dtype == tf.int64
    images, targets = zip(*found, strict=True)
    assert [one.shape.as_list() for one in images] == [[6, 8, 3]] * 3
    assert images[0][0, 0].numpy().tolist() == [0, 0, 255]
    assert plain(targets[0]) == {
        "boxes": [[1, 2, 4, 4], [0, 0, 8, 6]],
        "labels": [0, 1],
        "iscrowd": [0, 0],
    }
    assert plain(targets[1])["boxes"] == []
    assert (found.categories, found.commit) == (["RBC", "WBC"], commit)
    assert found.samples == ["a.png", "b.png", "c.png"]
    assert found.digest.startswith("v1:")


def test_batches_of_boxes_are_ragged(project: Project) -> None:
    cells(project)
    ((images, targets),) = ours.dataset(project.path, "cells").batch(3)
    assert images.shape == (3, 6, 8, 3)
    assert isinstance(targets["boxes"], tf.RaggedTensor)
    assert targets["labels"].to_list() == [[0, 1], [], [0]]


def test_an_older_revision_is_read_and_splits_are_chosen(project: Project) -> None:
    for split, size in (("train", (10, 20)), ("val", (8, 6))):
        project.write(f"cells/images/{split}/a.png", png(1, size))
        project.write(f"cells/labels/{split}/a.txt", "1 0.5 0.5 0.2 0.1\n")
    project.write("cells/classes.txt", "RBC\nWBC\n")
    first = declare(project, "cells", format="yolo")
    project.write("cells/labels/train/a.txt", "0 0.5 0.5 1 1\n")
    commit_again(project, "cells")
    ((image, old),) = ours.dataset(project.path, "cells", rev=first, split="train")
    ((_, new),) = ours.dataset(project.path, "cells", split="train")
    assert image.shape == (20, 10, 3)
    assert (plain(old)["boxes"], plain(old)["labels"]) == ([[4, 9, 6, 11]], [1])
    assert (plain(new)["boxes"], plain(new)["labels"]) == ([[0, 0, 10, 20]], [0])
    with pytest.raises(NotFound):
        ours.dataset(project.path, "cells", split="test")


def test_formats_that_tensorflow_cannot_read_are_decoded_outside(project: Project) -> None:
    for name in ("cat/a.png", "dog/b.png"):
        project.write(f"pets/{name}", png(70, mode="L"))
    tiff = project.path / "pets/dog/c.tif"
    Image.new("RGB", (4, 3), (1, 2, 3)).save(tiff)
    declare(project, "pets")
    found = ours.dataset(project.path, "pets")
    assert found.element_spec[0] == tf.TensorSpec((None, None, 3), tf.uint8)
    rows = [(image.numpy(), int(label)) for image, label in found]
    assert [(pixels.shape, label) for pixels, label in rows] == [
        ((6, 8, 3), 0),
        ((6, 8, 3), 1),
        ((3, 4, 3), 1),
    ]
    assert rows[0][0][0, 0].tolist() == [70, 70, 70]
    assert rows[2][0][0, 0].tolist() == [1, 2, 3]
    paths = [
        bytes(path.numpy()).decode() for path, _ in ours.dataset(project.path, "pets", media=False)
    ]
    assert paths[2] == str(tiff)


def test_a_missing_image_is_told_at_once(project: Project) -> None:
    cells(project)
    (project.path / "images/b.png").unlink()
    with pytest.raises(NotFound, match=r"sample 'b\.png'"):
        ours.dataset(project.path, "cells")
    assert len(list(ours.dataset(project.path, "cells", media=False))) == 3


def test_texts_spans_and_several_classes(project: Project) -> None:
    project.write("labels/texts.csv", "text,label\none,x\ntwo,\n")
    declare(project, "labels/texts.csv", task="text-classification")
    assert plain(list(ours.dataset(project.path, "texts"))) == [(b"one", 0), (b"two", -1)]
    project.write("labels/names.jsonl", '{"text": "Zoë went", "label": [[0, 3, "PER"]]}\n')
    declare(project, "labels/names.jsonl", format="spans")
    ((text, spans),) = plain(list(ours.dataset(project.path, "names")))
    assert (text.decode(), spans) == ("Zoë went", {"spans": [[0, 3]], "labels": [0]})
    rows = [{"text": "a", "cats": ["x", "y"]}, {"text": "b", "cats": ["y"]}]
    project.write("labels/tags.jsonl", "".join(f"{json.dumps(row)}\n" for row in rows))
    settings = {"text": "text", "label": "cats"}
    declare(
        project, "labels/tags.jsonl", task="text-classification", format="table", settings=settings
    )
    assert plain(list(ours.dataset(project.path, "tags"))) == [(b"a", [1, 1]), (b"b", [0, 1])]


def test_sounds_have_a_rate_and_a_transcript(project: Project) -> None:
    rows = [
        {"audio_filepath": "a.wav", "offset": 0.5, "duration": 0.25, "text": "yes"},
        {"audio_filepath": "a.wav", "offset": 0.0, "duration": 0.5},
    ]
    project.write("audio/a.wav", wav(8000))
    project.write("labels/speech.jsonl", "".join(f"{json.dumps(row)}\n" for row in rows))
    declare(project, "labels/speech.jsonl", media="audio", format="nemo")
    found = ours.dataset(project.path, "speech")
    (one, target), (two, none) = found
    assert (one.shape, two.shape) == ((2000, 1), (4000, 1))
    assert plain(target) == {"text": b"yes", "rate": 8000}
    assert plain(none)["text"] == b""
    assert found.element_spec[1]["rate"] == tf.TensorSpec((), tf.int64)


def features() -> dict[str, Any]:
    """What records are parsed into."""
    return {
        "image/height": tf.io.FixedLenFeature([], tf.int64),
        "image/width": tf.io.FixedLenFeature([], tf.int64),
        "image/filename": tf.io.FixedLenFeature([], tf.string),
        "image/encoded": tf.io.FixedLenFeature([], tf.string),
        "image/format": tf.io.FixedLenFeature([], tf.string),
        **{
            f"image/object/bbox/{side}": tf.io.VarLenFeature(tf.float32)
            for side in ("xmin", "xmax", "ymin", "ymax")
        },
        "image/object/class/text": tf.io.VarLenFeature(tf.string),
        "image/object/class/label": tf.io.VarLenFeature(tf.int64),
        "image/object/is_crowd": tf.io.VarLenFeature(tf.int64),
    }


def parsed(*paths: Path) -> list[dict[str, Any]]:
    """Records as TensorFlow parses them."""
    records = tf.data.TFRecordDataset([str(path) for path in paths])
    rows = [tf.io.parse_single_example(record, features()) for record in records]
    return [
        {
            name: tf.sparse.to_dense(one).numpy()
            if isinstance(one, tf.SparseTensor)
            else one.numpy()
            for name, one in row.items()
        }
        for row in rows
    ]


def test_records_are_what_tensorflow_parses(project: Project) -> None:
    cells(project)
    written = ours.write_tfrecords(project.path, "cells", project.path / "out/train.tfrecord")
    assert [path.name for path in written] == ["train.tfrecord", "label_map.pbtxt"]
    assert sorted(path.name for path in (project.path / "out").iterdir()) == [
        "label_map.pbtxt",
        "train.tfrecord",
    ]
    first, second, _ = parsed(written[0])
    assert (first["image/width"], first["image/height"]) == (8, 6)
    assert first["image/encoded"] == (project.path / "images/a.png").read_bytes()
    assert (first["image/filename"], first["image/format"]) == (b"a.png", b"png")
    assert first["image/object/bbox/xmin"].tolist() == [1 / 8, 0]
    assert first["image/object/bbox/ymax"] == pytest.approx([4 / 6, 1])
    assert first["image/object/class/text"].tolist() == [b"RBC", b"WBC"]
    assert first["image/object/class/label"].tolist() == [7, 8]
    assert second["image/object/bbox/xmin"].tolist() == []
    assert written[1].read_text() == (
        'item {\n  id: 7\n  name: "RBC"\n}\n\nitem {\n  id: 8\n  name: "WBC"\n}\n'
    )


def test_records_are_read_back_as_the_same_labels(project: Project) -> None:
    cells(project)
    ours.write_tfrecords(project.path, "cells", project.path / "out/train.tfrecord", shards=2)
    found, *_ = read(disk_source(project.path / "out"), None, {})
    assert found.format == "tfrecord"
    boxes = {
        (row["sample"], row["category"]): (row["x"] * 8, row["y"] * 6)
        for row in found.labels.iter_rows(named=True)
    }
    assert boxes == {
        ("a.png", "RBC"): pytest.approx((1, 2)),
        ("a.png", "WBC"): (0, 0),
        ("c.png", "RBC"): pytest.approx((0.5, 1.25)),
    }
    assert found.categories.select("name", "id").rows() == [("RBC", "7"), ("WBC", "8")]
    digest = dict(found.samples.select("sample", "digest").iter_rows())["a.png"]
    content = (project.path / "images/a.png").read_bytes()
    assert digest == hashlib.md5(content, usedforsecurity=False).hexdigest()


def test_shards_share_the_samples_and_a_revision_is_pinned(project: Project) -> None:
    first = cells(project)
    project.write("labels/cells.json", coco({"a.png": []}))
    commit_again(project, "labels/cells.json")
    out = project.path / "out" / "cells.tfrecord"
    *shards, _ = ours.write_tfrecords(project.path, "cells", out, rev=first, shards=2)
    assert [path.name for path in shards] == [
        "cells.tfrecord-00000-of-00002",
        "cells.tfrecord-00001-of-00002",
    ]
    assert [row["image/filename"] for row in parsed(*shards)] == [b"a.png", b"c.png", b"b.png"]


def test_nothing_is_written_where_something_is_wrong(project: Project) -> None:
    cells(project)
    out = project.path / "out"
    (project.path / "images/c.png").unlink()
    with pytest.raises(NotFound, match=r"c\.png"):
        ours.write_tfrecords(project.path, "cells", out / "a.tfrecord")
    assert list(out.iterdir()) == []
    project.write("images/c.png", png(3))
    nameless = json.loads(json.dumps(CELLS))
    del nameless["annotations"][0]["category_id"]
    project.write("labels/cells.json", nameless)
    with pytest.raises((LossError, LabelvcError)):
        ours.write_tfrecords(project.path, "cells", out / "a.tfrecord")
    with pytest.raises(LabelvcError, match="shards"):
        ours.write_tfrecords(project.path, "cells", out / "a.tfrecord", rev="HEAD", shards=0)
    assert list(out.iterdir()) == []


def test_a_label_map_of_other_categories_is_kept(project: Project) -> None:
    cells(project)
    out = project.path / "out" / "a.tfrecord"
    ours.write_tfrecords(project.path, "cells", out)
    before = out.read_bytes()
    project.write("labels/cells.json", coco({"a.png": [("other", (0, 0, 1, 1))]}))
    with pytest.raises(LabelvcError, match="with other categories"):
        ours.write_tfrecords(project.path, "cells", out)
    assert out.read_bytes() == before
    project.write("labels/texts.csv", "text,label\none,x\n")
    declare(project, "labels/texts.csv", task="text-classification")
    with pytest.raises(LabelvcError, match="no boxes"):
        ours.write_tfrecords(project.path, "texts", out)


def test_without_the_package_one_line_says_so() -> None:
    code = "import sys; sys.modules['tensorflow'] = None; import labelvc.tensorflow"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == (
        "ImportError: labelvc.tensorflow needs TensorFlow, which is not installed: "
        "pip install 'labelvc[tensorflow]'"
    )
    assert ours.__all__ == sorted(ours.__all__)
