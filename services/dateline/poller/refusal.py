"""What a body is that is no feed, in a sentence for a person."""

from __future__ import annotations

import re

from dateline.errors import HtmlPage, NotAFeed

HTML = (b"<!doctype html", b"<html")
_BINARY = {
    b"\x1f\x8b": "compressed data",
    b"PK\x03\x04": "a ZIP archive",
    b"BZh": "compressed data",
    b"\x28\xb5\x2f\xfd": "compressed data",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"RIFF": "an image or sound file",
    b"%PDF": "a PDF document",
}
_PASSWORD = re.compile(rb"<input[^<>]{0,300}\btype\s*=\s*[\"']?password", re.IGNORECASE)
# What controls no text has: any but tab, line feed, form feed, carriage return and escape.
_NO_TEXT = bytes({*range(0x20)} - {0x9, 0xA, 0xC, 0xD, 0x1B})


def refuse(start: bytes, body: bytes) -> None:
    """NotAFeed for what shows in the bytes without parsing; `start` is the beginning of the body in UTF-8, trimmed."""
    if not start:
        raise NotAFeed("the body is empty")
    for magic, what in _BINARY.items():
        if body.startswith(magic):
            raise NotAFeed(f"the body is {what}")
    if start[:1] in (b"<", b"{", b"["):
        return
    if b"<" not in body:
        has_controls = len(body[:1000].translate(None, _NO_TEXT)) < len(body[:1000])
        raise NotAFeed("the body is binary data" if has_controls else "the body is plain text")


def html_page(body: bytes) -> HtmlPage:
    """The refusal of an HTML page, which may be one that asks for a password."""
    return HtmlPage("the body is an HTML page that asks for a password" if _PASSWORD.search(body) else "the body is an HTML page")
