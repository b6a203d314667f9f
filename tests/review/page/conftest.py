"""The page in each of its modes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from labelvc.report.page import render_page
from tests.browser import browser
from tests.review.page.changes import kinds_of_change
from tests.review.page.data import conflict_evidence, conflicts_data, many, page_data
from tests.review.page.opening import EXPECTED, Pages
from tests.review.page.server import Api, serving


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Pages]:
    pages = Pages(chromium)
    yield pages
    pages.close()
    assert [one for one in pages.wrong if EXPECTED not in one] == []


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render_page(page_data()), "utf-8")
    return path.as_uri()


@pytest.fixture(scope="module")
def many_changes(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("many") / "report.html"
    path.write_text(render_page(many(3000)), "utf-8")
    return path.as_uri()


@pytest.fixture
def api() -> Api:
    return Api(
        render_page(page_data("review")), {one["number"]: shown for one, shown in kinds_of_change()}
    )


@pytest.fixture
def review(api: Api, open_page: Pages) -> Iterator[str]:
    with serving(api) as url:
        yield url
        open_page.close()  # while there still is somebody to ask


@pytest.fixture
def merge() -> Api:
    data = conflicts_data()
    return Api(render_page(data), dict.fromkeys(range(6), conflict_evidence()), data["conflicts"])


@pytest.fixture
def conflicts(merge: Api, open_page: Pages) -> Iterator[str]:
    with serving(merge) as url:
        yield url
        open_page.close()
