"""Waiting for pages whose policy forbids `eval`, which Playwright's `wait_for_function` needs."""

from __future__ import annotations

import time
from collections.abc import Callable

from playwright.sync_api import Page


def until(page: Page, expression: str, seconds: float = 6) -> None:
    """Returns once the JavaScript expression is true."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"never came true: {expression}"
        page.wait_for_timeout(20)


def settled(page: Page, has_come: Callable[[], bool], seconds: float = 6) -> None:
    """Returns once the page, which shows decisions before it sends them, has asked for it."""
    end = time.monotonic() + seconds
    while not has_come():
        assert time.monotonic() < end, "the page never asked for it"
        page.wait_for_timeout(20)
