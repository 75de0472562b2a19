"""OPERATIONS.md names every setting and command."""

from __future__ import annotations

from operations import OPERATIONS, with_tables


def test_the_tables_are_what_the_definitions_say():
    text = OPERATIONS.read_text(encoding="utf-8")
    assert text == with_tables(text), "run make generate"
