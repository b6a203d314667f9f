"""What a format is: a module (or object) that satisfies `Format`, listed in `FORMATS`.

Reading has two halves, so that cost follows the change. `scan` cuts a source into pieces without
understanding them: the rows of a file as bytes, or the files of a folder as (path, digest). Pieces
that both versions have are cancelled; only what is left is decoded by `Scan.read(keep)`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from labelvc.core.errors import LabelvcError
from labelvc.core.snapshot import Snapshot
from labelvc.core.tally import Tally
from labelvc.formats.source import Source

# The settings of a label set that concern its format, as labelvc.yaml spells them.
Settings = Mapping[str, str]
# Pieces to decode, by table ("labels", and "samples" where samples have rows of their own).
Keep = Mapping[str, Sequence[int]]


@dataclass(frozen=True)
class Carries:
    """What a format can hold. Anything else in a snapshot would be lost by writing it."""

    kinds: frozenset[str]
    # columns of labels beyond sample, category and the geometry of `kinds`, for example
    # "id", "verdict", "text", "attributes", "annotator", "confidence"
    labels: frozenset[str] = frozenset()
    # columns of samples beyond the key, for example "path", "split", "width", "text"
    samples: frozenset[str] = frozenset()
    # categories are declared (an unused one survives), with an order, parents, attributes
    taxonomy: bool = False
    units: frozenset[str] = frozenset()
    # edited snapshots can be written
    writable: bool = True
    # native ids count the labels of a sample: who inserts one renumbers those behind it
    ids_are_places: bool = False
    # attributes that name other labels of the sample by their place, such as a syntactic head
    references: frozenset[str] = frozenset()


class Scan(Protocol):
    """A label set cut into pieces."""

    @property
    def pieces(self) -> Mapping[str, Sequence[Any]]:
        """By table, the pieces in file order.

        Pieces compare by `==` and, once passed through `bytes` where they are buffers, hash.
        Equal pieces of two scans that are `comparable` mean equal labels.
        """

    def sample_fields(self) -> Mapping[str, Sequence[str | None]]:
        """Every field that could identify samples, in sample order; the default one first.

        Empty where the format has but one, so that there is nothing to choose.
        """

    def comparable(self, other: Any, key: str | None) -> bool:
        """Whether equal pieces of the two mean equal labels (ids, headers, class lists agree)."""

    def without_ids(self) -> Sequence[bytes] | None:
        """The label pieces with native ids blanked, or None where labels have none.

        Only asked for when most pieces differ, as after a re-export that renumbered everything.
        """

    def elsewhere(self, samples: Collection[str], keep: Keep) -> Collection[str]:
        """Which of the samples have pieces besides the kept ones.

        Where a sample may have several rows, a part that holds but one of them does not tell
        whether the sample came or went. Formats with one piece a sample return an empty set.
        """

    def tally(self) -> Tally:
        """Counts of the whole, by the cheapest way there is."""

    def read(self, keep: Keep | None = None, key: str | None = None) -> Snapshot:
        """The snapshot, or with `keep` only what the given pieces hold.

        `key` names the field of `sample_fields` that identifies samples. A part has no documents,
        and its samples are those of the kept pieces; the categories are all that are declared.
        Raises ParseError with file, place, what was expected and what was found.
        """


class Format(Protocol):
    """A file layout. Modules in this package satisfy it."""

    @property
    def NAME(self) -> str:
        """The name in labelvc.yaml and in `--format`."""

    @property
    def TITLE(self) -> str:
        """One line for people."""

    @property
    def CARRIES(self) -> Carries:
        """What it can hold."""

    @property
    def SETTINGS(self) -> Mapping[str, str]:
        """The settings it knows, each with a line of help."""

    def sniff(self, source: Source) -> str | None:
        """Why this looks like the format, in a few words, or None. Reads no more than it must."""

    def settle(self, source: Source, settings: Settings) -> Settings:
        """The settings with what can be told from the data filled in.

        Raises SettingNeeded, naming the candidates, where the data allow several readings.
        """

    def scan(self, source: Source, settings: Settings) -> Scan:
        """The source in pieces; `settings` are settled. Raises ParseError."""

    def write(self, snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
        """File contents by path (relative to the label set; a single file by its base name).

        What was not edited is written as the very bytes it was read from; an edited label is its
        old fragment with only the changed fields rewritten. `snapshot` stays as it is. A snapshot
        without documents, from another format, gets the format's plain layout.
        Raises LossError where something cannot be held.
        """


@runtime_checkable
class MergesFrames(Protocol):
    """What a format may have too: merging what a single file says around its labels."""

    def merged_frame(self, base: Any, ours: Any, theirs: Any) -> tuple[bytes | None, list[str]]:
        """Ours' file with what only theirs changed (None: nothing), and what both changed.

        The three are scans; `base` is None where both sides added the file.
        """


@runtime_checkable
class WritesParts(Protocol):
    """What a scan may have too: writing back a part, so that a merge need not decode the rest."""

    def with_document(self, part: Snapshot, keep: Keep, key: str | None) -> Snapshot:
        """A part that was read of these pieces, with what `write` needs to write all of it."""

    def last_id(self) -> int:
        """The highest native id of all labels, as far as ids are numbers; 0 without any."""


@runtime_checkable
class NamesLabelFiles(Protocol):
    """What a scan of a folder that is read as a whole may have too.

    Of the files it does not name a merge takes what only one side changed from that side.
    """

    def label_files(self) -> Collection[str]:
        """The files that labels, samples and categories stand in."""


class UnknownFormat(LabelvcError):
    """No format, or more than one, fits."""


def check_settings(fmt: Format, settings: Settings, where: str) -> None:
    """Refuse settings the format does not know."""
    for name in settings:
        if name not in fmt.SETTINGS:
            known = ", ".join(fmt.SETTINGS) or "none"
            raise LabelvcError(
                f"{where}: format {fmt.NAME} has no setting {name!r}",
                hint=f"Its settings: {known}.",
            )


def named_categories(labels_categories: Sequence[str | None]) -> list[str]:
    """The distinct category names of a format that declares none, sorted."""
    return sorted({name for name in labels_categories if name is not None})
