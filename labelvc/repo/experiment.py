"""Whether DVC runs us in an experiment, and where its results belong."""

from __future__ import annotations

import os
from pathlib import Path

# Set by DVC for the commands of stages. DVC_ROOT names the project an experiment was started in,
# also where it runs in a temporary copy of it.
_NAME, _ROOT = "DVC_EXP_NAME", "DVC_ROOT"
_COPIES = (".dvc", "tmp", "exps")


def experiment_name() -> str | None:
    """The name of the DVC experiment that runs us, or None."""
    return os.environ.get(_NAME) or None


def home_of(root: Path) -> Path:
    """The project that keeps what is found in the project at `root`: itself, but for the temporary
    copy of `dvc exp run --temp` or of the queue, which is removed, the one it was copied from."""
    told = os.environ.get(_ROOT)
    if not told or experiment_name() is None:
        return root
    home = Path(told).resolve()
    return home if root.resolve().is_relative_to(home.joinpath(*_COPIES)) else root
