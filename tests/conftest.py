"""For all tests."""

from __future__ import annotations

import gc
import os

# The workers share the cores: one thread each.
os.environ.setdefault("POLARS_MAX_THREADS", "1")
# Thousands of tests and the libraries they need stay in memory to the end: to look through all of
# it again and again for what can be freed takes time.
gc.set_threshold(50_000, 20, 20)


def pytest_collection_finish() -> None:
    """What is in memory now stays."""
    gc.freeze()
