"""TensorFlow for the tests that need it: imported when first used, which takes it seconds."""

from __future__ import annotations

import importlib
import os
from importlib.util import find_spec
from typing import Any

import pytest


def need_tensorflow() -> None:
    """Skip without TensorFlow; fail with LABELVC_REQUIRE_TENSORFLOW=1."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if find_spec("tensorflow") is None:
        message = "TensorFlow is not installed (pip install 'labelvc[tensorflow]')"
        if os.environ.get("LABELVC_REQUIRE_TENSORFLOW") == "1":
            pytest.fail(message)
        pytest.skip(message)


class Lazy:
    """A module that needs TensorFlow, by its name."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        need_tensorflow()
        return getattr(importlib.import_module(self._name), name)
