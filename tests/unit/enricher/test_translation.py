"""What a text says of its being translated, with the words that say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline.enricher.headline import Headline
from dateline.enricher.text import Passage, PlainArticle, text_of
from dateline.enricher.translation import find_translation
from examples import examples

if TYPE_CHECKING:
    from dateline.events import Text


def text(*paragraphs: str, headline: str | None = None, caption: str | None = None) -> Text:
    """A text of these paragraphs, and of a caption at its end that is set aside."""
    whole = f"{headline}\n\n" if headline else ""
    passages = []
    for paragraph in (*paragraphs, *([caption] if caption else [])):
        passages.append(Passage(len(whole), len(whole) + len(paragraph), "caption" if paragraph == caption else None))
        whole += f"{paragraph}\n\n"
    return text_of(PlainArticle(Headline(headline, headline) if headline else None, None, "content", whole, passages, None))


def quoted(of: Text, language: str | None = None) -> list[str]:
    """The quotations of what is found, each read again where it is said to stand."""
    found = find_translation(of, language)
    for span in found.evidence if found else ():
        assert getattr(of, span.field)[span.start : span.end] == span.text
    return [span.text for span in found.evidence] if found else []


@pytest.mark.parametrize(
    ("note", "kind", "source"),
    [
        ("This article was translated from Spanish by Marta Vidal.", "human", "es"),
        ("This story was machine translated and may contain errors.", "machine", None),
        ("Translated by Ann Brook", "human", None),
        ("Translation: Ann Brook", "human", None),
        ("Automatically translated with DeepL", "machine", None),
        ("Dieser Beitrag wurde mit KI aus dem Englischen übersetzt.", "machine", "en"),
        ("Aus dem Französischen von Jana Roth", "human", "fr"),
        ("Este artículo fue traducido automáticamente del inglés.", "machine", "en"),
        ("Cet article a été traduit de l’anglais par une intelligence artificielle.", "machine", "en"),
        ("Este texto foi traduzido do inglês.", "unknown", "en"),
        ("Questo articolo è stato tradotto automaticamente dall'inglese.", "machine", "en"),
        ("Dit artikel is vertaald uit het Engels.", "unknown", "en"),
        ("Den här artikeln är maskinöversatt från engelska.", "machine", "en"),
        ("Denne artikkelen er oversatt fra engelsk.", "unknown", "en"),
        ("Ten artykuł został przetłumaczony z języka angielskiego.", "unknown", "en"),
        ("Эта статья переведена с английского автоматически.", "machine", "en"),
        ("Перевод: Вера Лугова", "human", None),
        ("Ця стаття перекладена з англійської.", "unknown", "en"),
        ("Bu haber İngilizceden otomatik olarak çevrilmiştir.", "machine", "en"),
        ("Çeviren: Aylin Demir", "human", None),
        ("تمت ترجمة هذا المقال آليا من الإنجليزية.", "machine", "en"),
        ("本文由人工智能翻译自英文。", "machine", "en"),
        ("翻译：林小河", "human", None),
        ("この記事は英語から機械翻訳されました。", "machine", "en"),
        ("이 기사는 영어를 인공지능으로 번역했습니다.", "machine", "en"),
        ("Artikel ini diterjemahkan dari bahasa Inggris.", "unknown", "en"),
        ("Bài viết này được dịch từ tiếng Anh.", "unknown", "en"),
        ("Αυτό το άρθρο μεταφράστηκε αυτόματα.", "machine", None),
        ("यह लेख मशीन द्वारा अनुवादित है।", "machine", None),
    ],
)
def test_a_text_that_says_it_was_translated_is_quoted_with_by_whom_and_from_what(note: str, kind: str, source: str | None) -> None:
    of = text("The council met on Sunday.", "More was said.", note)
    found = find_translation(of, None)
    assert found is not None
    assert (found.kind, found.from_) == (kind, source)
    assert quoted(of) == [note]


@pytest.mark.parametrize(
    "sentence",
    [
        "The novel was translated by Ann Brook in 1970.",
        "Translated by hand, the letters were kept for centuries.",
        "This report was translated into 12 languages.",
        "This article was not translated by a machine.",
        "Translation services at the hospital were cut.",
        "Machine translation: is it here to stay?",
        "This article is long. The company sells machine translation.",
        "Er übersetzt seit Jahren aus dem Englischen.",
        "La traducción de la novela se publicó en 1970.",
        "В театре поставили перевод пьесы с английского.",
        "Suomen hallitus kääntyi oppositioon.",
        "Bộ Y tế công bố dịch mới.",
    ],
)
def test_news_about_translations_is_not_a_translation(sentence: str) -> None:
    assert quoted(text("The council met on Sunday.", sentence)) == []


def test_a_headline_is_no_credit() -> None:
    assert quoted(text("The council met.", headline="Translated by Ann Brook")) == []


def test_a_note_is_looked_for_at_either_end_in_the_language_of_the_text_and_in_english() -> None:
    note = "Dieser Artikel wurde maschinell übersetzt."
    filler = ["The council met on Sunday."] * 12
    assert quoted(text(note, *filler), "de") == quoted(text(*filler, note), "de") == [note]
    assert quoted(text(*filler, note, *filler), "de") == []
    assert quoted(text(*filler, note), "fr") == []
    assert quoted(text(*filler, "This article was translated from Polish."), "fr") == ["This article was translated from Polish."]


def test_a_note_that_was_set_aside_is_quoted_from_where_it_stands() -> None:
    found = find_translation(text("The council met on Sunday.", caption="Translated by Ann Brook"), "en")
    assert found is not None
    assert [(span.field, span.start, span.text) for span in found.evidence] == [("source", 28, "Translated by Ann Brook")]


def test_two_literal_renderings_are_a_sign_and_one_is_none() -> None:
    disclaimer = "The legal addressee of the reports is the site that wrote them."
    both = text("The council met.", disclaimer, headline="Council meets. Last Minute RIVERTON headlines and events")
    found = find_translation(both, "en")
    assert found is not None
    assert (found.kind, found.from_, found.confidence < 0.8) == ("machine", "tr", True)
    assert quoted(both, "en") == ["Last Minute", "legal addressee of the reports"]
    assert quoted(text("The council met.", disclaimer, headline="Council meets"), "en") == []
    assert quoted(text("The council met.", headline="Last Minute RIVERTON headlines"), "en") == []


@examples(60)
@given(
    st.lists(
        st.sampled_from(
            [
                "This article",
                "was translated",
                "from",
                "by",
                "Ann Brook",
                "Traduit de l’",
                "翻译：",
                "Last Minute",
                "legal addressee of the",
                "\n",
                ".",
            ]
        )
        | st.text(st.characters(exclude_categories=()), max_size=5),
        max_size=14,
    ).map(" ".join),
    st.sampled_from([None, "en", "zh-Hans", "xx"]),
)
def test_every_claim_stands_where_its_quotation_says(words: str, language: str | None) -> None:
    of = text(words, headline=words)
    assert (find_translation(of, language) is None) == (quoted(of, language) == [])
