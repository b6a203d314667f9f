"""ImageFolder: the folder a file lies in is its class.

Images and sounds are opened only to hash them, where no hash is known. A label changes by moving
the file: a sample is known by its path inside the class folder, so that `cat/1.png` moved to
`dog/1.png` is one sample, relabelled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from labelvc.core.errors import LabelvcError, LossError
from labelvc.core.snapshot import Snapshot, categories_frame, labels_frame, samples_frame
from labelvc.core.tally import Tally
from labelvc.formats.base import Carries, Keep, Settings, named_categories
from labelvc.formats.folder import Contents, FolderScan, documents_of, refuse_losses
from labelvc.formats.fragments import resolved
from labelvc.formats.source import Source
from labelvc.formats.splits import MEDIA, SPLITS, Layout, refuse_unsafe

NAME = "imagefolder"
TITLE = "ImageFolder (the folder is the class)"
CARRIES = Carries(
    kinds=frozenset({"class"}),
    samples=frozenset({"path", "split", "digest"}),
)
SETTINGS = {
    "keys": "stem (default): a sample is its path inside the class folder; path: its whole path",
}

# Folders that other layouts sort their media into, so that they are no classes.
_NO_CLASS = frozenset({*SPLITS, "images", "labels", "JPEGImages", "Annotations", "annotations"})
_FEWEST_CLASSES = 2
# Files that may lie about without being labels.
_ASIDE = ("readme", "readme.md", "readme.txt", "license", "license.txt", "license.md", "thumbs.db")


def sniff(source: Source) -> str | None:
    """Media in at least two class folders, and nothing else."""
    expected = (*MEDIA, *_ASIDE)
    if not source.is_folder or not all(path.lower().endswith(expected) for path in source.files):
        return None
    media = _media(source)
    places = [_place(path) for path in media]
    classes = {category for _, category, _ in places}
    if None in classes or classes & _NO_CLASS or len(classes) < _FEWEST_CLASSES:
        return None
    return f"only media, in {len(classes)} class folders"


def settle(source: Source, settings: Settings) -> Settings:
    """The settings; keys filled in where two classes or splits hold a file of the same name."""
    if settings.get("keys", "stem") not in ("stem", "path"):
        raise LabelvcError(f"{source.name}: keys is {settings['keys']!r}, expected stem or path")
    media = _media(source)
    if "keys" in settings or len({_place(path)[2] for path in media}) == len(media):
        return dict(settings)
    return {**settings, "keys": "path"}


def scan(source: Source, settings: Settings) -> ImageFolderScan:
    """The media files, none of them opened yet."""
    return ImageFolderScan(source, whole=settings.get("keys") == "path")


def write(snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
    """The whole folder, each file under its sample's class; contents are read when asked for.

    Raises LossError where a sample has several classes, or where its medium is not at hand.
    """
    refuse_losses(snapshot, CARRIES, "ImageFolder")
    documents = documents_of(snapshot, NAME)
    media, before = documents.get("media", {}), documents.get("paths", {})
    files = dict(documents.get("rest", {}))
    for sample, path in _paths(snapshot, before).items():
        if sample not in media:
            raise LossError(
                f"sample {sample!r}: an ImageFolder consists of the media themselves, and this one"
                " is not at hand",
                hint="Put the file into its class folder.",
            )
        if path in files:
            raise LossError(f"two samples would share the file {path}")
        files[path] = media[sample]
    return Contents({}, files)


class ImageFolderScan(FolderScan):
    """A folder of class folders."""

    def __init__(self, source: Source, *, whole: bool) -> None:
        super().__init__(source, Layout("", "", whole=whole), _media(source))
        self.whole = whole

    def comparable(self, other: ImageFolderScan, key: str | None) -> bool:
        """Whether samples are named alike."""
        return self.whole == other.whole

    def tally(self) -> Tally:
        """Counts paths."""
        counts = Counter(category for path in self.paths if (category := _place(path)[1]))
        return Tally(
            len(self.paths), counts.total(), {name: counts[name] for name in sorted(counts)}
        )

    def read(self, keep: Keep | None = None, key: str | None = None) -> Snapshot:
        """The classes of all files, or of the kept ones."""
        paths = self.kept(keep)
        places = [_place(path) for path in paths]
        keys = paths if self.whole else [name for _, _, name in places]
        digests = dict(self.pieces["labels"])
        classes = [(name, place[1]) for name, place in zip(keys, places, strict=True) if place[1]]
        categories = [category for _, category in classes]
        labels = labels_frame(
            sample=[sample for sample, _ in classes],
            kind=["class"] * len(classes),
            category=categories,
        )
        samples = samples_frame(
            sample=keys,
            path=keys,
            split=[split for split, _, _ in places],
            digest=[digests[path] for path in paths],
        )
        documents: dict[str, Any] = {}
        if keep is None:
            documents["media"] = {
                name: self.source.files[path] for name, path in zip(keys, paths, strict=True)
            }
            documents["paths"] = dict(zip(keys, paths, strict=True))
            documents["rest"] = self.rest()
        names = categories_frame(named_categories(categories))
        return Snapshot(labels, samples, names, NAME, (), documents)


def _media(source: Source) -> Sequence[str]:
    return source.once(
        NAME, lambda: [path for path in source.files if path.lower().endswith(MEDIA)]
    )


def _place(path: str) -> tuple[str | None, str | None, str]:
    """Split, class and path inside the class folder; what lies in no class folder has no class."""
    parts = path.split("/")
    split = parts.pop(0) if parts[0] in SPLITS and len(parts) > 1 else None
    category = parts.pop(0) if len(parts) > 1 else None
    return split, category, "/".join(parts)


def _paths(snapshot: Snapshot, before: Mapping[str, str]) -> dict[str, str]:
    """Where each sample's file belongs."""
    classes: dict[str, str | None] = {}
    for sample, category in resolved(snapshot).select("sample", "category").iter_rows():
        if sample in classes or category is None:
            raise LossError(f"sample {sample!r}: an ImageFolder holds one class a sample")
        classes[sample] = category
    paths = {}
    for sample, split in snapshot.samples.select("sample", "split").iter_rows():
        category = classes.get(sample)
        inside = _place(before[sample])[2] if sample in before else sample
        path = "/".join(part for part in (split, category, inside) if part is not None)
        if path != before.get(sample):
            refuse_unsafe(path, f"sample {sample!r} of class {category!r}")
        if _place(path) != (split, category, inside):
            raise LossError(
                f"sample {sample!r} of class {category!r} cannot be the file {path!r}",
                hint="A class is a folder: its name holds no '/' and is no split's.",
            )
        paths[sample] = path
    return paths
