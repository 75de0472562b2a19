"""What a page says about its use: robots directives, TDM reservations and whether reading it is free.

`rights_of` reads one page and the headers it came with; `Reservations` reads a site's `tdmrep.json`. A later technique
supersedes an earlier one: the site's file, then the header, then the page's own `meta` (TDMRep, "Processing priority",
https://www.w3.org/community/reports/tdmrep/CG-FINAL-tdmrep-20240510/). Silence is null: it permits and reserves nothing.
"""

from __future__ import annotations

import re
from contextlib import suppress
from html import unescape
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import orjson

from dateline.events import PageRights

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# By this name robots.txt and robots directives mean us, whatever the version (RFC 9309 §2.2.1).
PRODUCT = "dateline"
ROBOTS_HEADER, TDM_HEADER = "x-robots-tag", "tdm-reservation"

_META = re.compile(r"<meta(?=[\s/])((?:[^>=]++|=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z))?+)*+)(?:>|\Z)", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([A-Za-z][\w:.-]{0,40})\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++))")
_TELLING = re.compile(rf"robots|{PRODUCT}|tdm-reservation|isaccessibleforfree", re.IGNORECASE)
_SCRIPT = re.compile(r"<script(?=\s)(?P<attributes>[^<>]{0,1000}+)>(?P<text>[^<]*+(?:<(?!/script)[^<]*+)*+)", re.IGNORECASE)
_JSON_LD_TYPE = re.compile(r"\stype\s*=\s*[\"']?\s*application/ld\+json", re.IGNORECASE)
# Longer ones are no directives; what they hold would be cut by nobody else.
_MOST_TAG_CHARACTERS, _MOST_TAGS = 4096, 200
# The largest seen on real pages has 60 kB, the most on one page are 12.
_MOST_JSON_CHARACTERS, _MOST_SCRIPTS = 512 << 10, 32
# Objects looked at in one page's JSON-LD, and parts within parts.
_MOST_NODES, _MOST_DEPTH = 2000, 8
_WRAPPING = re.compile(r"^\s*(?://\s*)?(?:<!--|<!\[CDATA\[)|(?://\s*)?(?:-->|\]\]>)\s*$")
_CONTROL = dict.fromkeys(range(0x20), " ")

_DIRECTIVE = re.compile(r"[a-z][a-z0-9_-]{0,39}(?:\s*:\s*[^:].{0,60})?")
_AGENT = re.compile(r"\s*([A-Za-z*][\w.*-]{0,60})\s*:(.*)", re.DOTALL)
# These have a value of their own, so what stands before the colon is no agent.
_WITH_VALUE = frozenset(("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"))
_OURS = frozenset(("*", "robots", PRODUCT))
_MOST_DIRECTIVES = 32

_TRUE, _FALSE = frozenset(("true", "1", "yes")), frozenset(("false", "0", "no"))
# A file has few rules; the longest pattern that means anything is as long as an address.
_MOST_RULES, _MOST_PATTERN = 10_000, 2048
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def rights_of(html: str, *, headers: Mapping[str, str] | None = None, site: bool | None = None) -> PageRights:
    """What a page states, with the headers it came with: names in lower case, lines of one name apart by line feeds.

    `site` is what the site's `tdmrep.json` says of this page. Malformed parts are passed over.
    """
    sent = headers or {}
    stated = list(_metas(html))
    robots = [*_from_header(sent.get(ROBOTS_HEADER, "")), *(text for name, text in stated if name in ("robots", PRODUCT))]
    tdm = [site, _reservation(sent.get(TDM_HEADER)), *(_reservation(text) for name, text in stated if name == TDM_HEADER)]
    return PageRights(
        robots=_directives(robots),
        tdm_reserved=next((said for said in reversed(tdm) if said is not None), None),
        is_accessible_for_free=_all_of((*(_free(text) for name, text in stated if name == "isaccessibleforfree"), *_from_json_ld(html))),
    )


# ── robots directives ────────────────────────────────────────────────────────────────────────────────────────────────


def _from_header(header: str) -> Iterator[str]:
    """The directives for every agent and for us. A line may begin with the agent it is for, and so may each of its parts."""
    for line in header.split("\n"):
        ours = True
        for part in line.split(","):
            named = _AGENT.match(part)
            if named is None or named[1].lower() in _WITH_VALUE:
                directive = part
            else:
                ours, directive = named[1].lower() in _OURS, named[2]
            if ours:
                yield directive


def _directives(texts: Iterable[str]) -> str | None:
    """All of them in lower case, each once, in the order they were met."""
    found = (part.strip().lower() for text in texts for part in text.split(","))
    known = dict.fromkeys(directive for directive in found if _DIRECTIVE.fullmatch(directive))
    return ", ".join(list(known)[:_MOST_DIRECTIVES]) or None


def _metas(html: str) -> Iterator[tuple[str, str]]:
    """Name in lower case and content of each `meta` that may say something about use; `itemprop` counts as a name."""
    left = _MOST_TAGS
    for tag in _META.finditer(html):
        text = tag[1]
        if len(text) > _MOST_TAG_CHARACTERS or not _TELLING.search(text):
            continue
        attributes = {found[1].lower(): found[2] or found[3] or found[4] or "" for found in _ATTRIBUTE.finditer(text)}
        name = attributes.get("name") or attributes.get("itemprop") or ""
        yield name.strip().lower(), unescape(attributes.get("content", ""))
        left -= 1
        if not left:
            return


# ── reservations of text and data mining ─────────────────────────────────────────────────────────────────────────────


def _reservation(value: object) -> bool | None:
    """1 reserves, 0 does not, anything else is not said."""
    return {"1": True, "0": False}.get(str(value).strip()) if isinstance(value, str | int) and not isinstance(value, bool) else None


class Reservations(NamedTuple):
    """The rules of one site's `tdmrep.json`, in their order: pattern of a path, and whether it is reserved."""

    rules: tuple[tuple[str, bool], ...] = ()

    @classmethod
    def parse(cls, body: bytes) -> Reservations:
        """The rules of the file; none where it is not what it should be, and malformed ones are passed over."""
        try:
            listed = orjson.loads(body)
        except orjson.JSONDecodeError:
            return cls()
        rules = listed[:_MOST_RULES] if isinstance(listed, list) else []
        return cls(tuple(rule for rule in map(_rule, rules) if rule is not None))

    def reserved(self, url: str) -> bool | None:
        """Whether the site reserves this address: the first rule that matches decides, null where none does."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return None
        path = _unescaped(parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return next((reserved for pattern, reserved in self.rules if _matches(pattern, path)), None)


def _rule(rule: object) -> tuple[str, bool] | None:
    if not isinstance(rule, dict):
        return None
    location, reserved = rule.get("location"), _reservation(rule.get("tdm-reservation"))
    if not isinstance(location, str) or not location or len(location) > _MOST_PATTERN or reserved is None:
        return None
    return _unescaped(location if location[0] in "/*" else f"/{location}"), reserved


def _matches(pattern: str, path: str) -> bool:
    """As in robots.txt: from the path's beginning, `*` for any characters, `$` at the pattern's end for the path's (RFC 9309 §2.2.3)."""
    anchored = pattern.endswith("$")
    first, *rest = pattern.removesuffix("$").split("*")
    if not rest:
        return path == first if anchored else path.startswith(first)
    if not path.startswith(first):
        return False
    position, last = len(first), rest.pop() if anchored else ""
    for part in rest:
        position = path.find(part, position)
        if position < 0:
            return False
        position += len(part)
    return path.endswith(last) and len(path) - len(last) >= position


def _unescaped(path: str) -> str:
    """The path with unreserved characters as they are, and every other escape in capitals, so that two spellings compare."""

    def plain(match: re.Match[str]) -> str:
        character = chr(int(match[1], 16))
        return character if character in _UNRESERVED else match[0].upper()

    return _ESCAPE.sub(plain, path)


# ── free to read ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _all_of(said: Iterable[bool | None]) -> bool | None:
    """False where any part is not free, else true where anything is said to be."""
    known = {value for value in said if value is not None}
    return None if not known else False not in known


def _free(value: object) -> bool | None:
    """A truth value as publishers write it: true, "False", "https://schema.org/True"."""
    if isinstance(value, bool):
        return value
    word = value.strip().rpartition("/")[2].lower() if isinstance(value, str) else ""
    return True if word in _TRUE else False if word in _FALSE else None


def _from_json_ld(html: str) -> Iterator[bool | None]:
    """What each object that describes the page says: at the top, in `@graph`, as its main entity or as a part of it."""
    nodes = [(data, 0) for data in _json_ld(html)]
    for _ in range(_MOST_NODES):
        if not nodes:
            return
        node, depth = nodes.pop()
        if isinstance(node, dict):
            yield _free(node.get("isAccessibleForFree"))
            inner = [node[key] for key in ("@graph", "mainEntity", "hasPart") if key in node]
        else:
            inner = node if isinstance(node, list) else []
        if depth < _MOST_DEPTH:
            nodes.extend((part, depth + 1) for part in inner[:_MOST_NODES])


def _json_ld(html: str) -> Iterator[Any]:
    """What the page's JSON-LD scripts hold; raw line breaks in their texts are forgiven, other mistakes cost the script."""
    left = _MOST_SCRIPTS
    for script in _SCRIPT.finditer(html):
        text = script["text"]
        if not _JSON_LD_TYPE.search(script["attributes"]):
            continue
        # Most say nothing of it, and parsing costs more than looking.
        if len(text) <= _MOST_JSON_CHARACTERS and "isAccessibleForFree" in text:
            with suppress(orjson.JSONDecodeError):
                yield orjson.loads(_WRAPPING.sub("", text).translate(_CONTROL).strip().encode(errors="replace"))
        left -= 1
        if not left:
            return
