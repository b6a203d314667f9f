import contextlib
import io
import json
import math

import numpy as np
import polars as pl
import pytest
from faster_coco_eval import COCO as FasterCOCO
from faster_coco_eval import COCOeval_faster
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from labelvc.core.errors import LabelvcError
from labelvc.core.predictions import Predictions
from labelvc.core.scoring import score
from labelvc.core.snapshot import canonical_json, labels_frame
from labelvc.formats.reading import read
from labelvc.formats.source import disk_source
from tests.core.scoring_data import box, predicted, repeated, truth_of
from tests.data import data

BOXES = [
    *("AP", "AP50", "AP75", "AP_small", "AP_medium", "AP_large"),
    *("AR1", "AR10", "AR100", "AR_small", "AR_medium", "AR_large"),
]
KEYPOINTS = [
    "AP",
    "AP50",
    "AP75",
    "AP_medium",
    "AP_large",
    "AR20",
    "-",
    "-",
    "AR_medium",
    "AR_large",
]


def coco_mini(name):
    path = data(f"coco_mini/annotations/{name}.json")
    return path, json.loads(path.read_text()), read(disk_source(path), "coco", {})[0]


def pycocotools(truth, results, kind):
    """COCOeval's own numbers of results for a COCO file, or for the dict of one."""
    with contextlib.redirect_stdout(io.StringIO()):
        labels = COCO()
        labels.dataset = json.loads(json.dumps(truth))
        labels.createIndex()
        evaluation = COCOeval(labels, labels.loadRes(json.loads(json.dumps(results))), kind)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats.tolist()


def as_predictions(truth, results, snapshot):
    """COCO results as predictions, with names in the place of ids."""
    images = {image["id"]: image["file_name"] for image in truth["images"]}
    names = {category["id"]: category["name"] for category in truth["categories"]}
    boxes = [row.get("bbox", [None] * 4) for row in results]
    labels = labels_frame(
        sample=[images[row["image_id"]] for row in results],
        category=[names[row["category_id"]] for row in results],
        kind=[kind_of(row) for row in results],
        geometry=[geometry_of(row) for row in results],
        unit=["pixel"] * len(results),
        confidence=[row["score"] for row in results],
        **{
            side: [numbers[at] for numbers in boxes]
            for at, side in enumerate(("x", "y", "width", "height"))
        },
    )
    return Predictions(snapshot.samples["sample"], labels, list(names.values()))


def kind_of(row):
    if "keypoints" in row:
        return "keypoints"
    return "mask" if "segmentation" in row else "box"


def geometry_of(row):
    if "keypoints" in row:
        return canonical_json({"keypoints": np.reshape(row["keypoints"], (-1, 3)).tolist()})
    return canonical_json({"mask": row["segmentation"]}) if "segmentation" in row else None


def assert_equal(scored, names, stats):
    expected = {name: value for name, value in zip(names, stats, strict=True) if name != "-"}
    assert scored.metrics == pytest.approx(expected, abs=1e-9)


def noisy_boxes(truth, seed, copies):
    """Detections around the labels, some of another category, some far off."""
    random = np.random.default_rng(seed)
    categories = [category["id"] for category in truth["categories"]]
    results = []
    for label in truth["annotations"] * copies:
        x, y, width, height = label["bbox"]
        shift = random.normal(0, random.choice([0.03, 0.15, 1]), 4) * [width, height, width, height]
        results.append(
            {
                "image_id": label["image_id"],
                "category_id": label["category_id"]
                if random.random() < 0.85
                else int(random.choice(categories)),
                "bbox": [x + shift[0], y + shift[1], abs(width + shift[2]), abs(height + shift[3])],
                "score": random.random(),
            }
        )
    return results


@pytest.mark.parametrize("copies", [1, 25])  # fewer and more than count in an image
@pytest.mark.parametrize("name", ["instances_val2017", "instances_train2017"])
def test_boxes_are_scored_as_pycocotools_does(name, copies):
    _, truth, snapshot = coco_mini(name)
    assert any(label["iscrowd"] for label in truth["annotations"])
    results = noisy_boxes(truth, 7, copies)

    scored = score(snapshot, as_predictions(truth, results, snapshot), "object-detection")

    assert_equal(scored, BOXES, pycocotools(truth, results, "bbox"))
    assert scored.headline == "AP"


def test_boxes_are_scored_as_faster_coco_eval_does():
    _, truth, snapshot = coco_mini("instances_val2017")
    results = noisy_boxes(truth, 8, 5)
    labels = FasterCOCO(json.loads(json.dumps(truth)))
    evaluation = COCOeval_faster(labels, labels.loadRes(json.loads(json.dumps(results))), "bbox")
    evaluation.run()

    scored = score(snapshot, as_predictions(truth, results, snapshot), "object-detection")

    assert_equal(scored, BOXES, evaluation.stats)


def test_the_row_of_a_category_is_its_own_average_precision():
    _, truth, snapshot = coco_mini("instances_val2017")
    results = noisy_boxes(truth, 9, 3)
    scored = score(snapshot, as_predictions(truth, results, snapshot), "object-detection")
    rows = {row["category"]: row for row in scored.categories}
    person = next(c["id"] for c in truth["categories"] if c["name"] == "person")

    only = {**truth, "annotations": [a for a in truth["annotations"] if a["category_id"] == person]}
    stats = pycocotools(only, [row for row in results if row["category_id"] == person], "bbox")

    assert rows["person"]["AP"] == pytest.approx(stats[0])
    assert rows["person"]["AP50"] == pytest.approx(stats[1])
    assert rows["person"]["labels"] == len(only["annotations"])
    assert scored.metrics["AP"] == pytest.approx(
        np.mean([row["AP"] for row in rows.values() if "AP" in row])
    )


def test_an_image_drawn_twice_counts_as_two_images():
    _, truth, snapshot = coco_mini("instances_val2017")
    predictions = as_predictions(truth, noisy_boxes(truth, 10, 4), snapshot)
    scored = score(snapshot, predictions, "object-detection")
    random = np.random.default_rng(0)
    times = dict(
        zip(scored.samples, random.integers(0, 3, len(scored.samples)).tolist(), strict=True)
    )
    weights = np.zeros((1, scored.unit_count))
    np.add.at(weights[0], scored.units, [times[key] for key in scored.samples])

    drawn = scored.under(weights)
    again = score(*repeated(snapshot, predictions, times), "object-detection")

    assert set(drawn) >= {"AP", "AP50", "AP75"}
    for name, value in drawn.items():
        # of copies only the first 100 detections count, each in its own image
        assert value[0] == pytest.approx(again.metrics[name], abs=1e-9), name


@pytest.mark.parametrize("name", ["instances_val2017", "instances_train2017"])
def test_outlines_are_scored_as_pycocotools_does(name):
    _, truth, snapshot = coco_mini(name)
    random = np.random.default_rng(3)
    sizes = {image["id"]: (image["height"], image["width"]) for image in truth["images"]}
    results = []
    for label in truth["annotations"] * 2:
        outline, size = label["segmentation"], sizes[label["image_id"]]
        if isinstance(outline, list):
            moved = [
                (np.array(ring) + random.normal(0, 3, len(ring))).clip(0).tolist()
                for ring in outline
            ]
            mask = coco_mask.merge(coco_mask.frPyObjects(moved, *size))
        else:
            mask = coco_mask.frPyObjects(outline, *size)
        mask = {"size": list(size), "counts": mask["counts"].decode()}
        results.append(
            {"image_id": label["image_id"], "category_id": label["category_id"],
             "segmentation": mask, "score": random.random()}
        )  # fmt: skip

    scored = score(snapshot, as_predictions(truth, results, snapshot), "image-segmentation")

    assert_equal(scored, BOXES, pycocotools(truth, results, "segm"))


@pytest.mark.parametrize("name", ["person_keypoints_val2017", "person_keypoints_train2017"])
def test_keypoints_are_scored_as_pycocotools_does(name):
    _, truth, snapshot = coco_mini(name)
    random = np.random.default_rng(4)
    results = []
    for label in truth["annotations"] * 3:
        points = np.array(label["keypoints"], dtype=float).reshape(-1, 3)
        if not (points[:, 2] > 0).any():  # people without labelled points are to be passed over
            points[:, :2] = random.random((17, 2)) * label["bbox"][2:] + label["bbox"][:2]
        points[:, :2] += random.normal(0, 0.05 * math.sqrt(label["area"]), (17, 2))
        points[:, 2] = 1
        results.append(
            {"image_id": label["image_id"], "category_id": 1,
             "keypoints": points.ravel().tolist(), "score": random.random()}
        )  # fmt: skip

    scored = score(snapshot, as_predictions(truth, results, snapshot), "keypoint-detection")

    assert_equal(scored, KEYPOINTS, pycocotools(truth, results, "keypoints"))


def in_unit(rows, factor, unit):
    sides = ("x", "y", "width", "height")
    return [{**row, **{side: row[side] * factor for side in sides}, "unit": unit} for row in rows]


LABELS = [
    box("a", "cat", 10, 10, 50, 50),
    box("b", "cat", 0, 0, 20, 40),
    box("b", "dog", 50, 50, 40, 40),
]
SAID = [
    box("a", "cat", 12, 8, 50, 50, confidence=0.9),
    box("b", "cat", 0, 0, 20, 33, confidence=0.8),
    box("b", "dog", 0, 0, 9, 9, confidence=0.7),
]


@pytest.mark.parametrize(("unit", "factor"), [("fraction", 0.01), ("percent", 1.0)])
def test_parts_of_an_image_are_pixels_where_its_size_is_known(unit, factor):
    sizes = {"width": [100.0, 100.0], "height": [100.0, 100.0]}
    pixels = score(
        truth_of(LABELS, ["a", "b"], **sizes), predicted(SAID, ["a", "b"]), "object-detection"
    )
    parts = score(
        truth_of(in_unit(LABELS, factor, unit), ["a", "b"], **sizes),
        predicted(SAID, ["a", "b"]),
        "object-detection",
    )

    assert pixels.metrics == pytest.approx(parts.metrics)
    assert "AP_medium" in pixels.metrics


def test_without_sizes_parts_are_compared_with_parts_and_no_area_is_told():
    pixels = score(truth_of(LABELS, ["a", "b"]), predicted(SAID, ["a", "b"]), "object-detection")
    sides = (in_unit(rows, 0.01, "fraction") for rows in (LABELS, SAID))
    labels, said = sides
    parts = score(truth_of(labels, ["a", "b"]), predicted(said, ["a", "b"]), "object-detection")

    assert set(parts.metrics) == {"AP", "AP50", "AP75", "AR1", "AR10", "AR100"}
    assert all(parts.metrics[name] == pytest.approx(pixels.metrics[name]) for name in parts.metrics)


def test_pixels_cannot_be_compared_with_parts_of_an_unknown_size():
    with pytest.raises(LabelvcError, match=r"'a'.*partly in pixels"):
        score(
            truth_of(in_unit(LABELS, 0.01, "fraction"), ["a", "b"]),
            predicted(SAID, ["a", "b"]),
            "object-detection",
        )


def test_boxes_outside_and_inside_out_are_counted_and_stay_wrong():
    truth = truth_of([box("a", "cat", 0, 0, 10, 10)], ["a"], width=[100.0], height=[100.0])
    right = box("a", "cat", 0, 0, 10, 10, confidence=0.5)
    odd = [
        box("a", "cat", 200, 0, 10, 10, confidence=0.9),
        box("a", "cat", -20, -20, 5, 5, confidence=0.9),
        box("a", "cat", 10, 10, -10, 10, confidence=0.9),
    ]
    scored = score(truth, predicted([right, *odd], ["a"]), "object-detection")

    assert scored.warnings == {"outside_boxes": 3}
    assert scored.metrics["AP"] == pytest.approx(1 / 4)


def test_detections_of_categories_without_labels_count_for_nothing_but_are_told():
    truth = truth_of([box("a", "cat", 0, 0, 10, 10)], ["a", "b"], ["cat", "dog"])
    said = [
        box("a", "cat", 0, 0, 10, 10, confidence=0.5),
        box("a", "dog", 0, 0, 10, 10, confidence=0.9),
        box("a", "wolf", 0, 0, 10, 10, confidence=0.9),
    ]
    scored = score(truth, predicted(said, ["a"]), "object-detection")

    assert scored.metrics["AP"] == pytest.approx(1)
    assert scored.warnings == {"unknown_categories": 1, "missing_predictions": 1}
    assert [(row["category"], "AP" in row) for row in scored.categories] == [
        ("cat", True), ("dog", False), ("wolf", False),
    ]  # fmt: skip


def test_a_model_that_finds_nothing_scores_zero_in_every_task():
    polygon = {"geometry": canonical_json({"polygon": [[0, 0, 9, 0, 9, 9]]}), "kind": "polygon"}
    points = {
        "geometry": canonical_json({"keypoints": [[1, 1, 2], [5, 5, 2]]}),
        "kind": "keypoints",
    }
    for task, more in (
        ("object-detection", {}), ("image-segmentation", polygon), ("keypoint-detection", points),
    ):  # fmt: skip
        truth = truth_of([box("a", "cat", 0, 0, 9, 9) | more], ["a"])
        assert score(truth, predicted([], ["a"]), task).metrics["AP"] == 0


def test_boxes_of_one_confidence_are_scored_alike_in_any_order():
    random = np.random.default_rng(11)
    places = random.random((40, 2)) * 50
    labels = [box("a", "cat", x, y, 12, 12) for x, y in places[:10]]
    said = [box("a", "cat", x + 2, y, 12, 12) for x, y in places]
    scores = [
        score(truth_of(labels, ["a"]), predicted(rows, ["a"]), "object-detection")
        for rows in (said, said[::-1])
    ]

    assert scores[0].metrics == scores[1].metrics
    assert scores[0].warnings == {"without_confidence": 40}


def test_boxes_are_those_around_outlines_where_there_are_no_others():
    outline = {"kind": "polygon", "geometry": canonical_json({"polygon": [[1, 2, 11, 2, 11, 22]]})}
    labels = [{"sample": "a", "category": "cat", "unit": "pixel", **outline}]
    empty = {"sample": "a", "category": "cat", "unit": "pixel", "kind": "box"}
    said = [box("a", "cat", 1, 2, 10, 20, confidence=1.0), empty]
    scored = score(truth_of(labels, ["a"]), predicted(said, ["a"]), "object-detection")

    assert scored.metrics["AP"] == 1
    assert scored.warnings == {"without_shape": 1}


def mask(height, width, counts):
    geometry = canonical_json({"mask": {"size": [height, width], "counts": counts}})
    return {"sample": "a", "category": "cat", "kind": "mask", "unit": "pixel", "geometry": geometry}


@pytest.mark.parametrize(
    "odd",
    [
        mask(4, 4, [3, 2]),  # too short for its size
        mask(4, 4, [3, 99]),
        mask(4, 4, [20, -4]),
        mask(4, 4, "o" * 40 + "0"),  # a run too long for any number
        mask(400, 4, [800, 800]),  # of another size than the label's
    ],
)
def test_masks_that_do_not_fit_are_told_before_they_are_compared(odd):
    truth = truth_of([mask(4, 4, [4, 4, 8])], ["a"])
    with pytest.raises(LabelvcError, match="a mask in 'a'"):
        score(truth, predicted([{**odd, "confidence": 1.0}], ["a"]), "image-segmentation")


@pytest.mark.parametrize(
    "ring", [[0, 0, 1e12, 0, 1e12, 1e12], [0, 0, 40_000, 40_000] * 50], ids=["far", "long"]
)
def test_outlines_that_no_image_has_are_refused_before_they_are_rastered(ring):
    geometry = canonical_json({"polygon": [ring]})
    row = {
        "sample": "a",
        "category": "cat",
        "kind": "polygon",
        "unit": "pixel",
        "geometry": geometry,
    }
    with pytest.raises(LabelvcError, match="an outline in 'a' reaches beyond"):
        score(
            truth_of([mask(4, 4, [4, 4, 8])], ["a"]), predicted([row], ["a"]), "image-segmentation"
        )


@pytest.mark.parametrize("size", [(10**9, 10**9), (0, 4), (-4, -4)])
def test_masks_of_a_size_that_no_image_has_are_refused(size):
    label = mask(*size, [abs(size[0] * size[1])])
    with pytest.raises(LabelvcError, match="the masks of 'a' would be"):
        score(truth_of([label], ["a"]), predicted([], ["a"]), "image-segmentation")


def test_outlines_as_fractions_are_rastered_with_and_without_the_images_size():
    ring = [0.1, 0.1, 0.6, 0.1, 0.6, 0.6, 0.1, 0.6]
    rows = [
        {"sample": "a", "category": "cat", "kind": "polygon", "unit": "fraction", "confidence": 1.0,
         "geometry": canonical_json({"polygon": [ring]})}
    ]  # fmt: skip
    pixels = [
        {
            **rows[0],
            "unit": "pixel",
            "geometry": canonical_json({"polygon": [[v * 200 for v in ring]]}),
        }
    ]
    sized = truth_of(rows, ["a"], width=[200.0], height=[200.0])

    assert score(sized, predicted(pixels, ["a"]), "image-segmentation").metrics["AP_large"] == 1
    unsized = score(truth_of(rows, ["a"]), predicted(rows, ["a"]), "image-segmentation")
    assert unsized.metrics["AP"] == 1
    assert "AP_large" not in unsized.metrics


def test_labels_of_which_none_counts_cannot_be_scored():
    crowd = box("a", "cat", 0, 0, 9, 9, attributes=canonical_json({"iscrowd": 1}))
    with pytest.raises(LabelvcError, match="no sample with a label that counts"):
        score(truth_of([crowd], ["a"]), predicted([], ["a"]), "object-detection")


def test_keypoints_of_another_skeleton_never_fit():
    def person(count):
        points = [[float(at), float(at), 2] for at in range(count)]
        more = {"kind": "keypoints", "geometry": canonical_json({"keypoints": points})}
        return box("a", "cat", 0, 0, 9, 9) | more

    truth = truth_of([person(5)], ["a"])
    ap = [
        score(truth, predicted([person(n)], ["a"]), "keypoint-detection").metrics["AP"]
        for n in (5, 6)
    ]
    assert ap == [1, 0]


def test_samples_keep_their_scores_in_any_order_of_images():
    _, truth, snapshot = coco_mini("instances_val2017")
    predictions = as_predictions(truth, noisy_boxes(truth, 12, 2), snapshot)
    scored = score(snapshot, predictions, "object-detection")
    order = pl.Series(np.random.default_rng(0).permutation(snapshot.samples.height))
    shuffled = type(snapshot)(snapshot.labels, snapshot.samples[order], snapshot.categories)
    again = score(shuffled, predictions, "object-detection")

    assert again.metrics == scored.metrics
    assert dict(zip(again.samples, again.units, strict=True)) == dict(
        zip(scored.samples, scored.units, strict=True)
    )


@pytest.mark.parametrize(
    ("geometry", "message"),
    [
        ("{", "'a' has a geometry that is none"),
        ('{"polygon": "round"}', "'a' has a geometry that is none"),
        ('{"polygon": [[0, 0, 1, 1, 2]]}', "a ring has an x without y"),
        ('{"keypoints": [[1]]}', "a keypoint is not x, y and visibility"),
        ('{"mask": {"size": [4], "counts": []}}', "'a' has a geometry that is none"),
        ("[" * 10_000, "'a' has a geometry that is none"),
    ],
)
@pytest.mark.parametrize("task", ["object-detection", "image-segmentation", "keypoint-detection"])
def test_a_geometry_that_is_none_is_told(task, geometry, message):
    row = {"sample": "a", "category": "cat", "unit": "pixel", "geometry": geometry}
    points = {
        "kind": "keypoints",
        "geometry": canonical_json({"keypoints": [[1, 1, 2], [5, 5, 2]]}),
    }
    truth = truth_of([box("a", "cat", 0, 0, 9, 9) | points], ["a"])
    with pytest.raises(LabelvcError, match=message):
        score(truth, predicted([{**row, "kind": "keypoints"}], ["a"]), task)
