"""The messages on our topics: the only source of the contract that stands in schemas/."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

__all__ = [
    "CLAIM_CONFIDENCE",
    "ID_PATTERN",
    "NO_EXCERPT",
    "SUMMARY_FROM_PAGE",
    "TYPES",
    "UNREADABLE",
    "Attribution",
    "Author",
    "Authorship",
    "Category",
    "Dateline",
    "Distributor",
    "Enclosure",
    "EnrichedArticle",
    "Entry",
    "EntrySource",
    "Evidence",
    "Feed",
    "FeedHints",
    "FeedMove",
    "FeedPlan",
    "FeedReference",
    "FeedState",
    "Fingerprint",
    "Http",
    "Image",
    "Language",
    "LanguageAlternative",
    "Link",
    "Media",
    "Mention",
    "NewsEvent",
    "NewsFeed",
    "NewsOrigin",
    "NewsStory",
    "NewsTranslation",
    "Notice",
    "Origin",
    "Page",
    "PageRights",
    "Paragraph",
    "Publisher",
    "RawArticle",
    "Removed",
    "Repeat",
    "Revision",
    "Rights",
    "Span",
    "StoryOrigin",
    "StoryRecord",
    "Text",
    "Translation",
    "Withdrawal",
    "decode",
    "encode",
    "utc",
]

Timestamp = Annotated[datetime, Meta(tz=True, description="RFC 3339, UTC, ending in Z.")]
ID_PATTERN = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
Id = Annotated[str, Meta(pattern=ID_PATTERN, description="A UUID in lower case.")]
Confidence = Annotated[float, Meta(ge=0, le=1, description="How sure we are, 0 to 1.")]
StoryRole = Literal["first", "duplicate", "revision", "excerpt"]
Precision = Literal["second", "minute", "day"]
Status = Literal["attributed", "self", "unattributed", "conflict"]
Relation = Literal[
    "original",
    "republication",
    "automatic_republication",
    "translation",
    "compiled",
    "contribution",
    "press_release",
    "excerpt",
    "unknown",
]
TextFrom = Literal["page", "content", "summary", "title"]
TranslationKind = Literal["human", "machine", "unknown"]


class Message(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What all our types share: immutable, built by keyword, every field written even when null."""


# ── what publishers serve ────────────────────────────────────────────────────────────────────────────────────────────


class Publisher(Message, frozen=True, kw_only=True):
    """Who puts a copy out."""

    name: Annotated[str | None, Meta(description="Name as the publisher writes it.")]
    domain: Annotated[str | None, Meta(description="Registrable domain.")]
    country: Annotated[str | None, Meta(description="ISO 3166-1 alpha-2 code.")]
    id: Annotated[str | None, Meta(description="Id in the agency list when the publisher is an agency itself.")] = None


class Feed(Message, frozen=True, kw_only=True):
    """One feed as it was added: the wanted state, compacted on topic `feeds`."""

    id: Annotated[Id, Meta(description="uuid5 of the normalized address at the time it was added.")]
    url: Annotated[str, Meta(description="Address to poll; holds secrets by reference only.")]
    scope: Annotated[str, Meta(description="Registrable domain of the address when it was added: the unit of identity and politeness.")]
    title: Annotated[str | None, Meta(description="Title given by whoever added the feed.")] = None
    labels: Annotated[list[str], Meta(description="Folders of an OPML file, or labels given at add.")] = []
    kind: Annotated[
        Literal["publisher", "aggregator"], Meta(description="Whether its entries are the feed's own or other publishers'.")
    ] = "publisher"
    publisher: Annotated[Publisher | None, Meta(description="Overrides what the feed says of its publisher.")] = None
    language: Annotated[str | None, Meta(description="Language declared by whoever added the feed, BCP 47.")] = None
    page: Annotated[Literal["never", "auto", "always"], Meta(description="Whether the linked pages are fetched.")] = "never"
    text: Annotated[Literal["full", "excerpt", "none"], Meta(description="How much of a fetched page's text is passed on.")] = "excerpt"
    priority: Annotated[int, Meta(description="Higher is polled sooner when the budget is short.")] = 0
    every: Annotated[int | None, Meta(description="Fixed interval in seconds; null leaves it to the schedule.")] = None
    paused: Annotated[bool, Meta(description="True keeps the feed but does not poll it.")] = False
    private: Annotated[bool, Meta(description="True keeps its address out of logs and pages.")] = False
    headers: Annotated[dict[str, str], Meta(description="Request headers of its own; secrets by reference only, as ${NAME}.")] = {}
    added_at: Annotated[Timestamp, Meta(description="When it was added.")]


class FeedReference(Message, frozen=True, kw_only=True):
    """The feed an article came from, as the article's record carries it."""

    id: Annotated[Id, Meta(description="Feed id.")]
    url: Annotated[str, Meta(description="Address without secrets.")]
    title: Annotated[str | None, Meta(description="Title the feed gives itself, else the one given at add.")]
    link: Annotated[str | None, Meta(description="Home page the feed names.")]
    language: Annotated[str | None, Meta(description="Language the feed declares, as written.")]
    labels: Annotated[list[str], Meta(description="Labels of the feed.")]
    kind: Annotated[Literal["publisher", "aggregator"], Meta(description="Whether its entries are the feed's own.")]
    publisher: Annotated[Publisher | None, Meta(description="Publisher given at add or named by the feed.")]
    text: Annotated[Literal["full", "excerpt", "none"], Meta(description="How much of a fetched page's text may be passed on.")] = "excerpt"


class Author(Message, frozen=True, kw_only=True):
    """A person as a feed names them; e-mail addresses are dropped."""

    name: Annotated[str | None, Meta(description="Name as printed.")]
    uri: Annotated[str | None, Meta(description="Home page or profile.")]


class Category(Message, frozen=True, kw_only=True):
    """A category as a feed gives it."""

    term: Annotated[str, Meta(description="The category itself.")]
    scheme: Annotated[str | None, Meta(description="Vocabulary it is taken from.")]
    label: Annotated[str | None, Meta(description="The same for people.")]


class EntrySource(Message, frozen=True, kw_only=True):
    """The feed an entry says it was taken from (RSS `source`, Atom `source`)."""

    title: Annotated[str | None, Meta(description="Title of that feed.")]
    url: Annotated[str | None, Meta(description="Address of that feed.")]


class Enclosure(Message, frozen=True, kw_only=True):
    """An attached file."""

    url: Annotated[str, Meta(description="Where it is.")]
    type: Annotated[str | None, Meta(description="Media type.")]
    length: Annotated[int | None, Meta(description="Size in bytes as declared.")]


class Media(Message, frozen=True, kw_only=True):
    """A Media RSS item."""

    url: Annotated[str | None, Meta(description="Where it is.")]
    type: Annotated[str | None, Meta(description="Media type.")]
    credit: Annotated[str | None, Meta(description="Who is credited for the media; never the origin of the text.")]
    description: Annotated[str | None, Meta(description="Caption or description.")]


class Link(Message, frozen=True, kw_only=True):
    """A link with its relation."""

    rel: Annotated[str | None, Meta(description="Relation as declared.")]
    href: Annotated[str, Meta(description="Address, absolute.")]
    type: Annotated[str | None, Meta(description="Media type as declared.")]


class Entry(Message, frozen=True, kw_only=True):
    """One item of a feed as served, before any cleaning."""

    guid: Annotated[str | None, Meta(description="The publisher's own identifier.")]
    guid_is_permalink: Annotated[bool | None, Meta(description="Whether the identifier is declared to be a link.")]
    link: Annotated[str | None, Meta(description="Link as published, made absolute.")]
    title: Annotated[str | None, Meta(description="Title as served.")]
    summary: Annotated[str | None, Meta(description="Summary or description as served, markup kept.")]
    content: Annotated[str | None, Meta(description="Full content as served, markup kept.")]
    authors: Annotated[list[Author], Meta(description="Authors as served.")]
    categories: Annotated[list[Category], Meta(description="Categories as served.")]
    rights: Annotated[str | None, Meta(description="Rights statement as served.")]
    language: Annotated[str | None, Meta(description="Language declared for the entry, as written.")]
    source: Annotated[EntrySource | None, Meta(description="The feed the entry says it was taken from.")]
    enclosures: Annotated[list[Enclosure], Meta(description="Attached files.")]
    media: Annotated[list[Media], Meta(description="Media RSS items.")]
    links: Annotated[list[Link], Meta(description="Further links.")]
    published_raw: Annotated[str | None, Meta(description="Publication date as served.")]
    updated_raw: Annotated[str | None, Meta(description="Update date as served.")]
    position: Annotated[int, Meta(description="Place in the document, from 0.")]
    extensions: Annotated[dict[str, Any], Meta(description="Elements without a field of their own, by namespace and name.")]


class Revision(Message, frozen=True, kw_only=True):
    """Which text of an article this is."""

    number: Annotated[int, Meta(ge=0, description="0 for the first publication.")]
    content_hash: Annotated[str, Meta(description="Hash over title and text without markup and dates, hex.")]


class Http(Message, frozen=True, kw_only=True):
    """The answer a document came with."""

    status: Annotated[int, Meta(description="HTTP status.")]
    url: Annotated[str, Meta(description="Address that answered, without secrets.")]
    content_type: Annotated[str | None, Meta(description="Content-Type as sent.")]


class PageRights(Message, frozen=True, kw_only=True):
    """What a page says about its use."""

    robots: Annotated[str | None, Meta(description="robots directives of the page and its X-Robots-Tag.")]
    tdm_reserved: Annotated[bool | None, Meta(description="Whether text and data mining is reserved (TDMRep).")]
    is_accessible_for_free: Annotated[bool | None, Meta(description="schema.org isAccessibleForFree.")]


class Page(Message, frozen=True, kw_only=True):
    """The linked page, where it is fetched."""

    url: Annotated[str, Meta(description="Address that answered.")]
    html: Annotated[str, Meta(description="The page's HTML, cut to the record limit.")]
    content_type: Annotated[str | None, Meta(description="Content-Type as sent.")]
    fetched_at: Annotated[Timestamp | None, Meta(description="When it was fetched.")]
    truncated: Annotated[bool, Meta(description="True when the HTML was cut.")]
    rights: Annotated[PageRights, Meta(description="What the page says about its use.")]


class RawArticle(Message, frozen=True, kw_only=True):
    """An entry as published, before any cleaning; topic `articles.raw`."""

    id: Annotated[Id, Meta(description="Article id: stable while link or guid is.")]
    revision: Annotated[Revision, Meta(description="Which text of the article this is.")]
    feed: Annotated[FeedReference, Meta(description="Where it came from.")]
    entry: Annotated[Entry, Meta(description="The entry as served.")]
    published_at: Annotated[Timestamp | None, Meta(description="Publication date; null when missing or impossible.")]
    published_precision: Annotated[Precision | None, Meta(description="How precisely the date was given.")]
    updated_at: Annotated[Timestamp | None, Meta(description="Update date; null when missing or impossible.")]
    first_seen_at: Annotated[Timestamp, Meta(description="When this article first reached us.")]
    fetched_at: Annotated[Timestamp, Meta(description="When this revision was fetched.")]
    http: Annotated[Http | None, Meta(description="The answer the document came with; null for files.")]
    page: Annotated[Page | None, Meta(description="The linked page, where it is fetched.")]
    flags: Annotated[list[str], Meta(description="What was repaired or doubtful.")]


# ── what we say of an article ────────────────────────────────────────────────────────────────────────────────────────


class Span(Message, frozen=True, kw_only=True):
    """A passage and where it stands, readable alone."""

    field: Annotated[Literal["headline_raw", "headline", "summary", "body", "source"], Meta(description="The text the offsets point into.")]
    start: Annotated[
        int, Meta(ge=0, description="First code point, counted in Unicode code points from 0; neither bytes nor UTF-16 units.")
    ]
    end: Annotated[int, Meta(ge=0, description="One past the last code point.")]
    text: Annotated[str, Meta(description="The passage itself.")]


class Paragraph(Message, frozen=True, kw_only=True):
    """A paragraph of the body."""

    start: Annotated[int, Meta(ge=0, description="First code point in body.")]
    end: Annotated[int, Meta(ge=0, description="One past the last code point.")]


class Removed(Span, frozen=True, kw_only=True):
    """A passage set aside as not part of the article."""

    kind: Annotated[
        Literal[
            "headline_suffix",
            "republication_disclaimer",
            "widget",
            "comment_form",
            "related_links",
            "newsletter",
            "share",
            "caption",
            "navigation",
            "feed_footer",
            "other",
        ],
        Meta(description="What it is."),
    ]


class Repeat(Message, frozen=True, kw_only=True):
    """Two passages of one text that say the same."""

    a: Annotated[Span, Meta(description="The earlier passage.")]
    b: Annotated[Span, Meta(description="The later passage.")]
    kind: Annotated[str, Meta(description="How they relate: verbatim or paraphrase.")]


class Text(Message, frozen=True, kw_only=True):
    """The article in clean form."""

    headline: Annotated[str | None, Meta(description="Headline without the site's name and kickers.")]
    headline_raw: Annotated[str | None, Meta(description="Headline as served, as plain text.")]
    summary: Annotated[str | None, Meta(description="Summary as plain text; the page's own description where the feed has none.")]
    body: Annotated[str | None, Meta(description="Body as plain text, paragraphs separated by an empty line.")]
    paragraphs: Annotated[list[Paragraph], Meta(description="Where each paragraph of body stands.")]
    removed: Annotated[list[Removed], Meta(description="Passages set aside.")]
    relative_dates: Annotated[list[Span], Meta(description="Words such as yesterday, which mean nothing without a date.")]
    repeats: Annotated[list[Repeat], Meta(description="Passages the text says twice.")]
    word_count: Annotated[int, Meta(ge=0, description="Words in body.")]
    # `from` is a keyword of Python, so the attribute has an underscore and the message does not.
    from_: Annotated[TextFrom | None, Meta(description="Where the body was taken from.")] = msgspec.field(name="from")
    complete: Annotated[bool | None, Meta(description="Whether body is the whole text; null when unknown.")]
    truncated: Annotated[bool, Meta(description="True when body was cut to fit a record.")]


class LanguageAlternative(Message, frozen=True, kw_only=True):
    """Another language the text might be in."""

    tag: Annotated[str, Meta(description="BCP 47 tag.")]
    confidence: Annotated[Confidence, Meta(description="How likely.")]


class Translation(Message, frozen=True, kw_only=True):
    """Signs that a text was translated."""

    kind: Annotated[TranslationKind, Meta(description="By whom.")]
    # see Text.from_
    from_: Annotated[str | None, Meta(description="Language it was translated from, BCP 47.")] = msgspec.field(name="from")
    confidence: Annotated[Confidence, Meta(description="How sure we are.")]
    evidence: Annotated[list[Span], Meta(description="The words that say so.")]


class Language(Message, frozen=True, kw_only=True):
    """In which language a text is, and how we know."""

    tag: Annotated[str | None, Meta(description="Shortest canonical BCP 47 tag; null when undetermined.")]
    script: Annotated[str | None, Meta(description="ISO 15924 code of the dominant script.")]
    confidence: Annotated[Confidence | None, Meta(description="How sure we are; null when undetermined.")]
    method: Annotated[Literal["declared", "detected", "agreed", "undetermined"], Meta(description="How the tag was found.")]
    declared: Annotated[list[str], Meta(description="Languages declared by entry, feed and page, as written.")]
    alternatives: Annotated[list[LanguageAlternative], Meta(description="Other candidates.")]
    mixed: Annotated[bool, Meta(description="Whether a good part of the text is in another language.")] = False
    translation: Annotated[Translation | None, Meta(description="Signs of translation.")]


class Evidence(Span, frozen=True, kw_only=True):
    """A quoted passage that speaks for an origin."""

    kind: Annotated[str, Meta(description="What kind of passage: credit_line, byline, dateline, disclaimer, …")]
    role: Annotated[str, Meta(description="What it proves: origin, automatic, no_editorial_intervention, …")]
    weight: Annotated[float, Meta(ge=0, le=1, description="How much it proves alone.")]


class Origin(Message, frozen=True, kw_only=True):
    """Whose report it is, as far as the copy says."""

    id: Annotated[str | None, Meta(description="Id in the agency list; null for another publisher.")]
    name: Annotated[str, Meta(description="Name.")]
    kind: Annotated[str, Meta(description="agency, syndicate, broadcaster, wire, publisher, …")]
    country: Annotated[str | None, Meta(description="ISO 3166-1 alpha-2 code.")]
    wikidata: Annotated[str | None, Meta(description="Wikidata item.")]
    confidence: Annotated[Confidence, Meta(description="How sure we are.")]
    evidence: Annotated[list[Evidence], Meta(description="The words that say so.")]


class Distributor(Message, frozen=True, kw_only=True):
    """A press-release wire that passed a text on."""

    id: Annotated[str | None, Meta(description="Id in the agency list.")]
    name: Annotated[str, Meta(description="Name.")]


class Mention(Span, frozen=True, kw_only=True):
    """A place where an agency is named, and why."""

    id: Annotated[str, Meta(description="Id in the agency list.")]
    role: Annotated[Literal["quote", "image", "subject", "boilerplate", "attribution"], Meta(description="Why it is named.")]


class Authorship(Message, frozen=True, kw_only=True):
    """A person who wrote or contributed."""

    name: Annotated[str, Meta(description="Name as printed.")]
    role: Annotated[str | None, Meta(description="Role as far as it is stated.")]


class Dateline(Message, frozen=True, kw_only=True):
    """The place and date a report opens with."""

    raw: Annotated[str, Meta(description="As printed.")]
    place: Annotated[str | None, Meta(description="Place.")]
    date: Annotated[str | None, Meta(description="Date as printed.")]


class Notice(Span, frozen=True, kw_only=True):
    """A legal or editorial notice."""

    kind: Annotated[str, Meta(description="What it is about.")]


class Attribution(Message, frozen=True, kw_only=True):
    """Who published this copy, whose report it is, who is merely mentioned, and the words that prove it."""

    status: Annotated[Status, Meta(description="attributed, self (the site's own), unattributed or conflict.")]
    publisher: Annotated[Publisher | None, Meta(description="Who published this copy.")]
    origins: Annotated[list[Origin], Meta(description="Whose report it is, surest first.")]
    distributor: Annotated[Distributor | None, Meta(description="Press-release wire.")]
    relation: Annotated[Relation, Meta(description="How this copy relates to the origin's report.")]
    mentions: Annotated[list[Mention], Meta(description="Where agencies are named, and why.")]
    authors: Annotated[list[Authorship], Meta(description="People, never agencies.")]
    dateline: Annotated[Dateline | None, Meta(description="Place and date the report opens with.")]
    copyright: Annotated[str | None, Meta(description="Copyright line as printed.")]
    notices: Annotated[list[Notice], Meta(description="Legal and editorial notices.")]
    rules: Annotated[str, Meta(description="Version and hash of the rules and the agency list.")]


class Fingerprint(Message, frozen=True, kw_only=True):
    """What tells copies of one text from others; how to make it stands in examples/fingerprint.md."""

    version: Annotated[int, Meta(description="Version of the normalization and the hashes; compare only within one.")]
    content_hash: Annotated[
        str, Meta(description="Hash of the normalized words of the body, hex; a body of fewer than 8 units is hashed with its headline.")
    ]
    title_hash: Annotated[str, Meta(description="Hash of the normalized words of the headline, hex.")]
    sketch: Annotated[str | None, Meta(description="The 128 smallest hashes of its shingles, rising, base64 of little-endian uint32.")]
    numbers: Annotated[str | None, Meta(description="The 16 smallest hashes of its numbers, rising, base64 of little-endian uint32.")]
    shingles: Annotated[int | None, Meta(description="How many different shingles the text has.")]


class Rights(Message, frozen=True, kw_only=True):
    """What may be done with the text, as the publisher states it."""

    is_accessible_for_free: Annotated[bool | None, Meta(description="schema.org isAccessibleForFree.")]
    license: Annotated[str | None, Meta(description="Licence address.")]
    notice: Annotated[str | None, Meta(description="Rights statement as printed.")]
    tdm_reserved: Annotated[bool | None, Meta(description="Whether text and data mining is reserved.")]


class Image(Message, frozen=True, kw_only=True):
    """An image of the article."""

    url: Annotated[str, Meta(description="Where it is.")]
    credit: Annotated[str | None, Meta(description="Who is credited.")]


class EnrichedArticle(Message, frozen=True, kw_only=True):
    """An article with its text, language, origin and fingerprint; topic `articles.enriched`."""

    id: Annotated[Id, Meta(description="Article id.")]
    revision: Annotated[Revision, Meta(description="Which text of the article this is.")]
    feed: Annotated[FeedReference, Meta(description="Where it came from.")]
    link: Annotated[str | None, Meta(description="The entry's link as published, absolute.")]
    canonical_url: Annotated[str | None, Meta(description="What the page declares as its canonical address.")]
    published_at: Annotated[Timestamp | None, Meta(description="Publication date.")]
    published_precision: Annotated[Precision | None, Meta(description="How precisely it was given.")]
    updated_at: Annotated[Timestamp | None, Meta(description="Update date.")]
    first_seen_at: Annotated[Timestamp, Meta(description="When this article first reached us.")]
    fetched_at: Annotated[Timestamp, Meta(description="When this revision was fetched.")]
    flags: Annotated[list[str], Meta(description="What was repaired or doubtful.")]
    text: Annotated[Text, Meta(description="The article in clean form.")]
    language: Annotated[Language, Meta(description="In which language it is.")]
    attribution: Annotated[Attribution, Meta(description="Whose report it is.")]
    fingerprint: Annotated[Fingerprint, Meta(description="What tells its copies from other texts.")]
    rights: Annotated[Rights, Meta(description="What may be done with it.")]
    images: Annotated[list[Image], Meta(description="Images.")]
    media: Annotated[list[Media], Meta(description="Media RSS items.")]
    keywords: Annotated[list[str], Meta(description="Keywords of the page.")]
    categories: Annotated[list[Category], Meta(description="Categories of the entry.")]
    links: Annotated[list[Link], Meta(description="Links of the entry.")]
    page_snippet_characters: Annotated[
        int | None,
        Meta(description="So much of the page's text its robots directives let be shown (max-snippet); null where they set no limit."),
    ] = None


# ── what subscribers get ─────────────────────────────────────────────────────────────────────────────────────────────


class NewsOrigin(Message, frozen=True, kw_only=True):
    """Whose report it is, for subscribers."""

    id: Annotated[str | None, Meta(description="Id in the agency list; null for a publisher that is not in it.")]
    name: Annotated[str, Meta(description="Name of the origin.")]
    kind: Annotated[str, Meta(description="agency, syndicate, broadcaster or publisher; more may be added.")]
    country: Annotated[str | None, Meta(description="ISO 3166-1 alpha-2 code; null when unknown.")]
    confidence: Annotated[Confidence, Meta(description="How sure we are.")]
    evidence: Annotated[list[Evidence], Meta(description="The words that say so.")]


class NewsTranslation(Message, frozen=True, kw_only=True):
    """A claim of translation, for subscribers."""

    kind: Annotated[TranslationKind, Meta(description="By whom it was translated.")]
    # see Text.from_
    from_: Annotated[str | None, Meta(description="Language it was translated from, BCP 47; null when that is not said.")] = msgspec.field(
        name="from"
    )
    confidence: Annotated[Confidence, Meta(description="How sure we are.")]


class NewsFeed(Message, frozen=True, kw_only=True):
    """The feed, for subscribers."""

    id: Annotated[Id, Meta(description="Feed id.")]
    url: Annotated[str, Meta(description="Address without secrets.")]
    title: Annotated[str | None, Meta(description="Title the feed gives itself, or the one given when it was added; null without one.")]
    labels: Annotated[list[str], Meta(description="Labels that the operator gave the feed.")]


class StoryOrigin(Message, frozen=True, kw_only=True):
    """The origin that another copy in the story proves."""

    id: Annotated[str | None, Meta(description="Id in the agency list; null for a publisher that is not in it.")]
    name: Annotated[str, Meta(description="Name of the origin.")]
    kind: Annotated[str, Meta(description="Kind of origin, as in `origins`.")]
    article: Annotated[Id, Meta(description="The article whose copy proves it.")]


class NewsStory(Message, frozen=True, kw_only=True):
    """The story an article belongs to."""

    id: Annotated[Id, Meta(description="Id of the story's first article.")]
    role: Annotated[
        StoryRole,
        Meta(
            description="This copy's part in it. excerpt: of its text and that of `of`, one is a small part of the other, and they are two stories."
        ),
    ]
    of: Annotated[Id | None, Meta(description="The article it repeats or revises, or shares an excerpt with; null for the first.")]
    similarity: Annotated[Confidence | None, Meta(description="Share of the smaller text found in the other.")]
    copies: Annotated[int, Meta(ge=1, description="Copies so far, this one included.")]
    earliest_published_at: Annotated[Timestamp | None, Meta(description="Earliest exact publication date among the copies so far.")]
    origin: Annotated[StoryOrigin | None, Meta(description="The origin that a sibling proves.")]


class NewsEvent(Message, frozen=True, kw_only=True):
    """One article as subscribers get it; topic `news`, the public contract."""

    id: Annotated[Id, Meta(description="Article id: the key of the record, the same for all events of the article.")]
    revision: Annotated[int, Meta(ge=0, description="0 for the first publication, one more for each later text.")]
    status: Annotated[
        Literal["usable", "withheld", "canceled"],
        Meta(description="usable; withheld: its text may not be passed on; canceled: delete what you hold of it, this is final."),
    ]
    url: Annotated[
        str | None,
        Meta(description="The entry's link as published, made absolute; may hold characters that a URI would escape. Null without a link."),
    ]
    canonical_url: Annotated[
        str | None, Meta(description="Address that the page declares as its own; null when it declares none or was not read.")
    ]
    headline: Annotated[
        str | None,
        Meta(description="Headline without the site's name and kickers, plain text; null when there is none or the article is canceled."),
    ]
    summary: Annotated[str | None, Meta(description="Summary as plain text; null when the feed gives none.")]
    body: Annotated[
        str | None,
        Meta(
            description="Body as plain text, paragraphs separated by an empty line; an excerpt of at most 300 code points ending in … or null where no more may be passed on."
        ),
    ]
    body_from: Annotated[TextFrom | None, Meta(description="Where the body was taken from; null without one.")]
    body_complete: Annotated[
        bool | None,
        Meta(description="Whether the text that was read is the whole article; null when unknown. Says nothing of an excerpt made of it."),
    ]
    language: Annotated[
        str | None,
        Meta(description="Shortest canonical BCP 47 tag, with the script for Chinese and Serbian (zh-Hans); null when undetermined."),
    ]
    language_confidence: Annotated[Confidence | None, Meta(description="How sure we are of the language; null when undetermined.")]
    script: Annotated[str | None, Meta(description="ISO 15924 code of the dominant script; null when undetermined.")]
    published_at: Annotated[
        Timestamp | None, Meta(description="Publication date as the publisher states it; null when missing or impossible, never guessed.")
    ]
    published_precision: Annotated[
        Precision | None,
        Meta(description="How precisely it was given: of `day`, the time of day means nothing. Null without a date."),
    ]
    updated_at: Annotated[Timestamp | None, Meta(description="Update date as the publisher states it; null when missing or impossible.")]
    first_seen_at: Annotated[Timestamp, Meta(description="When this article first reached us.")]
    publisher: Annotated[Publisher | None, Meta(description="Who published this copy; null when nothing says so.")]
    attribution_status: Annotated[
        Status,
        Meta(
            description="attributed: the copy names its origin; self: the publisher's own report; unattributed: it says nothing; conflict: it contradicts itself."
        ),
    ]
    origin: Annotated[
        NewsOrigin | None, Meta(description="Whose report it is: the surest of `origins` when the status is attributed, else null.")
    ]
    origins: Annotated[
        list[NewsOrigin],
        Meta(description="All origins the copy speaks for, surest first; several with status conflict, or when they reported together."),
    ]
    distributor: Annotated[
        Distributor | None, Meta(description="Press-release wire that passed the text on, which is no origin; null without one.")
    ]
    relation: Annotated[
        Relation,
        Meta(
            description="How this copy relates to the origin's report; unknown when no words say so, and no value beside original and unknown without a quotation."
        ),
    ]
    authors: Annotated[list[Authorship], Meta(description="People who wrote it as printed, never agencies.")]
    dateline_place: Annotated[str | None, Meta(description="Place the report opens with; null without a dateline.")]
    keywords: Annotated[list[str], Meta(description="Keywords of the page.")]
    categories: Annotated[list[Category], Meta(description="Categories of the entry.")]
    images: Annotated[list[Image], Meta(description="Addresses of images with their credits; the images themselves are not passed on.")]
    media: Annotated[list[Media], Meta(description="Addresses of media items with their credits, which say nothing of the text's origin.")]
    word_count: Annotated[int, Meta(ge=0, description="Words of the article's text, passed on or not.")]
    translation: Annotated[
        NewsTranslation | None,
        Meta(description="That the text was translated, where quoted words say so with a confidence of at least 0.8; else null."),
    ]
    rights: Annotated[Rights, Meta(description="What may be done with it, as the publisher states it.")]
    copyright: Annotated[str | None, Meta(description="Copyright line as printed; null without one.")]
    feed: Annotated[NewsFeed, Meta(description="The feed it came from.")]
    story: Annotated[NewsStory, Meta(description="The story it belongs to.")]
    content_hash: Annotated[str, Meta(description="Hash of the normalized words, hex: the same for the same text, whoever publishes it.")]
    rules: Annotated[str, Meta(description="Version and hash of the rules and the agency list that decided.")]
    enriched_id: Annotated[
        Id, Meta(description="CloudEvents id of the enriched article it was made from, for whoever asks the operator how it was decided.")
    ]
    flags: Annotated[
        list[str],
        Meta(description="What was repaired or doubtful, each a word such as date_naive, truncated or story_restarted; more may be added."),
    ]


# ── what we keep for ourselves ───────────────────────────────────────────────────────────────────────────────────────


class FeedHints(Message, frozen=True, kw_only=True):
    """How often a document asks to be visited, as far as it says."""

    ttl_seconds: Annotated[int | None, Meta(description="RSS `ttl`.")] = None
    sy_seconds: Annotated[int | None, Meta(description="`sy:updatePeriod` divided by `sy:updateFrequency`.")] = None
    skip_hours: Annotated[int, Meta(description="RSS `skipHours`: bit 0 is the hour after midnight, UTC.")] = 0
    skip_days: Annotated[int, Meta(description="RSS `skipDays`: bit 0 is Monday, UTC.")] = 0


class FeedMove(Message, frozen=True, kw_only=True):
    """A permanent redirect that visits agree on."""

    url: Annotated[str, Meta(description="Where it leads.")]
    since: Annotated[int, Meta(description="When it was first met, Unix seconds.")]
    visits: Annotated[int, Meta(description="Visits that met it, one a day.")] = 1


class FeedDoubt(Message, frozen=True, kw_only=True):
    """Visits in a row that found no feed at an adopted address."""

    since: Annotated[int, Meta(description="When the first did, Unix seconds.")]
    visits: Annotated[int, Meta(description="Visits that did, one a day.")] = 1


class FeedState(Message, frozen=True, kw_only=True):
    """What a poller remembers of a feed, written with the articles; topic `feeds.state`, key `<feed id>`."""

    id: Annotated[Id, Meta(description="Feed id.")]
    etag: Annotated[str | None, Meta(description="ETag of the last body that was read, opaque.")] = None
    last_modified: Annotated[str | None, Meta(description="Last-Modified of it, opaque.")] = None
    body_hash: Annotated[str | None, Meta(description="Hash of that body, hex.")] = None
    url: Annotated[str | None, Meta(description="Adopted redirect; null while the feed's own address serves.")] = None
    served_by: Annotated[
        str | None, Meta(description="Address that the validators came from, after redirects; null when it is the one that is visited.")
    ] = None
    title: Annotated[str | None, Meta(description="Title the feed gives itself.")] = None
    ring: Annotated[str, Meta(description="Seen entries, base64 of 25-byte records; see poller/ring.py.")] = ""
    rate: Annotated[float, Meta(description="New entries, each counting half as much a day later; as of `rate_at`.")] = 0.0
    rate_at: Annotated[int, Meta(description="When `rate` held, Unix seconds; 0 before the first document.")] = 0
    newest: Annotated[int, Meta(description="When the feed last had something new, Unix seconds; 0 while that is unknown.")] = 0
    rhythm: Annotated[str, Meta(description="Visits with news by 6 h of the week, 28 bytes as base85; see poller/quiet.py.")] = ""
    rhythm_since: Annotated[int, Meta(description="Since when `rhythm` counts, Unix seconds; moves on as old counts fade.")] = 0
    hints: Annotated[FeedHints | None, Meta(description="How often its last document asks to be visited; null where it says nothing.")] = (
        None
    )
    move: Annotated[FeedMove | None, Meta(description="A permanent redirect that is not believed yet.")] = None
    doubt: Annotated[FeedDoubt | None, Meta(description="Visits that found no feed at `url`; null while it serves or there is none.")] = (
        None
    )
    looked_at: Annotated[
        int, Meta(description="When a page at its address was last searched for where it went, Unix seconds; 0 before the first.")
    ] = 0
    distrusted: Annotated[bool, Meta(description="True once it said 304 while it had news: its validators are sent no more.")] = False
    longest: Annotated[int, Meta(description="Entries of the longest document it has served; `ring` has room for twice as many.")] = 0


class FeedPlan(Message, frozen=True, kw_only=True):
    """When and why a feed is polled again; topic `feeds.state`, key `<feed id>/plan`, at most 200 bytes."""

    last: Annotated[int, Meta(description="Last poll, Unix seconds.")]
    next: Annotated[int, Meta(description="Next poll, Unix seconds.")]
    rule: Annotated[str, Meta(description="The rule that decided.")]
    errors: Annotated[int, Meta(description="Failed polls in a row.")] = 0
    error: Annotated[str | None, Meta(description="What went wrong last, one short sentence.")] = None
    weight: Annotated[float, Meta(description="What the failed polls in a row weigh together.")] = 0.0
    body_at: Annotated[int, Meta(description="When a whole body last came, Unix seconds; 0 before the first.")] = 0
    missed: Annotated[bool, Meta(description="True when entries may have left the document between the last two polls.")] = False


class StoryRecord(Message, frozen=True, kw_only=True):
    """One decision of the sink, from which its window is restored; topic `stories`, key article id."""

    article: Annotated[Id, Meta(description="Article id.")]
    revision: Annotated[int, Meta(ge=0, description="Revision number.")]
    rules: Annotated[str, Meta(description="Version of the rules that decided.")]
    group: Annotated[str, Meta(description="Language group.")]
    feed: Annotated[Id, Meta(description="Feed id.")]
    address: Annotated[str | None, Meta(description="Hash of the address it stands at, hex; null without one.")]
    story: Annotated[Id, Meta(description="Story id.")]
    role: Annotated[StoryRole, Meta(description="This copy's part.")]
    of: Annotated[Id | None, Meta(description="What it repeats or revises.")]
    similarity: Annotated[Confidence | None, Meta(description="Share of the smaller text found in the other, four decimals.")]
    fingerprint: Annotated[Fingerprint, Meta(description="Fingerprint of the text.")]
    dated_at: Annotated[
        Timestamp, Meta(description="Publication date if it is exact and past, else first_seen_at: what decides the window.")
    ]
    origin: Annotated[StoryOrigin | None, Meta(description="The origin this copy proves.")]
    copies: Annotated[int, Meta(ge=1, description="Copies in the story so far, this one included.")]
    earliest_published_at: Annotated[Timestamp | None, Meta(description="Earliest exact publication date in the story so far.")]
    proofs: Annotated[
        list[StoryOrigin], Meta(description="What copies of the story prove so far: at most two copies of each of two origins.")
    ]
    restarted: Annotated[bool, Meta(description="True for a revision whose earlier text is not in this group's window.")]
    room: Annotated[int, Meta(ge=1, description="For how many articles the group's table of shingles is laid out from here on.")]
    offset: Annotated[int, Meta(ge=0, description="Offset of the input record.")]
    clock: Annotated[Timestamp, Meta(description="The log's own clock: running maximum of first_seen_at.")]


class Withdrawal(Message, frozen=True, kw_only=True):
    """An order to withdraw; topic `withdrawals`."""

    subject: Annotated[str, Meta(description="Article id, URL or publisher domain.")]
    kind: Annotated[Literal["article", "url", "publisher"], Meta(description="What the subject is.")]
    reason: Annotated[str, Meta(description="Why.")]
    at: Annotated[Timestamp, Meta(description="When it was ordered.")]
    rule: Annotated[
        str | None, Meta(description="Of an article: the URL or publisher whose withdrawal it is part of; null where it is named itself.")
    ] = None
    # How its last event is found in `news`, for an article.
    since: Annotated[Timestamp | None, Meta(description="Nothing of it was published before; null where nobody knows.")] = None
    last: Annotated[NewsEvent | None, Meta(description="Its last event as the command found it, canceled; null where it found none.")] = (
        None
    )
    found_to: Annotated[
        int | None, Meta(description="Offset up to which the command read the article's partition; null where nobody read it.")
    ] = None
    carried_out: Annotated[bool, Meta(description="True once the sink has canceled what there was in `news`.")] = False


# CloudEvents type → what its value decodes to.
TYPES: dict[str, type[Message]] = {
    "io.dateline.feed.v1": Feed,
    "io.dateline.article.raw.v1": RawArticle,
    "io.dateline.article.enriched.v1": EnrichedArticle,
    "io.dateline.news.v1": NewsEvent,
}

# What is claimed of a text, a relation or a translation, reaches subscribers only with a quotation and at least this confidence.
CLAIM_CONFIDENCE = 0.8
# The flag of an article whose page forbids excerpts by its robots directives: `news` carries nothing of the page's text.
NO_EXCERPT = "page_no_excerpt"
# The flag of an article whose summary is its page's own description: `news` carries of it what the policy for pages lets through.
SUMMARY_FROM_PAGE = "summary_from_page"

# What decoding raises on bad input; nesting without end and impossible dates are bad input too.
UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, OverflowError)

T = TypeVar("T", bound=msgspec.Struct)

_encoder = msgspec.json.Encoder()
_decoders: dict[type[Any], msgspec.json.Decoder[Any]] = {}


def encode(message: msgspec.Struct) -> bytes:
    """A message as JSON, UTF-8, fields in their declared order: the same message gives the same bytes."""
    return _encoder.encode(message)


def decode(value: bytes | None, kind: type[T]) -> T:
    """A message from JSON; raises one of UNREADABLE where it is not of the type."""
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.json.Decoder(kind)
    message: T = decoder.decode(value or b"")
    return message


def utc(moment: datetime) -> datetime:
    """The same moment with UTC as its zone, so that it is written with a Z."""
    return moment.astimezone(UTC)
