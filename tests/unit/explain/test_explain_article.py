"""What an explanation says, and where: with everything known, with nothing known, and on any width."""

from __future__ import annotations

import pytest
from explained import BODY, CAPTION, DISCLAIMER, HEADLINE, ID, PARAGRAPHS, WIDGET, full_article, span
from msgspec.structs import replace
from rich.cells import cell_len

from dateline.events import EnrichedArticle, Mention, NewsStory, Notice, Origin, Paragraph, Removed, StoryOrigin
from dateline.explain.article import explain_article


def explained(article: EnrichedArticle, *, width: int = 200, **options: object) -> str:
    return "\n".join(line.plain for line in explain_article(article, width=width, **options))  # type: ignore[arg-type]


def section(text: str, label: str) -> str:
    """What stands beside a label, up to the next one, on one line."""
    lines = text.split("\n")
    start = next(number for number, line in enumerate(lines) if line.startswith(label.ljust(16)))
    end = next((number for number in range(start + 1, len(lines)) if lines[number][:1] != " "), len(lines))
    return " ".join(line[16:].strip() for line in lines[start:end])


def without_attribution(article: EnrichedArticle) -> EnrichedArticle:
    nothing = replace(
        article.attribution,
        status="unattributed",
        publisher=None,
        origins=[],
        distributor=None,
        relation="unknown",
        mentions=[],
        authors=[],
        dateline=None,
        copyright=None,
        notices=[],
    )
    return replace(article, attribution=nothing, published_at=None, published_precision=None, link=None, flags=[])


def test_the_headline_comes_first_and_what_was_cut_from_it_below() -> None:
    lines = explained(full_article()).split("\n")
    assert lines[:2] == [HEADLINE, "[set aside, headline suffix: Last Minute SOUND and harbour headlines]"]


def test_an_origin_stands_with_each_of_its_proofs_quoted_in_its_sentence_with_its_place() -> None:
    said = section(explained(full_article()), "report of")
    assert said.startswith("Meridian Press (agency, XM), confidence 0.99")
    assert "[1] «PORT AVERILL (Meridian Press) -» The new storm gate" in said
    assert "dateline; names the origin; weight 0.95; body 0–31" in said
    assert "[2] «Posted by Meridian Press» automatically, as it" in said
    assert "[3] Posted by Meridian Press «automatically, as it comes from there»; our editors" in said
    assert "disclaimer; says that it was posted automatically; weight 0.90; document" in said


def test_who_is_named_without_being_the_origin_stands_apart_with_the_reason() -> None:
    said = section(explained(full_article(), names={"heron": "Heron"}), "named as well")
    assert "An engineer told «Meridian» that the hinges never complained" in said
    assert "Meridian Press is quoted or was spoken to: that makes nobody the author of a report; body" in said
    assert "Photo: «Heron Pictures»" in said
    assert "Heron is credited for a picture, not for the text; document" in said
    assert said.count("«") == 2  # the one that counts stands with the origin


def test_an_agency_that_is_named_often_in_one_role_is_quoted_once_and_counted() -> None:
    article = full_article()
    more = [Mention(**span("body", BODY, "Meridian"), id="meridian", role="quote")] * 40
    said = explained(replace(article, attribution=replace(article.attribution, mentions=[*article.attribution.mentions, *more])))
    assert "the author of a report, 40 more times; body" in said


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("passed on by", "Wireline Releases, a wire for press releases"),
        ("relation", "republished automatically, without an editor"),
        ("published by", "Harbour Lantern, lantern.example, XH"),
        ("written by", "Ada Fern (correspondent), Tom Reed"),
        ("published", "2026-03-01 12:00 UTC, given to the minute"),
        ("dateline", "«PORT AVERILL (Meridian Press) -»: Port Averill"),
        ("copyright", "© 2026 Meridian Press"),
        (
            "notices",
            "legal and editorial ones: [6] Posted by Meridian Press automatically, as it comes from there; «our editors",
        ),
        ("link", "https://lantern.example/gate"),
        ("doubts", "date from page"),
        (
            "language",
            "English (en), confidence 0.91: as its words tell declared: nl or Dutch (nl) 0.06 a good part of it",
        ),
        (
            "translation",
            "translated by a machine from Turkish (tr), confidence 0.70 [7] Storm gate holds on its first night. «Last Minute» SOUND",
        ),
        ("said twice", "in other words: «Harbour pilots saw wave number 2 break over the outer moles …» and «Harbour pilots"),
        ("relative dates", "yesterday, last year: seen from its publication"),
        ("fingerprint", "text c0ffee headline beef, sketch of 321 word pairs, version 2"),
        ("rules", "7-abcdef01"),
        ("summary", "A gate held."),
    ],
)
def test_what_is_known_is_said_beside_its_label(label: str, said: str) -> None:
    assert section(explained(full_article()), label).startswith(said)


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("report of", "not said: nothing in this copy names an origin, and silence proves nothing"),
        ("relation", "not said"),
        ("published by", "not said"),
        ("written by", "nobody is named"),
        ("published", "no date is given, so none is known"),
        ("dateline", "none"),
        ("relative dates", "yesterday, last year: which nothing here dates"),
    ],
)
def test_what_is_not_known_is_said_to_be_so_and_nothing_is_guessed(label: str, said: str) -> None:
    text = explained(without_attribution(full_article()))
    assert section(text, label) == said
    assert "named as well" not in text
    assert "notices" not in text
    assert "copyright" not in text


def test_a_notice_that_is_quoted_already_is_named_by_its_number() -> None:
    article = full_article()
    proof = article.attribution.origins[0].evidence[2]
    again = Notice(field=proof.field, start=proof.start, end=proof.end, text=proof.text, kind="automatic")
    said = explained(replace(article, attribution=replace(article.attribution, notices=[again, *article.attribution.notices])))
    assert section(said, "notices").startswith("automatic [3] [6] Posted by Meridian Press automatically")
    assert said.count("«automatically, as it comes from there»") == 2  # as a proof, and in the text


def test_of_passages_that_overlap_the_first_is_marked_in_the_text() -> None:
    article = full_article()
    inner = Mention(**span("body", BODY, "Meridian Press"), id="meridian", role="subject")
    said = explained(replace(article, attribution=replace(article.attribution, mentions=[inner])))
    assert "(«Meridian Press») - The new storm gate" in section(said, "named as well")
    assert "  «PORT AVERILL (Meridian Press) -»[1] The new storm gate" in said


def test_two_origins_that_exclude_each_other_are_both_shown_as_a_contradiction() -> None:
    article = full_article()
    heron = Origin(id="heron", name="Heron Telegraph", kind="agency", country=None, wikidata=None, confidence=0.8, evidence=[])
    attribution = replace(article.attribution, status="conflict", origins=[*article.attribution.origins, heron], relation="unknown")
    said = section(explained(replace(article, attribution=attribution)), "report of")
    assert said.startswith("contradictory: this copy names origins that exclude each other")
    assert said.index("Meridian Press (agency, XM)") < said.index("Heron Telegraph (agency), confidence 0.80")


def test_the_text_shows_what_was_set_aside_where_it_stood_and_marks_the_proofs_in_place() -> None:
    text = explained(full_article(), full=True)
    body = text[text.index("\ntext ") :]
    in_order = [
        "«PORT AVERILL (Meridian Press) -»[1] The new storm gate",
        "wave number 2",
        "[set aside, caption: The gate at dawn. Photo: «Heron Pictures»[5]]",
        "wave number 3",
        "told «Meridian»[4] that",
        "The board meets on Friday",
        "[set aside, republication disclaimer: «Posted by Meridian Press»[2] «automatically, as it comes from there»[3]; «our editors had",
        "no part in it»[6].]",
        f"[set aside, widget: {WIDGET}]",
    ]
    places = [body.index(words) for words in in_order]
    assert places == sorted(places)
    assert CAPTION not in text  # but with its mark
    assert DISCLAIMER not in text


def test_a_long_text_is_shortened_with_a_count_but_never_by_what_is_quoted() -> None:
    text = explained(full_article())
    assert "[… 5 paragraphs with 70 words …]" in text
    assert "told «Meridian»[4] that the hinges" in text
    assert "[… 3 paragraphs with 39 words …]" in text
    assert PARAGRAPHS[-1] in text
    assert PARAGRAPHS[5] not in text
    whole = explained(full_article(), full=True)
    assert "[…" not in whole
    assert all(paragraph in whole for paragraph in PARAGRAPHS[1:8])


def test_a_long_paragraph_and_a_long_list_of_links_are_cut_with_a_count() -> None:
    article = full_article()
    long = "word " * 4_000
    links = [Removed(field="source", start=9_000 + n, end=9_001 + n, text=f"Link number {n}", kind="related_links") for n in range(300)]
    text = replace(article.text, body=long, paragraphs=[Paragraph(start=0, end=len(long))], removed=links)
    said = explained(replace(without_attribution(article), text=text))
    assert "more characters]" in said
    assert "[set aside, related links: Link number 0 · Link number 1 ·" in said
    assert len(said) < 4_000


def test_links_that_are_shown_as_one_passage_do_not_take_up_the_mark_of_another() -> None:
    article = full_article()
    links = [
        Removed(field="source", start=9_000 + 20 * n, end=9_020 + 20 * n, text=f"A link, number {n:04}", kind="related_links")
        for n in range(9)
    ]
    notice = Notice(field="source", start=9_085, end=9_089, text="mber", kind="legal")
    attribution = replace(article.attribution, notices=[notice])
    said = explained(replace(article, text=replace(article.text, removed=links), attribution=attribution), full=True)
    assert said.count("[6]") == 2  # where it is quoted, and in its own passage
    assert "[set aside, related links: A lin«k, n»[6]umber 0004]" in said


@pytest.mark.parametrize("width", [40, 80, 100])
def test_no_line_is_wider_than_asked_or_ends_in_space(width: int) -> None:
    article = full_article()
    wide = replace(article.text, body="界" * 900, paragraphs=[Paragraph(start=0, end=900)], headline="Überschrift " * 30)
    for shown in (article, replace(article, text=wide, link="https://lantern.example/" + "x" * 300)):
        lines = explain_article(shown, width=width, full=True)
        assert max(cell_len(line.plain) for line in lines) <= width
        assert [line.plain for line in lines if line.plain != line.plain.rstrip()] == []


def test_only_the_label_of_a_line_has_the_colour_of_labels() -> None:
    (line,) = (line for line in explain_article(full_article(), width=100) if line.plain.startswith("relation "))
    (label,) = line.spans
    assert (line.plain[label.start : label.end], str(label.style), str(line.style)) == ("relation", "cyan", "")


def test_nothing_in_an_article_can_steer_the_terminal() -> None:
    article = full_article()
    body = "Before \x1b[31mred\x9b and \x07bell\r\nafter."
    text = replace(article.text, headline="\x1b]0;title\x07", body=body, paragraphs=[Paragraph(start=0, end=len(body))])
    said = explained(replace(without_attribution(article), text=text, link="https://lantern.example/\x1b[2J"))
    assert not {"\x1b", "\x9b", "\x07", "\r"} & set(said)
    assert "�[31mred� and �bell  after." in said


def test_a_span_that_stands_in_nothing_we_have_is_quoted_alone() -> None:
    article = full_article()
    (origin,) = article.attribution.origins
    lost = replace(origin.evidence[0], field="source", start=90_000, end=90_004, text="lost")
    attribution = replace(article.attribution, origins=[replace(origin, evidence=[lost])])
    assert "[1] «lost»" in explained(replace(article, attribution=attribution))


def test_the_story_and_what_another_copy_proves_are_said_where_they_are_known() -> None:
    sibling = StoryOrigin(id="heron", name="Heron Telegraph", kind="agency", article=ID)
    story = NewsStory(id=ID, role="duplicate", of=ID, similarity=0.9, copies=3, earliest_published_at=None, origin=sibling)
    said = section(explained(without_attribution(full_article()), story=story), "story")
    assert (
        said == f"another copy of article {ID}; copy 3 so far, story {ID} another copy proves the origin: Heron Telegraph, in article {ID}"
    )
    assert "another copy proves" not in explained(full_article(), story=story)
