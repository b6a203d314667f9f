"""A page opened, watched, and read."""

from __future__ import annotations

from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import PATIENCE
from tests.review.waiting import until

# What the browser itself says of an answer that is meant to be a refusal.
EXPECTED = "status of 409"


class Pages:
    """Opens addresses; nothing may be logged as an error or asked of anybody else."""

    def __init__(self, chromium: Browser) -> None:
        self.chromium = chromium
        self.contexts: list[BrowserContext] = []
        self.wrong: list[str] = []

    def __call__(
        self, url: str, *, size: tuple[int, int] = (1280, 860), scheme: str = "light"
    ) -> Page:
        context = self.chromium.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=scheme
        )
        context.set_default_timeout(PATIENCE * 1000)
        self.contexts.append(context)
        page = context.new_page()
        wrong, own = self.wrong, url.split("?")[0].split("#")[0]
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda told: told.type == "error" and wrong.append(told.text))
        page.on("dialog", lambda dialog: wrong.append(f"dialog: {dialog.message}"))
        page.on(
            "request", lambda asked: asked.url.startswith((own, "data:")) or wrong.append(asked.url)
        )
        page.goto(url)
        until(page, "window.labelvcReady")
        return page

    def close(self) -> None:
        while self.contexts:
            self.contexts.pop().close()


def title(page: Page) -> str:
    return page.locator("#detail h2").inner_text()


def shown(page: Page) -> str:
    return page.locator(".list-title").inner_text()


def choose(page: Page, facet: str, option: str) -> None:
    page.locator(f'[data-facet="{facet}"]').click()
    page.locator(".panel:visible").get_by_label(option).check()
    page.keyboard.press("Escape")
