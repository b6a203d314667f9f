"""When a pointer was committed, told from its content alone."""

from __future__ import annotations

from labelvc.repo.git import Git


def later_side(git: Git, ours: bytes, theirs: bytes) -> str | None:
    """ "ours" or "theirs", whichever content was committed later; None where Git cannot tell."""
    times = [_time(git, content) for content in (ours, theirs)]
    if times[0] is None or times[1] is None or times[0] == times[1]:
        return None
    return "ours" if times[0] > times[1] else "theirs"


def _time(git: Git, content: bytes) -> int | None:
    """The commit time, in seconds, of the last commit that brought the content in."""
    blob = git.run("hash-object", "--stdin", content=content).stdout.decode().strip()
    asked = git.run(
        "log", "--all", "HEAD", "--format=%ct", "-1", f"--find-object={blob}", check=False
    )
    told = asked.stdout.decode().strip()
    return int(told) if asked.returncode == 0 and told else None
