"""Conversions one can count by hand, real label sets, and what other tools read of the result."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from labelvc.core.convert_align import aligned
from labelvc.core.convert_compare import found_losses
from labelvc.core.errors import LossError
from labelvc.core.losses import refused
from labelvc.core.match import match
from labelvc.core.snapshot import (
    BOX,
    Snapshot,
    attributes_json,
    canonical_json,
    categories_frame,
    labels_frame,
    samples_frame,
)
from labelvc.formats import registry
from labelvc.formats.converting import Converted, convert
from labelvc.formats.converting_target import Target
from labelvc.formats.reading import read
from labelvc.formats.source import disk_source
from tests.data import ROOT, data
from tests.formats.test_registry import install


def to(snapshot: Snapshot, name: str, sizes: Any = None, **settings: str) -> Converted:
    return convert(snapshot, Target(registry.FORMATS[name], settings), sizes)


def of(path: str, name: str) -> Snapshot:
    return read(disk_source(data(path)), name, {})[0]


def told(losses: Any) -> dict[str, int]:
    return {f"{loss.what}: {loss.done}": loss.count for loss in losses}


def scene(kind: str = "box", unit: str = "pixel", **columns: Any) -> Snapshot:
    """One label of an image of 640 by 480 pixels."""
    given = {"x": [64.0], "y": [48.0], "width": [160.0], "height": [96.0]} if kind == "box" else {}
    labels = labels_frame(
        **{"sample": ["a.jpg"], "kind": [kind], "category": ["cat"], "unit": [unit], **given},
        **columns,
    )
    samples = samples_frame(sample=["a.jpg"], path=["a.jpg"], width=[640.0], height=[480.0])
    return Snapshot(labels, samples, categories_frame(["cat"]))


def polygon(*rings: list[float]) -> list[str]:
    return [canonical_json({"polygon": list(rings)})]


# Units and shapes


def test_pixels_become_fractions_of_the_image() -> None:
    done = to(scene(), "yolo")
    assert done.written.files["labels/a.txt"] == b"0 0.225000 0.200000 0.250000 0.200000\n"
    assert refused(done.losses) == []


def test_fractions_become_pixels_by_the_sizes_given() -> None:
    snapshot = scene(unit="fraction").with_labels(
        scene(unit="fraction").labels.with_columns(
            x=pl.lit(0.1), y=pl.lit(0.1), width=pl.lit(0.25), height=pl.lit(0.2)
        )
    )
    sizeless = samples_frame(sample=["a.jpg"], path=["a.jpg"])
    snapshot = Snapshot(snapshot.labels, sizeless, snapshot.categories)
    with pytest.raises(LossError, match="the size of the image is not known"):
        to(snapshot, "coco")
    done = to(snapshot, "coco", {"a.jpg": (640.0, 480.0)})
    assert json.loads(done.written.files["annotations.json"])["annotations"][0]["bbox"] == [
        64, 48, 160, 96,
    ]  # fmt: skip


def test_a_rotated_box_becomes_the_polygon_of_its_corners_where_rotation_has_no_place() -> None:
    turned = scene(attributes=[attributes_json({"rotation": 90})])
    done = to(turned, "yolo", task="segment")
    row = done.written.snapshot.labels.row(0, named=True)
    points = json.loads(row["geometry"])["polygon"][0]
    # the centre is (144, 96); turned by 90 degrees, half of 160 is up and down
    corners = {(points[at], points[at + 1]) for at in range(0, 8, 2)}
    expected = {(x / 640, y / 480) for x in (96, 192) for y in (16, 176)}
    assert sorted(corners) == [pytest.approx(one, abs=1e-6) for one in sorted(expected)]
    assert "rotation: made a polygon" in told(done.losses)


def test_a_rotated_box_stays_one_where_labels_have_attributes() -> None:
    done = to(scene(attributes=[attributes_json({"rotation": 30})]), "coco")
    attributes = json.loads(done.written.snapshot.labels["attributes"][0])
    assert attributes == {"area": 160 * 96, "rotation": 30}
    assert refused(done.losses) == []


def test_an_ellipse_becomes_a_polygon_of_nearly_its_area() -> None:
    ellipse = canonical_json({"ellipse": [100.0, 100.0, 40.0, 20.0, 0.0]})
    done = to(scene("ellipse", geometry=[ellipse]), "coco")
    ring = json.loads(done.written.snapshot.labels["geometry"][0])["polygon"][0]
    points = list(zip(ring[0::2], ring[1::2], strict=True))
    following = points[1:] + points[:1]
    twice = sum(x * v - u * y for (x, y), (u, v) in zip(points, following, strict=True))
    assert abs(twice) / 2 == pytest.approx(3.14159 * 40 * 20, rel=0.005)


def test_an_outline_becomes_its_outer_box_where_there_are_boxes_only() -> None:
    done = to(scene("polygon", geometry=polygon([10, 20, 50, 20, 30, 80])), "voc")
    assert done.written.snapshot.labels.select(BOX).row(0) == (10, 20, 40, 60)
    assert told(refused(done.losses)) == {"kind polygon: turned into its outer box": 1}


def test_several_outlines_become_labels_of_their_own_where_a_label_has_one() -> None:
    outline = polygon([10, 20, 50, 20, 30, 80], [60, 20, 90, 20, 70, 80])
    done = to(scene("polygon", geometry=outline), "yolo", task="segment")
    assert done.written.snapshot.labels.height == 2
    assert told(refused(done.losses)) == {
        "several outlines of a label: made a label for each part": 1
    }


def test_a_mask_becomes_the_box_of_its_pixels() -> None:
    # 4 high, 3 wide; ones in rows 2 and 3 of the first column and all of the second
    mask = canonical_json({"mask": {"size": [4, 3], "counts": [2, 6, 4]}})
    done = to(scene("mask", geometry=[mask]), "voc")
    assert done.written.snapshot.labels.select(BOX).row(0) == (0, 0, 2, 4)


def test_what_says_that_something_is_absent_is_no_label_elsewhere() -> None:
    done = to(
        Snapshot(
            labels_frame(
                sample=["a.jpg"] * 2, kind=["class"] * 2, category=["cat", "dog"],
                verdict=["present", "absent"],
            ),
            samples_frame(sample=["a.jpg"]),
            categories_frame(["cat", "dog"]),
        ),
        "coco",
    )  # fmt: skip
    assert done.written.snapshot.labels["category"].to_list() == ["cat"]
    assert told(refused(done.losses)) == {"verdict absent: dropped": 1}


def test_several_transcripts_of_a_sample_are_told_one_by_one() -> None:
    texts = Snapshot(
        labels_frame(sample=["a.wav"] * 2 + ["b.wav"], kind=["text"] * 3, text=["x", "y", "z"]),
        samples_frame(sample=["a.wav", "b.wav"], path=["a.wav", "b.wav"]),
    )
    done = to(texts, "nemo")
    assert done.written.snapshot.labels["text"].to_list() == ["x", "z"]
    (loss,) = refused(done.losses)
    assert (loss.what, loss.done, loss.count, loss.example) == ("text label", "dropped", 1, "a.wav")
    assert loss.reason == "sample 'a.wav': a manifest holds one transcript a sample"


def test_one_sample_that_cannot_be_written_does_not_take_the_others_with_it() -> None:
    names = [f"{number}.jpg" for number in range(40)]
    names[7] = "../7.jpg"
    snapshot = Snapshot(
        labels_frame(
            sample=names, kind=["box"] * 40, category=["cat"] * 40, unit=["pixel"] * 40,
            **{side: [8.0] * 40 for side in BOX},
        ),
        samples_frame(sample=names, width=[64.0] * 40, height=[64.0] * 40),
        categories_frame(["cat"]),
    )  # fmt: skip
    done = to(snapshot, "yolo")
    assert done.written.snapshot.samples.height >= 39
    assert not any(path.startswith("..") or "/../" in path for path in done.written.files)


def test_a_format_that_holds_none_of_it_refuses() -> None:
    with pytest.raises(LossError, match=r"nemo can hold none of these labels: kind box \(1\)"):
        to(scene(), "nemo")


# Texts


def spans(text: str, *bounds: tuple[int, int], unit: str = "character") -> Snapshot:
    count = len(bounds)
    labels = labels_frame(
        sample=["s"] * count, kind=["span"] * count, category=["PER"] * count, unit=[unit] * count,
        start=[float(start) for start, _ in bounds], end=[float(end) for _, end in bounds],
    )  # fmt: skip
    return Snapshot(labels, samples_frame(sample=["s"], text=[text]), categories_frame(["PER"]))


def test_characters_become_tokens_where_words_begin_and_end() -> None:
    done = to(spans("Ann met Bo in Graz", (0, 3), (8, 10)), "conll")
    assert done.written.snapshot.labels.select("start", "end").rows() == [(0, 1), (2, 3)]
    assert b"Ann B-PER" in done.written.files["labels.conll"].replace(b"\t", b" ")


def test_a_span_inside_a_word_has_no_tokens() -> None:
    done = to(spans("Annie met Bo", (0, 3), (10, 12)), "conll")
    assert done.written.snapshot.labels.select("start", "end").rows() == [(2, 3)]
    losses = {loss.what: loss for loss in refused(done.losses)}
    assert losses["unit character"].reason == "its bounds are not between words of the text"


def test_white_space_that_tokens_do_not_keep_is_told() -> None:
    done = to(spans("Ann  met\tBo", (0, 3), (9, 11)), "conll")
    assert done.written.snapshot.samples["text"].to_list() == ["Ann met Bo"]
    assert done.written.snapshot.labels.select("start", "end").rows() == [(0, 1), (2, 3)]
    assert "white space of the text: changed" in told(refused(done.losses))


def test_tokens_become_characters_and_tokens_again() -> None:
    conll = to(spans("Ann met Bo in Graz", (0, 1), (2, 3), unit="token"), "conll").written.snapshot
    there = to(conll, "spans")
    assert refused(there.losses) == []
    assert there.written.snapshot.labels.select("start", "end").rows() == [(0, 3), (8, 10)]
    back = to(there.written.snapshot, "conll")
    assert refused(back.losses) == []
    assert back.written.snapshot == conll


def test_a_manifest_becomes_a_table_of_transcripts_and_a_manifest_again() -> None:
    manifest = Snapshot(
        labels_frame(sample=["a.wav", "b.wav"], kind=["text"] * 2, text=["hello there", "so"]),
        samples_frame(sample=["a.wav", "b.wav"], path=["a.wav", "b.wav"]),
    )
    table = to(manifest, "table")
    assert refused(table.losses) == []
    assert table.written.files["labels.csv"].splitlines()[1] == b"a.wav,a.wav,hello there"
    back = to(table.written.snapshot, "nemo")
    assert refused(back.losses) == []
    assert back.written.snapshot == to(manifest, "nemo").written.snapshot


# Real label sets


def test_objects_get_the_area_that_evaluation_asks_for() -> None:
    ring = [10.0, 20.0, 50.0, 20.0, 30.0, 80.0]
    mask = {"size": [4, 3], "counts": [2, 6, 4]}
    shapes = {
        "box": scene(),
        "polygon": scene("polygon", geometry=polygon(ring, [0.0, 0, 4, 0, 4, 4, 0, 4])),
        "mask": scene("mask", geometry=[canonical_json({"mask": mask})]),
    }
    areas = {}
    for kind, snapshot in shapes.items():
        files = to(snapshot, "coco").written.files
        (annotation,) = json.loads(files["annotations.json"])["annotations"]
        areas[kind] = annotation["area"]
    assert areas == {"box": 160 * 96, "polygon": 40 * 60 / 2 + 16, "mask": 6}


def test_an_area_that_is_there_stays() -> None:
    given = scene(attributes=[attributes_json({"area": 7})])
    (annotation,) = json.loads(to(given, "coco").written.files["annotations.json"])["annotations"]
    assert annotation["area"] == 7


def same_boxes(one: Snapshot, two: Snapshot, within: float = 1e-3) -> None:
    assert one.labels.height == two.labels.height
    matched = match(one, two, ids="untrusted").after.labels.sort("key")
    sides = [table.select("category", *BOX) for table in (one.labels.sort("key"), matched)]
    assert sides[0]["category"].to_list() == sides[1]["category"].to_list()
    for side in BOX:
        assert (sides[0][side] - sides[1][side]).abs().max() <= within


def test_blood_cells_from_voc_are_read_by_pycocotools(tmp_path: Path) -> None:
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    cells = of("bccd/BCCD", "voc")
    done = to(cells, "coco")
    assert told(refused(done.losses)) == {"column split: dropped": 364}
    (tmp_path / "cells.json").write_bytes(done.written.files["annotations.json"])
    theirs = COCO(str(tmp_path / "cells.json"))
    assert len(theirs.anns) == 4888
    evaluated = COCOeval(theirs, theirs.loadRes(perfect(theirs)), "bbox")
    evaluated.evaluate()
    evaluated.accumulate()
    evaluated.summarize()
    assert evaluated.stats[0] == pytest.approx(1.0, abs=0.01)
    names = {number: category["name"] for number, category in theirs.cats.items()}
    images = {number: image["file_name"] for number, image in theirs.imgs.items()}
    found = sorted(
        (images[one["image_id"]], names[one["category_id"]], *one["bbox"])
        for one in theirs.anns.values()
    )
    paths = dict(cells.samples.select("sample", "path").iter_rows())
    rows = cells.labels.select("sample", "category", *BOX).iter_rows()
    assert found == sorted((paths[sample], *rest) for sample, *rest in rows)


def perfect(theirs: Any) -> list[dict[str, Any]]:
    keys = ("image_id", "category_id", "bbox")
    return [{**{key: one[key] for key in keys}, "score": 1.0} for one in theirs.anns.values()]


def test_blood_cells_come_back_from_coco_as_they_went() -> None:
    cells = of("bccd/BCCD", "voc")
    there = to(cells, "coco").written.snapshot
    back = to(there, "voc")
    assert {loss.what for loss in refused(back.losses)} <= {"attribute size"}
    same_boxes(cells, back.written.snapshot)


def test_blood_cells_come_back_from_yolo_to_a_thousandth_of_a_pixel() -> None:
    coco = to(of("bccd/BCCD", "voc"), "coco").written.snapshot
    yolo = to(coco, "yolo").written.snapshot
    sizes = {
        sample.removesuffix(".jpg"): (width, height)
        for sample, width, height in coco.samples.select("sample", "width", "height").iter_rows()
    }
    back = to(yolo, "coco", sizes)
    assert refused(back.losses) == []
    again, _ = aligned(coco, back.written.snapshot)
    lost = {loss.what for loss in refused(found_losses(coco, again))}
    assert not {what for what in lost if not what.startswith("attribute")}


def test_outlines_of_coco_become_segments_of_yolo() -> None:
    coco = of("coco_mini/annotations/instances_val2017.json", "coco")
    done = to(coco, "yolo")
    kinds = done.written.snapshot.labels["kind"].value_counts().sort("kind").rows()
    parts = sum(
        len(json.loads(geometry)["polygon"])
        for geometry in coco.labels.filter(pl.col("kind") == "polygon")["geometry"]
    )
    assert kinds == [("box", 5), ("polygon", parts)]
    assert {"several outlines of a label: made a label for each part": 38}.items() <= told(
        refused(done.losses)
    ).items()


def test_intents_become_json_lines() -> None:
    intents = of("banking77/banking_data/test.csv", "table")
    target = Target(registry.FORMATS["table"], {}, "intents.jsonl")
    done = convert(intents, target)
    assert done.losses == []
    lines = [json.loads(line) for line in done.written.files["labels.jsonl"].splitlines()]
    assert len(lines) == 3080
    assert lines[0] == {"text": "How do I locate my card?", "label": "card_arrival"}


@pytest.mark.parametrize(("name", "theirs"), [("coco", "coco"), ("voc", "voc"), ("yolo", "yolo")])
def test_datumaro_reads_the_same_boxes(name: str, theirs: str, tmp_path: Path) -> None:
    from datumaro.components.annotation import Bbox
    from datumaro.components.dataset import Dataset
    from PIL import Image

    cells = of("bccd/BCCD", "voc")
    cells = cells.of_samples(cells.samples["sample"].head(12))
    unsplit = cells.samples.with_columns(pl.lit(None, pl.String).alias("split"))
    cells = Snapshot(cells.labels, unsplit, cells.categories)
    done = to(cells, name)
    laid = LAYOUTS[name](done.written.files)
    for path, content in laid.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    (tmp_path / "images").mkdir(exist_ok=True)
    for sample in cells.samples["sample"] if name == "yolo" else ():
        (tmp_path / "obj_train_data").mkdir(exist_ok=True)
        Image.new("L", (640, 480)).save(tmp_path / "obj_train_data" / f"{sample}.jpg")
    dataset = Dataset.import_from(str(tmp_path), theirs)
    labels = dataset.categories()[next(iter(dataset.categories()))]
    found = sorted(
        (item.id.rsplit("/", 1)[-1], labels[one.label].name, *(round(v, 1) for v in one.get_bbox()))
        for item in dataset
        for one in item.annotations
        if isinstance(one, Bbox)
    )
    rows = cells.labels.select("sample", "category", *BOX).iter_rows()
    assert found == sorted((sample, name, *box) for sample, name, *box in rows)


def as_coco(files: Any) -> dict[str, bytes]:
    return {"annotations/instances_train.json": files["annotations.json"]}


def as_voc(files: Any) -> dict[str, bytes]:
    stems = sorted(Path(path).stem for path in files)
    listed = "".join(f"{stem}\n" for stem in stems).encode()
    names = b"RBC:::\nWBC:::\nPlatelets:::\n"
    return {**files, "ImageSets/Main/train.txt": listed, "labelmap.txt": names}


def as_yolo(files: Any) -> dict[str, bytes]:
    """Darknet's layout, which is what datumaro calls YOLO: lists and names beside the lines."""
    lines = {f"obj_train_data/{Path(p).name}": c for p, c in files.items() if p.endswith(".txt")}
    names = [line.split(b": ")[1] for line in files["data.yaml"].splitlines() if line[:1] == b" "]
    listed = "".join(f"data/{path.replace('.txt', '.jpg')}\n" for path in sorted(lines)).encode()
    config = b"classes = 3\ntrain = data/train.txt\nnames = data/obj.names\nbackup = backup/\n"
    return {
        **lines,
        "obj.names": b"\n".join(names) + b"\n",
        "obj.data": config,
        "train.txt": listed,
    }


LAYOUTS = {"coco": as_coco, "voc": as_voc, "yolo": as_yolo}


# A stranger's format


def test_a_format_of_another_package_is_converted_from_and_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (ROOT / "docs" / "writing-a-format.md").read_text(encoding="utf-8")
    ((module),) = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    install(tmp_path, "pairs", module, monkeypatch)
    pairs = registry.by_name("pairs")
    classes = Snapshot(
        labels_frame(
            sample=["a.wav", "b.wav"], kind=["class"] * 2, category=["dog", "cat"],
            confidence=[0.5, None],
        ),
        samples_frame(sample=["a.wav", "b.wav"]),
        categories_frame(["cat", "dog"]),
    )  # fmt: skip
    there = convert(classes, Target(pairs, {}, "clips.pairs"))
    assert list(there.written.files.values()) == [b"a.wav = dog\nb.wav = cat\n"]
    assert told(refused(there.losses)) == {"column confidence: dropped": 1}
    back = to(there.written.snapshot, "table")
    assert refused(back.losses) == []
    assert back.written.files["labels.csv"] == b"id,label\na.wav,dog\nb.wav,cat\n"


def test_a_format_that_carries_less_than_it_says_loses_nothing_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (ROOT / "docs" / "writing-a-format.md").read_text(encoding="utf-8")
    ((module),) = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    boast = 'kinds=frozenset({"class"}), labels=frozenset({"confidence"})'
    boasting = module.replace('kinds=frozenset({"class"})', boast)
    assert boasting != module
    install(tmp_path, "pairs", boasting, monkeypatch)
    snapshot = Snapshot(
        labels_frame(sample=["a"], kind=["class"], category=["dog"], confidence=[0.5]),
        samples_frame(sample=["a"]),
        categories_frame(["dog"]),
    )
    done = convert(snapshot, Target(registry.by_name("pairs"), {}, "clips.pairs"))
    assert told(refused(done.losses)) == {"column confidence: dropped": 1}
