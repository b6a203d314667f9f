"""`labelvc scores`: the records as models by label versions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from labelvc.core.errors import NotFound
from labelvc.core.record import ScoreRecord
from labelvc.core.scoretable import LabelVersion, ScoreTable
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import find_set
from labelvc.repo.scorebook import Scorebook
from labelvc.stages.rescoring import commit_ages


def score_tables(repo: Repository, book: Scorebook, names: Sequence[str] = ()) -> list[ScoreTable]:
    """A table a label set (those named, where any are), the best model first.

    Raises NotFound for an unknown name.
    """
    wanted = {find_set(repo, repo.sets(None), name).name for name in names}
    records = [one for one in book.records.values() if not wanted or one.set in wanted]
    ages = commit_ages(repo)
    # from old to new; commits of other branches come last, as they are not in the order
    records.sort(key=lambda one: (-ages.get(one.commit, -1), one.digest))
    sets = sorted({one.set for one in records})
    return [_table(repo, name, [one for one in records if one.set == name]) for name in sets]


def _table(repo: Repository, name: str, records: Sequence[ScoreRecord]) -> ScoreTable:
    cells: dict[tuple[str, str], ScoreRecord] = {}
    versions: dict[str, LabelVersion] = {}
    for record in records:
        digest = record.scored["digest"]
        cells[record.model, digest] = record
        if digest not in versions:
            versions[digest] = _version(repo, record)
    counts = Counter((one.model, one.scored["digest"]) for one in records)
    more = {place: number - 1 for place, number in counts.items() if number > 1}
    models = sorted({one.model for one in records}, key=lambda model: _rank(model, cells, versions))
    return ScoreTable(name, tuple(versions.values()), models, cells, more)


def _version(repo: Repository, record: ScoreRecord) -> LabelVersion:
    """The commit that last changed the labels; the record's own where this clone lacks it."""
    path = f"{repo.prefix}{record.scored['path']}"
    try:
        made = next(repo.git.log([record.commit], [path, f"{path}.dvc"], limit=1), None)
    except NotFound:
        made = None
    if made is None:  # inside a larger tracked folder, or an output of a stage
        return LabelVersion(record.scored["digest"], record.commit)
    return LabelVersion(record.scored["digest"], made.sha, made.subject)


def _rank(
    model: str,
    cells: dict[tuple[str, str], ScoreRecord],
    versions: dict[str, LabelVersion],
) -> tuple[bool, float, str]:
    """By the score on the latest version it was measured on."""
    for place, digest in enumerate(reversed(versions)):
        if (record := cells.get((model, digest))) is not None:
            value = record.metrics.get(record.headline)
            if value is not None:
                return place > 0, value if record.lower_is_better else -value, model
    return True, 0.0, model
