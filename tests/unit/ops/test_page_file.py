"""The page is one file that loads nothing, under a policy that lets nothing else run."""

from __future__ import annotations

import re
from importlib.resources import files

from dateline.ops.page import policy

HTML = (files("dateline.ops") / "page.html").read_text(encoding="utf-8")


def test_the_page_loads_nothing_from_anywhere() -> None:
    addresses = set(re.findall(r"https?:[^\s\"'`)]*", HTML))
    assert addresses == {"http://www.w3.org/2000/svg"}, "the name of SVG's elements, which nobody fetches"
    assert set(re.findall(r"""(?:src|href)="([^"]*)""", HTML)) == {"data:,"}
    assert "@import" not in HTML and "url(" not in HTML


def test_nothing_that_is_said_becomes_markup() -> None:
    for sink in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "style="):
        assert sink not in HTML, sink


def test_the_policy_allows_the_one_script_and_the_one_style_by_their_hashes_and_nothing_else() -> None:
    said = policy(HTML)
    assert "default-src 'none'" in said and "unsafe" not in said
    assert said.count("sha256-") == 2
    assert HTML.count("<script") == HTML.count("<style") == 1
    assert policy(HTML.replace("use strict", "use other")) != said


def test_everything_that_the_page_asks_for_is_served() -> None:
    asked = set(re.findall(r'ask\("(/[a-z]+)"', HTML))
    assert asked == {"/processes", "/status", "/events", "/feeds", "/history"}
