"""For all tests."""

from __future__ import annotations

import gc
import os

from hypothesis import settings

# The workers share the cores: one thread each.
os.environ.setdefault("POLARS_MAX_THREADS", "1")
# Thousands of tests and the libraries they need stay in memory to the end: to look through all of
# it again and again for what can be freed takes time.
gc.set_threshold(50_000, 20, 20)

# Where a change is judged, the laws are tried on the same examples each time, elsewhere on new.
settings.register_profile("fixed", derandomize=True)
if os.environ.get("LABELVC_FIXED_EXAMPLES"):
    settings.load_profile("fixed")


def pytest_collection_finish() -> None:
    """What is in memory now stays."""
    gc.freeze()
