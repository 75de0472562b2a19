"""Feeds that stand inside an HTML page: as elements, or escaped as text in a `pre`, as viewers and careless proxies serve them."""

from __future__ import annotations

import re

_ROOT = re.compile(rb"<(?P<name>rss|rdf:RDF|feed|urlset)(?=[\s>])", re.IGNORECASE)
_ESCAPED_ROOT = re.compile(rb"&lt;(?:rss|rdf:RDF|feed|urlset)(?=\s|&gt;)", re.IGNORECASE)
# The ampersand last, so that nothing is unescaped twice.
_ESCAPES = ((b"&lt;", b"<"), (b"&gt;", b">"), (b"&quot;", b'"'), (b"&#39;", b"'"), (b"&#x27;", b"'"), (b"&amp;", b"&"))


def inner_feed(utf8: bytes) -> bytes | None:
    """The feed that a document is wrapped around, from its first tag to its last; None where there is none."""
    found = _between(utf8)
    if found is not None:
        return found
    escaped = _ESCAPED_ROOT.search(utf8)
    if escaped is None:
        return None
    text = utf8[escaped.start() :].split(b"</pre", 1)[0]
    for escape, character in _ESCAPES:
        text = text.replace(escape, character)
    return _between(text)


def _between(utf8: bytes) -> bytes | None:
    root = _ROOT.search(utf8)
    if root is None:
        return None
    end = utf8.rfind(b"</" + root["name"] + b">")
    return utf8[root.start() : end + len(root["name"]) + 3] if end > root.start() else utf8[root.start() :]
