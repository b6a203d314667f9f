"""Exports of Label Studio: what the contract does not ask."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest

from labelvc.core.errors import LossError, ParseError
from labelvc.core.patch import diff
from labelvc.core.snapshot import Snapshot, categories_frame, labels_frame, samples_frame
from labelvc.formats import labelstudio, registry
from labelvc.formats.labelme_mask import to_pixels, to_runs
from labelvc.formats.labelstudio_brush import from_brush, to_brush
from labelvc.formats.source import disk_source
from tests.data import data
from tests.formats.labelstudio_cases import EMOJI, IMAGE, box, region, result, task
from tests.formats.row_files import changed, relabelled, scan, source

NAME = "export.json"
FILES = (
    *("test_export_csv/csv_test.json", "test_export_csv/csv_test2.json"),
    *("test_export_csv/csv_test_history.json", "test_export_json_min/data.json"),
    *("test_export_json_min/data_repeater.json", "test_export_yolo/data.json"),
    *("test_export_yolo/data_obb.json", "test_export_yolo/data_polygons.json"),
)


def spelled(*tasks: dict[str, Any]) -> str:
    return json.dumps(tasks, indent=2, ensure_ascii=False)


def read(content: str | bytes, key: str | None = None) -> Snapshot:
    return scan(labelstudio, content, NAME).read(key=key).check()


def written(snapshot: Snapshot) -> str:
    (content,) = labelstudio.write(snapshot, {}).values()
    return content.decode()


def items_of(content: str, at: int = 0) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(content)[at]["annotations"][0]["result"]
    return found


# Files of Label Studio itself


@pytest.mark.parametrize("path", FILES)
def test_exports_of_label_studio(path: str) -> None:
    given = disk_source(data(f"formats/label_studio/{path}"))
    assert registry.sniff(given) is labelstudio
    snapshot = labelstudio.scan(given, {}).read().check()
    assert snapshot.labels.height >= 1
    name, blob = given.only()
    assert labelstudio.write(snapshot, {}) == {name: blob.read()}
    tasks = json.loads(blob.read())
    results = [one for each in tasks for a in each["annotations"] for one in a["result"]]
    regions = {one["id"] for one in results if one["type"] != "choices"}
    assert regions == set(snapshot.labels.filter(pl.col("kind") != "class")["id"])


@pytest.mark.parametrize("path", FILES)
def test_a_name_is_changed_in_exports_of_label_studio(path: str) -> None:
    given = disk_source(data(f"formats/label_studio/{path}"))
    snapshot = labelstudio.scan(given, {}).read()
    old = snapshot.labels["category"][0]
    categories = categories_frame([*snapshot.categories["name"], "new one"])
    edited = relabelled(Snapshot(**{**vars(snapshot), "categories": categories}), 0,
                        category="new one")  # fmt: skip
    was, now = given.only()[1].read().decode(), written(edited)
    spellings = [json.dumps(old), json.dumps(old, ensure_ascii=False)]
    quoted = next(text for text in spellings if text in was)
    assert now in {
        was[:at] + '"new one"' + was[at + len(quoted) :]
        for at in range(len(was))
        if was.startswith(quoted, at)
    }


# What counts


def test_what_label_studio_renews_is_no_change() -> None:
    one = task(1, IMAGE, [region("rectanglelabels", box(1, 2))], total_annotations=1)
    two = json.loads(json.dumps(one))
    two |= {"id": 55, "updated_at": "2026-01-01", "inner_id": 3, "predictions": [{"score": 1}]}
    two["annotations"][0] |= {"lead_time": 99.5, "updated_at": "2026-01-01", "id": 777}
    before, after = read(spelled(one)), read(spelled(two))
    assert before == after and not diff(before, after).labels.after.height


def test_addresses_that_expire_are_no_change() -> None:
    signed = "https://b.s3.amazonaws.com/x/a.jpg?X-Amz-Signature="
    one, two = (read(spelled(task(1, {"image": signed + end}))) for end in ("1", "2"))
    assert one == two and one.samples["sample"].to_list() == ["a.jpg"]
    local = read(spelled(task(1, {"image": "/data/local-files/?d=cats/b.jpg"})))
    assert local.samples["sample"].to_list() == ["b.jpg"]


def test_tasks_can_be_named_by_id_or_by_any_of_their_data() -> None:
    content = spelled(task(7, {**IMAGE, "name": "x 1"}), task(8, {**IMAGE, "name": "y"}))
    given = scan(labelstudio, content, NAME)
    fields = given.sample_fields()
    assert list(fields) == ["data", "data.image", "id"] and fields["id"] == ["7", "8"]
    assert read(content, "id").samples["sample"].to_list() == ["7", "8"]
    assert read(content, "data.name").samples["sample"][1] == "y"
    with pytest.raises(ParseError, match=r"/0: expected data\.nothing, which names the task"):
        read(content, "data.nothing")
    assert written(read(content, "id")) == content


def test_relations_are_compared_by_the_ids_of_regions() -> None:
    regions = [region("rectanglelabels", box(at, 2), id=f"r{at}") for at in (1, 2)]
    relation = {"type": "relation", "from_id": "r1", "to_id": "r2", "labels": ["on"]}
    content = spelled(task(1, IMAGE, [*regions, relation]))
    snapshot = read(content)
    told = json.loads(snapshot.samples["attributes"][0])
    assert told == {"relations": [{"from_id": "r1", "labels": ["on"], "to_id": "r2"}]}
    told["relations"][0]["labels"] = ["under"]
    sorted_keys = json.dumps(told, sort_keys=True, separators=(",", ":"))
    samples = changed(snapshot.samples, 0, {"attributes": sorted_keys})
    edited = Snapshot(**{**vars(snapshot), "samples": samples})
    assert written(edited) == content.replace('"on"', '"under"')


# Edits in place


def test_only_what_changed_is_rewritten() -> None:
    turned = box(12.50, 2, rotation=7)
    content = spelled(task(1, IMAGE, [region("rectanglelabels", turned)], note="ü"))
    content = content.replace("12.5", "12.50")
    moved = relabelled(read(content), 0, y=4.0, category="dog")
    assert written(moved) == content.replace('"y": 2', '"y": 4.0').replace("cat", "dog")


def test_all_results_about_a_region_move_with_it() -> None:
    text = region("textarea", {**box(1, 2, None), "text": ["STOP"]}, from_name="transcription")
    content = spelled(task(1, IMAGE, [region("rectanglelabels", box(1, 2)), text]))
    snapshot = relabelled(read(content), 0, x=3.0, text="SLOW")
    assert [one["value"]["x"] for one in items_of(written(snapshot))] == [3.0, 3.0]
    assert items_of(written(snapshot))[1]["value"]["text"] == ["SLOW"]
    gone = snapshot.with_labels(snapshot.labels.clear())
    assert items_of(written(gone)) == []


def test_spans_keep_counting_as_their_file_does() -> None:
    old = result("labels", {"start": 19, "end": 23, "text": "Rome", "labels": ["LOC"]},
                 to_name="text")  # fmt: skip
    snapshot = read(spelled(task(1, {"text": EMOJI}, [old])))
    assert EMOJI[17:21] == "Rome" and snapshot.labels["start"][0] == 17
    moved = relabelled(snapshot, 0, start=14.0)
    value = items_of(written(moved))[0]["value"]
    assert (value["start"], value["end"], value["text"]) == (16, 23, "in Rome")
    assert read(written(moved)) == moved


def test_a_span_of_html_cannot_be_moved() -> None:
    value = {"start": "/p[1]", "end": "/p[1]", "startOffset": 0, "endOffset": 3,
             "globalOffsets": {"start": 0, "end": 3}, "hypertextlabels": ["PER"]}  # fmt: skip
    content = spelled(task(1, {"html": "<p>Ann</p>"}, [result("hypertextlabels", value)]))
    snapshot = read(content)
    assert '"ORG"' in written(relabelled(snapshot, 0, category="ORG"))
    with pytest.raises(LossError, match="placed by XPath"):
        written(relabelled(snapshot, 0, end=2.0))


def test_the_labels_of_a_new_annotator_get_an_annotation() -> None:
    content = spelled(task(1, IMAGE, [region("rectanglelabels", box(1, 2))]))
    snapshot = read(content)
    row = {**snapshot.labels.row(0, named=True), "key": 9, "record": None, "annotator": "2"}
    labels = pl.concat([snapshot.labels, pl.DataFrame([row], schema=snapshot.labels.schema)])
    made = json.loads(written(snapshot.with_labels(labels)))[0]["annotations"]
    assert [one["completed_by"] for one in made] == [1, 2]
    assert made[1]["result"][0]["original_width"] == 40


def test_choices_are_added_to_the_answer_they_belong_to() -> None:
    answer = result("choices", {"choices": ["good", "new"]}, from_name="mood")
    content = spelled(task(1, IMAGE, [answer]))
    snapshot = read(content)
    row = {**snapshot.labels.row(0, named=True), "key": 9, "id": None, "record": None}
    row["category"] = "odd"
    labels = pl.concat([snapshot.labels, pl.DataFrame([row], schema=snapshot.labels.schema)])
    assert items_of(written(snapshot.with_labels(labels)))[0]["value"] == {
        "choices": ["good", "new", "odd"]
    }


def test_samples_keep_their_size_without_labels() -> None:
    content = spelled(task(1, IMAGE, [region("rectanglelabels", box(1, 2))]))
    snapshot = read(content)
    bare = snapshot.with_labels(snapshot.labels.clear())
    assert read(written(bare)).samples.equals(bare.samples)


def test_tasks_are_added_and_taken_out() -> None:
    content = spelled(task(1, IMAGE, note=1), task(2, {"image": "/b.jpg"}), task(3, IMAGE))
    snapshot = read(content)
    kept = snapshot.of_samples(pl.Series(["ab12cd34-street.jpg", "b.jpg"]))
    assert written(kept) == spelled(task(1, IMAGE, note=1), task(2, {"image": "/b.jpg"}))
    none = snapshot.of_samples(pl.Series([], dtype=pl.String))
    assert json.loads(written(none)) == []


def test_labels_of_another_format_become_tasks() -> None:
    snapshot = Snapshot(
        labels_frame(sample=["a.jpg"], kind=["box"], category=["cat"], unit=["percent"],
                     x=[1.0], y=[2.0], width=[3.0], height=[4.0]),
        samples_frame(sample=["a.jpg", "b"], path=["a.jpg", None], width=[8.0, None],
                      height=[4.0, None]),
        categories_frame(["cat"]),
    )  # fmt: skip
    tasks = json.loads(written(snapshot))
    assert tasks[1] == {"id": "b", "data": {}, "annotations": []}
    (item,) = tasks[0]["annotations"][0]["result"]
    assert item["type"] == "rectanglelabels" and item["original_width"] == 8
    assert item["value"] == {
        **{"x": 1.0, "y": 2.0, "width": 3.0, "height": 4.0, "rotation": 0},
        "rectanglelabels": ["cat"],
    }


def test_a_box_beside_an_outline_goes_without_saying() -> None:
    points = {"points": [[1, 2], [3, 4], [5, 2]], "polygonlabels": ["a"]}
    content = spelled(task(1, IMAGE, [region("polygonlabels", points)]))
    snapshot = read(content)
    assert written(relabelled(snapshot, 0, x=1.0, y=2.0, width=4.0, height=2.0)) == content


# Brush strokes


def unpacked(rle: Sequence[int]) -> list[int]:
    """The values of packed run lengths, read bit by bit as thi.ng's rle-pack tells."""
    bits = [byte >> 7 - at & 1 for byte in rle for at in range(8)]

    def take(count: int) -> int:
        number = 0
        for _ in range(count):
            number = 2 * number + bits.pop(0)
        return number

    total, word = take(32), take(5) + 1
    sizes = [take(4) + 1 for _ in range(4)]
    values: list[int] = []
    while len(values) < total:
        is_run = take(1)
        length = take(sizes[take(2)]) + 1
        values += [take(word)] * length if is_run else [take(word) for _ in range(length)]
    return values


def test_brush_strokes_are_packed_and_unpacked() -> None:
    chance = np.random.default_rng(3)
    for _ in range(5):
        pixels = chance.random((6, 9)) < 0.3
        mask = {"size": [6, 9], "counts": to_runs(pixels)}
        packed = to_brush(mask, "a")
        alpha = np.array(unpacked(packed)).reshape(6, 9, 4)[:, :, 3]
        assert ((alpha > 0) == pixels).all()
        assert from_brush(packed, 9, 6) == mask


def test_stretches_of_different_values_are_unpacked() -> None:
    # 8 values of 8 bits in one stretch: a pixel that is clear, and one that is half opaque
    head = f"{8:032b}{7:05b}{2:04b}{3:04b}{7:04b}{15:04b}"
    values = [0, 0, 0, 0, 255, 0, 0, 128]
    bits = f"{head}000{7:03b}" + "".join(f"{value:08b}" for value in values)
    bits += "0" * (-len(bits) % 8)
    packed = [int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)]
    assert unpacked(packed) == values
    assert from_brush(packed, 2, 1) == {"size": [1, 2], "counts": [1, 1]}


def test_a_brush_stroke_keeps_its_packing_unless_it_is_edited() -> None:
    pixels = np.zeros((20, 40), dtype=np.bool_)
    pixels[3:9, 5:30] = True
    packed = [*to_brush({"size": [20, 40], "counts": to_runs(pixels)}, "a"), 0, 0]
    value = {"format": "rle", "rle": packed, "brushlabels": ["road"]}
    content = spelled(task(1, IMAGE, [region("brushlabels", value)]))
    snapshot = read(content)
    mask = json.loads(snapshot.labels["geometry"][0])["mask"]
    assert snapshot.labels["kind"][0] == "mask" and (to_pixels(mask, "a") == pixels).all()
    assert written(relabelled(snapshot, 0, category="path")) == content.replace("road", "path")
    pixels[0, 0] = True
    counts = {"mask": {"counts": to_runs(pixels), "size": [20, 40]}}
    edited = relabelled(snapshot, 0, geometry=json.dumps(counts, separators=(",", ":")))
    new = items_of(written(edited))[0]["value"]["rle"]
    assert np.array_equal(np.array(unpacked(new)).reshape(20, 40, 4)[:, :, 3] > 0, pixels)


# Trouble


@pytest.mark.parametrize(
    "content,said",
    [
        ("[1]", "/0"),
        ('[{"data": {}}, {"data": 3}]', "/1: expected a task with an object 'data'"),
        ('[{"data": {}}, {"id": 3}]', "/1"),
        (
            '[{"data": {}}, {"data": {}, "annotations": {"a": 1}}]',
            "/1/annotations: expected a list",
        ),
        ('[{"data": {}}, {"data": {} "a"}]', "line 1, column"),
        ('[{"data": {}, "annotations": [{"result": [3]}]}]', "/annotations/0/result: expected"),
        (
            '[{"data": {}, "annotations": [{"result": [{"type": "choices"}]}]}]',
            "result/0: expected",
        ),
        (
            spelled(task(1, IMAGE, [region("rectanglelabels", box(1, 2, width="x"))])),
            "/0/annotations/0/result/0/value/width: expected a number",
        ),
        (
            spelled(task(1, IMAGE, [region("polygonlabels", {"points": [[1]]})])),
            "/value/points: expected a list of",
        ),
        (
            spelled(task(1, IMAGE, [region("brushlabels", {"rle": [0, 0, 0, 1]})])),
            "/value/rle: expected the packed pixels",
        ),
        (
            spelled(task(1, IMAGE, [result("choices", {"choices": 3})])),
            "/value: expected choices, a list of texts",
        ),
    ],
)
def test_trouble_has_a_place(content: str, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        read(content)


@pytest.mark.parametrize(
    "columns,said",
    [
        ({"attributes": '{"rotation":3}'}, "turned about its centre"),
        ({"unit": "fraction"}, "cannot hold unit"),
        ({"verdict": "absent"}, "cannot hold verdict"),
        ({"category": None}, "lost its name"),
        ({"text": "a"}, "a text of a region that has none"),
    ],
)
def test_what_no_result_says_is_refused(columns: dict[str, Any], said: str) -> None:
    snapshot = read(spelled(task(1, IMAGE, [region("rectanglelabels", box(1, 2))])))
    with pytest.raises(LossError, match=said):
        written(relabelled(snapshot, 0, **columns))


def test_lists_of_other_things_are_not_claimed() -> None:
    for content in ("[]", "{}", '[{"data": {"a": 1}}]', '[{"data": 3, "annotations": []}]', "[1"):
        assert not labelstudio.sniff(source(content, NAME))
