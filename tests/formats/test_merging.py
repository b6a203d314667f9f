"""Merging files: what every format keeps, and what only some of them have."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Any

import polars as pl
import pytest

from labelvc.core.align import align, named, names_of_samples
from labelvc.core.errors import LossError
from labelvc.core.merge import Merged, Rules, merge
from labelvc.core.snapshot import Snapshot
from labelvc.formats import registry
from labelvc.formats.merging import MergedSet, Merging, merge_sources
from labelvc.formats.pair import Wanted
from labelvc.formats.triple import is_declared
from tests.data import data
from tests.formats.case import Case
from tests.formats.merge_edits import Files, read, version
from tests.formats.test_contract import DERIVED, WRITABLE, rows

# Both sides together may leave a sentence without words, or one without a name of its own.
MAY_BE_REFUSED = {
    "conllu: sentences without a name, and of one name",
    "conllu: words alone",
    "conllu: underscores as forms, an empty node before all words",
}
# Of three boxes at one place it is open which one a side has changed.
INDISTINGUISHABLE = {"coco: id 0, ids twice, ids missing, ids as text"}
IDENTITY = ("key", "id", "record")
every_case = pytest.mark.parametrize("case", WRITABLE, ids=str)


@cache
def changed_on_both_sides(name: str) -> MergedSet:
    case = next(case for case in WRITABLE if str(case) == name)
    return merged(case, case.files, edited(name, "ours"), edited(name, "theirs"))


def merged(case: Case, base: Files | None, ours: Files, theirs: Files) -> MergedSet:
    sides = [
        None if files is None else replace(case, files=files).source()
        for files in (base, ours, theirs)
    ]
    wanted = Wanted(case.format, settings=case.settings)
    return merge_sources(sides[0], sides[1], sides[2], case.format, Merging(wanted))  # type: ignore[arg-type]


def files_of(outcome: MergedSet) -> dict[str, bytes]:
    return {**{path: blob.read() for path, blob in outcome.kept.items()}, **outcome.written}


@cache
def base_of(name: str) -> Snapshot:
    case = next(case for case in WRITABLE if str(case) == name)
    return read(case, case.files)


@cache
def edited(name: str, seed: object) -> Files:
    case = next(case for case in WRITABLE if str(case) == name)
    return version(case, base_of(name), seed)


def in_memory(case: Case, ours: Files, theirs: Files) -> Merged:
    """The same merge done on whole snapshots."""
    fmt = registry.FORMATS[case.format]
    sides = [base_of(str(case)), read(case, ours), read(case, theirs)]
    aligned = align(*sides)
    rules = Rules(
        declared=is_declared(sides, fmt),
        is_sequence=fmt.CARRIES.ids_are_places,
        references=fmt.CARRIES.references,
    )
    done = merge(aligned.base, aligned.ours, aligned.theirs, alike=aligned.alike, rules=rules)
    return replace(done, snapshot=named(done.snapshot, names_of_samples(aligned, done.snapshot)))


def comparable(case: Case, snapshot: Snapshot) -> Snapshot:
    """Without what follows from other things: the names of samples without one, unused classes."""
    snapshot = DERIVED.get(case.format, lambda one: one)(snapshot)
    if case.format in ("conll", "conllu", "spans", "table"):
        bare = pl.col("sample").str.replace(r"#\d+$", "")
        snapshot = replace(
            snapshot,
            labels=snapshot.labels.with_columns(bare),
            samples=snapshot.samples.with_columns(bare),
        )
    return snapshot


def assert_same(case: Case, found: Snapshot, meant: Snapshot) -> None:
    used = found.labels["category"].drop_nulls().unique().sort().to_list()
    if found.categories["name"].sort().to_list() == used:  # nothing declares the others
        meant = replace(meant, categories=found.categories)
    one, two = comparable(case, found), comparable(case, meant)
    for table in ("labels", "samples", "categories"):
        held = [replace(Snapshot(), **{table: getattr(side, table)}) for side in (one, two)]
        assert held[0] == held[1], table


# What every format keeps


@every_case
def test_files_are_merged_as_snapshots_are(case: Case) -> None:
    ours, theirs = edited(str(case), "ours"), edited(str(case), "theirs")
    try:
        outcome = changed_on_both_sides(str(case))
    except LossError:
        assert str(case) in MAY_BE_REFUSED
        return
    found = read(case, files_of(outcome))
    assert_kept(case, ours, theirs, files_of(outcome))
    if str(case) in INDISTINGUISHABLE:
        return
    meant = in_memory(case, ours, theirs)
    assert_same(case, found, meant.snapshot)
    # what a part of a sample cannot tell is whether a label is its only one
    kinds = [
        sorted(one.kind for one in side.conflicts if one.kind != "add/add")
        for side in (outcome, meant)
    ]
    assert kinds[0] == kinds[1]


def assert_kept(case: Case, ours: Files, theirs: Files, files: Files) -> None:
    """The fragments of samples that theirs left alone are ours', byte by byte."""
    base, side, other = base_of(str(case)), read(case, ours), read(case, theirs)
    same = set(side.samples["sample"])
    for table in ("labels", "samples"):
        columns = tuple(name for name in getattr(base, table).columns if name not in IDENTITY)
        was, now = (rows(getattr(one, table), columns) for one in (base, other))
        same -= {row[columns.index("sample")] for row in (was - now) + (now - was)}
    text, content = (b"\n".join(each.values()) for each in (ours, files))
    for table in (side.labels, side.samples):
        for record in table.filter(pl.col("sample").is_in(list(same)))["record"].drop_nulls():
            fragment = bytes(side.records[record]).rstrip()
            assert fragment not in text or fragment in content


@every_case
def test_reading_parts_gives_what_reading_all_gives(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    fmt = registry.FORMATS[case.format]
    scan = fmt.scan(case.source(), fmt.settle(case.source(), case.settings))
    try:
        by_parts = changed_on_both_sides(str(case))
        monkeypatch.setattr(type(scan), "comparable", lambda *_: False)
        as_a_whole = merged(
            case, case.files, edited(str(case), "ours"), edited(str(case), "theirs")
        )
    except LossError:
        assert str(case) in MAY_BE_REFUSED
        return
    assert_same(case, *(read(case, files_of(one)) for one in (by_parts, as_a_whole)))


@every_case
def test_one_changed_side_is_the_outcome(case: Case) -> None:
    files, changed = case.files, edited(str(case), "ours")
    assert files_of(merged(case, files, files, files)) == files
    outcome = merged(case, files, changed, files)
    assert files_of(outcome) == changed and not outcome.conflicts
    outcome = merged(case, files, files, changed)
    assert not outcome.conflicts
    assert_same(case, read(case, files_of(outcome)), read(case, changed))


@pytest.mark.parametrize("case", [case for case in WRITABLE if case.folder], ids=str)
def test_a_file_beside_the_labels_comes_from_who_changed_it(case: Case) -> None:
    ours, theirs = edited(str(case), "ours"), edited(str(case), "theirs")
    sides = [dict(files) | {"notes.bin": b"old"} for files in (case.files, ours, theirs)]
    sides[2] |= {"notes.bin": b"new", "more.bin": b"more"}
    try:
        found = files_of(merged(case, *sides))
    except LossError:
        assert str(case) in MAY_BE_REFUSED
        return
    assert (found["notes.bin"], found["more.bin"]) == (b"new", b"more")


# COCO


def coco(**top: Any) -> dict[str, Any]:
    """Two boxes, of a cat and of a dog."""
    boxes = [
        {"id": n, "image_id": 1, "category_id": n, "bbox": [10 * n, 5, 20, 30]} for n in (1, 2)
    ]
    return {
        "info": {"year": 2019},
        "images": [{"id": 1, "file_name": "a.jpg", "width": 99, "height": 80}],
        "annotations": boxes,
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
        **top,
    }


def merge_one(
    format: str, base: Any, ours: Any, theirs: Any, name: str = "x", **settings: str
) -> tuple[bytes, MergedSet]:
    """Single files merged; what is no bytes is written as JSON."""
    contents = [
        one if isinstance(one, bytes) else json.dumps(one).encode() for one in (base, ours, theirs)
    ]
    files = [{name: content} for content in contents]
    case = Case("x", format, files[0], [], [], [], settings=settings)
    outcome = merged(case, *files)
    return outcome.written[name], outcome


def test_top_level_keys_are_merged_by_key() -> None:
    base = coco(licenses=[1], old=1, odd=[0])
    ours = coco(licenses=[1], old=1, odd=[1], mine={"a": 1})
    theirs = coco(info={"year": 2020}, odd=[2], new="é", licenses=[1])
    ours["annotations"] = ours["annotations"][:1]
    content, outcome = merge_one("coco", base, ours, theirs)
    told = json.loads(content)
    assert "old" not in told and told["info"] == {"year": 2020} and told["new"] == "é"
    assert told["odd"] == [1] and told["mine"] == {"a": 1}
    assert len(told["annotations"]) == 1
    assert outcome.notes == ["both sides changed odd of x: ours was kept"]


def test_top_level_keys_of_theirs_come_in_alone() -> None:
    base, theirs = coco(), coco(info={"year": 2020})
    theirs = {"first": 1, **theirs}
    del base["info"]["year"]
    content, outcome = merge_one("coco", base, base, theirs)
    assert json.loads(content) == theirs and not outcome.notes
    content, _ = merge_one("coco", theirs, theirs, {**base, "info": {"year": 2020}})
    assert "first" not in json.loads(content)


def test_renamed_categories_and_renumbered_images_merge() -> None:
    ours, theirs = coco(), coco()
    ours["categories"][0]["name"] = "lion"
    ours["annotations"][1]["bbox"] = [1, 2, 3, 4]
    theirs["images"] = [{**coco()["images"][0], "id": 7}]
    theirs["annotations"] = [
        {**box, "image_id": 7, "id": box["id"] + 50} for box in theirs["annotations"]
    ]
    theirs["annotations"][0]["category_id"] = 2
    content, outcome = merge_one("coco", coco(), ours, theirs)
    told = json.loads(content)
    assert not outcome.conflicts
    assert [one["name"] for one in told["categories"]] == ["lion", "dog"]
    assert [(box["category_id"], box["bbox"][0]) for box in told["annotations"]] == [
        (2, 10),
        (2, 1),
    ]


def test_a_category_renamed_by_theirs_is_renamed_in_all_labels() -> None:
    boxes = [
        {"id": n, "image_id": 1, "category_id": 1, "bbox": [n, 5 * n, 9, 9]} for n in range(1, 9)
    ]
    base, ours, theirs = (coco(annotations=[dict(box) for box in boxes]) for _ in range(3))
    theirs["categories"] = [{"id": 1, "name": "lion"}, base["categories"][1]]
    theirs["annotations"][1]["bbox"] = [60, 5, 9, 9]
    ours["annotations"][2]["bbox"] = [70, 5, 9, 9]
    ours["annotations"][5]["category_id"] = 2
    content, outcome = merge_one("coco", base, ours, theirs)
    ours["annotations"][1]["bbox"] = [60, 5, 9, 9]
    assert json.loads(content) == {**ours, "categories": theirs["categories"]}
    assert not outcome.conflicts


def test_new_ids_that_clash_are_given_anew() -> None:
    ours, theirs = coco(), coco()
    ours["annotations"].append({"id": 3, "image_id": 1, "category_id": 1, "bbox": [1, 50, 9, 9]})
    theirs["annotations"].append({"id": 3, "image_id": 1, "category_id": 2, "bbox": [60, 1, 9, 9]})
    content, outcome = merge_one("coco", coco(), ours, theirs)
    boxes = json.loads(content)["annotations"]
    assert [box["id"] for box in boxes] == [1, 2, 3, 4] and dict(outcome.renumbered) == {"3": "4"}


# Tables

TABLE = b"id,label\n1,cat\n2,dog\n3,cat\n5,dog\n"


def test_columns_of_theirs_come_in() -> None:
    ours = TABLE.replace(b"3,cat", b"3,dog")
    theirs = b"id,label,who\n1,cat,ada\n2,cow,\n3,cat,\n5,dog,\n4,cat,bob\n"
    content, outcome = merge_one("table", TABLE, ours, theirs, name="x.csv")
    assert content == b"id,label,who\n1,cat,ada\n2,cow,\n3,dog,\n5,dog,\n4,cat,bob\n"
    assert not outcome.conflicts
    content, _ = merge_one("table", TABLE, theirs, ours, name="x.csv")
    assert content == b"id,label,who\n1,cat,ada\n2,cow,\n3,dog,\n5,dog,\n4,cat,bob\n"


def test_columns_of_both_come_in_and_those_taken_out_stay() -> None:
    base = b"id,label,old\r\n1,cat,x\r\n2,dog,y\r\n"
    ours = b"id,label,old,mine\r\n1,cat,x,m\r\n2,dog,y,\r\n"
    theirs = b'id,label,"a, b"\r\n1,cat,t\r\n2,cow,\r\n'
    content, outcome = merge_one("table", base, ours, theirs, name="x.csv")
    assert content == b'id,label,old,mine,"a, b"\r\n1,cat,,m,t\r\n2,cow,,,\r\n'
    assert "old" in outcome.notes[0]


def test_parquet_columns_come_in(tmp_path: Any) -> None:
    def written(**columns: Any) -> bytes:
        pl.DataFrame(columns).write_parquet(tmp_path / "x")
        return (tmp_path / "x").read_bytes()

    ids = ["1", "2", "3", "4"]
    base = written(id=ids, label=["cat", "dog", "cat", "dog"])
    ours = written(id=ids, label=["cow", "dog", "cat", "dog"])
    theirs = written(id=ids, label=["cat", "cat", "cat", "dog"], score=[0.5, None, None, None])
    content, outcome = merge_one("table", base, ours, theirs, name="x.parquet")
    (tmp_path / "x").write_bytes(content)
    assert pl.read_parquet(tmp_path / "x").rows()[:2] == [("1", "cow", 0.5), ("2", "cat", None)]
    assert not outcome.conflicts


# Folders


def merge_folder(format: str, base: Files, ours: Files, theirs: Files) -> tuple[Files, MergedSet]:
    """Folders merged; the sides say only what they change, None what they remove."""
    case = Case("x", format, base, [], [], [], folder=True)
    sides = [
        {path: one for path, one in {**base, **side}.items() if one is not None}
        for side in (ours, theirs)
    ]
    outcome = merged(case, base, *sides)
    return files_of(outcome), outcome


YAML = b"path: ../data # root\ntrain: images\nnc: 2\nnames:\n  0: cat\n  1: dog\n"
BOX = b" 0.5 0.5 0.25 0.5\n"
YOLO = {"data.yaml": YAML, "labels/a.txt": b"0" + BOX, "labels/b.txt": b"1" + BOX}


def with_class(name: str, *, at: int = 2) -> bytes:
    return YAML.replace(b"nc: 2", b"nc: 3") + f"  {at}: {name}\n".encode()


def test_classes_that_both_sides_add_get_indices_of_their_own() -> None:
    ours = {"data.yaml": with_class("cow"), "labels/a.txt": b"2" + BOX}
    theirs = {
        "data.yaml": with_class("owl"),
        "labels/b.txt": b"2" + BOX,
        "labels/c.txt": b"2" + BOX,
    }
    files, outcome = merge_folder("yolo", YOLO, ours, theirs)
    assert files["data.yaml"] == with_class("cow").replace(b"3", b"4") + b"  3: owl\n"
    assert files["labels/a.txt"] == b"2" + BOX
    assert files["labels/b.txt"] == files["labels/c.txt"] == b"3" + BOX
    assert not outcome.conflicts


def test_one_class_that_both_sides_add_is_one() -> None:
    side = {"data.yaml": with_class("cow")}
    ours, theirs = side | {"labels/a.txt": b"2" + BOX}, side | {"labels/b.txt": b"2" + BOX}
    files, outcome = merge_folder("yolo", YOLO, ours, theirs)
    assert files == {**YOLO, **ours, **theirs} and not outcome.conflicts


def test_class_lists_without_indices_are_merged() -> None:
    base = {"classes.txt": b"cat\ndog\n", "a.txt": b"0" + BOX, "b.txt": b"1" + BOX}
    ours = {"classes.txt": b"cat\ndog\ncow\n", "a.txt": b"2" + BOX}
    theirs = {"classes.txt": b"cat\ndog\nowl\n", "b.txt": b"2" + BOX}
    files, outcome = merge_folder("yolo", base, ours, theirs)
    assert files["classes.txt"] == b"cat\ndog\ncow\nowl\n" and not outcome.conflicts
    assert (files["a.txt"], files["b.txt"]) == (b"2" + BOX, b"3" + BOX)


def test_other_keys_of_a_data_yaml_are_merged() -> None:
    ours = {"data.yaml": with_class("cow").replace(b"train: images", b"train: mine")}
    theirs = {
        "data.yaml": with_class("owl").replace(b"../data # root", b"..")
        + b"# more\nflip: [1,\n  0]\n"
    }
    files, outcome = merge_folder("yolo", YOLO, ours, theirs)
    assert files["data.yaml"] == (
        b"path: ..\ntrain: mine\nnc: 4\nnames:\n  0: cat\n  1: dog\n  2: cow\n  3: owl\n"
        b"flip: [1,\n  0]\n"
    )
    assert not outcome.notes
    theirs = {"data.yaml": YAML.replace(b"train: images", b"train: other")}
    _, outcome = merge_folder("yolo", YOLO, ours, theirs)
    assert outcome.notes == ["both sides changed train in data.yaml: ours was kept"]


def test_lists_of_splits_are_merged() -> None:
    base = {
        "classes.txt": b"cat\n",
        "train.txt": b"data/a.jpg\ndata/b.jpg\n",
        "val.txt": b"data/c.jpg\n",
        **{f"{name}.txt": b"0" + BOX for name in "abc"},
    }
    ours = {"train.txt": b"data/a.jpg\ndata/b.jpg\ndata/d.jpg\n", "d.txt": b"0" + BOX}
    theirs = {
        "train.txt": b"data/a.jpg\ndata/e.jpg\n",
        "val.txt": b"data/c.jpg\ndata/b.jpg\n",
        "e.txt": b"0 0.25" + BOX[4:],
    }
    files, outcome = merge_folder("yolo", base, ours, theirs)
    assert files["train.txt"] == b"data/a.jpg\ndata/d.jpg\ndata/e.jpg\n"
    assert files["val.txt"] == b"data/c.jpg\ndata/b.jpg\n"
    assert (files["d.txt"], files["e.txt"]) == (ours["d.txt"], theirs["e.txt"])
    assert not outcome.conflicts


def page(*names: str) -> bytes:
    boxes = "".join(
        f"<object><name>{name}</name><bndbox><xmin>{10 * n + 1}</xmin><ymin>2</ymin>"
        f"<xmax>{10 * n + 9}</xmax><ymax>8</ymax></bndbox></object>\n"
        for n, name in enumerate(names)
    )
    return f"<annotation><filename>a.jpg</filename>\n{boxes}</annotation>\n".encode()


def test_voc_objects_of_one_file_are_merged() -> None:
    base = {"a.xml": page("cat", "dog", "cat"), "b.xml": page("cow")}
    files, outcome = merge_folder(
        "voc", base, {"a.xml": page("dog", "dog", "cat")}, {"a.xml": page("cat", "dog", "cow")}
    )
    assert files == {**base, "a.xml": page("dog", "dog", "cow")} and not outcome.conflicts
    files, outcome = merge_folder(
        "voc", base, {"a.xml": None}, {"a.xml": page("cat", "cow", "cat")}
    )
    assert [one.kind for one in outcome.conflicts] == ["removed/labelled"]
    assert files["a.xml"] == page("cat", "dog", "cat")


def test_a_picture_that_both_sides_moved_is_a_conflict() -> None:
    base = {"cat/1.jpg": b"1", "cat/2.jpg": b"2", "dog/3.jpg": b"3"}
    ours = {"cat/1.jpg": None, "dog/1.jpg": b"1", "cow/4.jpg": b"4"}
    theirs = {"cat/1.jpg": None, "cow/1.jpg": b"1", "dog/5.jpg": b"5"}
    files, outcome = merge_folder("imagefolder", base, ours, theirs)
    assert [(one.kind, one.field) for one in outcome.conflicts] == [("edit/edit", "category")]
    assert files == {**base, "cow/4.jpg": b"4", "dog/5.jpg": b"5"}


# Texts


def test_spans_land_on_the_same_words_of_an_edited_text() -> None:
    line = {"text": "Ada met Bob in Rome", "entities": [[0, 3, "PER"]], "id": 1}
    ours = {**line, "text": "Yesterday Ada met Bob in Rome", "entities": [[10, 13, "PER"]]}
    theirs = {**line, "entities": [[0, 3, "PER"], [15, 19, "LOC"]]}
    content, outcome = merge_one("spans", line, ours, theirs, name="x.jsonl")
    assert json.loads(content) == {**ours, "entities": [[10, 13, "PER"], [25, 29, "LOC"]]}
    assert not outcome.conflicts


def test_a_transcript_in_conflict_stays() -> None:
    line = {"audio_filepath": "a.wav", "duration": 1.5, "text": "hello word"}
    ours, theirs = {**line, "text": "hello world"}, {**line, "text": "hallo word"}
    content, outcome = merge_one("nemo", line, ours, theirs, name="x.jsonl")
    assert content == json.dumps(line).encode()
    assert [(one.kind, one.field) for one in outcome.conflicts] == [("edit/edit", "text")]


def test_an_added_sentence_that_stands_there_already_is_added() -> None:
    """Sentences have no names: equal ones are counted, so that one in front renames the other."""
    base = b"Thank O\nyou O\n\nEU B-ORG\n\n"
    theirs = b"Thank O\nyou B-PER\n\n" + base
    ours = base.replace(b"ORG", b"LOC")
    content, outcome = merge_one("conll", base, ours, theirs, name="x.conll")
    assert sorted(content.split(b"\n\n")) == sorted((theirs.replace(b"ORG", b"LOC")).split(b"\n\n"))
    assert not outcome.conflicts


def test_sentences_of_both_sides_are_merged() -> None:
    base = b"Peter B-PER\nsang O\n\nEU B-ORG\nvotes O\n\n"
    ours, theirs = base.replace(b"B-PER", b"B-LOC"), base.replace(b"B-ORG", b"B-MISC")
    content, outcome = merge_one("conll", base, ours, theirs, name="x.conll")
    assert content == ours.replace(b"B-ORG", b"B-MISC") and not outcome.conflicts


@pytest.mark.parametrize("entry", range(16))
def test_merges_of_treebanks_are_those_that_people_made(entry: int) -> None:
    told = json.loads(data("ud_ewt_merges/index_ship.json").read_text())[entry]
    base, ours, theirs, human = (
        data(f"ud_ewt_merges/{told['dir']}/{name}.conllu").read_bytes()
        for name in ("base", "ours", "theirs", "merged")
    )
    content, outcome = merge_one("conllu", base, ours, theirs, name="x.conllu")
    if told["cell_merge_equals_human"]:
        assert content == human and not outcome.conflicts
        return
    (conflict,) = outcome.conflicts
    assert conflict.kind == "edit/edit" and conflict.field in ("attributes.xpos", "attributes.misc")
    lines = zip(content.splitlines(), human.splitlines(), strict=True)
    assert sum(one != two for one, two in lines) == 1


def sentence(*tokens: tuple[str, str, int]) -> bytes:
    rows = (
        f"{n}\t{form}\t_\t{upos}\t_\t_\t{head}\tdep\t_\t_\n"
        for n, (form, upos, head) in enumerate(tokens, 1)
    )
    return ("# sent_id = s\n" + "".join(rows) + "\n").encode()


PLAIN = (("The", "DET", 2), ("cat", "NOUN", 3), ("sat", "VERB", 0), ("down", "ADV", 3))
LONGER = (
    *(("The", "DET", 3), ("big", "ADJ", 3), ("cat", "NOUN", 4), ("sat", "VERB", 0)),
    ("down", "ADV", 4),
)


def test_an_edit_behind_an_inserted_word_lands_on_its_word() -> None:
    edited = (*PLAIN[:3], ("down", "NOUN", 3))
    content, outcome = merge_one("conllu", sentence(*PLAIN), sentence(*LONGER), sentence(*edited))
    assert content == sentence(*LONGER[:4], ("down", "NOUN", 4)) and not outcome.conflicts


def test_a_head_beside_an_inserted_word_is_a_conflict() -> None:
    edited = (*PLAIN[:3], ("down", "ADV", 2))
    content, outcome = merge_one("conllu", sentence(*PLAIN), sentence(*LONGER), sentence(*edited))
    assert [one.field for one in outcome.conflicts] == ["attributes.head"]
    assert b"\tbig\t" in content


def test_words_that_both_sides_insert_leave_a_loadable_file() -> None:
    other = (*PLAIN[:3], ("right", "ADV", 5), ("down", "ADV", 3))
    content, outcome = merge_one("conllu", sentence(*PLAIN), sentence(*LONGER), sentence(*other))
    assert read(Case("x", "conllu", {"x": content}, [], [], []), {"x": content}).labels.height
    assert outcome.conflicts
