"""Report and review as their users meet them: the real commands, a real browser, a real commit."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import browser
from tests.review.reviewed import Reviewed, cells, corrected
from tests.review.serving import reviewing
from tests.review.waiting import kept, until


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


@contextmanager
def opened(chromium: Browser, url: str) -> Iterator[Page]:
    """The page once it can be used; it may log no error and ask nobody else."""
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(url)
    until(page, "window.labelvcReady === true")
    yield page
    own = url.partition("?")[0]
    assert not troubles
    assert all(address.startswith((own, "data:", "blob:")) for address in asked)
    page.close()


def row(page: Page, sample: str) -> None:
    """Choose the change of a sample in the list."""
    page.locator("#list").get_by_text(sample, exact=True).first.click()


def test_the_report_opens_from_disk_with_its_pictures(
    change: Reviewed, chromium: Browser, tmp_path: Path
) -> None:
    told = tmp_path / "told"
    subprocess.run(
        [sys.executable, "-m", "labelvc", "report", "main...fix", "-o", str(told)],
        cwd=change.project.path, check=True, capture_output=True,
    )  # fmt: skip
    with opened(chromium, (told / "report.html").as_uri()) as page:
        expect(page.locator("#summary")).to_contain_text("in evaluation data")
        assert "5 label changes in 2 label sets" in page.inner_text("#summary")
        row(page, "002.jpg")
        picture = page.locator("#detail svg image, #detail img").first
        expect(picture).to_be_visible()
        assert page.locator("#detail").inner_text().count("moved") >= 1
        page.keyboard.press("/")
        page.keyboard.type("004.jpg")
        expect(page.locator("#list [role=option]")).to_have_count(1)
        page.keyboard.press("Escape")
    assert json.loads((told / "report.json").read_text())["labelvc.report/v1"]["issues"]["new"]


def test_a_review_by_keyboard_ends_in_a_commit_and_a_patch(
    change: Reviewed, chromium: Browser
) -> None:
    with reviewing(change.project.path, "main...fix") as (url, process):
        with opened(chromium, url) as page:
            row(page, "001.jpg")
            page.keyboard.press("a")
            expect(page.locator("#progress")).to_contain_text("1accepted")
            row(page, "004.jpg")
            page.keyboard.press("r")
            row(page, "002.jpg")
            page.keyboard.press("r")
            expect(page.locator("#progress")).to_contain_text("2rejected")
            page.keyboard.press("u")
            expect(page.locator("#progress")).to_contain_text("1rejected")
            row(page, "002.jpg")
            page.keyboard.press("a")
            page.keyboard.press("x")
            page.locator("dialog textarea").fill("Take two of Ada's corrections")
            page.get_by_role("button", name="Finish and commit").click()
            expect(page.locator("dialog[open]").last).to_contain_text("finished")
        process.wait(timeout=20)
    before, after = (
        {box["id"]: box for box in one["annotations"]} for one in (cells(), corrected())
    )
    assert change.boxes() == {**before, 1: after[1], 2: after[2]}
    subject = change.project.git("log", "-1", "--format=%s%n%(trailers:key=Reviewed-by)")
    assert subject.startswith("Take two of Ada's corrections\nReviewed-by: ")
    assert (change.project.path / "labelvc-review.patch.json").exists()


def test_a_whole_filter_is_decided_at_once_and_survives_a_restart(
    change: Reviewed, chromium: Browser
) -> None:
    with (
        reviewing(change.project.path, "main...fix") as (url, _),
        opened(chromium, url) as page,
    ):
        page.keyboard.press("Shift+A")
        page.locator("dialog[open] button").last.click()
        expect(page.locator("#progress")).to_contain_text("5accepted")
        kept(page)
    with (
        reviewing(change.project.path, "main...fix") as (url, _),
        opened(chromium, url) as page,
    ):
        expect(page.locator("#progress")).to_contain_text("5accepted")
