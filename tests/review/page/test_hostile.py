"""Names and texts of strangers on the page."""

from __future__ import annotations

from labelvc.report.escape import visible
from tests.review.page.changes import HOSTILE
from tests.review.page.opening import choose, shown, title


def test_names_of_strangers_are_texts_and_nothing_else(open_page, report):
    page = open_page(f"{report}#change=10")
    assert title(page) == HOSTILE
    assert page.locator("img").count() == 0
    text = page.locator("body").inner_text()
    assert "ab\\u202ecod.exe\\x1b[31m" in text
    assert not {"\u202e", "\x1b"} & set(text)
    choose(page, "category", HOSTILE)
    assert shown(page) == "1 of 12 changes"
    assert page.evaluate("document.querySelectorAll('[onerror]').length") == 0


def test_names_that_objects_have_by_themselves_are_names(open_page, report):
    page = open_page(report)
    choose(page, "category", "__proto__")
    assert title(page) == "__proto__" and shown(page) == "1 of 12 changes"


def test_the_policy_stops_scripts_that_are_not_of_the_page(chromium, report):
    page = chromium.new_page()
    page.goto(report)
    page.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "window.foreign = true";
        document.body.append(script);
    }""")
    assert page.evaluate("window.foreign === undefined")
    page.close()


def test_escapes_are_those_of_the_terminal(open_page, report):
    page = open_page(report)
    shown = [*range(0x3200), *range(0xFB00, 0x10000), *range(0xE0000, 0xE0100), 0x1F600]
    texts = [before + chr(code) for code in shown for before in ("a", "\u0915")]
    told = page.evaluate("(texts) => texts.map(labelvc.visible)", texts)
    assert told == [visible(text) for text in texts]
    assert page.evaluate("labelvc.visible('\\ud800')") == visible("\ud800")
