"""The page as a text: what it allows itself, and what strangers' names do to it."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelvc.report.page import HEAD_SCRIPTS, SCRIPTS, STYLES, embedded, render_page
from labelvc.report.template import _PACKAGE, template
from tests.review.page.changes import HOSTILE
from tests.review.page.data import conflicts_data, many, page_data

NASTY = st.text() | st.sampled_from(
    [
        HOSTILE,
        "<!--<script>",
        "]]>",
        "\u2028\u2029",
        "@DATA@",
        "@SCRIPTS@",
        "\\u003c",
        "&lt;/script>",
    ]
)
PAGES = {
    "report": page_data("report"),
    "review": page_data("review"),
    "conflicts": conflicts_data(),
}


class Parts(HTMLParser):
    """The elements of a page, and the texts of its scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: dict[str, list[str]] = {"script": [], "style": [], "data": [], "title": []}
        self.inside = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        self.inside = "data" if ("id", "data") in attrs else tag
        if self.inside in self.texts:
            self.texts[self.inside].append("")

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        if self.inside in self.texts:
            self.texts[self.inside][-1] += data


def policy(parts: Parts) -> dict[str, list[str]]:
    text = next(value for name, value in parts.attributes if name == "content" and "-src" in value)
    rules = [rule.split() for rule in text.split(";")]
    return {name: values for name, *values in rules}


def digest(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pytest.mark.parametrize("mode", PAGES)
def test_the_policy_allows_the_own_scripts_and_styles_and_nothing_else(mode):
    parts = Parts(render_page(PAGES[mode]))
    rules = policy(parts)
    assert rules["default-src"] == ["'none'"]
    assert rules["script-src"] == [digest(text) for text in parts.texts["script"]]
    assert rules["style-src"] == [digest(text) for text in parts.texts["style"]]
    assert rules["connect-src"] == (["'none'"] if mode == "report" else ["'self'"])
    assert len(parts.texts["script"]) == len(SCRIPTS) + len(HEAD_SCRIPTS)


@pytest.mark.parametrize("mode", PAGES)
def test_the_page_needs_nothing_from_elsewhere(mode):
    page = render_page(PAGES[mode])
    parts = Parts(page)
    assert not re.search(r"@import|@font-face", page)
    links = [value for name, value in parts.attributes if name in ("src", "href")]
    assert links and all(value.startswith("data:") for value in links)
    addresses = {*re.findall(r"https?://[^\s'\"\\)]+", page)}
    assert addresses == {"http://www.w3.org/2000/svg"}  # the name of a language
    assert not [name for name, _ in parts.attributes if name.startswith("on") or name == "style"]


@settings(max_examples=60, deadline=None)
@given(NASTY)
def test_no_name_changes_the_elements_of_the_page(name):
    usual = Parts(render_page(_named("a")))
    page = Parts(render_page(_named(name)))
    assert page.tags == usual.tags
    assert page.texts["script"] == usual.texts["script"]
    (data,) = page.texts["data"]
    assert json.loads(data) == _named(name)
    assert not re.search("[<>&\u2028\u2029]", data)


def _named(name: str) -> dict[str, object]:
    conflict = {**conflicts_data(2)["conflicts"][0], "subject": name, "set": name}
    return {"mode": "conflicts", "title": name, "conflicts": [conflict], "next": name}


def test_the_title_shows_what_reorders_text():
    page = render_page({**conflicts_data(), "title": "a\u202eb <i>"})
    assert "<title>a\\u202eb &lt;i&gt;</title>" in page
    assert unescape("&lt;i&gt;") == "<i>"


def test_numbers_that_json_lacks_are_absent():
    assert embedded({"size": float("nan")}) == '{"size":null}'


def test_every_script_and_style_is_in_the_page_once():
    folder = _PACKAGE.parent / "templates" / "review"
    assert sorted((*HEAD_SCRIPTS, *SCRIPTS)) == sorted(path.name for path in folder.glob("*.js"))
    assert sorted(STYLES) == sorted(path.name for path in folder.glob("*.css"))


@pytest.mark.parametrize("name", [*HEAD_SCRIPTS, *SCRIPTS])
def test_scripts_put_no_markup_into_the_page_and_can_stand_in_it(name):
    text = template(f"review/{name}")
    assert text.startswith('"use strict";')
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text)
    assert not re.search(r"<!--|</?script", text, re.IGNORECASE)
    assert len(text.splitlines()) <= 250


def test_ten_thousand_changes_make_one_page():
    page = render_page(many(10_000))
    (data,) = Parts(page).texts["data"]
    assert len(json.loads(data)["report"]["changes"]) == 10_000
