"""What every format keeps, tried on the awkward cases of all of them."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelvc.core.errors import LabelvcError, LossError
from labelvc.core.patch import apply, diff
from labelvc.core.snapshot import CONTENT, SAMPLES, Snapshot
from labelvc.formats import registry
from labelvc.formats.base import Format, Scan, check_settings
from labelvc.formats.fragments import resolved
from labelvc.formats.source import MemoryBlob, Source
from tests.formats.case import Case
from tests.formats.conllu_cases import following_rows
from tests.formats.tokentable_cases import following_tokens

HERE = Path(__file__).parent
FEWEST_CASES = 5
NEED_MEDIA = {"imagefolder"}  # they consist of the media, which no snapshot holds
# what a file says without having a place for it
DERIVED = {"conllu": following_rows, "tokentable": following_tokens}
CASES: list[Case] = [
    case
    for path in sorted(HERE.glob("*_cases.py"))
    for case in importlib.import_module(f"tests.formats.{path.stem}").CASES
]
every_case = pytest.mark.parametrize("case", CASES, ids=str)
WRITABLE = [case for case in CASES if registry.FORMATS[case.format].CARRIES.writable]
every_writable_case = pytest.mark.parametrize("case", WRITABLE, ids=str)


def format_of(case: Case) -> Format:
    return registry.FORMATS[case.format]


def source_of(case: Case, files: Mapping[str, bytes]) -> Source:
    return replace(case, files=files).source()


def scan_of(case: Case, files: Mapping[str, bytes] | None = None) -> Scan:
    source = source_of(case, case.files if files is None else files)
    fmt = format_of(case)
    return fmt.scan(source, fmt.settle(source, case.settings))


def read(case: Case, files: Mapping[str, bytes] | None = None) -> Snapshot:
    return scan_of(case, files).read().check()


def write(case: Case, snapshot: Snapshot) -> dict[str, bytes]:
    fmt = format_of(case)
    return dict(fmt.write(snapshot, fmt.settle(case.source(), case.settings)))


def rows(table: pl.DataFrame, columns: tuple[str, ...]) -> Counter[tuple[Any, ...]]:
    return Counter(table.select(columns).iter_rows())


def rounded(value: Any) -> Any:
    return round(value, 9) if isinstance(value, float) else value


# Registry


def test_every_format_has_cases() -> None:
    counts = Counter(case.format for case in CASES)
    few = {name: counts[name] for name in registry.FORMATS if counts[name] < FEWEST_CASES}
    assert not few


def test_every_format_goes_by_its_name() -> None:
    assert {name: fmt.NAME for name, fmt in registry.FORMATS.items()} == {
        name: name for name in registry.FORMATS
    }


def test_names_of_cases_are_unique() -> None:
    names = Counter(map(str, CASES))
    assert [name for name, count in names.items() if count > 1] == []


# Reading


@every_case
def test_only_its_own_format_claims_a_source(case: Case) -> None:
    if case.sniffed:
        assert case.format == registry.sniff(case.source()).NAME


@every_case
def test_settings_are_settled_once(case: Case) -> None:
    fmt = format_of(case)
    check_settings(fmt, case.settings, "case")
    settled = fmt.settle(case.source(), case.settings)
    check_settings(fmt, settled, "settled")
    assert dict(fmt.settle(case.source(), settled)) == dict(settled)


@every_case
def test_it_reads_what_the_case_states(case: Case) -> None:
    snapshot = read(case)
    assert snapshot.format == case.format
    assert snapshot.samples["sample"].to_list() == list(case.samples)
    assert snapshot.categories["name"].to_list() == list(case.categories)
    found = snapshot.labels.to_dicts()
    assert len(found) == len(case.labels)
    for row, stated in zip(found, case.labels, strict=True):
        assert {name: rounded(row[name]) for name in stated} == {
            name: rounded(value) for name, value in stated.items()
        }


@every_case
def test_labels_refer_to_samples_categories_and_records(case: Case) -> None:
    snapshot = read(case)
    labels = snapshot.labels
    assert set(labels["sample"]) <= set(snapshot.samples["sample"])
    assert set(labels["category"].drop_nulls()) <= set(snapshot.categories["key"])
    for table in (labels, snapshot.samples):
        assert all(0 <= record < len(snapshot.records) for record in table["record"].drop_nulls())


@every_case
def test_it_holds_no_more_than_the_format_carries(case: Case) -> None:
    snapshot, carries = read(case), format_of(case).CARRIES
    assert set(snapshot.labels["kind"]) <= carries.kinds
    if carries.units:
        assert set(snapshot.labels["unit"].drop_nulls()) <= carries.units
    for name in ("id", "text", "attributes", "annotator", "confidence"):
        if snapshot.labels[name].count():
            assert name in carries.labels
    for name in set(SAMPLES) - {"sample", "record"}:
        if snapshot.samples[name].count():
            assert name in carries.samples


@every_case
def test_its_tally_is_that_of_the_snapshot(case: Case) -> None:
    scan = scan_of(case)
    tally, expected = scan.tally(), scan.read().tally()
    assert (tally.samples, tally.labels) == (expected.samples, expected.labels)
    assert dict(tally.categories) == dict(expected.categories)


@every_case
def test_fields_of_samples_are_one_each(case: Case) -> None:
    scan = scan_of(case)
    fields = scan.sample_fields()
    samples = scan.read().samples.height
    assert {name: len(values) for name, values in fields.items()} == dict.fromkeys(fields, samples)
    if fields:
        default = next(iter(fields))
        assert scan.read(key=default) == scan.read()


# Parts


@every_case
def test_all_pieces_are_the_whole(case: Case) -> None:
    scan = scan_of(case)
    everything = {table: range(len(pieces)) for table, pieces in scan.pieces.items()}
    assert scan.read(everything) == scan.read()


@every_case
def test_pieces_add_up_to_the_whole(case: Case) -> None:
    scan = scan_of(case)
    whole = scan.read()
    labels: Counter[tuple[Any, ...]] = Counter()
    samples: set[str] = set()
    for table, pieces in scan.pieces.items():
        for number in range(len(pieces)):
            part = scan.read({**{name: [] for name in scan.pieces}, table: [number]}).check()
            samples.update(part.samples["sample"])
            labels += rows(part.labels, CONTENT)
            assert not part.documents
    assert labels == rows(whole.labels, CONTENT)
    assert samples == set(whole.samples["sample"])


@every_case
def test_pieces_can_be_compared(case: Case) -> None:
    one, two = scan_of(case), scan_of(case)
    assert one.comparable(two, next(iter(one.sample_fields()), None))
    for table, pieces in one.pieces.items():
        assert list(map(hashable, pieces)) == list(map(hashable, two.pieces[table]))
        assert len(set(map(hashable, pieces))) <= len(pieces)
    blanked = one.without_ids()
    assert blanked is None or len(blanked) == len(one.pieces["labels"])


def hashable(piece: Any) -> Any:
    return piece if isinstance(piece, tuple | str | bytes) else bytes(piece)


@every_case
def test_it_knows_samples_of_several_pieces(case: Case) -> None:
    scan = scan_of(case)
    everything = {table: range(len(pieces)) for table, pieces in scan.pieces.items()}
    assert not set(scan.elsewhere(case.samples, everything))
    if set(scan.pieces) == {"labels"}:
        kept = [scan.read({"labels": [number]}) for number in everything["labels"]]
        parts = [set(part.samples["sample"]) for part in kept]
        counts = Counter(sample for part in parts for sample in part)
        for number, part in enumerate(parts):
            again = {sample for sample in part if counts[sample] > 1}
            assert set(scan.elsewhere(part, {"labels": [number]})) == again


# Writing


@every_writable_case
def test_unedited_it_is_written_as_it_was(case: Case) -> None:
    snapshot = read(case)
    assert write(case, snapshot) == case.files


@every_writable_case
def test_writing_leaves_the_snapshot_alone(case: Case) -> None:
    snapshot = read(case)
    labels, samples, records = snapshot.labels, snapshot.samples, list(snapshot.records)
    shown = repr(snapshot.documents)
    assert write(case, snapshot) == write(case, snapshot)
    assert snapshot.labels.equals(labels) and snapshot.samples.equals(samples)
    assert list(snapshot.records) == records and repr(snapshot.documents) == shown


@every_writable_case
def test_it_is_written_without_fragments(case: Case) -> None:
    snapshot = read(case)
    nothing = pl.lit(None, dtype=pl.Int64).alias("record")
    bare = replace(
        snapshot,
        labels=snapshot.labels.with_columns(nothing),
        samples=snapshot.samples.with_columns(nothing),
        records=(),
        documents={},
    )
    try:
        assert_written(case, bare, "bare")
    except LossError:
        assert case.format in NEED_MEDIA


def edits(snapshot: Snapshot) -> Iterator[tuple[str, Snapshot]]:
    """The snapshot with one thing changed."""
    labels, samples = snapshot.labels, snapshot.samples
    for place in sorted({0, labels.height // 2, labels.height - 1} & set(range(labels.height))):
        row = labels.row(place, named=True)
        rest = labels.filter(pl.col("key") != row["key"])
        yield f"without label {place}", snapshot.with_labels(rest)
        others = [key for key in snapshot.categories["key"] if key != row["category"]]
        if row["category"] is not None and others:
            other = pl.when(pl.col("key") == row["key"]).then(pl.lit(others[0]))
            changed = labels.with_columns(other.otherwise(pl.col("category")).alias("category"))
            yield f"label {place} relabelled", snapshot.with_labels(changed)
            new = {"key": labels.height, "id": None, "record": None, "category": others[0]}
            added = pl.DataFrame([{**row, **new}], schema=labels.schema)
            yield f"another label beside {place}", snapshot.with_labels(pl.concat([labels, added]))
    if samples.height > 1:
        last = samples["sample"][-1]
        yield (
            "without the last sample",
            replace(
                snapshot,
                samples=samples.filter(pl.col("sample") != last),
                labels=labels.filter(pl.col("sample") != last),
            ),
        )


@every_writable_case
def test_edits_are_written(case: Case) -> None:
    snapshot = read(case)
    for what, edited in edits(snapshot):
        try:
            written = assert_written(case, edited, what)
        except LossError:
            continue
        assert_kept(case, snapshot, edited, written, what)


@every_writable_case
def test_rows_of_another_version_are_written(case: Case) -> None:
    snapshot = read(case)
    for what, edited in edits(snapshot):
        back = apply(edited, diff(edited, snapshot))
        assert back == snapshot
        try:
            assert_written(case, back, f"{what}, and back")
        except LossError:
            continue


def assert_kept(
    case: Case, before: Snapshot, after: Snapshot, written: Mapping[str, bytes], what: str
) -> None:
    """The fragments of what was not edited are in the files, as they were."""
    was, now = (b"\n".join(files.values()) for files in (case.files, written))
    kept = untouched(before, after)
    fragments = [bytes(record).rstrip() for record in before.records]
    gone = {fragment for number, fragment in enumerate(fragments) if number not in kept}
    for number in kept:
        # a fragment may be another spelling of what the file says (of Infinity, of Latin-1)
        if fragments[number] in was and fragments[number] not in gone:
            assert fragments[number] in now, (what, number)


def untouched(before: Snapshot, after: Snapshot) -> set[int]:
    """The records of samples that are as they were, with all their labels."""
    kept: set[int | None] = set(after.samples["record"]) | set(after.labels["record"])
    changed: set[str] = set()
    for name, columns in (("labels", ("key", *CONTENT)), ("samples", tuple(SAMPLES))):
        one, two = (rows(getattr(each, name), columns) for each in (before, after))
        changed |= {row[columns.index("sample")] for row in (one - two) + (two - one)}
    for table in (before.labels, before.samples, after.labels, after.samples):
        kept -= set(table.filter(pl.col("sample").is_in(changed))["record"])
    return {record for record in kept if record is not None}


def assert_written(case: Case, snapshot: Snapshot, what: str) -> dict[str, bytes]:
    """Write it, read it, find it equal."""
    written = write(case, snapshot)
    found = read(case, written)
    snapshot = DERIVED.get(case.format, lambda one: one)(snapshot)
    used = sorted(resolved(snapshot)["category"].drop_nulls().unique())
    if sorted(found.categories["name"]) == used:  # nothing in the files declares the others
        snapshot = replace(snapshot, categories=found.categories)
    for table, columns in (("samples", tuple(SAMPLES)[:-1]), ("labels", CONTENT)):
        one, two = (rows(getattr(each, table), columns) for each in (found, snapshot))
        assert one == two, (what, table)
    assert found == snapshot, what
    return written


# Bad input


def survives(case: Case, files: Mapping[str, bytes]) -> None:
    """Whatever the files hold, there is a snapshot or one error for the user."""
    source = Source("x", {path: MemoryBlob(text) for path, text in files.items()}, case.folder)
    fmt = format_of(case)
    for each in registry.FORMATS.values():
        each.sniff(source)
    try:
        scan = fmt.scan(source, fmt.settle(source, case.settings))
        scan.read().check()
        scan.tally()
    except LabelvcError as error:
        assert error.message


@every_case
def test_cut_short_it_is_read_or_refused(case: Case) -> None:
    for path, content in case.files.items():
        step = max(1, len(content) // 12)
        for length in range(0, len(content), step):
            survives(case, {**case.files, path: content[:length]})


@pytest.mark.parametrize("name", registry.FORMATS)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_garbled_it_is_read_or_refused(name: str, data: st.DataObject) -> None:
    case = data.draw(st.sampled_from([case for case in CASES if case.format == name]))
    path = data.draw(st.sampled_from(sorted(case.files)))
    content = case.files[path]
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 40)))
    noise = data.draw(st.one_of(st.binary(max_size=8), st.sampled_from(NOISE)))
    survives(case, {**case.files, path: content[:start] + noise + content[end:]})


NOISE = [
    *(b"null", b"-1", b"1e999", b"NaN", b'"', b"[[[", b"{}", b"[]", b"\t\t", b"\n\n", b"\r"),
    *(b"\xff\xfe", b"\0", b"<a>", b"&x;", "\ufeff\u2028".encode(), b"9" * 400, b"true", b","),
]
