"""The merge driver: what Git calls for a pointer, or a dvc.lock, that both sides changed.

Git hands over temporary files with the three versions and takes the result from ours' file. The
driver writes that file and objects, nothing else: Git may still refuse the merge, or only preview
it. What it cannot do it leaves so that it cannot be committed by mistake: with a mark in the
pointer, or by removing ours' file, on which Git stops and leaves everything as it was.
"""

from __future__ import annotations

import contextlib
import os
import posixpath
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from labelvc.core.errors import LabelvcError, NotFound, ParseError, RepositoryError
from labelvc.repo.lock_merge import merge_lock
from labelvc.repo.pointer_merging import PointerMerge, Tell
from labelvc.repo.repository import Repository
from labelvc.repo.versions import SIDES, version
from labelvc.repo.writing import write_atomic

LOCK_NAME = "dvc.lock"
_PLAIN_MARKS = 7


@dataclass(frozen=True)
class Call:
    """How Git calls a driver: three files, the length of conflict marks, the path it is about."""

    base: Path
    ours: Path
    theirs: Path
    marks: int
    path: str


def drive(top: Path, call: Call, tell: Tell) -> int:
    """Merge into ours' file. Returns 0 where nothing is left to decide, else 1."""
    repo = Repository.find(_existing(top / posixpath.dirname(call.path)))
    where = os.path.relpath(top / call.path, repo.root).replace(os.sep, "/")
    contents = {
        side: path.read_bytes()
        for side, path in zip(SIDES, (call.base, call.ours, call.theirs), strict=True)
    }
    with contextlib.closing(repo):
        if posixpath.basename(call.path) == LOCK_NAME:
            return _drive_lock(call, contents, where, tell)
        try:
            versions = [version(side, content, where) for side, content in contents.items()]
        except ParseError:
            return _hand_to_dvc(repo, call)
        base, ours, theirs = versions
        merge = PointerMerge(repo, where, (base, ours, theirs), _is_inner(repo, call))
        if not merge.sets:
            return _hand_to_dvc(repo, call)
        try:
            content, is_open = merge.run(tell)
        except NotFound as error:
            return _close(call, tell, error, "Then merge again.")
        except RepositoryError as error:
            return _close(call, tell, error, "Nothing was changed: mend it and merge again.")
        # made elsewhere first: a killed driver leaves nothing in the working tree
        write_atomic(call.ours, content, aside=repo.scratch)
        return int(is_open)


def _drive_lock(call: Call, contents: Mapping[str, bytes], where: str, tell: Tell) -> int:
    try:
        merged = merge_lock(contents["base"], contents["ours"], contents["theirs"], where)
    except LabelvcError as error:
        tell(str(error))
        return 2  # the shell around us leaves Git's own conflict marks
    write_atomic(call.ours, merged.content)
    if merged.dropped:
        stages = ", ".join(merged.dropped)
        tell(f"{where}: both sides ran {stages} differently: `dvc repro` runs it again")
    return 0


def _hand_to_dvc(repo: Repository, call: Call) -> int:
    """DVC's own driver, for pointers that are no label sets."""
    beside = Path(sys.executable).with_name("dvc")
    dvc = str(beside) if os.access(beside, os.X_OK) else shutil.which("dvc")
    if dvc is None:
        return 2
    files = ["--ancestor", str(call.base), "--our", str(call.ours), "--their", str(call.theirs)]
    return subprocess.run([dvc, "git-hook", "merge-driver", *files], check=False).returncode and 1


def _close(call: Call, tell: Tell, error: LabelvcError, then: str) -> int:
    """Stop the merge: without ours' file Git gives up and leaves the working tree as it was."""
    tell(f"cannot merge {call.path}: {error}\n  {then}")
    call.ours.unlink(missing_ok=True)
    return 1


def _is_inner(repo: Repository, call: Call) -> bool:
    """Whether common ancestors are merged: Git lengthens the marks then."""
    if call.marks == _PLAIN_MARKS:
        return False
    asked = repo.git.lines("check-attr", "-z", "conflict-marker-size", "--", call.path)
    plain = int(asked[2]) if len(asked) == 3 and asked[2].isdecimal() else _PLAIN_MARKS
    return call.marks > plain


def _existing(folder: Path) -> Path:
    while not folder.is_dir():
        folder = folder.parent
    return folder
