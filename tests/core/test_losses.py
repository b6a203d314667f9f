"""What a target cannot hold: losses as values, and the tables without it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco_mask

from labelvc.core.convert_align import aligned
from labelvc.core.convert_columns import without_columns, without_taxonomy
from labelvc.core.convert_compare import found_losses
from labelvc.core.convert_shapes import in_kinds
from labelvc.core.convert_units import in_units
from labelvc.core.losses import Loss, refused, together
from labelvc.core.outer_box import outer_box
from labelvc.core.snapshot import (
    BOX,
    KINDS,
    LABELS,
    SAMPLES,
    Snapshot,
    attributes_json,
    canonical_json,
    categories_frame,
    labels_frame,
    samples_frame,
)
from tests.core.strategies import snapshots

EVERYTHING = {"labels": set(LABELS), "samples": set(SAMPLES)}


def told(losses: list[Loss]) -> dict[str, int]:
    return {f"{loss.what}: {loss.done}": loss.count for loss in together(losses)}


def boxes(unit: str, **columns: Any) -> Snapshot:
    labels = labels_frame(
        sample=["a", "b"], kind=["box"] * 2, unit=[unit] * 2,
        **{"x": [1.0, 2.0], "y": [3.0, 4.0], "width": [5.0, 6.0], "height": [7.0, 8.0], **columns},
    )  # fmt: skip
    return Snapshot(
        labels, samples_frame(sample=["a", "b"], width=[200.0, None], height=[100.0] * 2)
    )


# Columns


def test_losses_of_one_sort_count_together_and_those_refused_stand_first() -> None:
    one = Loss("attribute x", "dropped", 1, "a")
    told_only = Loss("native ids", "dropped", 3, "a", refused=False)
    found = together([told_only, one, Loss("attribute x", "dropped", 2, "b")])
    assert found == [Loss("attribute x", "dropped", 3, "a"), told_only]
    assert refused(found) == found[:1]


def test_each_attribute_is_a_loss_of_its_own() -> None:
    attributes = [attributes_json({"x": 1, "area": 2}), attributes_json({"x": 2})]
    kept, losses = without_columns(
        boxes("pixel", attributes=attributes), labels=set(LABELS) - {"attributes"}, samples=SAMPLES
    )
    assert kept.labels["attributes"].null_count() == 2
    assert told(losses) == {"attribute x: dropped": 2, "attribute area: dropped": 1}
    assert [loss.what for loss in refused(losses)] == ["attribute x"]


def test_facts_of_the_media_are_told_and_not_refused() -> None:
    samples = samples_frame(
        sample=["a"],
        width=[1.0],
        height=[1.0],
        duration=[2.0],
        digest=["d"],
        text=["t"],
        split=["s"],
    )
    _, losses = without_columns(Snapshot(samples=samples), labels=LABELS, samples=())
    assert [loss.what for loss in losses if not loss.refused] == [
        "column width", "column height", "column duration", "column digest",
    ]  # fmt: skip
    assert [loss.what for loss in refused(losses)] == ["column split", "column text"]


def test_a_path_that_the_name_tells_is_no_loss() -> None:
    samples = samples_frame(sample=["a", "b"], path=["img/a.jpg", "img/other.jpg"])
    _, losses = without_columns(Snapshot(samples=samples), labels=LABELS, samples=())
    assert [(loss.what, loss.count, loss.example) for loss in losses] == [("column path", 1, "b")]


def test_only_categories_in_use_are_left_without_a_taxonomy() -> None:
    labels = labels_frame(sample=["a"], kind=["class"], category=["cat"])
    categories = categories_frame(["cat", "dog"], parent=["animal", None], id=["1", "2"])
    kept, losses = without_taxonomy(Snapshot(labels, samples_frame(sample=["a"]), categories))
    assert kept.categories["name"].to_list() == ["cat"]
    assert told(losses) == {
        "unused categories: dropped": 1,
        "parent of categories: dropped": 1,
        "native ids of categories: dropped": 1,
    }


@settings(deadline=None)
@given(snapshots())
def test_a_target_that_holds_everything_loses_nothing(snapshot: Snapshot) -> None:
    kept, losses = without_columns(snapshot, labels=LABELS, samples=SAMPLES)
    assert kept == snapshot and losses == []
    assert found_losses(snapshot, snapshot) == []
    shaped, losses = in_kinds(snapshot, KINDS, attributes=True)
    assert shaped == snapshot and losses == []


# Units


def test_labels_of_images_without_a_size_have_no_fractions() -> None:
    found, losses = in_units(boxes("pixel"), {"fraction"})
    assert found.labels.select("sample", *BOX).rows() == [("a", 0.005, 0.03, 0.025, 0.07)]
    assert told(losses) == {"unit pixel: dropped": 1, "unit pixel: turned into fraction": 1}


def test_percent_and_fractions_need_no_size() -> None:
    found, losses = in_units(boxes("percent"), {"fraction"})
    assert found.labels["x"].to_list() == [0.01, 0.02] and refused(losses) == []


@settings(deadline=None)
@given(
    st.lists(st.floats(0, 4000), min_size=4, max_size=4),
    st.tuples(st.integers(1, 8000), st.integers(1, 8000)),
    st.sampled_from(["fraction", "percent"]),
)
def test_pixels_come_back_from_other_units(
    box: list[float], size: tuple[int, int], unit: str
) -> None:
    labels = labels_frame(
        sample=["a"], kind=["box"], unit=["pixel"],
        **{side: [value] for side, value in zip(BOX, box, strict=True)},
    )  # fmt: skip
    samples = samples_frame(sample=["a"], width=[float(size[0])], height=[float(size[1])])
    there, _ = in_units(Snapshot(labels, samples), {unit})
    back, _ = in_units(there, {"pixel"})
    assert back.labels.select(BOX).row(0) == pytest.approx(tuple(box), abs=1e-5)


def test_every_shape_is_scaled_by_its_side() -> None:
    shapes = {
        "polygon": [[20.0, 10.0, 40.0, 10.0, 20.0, 30.0]],
        "keypoints": [[20.0, 10.0, 2]],
        "polyline": [[20.0, 10.0, 40.0, 30.0]],
        "cuboid": [20.0, 10.0] * 8,
        "ellipse": [20.0, 10.0, 40.0, 30.0, 15.0],
    }
    labels = labels_frame(
        sample=["a"] * 5, kind=list(shapes), unit=["pixel"] * 5,
        geometry=[canonical_json({kind: shape}) for kind, shape in shapes.items()],
    )  # fmt: skip
    samples = samples_frame(sample=["a"], width=[200.0], height=[100.0])
    found, _ = in_units(Snapshot(labels, samples), {"fraction"})
    assert [json.loads(text) for text in found.labels["geometry"]] == [
        {"polygon": [[0.1, 0.1, 0.2, 0.1, 0.1, 0.3]]},
        {"keypoints": [[0.1, 0.1, 2]]},
        {"polyline": [[0.1, 0.1, 0.2, 0.3]]},
        {"cuboid": [0.1, 0.1] * 8},
        {"ellipse": [0.1, 0.1, 0.2, 0.3, 15.0]},
    ]


@settings(deadline=None)
@given(
    st.lists(st.text("abcäß猫", min_size=1, max_size=4), min_size=1, max_size=6),
    st.lists(st.sampled_from([" ", "  ", "\t", "\n"]), min_size=7, max_size=7),
    st.data(),
)
def test_spans_of_words_come_back_from_tokens(
    words: list[str], gaps: list[str], drawn: st.DataObject
) -> None:
    start = drawn.draw(st.integers(0, len(words) - 1))
    end = drawn.draw(st.integers(start + 1, len(words)))
    text = "".join(f"{word}{gap}" for word, gap in zip(words, gaps, strict=False))
    labels = labels_frame(
        sample=["s"], kind=["span"], category=["x"], unit=["token"], start=[start], end=[end]
    )
    spans = Snapshot(labels, samples_frame(sample=["s"], text=[text]), categories_frame(["x"]))
    there, _ = in_units(spans, {"character"})
    row = there.labels.row(0, named=True)
    assert text[int(row["start"]) : int(row["end"])].split() == words[start:end]
    back, _ = in_units(there, {"token"})
    assert back.labels.equals(spans.labels)
    assert back.samples["text"].to_list() == [" ".join(words)]


# Shapes


@settings(deadline=None)
@given(st.floats(-360, 360), st.sampled_from(["center", "corner"]))
def test_a_turned_box_keeps_its_area_and_the_point_it_turns_about(
    degrees: float, about: str
) -> None:
    attributes = {"rotation": degrees} | ({"rotation_about": "corner"} if about == "corner" else {})
    labels = labels_frame(
        sample=["a"], kind=["box"], unit=["pixel"], x=[10.0], y=[20.0], width=[30.0], height=[40.0],
        attributes=[attributes_json(attributes)],
    )  # fmt: skip
    found, _ = in_kinds(
        Snapshot(labels, samples_frame(sample=["a"])), {"polygon"}, attributes=False
    )
    points = np.array(json.loads(found.labels["geometry"][0])["polygon"][0]).reshape(4, 2)
    ahead = np.roll(points, -1, axis=0)
    area = (points[:, 0] * ahead[:, 1] - ahead[:, 0] * points[:, 1]).sum() / 2
    assert area == pytest.approx(1200, rel=1e-6)
    still = points[0] if about == "corner" else points.mean(axis=0)
    assert tuple(still) == pytest.approx((10, 20) if about == "corner" else (25, 40), abs=1e-6)


def test_a_turned_box_in_fractions_is_turned_in_pixels() -> None:
    labels = labels_frame(
        sample=["a"], kind=["box"], unit=["fraction"], x=[0.25], y=[0.4], width=[0.5], height=[0.2],
        attributes=[attributes_json({"rotation": 90})],
    )  # fmt: skip
    samples = samples_frame(sample=["a"], width=[200.0], height=[100.0])
    found, _ = in_kinds(Snapshot(labels, samples), {"polygon"}, attributes=False)
    # 100 by 20 pixels about (100, 50) stand upright: 20 by 100
    assert outer_box(found.labels["geometry"][0]) == pytest.approx((0.45, 0.0, 0.1, 1.0))


def test_a_turned_box_is_its_outer_box_where_there_is_nothing_else() -> None:
    labels = boxes("pixel", attributes=[attributes_json({"rotation": 90}), None])
    found, losses = in_kinds(labels, {"box"}, attributes=False)
    assert found.labels.select(BOX).row(0) == pytest.approx((0.0, 4.0, 7.0, 5.0))
    assert told(losses) == {"rotation: turned into its outer box": 1}


@settings(deadline=None)
@given(st.integers(1, 12), st.integers(1, 9), st.lists(st.booleans(), min_size=108, max_size=108))
def test_the_box_of_a_mask_is_that_of_pycocotools(
    height: int, width: int, bits: list[bool]
) -> None:
    pixels = np.asfortranarray(
        np.array(bits[: height * width]).reshape(height, width), dtype=np.uint8
    )
    counts = coco_mask.encode(pixels)["counts"].decode()
    found = outer_box(canonical_json({"mask": {"size": [height, width], "counts": counts}}))
    if not pixels.any():
        assert found is None
    else:
        rows, columns = np.nonzero(pixels)
        top, left = rows.min(), columns.min()
        assert found == (left, top, columns.max() - left + 1, rows.max() - top + 1)


def test_a_polygon_becomes_the_mask_of_its_pixels() -> None:
    labels = labels_frame(
        sample=["a"], kind=["polygon"], unit=["pixel"],
        geometry=[canonical_json({"polygon": [[1, 1, 4, 1, 4, 3, 1, 3]]})],
    )  # fmt: skip
    samples = samples_frame(sample=["a"], width=[6.0], height=[5.0])
    found, losses = in_kinds(Snapshot(labels, samples), {"mask"}, attributes=True)
    mask = json.loads(found.labels["geometry"][0])["mask"]
    decoded = coco_mask.decode(coco_mask.frPyObjects(mask, 5, 6))
    expected = np.zeros((5, 6), dtype=np.uint8)
    expected[1:3, 1:4] = 1
    assert (decoded == expected).all()
    assert told(losses) == {"kind polygon: made a mask": 1}


@settings(deadline=None)
@given(snapshots(), st.sets(st.sampled_from(KINDS)))
def test_whatever_the_kinds_no_label_has_another(snapshot: Snapshot, kinds: set[str]) -> None:
    found, losses = in_kinds(snapshot, kinds, attributes=True)
    assert set(found.labels["kind"]) <= kinds
    found.check()
    changed = sum(loss.count for loss in losses)
    assert changed == snapshot.labels.filter(~pl.col("kind").is_in(sorted(kinds))).height


# What was written against what was meant


def test_every_difference_is_told_by_its_field() -> None:
    meant = boxes("pixel", category=["cat", "dog"], confidence=[0.5, 0.5])
    meant = Snapshot(meant.labels, meant.samples, categories_frame(["cat", "dog"]))
    other = meant.labels.with_columns(x=pl.Series([1.25, 2.0]), confidence=pl.lit(None, pl.Float64))
    found = Snapshot(other, meant.samples, meant.categories)
    assert told(found_losses(meant, found)) == {"box: rounded": 1, "column confidence: dropped": 2}


def test_noise_below_what_a_format_says_is_no_difference() -> None:
    meant = boxes("fraction", x=[0.1, 0.2], y=[0.1] * 2, width=[0.0, 0.3], height=[0.0, 0.3])
    shifted = meant.labels.with_columns(pl.col(*BOX) + 4e-7)
    assert found_losses(meant, Snapshot(shifted, meant.samples)) == []


def test_samples_and_labels_that_are_gone_or_new_are_told() -> None:
    meant = boxes("pixel")
    one = Snapshot(meant.labels.head(1), meant.samples.head(1))
    bare = Snapshot(meant.labels.head(1), meant.samples)
    assert told(found_losses(meant, one)) == {"sample: dropped": 1}
    assert told(found_losses(meant, bare)) == {"box label: dropped": 1}
    assert told(found_losses(bare, one)) == {"samples without labels: dropped": 1}
    assert told(found_losses(bare, meant)) == {"labels that were not there: added": 1}


def test_a_text_for_a_number_is_told_and_not_refused() -> None:
    meant = boxes("pixel", attributes=[attributes_json({"a": 3, "b": True, "c": 1}), None])
    spelt = meant.labels.with_columns(
        attributes=pl.Series([attributes_json({"a": "3", "b": "True", "c": "2"}), None])
    )
    losses = found_losses(meant, Snapshot(spelt, meant.samples))
    assert told(losses) == {
        "attribute a: made a text": 1, "attribute b: made a text": 1, "attribute c: changed": 1,
    }  # fmt: skip
    assert [loss.what for loss in refused(losses)] == ["attribute c"]


def test_samples_under_other_names_are_told_apart_by_their_paths() -> None:
    meant = Snapshot(
        labels_frame(sample=["x", "y"], kind=["class"] * 2, category=["cat", "dog"]),
        samples_frame(sample=["x", "y"], path=["1.jpg", "2.jpg"]),
        categories_frame(["cat", "dog"]),
    )
    found = Snapshot(
        labels_frame(sample=["2.jpg", "1.jpg"], kind=["class"] * 2, category=["dog", "cat"]),
        samples_frame(sample=["2.jpg", "1.jpg"], path=["2.jpg", "1.jpg"]),
        meant.categories,
    )
    again, losses = aligned(meant, found)
    assert found_losses(meant, again) == []
    assert told(losses) == {"names of samples: renamed": 2}
