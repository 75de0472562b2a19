"""What of an entry's markup becomes text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from articles import raw
from hypothesis import given
from hypothesis import strategies as st

from dateline.enricher.text import plain_article, text_of
from dateline.enricher.words import count_words, normalized_words
from examples import examples

if TYPE_CHECKING:
    from dateline.events import Text

MARKUP = st.lists(
    st.one_of(
        st.text(max_size=12),
        st.sampled_from(
            (
                "<p>",
                "</p>",
                "<br>",
                "<div>",
                "</div>",
                "<script>",
                "</script>",
                "<figcaption>",
                "</figcaption>",
                "&amp;",
                "&#1;",
                "&#xfffe;",
                "<!--",
            )
        ),
    ),
    max_size=24,
).map("".join)


def read(content: str | None = None, *, limit: int = 1_000, **entry: str | None) -> Text:
    return text_of(plain_article(raw(content, **entry)), limit)


def test_block_elements_and_line_breaks_part_paragraphs_and_inline_ones_do_not() -> None:
    text = read("<p>One <b>bold</b> word.</p>\n<div>Two<br>three</div> four <ul><li>five</li><li>six</li></ul>")
    assert text.body == "One bold word.\n\nTwo\n\nthree\n\nfour\n\nfive\n\nsix"
    assert [text.body[paragraph.start : paragraph.end] for paragraph in text.paragraphs] == text.body.split("\n\n")


def test_scripts_styles_and_comments_are_no_text() -> None:
    text = read("<style>p {}</style><p>Kept.</p><!-- gone --><script>var gone;</script>tail")
    assert text.body == "Kept.\n\ntail"


def test_a_caption_is_set_aside_with_its_place_in_the_whole_text() -> None:
    text = read("<p>Before.</p><figure><img src='x'><figcaption>A <i>bridge</i> (TNA)</figcaption></figure><p>After.</p>")
    assert text.body == "Before.\n\nAfter."
    (caption,) = text.removed
    whole = f"{text.headline_raw}\n\nBefore.\n\nA bridge (TNA)\n\nAfter."
    assert (caption.kind, caption.field, whole[caption.start : caption.end]) == ("caption", "source", caption.text)


@pytest.mark.parametrize("plain", ["5 < 6 and 7 > 3.", "/etc/passwd", "https://post.example/a.html", "Q&A at noon.", "a <b", "<3"])
def test_plain_text_stays_as_it_is_and_is_never_opened_as_a_path_or_address(plain: str) -> None:
    assert read(plain).body == plain


def test_entities_are_read_whether_or_not_there_are_tags() -> None:
    assert read("Caf&eacute; &amp; bar&#8212;open").body == "Café & bar—open"
    assert read(title="Fish &amp; <b>chips</b>").headline == "Fish & chips"


def test_plain_lines_are_paragraphs_when_they_end_like_sentences_and_wrapped_otherwise() -> None:
    assert read("First thing.\nSecond thing.").body == "First thing.\n\nSecond thing."
    assert read("One sentence that\nis wrapped.\n\nAnother\none.").body == "One sentence that is wrapped.\n\nAnother one."


def test_the_body_is_from_content_else_summary_else_title_else_there_is_none() -> None:
    everything = {"content": "<p>Content.</p>", "summary": "Summary.", "title": "Title"}
    for source, absent in (("content", {}), ("summary", {"content": "<img src=x>"}), ("title", {"content": None, "summary": " "})):
        text = read(**everything | absent)
        assert (text.from_, text.body) == (source, everything[source].removeprefix("<p>").removesuffix("</p>"))
    nothing = read(None, title=None)
    assert (nothing.from_, nothing.body, nothing.headline, nothing.paragraphs, nothing.word_count) == (None, None, None, [], 0)


def kinds(text: Text) -> list[tuple[str, str]]:
    return [(passage.kind, passage.text) for passage in text.removed]


def test_lists_quotes_and_table_rows_are_paragraphs_and_cells_are_told_apart() -> None:
    text = read(
        "<ul><li>one <ul><li>two</li></ul></li></ul><blockquote><p>three</p></blockquote>"
        "<table><caption>four</caption><tr><th>a</th><th>b</th></tr><tr><td>c</td><td></td><td><b>d</b></td></tr></table>"
    )
    assert text.body == "one\n\ntwo\n\nthree\n\nfour\n\na | b\n\nc | d"


def test_an_embedded_post_is_set_aside() -> None:
    text = read(
        "<p>He wrote of it.</p><blockquote class='twitter-tweet'><p>What a bridge!</p>Ada Wren (@ada)</blockquote><p>Many answered.</p>"
    )
    assert text.body == "He wrote of it.\n\nMany answered."
    assert kinds(text) == [("widget", "What a bridge!"), ("widget", "Ada Wren (@ada)")]


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("feed_footer", "The post Council opens the bridge appeared first on Tarn Post."),
        ("feed_footer", "Der Beitrag Die Brücke ist offen erschien zuerst auf Tarn Post."),
        ("feed_footer", "Read more »"),
        ("feed_footer", "Continue reading Council opens the bridge →"),
        ("feed_footer", "DEVAMINI OKU"),
        ("feed_footer", "devamını oku"),
        ("feed_footer", "続きを読む"),
        ("comment_form", "Leave a Reply"),
        ("comment_form", "3 Comments"),
        ("share", "Share on Facebook"),
        ("share", "Facebook | Twitter | WhatsApp"),
        ("newsletter", "Sign up for our morning newsletter, free of charge"),
        ("related_links", "Also read: The ferry that came late"),
        ("related_links", "Lesen Sie auch: Die Fähre, die zu spät kam"),
        ("caption", "Photo: Ada Wren / Tern News"),
        ("widget", "Advertisement"),
        ("widget", "Random Post"),
    ],
)
def test_a_line_that_is_no_part_of_an_article_is_set_aside_by_what_it_says(kind: str, line: str) -> None:
    text = read(f"<p>The council opened the bridge.</p><p>{line}</p>")
    assert (text.body, kinds(text)) == ("The council opened the bridge.", [(kind, line)])


@pytest.mark.parametrize(
    "line",
    [
        "Share prices fell on Monday.",
        "Comments by the mayor were not welcome.",
        "Read the letter that she wrote, he said, and weep. It is long.",
        "Photos of the bridge were everywhere.",
        "More people came than expected.",
        "He was first published in 1971 by a small press.",
        "The council first appeared on the bridge at noon. Then it rained.",
        "Newsletters of the town are free.",
    ],
)
def test_a_sentence_of_an_article_stays_whatever_words_are_in_it(line: str) -> None:
    assert read(f"<p>The council opened the bridge.</p><p>{line}</p>").body.endswith(line)


def test_what_sends_the_reader_on_is_cut_from_the_end_of_a_paragraph() -> None:
    text = read("The council opened the bridge. […] The post Bridge opened appeared first on Tarn Post.")
    assert text.body == "The council opened the bridge. […]"
    assert kinds(text) == [("feed_footer", "The post Bridge opened appeared first on Tarn Post.")]


def test_a_notice_of_republication_at_the_end_is_set_aside_and_a_credit_line_is_not() -> None:
    notice = "This story has not been edited by Tarn Post staff and is published from a syndicated feed."
    text = read(f"<p>The council opened the bridge.</p><p>{notice}</p><p>Source: Tern News</p>")
    assert text.body == "The council opened the bridge.\n\nSource: Tern News"
    assert kinds(text) == [("republication_disclaimer", notice)]


def test_what_is_set_aside_is_named_even_where_nothing_else_is_there() -> None:
    text = read("<p>Comments</p>")
    assert (text.from_, text.body) == ("title", "Council opens the bridge")
    assert kinds(text) == [("comment_form", "Comments")]


WHOLE = "<p>" + "The council opened the bridge over the Tarn. " * 20 + "</p>"


@pytest.mark.parametrize(
    ("entry", "complete"),
    [
        ({"content": WHOLE}, True),
        ({"content": WHOLE, "summary": WHOLE}, None),
        ({"content": WHOLE + "<p>And then…</p>"}, False),
        ({"content": WHOLE + "<p>And then [&#8230;]</p>"}, False),
        ({"content": WHOLE + "<p><a href='/1'>Read more</a></p>"}, False),
        ({"content": WHOLE + "<p>The post A bridge appeared first on Tarn Post.</p>"}, True),
        ({"content": "<p>Short.</p>"}, None),
        ({"content": None, "summary": "The council opened…"}, False),
        ({"content": None, "summary": "The council opened the bridge."}, None),
        ({"content": None}, None),
    ],
)
def test_a_text_is_called_whole_only_where_the_feed_carries_it_all(entry: dict[str, str], complete: object) -> None:
    assert read(**entry).complete is complete


def test_of_a_text_document_each_line_is_a_paragraph_and_spans_count_in_the_file() -> None:
    file = "Council opens the bridge\n\n\nFirst line without an end\nSecond line\n\nPhoto: Ada Wren"
    text = read(file.removeprefix("Council opens the bridge"))
    assert text.body == "First line without an end\n\nSecond line"
    (credit,) = text.removed
    assert file[credit.start : credit.end] == credit.text == "Photo: Ada Wren"


def test_a_body_over_the_limit_is_cut_and_says_so() -> None:
    text = read("<p>aaaa</p><p>bbbb</p>", limit=8)
    assert (text.body, text.truncated, text.complete) == ("aaaa\n\nbb", True, False)
    assert read("<p>aaaa</p><p>bbbb</p>", limit=10).truncated is False


def test_words_are_counted_as_a_person_does_also_where_no_spaces_stand() -> None:
    assert count_words("It's 10.5 well-known facts — really!") == 5
    assert count_words("国务院总理。") == 5
    assert count_words("한국어 기사") == 2


def test_copies_share_their_words_whatever_case_quotes_spaces_and_invisible_characters() -> None:
    assert normalized_words("The “soft\u00adware” costs\u00a0ﬁve € 10.5!") == normalized_words('the "software" COSTS five 10 5')
    assert normalized_words("तमिलनाडु में") == ["तमिलनाडु", "में"]
    assert normalized_words("新华 社") == normalized_words("新华社")


@examples(60)
@given(MARKUP, MARKUP, st.integers(1, 60))
def test_any_markup_gives_paragraphs_that_are_slices_of_the_body(content: str, summary: str, limit: int) -> None:
    text = read(content, summary=summary, title=summary, limit=limit)
    body = text.body or ""
    assert "\n\n".join(body[paragraph.start : paragraph.end] for paragraph in text.paragraphs) == body
    assert len(body) <= limit
    assert all(removed.end - removed.start == len(removed.text) for removed in text.removed)
    body.encode()
