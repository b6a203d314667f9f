"""Waiting for pages whose policy forbids `eval`, which Playwright's `wait_for_function` needs."""

from __future__ import annotations

import time

from playwright.sync_api import Page

from tests.browser import PATIENCE


def until(page: Page, expression: str, seconds: float = PATIENCE) -> None:
    """Returns once the JavaScript expression is true."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"never came true: {expression}"
        page.wait_for_timeout(20)


def kept(page: Page) -> None:
    """Returns once all that was decided in the page is kept by the server."""
    until(page, "document.getElementById('progress').getAttribute('aria-busy') === 'false'")
