"""Models by label versions: the recorded scores, ready to be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labelvc.core.record import ScoreRecord


@dataclass(frozen=True)
class LabelVersion:
    """A version of a label set on which scores were measured.

    `commit` is the one that made the labels what they are, as far as that is known here.
    """

    digest: str
    commit: str
    subject: str = ""


@dataclass(frozen=True)
class ScoreTable:
    """The scores of one label set: `cells` are records by (model, digest of the labels).

    `versions` stand in the order of their commits; `more` counts further records of the same model
    and version (other seeds, parameters or splits), of which the latest is told.
    """

    set: str
    versions: Sequence[LabelVersion]
    models: Sequence[str]
    cells: Mapping[tuple[str, str], ScoreRecord]
    more: Mapping[tuple[str, str], int]
