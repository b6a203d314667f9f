"""Classes of samples that are known by their place in an array."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labelvc.core.errors import LossError
from labelvc.core.snapshot import Snapshot, categories_frame, labels_frame, samples_frame
from labelvc.core.tally import Tally
from labelvc.formats.base import Keep, Settings, named_categories
from labelvc.formats.fragments import resolved

NAMES_HELP = "the names of the classes 0, 1, ..., with commas between"


def class_names(settings: Settings) -> list[str]:
    """The names of the classes by number, as settled; none where numbers are the names."""
    return [name.strip() for name in settings.get("names", "").split(",") if name.strip()]


@dataclass(frozen=True)
class IndexScan:
    """Samples in the order of an array: key, split, classes. `declared` are names by number."""

    format: str
    samples: Sequence[tuple[str, str | None, tuple[str, ...]]]
    declared: Sequence[str] = ()
    documents: Mapping[str, Any] = field(default_factory=dict)

    @property
    def pieces(self) -> Mapping[str, Sequence[Any]]:
        """Each sample with its place and its classes."""
        return {"labels": self.samples}

    def label_files(self) -> Collection[str]:
        """The files the labels were read from."""
        contents: Collection[str] = self.documents.get("contents", self.documents)
        return contents

    def sample_fields(self) -> Mapping[str, Sequence[str | None]]:
        """Nothing: a place in an array is all there is."""
        return {}

    def comparable(self, other: IndexScan, key: str | None) -> bool:
        """Always: pieces tell the names of classes."""
        return True

    def without_ids(self) -> None:
        """None: labels have no ids."""

    def elsewhere(self, samples: Collection[str], keep: Keep) -> Collection[str]:
        """None: a sample stands in one place."""
        return ()

    def tally(self) -> Tally:
        """Counts of classes."""
        counts = Counter(name for _, _, names in self.samples for name in names)
        names = [*dict.fromkeys([*self.declared, *sorted(counts)])]
        return Tally(len(self.samples), counts.total(), {name: counts[name] for name in names})

    def read(self, keep: Keep | None = None, key: str | None = None) -> Snapshot:
        """The snapshot of all samples or the kept ones."""
        rows = self.samples
        if keep is not None:
            rows = [self.samples[at] for at in sorted(keep.get("labels", ()))]
        labels = [(key, name) for key, _, names in rows for name in names]
        declared = list(self.declared)
        others = sorted({name for _, name in labels} - {*declared})
        names = [*declared, *others] if declared else named_categories(others)
        ids = [*map(str, range(len(declared))), *[None] * len(others)] if declared else None
        return Snapshot(
            labels_frame(
                sample=[key for key, _ in labels],
                kind=["class"] * len(labels),
                category=[name for _, name in labels],
            ),
            samples_frame(
                sample=[key for key, _, _ in rows], split=[split for _, split, _ in rows]
            ),
            categories_frame(names) if ids is None else categories_frame(names, id=ids),
            self.format,
            documents={} if keep is not None else self.documents,
        )


def classes_of(snapshot: Snapshot) -> dict[str, list[str]]:
    """The classes of each sample; raises LossError for labels of no sample, or without a class."""
    found: dict[str, list[str]] = {sample: [] for sample in snapshot.samples["sample"]}
    for sample, category in resolved(snapshot).select("sample", "category").iter_rows():
        if sample not in found:
            raise LossError(f"sample {sample!r}: it has labels but is not listed")
        if category is None:
            raise LossError(f"sample {sample!r}: an array holds classes, and a label has none")
        found[sample].append(category)
    return found


def in_places(classes: Mapping[str, list[str]], prefix: str = "") -> list[list[str]]:
    """The classes in the order of keys that count from 0; raises LossError for other keys."""
    places = [f"{prefix}{number}" for number in range(len(classes))]
    for place in places:
        if place not in classes:
            odd = min(set(classes) - {*places})
            raise LossError(
                f"sample {odd!r}: samples of an array are numbered from 0, and {place!r} is missing"
            )
    return [classes[place] for place in places]


def only_one(sample: int, names: Sequence[str]) -> str:
    """The class of a sample; raises LossError where it has none or several."""
    if len(names) != 1:
        raise LossError(f"sample {sample}: an array holds one class a sample, not {len(names)}")
    return names[0]


def numbered(name: str, names: Sequence[str], limit: int) -> int:
    """The number of a class below a limit; raises LossError."""
    number = -1
    if name in names:
        number = list(names).index(name)
    elif not names and name.isascii() and name.isdigit() and str(int(name)) == name:
        number = int(name)
    if not 0 <= number < limit:
        raise LossError(
            f"category {name!r} is no number below {limit:,}, and no class has that name",
            hint="Name the classes by the setting `names`.",
        )
    return number
