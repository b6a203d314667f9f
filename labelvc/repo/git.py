"""Questions to Git, one function each: plain `git`, NUL-separated, its stderr kept."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from labelvc.core.errors import NotFound, RepositoryError
from labelvc.repo.git_call import call, failed, hook_environment, lies_in, plain_environment
from labelvc.repo.git_commit import LOG_FIELDS, Commit, parse_commit
from labelvc.repo.git_objects import Entry, ObjectReader

# What stops a commit of chosen paths: the file in the Git folder, and the word for it.
_UNDER_WAY = {
    "MERGE_HEAD": "merge",
    "rebase-merge": "rebase",
    "rebase-apply/applying": "am",
    "rebase-apply": "rebase",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
}
_NO_REPOSITORY_HINT = (
    "Make one with `labelvc init`, or compare two files with `labelvc diff --no-index A B`."
)


class Git:
    """One working tree: its own, a linked one, or a submodule's."""

    def __init__(
        self, top: Path, git_dir: Path, common_dir: Path, environment: Mapping[str, str]
    ) -> None:
        self.top = top
        self.git_dir = git_dir
        self.common_dir = common_dir
        self._environment = environment
        self._reader: ObjectReader | None = None

    @classmethod
    def find(cls, start: Path) -> Git:
        """The working tree around a path. Raises RepositoryError where there is none."""
        folder = (start if start.is_dir() else start.parent).resolve()
        if not folder.is_dir():
            raise NotFound(f"{start}: no such file or folder")
        question = ["rev-parse", "--show-toplevel", "--absolute-git-dir", "--git-common-dir"]
        # A hook's GIT_DIR would make Git take any folder for the top, so it is asked last.
        environment = plain_environment()
        asked = call(question, folder, environment)
        if asked.returncode and "GIT_DIR" in os.environ:
            environment = hook_environment()
            asked = call(question, folder, environment)
        if asked.returncode:
            raise _no_repository(folder, asked.stderr)
        top, git_dir, common = (os.fsdecode(line) for line in asked.stdout.splitlines())
        if lies_in(git_dir, index := os.environ.get("GIT_INDEX_FILE"), top):
            environment["GIT_INDEX_FILE"] = str(index)
        return cls(Path(top), Path(git_dir), (folder / common).resolve(), environment)

    def commit(self, rev: str) -> str:
        """The full sha of the commit a revision means. Raises NotFound for an unknown one."""
        found = self._objects.get(rev) if rev and "\n" not in rev else None
        if found is not None and found.kind == "tag":
            found = self._objects.get(f"{found.sha}^{{commit}}")
        if found is None or found.kind != "commit":
            raise NotFound(f"unknown revision {rev!r}", hint=self._close_names(rev))
        return found.sha

    def merge_base(self, a: str, b: str) -> str:
        """The best common ancestor of two revisions. Raises NotFound where there is none."""
        asked = self.run("merge-base", self.commit(a), self.commit(b), check=False)
        if asked.returncode:
            raise NotFound(
                f"{a} and {b} have no common commit",
                hint="In a shallow clone, `git fetch --unshallow` brings the history.",
            )
        return asked.stdout.decode().strip()

    def is_ancestor(self, commit: str, of: str) -> bool:
        """Whether the history of a revision has a commit."""
        return not self.run("merge-base", "--is-ancestor", commit, of, check=False).returncode

    def show(self, commit: str, path: str) -> bytes | None:
        """The content of a file at a commit, or None where there is no file of that name."""
        found = self.entry(commit, path)
        return found.content if found and found.kind == "blob" else None

    def entry(self, commit: str, path: str) -> Entry | None:
        """What a commit, or the index (":0"), has at a path: a `blob` or a `tree`."""
        if "\n" in path:  # cannot be asked in a line
            sha = self.blob_ids(commit, path).get(path)
            return self._objects.get(sha) if sha else None
        return self._objects.get(f"{commit}:{path}")

    def files(
        self, commit: str | None, *, under: str = "", suffix: str | tuple[str, ...] = ""
    ) -> list[str]:
        """The files of a commit, or (None) of the working tree except ignored ones, sorted.

        `under` is a folder relative to the top; `suffix` is how the names end.
        """
        if commit is None:
            pattern = f":(top,literal){under}" if under else ":(top)"
            args = ["ls-files", "-z", "--full-name", "-c", "-o", "--exclude-standard"]
            found = self.lines(*args, "--", pattern)
            found = [
                path
                for path in set(found)
                if path.endswith(suffix) and os.path.lexists(self.top / path)
            ]
        else:
            found = list(self.blob_ids(commit, under))
        return sorted(path for path in found if path.endswith(suffix))

    def blob_ids(self, commit: str, under: str = "") -> dict[str, str]:
        """The object id of each file of a commit, below a folder or of one path."""
        args = ["--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree", commit]
        listed = self.lines(*args, "--", under) if under else self.lines(*args)
        found = {}
        for line in listed:
            head, _, path = line.partition("\t")
            _, kind, sha = head.split()
            if kind == "blob":  # a submodule is a commit
                found[path] = sha
        return found

    def index_ids(self, under: str) -> dict[str, str]:
        """The object id of each file that the index has, below a folder or of one path."""
        found = {}
        for line in self.lines("ls-files", "-s", "-z", "--", f":(top,literal){under}"):
            head, _, path = line.partition("\t")
            mode, sha, _ = head.split()
            if not mode.startswith("16"):
                found[path] = sha
        return found

    def main_worktree(self) -> Path | None:
        """The main working tree, where this is a linked one (and the main one is not bare)."""
        if self.git_dir == self.common_dir:
            return None
        asked = os.fsdecode(self.run("worktree", "list", "--porcelain").stdout)
        first = asked.partition("\n\n")[0].splitlines()
        return None if "bare" in first else Path(first[0].removeprefix("worktree "))

    def log(
        self,
        revs: Sequence[str] = ("HEAD",),
        paths: Sequence[str] = (),
        *,
        limit: int | None = None,
        first_parent: bool = False,
    ) -> Iterator[Commit]:
        """The commits reachable from `revs` (`A`, `^B`), newest first; those touching `paths`."""
        shas = [f"^{self.commit(r[1:])}" if r.startswith("^") else self.commit(r) for r in revs]
        command = ["log", "-z", "--no-show-signature", f"--format={LOG_FIELDS}"]
        command += [f"--max-count={limit}"] if limit is not None else []
        command += ["--first-parent"] if first_parent else []
        command += [*shas, "--", *(f":(top,literal){path}" for path in paths)]
        return (parse_commit(record) for record in self._records(command))

    def state(self) -> str | None:
        """What is under way: merge, rebase, cherry-pick, revert or am; None if nothing."""
        for name, word in _UNDER_WAY.items():
            if (self.git_dir / name).exists():
                return word
        return None

    def config_set(self, key: str, value: str) -> None:
        """Set a value in the repository's own configuration."""
        self.run("config", "--local", "--replace-all", key, value)

    def config_remove_section(self, section: str) -> None:
        """Take a section such as `merge.labelvc` out of the repository's configuration."""
        self.run("config", "--local", "--remove-section", section, check=False)

    def stage(self, paths: Sequence[str]) -> None:
        """Put files, relative to the top, into the index as they are; deleted ones go out."""
        specs = [f":(top,literal){path}" for path in paths]
        known = set(self.lines("ls-files", "-z", "--full-name", "--", *specs)) if specs else set()
        # what the index has lost already, Git would not find
        there = [path for path in paths if path in known or os.path.lexists(self.top / path)]
        if there:
            self.run("add", "--all", "--", *(f":(top,literal){path}" for path in there))

    def commit_paths(
        self,
        message: str,
        paths: Sequence[str],
        *,
        allow_empty: bool = False,
        author: str | None = None,
    ) -> str:
        """Commit the working tree's state of these paths only; other staged work stays staged.

        Hooks run. `author` is `Name <mail>`, where it is not Git's own identity. Returns the new
        commit. Raises RepositoryError during a merge (Git refuses to commit a part of one) and
        where a hook or Git itself says no.
        """
        if (busy := self.state()) is not None:
            raise RepositoryError(
                f"a {busy} is under way, and Git commits no single paths meanwhile",
                hint=_finish(busy),
            )
        command = ["commit", "--quiet", "--cleanup=verbatim", "--file=-", "--only"]
        command += ["--allow-empty"] if allow_empty else []
        command += [f"--author={author}"] if author else []
        command += ["--", *(f":(top,literal){path}" for path in paths)]
        self.run(*command, content=message.encode())
        return self.commit("HEAD")

    def lines(self, *args: str) -> list[str]:
        """The NUL-separated answer to a question asked at the top."""
        return os.fsdecode(self.run(*args).stdout).split("\0")[:-1]

    def run(
        self, *args: str, content: bytes | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a git command at the top. Raises RepositoryError with Git's own words."""
        done = call(args, self.top, self._environment, content)
        if check and done.returncode:
            raise failed(args, done.stderr)
        return done

    def close(self) -> None:
        """End the object reader's process."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def blob(self, sha: str) -> bytes:
        """The content of a blob. Raises NotFound."""
        found = self._objects.get(sha)
        if found is None:
            raise NotFound(
                f"Git has no object {sha}", hint="`git fetch` or `git fsck` may tell more."
            )
        return found.content

    @property
    def _objects(self) -> ObjectReader:
        if self._reader is None:
            self._reader = ObjectReader(self.top, self._environment)
        return self._reader

    def _records(self, command: Sequence[str]) -> Iterator[bytes]:
        """The NUL-ended records of a long answer, as they come."""
        with subprocess.Popen(
            ["git", *command],
            cwd=self.top,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None and process.stderr is not None
            rest = b""
            try:
                while chunk := os.read(process.stdout.fileno(), 1 << 16):
                    *records, rest = (rest + chunk).split(b"\0")
                    yield from records
                if rest:
                    yield rest
                if process.wait():
                    raise failed(command, process.stderr.read())
            finally:
                process.kill()  # the reader may have seen enough

    def _close_names(self, rev: str) -> str:
        import difflib

        names = self.run("for-each-ref", "--format=%(refname:short)", check=False).stdout
        close = difflib.get_close_matches(rev, os.fsdecode(names).splitlines(), 3)
        if close:
            return f"Did you mean {' or '.join(close)}?"
        return "`git log --oneline --all` lists the commits, `git branch -a` the branches."


@dataclass(frozen=True)
class GitBlob:
    """One file that Git itself keeps."""

    git: Git
    sha: str

    @property
    def digest(self) -> str:
        """Equal where the bytes are."""
        return f"git:{self.sha}"

    def read(self) -> bytes:
        """The content. Raises NotFound."""
        content = self.git.blob(self.sha)
        if content.startswith(_LFS):
            raise NotFound(
                f"Git has only a pointer of Git LFS here ({self.sha})",
                hint="labelvc reads plain Git files and files tracked by DVC: take the path out of"
                " Git LFS (`git lfs migrate export`), then `labelvc add` it.",
            )
        return content


_LFS = b"version https://git-lfs.github.com/spec/"


def _no_repository(folder: Path, stderr: bytes) -> RepositoryError:
    said = os.fsdecode(stderr).strip()
    if "dubious ownership" in said or "work tree" in said:
        return RepositoryError(f"{folder}: {said.removeprefix('fatal: ')}")
    return RepositoryError(f"not a Git repository: {folder}", hint=_NO_REPOSITORY_HINT)


def _finish(busy: str) -> str:
    if busy == "merge":
        return "Finish it with `git commit`, or leave it with `git merge --abort`."
    return f"Finish it with `git {busy} --continue`, or leave it with `git {busy} --abort`."
