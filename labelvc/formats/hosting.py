"""The files into which a merged label set is written.

A single file's host is ours. A folder's host has, file by file, what only one side changed from
that side; of it only the files that hold merged labels are read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from labelvc.core.snapshot import Snapshot
from labelvc.formats.base import (
    Format,
    MergesFrames,
    NamesLabelFiles,
    Settings,
    WritesParts,
)
from labelvc.formats.folder import FolderScan, digest
from labelvc.formats.framing import merged_lines, merged_yaml
from labelvc.formats.source import Blob, MemoryBlob, Source, digests
from labelvc.formats.triple import Triple

# The keys of a data.yaml that say what the categories are.
CLASS_KEYS = ("names", "nc")


@dataclass(frozen=True)
class Host:
    """`snapshot` is what was read of it: all, or a part (`is_part`).

    Of a folder whose label files are read one by one that is all but the `others`, None for any
    other label set. `last_id` is the highest native id of a file that was read in part.
    `framed` are files in which something besides labels was merged, `notes` tell of what both
    sides changed there.
    """

    source: Source
    settings: Settings
    snapshot: Snapshot
    is_part: bool
    others: Collection[str] | None = None
    framed: Mapping[str, bytes] = field(default_factory=dict)
    notes: Sequence[str] = ()
    last_id: int = 0


class Picked(Mapping[str, Blob]):
    """The files of a folder, each from one of several versions; blobs are made when asked for."""

    def __init__(
        self, chosen: dict[str, Mapping[str, Blob]], digests: dict[str, str | None]
    ) -> None:
        self._chosen = chosen
        self.digests = digests

    def __getitem__(self, path: str) -> Blob:
        return self._chosen[path][path]

    def replace(self, contents: Mapping[str, bytes]) -> None:
        """Put other contents in the place of files."""
        for path, content in contents.items():
            blob = MemoryBlob(content)
            self._chosen[path] = {path: blob}
            self.digests[path] = digest(blob)

    def __iter__(self) -> Iterator[str]:
        return iter(self._chosen)

    def __len__(self) -> int:
        return len(self._chosen)

    def __contains__(self, path: object) -> bool:
        return path in self._chosen


def host_of(triple: Triple, base: Source | None, ours: Source, theirs: Source, fmt: Format) -> Host:
    """What the merged labels are written into."""
    settings = dict(triple.ours.settings)
    if not isinstance(triple.ours.scan, FolderScan):
        if ours.is_folder and isinstance(triple.ours.scan, NamesLabelFiles):
            ours = _with_files_beside(triple, base, ours, theirs)
            triple = replace(triple, ours=replace(triple.ours, scan=fmt.scan(ours, settings)))
        return _host_of_one(triple, ours, fmt, settings)
    source, both = _picked(base, ours, theirs)
    whole: Any = fmt.scan(source, settings)
    framed, notes = _framed(whole, both, base, (ours, theirs))
    if framed:
        source.files.replace(framed)  # type: ignore[attr-defined]
        source = replace(source)  # without what was found in the former files
        whole = fmt.scan(source, settings)
    wanted = {path for read in _reads(triple) for path in read}
    part = whole.narrowed([path for path in whole.paths if path in wanted])
    others = {path for path in whole.paths if path not in wanted}
    return Host(source, settings, part.read(), True, others, framed, notes)


def _with_files_beside(triple: Triple, base: Source | None, ours: Source, theirs: Source) -> Source:
    """Ours with the other files that only theirs changed, such as media it added."""
    picked, _ = _picked(base, ours, theirs)
    named = {
        path
        for read in (triple.base, triple.ours, triple.theirs)
        if read is not None
        for path in read.scan.label_files()
    }
    others = {path: picked.files[path] for path in picked.files if path not in named}
    own = {path: blob for path, blob in ours.files.items() if path in named}
    return replace(ours, files={**own, **others})


def _host_of_one(triple: Triple, ours: Source, fmt: Format, settings: Settings) -> Host:
    scan, framed, notes = triple.ours.scan, {}, []
    if isinstance(fmt, MergesFrames):
        base = triple.base.scan if triple.base else None
        content, clashes = fmt.merged_frame(base, scan, triple.theirs.scan)
        if clashes:
            notes.append(f"both sides changed {', '.join(clashes)} of {ours.name}: ours was kept")
        if content is not None:
            framed = {ours.only()[0]: content}
            ours = replace(ours, files={path: MemoryBlob(one) for path, one in framed.items()})
            scan = fmt.scan(ours, settings)
    keep = triple.ours.keep
    if keep is None or not isinstance(scan, WritesParts):
        whole = scan.read(key=triple.key)
        return Host(ours, settings, whole, is_part=False, framed=framed, notes=notes)
    part = scan.with_document(triple.ours.rest, keep, triple.key)
    last = scan.last_id()
    return Host(ours, settings, part, is_part=True, framed=framed, notes=notes, last_id=last)


def _framed(
    scan: FolderScan, both: Collection[str], base: Source | None, sides: tuple[Source, Source]
) -> tuple[dict[str, bytes], list[str]]:
    """The files without labels that both sides changed, as far as they can be merged."""
    framed, notes = {}, []
    lists = {one.path for one in scan.layout.lists}
    for path in both:
        if path not in lists and not path.endswith((".yaml", ".yml")):
            continue
        ours, theirs = (side.files[path].read() for side in sides)
        before = base.files[path].read() if base and path in base.files else b""
        if path in lists:
            content = merged_lines(before, ours, theirs)
        else:
            content, clashes = merged_yaml(before, ours, theirs, CLASS_KEYS)
            if clashes:
                notes.append(f"both sides changed {', '.join(clashes)} in {path}: ours was kept")
        if content != ours:
            framed[path] = content
    return framed, notes


def _reads(triple: Triple) -> Iterator[Sequence[str]]:
    """The label files of each version that were opened."""
    for read in (triple.base, triple.ours, triple.theirs):
        if read is not None:
            yield read.scan.kept(read.keep)


def _picked(base: Source | None, ours: Source, theirs: Source) -> tuple[Source, Collection[str]]:
    """Ours with the files that only theirs changed, added or removed as theirs has them.

    A file that both changed is ours'; of one that a side removed the other's change is kept. Also
    the files that both have and changed differently.
    """
    before = _digests(base) if base else {}
    one, two = _digests(ours), _digests(theirs)
    chosen: dict[str, Mapping[str, Blob]] = {}
    known: dict[str, str | None] = {}
    both = []
    for path in {**one, **two}:
        own, other, was = one.get(path), two.get(path), before.get(path)
        if (own == was and other is None) or (other == was and own is None):
            continue  # one side removed it, and the other left it alone
        is_ours = own is not None and (other is None or own != was)
        chosen[path] = ours.files if is_ours else theirs.files
        known[path] = own if is_ours else other
        if None not in (own, other) and own != other and was not in (own, other):
            both.append(path)
    return replace(ours, files=Picked(chosen, known)), both


def _digests(source: Source) -> Mapping[str, str]:
    known = digests(source.files)
    return {path: found or digest(source.files[path]) for path, found in known.items()}
