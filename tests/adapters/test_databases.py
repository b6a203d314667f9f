"""A database as the working copy of a label set, with every kind of database there is."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from labelvc.adapters.database import Laid
from labelvc.core.snapshot import (
    Snapshot,
    attributes_json,
    canonical_json,
    categories_frame,
    labels_frame,
    samples_frame,
)
from labelvc.formats.reading import read
from labelvc.formats.source import disk_source
from tests.adapters.places import Place, Proxy, everything
from tests.cli.shell import FIRST, SECOND, Shell
from tests.repo.project import Project

BOX = {"kind": "box", "x": 60.0, "y": 2.0, "width": 30.0, "height": 40.0}


def kinds(told: Any) -> dict[str, int]:
    """The counts of a diff that are not 0."""
    return {name: count for name, count in told["sets"]["train"]["counts"].items() if count}


def test_what_was_exported_has_no_changes(labels: Project, run: Shell, place: Place) -> None:
    told = run("export", "train", place.url, "--json").json
    assert (told["set"], told["totals"]) == ("train", {"samples": 2, "labels": 3})
    assert [row["category"] for row in place.rows("labels")] == ["cat", "dog", "cat"]
    assert run("diff", "train", place.url, "--exit-code").out == "No label changes.\n"
    assert "nothing to import" in run("import", place.url, "--name", "train").out


def test_edits_are_told_for_what_they_are(labels: Project, run: Shell, place: Place) -> None:
    run("export", "train", place.url)
    place.update("labels", 1, category="dog")
    place.update("labels", 2, x=9.0)
    place.delete("labels", 3)
    place.insert("labels", sample="b.jpg", category="dog", **BOX)
    place.update("samples", 2, path="c.jpg")
    told = run("diff", "train", place.url, "--json", "--exit-code", code=1).json
    expected = {"changed": 4, "added": 1, "removed": 1, "relabelled": 1, "moved": 1}
    assert {name: kinds(told).get(name) for name in expected} == expected
    assert told["sets"]["train"]["totals"]["after"] == {"samples": 2, "labels": 3}
    assert told["before"]["commit"] == labels.git("rev-parse", "HEAD")


def test_an_import_commits_the_changed_rows(labels: Project, run: Shell, place: Place) -> None:
    run("export", "train", place.url)
    place.update("labels", 1, category="dog")
    place.insert("labels", sample="b.jpg", category="dog", **BOX)
    before = json.loads(labels.read("labels/train.json"))["annotations"]
    run("import", place.url, "--name", "train", "-m", "From the annotators")
    after = json.loads(labels.read("labels/train.json"))["annotations"]
    assert after[1:3] == before[1:]
    assert (after[0]["category_id"], len(after), after[3]["bbox"]) == (1, 4, [60, 2, 30, 40])
    message = labels.git("log", "-1", "--format=%B")
    assert message.startswith("From the annotators\n\nLabels: train +1 ~1 (relabelled 1)")
    assert labels.git("status", "--short") == ""
    # the pointer says what whoever reads the file finds
    noted = yaml.safe_load(labels.read("labels/train.json.dvc"))["meta"]["labelvc"]["train"]
    snapshot, _, _ = read(disk_source(labels.path / "labels" / "train.json"), "coco", {})
    assert (noted["digest"], noted["labels"]) == (snapshot.digest(), 4)
    assert run("diff", "train", place.url).out == "No label changes.\n"
    assert "nothing to import" in run("import", place.url, "--name", "train").out
    place.update("labels", 1, category="cat")
    assert kinds(run("diff", "train", place.url, "--json").json) == {"changed": 1, "relabelled": 1}


def test_changes_of_both_sides_come_together(labels: Project, run: Shell, place: Place) -> None:
    run("export", "train", place.url)
    place.update("labels", 3, category="dog")
    moved = json.loads(labels.read("labels/train.json"))
    moved["annotations"][0]["bbox"][0] = 50
    labels.write("labels/train.json", moved)
    run("commit", "-m", "Move one")
    run("import", place.url, "--name", "train")
    found = json.loads(labels.read("labels/train.json"))["annotations"]
    assert (found[0]["bbox"][0], found[2]["category_id"]) == (50, 1)


def test_samples_and_categories_can_be_added(labels: Project, run: Shell, place: Place) -> None:
    run("export", "train", place.url)
    place.insert("samples", sample="n.jpg", width=10.0, height=10.0)
    place.insert("categories", name="owl")
    place.insert("labels", sample="n.jpg", category="owl", **BOX)
    run("import", place.url, "--name", "train", "--no-check")
    found = json.loads(labels.read("labels/train.json"))
    assert found["images"][2] == {"id": 2, "file_name": "n.jpg", "width": 10, "height": 10}
    assert found["categories"][2] == {"id": 2, "name": "owl"}
    assert run("diff", "train", place.url).out == "No label changes.\n"


def test_what_does_not_fit_any_more_is_not_imported(
    labels: Project, run: Shell, place: Place
) -> None:
    run("export", "train", place.url)
    place.update("labels", 1, x=60.0)
    moved = json.loads(labels.read("labels/train.json"))
    moved["annotations"][0]["bbox"][0] = 50
    labels.write("labels/train.json", moved)
    run("commit", "-m", "Move one")
    head, content = labels.git("rev-parse", "HEAD"), labels.read("labels/train.json")
    told = run("import", place.url, "--name", "train", code=1)
    assert "changed since: shape" in told.err and "nothing was imported" in told.err
    assert (labels.git("rev-parse", "HEAD"), labels.read("labels/train.json")) == (head, content)
    assert kinds(run("diff", "train", place.url, "--json").json) == {"changed": 1, "moved": 1}


def test_edits_are_not_overwritten_unasked(labels: Project, run: Shell, place: Place) -> None:
    run("export", "train", place.url)
    place.update("labels", 1, category="dog")
    told = run.refused("export", "train", place.url, "--rev", "side")
    assert "1 rows were changed there" in told and "--force" in told
    run("export", "train", place.url, "--rev", "side", "--force")
    assert len(place.rows("labels")) == len(SECOND["annotations"])
    assert run("diff", "train", place.url).out == "No label changes.\n"
    run("export", "train", place.url, "--rev", "main")
    assert len(place.rows("labels")) == len(FIRST["annotations"])


def test_a_new_label_set_is_made_of_a_database(labels: Project, run: Shell, place: Place) -> None:
    run("export", "train", place.url, "--rev", "side")
    told = run("import", place.url, "--name", "fresh").out
    assert "labels/fresh.json (coco; 3 samples, 4 labels, 2 categories)" in told
    found = json.loads(labels.read("labels/fresh.json"))
    assert {one["file_name"] for one in found["images"]} == {"a.jpg", "b.jpg", "c.jpg"}
    assert "fresh" in labels.read("labelvc.yaml").decode()
    assert "taken" in run.refused("import", "labels/train.json", "--name", "fresh")


def test_uncommitted_labels_do_not_slip_into_an_import(
    labels: Project, run: Shell, place: Place
) -> None:
    run("export", "train", place.url)
    place.update("labels", 1, category="dog")
    labels.write("labels/train.json", SECOND)
    assert "in no commit" in run.refused("import", place.url, "--name", "train")
    assert "in no commit" in run.refused("export", "train", place.url)
    run("import", place.url, "--name", "train", "--no-commit")
    assert json.loads(labels.read("labels/train.json"))["annotations"][0]["category_id"] == 1
    assert run("diff", "train", place.url).out != "No label changes.\n"


def test_prefixes_keep_label_sets_apart(labels: Project, run: Shell, place: Place) -> None:
    labels.write("labels/val.json", SECOND)
    run("add", "labels/val.json")
    run("commit", "-m", "Second set")
    run("export", "train", place.url)
    assert "hold label set train, not val" in run.refused("export", "val", place.url)
    run("export", "val", place.url, "--prefix", "val_")
    assert len(place.rows("val_labels")) == 4
    place.update("val_labels", 1, category="dog")
    assert run("diff", "train", place.url).out == "No label changes.\n"
    told = run("diff", "val", place.url, "--prefix", "val_", "--json").json
    assert told["sets"]["val"]["counts"]["relabelled"] == 1
    config = labels.read("labelvc.yaml").decode()
    labels.write("labelvc.yaml", config + "    database: {prefix: val_}\n")
    assert run("diff", "val", place.url, "--json").json == told
    assert "hold label set" in run.refused("diff", "train", place.url, "--prefix", "val_")


WRONG = [
    ({"kind": "circle"}, "kind: expected class or box", "found circle"),
    ({"unit": "inch"}, "unit: expected pixel or", "found inch"),
    ({"category": "cow"}, "category: expected one of table categories", "found cow"),
    ({"sample": "z.jpg"}, "sample: expected a sample of the table of samples", "found z.jpg"),
    ({"height": None}, "height: expected a value beside x, y, width, height", "found None"),
    ({"attributes": "[1]"}, "attributes: expected a JSON object", "[1]"),
]


@pytest.mark.parametrize(("values", "expected", "found"), WRONG)
def test_wrong_rows_are_named(
    labels: Project, run: Shell, place: Place, values: dict[str, Any], expected: str, found: str
) -> None:
    run("export", "train", place.url)
    place.update("labels", 2, **values)
    key = "_id" if place.kind == "mongodb" else "key"
    for verb in (["diff", "train", place.url], ["import", place.url, "--name", "train"]):
        told = run.refused(*verb)
        assert f"table labels, {key} 2: {expected}" in told and found in told
    assert labels.git("status", "--short") == ""


def test_what_labels_still_name_cannot_go(labels: Project, run: Shell, place: Place) -> None:
    run("export", "train", place.url)
    place.delete("samples", 2)
    told = run.refused("import", place.url, "--name", "train")
    assert " 3: sample: expected one of table samples, found b.jpg" in told
    run("export", "train", place.url, "--force")
    place.delete("categories", 2)
    told = run.refused("import", place.url, "--name", "train")
    assert " 2: category: expected one of table categories, found dog" in told


ODD = [
    "",
    " ",
    "a ",
    "NULL",
    "\\N",
    'q"uo,te\n',
    "\t\r\n",
    "ümläut 👩‍👧 \u2028",
    "'; DROP TABLE x --",
]


def awkward() -> Snapshot:
    """Labels of every kind whose texts and numbers are hard to get through a database unharmed."""
    count = len(ODD)
    geometry = canonical_json({"polygon": [[0.1 + 0.2, 1e-300, 5.0, 1e22, 3.0, -0.5]]})
    labels = labels_frame(
        id=[str(number) for number in range(count)],
        sample=[f"s{number}" for number in range(count)],
        kind=["span", "box", "text", "class", "polygon", "segment", "text", "class", "text"],
        category=[None if not one.strip() else one for one in ODD],
        x=[None, 1 / 3, *[None] * 7], y=[None, 1e-7, *[None] * 7],
        width=[None, 123456789.123456789, *[None] * 7], height=[None, 5e-324, *[None] * 7],
        geometry=[None] * 4 + [geometry] + [None] * 4,
        start=[0.0, *[None] * 4, 0.1, *[None] * 3], end=[3.0, *[None] * 4, 2e9, *[None] * 3],
        unit=["character", "pixel", None, None, "pixel", "second", None, None, None],
        text=[None, None, ODD[0], None, None, None, ODD[6], None, ODD[8]],
        attributes=[attributes_json({"note": one, "deep": [1, 0.5, None]}) for one in ODD],
        annotator=ODD, confidence=[0.1 * number for number in range(count)],
    )  # fmt: skip
    samples = samples_frame(
        sample=[f"s{number}" for number in range(count)], text=ODD, duration=[0.1] * count
    )
    names = sorted({one for one in ODD if one.strip()})
    return Snapshot(labels, samples, categories_frame(names), format="spans").check()


def test_awkward_texts_and_numbers_survive(place: Place) -> None:
    database, snapshot = place.open(), awkward()
    database.lay_down(snapshot, Laid("train", "spans"))
    assert not database.changes()
    assert database.snapshot() == snapshot
    assert database.laid() == Laid("train", "spans")
    database.lay_down(snapshot, Laid("train", "spans", rev="v2", settings={"a": "b"}))
    assert database.snapshot() == snapshot
    assert database.laid() == Laid("train", "spans", rev="v2", settings={"a": "b"})


def test_a_trailing_space_is_a_change(place: Place) -> None:
    database = place.open()
    database.lay_down(awkward(), Laid("train", "spans"))
    place.update("labels", 9, text="'; DROP TABLE x -- ")
    changes = database.changes()
    assert (changes.before.labels.height, changes.after.labels["text"][0][-1]) == (1, " ")


def port_of(place: Place) -> int:
    if place.kind == "sqlite":
        pytest.skip("SQLite has no connection to cut")
    return int(place.url.rpartition("@")[2].rpartition(":")[2].split("/")[0])


VERBS = (
    ["export", "train", "URL", "--rev", "side", "--force"],
    ["diff", "train", "URL"],
    ["import", "URL", "--name", "train"],
)


@pytest.mark.parametrize("direction", ["sent", "received"])
@pytest.mark.parametrize("verb", VERBS, ids=["export", "diff", "import"])
def test_a_cut_connection_leaves_all_as_it_was(
    labels: Project, run: Shell, place: Place, verb: list[str], direction: str
) -> None:
    port = port_of(place)
    run("export", "train", place.url)
    place.update("labels", 1, category="dog")
    before, head = everything(place), labels.git("rev-parse", "HEAD")
    cuts = 0
    for share in (500, 1500, 3000):
        # MongoDB's driver tells the server to give up by a connection of its own
        with Proxy(port, **{direction: share}, once=place.kind == "mongodb") as proxy:
            ended = run(*(proxy.url(place) if w == "URL" else w for w in verb), code=None)
            cut = proxy.has_cut
        assert "Traceback" not in ended.err and "Pa55" not in ended.err
        if cut and ended.code == 2:
            cuts += 1
            assert everything(place) == before
            assert labels.git("rev-parse", "HEAD") == head
            assert labels.git("status", "--short") == ""
        elif cut:
            assert (ended.code, place.kind) == (0, "mongodb")  # which asks again by itself
        if verb[0] != "diff" and ended.code == 0:
            break
    assert cuts or place.kind == "mongodb"


def test_a_first_export_that_is_cut_leaves_no_tables(
    labels: Project, run: Shell, sql_place: Place
) -> None:
    port, cuts = port_of(sql_place), 0
    for share in range(2000, 9000, 1000):
        with Proxy(port, sent=share, once=True) as proxy:
            ended = run("export", "train", proxy.url(sql_place), code=None)
            if not proxy.has_cut or ended.code == 0:
                break
        assert "the connection was cut" in ended.err
        assert sql_place.names() == set()
        cuts += 1
    assert cuts > 1
