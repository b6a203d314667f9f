"""What Git tells of one commit."""

from __future__ import annotations

from dataclasses import dataclass

# For `git log --format`: the fields of Commit, parted by a control character.
LOG_FIELDS = "%H%x1f%P%x1f%an%x1f%ae%x1f%aI%x1f%s%x1f%b"


@dataclass(frozen=True)
class Commit:
    """One commit as `git log` tells it; `date` is the author's, ISO 8601."""

    sha: str
    parents: tuple[str, ...]
    author: str
    email: str
    date: str
    subject: str
    body: str

    def trailers(self, key: str) -> list[str]:
        """The values of the trailer lines `key: value` in the body.

        >>> Commit("a", (), "A", "a@b", "", "Fix", "Why.\\n\\nLabels: train +1").trailers("Labels")
        ['train +1']
        """
        start = f"{key.lower()}:"
        lines = self.body.splitlines()
        return [line[len(start) :].strip() for line in lines if line.lower().startswith(start)]


def parse_commit(record: bytes) -> Commit:
    """A record of `git log --format=LOG_FIELDS`."""
    text = record.decode("utf-8", "replace")
    sha, parents, author, email, date, subject, body = text.split("\x1f", 6)
    return Commit(
        sha.strip(), tuple(parents.split()), author, email, date, subject, body.strip("\n")
    )
