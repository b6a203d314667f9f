"""A separate working tree of a past commit, with the project's cache lent to it."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from labelvc.core.errors import NotFound, RepositoryError
from labelvc.repo.config import LabelSet
from labelvc.repo.remote import dvc_errors
from labelvc.repo.repository import Repository
from labelvc.repo.writing import is_running

FOLDER = "worktrees"


@contextlib.contextmanager
def past(repo: Repository, commit: str) -> Iterator[Repository]:
    """The project as it was at a commit, in a working tree of its own that is removed afterwards.

    It lies in Git's folder, so that the user's tree is not touched; what a killed process left
    there is removed first. DVC's cache and local configuration are those of the main working tree.
    Raises RepositoryError.
    """
    home = repo.git.common_dir / "labelvc" / FOLDER
    home.mkdir(parents=True, exist_ok=True)
    _sweep(repo, home)
    place = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=home))
    try:
        repo.git.run("worktree", "add", "--quiet", "--detach", "--force", str(place), commit)
        root = place / repo.prefix.rstrip("/")
        if not (root / ".dvc").is_dir():
            raise NotFound(f"at {commit[:9]} there is no DVC project in {repo.prefix or '.'}")
        _lend(repo, root)
        with contextlib.closing(Repository.find(root)) as found:
            yield found
    finally:
        _remove(repo, place)


def bring(repo: Repository, paths: Sequence[str]) -> None:
    """Check out what DVC tracks of these paths, fetched where the cache lacks it.

    Raises NotFound where neither cache nor remote has it.
    """
    tracked = [path for path in paths if _in_dvc(repo, path)]
    if not tracked:
        return
    dvc = repo.dvc.repo()
    targets = [str(repo.root / path) for path in tracked]
    told = ", ".join(tracked)
    with dvc_errors(f"check out {told}"):
        from dvc.exceptions import CheckoutError

        try:
            dvc.checkout(targets, force=True)
        except CheckoutError:
            _pull(repo, targets, told)


def _pull(repo: Repository, targets: Sequence[str], told: str) -> None:
    from dvc.exceptions import DvcException

    try:
        repo.dvc.repo().pull(list(targets), force=True)
    except DvcException as error:
        raise NotFound(
            f"{told}: neither the cache nor the DVC remote has all of it ({error})",
            hint="Where it still is, run `dvc push --all-commits`; then run this again.",
        ) from error


def _in_dvc(repo: Repository, path: str) -> bool:
    stored = repo.stored(LabelSet("path", path), None)
    return stored is not None and stored.how != "git"


def _lend(repo: Repository, root: Path) -> None:
    """Write the local configuration of the separate tree: the main one's, and its cache."""
    from dvc.config import Config

    with dvc_errors("lend the cache to a separate working tree"):
        config = Config(dvc_dir=str(repo.root / ".dvc"), validate=False)
        local = dict(config.load_one("local"))
        local["cache"] = {**local.get("cache", {}), "dir": str(repo.dvc.cache_folder())}
        with Config(dvc_dir=str(root / ".dvc"), validate=False).edit("local") as lent:
            lent.update(local)


def _sweep(repo: Repository, home: Path) -> None:
    """Remove the working trees of processes that are gone."""
    for place in home.iterdir():
        owner = place.name.partition("-")[0]
        if owner.isdecimal() and not is_running(int(owner)):
            _remove(repo, place)


def _remove(repo: Repository, place: Path) -> None:
    with contextlib.suppress(RepositoryError):
        repo.git.run("worktree", "remove", "--force", "--force", str(place))
    shutil.rmtree(place, ignore_errors=True)
    repo.git.run("worktree", "prune", check=False)
