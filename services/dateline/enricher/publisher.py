"""Who published this copy, and whether that is an agency itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dateline.enricher.domains import host_of, registrable_domain
from dateline.events import Publisher

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dateline.enricher.agencies import Agencies, Agency
    from dateline.enricher.page_metadata import PageMetadata
    from dateline.events import RawArticle

__all__ = ["country_of", "house_key", "house_names", "own_agency", "publisher_of", "with_id"]

# They link to what others publish, and name these in each entry's `source`, whether or not the feed was added as an aggregator.
AGGREGATORS = frozenset(("news.google.com", "www.bing.com"))


def publisher_of(raw: RawArticle, page: PageMetadata) -> Publisher | None:
    """An aggregator's entries are published by whom they name; a publisher's by itself; a page alone by the site it says it is of."""
    if raw.feed.kind == "aggregator" or host_of(raw.feed.link or raw.feed.url) in AGGREGATORS:
        source = raw.entry.source
        return _known(source.title, registrable_domain(source.url)) if source else None
    if raw.feed.publisher is not None:
        return raw.feed.publisher
    # The home page outranks the entry's link, which may lead elsewhere, and the feed's address, which may be a feed service's.
    domains = map(registrable_domain, (raw.feed.link, raw.entry.link, raw.feed.url, page.canonical_url))
    return _known(raw.feed.title or next(iter(page.sites), None), next(filter(None, domains), None))


def own_agency(raw: RawArticle, publisher: Publisher | None, page: PageMetadata, agencies: Agencies) -> Agency | None:
    """The agency that the publisher is: by its domain, or by the name it was given when the feed was added."""
    if publisher is None:
        return None
    own_hosts = (host_of(url) for url in (raw.entry.link, raw.feed.link, page.canonical_url) if registrable_domain(url) == publisher.domain)
    for host in (*own_hosts, publisher.domain):
        if host and (agency := agencies.at_host(host)):
            return agency
    given = publisher is raw.feed.publisher and publisher.name
    return agencies.named(publisher.name) if given and publisher.name else None


def with_id(publisher: Publisher | None, own: Agency | None) -> Publisher | None:
    """The publisher with the id and country of the agency that it is."""
    if publisher is None or own is None:
        return publisher
    return Publisher(name=publisher.name, domain=publisher.domain, country=publisher.country or own.country, id=own.id)


def house_names(raw: RawArticle, publisher: Publisher | None, page: PageMetadata) -> frozenset[str]:
    """The names by which a publisher calls itself, as `house_key` has them: titles, sites, its domain with and without its suffix."""
    return frozenset(key for name in _house_names(raw, publisher, page) if (key := house_key(name)))


def house_key(name: str) -> str:
    """A publisher's name as we compare it: n-tv.de and ntv.de are one."""
    return "".join(filter(str.isalnum, name.casefold())).removeprefix("www").removeprefix("the")


def _house_names(raw: RawArticle, publisher: Publisher | None, page: PageMetadata) -> Iterator[str]:
    yield from (name for name in (raw.feed.title, publisher.name if publisher else None, *page.sites) if name)
    domain = publisher.domain if publisher else None
    if domain:
        yield from (domain, f"www.{domain}", domain.partition(".")[0])
    for url in (raw.entry.link, raw.feed.link):
        yield host_of(url) or ""


def country_of(publisher: Publisher | None, own: Agency | None) -> str | None:
    """Where a publisher is at home, as far as it is known or its domain says; only to tell codes apart that mean several things."""
    known = (publisher.country if publisher else None) or (own.country if own else None)
    suffix = (publisher.domain or "").rpartition(".")[2] if publisher else ""
    return known or (_SUFFIXES.get(suffix, suffix.upper()) if len(suffix) == _COUNTRY_LETTERS else None)


def _known(name: str | None, domain: str | None) -> Publisher | None:
    return Publisher(name=name, domain=domain, country=None) if name or domain else None


_COUNTRY_LETTERS = 2
# Country suffixes that are not the country's code in ISO 3166-1.
_SUFFIXES = {"uk": "GB", "eu": ""}
