"""Two versions of a label set, compared: from files to what is told of them."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from labelvc.core.comparison import Comparison
from labelvc.core.counting import almost_all, category_totals, count, flips
from labelvc.core.label_changes import label_changes
from labelvc.core.match import Matched, match
from labelvc.core.other_changes import category_changes, sample_changes
from labelvc.core.patch import diff
from labelvc.core.sample_texts import sample_paths, sample_texts
from labelvc.core.snapshot import Snapshot
from labelvc.core.tally import Tally
from labelvc.formats.base import check_settings
from labelvc.formats.pair import Pair, Wanted, read_pair
from labelvc.formats.registry import by_name, sniff
from labelvc.formats.source import Source


def compare(
    before: Source,
    after: Source,
    *,
    name: str,
    path: str,
    wanted: Wanted,
    known: tuple[Tally | None, Tally | None] = (None, None),
) -> Comparison:
    """What changed from `before` to `after`; a source without files is an empty label set.

    `known` are counts of the whole versions where they are at hand. Raises ParseError,
    UnknownFormat, SettingNeeded, and LabelvcError for a setting the format does not know.
    """
    fmt = by_name(wanted.format) if wanted.format else sniff(after if after.files else before)
    check_settings(fmt, wanted.settings, path)
    pair = read_pair(before, after, fmt, wanted=wanted, known=known)
    return told(pair, fmt.NAME, name=name, path=path, wanted=wanted)


def told(
    pair: Pair,
    fmt: str,
    *,
    name: str,
    path: str,
    wanted: Wanted,
    matched: Matched | None = None,
) -> Comparison:
    """What is to be told of two versions that were read; `fmt` names their format.

    `matched` is the later version under the keys of the earlier, where these are known already.
    """
    one, matched = pair.before.rest, matched or matched_pair(pair, wanted)
    patch = diff(one, matched.after)
    changes = label_changes(patch, one, matched.after, matched.how)
    samples = sample_changes(patch)
    taxonomy = category_changes(patch)
    comparison = Comparison(
        name=name,
        path=path,
        format=fmt,
        sample_key=pair.key,
        matched_by=_matched_by(pair, matched.how),
        before=pair.before.tally,
        after=pair.after.tally,
        counts=count(changes, samples, taxonomy),
        flips=flips(changes),
        categories=category_totals(pair.before.tally, pair.after.tally, taxonomy),
        category_changes=taxonomy,
        sample_changes=samples,
        changes=changes,
        texts=sample_texts(changes, one, matched.after),
        paths=sample_paths(changes, one, matched.after),
        category_attributes=_category_attributes(one, matched.after),
        patch=patch,
    )
    return replace(comparison, notes=_notes(pair, comparison))


def matched_pair(pair: Pair, wanted: Wanted) -> Matched:
    """What is left of the later version, under the keys of the earlier one."""
    return match(
        pair.before.rest,
        pair.after.rest,
        ids="untrusted" if pair.ids == "shared" else wanted.ids,
        independent=wanted.independent,
        agreed=pair.same_bytes if pair.ids == "own" else 0,
        renumbered=pair.same_content,
    )


def _category_attributes(before: Snapshot, after: Snapshot) -> dict[str, str]:
    both = pl.concat([one.categories.select("name", "attributes") for one in (before, after)])
    return dict(both.drop_nulls().iter_rows())


def _matched_by(pair: Pair, how: pl.DataFrame) -> dict[str, int]:
    counts = {"id": 0, "content": 0, "overlap": 0, **dict(how["rung"].value_counts().iter_rows())}
    counts["id" if pair.ids == "own" and not pair.same_content else "content"] += pair.same_bytes
    counts["content"] += pair.same_content
    return counts


def _notes(pair: Pair, comparison: Comparison) -> list[str]:
    """What the reader has to know to read the comparison right."""
    notes = []
    if pair.key != pair.default_key:
        notes.append(
            f"samples are matched by {pair.key}: {pair.default_key} names other samples than "
            f"before (advice: set `key: {pair.key}` for {comparison.name} in labelvc.yaml)"
        )
    relabelled = comparison.counts["relabelled"]
    renumbered = {c.before for c in comparison.category_changes if c.kind == "renumbered"}
    concerned = sum(comparison.before.categories.get(name or "", 0) for name in renumbered)
    if renumbered and almost_all(relabelled, concerned):
        notes.append(
            f"warning: {relabelled:,} of {comparison.after.labels:,} labels changed category "
            "because the class list was reordered while the label files were not"
        )
    return notes
