from __future__ import annotations

from labelvc.core.snapshot import Snapshot, categories_frame, labels_frame
from labelvc.stages.clean_categories import unify


def named(*names: str, categories: list[str] | None = None) -> Snapshot:
    return Snapshot(
        labels_frame(sample=["s"] * len(names), kind=["class"] * len(names), category=names),
        categories=categories_frame(categories or list(dict.fromkeys(names))),
    )


def test_spellings_that_differ_in_nothing_else_become_the_most_frequent():
    found = unify(named("Cat", "cat ", "cat ", "Caf\u00e9", "cafe\u0301", "dog", "CAFÉ", "CAFÉ"))
    assert found.names == {
        "Cat": "cat ", "cat ": "cat ", "Café": "CAFÉ", "cafe\u0301": "CAFÉ", "CAFÉ": "CAFÉ",
        "dog": "dog",
    }  # fmt: skip
    assert found.told == [
        {"name": "cat ", "spellings": {"Cat": 1, "cat ": 2}},
        {"name": "CAFÉ", "spellings": {"Café": 1, "cafe\u0301": 1, "CAFÉ": 2}},
    ]


def test_of_equally_frequent_ones_the_first_declared_wins():
    assert unify(named("b x", "B  X", categories=["B  X", "b x"])).names["b x"] == "B  X"


def test_other_names_stay_what_they_are():
    found = unify(named("cat", "cats", "c at", "ß", categories=["cat", "cats", "c at", "ß", "s"]))
    assert all(key == name for key, name in found.names.items()) and not found.told


def test_keys_that_are_no_names_are_looked_up():
    snapshot = named("k1", "k2", "k2")
    categories = snapshot.categories.with_columns(name=snapshot.categories["key"].replace(
        {"k1": "Cat", "k2": "cat"}
    ))  # fmt: skip
    assert unify(Snapshot(snapshot.labels, categories=categories)).names == {
        "k1": "cat", "k2": "cat"
    }  # fmt: skip


def test_a_category_that_only_labels_name_counts_too():
    assert unify(named("Cat", "cat", "cat", categories=["Cat"])).names == {
        "Cat": "cat", "cat": "cat"
    }  # fmt: skip
