"""CVAT XML 1.1 for images: one file, an `<image>` a sample, the shapes in it its labels.

Pixels, from the top left corner. Attributes of shapes are texts; what CVAT says of every shape
(`occluded`, `z_order`, `group_id`, `source`) stands beside those of the scheme. `<meta>` declares
the categories; the rest of it, such as the time of the export, is kept and not compared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from labelvc.core.errors import LabelvcError
from labelvc.core.snapshot import Snapshot
from labelvc.formats.base import Carries, Settings
from labelvc.formats.cvat_file import cut_file
from labelvc.formats.cvat_scan import NAME, CvatScan, names_of
from labelvc.formats.cvat_shapes import KINDS
from labelvc.formats.cvat_write import written
from labelvc.formats.folder import refuse_losses
from labelvc.formats.source import Source

__all__ = ["CARRIES", "NAME", "SETTINGS", "TITLE", "scan", "settle", "sniff", "write"]

TITLE = "CVAT XML 1.1 for images"
CARRIES = Carries(
    kinds=frozenset(KINDS.values()),
    labels=frozenset({"attributes"}),
    samples=frozenset({"path", "split", "width", "height", "attributes"}),
    taxonomy=True,
    units=frozenset({"pixel"}),
)
SETTINGS = {
    "keys": "name (default): a sample is known by its image's name; path: by subset/name, where"
    " subsets have images of the same name"
}
_HEAD = 4096
_START = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*"
    rb"<annotations[^>]*>\s*<(?:version|meta|image)\b",
    re.DOTALL,
)


def sniff(source: Source) -> str | None:
    """By <annotations> with a <version>, <meta> or <image>; video is told of when it is read."""
    if source.is_folder or not source.only()[0].lower().endswith(".xml"):
        return None
    head = source.only()[1].read()[:_HEAD]
    return "XML with <annotations> and <version>" if _START.match(head) else None


def settle(source: Source, settings: Settings) -> Settings:
    """The settings; keys filled in where two subsets have an image of the same name."""
    if settings.get("keys", "name") not in ("name", "path"):
        raise LabelvcError(f"{source.name}: keys is {settings['keys']!r}, expected name or path")
    if "keys" in settings:
        return dict(settings)
    names = names_of(cut_file(source), whole=False)
    return {**settings, "keys": "path"} if len(set(names)) < len(names) else dict(settings)


def scan(source: Source, settings: Settings) -> CvatScan:
    """The images, none of them parsed yet."""
    return CvatScan(cut_file(source), settings)


def write(snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
    """The file, edited shapes rewritten in place. Raises LossError."""
    refuse_losses(snapshot, CARRIES, "CVAT XML")
    return written(snapshot, settings)
