"""What changed in the labels between two revisions, or between two files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from labelvc.core.comparison import Comparison, Diff, End
from labelvc.core.errors import LabelvcError
from labelvc.core.filtering import Filter, filtered
from labelvc.core.tally import Tally
from labelvc.formats.comparing import compare
from labelvc.formats.pair import Wanted
from labelvc.formats.registry import sniff
from labelvc.formats.source import Source, disk_beside, disk_source
from labelvc.repo.config import LabelSet
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import Revision, SetPair, Version
from labelvc.repo.tallies import known_tally, remember_tally

EVERYTHING = Filter()


def diff_pairs(
    repo: Repository,
    ends: tuple[Revision, Revision],
    pairs: Iterable[SetPair],
    *,
    wanted: Filter = EVERYTHING,
    warn: Callable[[str], None] = lambda message: None,
) -> Diff:
    """The comparison of each pair, narrowed to what is wanted.

    A tracked path that nobody declared and no format reads is told to `warn` and left out.
    """
    sets: list[Comparison] = []
    unchanged: list[str] = []
    for pair in pairs:
        if pair.is_equal:
            unchanged.append(pair.label_set.name)
            continue
        try:
            sets.append(filtered(compare_pair(repo, pair), wanted))
        except LabelvcError as error:
            if pair.declared:
                raise
            warn(f"{pair.label_set.path}: left out, as no label set is declared there: {error}")
    before, after = (End(end.rev, end.commit) for end in ends)
    return Diff(before, after, sets, tuple(unchanged))


def compare_pair(repo: Repository, pair: SetPair) -> Comparison:
    """What changed in one label set. Raises what reading it raises."""
    label_set = pair.label_set
    before, after = sources(repo, pair)
    # What is noted of a version holds for one format only.
    name = label_set.format or sniff(after if after.files else before).NAME
    counted = known(repo, pair.before, name), known(repo, pair.after, name)
    comparison = compare(
        before,
        after,
        name=label_set.name,
        path=label_set.path,
        wanted=reading(replace(label_set, format=name)),
        known=counted,
    )
    remember_counts(repo, pair, name, (comparison.before, comparison.after))
    return comparison


def sources(repo: Repository, pair: SetPair) -> tuple[Source, Source]:
    """The files at both ends, none where the label set is not there; what differs is fetched."""
    nothing = Source(pair.label_set.path, {}, is_folder=False)
    before = pair.before.source if pair.before else nothing
    after = pair.after.source if pair.after else nothing
    repo.prefetch(before, after)
    return before, after


def diff_files(
    before: Path,
    after: Path,
    *,
    reading: Wanted,
    wanted: Filter = EVERYTHING,
) -> Diff:
    """What changed from one label file or folder to another. Raises NotFound where one is missing.

    The one label set is called by the path of the second.
    """
    name = str(after)
    sources = [
        disk_source(path, None, disk_beside(path, reading.settings)) for path in (before, after)
    ]
    comparison = compare(*sources, name=name, path=name, wanted=reading)
    return Diff(End(str(before)), End(name), [filtered(comparison, wanted)])


def reading(label_set: LabelSet) -> Wanted:
    """How labelvc.yaml says the label set is to be read and matched."""
    return Wanted(
        label_set.format,
        label_set.key,
        label_set.ids,  # type: ignore[arg-type]
        label_set.annotators == "independent",
        label_set.settings,
    )


def known(repo: Repository, version: Version | None, format: str | None = None) -> Tally | None:
    """The counts of a whole version where they are at hand without reading it.

    `format` is its format where labelvc.yaml does not say it.
    """
    if version is None:
        return None
    label_set = replace(version.label_set, format=version.label_set.format or format)
    return known_tally(repo, version.content, label_set)


def remember_counts(
    repo: Repository, pair: SetPair, format: str, tallies: tuple[Tally, Tally]
) -> None:
    """Keep the counts of both versions, where they are not kept yet."""
    for version, tally in zip((pair.before, pair.after), tallies, strict=True):
        if version is None or version.content is None or known(repo, version, format) is not None:
            continue
        remember_tally(repo, version.content, replace(version.label_set, format=format), tally)
