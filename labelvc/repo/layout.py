"""The files that `labelvc init` lays down in the tree: made where missing, never overwritten."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from labelvc.repo.config import FILE, TASKS
from labelvc.repo.pipeline import FILE as PIPELINE
from labelvc.repo.pipeline import pipeline
from labelvc.repo.templates import template
from labelvc.repo.writing import write_atomic

CI = ("github", "gitlab", "none")

_JOBS, _COMMENTING, _MERGING = "labels.yml", "labels-comment.yml", "labels-merge.yml"
_GITLAB = f".gitlab/{_JOBS}"
_OWN = (FILE, PIPELINE, _JOBS, _COMMENTING, _MERGING)  # told where `uninstall` leaves them
_MARKS = (b"labelvc-merge-check", b"labelvc-report")  # jobs that earlier versions had not


@dataclass(frozen=True)
class _File:
    path: Path
    content: bytes
    variants: tuple[bytes, ...] = ()  # other contents that init may have laid down
    ci: str = "none"  # only with this `--ci`
    is_theirs: bool = False  # a file of the user's own does the same


def lay_down(
    top: Path, root: Path, *, ci: str, task: str | None, dry_run: bool = False
) -> list[str]:
    """Make the missing files of a project at `root`. Tells what was done, and left alone."""
    told = []
    for file in _files(top, root, task):
        if file.ci not in ("none", ci) or file.is_theirs:
            continue
        where = file.path.relative_to(top).as_posix()
        there = file.path.read_bytes() if file.path.exists() else None
        if there is None:
            told.append(f"created {where}")
            if not dry_run:
                write_atomic(file.path, file.content)
        elif there != file.content:
            told.append(f"left alone {where}{_advice(file, there)}")
    return told


def take_up(top: Path, root: Path) -> list[str]:
    """Remove the files that are still as they were laid down. Tells what was done."""
    told = []
    for file in _files(top, root, None):
        where = file.path.relative_to(top).as_posix()
        if not file.path.exists() or file.is_theirs:
            continue
        if file.path.read_bytes() in (file.content, *file.variants):
            _unlink(file.path, top)
            told.append(f"removed {where}")
        elif file.path.name in _OWN:
            told.append(f"left alone {where}: it was changed since")
    return told


def _files(top: Path, root: Path, task: str | None) -> Iterator[_File]:
    names = {path.name.lower() for path in root.iterdir()} if root.is_dir() else set()
    other_readme = any(n.startswith("readme") for n in names) and "readme.md" not in names
    folder = json.dumps(root.relative_to(top).as_posix())[1:-1]
    yield _File(root / FILE, _config(task), (_config(None), *map(_config, TASKS)))
    yield _File(root / PIPELINE, pipeline())
    yield _File(root / "README.md", template("README.md"), is_theirs=other_readme)
    workflows = top / ".github" / "workflows"
    yield _File(workflows / _JOBS, _ci("github.yml", folder), ci="github")
    yield _File(workflows / _COMMENTING, _ci("github-comment.yml", folder), ci="github")
    yield _File(workflows / _MERGING, _ci("github-merge.yml", folder), ci="github")
    yield _File(top / _GITLAB, _ci("gitlab.yml", folder), ci="gitlab")
    yield _File(top / ".gitlab-ci.yml", template("gitlab-ci.yml"), ci="gitlab")


def _ci(name: str, folder: str) -> bytes:
    """The jobs of a forge; the forges share what they run in the shell."""
    forge = "gitlab" if name == "gitlab.yml" else "github"
    return template(
        name,
        FOLDER=folder,
        CHECK=_script(template("merge-check.sh")),
        COMMENT=_script(_joined("comment.py", f"comment_{forge}.py")),
        MERGE=_script(template("merge.sh")),
        REPORT=_script(template("report.sh")),
    )


def _script(content: bytes) -> str:
    """A script as the block of a YAML file."""
    return textwrap.indent(content.decode(), " " * 10).rstrip()


def _joined(shared: str, program: str) -> bytes:
    """A program behind the module that it imports from, as a job has one file only."""
    lines = template(program).splitlines(keepends=True)
    own = [line for line in lines if not line.startswith(b"from comment import ")]
    return b"\n\n".join([template(shared), b"".join(own)])


def _config(task: str | None) -> bytes:
    return template(FILE, TASK=f"task: {task}\n" if task else "")


def _advice(file: _File, there: bytes) -> str:
    """What is to be done by hand where a file of that name is already there."""
    if file.path.name == PIPELINE and b"labelvc evaluate" not in there:
        return "; `labelvc init` in an empty folder shows the stages to add to it"
    lacking = [mark.decode() for mark in _MARKS if mark not in there]
    if file.path.name == _JOBS and lacking:
        jobs = f"the job{'s' if len(lacking) > 1 else ''} {' and '.join(lacking)}"
        return f"; it lacks {jobs}: delete it and run `labelvc init` again"
    if file.path.name == ".gitlab-ci.yml" and _GITLAB.encode() not in there:
        return f"; add to it: include: [{{local: {_GITLAB}}}]"
    task = file.content.partition(b"\ntask: ")[2].partition(b"\n")[0]
    if file.path.name == FILE and task and b"\ntask: " + task not in b"\n" + there:
        return f"; add to it: task: {task.decode()}"
    return ""


def _unlink(path: Path, top: Path) -> None:
    """Remove a file, and the folders that it leaves empty."""
    path.unlink()
    for folder in path.parents:
        if folder == top or any(folder.iterdir()):
            break
        folder.rmdir()
