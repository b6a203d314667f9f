"""Prodigy's own database is read as Prodigy lays it out."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy

from tests.adapters.places import Place
from tests.cli.shell import Shell
from tests.repo.project import Project

EXAMPLES: list[dict[str, Any]] = [
    {"text": "Ann lives in Köln 🙂", "spans": [{"start": 0, "end": 3, "label": "PERSON"}],
     "answer": "accept", "_input_hash": 1, "_task_hash": 11},
    {"text": "Nobody is here", "spans": [], "answer": "accept", "_input_hash": 2, "_task_hash": 12},
    {"text": "Bob was in Rome", "answer": "accept", "_input_hash": 3, "_task_hash": 13,
     "spans": [{"start": 0, "end": 3, "label": "PERSON"},
               {"start": 11, "end": 15, "label": "PLACE"}]},
]  # fmt: skip


def prodigy(place: Place, **datasets: list[dict[str, Any]]) -> None:
    """The tables that Prodigy makes, with a session's dataset beside each."""
    metadata = sqlalchemy.MetaData()
    text, integer = sqlalchemy.String(255), sqlalchemy.BigInteger()
    column = sqlalchemy.Column

    def number() -> sqlalchemy.Column[int]:
        return column("id", sqlalchemy.Integer, primary_key=True)

    dataset = sqlalchemy.Table(
        "dataset", metadata, number(), column("name", text), column("created", integer),
        column("meta", sqlalchemy.LargeBinary), column("session", sqlalchemy.Boolean),
    )  # fmt: skip
    example = sqlalchemy.Table(
        "example", metadata, number(), column("input_hash", integer),
        column("task_hash", integer), column("content", sqlalchemy.LargeBinary),
    )  # fmt: skip
    link = sqlalchemy.Table(
        "link",
        metadata,
        number(),
        column("example_id", integer),
        column("dataset_id", integer),
    )
    with place.connected() as connection:
        metadata.create_all(connection)
        at = 0
        for name, examples in datasets.items():
            found = [
                connection.execute(dataset.insert().values(name=one, meta=b"{}", session=session))
                for one, session in ((name, False), (f"{name}-2024", True))
            ]
            for one in examples:
                at += 1
                content = json.dumps(one, indent=1 if at == 2 else None).encode()
                connection.execute(example.insert().values(id=at, content=content))
                for made in found:
                    linked = link.insert().values(
                        example_id=at, dataset_id=made.inserted_primary_key[0]
                    )
                    connection.execute(linked)


def test_a_dataset_becomes_a_label_set(labels: Project, run: Shell, sql_place: Place) -> None:
    prodigy(sql_place, people=EXAMPLES)
    told = run("import", sql_place.url, "--name", "people", "--json").json
    assert (told["path"], told["totals"]["samples"]) == ("labels/people.jsonl", 3)
    lines = labels.read("labels/people.jsonl").splitlines()
    assert [json.loads(line) for line in lines] == EXAMPLES
    shown = run("show", "--json", "--", "people").json
    assert [one["category"] for one in shown["sets"]["people"]["labels"]] == [
        "PERSON", "PERSON", "PLACE",
    ]  # fmt: skip


def test_what_was_annotated_since_is_committed(
    labels: Project, run: Shell, sql_place: Place
) -> None:
    prodigy(sql_place, people=EXAMPLES)
    run("import", sql_place.url, "--name", "people")
    run("commit", "-m", "First")
    assert "nothing to import" in run("import", sql_place.url, "--name", "people").out
    more = {"text": "Eve", "spans": [{"start": 0, "end": 3, "label": "PERSON"}], "answer": "accept"}
    sql_place.insert("example", id=9, content=json.dumps(more).encode())
    sql_place.insert("link", example_id=9, dataset_id=1)
    assert "people: +1" in run("import", sql_place.url, "--name", "people").out
    assert labels.git("status", "--short") == ""


def test_of_several_datasets_one_is_named(labels: Project, run: Shell, sql_place: Place) -> None:
    prodigy(sql_place, one=EXAMPLES[:1], two=EXAMPLES[1:])
    told = run.refused("import", sql_place.url, "--name", "n")
    assert "several datasets" in told and "There are: one, two." in told
    assert "no dataset three" in run.refused(
        "import", sql_place.url, "--name", "n", "--dataset", "three"
    )
    run("import", sql_place.url, "--name", "n", "--dataset", "two")
    assert len(labels.read("labels/n.jsonl").splitlines()) == 2


def test_an_example_that_is_no_json_is_named(labels: Project, run: Shell, sql_place: Place) -> None:
    prodigy(sql_place, one=EXAMPLES)
    sql_place.insert("example", id=7, content=b'{"text": "\xff"}')
    sql_place.insert("link", example_id=7, dataset_id=1)
    told = run.refused("import", sql_place.url, "--name", "n")
    assert "table example, id 7: content: expected a JSON object" in told
    assert not (labels.path / "labels" / "n.jsonl").exists()


def test_a_database_of_others_has_no_datasets(
    labels: Project, run: Shell, sql_place: Place
) -> None:
    run("export", "train", sql_place.url)
    told = run.refused("import", sql_place.url, "--name", "n", "--dataset", "one")
    assert "no database of Prodigy's" in told
