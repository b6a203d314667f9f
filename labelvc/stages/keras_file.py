"""Files of models that Keras saved: which names are theirs, and where they lie."""

from __future__ import annotations

from pathlib import Path

from labelvc.core.errors import LabelvcError, shorten

SUFFIX = ".keras"


def is_keras(spec: str) -> bool:
    """Whether the name of a model is that of a file of Keras."""
    return spec.endswith(SUFFIX)


def keras_file(spec: str, root: Path) -> Path:
    """The file. Raises LabelvcError where it lies outside of the project."""
    path = root / spec
    if not path.resolve().is_relative_to(root.resolve()):
        raise LabelvcError(
            f"{shorten(spec)} lies outside of the project, so that nobody could have its score "
            "again",
            hint="Copy the model into the project.",
        )
    return path
