"""The documentation builds as a site; its links lead somewhere, nothing comes from elsewhere."""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config

from tests.browser import browser
from tests.data import ROOT

# What a browser fetches by itself, by tag: the attributes that name it.
FETCHED = {
    **dict.fromkeys(("script", "img", "source", "audio", "video", "iframe", "embed"), ("src",)),
    "object": ("data",),
    "use": ("href",),
    "image": ("href",),
}
FETCHING_LINKS = {"stylesheet", "icon", "preload", "preconnect", "dns-prefetch", "manifest"}
KINDS = ("Start", "Tutorials", "How-to", "Reference", "Explanation")


class Page(HTMLParser):
    """The links, anchors and fetched addresses of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag names."""
        has = {name: value or "" for name, value in attrs}
        self.anchors |= {has[name] for name in ("id", "name") if name in has}
        self.links += [has["href"]] if tag == "a" and "href" in has else []
        self.fetched += [has[name] for name in FETCHED.get(tag, ()) if name in has]
        if tag == "link" and FETCHING_LINKS & set(has.get("rel", "").split()):
            self.fetched.append(has.get("href", ""))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_MKDOCS_2_WARNING", "1")
        build(load_config(str(ROOT / "mkdocs.yml"), site_dir=str(folder)))
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path.read_text()) for path in site.rglob("*.html") if path.stem != "404"}


def is_elsewhere(address: str) -> bool:
    parts = urlsplit(address)
    return bool(parts.scheme and parts.scheme != "data") or bool(parts.netloc)


def broken(path: Path, pages: dict[Path, Page]) -> Iterator[str]:
    """The links of a page that lead to no file, or to no place in it."""
    for link in pages[path].links:
        parts = urlsplit(link)
        if is_elsewhere(link):
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        target = target / "index.html" if target.is_dir() else target
        named = unquote(parts.fragment)
        if not target.is_file() or (
            named and target in pages and named not in pages[target].anchors
        ):
            yield link


def test_a_fault_stops_the_build() -> None:
    config = load_config(str(ROOT / "mkdocs.yml"))
    assert config["strict"]
    checks = {**config["validation"]["nav"], **config["validation"]["links"]}
    levels = {value for value in checks.values() if isinstance(value, int)}
    assert levels == {30}, "each check has to warn, which a strict build makes an error"


def test_every_link_leads_somewhere(pages: dict[Path, Page]) -> None:
    assert len(pages) > 30
    assert {path.name: found for path in pages if (found := list(broken(path, pages)))} == {}


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    text = '<a href="b.html">b</a><a href="#x">x</a><a href="#y">y</a><p id="x"></p>'
    here = tmp_path / "a.html"
    here.write_text(text)
    assert list(broken(here, {here: Page(text)})) == ["b.html", "#y"]


def test_pages_fetch_nothing_from_elsewhere(pages: dict[Path, Page]) -> None:
    fetched = {address for page in pages.values() for address in page.fetched}
    assert any(one.endswith(".svg") for one in fetched)
    assert [one for one in fetched if is_elsewhere(one)] == []


def test_styles_and_pictures_fetch_nothing_from_elsewhere(site: Path) -> None:
    for path in [*site.rglob("*.css"), *site.rglob("*.svg")]:
        named = re.findall(r"""(?:url\(|@import|href=)\s*["']?([^"')\s]+)""", path.read_text())
        assert [one for one in named if is_elsewhere(one)] == [], path


def test_a_browser_asks_nobody_else(site: Path) -> None:
    handler = functools.partial(Quiet, directory=str(site))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    here, asked = f"http://127.0.0.1:{server.server_port}/", []
    try:
        with browser() as started:
            page = started.new_page()
            page.on("request", lambda request: asked.append(request.url))
            for name in ("index.html", "design/overview.html", "tutorials/images.html"):
                page.goto(here + name, wait_until="networkidle")
            page.click("input[name=query]")
            page.keyboard.type("conflicts", delay=50)
            page.wait_for_selector(".md-search-result__item", timeout=20_000)
            titles = page.locator(".md-search-result__article h1").all_inner_texts()
    finally:
        server.shutdown()
        server.server_close()
    assert any("onflict" in title for title in titles)
    assert [one for one in asked if not one.startswith((here, "data:", "blob:"))] == []


class Quiet(SimpleHTTPRequestHandler):
    """A server that keeps its log to itself."""

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


def test_pages_stand_by_their_kind() -> None:
    nav = load_config(str(ROOT / "mkdocs.yml"))["nav"]
    assert tuple(name for part in nav for name in part) == KINDS


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md"])
def test_files_that_the_root_names_are_there(name: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", (ROOT / name).read_text()):
        assert is_elsewhere(target) or (ROOT / target).is_file(), target
