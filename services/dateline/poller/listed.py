"""A feed as an operator names it, on the command line or in a list, and what becomes of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple
from urllib.parse import urlencode, urlsplit, urlunsplit

from msgspec import Meta, Struct
from msgspec.structs import asdict, replace

from dateline.errors import BadInput, FetchError
from dateline.events import Feed, Publisher
from dateline.poller.credentials import resolve
from dateline.poller.identity import feed_id, scope_of, secrets_of, without_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

# Longer than a month is no interval: a feed that is read less often than that is better paused.
MOST_EVERY_SECONDS = 31 * 86_400
# Browsers stop near this length; the longest honest address of a feed has a few hundred characters.
MOST_ADDRESS_CHARACTERS = 2_000
# What a person can read in a column, and a record can carry a hundred times over.
MOST_TITLE_CHARACTERS = 500
MOST_LABEL_CHARACTERS = 200
MOST_LABELS = 50

# What no XML document can carry (XML 1.0 §2.2).
_UNSPEAKABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# As poller/credentials.py puts them in.
_REFERENCE = re.compile(r"\$\{([A-Za-z][A-Za-z0-9_]{0,63})\}")
_OPENING_HEADERS = frozenset(("authorization", "cookie"))
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,8}")
_COUNTRY = re.compile(r"[A-Z]{2}")
HOW_TO_REFER = (
    "keep it out of the topics: write ${NAME} in its place, as in https://${NAME}@host/, ?token=${NAME} "
    "or a header 'Authorization: Bearer ${NAME}', and set DATELINE_FEED_SECRET_NAME for the poller"
)


class Listed(Struct, frozen=True, forbid_unknown_fields=True):
    """A feed as a list names it. What is null or empty is not said: the default on adding, as it was on updating."""

    url: str
    title: str | None = None
    labels: tuple[str, ...] = ()
    language: str | None = None
    publisher: Publisher | None = None
    kind: Literal["publisher", "aggregator"] | None = None
    page: Literal["never", "auto", "always"] | None = None
    text: Literal["full", "excerpt", "none"] | None = None
    priority: Annotated[int, Meta(ge=-100, le=100)] | None = None
    every: Annotated[int, Meta(ge=1, le=MOST_EVERY_SECONDS)] | None = None
    paused: bool | None = None
    private: bool | None = None
    headers: dict[str, str] | None = None


class Refused(NamedTuple):
    """What could not be taken: by its address (without secrets) or its place in a list, and why."""

    name: str
    reason: str


class FeedList(NamedTuple):
    """The feeds of a list, each address once, and the entries of it that are none."""

    listed: list[Listed]
    refused: list[Refused]


class Changes(NamedTuple):
    """What a list changes: feeds that are new, that differ from what it says, that stay as they are, and entries refused."""

    added: list[Feed]
    updated: list[Feed]
    there: list[Feed]
    refused: list[Refused]


def cleaned(listed: Listed, *, allow_secret: bool = False) -> Listed:
    """The feed with its address and texts as they are kept; BadInput says what it may not have. `allow_secret` keeps literal secrets."""
    url = address(listed.url)
    _refuse_address(url)
    headers = {name.strip(): value.strip() for name, value in (listed.headers or {}).items()} or None
    _refuse_references(url, headers)
    if not allow_secret and (found := literal_secret(url, headers)) is not None:
        raise BadInput(f"holds {found}; {HOW_TO_REFER} (or --allow-secret, if it is none)")
    if listed.language is not None and not _LANGUAGE.fullmatch(listed.language):
        raise BadInput(f"language {listed.language!r:.60} is no BCP 47 tag such as en or pt-BR")
    country = listed.publisher.country if listed.publisher else None
    if country is not None and not _COUNTRY.fullmatch(country):
        raise BadInput(f"country {country!r:.60} is no ISO 3166-1 code such as NO")
    labels = tuple(dict.fromkeys(label for one in listed.labels if (label := plain(one)[:MOST_LABEL_CHARACTERS].strip())))
    title = plain(listed.title or "")[:MOST_TITLE_CHARACTERS].strip() or None
    return replace(listed, url=url, title=title, labels=labels[:MOST_LABELS], headers=headers)


def address(url: str) -> str:
    """An address without blanks, and without the schemes that only tell a browser to open a feed reader."""
    url = url.strip().replace(" ", "%20")
    if url[:5].lower() != "feed:":
        return url
    rest = url[5:]
    return f"http:{rest}" if rest.startswith("//") else rest


def _refuse_address(url: str) -> None:
    shown = without_secrets(url)
    if len(url) > MOST_ADDRESS_CHARACTERS:
        raise BadInput(f"the address has more than {MOST_ADDRESS_CHARACTERS} characters")
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        # A wrong IPv6 literal, or a port that is none.
        sound = False
    if not sound or _CONTROL.search(url):
        raise BadInput(f"{shown!r:.200} is not an http or https address")


def _refuse_references(url: str, headers: Mapping[str, str] | None) -> None:
    """BadInput for what keeps the poller from putting secrets in: a reference out of place, a header that no feed may set."""
    names = _REFERENCE.findall(" ".join((url, *(headers or {}).values())))
    try:
        resolve(url, dict.fromkeys((name.upper() for name in names), "secret"), headers)
    except FetchError as error:
        raise BadInput(error.reason) from None


def literal_secret(url: str, headers: Mapping[str, str] | None = None) -> str | None:
    """What a feed gives away by itself, in words that do not repeat it; null where it holds references or nothing."""
    try:
        parts = urlsplit(url)
        user, password = parts.username, parts.password
    except ValueError:
        return None
    if password and not _REFERENCE.search(password):
        return "a password"
    if not password and secrets_of(urlunsplit(parts._replace(netloc=f"{user or ''}@host", query=""))):
        return "a user without a password, which may be a token"
    if secrets_of(urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))):
        return "a parameter that looks like a secret"
    opening = next((name for name, value in (headers or {}).items() if is_secret_header(name, value)), None)
    return f"a header {opening!r:.60} that looks like a secret" if opening else None


def is_secret_header(name: str, value: str) -> bool:
    """Whether a header opens something and says so with what it holds, not with a reference."""
    return not _REFERENCE.search(value) and (
        name.lower() in _OPENING_HEADERS or bool(secrets_of(f"https://host/?{urlencode({name: value})}"))
    )


def plain(text: str) -> str:
    """One line of characters that every format can carry."""
    return " ".join(_UNSPEAKABLE.sub(" ", text).split())


# ── lists and feeds ──────────────────────────────────────────────────────────────────────────────────────────────────


def new_feed(listed: Listed, *, now: datetime, allow_secret: bool = False) -> Feed:
    """A feed to be added; BadInput when it is none that can be polled."""
    listed = cleaned(listed, allow_secret=allow_secret)
    return Feed(id=feed_id(listed.url), scope=scope_of(listed.url), added_at=now, **_said(listed))


def updated_feed(feed: Feed, listed: Listed) -> Feed:
    """A feed as a (cleaned) list has it; id, scope and the time it was added never change, labels are a set."""
    said = _said(listed)
    if set(said.get("labels", ())) == set(feed.labels):
        said.pop("labels", None)
    return replace(feed, **said)


def listed_of(feed: Feed) -> Listed:
    """All that can be said of a feed."""
    fields = {name: getattr(feed, name) for name in Listed.__struct_fields__}
    return Listed(**fields | {"labels": tuple(feed.labels), "headers": feed.headers or None})


def plan_changes(
    listed: Iterable[Listed], known: Mapping[str, Feed], *, now: datetime, update: bool = False, allow_secret: bool = False
) -> Changes:
    """What a list changes of the feeds that are `known` by id. Later entries of one feed say nothing; `now` is aware UTC."""
    changes, done = Changes([], [], [], []), set()
    for one in listed:
        try:
            feed = new_feed(one, now=now, allow_secret=allow_secret)
        except BadInput as error:
            changes.refused.append(Refused(without_secrets(one.url)[:200], str(error)))
            continue
        if feed.id in done:
            continue
        done.add(feed.id)
        before = known.get(feed.id)
        if before is None:
            changes.added.append(feed)
            continue
        after = updated_feed(before, cleaned(one, allow_secret=allow_secret)) if update else before
        (changes.there if after == before else changes.updated).append(after)
    return changes


def _said(listed: Listed) -> dict[str, Any]:
    said = {name: value for name, value in asdict(listed).items() if value is not None}
    if listed.labels:
        return said | {"labels": list(listed.labels)}
    said.pop("labels")
    return said
