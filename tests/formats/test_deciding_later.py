"""Conflicts that are kept beside a file and decided later give what deciding at once gives."""

from __future__ import annotations

from dataclasses import replace

from labelvc.core.align import named
from labelvc.core.conflict import Undecided, numbered
from labelvc.core.conflict_codec import parse_conflicts, print_conflicts
from labelvc.core.errors import LossError
from labelvc.core.merge_policy import Policy
from labelvc.core.resolve import locate, resolve_all
from labelvc.formats import registry
from labelvc.formats.merging import MergedSet, Merging, merge_sources
from labelvc.formats.pair import Wanted
from labelvc.formats.triple import is_declared
from tests.formats.case import Case
from tests.formats.merge_edits import Files, read
from tests.formats.test_merging import (
    INDISTINGUISHABLE,
    MAY_BE_REFUSED,
    assert_same,
    base_of,
    edited,
    every_case,
    files_of,
)


def merged(case: Case, ours: Files, theirs: Files, policy: str) -> MergedSet:
    sides = [replace(case, files=files).source() for files in (case.files, ours, theirs)]
    how = Merging(Wanted(case.format, settings=case.settings), Policy(policy))
    return merge_sources(sides[0], sides[1], sides[2], case.format, how)


@every_case
def test_later_is_as_at_once(case: Case) -> None:
    assert base_of(str(case)) is not None
    ours, theirs = edited(str(case), ("ours", 1)), edited(str(case), ("theirs", 1))
    try:
        open_merge = merged(case, ours, theirs, "manual")
        at_once = {choice: merged(case, ours, theirs, choice) for choice in ("ours", "theirs")}
    except LossError:
        assert str(case) in MAY_BE_REFUSED
        return
    if not open_merge.conflicts or str(case) in INDISTINGUISHABLE:
        return
    conflicts = dict(numbered(open_merge.conflicts))
    kept = Undecided("x", "x", case.format, None, None, None, None, None, conflicts)
    (again,) = parse_conflicts(print_conflicts([kept]))
    snapshot = read(case, files_of(open_merge))
    located = locate(snapshot, list(again.conflicts.values()))
    for choice, other in at_once.items():
        decisions = [(one, choice) for one in again.conflicts.values()]
        decided, refused = resolve_all(located, decisions)
        if refused or other.conflicts:
            assert len(refused) == len(other.conflicts)
            continue
        meant, found = read(case, files_of(other)), named(decided, {})
        if not is_declared([meant], registry.FORMATS[case.format]):
            found = replace(found, categories=meant.categories)  # those that labels have
        assert_same(case, found, meant)
