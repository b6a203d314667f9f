"""A real Chromium for tests of pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

PATIENCE = 20.0  # seconds for what a page is expected to show: the machine may be busy
expect.set_options(timeout=PATIENCE * 1000)

# What a fresh profile would otherwise ask of the network.
_QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


def chromium() -> str:
    """Where the browser is; without one a test is skipped, or fails where CI demands it."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if found is None and os.environ.get("LABELVC_REQUIRE_BROWSER"):
        pytest.fail("there is no chromium, which LABELVC_REQUIRE_BROWSER asks for")
    if found is None:
        pytest.skip("no chromium on this machine")
    return found


@contextmanager
def browser() -> Iterator[Browser]:
    """The browser, without a window."""
    path = chromium()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=path, args=_QUIET, chromium_sandbox=os.geteuid() != 0
        )
        try:
            yield started
        finally:
            started.close()
