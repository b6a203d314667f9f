"""Where the media of each label set are looked for, and what makes evidence of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from labelvc.core.comparison import Diff
from labelvc.core.reported import Item
from labelvc.repo.caches import cache_folders
from labelvc.repo.config import LabelSet
from labelvc.repo.media import Media
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import Revision
from labelvc.repo.stored_media import StoredMedia
from labelvc.review.evidence import LONGEST, Exhibits
from labelvc.review.evidence_shapes import skeletons_of

_OWN_MEDIA = ("imagefolder",)  # formats whose labels lie in the media folder itself


def shelves(
    repo: Repository, sets: Iterable[LabelSet], end: Revision
) -> dict[str, StoredMedia | None]:
    """The media of each label set by its name; None where labelvc.yaml names no folder."""
    caches = cache_folders(repo.root, repo.main_root)
    found: dict[str, StoredMedia | None] = {}
    for label_set in sets:
        folder = label_set.media or (label_set.path if label_set.format in _OWN_MEDIA else None)
        here = Media(repo.root / folder, caches) if folder else None
        found[label_set.name] = (
            StoredMedia(repo, folder, end.commit, here) if folder and here else None
        )
    return found


def exhibits(
    media: Mapping[str, StoredMedia | None], diff: Diff, *, longest: int = LONGEST
) -> Exhibits:
    """What makes evidence of the changes of a diff, with the skeletons of its categories."""
    attributes: dict[str, str | None] = {}
    for comparison in diff.sets:
        attributes |= comparison.category_attributes
    return Exhibits(media, longest=longest, skeletons=skeletons_of(attributes))


def bring(shelves: Mapping[str, StoredMedia | None], items: Iterable[Item], most: int) -> list[str]:
    """Fetch the media of the first `most` items that miss theirs; remarks where that failed."""
    asked: dict[str, list[tuple[str | None, str, str | None]]] = {}
    for item in list(items)[:most]:
        if item.sample is not None:
            asked.setdefault(item.label_set, []).append((item.path, item.sample, item.split))
    notes = []
    for name, wanted in asked.items():
        shelf = shelves.get(name)
        if shelf is not None and (trouble := shelf.bring(dict.fromkeys(wanted))):
            notes.append(f"Media of {name}: {trouble}.")
    return notes
