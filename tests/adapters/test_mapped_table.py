"""A table that the user already has, compared with a label set by the mapping in labelvc.yaml."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.adapters.places import Place
from tests.cli.shell import FIRST, Shell
from tests.repo.project import Project

MAPPING = """\
    database:
      table: boxes of ann
      columns: {id: box id, sample: img, category: label, xmin: x0, ymin: y0, xmax: x1, ymax: y1}
"""
ROWS = [
    (1, "a.jpg", "cat", 0, 5, 20, 35),
    (2, "a.jpg", "dog", 3, 5, 23, 35),
    (3, "b.jpg", "cat", 6, 5, 26, 35),
]
NAMES = ("box id", "img", "label", "x0", "y0", "x1", "y1")


def mapped(labels: Project, place: Place, rows: list[Any] = ROWS) -> None:
    """The label set's mapping, and the user's table with those rows and a column of their own."""
    config = labels.read("labelvc.yaml").decode()
    labels.write("labelvc.yaml", config + MAPPING)
    labels.git("commit", "-qam", "Map the table")
    quote = "`" if place.kind == "mysql" else '"'
    columns = ", ".join(
        f"{quote}{name}{quote} {'VARCHAR(40)' if name in ('img', 'label') else 'DOUBLE PRECISION'}"
        if name != "box id"
        else f"{quote}{name}{quote} INTEGER PRIMARY KEY"
        for name in NAMES
    )
    place.run(f"CREATE TABLE {quote}boxes of ann{quote} ({columns}, note VARCHAR(9) DEFAULT 'own')")
    for row in rows:
        place.insert("boxes of ann", **dict(zip(NAMES, row, strict=True)))


def test_equal_rows_are_no_changes(labels: Project, run: Shell, sql_place: Place) -> None:
    mapped(labels, sql_place)
    assert run("diff", "train", sql_place.url).out == "No label changes.\n"
    assert "nothing to import" in run("import", sql_place.url, "--name", "train").out


def test_edits_of_the_table_are_imported(labels: Project, run: Shell, sql_place: Place) -> None:
    mapped(
        labels,
        sql_place,
        [*ROWS[1:], (1, "a.jpg", "dog", 0, 5, 20, 35), (9, "n.jpg", "owl", 1, 2, 3, 4)],
    )
    told = run("diff", "train", sql_place.url, "--json").json["sets"]["train"]["counts"]
    assert (told["relabelled"], told["added"], told["samples_added"]) == (1, 1, 1)
    run("import", sql_place.url, "--name", "train")
    found = json.loads(labels.read("labels/train.json"))
    assert [(one["id"], one["category_id"]) for one in found["annotations"]] == [
        (1, 1),
        (2, 1),
        (3, 0),
        (9, 2),
    ]
    assert found["images"][0] == FIRST["images"][0]
    assert labels.git("log", "-1", "--format=%s").startswith("Import train from ")
    assert run("diff", "train", sql_place.url).out == "No label changes.\n"


def test_an_export_writes_the_rows_that_differ(
    labels: Project, run: Shell, sql_place: Place
) -> None:
    mapped(labels, sql_place, [])
    run("export", "train", sql_place.url)
    rows = sorted(sql_place.rows("boxes of ann"), key=lambda row: row["box id"])
    assert [tuple(row[name] for name in NAMES) for row in rows] == ROWS
    assert {row["note"] for row in rows} == {"own"}
    changed = json.loads(labels.read("labels/train.json"))
    del changed["annotations"][1]
    changed["annotations"][0]["category_id"] = 1
    labels.write("labels/train.json", changed)
    run("commit", "-m", "Change two")
    assert "rows were changed there" in run.refused("export", "train", sql_place.url)
    run("export", "train", sql_place.url, "--force")
    rows = sorted(sql_place.rows("boxes of ann"), key=lambda row: row["box id"])
    assert [(row["box id"], row["label"]) for row in rows] == [(1, "dog"), (3, "cat")]


def test_a_table_or_column_that_is_not_there_is_named(
    labels: Project, run: Shell, sql_place: Place
) -> None:
    mapped(labels, sql_place)
    config = labels.read("labelvc.yaml").decode()
    labels.write("labelvc.yaml", config.replace("label, xmin", "lable, xmin"))
    told = run.refused("diff", "train", sql_place.url)
    assert "table boxes of ann has no column lable (for category); it has box id, img" in told
    labels.write("labelvc.yaml", config.replace("boxes of ann", "boxes of bob"))
    assert "no table boxes of bob" in run.refused("diff", "train", sql_place.url)


def test_a_value_of_another_type_is_named(labels: Project, run: Shell, sql_place: Place) -> None:
    mapped(labels, sql_place, [*ROWS[:2], (3, "b.jpg", "cat", None, 5, 26, 35)])
    told = run.refused("diff", "train", sql_place.url)
    assert "table boxes of ann, box id 3: x: expected a value, as kind is box" in told


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{table: t}", "both table and columns"),
        ("{table: t, columns: {id: a, sample: b, catgory: c}}", "(category?)"),
        ("{table: t, columns: {id: a}}", "a column for sample"),
        ("{table: t, columns: {id: a, sample: b, x: c}}", "columns for all of x, y, width, height"),
        ("{table: t, columns: {id: a, sample: b, start: c, end: d}}", "kind: span or segment"),
        ("{table: t, columns: {id: a, sample: a}}", "each column once"),
        ("{table: t, kind: circle, columns: {id: a, sample: b}}", "kind: class or box"),
        ("{prefix: p, table: t, columns: {id: a, sample: b}}", "no prefix beside a table"),
        ("{password: x}", "one of schema, prefix, table"),
    ],
)
def test_a_wrong_mapping_is_named(labels: Project, run: Shell, text: str, expected: str) -> None:
    config = labels.read("labelvc.yaml").decode()
    labels.write("labelvc.yaml", f"{config}    database: {text}\n")
    told = run.refused("status")
    assert expected in told and "labelvc.yaml: line" in told
