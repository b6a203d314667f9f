"""Keras, on PyTorch where that is all there is: unasked it would look for TensorFlow."""

from __future__ import annotations

import json
import os
from importlib.util import find_spec
from pathlib import Path


def _configured() -> str | None:
    """The backend that Keras's own file of settings names; it writes one that says TensorFlow."""
    home = os.environ.get("KERAS_HOME") or Path.home() / ".keras"
    try:
        backend = json.loads(Path(home, "keras.json").read_bytes()).get("backend")
    except (OSError, ValueError, AttributeError):
        return None
    return backend if isinstance(backend, str) else None


if (
    not os.environ.get("KERAS_BACKEND")
    and _configured() in (None, "tensorflow")
    and not find_spec("tensorflow")
    and find_spec("torch")
):
    os.environ["KERAS_BACKEND"] = "torch"

import keras  # noqa: E402

__all__ = ["keras"]
