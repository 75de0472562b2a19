"""What of an article's page is kept: all that is seen and all that describes it, without the ballast around it.

`page_text` brings a body into one encoding, `without_ballast` drops scripts (but JSON-LD), styles, SVG, comments, `srcdoc` and
data URLs, `cut` makes it fit. Everything else stays as served, in its order: zones are read over the whole page, later.

One walk over the tags, as the HTML standard splits them (https://html.spec.whatwg.org/multipage/parsing.html#tokenization):
an ordinary page (180 kB) takes one millisecond of CPU, half of what libxml2 takes to parse and write it, and hostile pages take
time and memory by their length (8 MiB: 2 s).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dateline.poller.encoding import to_utf8

if TYPE_CHECKING:
    from dateline.poller.encoding import Decoded

# Where browsers look for it, four times over: 1,024 bytes by the standard, and long comments stand before it on some pages.
_META_CHARSET_BYTES = 4096
_META_CHARSET = re.compile(rb"<meta\s[^>]{0,500}?charset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
# What servers say of everything (RFC 2616 §3.7.1), so the page knows better.
_SAID_OF_EVERYTHING = frozenset(("iso-8859-1", "latin1", "latin-1"))

# How pages begin, after comments and instructions: https://mimesniff.spec.whatwg.org/#identifying-a-resource-with-an-unknown-mime-type
# without what feeds may begin with, and with three more elements that open pages without a head.
_HTML_START = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s++|<!--(?>.*?-->)|<\?[^>]*+>)*+<(?:!doctype\s+html|html|head|body|meta|script|title|link|base|style|h1|div|table|p)[\s>]",
    re.IGNORECASE | re.DOTALL,
)

# The rest of a tag behind its name. Quotes count behind "=" only; what is never closed ends with the page.
_REST_OF_TAG = r"(?:[^>=]++|=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z))?+)*+(?:>|\Z)"
_SPECIAL = r"script|style|svg|iframe|title|textarea"
# Text and tags that are kept as they are, as far as they go: one step of the walk.
_DULL = re.compile(rf"(?:[^<]++|<(?!(?:/svg|{_SPECIAL})[\s/>]|!--|\?)(?:/?[a-z]{_REST_OF_TAG})?+)*+", re.IGNORECASE)
_TAG = re.compile(rf"<(?P<name>/?[a-z]+)(?P<attributes>{_REST_OF_TAG})", re.IGNORECASE)
# All comments that follow each other are one step. "<!-->" and "<!--->" are whole comments, "--!>" ends one.
_COMMENTS = re.compile(r"(?:<!--(?:-?>|(?:[^-]++|-(?!-!?>))*+(?:--!?>|\Z))|<\?[^>]*+(?:>|\Z))++")
# Their text ends at their own closing tag and nowhere else.
_ENDS = {name: re.compile(rf"</{name}(?=[\s/>]){_REST_OF_TAG}", re.IGNORECASE) for name in ("script", "style", "title", "textarea")}

_JSON_LD = re.compile(r"\stype\s*=\s*[\"']?\s*application/ld\+json", re.IGNORECASE)
_SRCDOC = re.compile(r"\ssrcdoc\s*=\s*(?:\"[^\"]*(?:\"|\Z)|'[^']*(?:'|\Z)|[^\s>]*)", re.IGNORECASE)
# What follows the comma goes; the rest stays, to show that something was there. Ignoring case would cost twenty times as much.
_DATA_URL = re.compile(r"(data:[a-z]{1,20}/[\w.+-]{1,80}(?:;[\w=-]{1,40}){0,4},)[^\s\"'<>()]+")
# A picture holds no paragraphs: where one is found, the picture was never closed and the article stands in it.
_PARAGRAPH = re.compile(r"<p[\s>]", re.IGNORECASE)
# Pictures in pictures beyond this depth are nobody's drawing.
_MOST_NESTED = 64
# A cut goes back to the end of a tag where there is one so near.
_NEAR_CHARACTERS = 4096


class PageText(NamedTuple):
    """A page as text, the encoding it was in as the web calls it, what named that encoding (see Decoded), and whether it is a guess."""

    text: str
    encoding: str
    origin: str
    guessed: bool


def is_html(body: bytes) -> bool:
    """Whether a body that nothing else is known of begins as pages do."""
    return _HTML_START.match(body) is not None


def page_text(body: bytes, content_type: str | None = None) -> PageText:
    """The page as text. What its bytes prove wins, then the header's charset, then that of its `meta`, then statistics."""
    header = _HEADER_CHARSET.search(content_type or "")
    meta = _META_CHARSET.search(body, 0, _META_CHARSET_BYTES)
    named = [("header", header[1])] if header else []
    if meta is not None:
        named.append(("declaration", meta[1].decode("ascii")))
    if header is not None and header[1].lower() in _SAID_OF_EVERYTHING:
        named.reverse()
    for origin, charset in named:
        decoded = to_utf8(body, f"text/html; charset={charset}")
        if not decoded.guessed:
            return _page_text(decoded, origin)
    return _page_text(to_utf8(body, content_type), "header")


def _page_text(decoded: Decoded, named_by: str) -> PageText:
    # NULs mean nothing in HTML, and libxml2 ends at the first one.
    text = decoded.body.decode("utf-8", "replace").replace("\0", "")
    return PageText(text, decoded.encoding, named_by if decoded.origin == "header" else decoded.origin, decoded.guessed)


def without_ballast(html: str) -> str:
    """The page without scripts (JSON-LD stays), styles, SVG, comments, `srcdoc` and the contents of data URLs."""
    kept = _Kept()
    position = 0
    while position < len(html):
        dull = _DULL.match(html, position)
        assert dull is not None  # noqa: S101 - it matches nothing, too
        kept.add(dull[0])
        position = dull.end()
        if position < len(html):
            position = _special(html, position, kept)
    return _DATA_URL.sub(r"\1", "".join(kept.pieces))


def cut(html: str, most_characters: int) -> tuple[str, bool]:
    """The page's beginning, and whether anything is missing: up to the end of a tag where one is near the limit."""
    if len(html) <= most_characters:
        return html, False
    end = html.rfind(">", max(most_characters - _NEAR_CHARACTERS, 0), most_characters) + 1
    return html[: end or most_characters], True


class _Kept:
    """What is kept so far, with the places where pictures began that have not ended."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self._pictures: list[int] = []

    def add(self, piece: str) -> None:
        if piece:
            self.pieces.append(piece)

    def open_picture(self, tag: str) -> None:
        if len(self._pictures) == _MOST_NESTED:
            self._pictures.clear()
        self._pictures.append(len(self.pieces))
        self.pieces.append(tag)

    def close_picture(self) -> None:
        if not self._pictures:
            return
        start = self._pictures.pop()
        if any(_PARAGRAPH.search(piece) for piece in self.pieces[start:]):
            self._pictures.clear()
        else:
            del self.pieces[start:]


def _special(html: str, position: int, kept: _Kept) -> int:
    """Keep what is to be kept of the comment or element at `position`; the position behind it."""
    comments = _COMMENTS.match(html, position)
    if comments is not None:
        return comments.end()
    tag = _TAG.match(html, position)
    if tag is None:
        kept.add(html[position])
        return position + 1
    match tag["name"].lower():
        case "svg" if not tag[0].endswith("/>"):
            kept.open_picture(tag[0])
        case "svg":
            pass
        case "/svg":
            kept.close_picture()
        case "iframe":
            kept.add(_SRCDOC.sub("", tag[0]))
        case name:
            return _raw_text(html, tag, name, kept)
    return tag.end()


def _raw_text(html: str, tag: re.Match[str], name: str, kept: _Kept) -> int:
    """Keep a title, a text field or JSON-LD, drop a script or style; without a closing tag, each goes on to the page's end."""
    closing = _ENDS[name].search(html, tag.end())
    end = len(html) if closing is None else closing.end()
    if name not in ("script", "style") or (name == "script" and _JSON_LD.search(tag["attributes"])):
        kept.add(html[tag.start() : end])
    return end
