"""Which languages are declared, and by whom."""

from __future__ import annotations

import time

import pytest
from articles import FEED, raw
from msgspec.structs import replace

from dateline.enricher.declared import declared_languages, page_language
from dateline.events import Page, PageRights

RIGHTS = PageRights(robots=None, tdm_reserved=None, is_accessible_for_free=None)


def test_the_entry_is_more_specific_than_the_page_and_the_page_than_the_feed() -> None:
    page = Page(url="https://post.example/1", html='<html lang="cy">', content_type=None, fetched_at=None, truncated=False, rights=RIGHTS)
    article = replace(raw(language="ga"), page=page, feed=replace(FEED, language="en"))
    assert declared_languages(article) == ("ga", "cy", "en")
    assert declared_languages(replace(raw(), page=None, feed=replace(FEED, language=None))) == ()


@pytest.mark.parametrize(
    ("markup", "language"),
    [
        ('<!doctype html>\n<html class="no-js" lang="pt-BR" dir="ltr"><head>', "pt-BR"),
        ("<HTML LANG=de>", "de"),
        ("<html xmlns='http://www.w3.org/1999/xhtml' xml:lang='zh_TW'>", "zh_TW"),
        ('<html><head><meta http-equiv="Content-Language" content="sr-Latn-RS">', "sr-Latn-RS"),
        ('<html><head><meta content="sw" http-equiv="content-language">', "sw"),
        ('<html data-lang="de">', None),
        ('<html><body lang="fr">', None),
        ('<html lang="">', None),
        ("", None),
    ],
)
def test_a_page_declares_the_language_of_its_html_element_or_header(markup: str, language: str | None) -> None:
    assert page_language(markup) == language


@pytest.mark.parametrize("hostile", ["<html " * 700, "<meta " + "content=en " * 400, "<html" + " " * 4000, "<html lang" + "=" * 4000])
def test_no_page_makes_the_look_slow(hostile: str) -> None:
    started = time.process_time()
    page_language(hostile)
    assert time.process_time() - started < 0.1
