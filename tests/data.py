"""Real label sets for tests, where they are at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def data(path: str) -> Path:
    """A file or folder of the test data; skips without it, fails with LABELVC_REQUIRE_DATA=1."""
    home = Path(os.environ.get("LABELVC_TEST_DATA", ROOT.parent / "shared" / "data"))
    found = home / path
    if not found.exists():
        message = f"no test data at {found} (LABELVC_TEST_DATA)"
        if os.environ.get("LABELVC_REQUIRE_DATA") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return found
