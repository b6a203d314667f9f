"""CoNLL-U treebanks and merges that people made: read, written and compared with other readers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import conllu as other_reader
import pytest

from labelvc.core.snapshot import Snapshot
from labelvc.formats import conllu, registry
from labelvc.formats.comparing import compare
from labelvc.formats.pair import Wanted
from labelvc.formats.source import disk_source
from tests.data import data

RELEASES = ("ud_ewt/r2.15", "ud_ewt/r2.16")
DEV = "en_ewt-ud-dev.conllu"
MERGES = 16
# The ID and the fields of a label, by the columns of the file.
COLUMNS = ["id", "text", "lemma", "category", "xpos", "feats", "head", "deprel", "deps", "misc"]
Field = tuple[str, str]  # of a label or sample: its id, and the name of the field


def read(path: Path) -> Snapshot:
    return conllu.scan(disk_source(path), {}).read().check()


def fields(snapshot: Snapshot) -> dict[Field, Any]:
    """Everything that labels and the comments of samples say, field by field."""
    found: dict[Field, Any] = {}
    labels = snapshot.labels.select(
        "id", "sample", "start", "end", "text", "category", "attributes"
    )
    for native, *plain, attributes in labels.iter_rows():
        named = dict(zip(labels.columns[1:-1], plain, strict=True)) | json.loads(attributes or "{}")
        found |= {(native, name): value for name, value in named.items()}
    for sample, attributes in snapshot.samples.select("sample", "attributes").iter_rows():
        found |= {(sample, f"# {name}"): one for name, one in json.loads(attributes).items()}
    return found


def rows(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Sentence and cells of each row, line by line, without the format."""
    name = ""
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line.startswith("# sent_id = "):
            name = line.removeprefix("# sent_id = ")
        elif line and not line.startswith("#"):
            yield name, line.split("\t")


def cases() -> list[dict[str, Any]]:
    index: list[dict[str, Any]] = json.loads(data("ud_ewt_merges/index_ship.json").read_text())
    assert len(index) == MERGES
    return index


def versions(case: Mapping[str, Any]) -> list[Path]:
    """The files of base, ours, theirs and what the humans committed."""
    home = data("ud_ewt_merges") / case["dir"]
    return [home / f"{name}.conllu" for name in ("base", "ours", "theirs", "merged")]


def test_treebanks_are_written_as_they_were() -> None:
    paths = [data(release) / DEV for release in RELEASES]
    paths += [path for case in cases() for path in versions(case)]
    for path in paths:
        assert registry.sniff(disk_source(path)) is conllu
        snapshot = read(path)
        assert conllu.write(snapshot, {}) == {path.name: path.read_bytes()}
        assert snapshot.labels["id"].is_unique().all()


@pytest.mark.parametrize("release", RELEASES)
def test_totals_are_those_its_makers_tell(release: str) -> None:
    snapshot = read(data(release) / DEV)
    kinds = Counter(
        "fused" if "-" in token else "empty" if "." in token else "words"
        for token in (native.rpartition("/")[2] for native in snapshot.labels["id"])
    )
    told = ElementTree.parse(data(release) / "stats.xml").find("size/dev")
    assert told is not None
    counts = {each.tag: int(each.text or "") for each in told}
    assert (snapshot.samples.height, kinds["words"]) == (counts["sentences"], counts["words"])
    assert kinds["fused"] == counts["fused"]
    assert snapshot.tally().categories == Counter(
        cells[3] for _, cells in rows(data(release) / DEV) if cells[3] != "_"
    )


@pytest.mark.parametrize("release", RELEASES)
def test_another_reader_reads_the_same(release: str) -> None:
    path = data(release) / DEV
    as_it_stands = {name: lambda line, at: line[at] for name in ("feats", "deps", "misc", "head")}
    sentences = other_reader.parse(path.read_text(encoding="utf-8"), field_parsers=as_it_stands)
    expected: dict[Field, Any] = {}
    for one in sentences:
        key = one.metadata["sent_id"]
        expected |= {(key, f"# {name}"): value for name, value in one.metadata.items()}
        for at, token in enumerate(one):
            number = token["id"]
            native = f"{key}/{number if isinstance(number, int) else ''.join(map(str, number))}"
            cells = {name: value for name, value in token.items() if value not in ("_", None)}
            said = {
                **{"sample": key, "start": at, "end": at + 1, "text": token["form"]},
                "category": cells.pop("upos", None),
                **{name: value for name, value in cells.items() if name not in ("id", "form")},
            }
            # this reader takes the lemma _ of a form _ for an underscore
            lemmas = {"lemma"} if said.get("lemma") == "_" else set()
            expected |= {(native, name): each for name, each in said.items() if name not in lemmas}
    assert fields(read(path)) == expected


def test_changed_cells_from_release_to_release() -> None:
    before, after = (data(release) / DEV for release in RELEASES)
    one, two = ({(key, row[0]): row for key, row in rows(path)} for path in (before, after))
    expected = Counter(
        name
        for place in one.keys() & two.keys()
        for name, was, now in zip(COLUMNS, one[place], two[place], strict=True)
        if was != now
    )
    found, found_after = fields(read(before)), fields(read(after))
    there = {native for native, _ in found} & {native for native, _ in found_after}
    changed = Counter(
        name
        for native, name in found.keys() | found_after.keys()
        if native in there and found.get((native, name)) != found_after.get((native, name))
    )
    assert changed == expected
    assert expected["deps"] == 386 and expected["head"] == 308


def test_a_comparison_counts_the_rows_that_changed() -> None:
    before, after = (data(release) / DEV for release in RELEASES)
    comparison = compare(
        disk_source(before), disk_source(after), name="dev", path=DEV, wanted=Wanted()
    )
    one, two = ({(key, row[0]): row[1:] for key, row in rows(path)} for path in (before, after))
    assert comparison.counts["removed"] - comparison.counts["added"] == len(one) - len(two) == 2
    retokenised = set(comparison.sample_changes["sample"])
    assert {key for key, _ in one.keys() ^ two.keys()} == retokenised
    edited = comparison.changes.filter(~comparison.changes["sample"].is_in(list(retokenised)))
    same = {place for place in one if place[0] not in retokenised}
    assert edited.height == sum(one[place] != two[place] for place in same)
    relabelled = edited.filter(edited["kinds"].list.contains("relabelled"))
    assert relabelled.height == sum(one[place][2] != two[place][2] for place in same) == 9


def merged_by_field(base: Any, ours: Any, theirs: Any) -> tuple[dict[Field, Any], list[Field]]:
    """What both sides' changes come to, and the fields that both changed to different values."""
    found, clashes = {}, []
    for field in base.keys() | ours.keys() | theirs.keys():
        was, mine, yours = (each.get(field) for each in (base, ours, theirs))
        if mine != yours and was not in (mine, yours):
            clashes.append(field)
        value = yours if mine == was else mine
        if value is not None:
            found[field] = value
    return found, clashes


def test_merges_by_field_are_what_humans_committed() -> None:
    clashing = []
    for case in cases():
        base, ours, theirs, merged = map(fields, map(read, versions(case)))
        found, clashes = merged_by_field(base, ours, theirs)
        committed = {field: value for field, value in merged.items() if value is not None}
        assert {field: value for field, value in found.items() if field not in clashes} == {
            field: value for field, value in committed.items() if field not in clashes
        }
        clashing += clashes
        assert len(clashes) == case["cells"].get("cell_conflict", 0)
    assert sorted(clashing) == [
        ("reviews-096340-0002/6", "xpos"),
        ("reviews-287501-0002/4", "misc"),
    ]
