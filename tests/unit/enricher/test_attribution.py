"""Whose report an article is said to be, and by which words."""

from __future__ import annotations

import time
from typing import Any

import pytest
from articles import AGENCIES, BODY, FEED, raw
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from pages import PARAGRAPHS, ld, markup, script, with_page

from dateline.enricher.agencies import load_agencies
from dateline.enricher.enrich import enrich
from dateline.enricher.page import read_page
from dateline.enricher.text import plain_article
from dateline.events import (
    CLAIM_CONFIDENCE,
    Attribution,
    Author,
    EnrichedArticle,
    EntrySource,
    FeedReference,
    Media,
    Publisher,
    RawArticle,
    Span,
)
from examples import examples

LINE = "<p>{}</p>"
SECONDS = 3.0  # Half a second is usual; runners are slow.


def attribution(article: RawArticle) -> Attribution:
    return enrich(article, AGENCIES).attribution


def spans(article: EnrichedArticle) -> list[Span]:
    found = article.attribution
    quoted: list[Span] = [evidence for origin in found.origins for evidence in origin.evidence]
    return [*quoted, *found.mentions, *found.notices]


def assert_quoted(article: RawArticle) -> EnrichedArticle:
    """Everything that is quoted stands in its field where it is said to; `source` is the whole text, declarations last."""
    enriched = enrich(article, AGENCIES)
    page = read_page(article.page) if article.page else None
    fields = {
        "body": enriched.text.body,
        "headline_raw": enriched.text.headline_raw,
        "source": plain_article(article, page).whole,
    }
    for span in spans(enriched):
        assert (fields[span.field] or "")[span.start : span.end] == span.text != ""
    return enriched


CREDITS = (
    *("Source: Tern News", "SOURCE : Tern News Agency.", "Quelle: TNA", "Fuente: Tern News", "Fonte: TNA", "Kaynak: Tern News"),
    *("Источник: ТЕРН", "Πηγή: TNA", "来源：TNA", "(TNA)", "(The Tern News Agency).", "[TNA]", "— Tern News", "-- TNA"),
)


@pytest.mark.parametrize("line", CREDITS)
def test_a_last_or_first_paragraph_that_is_a_credit_line_names_the_origin(line: str) -> None:
    for content in (BODY + LINE.format(line), LINE.format(line) + BODY):
        found = assert_quoted(raw(content)).attribution
        assert (found.status, [origin.id for origin in found.origins], found.relation) == ("attributed", ["tern"], "republication")
        assert [evidence.text in line for evidence in found.origins[0].evidence] == [True]
        assert [mention.role for mention in found.mentions] == ["attribution"]


@pytest.mark.parametrize(
    "line",
    [
        "This report was published by Tern News.",
        "First published by TNA.",
        "Republished with permission of Tern News",
        "Copyright 2026 Tern News.",
    ],
)
def test_who_first_published_a_report_is_its_origin(line: str) -> None:
    found = assert_quoted(raw(BODY + LINE.format(line))).attribution
    assert (found.status, found.relation, found.origins[0].id) == ("attributed", "republication", "tern")


def test_another_publisher_may_be_the_origin_by_its_name() -> None:
    found = assert_quoted(
        raw(BODY + LINE.format("This story was originally published by Quay Weekly and is used with permission."))
    ).attribution
    (origin,) = found.origins
    assert (found.status, origin.id, origin.kind, origin.name) == ("attributed", None, "publisher", "Quay Weekly")


def test_a_publisher_is_not_its_own_origin_by_another_spelling_of_its_name() -> None:
    assert attribution(raw(BODY + LINE.format("Source: tarn-post"))).status == "unattributed"
    assert attribution(raw(BODY + LINE.format("Source: post.example"))).status == "unattributed"


@pytest.mark.parametrize(
    "line",
    [
        *("A minister told TNA.", "(TNAS)", "(photo: TNA)", "Source:", "()", "According to Tern News (TNA)", "Ida Fern/TNA", "© TNA"),
        *("Tern News and Heron Telegraph: all rights reserved", "Tern News says that the bridge is late.", "#TNA", "tern.example/TNA"),
    ],
)
def test_who_is_quoted_pictured_or_listed_is_no_origin(line: str) -> None:
    found = assert_quoted(raw(BODY + LINE.format(line))).attribution
    assert (found.status, found.origins, found.relation) == ("unattributed", [], "unknown")


@pytest.mark.parametrize(
    ("spelled", "origins"),
    [
        ("The Tarn Neighbours Alliance (TNA) had asked for it.", []),
        ("The Alliance of the Tarn (AT) had asked for it.", ["tern"]),
        ("The Tern News Agency (TNA) was founded in 1911.", ["tern"]),
    ],
)
def test_a_code_that_the_article_spells_out_as_something_else_names_no_agency(spelled: str, origins: list[str]) -> None:
    found = assert_quoted(raw(f"{BODY}<p>{spelled}</p>{BODY}{LINE.format('(TNA)')}")).attribution
    assert [origin.id for origin in found.origins] == origins


def test_small_words_of_a_name_need_no_letter_in_its_code() -> None:
    spelled = LINE.format("La Table nationale des arts (TNA) est ouverte.")
    for line in ("(TNA)", "Source: TNA", "The harbour is open. (TNA)"):
        assert attribution(raw(spelled + BODY + LINE.format(line))).origins == []


def test_the_place_before_an_agency_in_a_dateline_did_not_work_on_the_report() -> None:
    assert attribution(raw(LINE.format("TARN, 12 May. (TNA) -") + BODY)).relation == "republication"


@pytest.mark.parametrize("line", ["Tern News contributed to this report.", "With files from Tern News"])
def test_who_contributed_is_named_in_a_notice_and_is_no_origin(line: str) -> None:
    found = assert_quoted(raw(BODY + LINE.format(line))).attribution
    assert (found.status, found.origins, found.relation) == ("unattributed", [], "contribution")
    assert [notice.kind for notice in found.notices] == ["contribution"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Nobody was hurt. (TNA)",
        "The bridge is open. /TNA/",
        "Nobody was hurt. wre/TNA",
        "Fern says: “Nobody was hurt.” (TNA)",
        "橋は開いている。（TNA）",
    ],
)
def test_a_last_sentence_too_short_for_a_paragraph_may_end_with_the_credit(sentence: str) -> None:
    for article in (raw(BODY + LINE.format(sentence)), with_page(markup(*[""] * 3, LINE.format(sentence)))):
        found = assert_quoted(article).attribution
        assert (found.status, [origin.id for origin in found.origins]) == ("attributed", ["tern"])


@pytest.mark.parametrize(
    ("line", "origins", "relation"),
    [
        ("With information from Reuters", ["reuters"], "compiled"),
        ("(With inputs from IANS)", ["ians"], "compiled"),
        ("(With inputs from PTI and ANI)", ["pti", "ani"], "compiled"),
        ("(Com informações da Reuters)", ["reuters"], "compiled"),
        ("Com informações da Lusa e da AFP.", ["lusa", "afp"], "compiled"),
        ("— Con información de Notimex", ["notimex"], "compiled"),
        ("Con informazioni dell'ANSA", ["ansa"], "compiled"),
        ("Mit Informationen der dpa", ["dpa"], "compiled"),
        ("(avec AFP)", ["afp"], "compiled"),
        ("Le port est ouvert. (Avec l’AFP)", ["afp"], "compiled"),
        ("(с использованием материалов ТАСС)", ["tass"], "compiled"),
        ("Με πληροφορίες από ΑΠΕ-ΜΠΕ, Reuters", ["ana_mpa", "reuters"], "compiled"),
        ("(एएनआई इनपुट के साथ)", ["ani"], "compiled"),
        ("(इनपुट: पीटीआई)", ["pti"], "compiled"),
        ("Nikdo nebyl zraněn. (čtk, hul)", ["ctk"], "compiled"),
        ("Nikto nebol zranený. (tasr)", ["tasr"], "republication"),
        ("This report by The Canadian Press was first published May 1, 2026.", ["cp"], "republication"),
        ("Cette dépêche de La Presse Canadienne a été initialement publiée le 1er mai 2026.", ["cp"], "republication"),
        ("Dieser Bericht der Deutschen Presse-Agentur wurde zuerst am 1. Mai veröffentlicht.", ["dpa"], "republication"),
        ("Оригінал – на сайті Радіо Свобода", ["rferl"], "republication"),
        ("Оригинал статьи: РИА Новости", ["ria"], "republication"),
        ("The original article is on the site of Reuters.", ["reuters"], "republication"),
        ("Articolo generato automaticamente dal flusso Adnkronos.", ["adnkronos"], "automatic_republication"),
        ("Texto publicado automáticamente desde el servicio de EFE.", ["efe"], "automatic_republication"),
        ("Dieser Text wurde automatisch aus dem Newsfeed der dpa übernommen.", ["dpa"], "automatic_republication"),
        ("Este texto foi traduzido automaticamente do original em inglês da Deutsche Welle e não foi revisado.", ["dw"], "translation"),
        ("This article was translated from the Spanish original by EFE.", ["efe"], "translation"),
        ("Diese maschinelle Übersetzung eines Artikels von Reuters wurde nicht geprüft.", ["reuters"], "translation"),
        ("Read the full story on BBC News", ["bbc"], "excerpt"),
        ("Lire l’article complet sur le site de l’AFP", ["afp"], "excerpt"),
    ],
)
def test_what_a_copy_says_of_its_origin_below_its_text(line: str, origins: list[str], relation: str) -> None:
    found = enrich(raw(BODY + LINE.format(line)), load_agencies(None)).attribution
    assert (found.status, [origin.id for origin in found.origins], found.relation) == ("attributed", origins, relation)
    assert min(origin.confidence for origin in found.origins) >= CLAIM_CONFIDENCE
    assert all(evidence.text in line for origin in found.origins for evidence in origin.evidence)


@pytest.mark.parametrize(
    ("line", "origins", "relation"),
    [
        ("News Agency of Nigeria (Abuja)", ["nan_ng"], "republication"),
        ("1 May 2026 Por Ida Fern - Repórter da Agência Brasil", ["agenciabrasil"], "republication"),
        ("Por Ida Fern, corresponsal de Europa Press", ["europapress"], "republication"),
        ("Publié le 24/07/2026 à 18h05, Le Phare de la Tarne avec AFP", ["afp"], "compiled"),
    ],
)
def test_what_a_copy_says_of_its_origin_above_its_text(line: str, origins: list[str], relation: str) -> None:
    for article in (raw(LINE.format(line) + BODY), with_page(markup(top=f"<div>{line}</div>"))):
        found = enrich(article, load_agencies(None)).attribution
        assert (found.status, [origin.id for origin in found.origins], found.relation) == ("attributed", origins, relation)


def test_a_report_that_opens_with_whose_it_is_has_that_origin_and_one_that_says_so_later_has_not() -> None:
    said = LINE.format("به گزارش ایسنا، بندر تارن پس از سه سال دوباره باز شد و دو کشتی از آن گذشت و کسی آسیب ندید.")
    first, later = (enrich(raw(content), load_agencies(None)).attribution for content in (said + BODY, BODY + said + BODY))
    assert ([origin.id for origin in first.origins], first.relation) == (["isna"], "republication")
    assert later.origins == []


@pytest.mark.parametrize(
    "line",
    [
        *("With files from The Canadian Press", "Mit Material von Reuters", "Additional reporting by Reuters."),
        *("Read more stories on BBC News", "The original was sold at Reuters House", "With information from the mayor, whom Reuters asked"),
        *("The minister read the full report on Reuters to the council.", "The feed is generated automatically, Reuters said."),
        "The novel was translated from the French.",
    ],
)
def test_words_that_are_near_to_a_credit_name_no_origin(line: str) -> None:
    assert enrich(raw(BODY + LINE.format(line)), load_agencies(None)).attribution.origins == []


def test_a_place_that_is_called_as_an_agency_opens_a_report_without_being_its_origin() -> None:
    for line, origins in (("قنا – محمود عبد الراضي: أعيد فتح الميناء.", []), ("الدوحة - قنا - أعيد فتح الميناء.", ["qna"])):
        arabic = "<p>يجلس العم رشاد أمام دولابه منذ الخامسة فجرا ويصنع القلل من الطين كما كان يصنعها أبوه وجده في هذه القرية.</p>"
        found = enrich(raw(LINE.format(line) + arabic * 2), load_agencies(None)).attribution
        assert [origin.id for origin in found.origins] == origins


def test_a_copyright_with_an_agencys_number_below_the_text_is_no_caption_whatever_its_class() -> None:
    html = markup(*[""] * 3, "<p class='copyright'>© dpa-infocom, dpa:260501-99-53606/3</p>")
    (origin,) = enrich(with_page(html), load_agencies(None)).attribution.origins
    assert (origin.id, origin.evidence[0].kind) == ("dpa", "copyright")


def test_a_credit_in_the_middle_or_in_a_caption_is_no_origin() -> None:
    middle = attribution(raw(BODY + LINE.format("(TNA)") + BODY))
    caption = attribution(raw(BODY + "<figure><figcaption>(TNA)</figcaption></figure>"))
    assert middle.origins == caption.origins == []


def test_a_headline_that_stands_for_the_body_is_no_credit_line() -> None:
    assert attribution(raw(None, title="(TNA)")).status == "unattributed"


def test_two_agencies_in_two_lines_are_a_conflict_that_keeps_both() -> None:
    found = attribution(raw(LINE.format("(TNA)") + BODY + LINE.format("Source: Heron Telegraph")))
    assert (found.status, {origin.id for origin in found.origins}, found.relation) == ("conflict", {"tern", "heron"}, "unknown")


def test_two_agencies_in_one_line_are_both_the_origin_of_what_was_compiled() -> None:
    found = attribution(raw(BODY + LINE.format("Source: TNA/HT")))
    assert (found.status, [origin.id for origin in found.origins], found.relation) == ("attributed", ["tern", "heron"], "compiled")


def test_kinds_of_evidence_add_up_and_repeating_one_does_not() -> None:
    once = attribution(raw(BODY + LINE.format("Source: TNA"))).origins[0]
    again = attribution(raw(LINE.format("Source: TNA") + BODY + LINE.format("Source: TNA"))).origins[0]
    twice = attribution(
        raw(LINE.format("TARN, May 1 (TNA) - The bridge is open to everybody.") + BODY + LINE.format("Source: TNA"))
    ).origins[0]
    assert once.confidence == again.confidence < twice.confidence <= 0.99


def test_a_dateline_gives_place_and_date_as_printed() -> None:
    found = assert_quoted(raw("<p>TARN, May 1 (TNA) - The bridge is open.</p>" + BODY)).attribution
    assert found.dateline is not None
    assert (found.dateline.raw, found.dateline.place, found.dateline.date) == ("TARN, May 1 (TNA) -", "TARN", "May 1")
    assert found.origins[0].id == "tern"
    bare = attribution(raw("<p>TARNMOUTH, Northshire — The bridge is open.</p>" + BODY)).dateline
    assert bare is not None
    assert (bare.place, bare.date) == ("TARNMOUTH, Northshire", None)
    assert attribution(raw("<p>Tarn is a river. In May 2026 the bridge — new — is open.</p>" + BODY)).dateline is None


def test_a_press_release_wire_distributes_and_the_issuer_is_the_origin_where_it_is_named() -> None:
    found = attribution(raw(BODY + LINE.format("Source: Wireline Releases")))
    assert (found.status, found.origins, found.distributor and found.distributor.id) == ("unattributed", [], "wireline")
    released = "<p>TARN, May 1, 2026 (Wireline Releases) -- Tarn Ferries today named a ship.</p>" + BODY
    issued = assert_quoted(raw(released + LINE.format("SOURCE Tarn Ferries Company"))).attribution
    assert (issued.relation, issued.distributor and issued.distributor.id) == ("press_release", "wireline")
    assert [(origin.id, origin.name) for origin in issued.origins] == [(None, "Tarn Ferries Company")]


def test_an_agency_that_publishes_is_its_own_origin_unless_it_credits_another() -> None:
    feed = replace(FEED, link="https://tern.example/", url="https://tern.example/rss")
    own = raw(BODY + LINE.format("(TNA)"), feed=feed, link="https://www.tern.example/1")
    found = attribution(own)
    assert (found.status, found.relation, found.origins, found.publisher and found.publisher.id) == ("self", "original", [], "tern")
    other = attribution(raw(BODY + LINE.format("(HT)"), feed=feed, link="https://www.tern.example/1"))
    assert (other.status, [origin.id for origin in other.origins]) == ("attributed", ["heron"])


def test_an_author_field_and_a_source_of_the_entry_name_the_origin() -> None:
    by_author = assert_quoted(raw(authors=[Author(name="Ida Fern, Tern News", uri=None)])).attribution
    assert ([origin.id for origin in by_author.origins], [author.name for author in by_author.authors]) == (["tern"], ["Ida Fern"])
    taken = EntrySource(title="Quay Weekly", url="https://quay.example/feed")
    assert [origin.name for origin in assert_quoted(raw(source=taken)).attribution.origins] == ["Quay Weekly"]
    own = EntrySource(title="Tarn Post", url="https://www.post.example/feed")
    assert attribution(raw(source=own)).origins == []


def test_a_publisher_that_the_entry_names_beside_its_own_is_its_source() -> None:
    found = assert_quoted(raw(extensions={"dc:publisher": "Tern News"})).attribution
    assert [(origin.id, origin.evidence[0].kind) for origin in found.origins] == [("tern", "source_field")]


def test_a_republished_text_that_says_it_was_translated_is_a_translation() -> None:
    notes = LINE.format("This article was automatically translated from French.") + LINE.format("Source: Tern News")
    found = attribution(raw(BODY + notes))
    assert (found.relation, found.origins[0].id) == ("translation", "tern")


def test_the_credit_of_a_picture_is_never_the_origin_of_the_text() -> None:
    media = Media(url="https://post.example/a.jpg", type="image/jpeg", credit="Tern News", description="(TNA)")
    assert attribution(raw(media=[media])).origins == []


def test_who_publishes_an_aggregators_entry_is_not_its_origin() -> None:
    source = EntrySource(title="Tern News", url="https://www.tern.example/")
    found = attribution(raw(feed=replace(FEED, kind="aggregator"), source=source))
    assert (found.publisher and found.publisher.id, found.status, found.origins) == ("tern", "self", [])


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def page_attribution(html: str) -> Attribution:
    return assert_quoted(with_page(html)).attribution


@pytest.mark.parametrize(
    "html",
    [
        markup(top="<div>By Ida Fern, Tern News</div>"),
        markup(top="<p>1 May 2026</p><ul><li>TNA</li></ul>"),
        markup("<div>Von: wre/TNA</div>"),
        markup(below="<div>Quelle: post.example, wre/TNA</div>"),
        markup(below="<p>Copyright 2026 Tern News. All rights reserved.</p>"),
        markup(head='<meta name="author" content="Tern News">'),
        markup(head=ld(author={"@type": "Organization", "name": "Tern News"})),
        markup(head='<meta name="source" content="TNA">'),
    ],
)
def test_a_page_says_whose_report_it_is_around_its_text_and_in_its_markup(html: str) -> None:
    found = page_attribution(html)
    assert (found.status, [origin.id for origin in found.origins]) == ("attributed", ["tern"])


@pytest.mark.parametrize(
    "html",
    [
        markup("<figure><img src='a.jpg'><figcaption>The crane (TNA)</figcaption></figure>"),
        markup(top="<p>Ida Fern/TNA</p>"),
        markup(
            below="<aside class='teaser'><h3>Another story</h3>"
            "<p>The ferry was late again, said Tern News, and nobody knew why it was.</p>TNA</aside>"
        ),
        markup(below="<footer><p>© Tern News, © Heron Telegraph: no part may be copied</p></footer>"),
        markup(head=ld(image={"@type": "ImageObject", "url": "a.jpg", "author": "Tern News", "copyrightHolder": "TNA"})),
        markup(head='<script>var agency = "Tern News"</script>', top='<img src="a.jpg" alt="Tern News">'),
        "<nav><a href='/'>Tern News</a></nav>" + markup(),
    ],
)
def test_captions_teasers_footers_and_markup_of_pictures_prove_nothing(html: str) -> None:
    assert page_attribution(html).origins == []


def test_a_portal_names_the_origin_by_its_canonical_address_and_a_sister_title_does_not() -> None:
    html = markup(head='<link rel="canonical" href="https://www.quay.example/1">')
    portal = replace(FEED, url="https://www.msn.com/feed", link="https://www.msn.com/", title="Portal")
    assert [origin.name for origin in attribution(with_page(html, feed=portal, link="https://www.msn.com/1")).origins] == ["quay.example"]
    assert attribution(with_page(html)).origins == []


def test_why_an_agency_is_named_is_said_where_it_is_no_origin() -> None:
    told = f"<p>{PARAGRAPHS[0]} The captain told TNA that he was well. Tern News was founded in 1920.</p>"
    caption = "<figure><figcaption>The crane. Photo: Tern News</figcaption></figure>"
    html = markup(caption, told).replace("<nav>", "<nav><a href='/tern'>Tern News</a> ")
    found = page_attribution(html)
    assert {mention.role for mention in found.mentions} == {"quote", "subject", "image", "boilerplate"}
    assert found.origins == []


@pytest.mark.heavy
def test_ten_thousand_names_and_broken_declarations_take_no_longer_than_they_may() -> None:
    names = "<p>" + "Tern News, (TNA), Source: TNA, told TNA. " * 10_000 + "</p>"
    broken = script('{"@type": "NewsArticle", "author": ' + '{"name": "Tern News", ' * 20_000)
    for html in (markup(names, head=broken), markup(*["<p>(TNA)</p>"] * 4, below="<p>Source: TNA</p>" * 3_000)):
        article = with_page(html)
        start = time.process_time()
        found = enrich(article, AGENCIES).attribution
        assert time.process_time() - start < SECONDS
        assert len(found.mentions) <= 50


# ── people and publishers ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("feed", "entry", "publisher"),
    [
        (FEED, {}, ("Tarn Post", "post.example")),
        (replace(FEED, link=None, url="https://feedservice.example/x"), {}, ("Tarn Post", "post.example")),
        (FEED, {"link": "https://elsewhere.example/"}, ("Tarn Post", "post.example")),
        (replace(FEED, publisher=Publisher(name="Given", domain=None, country="XT")), {}, ("Given", None)),
        (replace(FEED, link=None, url="http://127.0.0.2:8000/rss"), {"link": "http://127.0.0.2:8000/1"}, ("Tarn Post", None)),
        (replace(FEED, kind="aggregator"), {}, None),
        (replace(FEED, kind="aggregator"), {"source": EntrySource(title="Far", url="https://a.far.example/")}, ("Far", "far.example")),
        (replace(FEED, title=None, link=None, url="seed.txt"), {"link": None}, None),
    ],
)
def test_the_publisher_is_given_or_the_feed_itself_or_unknown(
    feed: FeedReference, entry: dict[str, Any], publisher: tuple[str | None, str | None] | None
) -> None:
    found = attribution(raw(feed=feed, **entry)).publisher
    assert (found and (found.name, found.domain)) == publisher


def test_authors_are_people() -> None:
    names = ["By Ada Fern and Bo Reed", "Tern News", "TNA", "admin", "Redaktion", "Tarn Post", "Ada Fern", "Reed, Cy", "TNA Staff", None]
    found = attribution(raw(authors=[Author(name=name, uri=None) for name in names]))
    assert [author.name for author in found.authors] == ["Ada Fern", "Bo Reed", "Reed, Cy"]
    others = ["Ida Fern, Tarnmouth", "Quay Company", "ida-fern", "ida@post.example", "Tarn.com", "Ida Fern"]
    assert [author.name for author in attribution(raw(authors=[Author(name=name, uri=None) for name in others])).authors] == ["Ida Fern"]


@pytest.mark.parametrize(
    ("line", "people"),
    [
        ("By Ida Fern and Bo Reed", ["Ida Fern", "Bo Reed"]),
        ("Von Ida Fern, 1. Mai 2026", ["Ida Fern"]),
        *((line, []) for line in ("By Staff Reporter", "By the sea", "Ida Fern", "By Ida Fern, who saw it", "Photo: Ida Fern")),
    ],
)
def test_a_byline_above_the_text_names_the_author_where_no_field_does(line: str, people: list[str]) -> None:
    assert [author.name for author in page_attribution(markup(top=f"<div>{line}</div>")).authors] == people
    assert [
        author.name
        for author in attribution(with_page(markup(top=f"<div>{line}</div>"), authors=[Author(name="Cy Hay", uri=None)])).authors
    ] == ["Cy Hay"]


@examples(60)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                ("Source: TNA", "(Tern News)", "— HT", "A\u0301 word 😀.", "told TNA", "  ", "(ТЕРН)", "By TNA", "TARN (TNA) - It is so.")
            ),
            st.text(max_size=40),
        ),
        max_size=6,
    ),
    st.sampled_from(("<p>{}</p>", "{}<br>", "<div> {} </div>\n", "<li>{}", "{}\n\n")),
)
def test_whatever_is_quoted_stands_where_it_is_said_to(lines: list[str], form: str) -> None:
    content = "".join(form.format(line) for line in lines)
    assert_quoted(raw(content, authors=[Author(name=line, uri=None) for line in lines[:2]]))
    assert_quoted(with_page(markup(content, top=content)))
