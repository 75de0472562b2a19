"""An invented article of which everything is known, to be explained."""

from __future__ import annotations

from datetime import UTC, datetime

from dateline.events import (
    Attribution,
    Authorship,
    Dateline,
    Distributor,
    EnrichedArticle,
    Evidence,
    FeedReference,
    Fingerprint,
    Language,
    LanguageAlternative,
    Mention,
    Notice,
    Origin,
    Paragraph,
    Publisher,
    Removed,
    Repeat,
    Revision,
    Rights,
    Span,
    Text,
    Translation,
)

ID = "00000000-0000-5000-8000-000000000001"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HEADLINE_RAW = "Storm gate holds on its first night. Last Minute SOUND and harbour headlines"
HEADLINE = HEADLINE_RAW[:36]
PARAGRAPHS = [
    "PORT AVERILL (Meridian Press) - The new storm gate at the mouth of the sound held yesterday.",
    *(f"Harbour pilots saw wave number {number} break over the outer moles and counted on." for number in range(2, 9)),
    "An engineer told Meridian that the hinges never complained, as they did last year.",
    *(f"Shopkeepers on quay {number} slept through the night and opened in the morning." for number in range(10, 14)),
    "The board meets on Friday to decide whether a second, smaller gate should follow.",
]
CAPTION = "The gate at dawn. Photo: Heron Pictures"
DISCLAIMER = "Posted by Meridian Press automatically, as it comes from there; our editors had no part in it."
WIDGET = "Random Post"
DOCUMENT = "\n\n".join([HEADLINE_RAW, *PARAGRAPHS[:2], CAPTION, *PARAGRAPHS[2:], DISCLAIMER, WIDGET])
BODY = "\n\n".join(PARAGRAPHS)


def span(field: str, text: str, words: str) -> dict[str, object]:
    """Where `words` stand in `text`."""
    start = text.index(words)
    return {"field": field, "start": start, "end": start + len(words), "text": words}


def evidence(field: str, text: str, words: str, *, kind: str, role: str, weight: float) -> Evidence:
    return Evidence(**span(field, text, words), kind=kind, role=role, weight=weight)


def full_text() -> Text:
    places, start = [], 0
    for paragraph in PARAGRAPHS:
        places.append(Paragraph(start=start, end=start + len(paragraph)))
        start += len(paragraph) + 2
    return Text(
        headline=HEADLINE,
        headline_raw=HEADLINE_RAW,
        summary="A gate held.",
        body=BODY,
        paragraphs=places,
        removed=[
            Removed(**span("headline_raw", HEADLINE_RAW, HEADLINE_RAW[37:]), kind="headline_suffix"),
            Removed(**span("source", DOCUMENT, CAPTION), kind="caption"),
            Removed(**span("source", DOCUMENT, DISCLAIMER), kind="republication_disclaimer"),
            Removed(**span("source", DOCUMENT, WIDGET), kind="widget"),
        ],
        relative_dates=[Span(**span("body", BODY, "yesterday")), Span(**span("body", BODY, "last year"))],
        repeats=[Repeat(a=Span(**span("body", BODY, PARAGRAPHS[1])), b=Span(**span("body", BODY, PARAGRAPHS[2])), kind="paraphrase")],
        word_count=len(BODY.split()),
        from_="page",
        complete=True,
        truncated=False,
    )


def full_attribution() -> Attribution:
    meridian = Origin(
        id="meridian",
        name="Meridian Press",
        kind="agency",
        country="XM",
        wikidata=None,
        confidence=0.99,
        evidence=[
            evidence("body", BODY, "PORT AVERILL (Meridian Press) -", kind="dateline", role="origin", weight=0.95),
            evidence("source", DOCUMENT, "Posted by Meridian Press", kind="disclaimer", role="origin", weight=0.9),
            evidence("source", DOCUMENT, "automatically, as it comes from there", kind="disclaimer", role="automatic", weight=0.9),
        ],
    )
    return Attribution(
        status="attributed",
        publisher=Publisher(name="Harbour Lantern", domain="lantern.example", country="XH"),
        origins=[meridian],
        distributor=Distributor(id="wireline", name="Wireline Releases"),
        relation="automatic_republication",
        mentions=[
            Mention(
                **span("body", BODY, "Meridian that") | {"end": BODY.index("Meridian that") + 8, "text": "Meridian"},
                id="meridian",
                role="quote",
            ),
            Mention(**span("source", DOCUMENT, "Heron Pictures"), id="heron", role="image"),
            Mention(
                **span("source", DOCUMENT, "Meridian Press automatically") | {"text": "Meridian Press"}, id="meridian", role="attribution"
            ),
        ],
        authors=[Authorship(name="Ada Fern", role="correspondent"), Authorship(name="Tom Reed", role=None)],
        dateline=Dateline(raw="PORT AVERILL (Meridian Press) -", place="Port Averill", date=None),
        copyright="© 2026 Meridian Press",
        notices=[Notice(**span("source", DOCUMENT, "our editors had no part in it"), kind="no_editorial_intervention")],
        rules="7-abcdef01",
    )


def full_article() -> EnrichedArticle:
    return EnrichedArticle(
        id=ID,
        revision=Revision(number=0, content_hash="00"),
        feed=FeedReference(
            id=ID,
            url="https://lantern.example/rss",
            title="Harbour Lantern",
            link=None,
            language="en",
            labels=[],
            kind="publisher",
            publisher=None,
        ),
        link="https://lantern.example/gate",
        canonical_url=None,
        published_at=NOON,
        published_precision="minute",
        updated_at=None,
        first_seen_at=NOON,
        fetched_at=NOON,
        flags=["date_from_page"],
        text=full_text(),
        language=Language(
            tag="en",
            script="Latn",
            confidence=0.91,
            method="detected",
            declared=["nl"],
            alternatives=[LanguageAlternative(tag="nl", confidence=0.06)],
            mixed=True,
            translation=Translation(
                kind="machine", from_="tr", confidence=0.7, evidence=[Span(**span("headline_raw", HEADLINE_RAW, "Last Minute"))]
            ),
        ),
        attribution=full_attribution(),
        fingerprint=Fingerprint(version=2, content_hash="c0ffee", title_hash="beef", sketch="AAAA", numbers="AAAA", shingles=321),
        rights=Rights(is_accessible_for_free=None, license=None, notice=None, tdm_reserved=None),
        images=[],
        media=[],
        keywords=[],
        categories=[],
        links=[],
    )
