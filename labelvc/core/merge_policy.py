"""How a project wants conflicts to be treated; light, as every command reads the configuration."""

from __future__ import annotations

from dataclasses import dataclass

POLICIES = ("manual", "ours", "theirs", "union", "newest", "annotator")
# IoU from which two new places of one label are taken for the same: two corrections of a box by
# hand differ by a pixel or two.
CLOSE = 0.95


@dataclass(frozen=True)
class Policy:
    """`name` is one of POLICIES; `order` are annotators, the one whose word counts most first.

    `close` is the IoU from which two new shapes of one label are no conflict; above 1 none are.
    """

    name: str = "manual"
    order: tuple[str, ...] = ()
    close: float = CLOSE
