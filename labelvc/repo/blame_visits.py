"""The history of a label set as the walks of `labelvc.core.blame` and `.blame_life` visit it."""

from __future__ import annotations

from dataclasses import replace

from labelvc.core.blame import Step, Visit
from labelvc.core.errors import LabelvcError, RepositoryError
from labelvc.repo.blame_lineage import Lineage, Node
from labelvc.repo.blame_step import in_cache, read_version, step_between
from labelvc.repo.config import LabelSet
from labelvc.repo.patch_cache import PatchCache
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import SetPair, Version

NOT_AT_HAND = "not at hand"
# A parent, the label set at both ends, and the versions in between that could not be read.
_Way = tuple[Node, SetPair | LabelvcError, tuple[Node, ...]]


class Visits:
    """What each version came from, the steps kept or worked out when they are asked for.

    `missing` tells of each version that could not be read why. With `whole` the labels of a first
    version are told one by one, as added; otherwise that they are all new is enough, and no label
    file is read for it.
    """

    def __init__(
        self,
        repo: Repository,
        cache: PatchCache,
        lineage: Lineage,
        *,
        label_set: LabelSet,
        whole: bool = False,
    ) -> None:
        self._repo = repo
        self._cache = cache
        self._lineage = lineage
        self._label_set = label_set
        self._whole = whole
        self._offline = False
        # of a version that lacks the label set, the next one that has it
        self._versions: dict[Node, tuple[Version | None, Version]] = {}
        self._readable: dict[str, bool] = {}
        self.missing: dict[Node, LabelvcError] = {}

    def begin(self, node: Node, version: Version) -> None:
        """Where the walk starts."""
        self._versions[node] = version, version

    def version(self, node: Node) -> Version | None:
        """The label set at a node that was begun with or is a parent of one visited."""
        return self._versions[node][0]

    def visit(self, node: Node) -> Visit:
        """What the version at a node came from.

        A parent that cannot be read is passed over: the version is compared with those before it,
        and the step says so.
        """
        if node.commit == "":
            return Visit()
        if (cut := self._lineage.is_cut(node)) is not None:
            return Visit(end=cut)
        version, shape = self._versions[node]
        todo: list[_Way] = [(node, told, ()) for node, told in self._lineage.pairs(node, shape)]
        if not todo:
            todo = [(Node("", node.name), SetPair(self._label_set, None, version), ())]
        return self._visit(version, shape, todo)

    def _visit(self, version: Version | None, shape: Version, todo: list[_Way]) -> Visit:
        parents: list[tuple[Node, Step]] = []
        lost: list[Node] = []
        todo.reverse()
        while todo:
            parent, told, through = todo.pop()
            before = told.before if isinstance(told, SetPair) else None
            self._versions.setdefault(parent, (before, before or shape))
            try:
                if isinstance(told, LabelvcError):
                    raise told
                step = self._step(before, version)
            except RepositoryError:
                raise
            except LabelvcError as error:
                behind = self._behind(parent, version, error)
                lost += [] if behind else [parent]
                todo += [(one, other, (*through, parent)) for one, other in reversed(behind)]
                continue
            parents.append((parent, replace(step, through=through) if through else step))
        if lost:  # what differs from all others may have come from there
            parents = [
                (parent, replace(step, through=(*step.through, *lost))) for parent, step in parents
            ]
        return Visit(parents, None if parents else NOT_AT_HAND)

    def _step(self, before: Version | None, after: Version | None) -> Step:
        if before is None and not self._whole:
            return Step(everything=True)
        if before is None and after is None:
            return Step()
        pair = SetPair(self._label_set, before, after)
        return step_between(self._repo, self._cache, pair, offline=self._offline)

    def _behind(
        self, parent: Node, after: Version | None, error: LabelvcError
    ) -> list[tuple[Node, SetPair | LabelvcError]]:
        """What stands behind a parent that cannot be read; nothing if the version itself cannot."""
        before, shape = self._versions[parent]
        self._offline = self._offline or not self._is_reachable(before)
        if not self._can_be_read(after):
            return []
        self.missing[parent] = error
        return [] if self._lineage.is_cut(parent) else self._lineage.pairs(parent, shape)

    def _can_be_read(self, version: Version | None) -> bool:
        if version is None:
            return True
        if version.hash not in self._readable:
            try:
                read_version(version)
            except LabelvcError:
                self._readable[version.hash] = False
            else:
                self._readable[version.hash] = True
        return self._readable[version.hash]

    def _is_reachable(self, version: Version | None) -> bool:
        """Whether a remote can be asked at all: if not, it is not asked for every version."""
        if version is None or version.stored is None or in_cache(self._repo, version):
            return True
        stored = version.stored
        wanted = (stored.enclosing or stored.hash, stored.hash_name)
        return self._repo.objects.fetch([wanted]) is None
