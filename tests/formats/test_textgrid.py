"""TextGrids: what the contract does not ask."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import textgrid as peer

from labelvc.core.errors import LabelvcError, LossError, ParseError
from labelvc.core.snapshot import Snapshot, attributes_json, labels_frame, samples_frame
from labelvc.formats import registry, textgrid
from labelvc.formats.merging import Merging, merge_sources
from labelvc.formats.pair import Wanted
from tests.formats.folder_laws import edited, folder, read
from tests.formats.row_files import changed, relabelled, scan, source, written
from tests.formats.textgrid_cases import CASES, LONG, SHORT

NAME = "s.TextGrid"


def now(snapshot: Snapshot) -> str:
    """The one file as text."""
    return written(textgrid, snapshot).decode()


def of(text: str) -> Snapshot:
    return scan(textgrid, text, NAME).read().check()


def without(snapshot: Snapshot, row: int) -> Snapshot:
    return snapshot.with_labels(snapshot.labels.filter(pl.int_range(pl.len()) != row))


def with_label(snapshot: Snapshot, tier: str, start: float, end: float, text: str) -> Snapshot:
    new = labels_frame(
        key=[99], sample=["s"], kind=["segment"], category=[tier], start=[start], end=[end],
        unit=["second"], text=[text],
    )  # fmt: skip
    return snapshot.with_labels(pl.concat([snapshot.labels, new]))


def with_tiers(
    snapshot: Snapshot, change: Callable[[list[dict[str, Any]]], Sequence[Any]]
) -> Snapshot:
    tiers = json.loads(snapshot.samples["attributes"][0])["tiers"]
    attributes = attributes_json({"tiers": list(change(tiers))})
    return replace(snapshot, samples=changed(snapshot.samples, 0, {"attributes": attributes}))


def test_one_text_is_rewritten_where_it_stands() -> None:
    edit = relabelled(of(LONG), 0, text='he said "yes"')
    assert now(edit) == LONG.replace('""no"" 1 2', '""yes""')
    short = relabelled(of(SHORT), 1, text="")
    assert now(without(of(SHORT), 1)) == SHORT.replace('"y"', '""')
    with pytest.raises(LossError, match="cannot hold"):
        now(short)
    assert now(relabelled(of(LONG), 2, text="")) == LONG.replace('"k"', '""')


def test_a_bound_that_moves_takes_the_gap_with_it() -> None:
    edit = relabelled(of(LONG), 0, start=0.625)
    assert now(edit) == LONG.replace("0.50", "0.625")
    point = relabelled(of(LONG), 2, start=0.3, end=0.3)
    assert now(point) == LONG.replace("0.25", "0.3")


def test_an_interval_taken_out_leaves_a_gap() -> None:
    assert now(without(of(LONG), 0)) == LONG.replace('"he said ""no"" 1 2"', '""')
    assert now(without(of(LONG), 2)) == LONG.replace(
        '        points [1]:\n            number = 0.25 \n            mark = "k" \n', ""
    ).replace("points [2]", "points [1]").replace("points: size = 2", "points: size = 1")


def test_an_interval_put_into_a_gap_keeps_the_tier_tiled() -> None:
    gap = LONG[LONG.index("        intervals [4]") : LONG.index("    item [2]")]
    assert now(with_label(of(LONG), "words", 2, 2.25, "neu")) == LONG.replace(
        gap,
        """\
        intervals [4]:
            xmin = 1.75 
            xmax = 2 
            text = "" 
        intervals [5]:
            xmin = 2 
            xmax = 2.25 
            text = "neu" 
        intervals [6]:
            xmin = 2.25 
            xmax = 2.5 
            text = "" 
""",  # noqa: W291
    ).replace("intervals: size = 4", "intervals: size = 6")


def test_a_point_comes_in_its_order() -> None:
    text = now(with_label(of(LONG), "clicks", 1, 1, "m"))
    points = '        points [1]:\n            number = 0.25 \n            mark = "k" \n'
    new = points.replace("[1]", "[2]").replace("0.25", "1").replace('"k"', '"m"')
    assert text == LONG.replace(points, points + new).replace(
        "points [2]:\n            number = 1.5", "points [3]:\n            number = 1.5"
    ).replace("points: size = 2", "points: size = 3")


def test_utf_16_and_its_line_ends_stay() -> None:
    content = codecs.BOM_UTF16_BE + LONG.replace("\n", "\r\n").encode("utf-16-be")
    snapshot = scan(textgrid, content, NAME).read()
    edit = relabelled(snapshot, 3, text="😀")
    expected = LONG.replace("\n", "\r\n").replace(
        '1.5 \r\n            mark = ""', '1.5 \r\n            mark = "😀"'
    )
    assert written(textgrid, edit) == codecs.BOM_UTF16_BE + expected.encode("utf-16-be")


def test_tiers_are_named_anew_and_come_and_go() -> None:
    snapshot = of(LONG)
    renamed = with_tiers(snapshot, lambda tiers: [*tiers[:2], {**tiers[2], "name": "remarks"}])
    assert now(renamed) == LONG.replace('"notes"', '"remarks"')
    fewer = with_tiers(snapshot, lambda tiers: tiers[:2])
    assert now(fewer) == LONG[: LONG.index("    item [3]")].replace("size = 3", "size = 2")
    more = with_tiers(snapshot, lambda tiers: [*tiers, {"name": "new", "class": "point"}])
    assert now(with_label(more, "new", 1.25, 1.25, "!")) == LONG.replace("size = 3", "size = 4") + (
        '    item [4]:\n        class = "TextTier" \n        name = "new" \n        xmin = 0 \n'
        "        xmax = 2.5 \n        points: size = 1 \n        points [1]:\n"
        '            number = 1.25 \n            mark = "!" \n'
    )
    both = with_tiers(of(SHORT), lambda tiers: [*tiers, {"name": "p", "class": "point"}])
    assert now(both) == SHORT.replace("<exists>\n2", "<exists>\n3") + '"TextTier"\n"p"\n0\n3.5\n0\n'
    order = with_tiers(snapshot, lambda tiers: [tiers[2], tiers[0], tiers[1]])
    assert of(now(order)) == order


def test_a_longer_recording_is_rewritten_in_its_bounds() -> None:
    snapshot = of(SHORT)
    longer = replace(snapshot, samples=changed(snapshot.samples, 0, {"duration": 4.0}))
    with_bounds = with_tiers(
        longer, lambda tiers: [{**one, "xmin": 0.0, "xmax": 3.5} for one in tiers]
    )
    assert now(with_bounds) == SHORT.replace("0\n3.5\n<exists>", "0\n4\n<exists>")


def test_both_sides_may_change_one_file() -> None:
    base = {NAME: LONG.encode()}
    ours = {NAME: LONG.replace('"k"', '"K"').encode()}
    theirs = {NAME: LONG.replace("he said", "she said").encode(), "t.TextGrid": SHORT.encode()}
    how = Merging(Wanted("textgrid"))
    merged = merge_sources(*map(folder, (base, ours, theirs)), "textgrid", how)
    assert not merged.conflicts
    files = {path: blob.read() for path, blob in merged.kept.items()} | dict(merged.written)
    assert files == theirs | {NAME: theirs[NAME].replace(b'"k"', b'"K"')}


def test_segments_from_elsewhere_become_tiers() -> None:
    snapshot = Snapshot(
        labels=labels_frame(
            sample=["a", "a", "a"], kind=["segment"] * 3, category=["Ann", "Bob", "Ann"],
            start=[0.5, 0.0, 2.0], end=[1.5, 3.0, 2.5], unit=["second"] * 3,
        ),
        samples=samples_frame(sample=["a"]),
        format="rttm",
    )  # fmt: skip
    (content,) = textgrid.write(snapshot, {}).values()
    again = scan(textgrid, content, "a.TextGrid").read()
    assert again.labels.select("category", "start", "end", "text").rows() == [
        ("Ann", 0.5, 1.5, "Ann"), ("Ann", 2.0, 2.5, "Ann"), ("Bob", 0.0, 3.0, "Bob"),
    ]  # fmt: skip
    assert again.samples["duration"].to_list() == [3.0]


def test_it_refuses_what_it_cannot_hold() -> None:
    snapshot = of(LONG)

    def refused(snapshot: Snapshot, why: str) -> None:
        with pytest.raises(LossError, match=why):
            textgrid.write(snapshot, {})

    refused(relabelled(snapshot, 0, end=1.25), "the intervals of a tier do not overlap")
    refused(relabelled(snapshot, 1, end=3.0), "lie between 0.0 and 2.5")
    refused(relabelled(snapshot, 2, end=0.5), "tier 'clicks' holds points")
    refused(relabelled(snapshot, 0, category="x"), "it has no tier 'x' for its label")
    refused(relabelled(snapshot, 0, attributes='{"tier":"2"}'), "and no attributes")
    refused(relabelled(snapshot, 0, text=None), "a start, an end, a text")
    refused(relabelled(snapshot, 0, unit="token"), "cannot hold unit 'token'")
    refused(with_tiers(snapshot, lambda tiers: [{"name": "x"}]), "has a duration and the attribute")
    refused(
        with_tiers(snapshot, lambda tiers: [{**tiers[0], "xmin": "0"}]), "has a duration and the"
    )
    odd = replace(snapshot, samples=changed(snapshot.samples, 0, {"path": "a.wav"}))
    refused(odd, "cannot hold path 'a.wav'")
    more = replace(snapshot, samples=pl.concat([snapshot.samples, samples_frame(sample=["b"])]))
    refused(more, "a TextGrid has a duration|nothing tells|one file that stands for one sample")


@pytest.mark.parametrize(
    "old,new,said",
    [
        ('"ooTextFile"', '"ooBinary"', 'line 1: expected "ooTextFile", found'),
        ('"TextGrid"', '"Sound"', 'line 2: expected "TextGrid", found'),
        ("xmin = 0 \nxmax", "xmin = x \nxmax", "line 6: expected xmax, found '<exists>'"),
        ("<exists> \nsize", "<maybe> \nsize", "line 7: expected <exists>, found '3'"),
        ("size = 3", "size = 2.5", "line 7: expected the number of tiers, found '2.5'"),
        ("size = 3", "size = 4", 'line 54: expected "IntervalTier" or "TextTier", found'),
        ('"TextTier"', '"Tier"', 'line 33: expected "IntervalTier" or "TextTier", found'),
        ("xmax = 1.75", "xmax = 1e999", "line 25: expected xmax of an interval, found '1e999'"),
        ('mark = "k"', "mark = 1", "line 40: expected the text of an interval or point, found '1'"),
        ('"k"', '"k', "expected"),
        ("points: size = 2", "points: size = 999999999", "expected the time of a point"),
    ],
)
def test_trouble_has_a_place(old: str, new: str, said: str) -> None:
    assert LONG.count(old) >= 1
    with pytest.raises(ParseError, match=f"{NAME}: .*{said}"):
        of(LONG.replace(old, new, 1))


def test_other_encodings_are_refused() -> None:
    with pytest.raises(ParseError, match=r"byte 5.*: expected UTF-8 text, found the byte 0xe4"):
        scan(textgrid, LONG.encode("latin-1"), NAME).read()
    with pytest.raises(ParseError, match="expected UTF-16-LE text"):
        scan(textgrid, codecs.BOM_UTF16_LE + b"\0\xd8a", NAME).read()


def test_names_that_repeat_are_told_by_their_folder() -> None:
    files = {f"{split}/{NAME}": SHORT.encode() for split in ("dev", "test")}
    assert textgrid.settle(folder(files), {}) == {"keys": "path"}
    with pytest.raises(LabelvcError, match="expected stem or path"):
        textgrid.settle(folder(files), {"keys": "x"})
    assert registry.sniff(folder(files)) is textgrid
    assert not textgrid.sniff(source("1\n", NAME))


@pytest.mark.parametrize("case", CASES[:3], ids=str)
def test_the_textgrid_package_reads_what_was_written(case: Any, tmp_path: Path) -> None:
    ((name, content),) = case.files.items()
    snapshot = scan(textgrid, content, name).read()
    changed = relabelled(snapshot, 0, text='"quoted" word')
    (tmp_path / "out.TextGrid").write_bytes(written(textgrid, changed))
    found = peer.TextGrid.fromFile(str(tmp_path / "out.TextGrid"))
    rows = [
        (tier.name, float(one.minTime), float(one.maxTime), one.mark)
        if isinstance(tier, peer.IntervalTier)
        else (tier.name, float(one.time), float(one.time), one.mark)
        for tier in found
        for one in tier
        if isinstance(tier, peer.PointTier) or one.mark
    ]
    assert rows == changed.labels.select("category", "start", "end", "text").rows()


def test_it_reads_what_the_textgrid_package_writes(tmp_path: Path) -> None:
    grid = peer.TextGrid(minTime=0, maxTime=2)
    words, beeps = peer.IntervalTier("words", 0, 2), peer.PointTier("beeps", 0, 2)
    words.add(0.5, 1.0, 'a "b"')
    beeps.add(1.5, "x")
    grid.extend([words, beeps])
    grid.write(str(tmp_path / "s.TextGrid"))
    snapshot = of((tmp_path / "s.TextGrid").read_text("utf-8"))
    assert snapshot.labels.select("category", "start", "end", "text").rows() == [
        ("words", 0.5, 1.0, 'a "b"'),
        ("beeps", 1.5, 1.5, "x"),
    ]
    again = read(textgrid, {NAME: written(textgrid, relabelled(snapshot, 0, end=1.25))})
    assert again.labels["end"].to_list() == [1.25, 1.5]
    assert edited(again, 0, end=1.0) == snapshot
