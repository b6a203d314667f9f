"""RTTM (NIST Rich Transcription): a line a speaker's turn, one file or a folder of .rttm files.

A recording is a sample, a line a label of kind segment: from onset to onset + duration in seconds,
its category the speaker. Lines of other types (SPKR-INFO, LEXEME, ...) are labels too, with the
attribute `type`; one without times speaks of the whole recording and is of kind class. Comments
(`;;`) stay where they are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import islice

from labelvc.core.snapshot import Snapshot
from labelvc.formats.base import Carries, Scan, Settings
from labelvc.formats.folder import label_paths
from labelvc.formats.row_folder import RowFolder, written_folder
from labelvc.formats.row_format import RowScan, written
from labelvc.formats.rows import BOM, read_only_file
from labelvc.formats.rttm_lines import NAME, NOTHING, SUFFIX, Turns
from labelvc.formats.source import Source
from labelvc.formats.splits import Layout

__all__ = ["CARRIES", "NAME", "SETTINGS", "TITLE", "scan", "settle", "sniff", "write"]

TITLE = "RTTM speaker turns"
CARRIES = Carries(
    kinds=frozenset({"segment", "class"}),
    labels=frozenset({"text", "attributes", "confidence"}),
    samples=frozenset({"split"}),
    units=frozenset({"second"}),
)
SETTINGS: Mapping[str, str] = {}
_TYPES = {
    *("SEGMENT", "NOSCORE", "NO_RT_METADATA", "LEXEME", "NON-LEX", "NON-SPEECH", "FILLER", "EDIT"),
    *("IP", "SU", "CB", "A/P", "SPEAKER", "SPKR-INFO"),
}
_LOOK = 5


def sniff(source: Source) -> str | None:
    """By the suffix .rttm, and by the types of the first lines."""
    paths = label_paths(source, SUFFIX, "") if source.is_folder else list(source.files)
    found = 0
    for path in islice(paths, _LOOK):
        if not path.endswith(SUFFIX):
            return None
        lines = source.files[path].read().removeprefix(BOM).splitlines()
        words = [line.split() for line in lines if line.strip() and not line.startswith(b";;")]
        types = {one[0].decode(errors="replace") for one in words[:_LOOK]}
        if not types <= _TYPES:
            return None
        found += len(types)
    return f"{SUFFIX} files" if found else None


def settle(source: Source, settings: Settings) -> Settings:
    """Nothing to settle."""
    return settings


def scan(source: Source, settings: Settings) -> Scan:
    """The lines of one file, or the files of a folder, not yet opened."""
    if source.is_folder:
        paths = label_paths(source, SUFFIX, "")
        return RowFolder(source, Layout(SUFFIX, ""), paths, fmt=Turns(), settings=settings)
    name, content = read_only_file(source)
    return RowScan(Turns(), Turns().cut(name, source.where(name), content, settings), settings)


def write(snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
    """The file or the folder; edited lines are rewritten in place, new ones come by their onset.

    Raises LossError.
    """
    known = snapshot.documents if snapshot.format == NAME else {}
    if "read" in known or (not known and snapshot.samples["split"].count()):
        return written_folder(Turns(), snapshot, settings, order=_order)
    return written(Turns(), snapshot, settings, order=_order)


def _order(row: bytes) -> tuple[str, float]:
    _, recording, _, onset = row.decode().split(None, 4)[:4]
    return recording, -math.inf if onset == NOTHING else float(onset)
