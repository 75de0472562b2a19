"""Words that mean a day only as seen from publication are found, and words that only look like them are not."""

from __future__ import annotations

import re
import time
from itertools import pairwise
from typing import Any

import pytest
from articles import AGENCIES, FEED, raw
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dateline.enricher.enrich import enrich
from dateline.enricher.openings import openings_of
from dateline.enricher.placement import LARGEST_GROUPS
from dateline.enricher.relative_date_words import LANGUAGES
from dateline.enricher.relative_dates import MOST_RELATIVE_DATES, find_relative_dates
from dateline.enricher.tags import group_of_language


def found(body: str, tag: str = "en") -> list[str]:
    return [span.text for span in find_relative_dates(body, tag)]


def marked(text: str) -> tuple[str, list[str]]:
    """A text whose expected words stand in ⟦ ⟧, and those words."""
    return re.sub("[⟦⟧]", "", text), re.findall("⟦(.*?)⟧", text)


# One invented notice per language: a harbour, a ferry, a mill.
NOTICES = {
    "ar": "أعلن المجلس ⟦أمس⟧ أن الجسر الذي أغلق ⟦في مارس⟧ سيفتح ⟦يوم الأحد⟧، كما وعد في ⟦العام الماضي⟧.",
    "bg": "Мостът, затворен ⟦през март⟧, се отваря ⟦в неделя⟧, обеща ⟦вчера⟧ кметът ⟦преди две години⟧.",
    "cs": "⟦Včera⟧ rada slíbila, že most zavřený ⟦v březnu⟧ otevře ⟦v neděli⟧, jak chtěla ⟦před dvěma lety⟧.",
    "da": "Broen, der lukkede ⟦i marts⟧, åbner ⟦på søndag⟧, sagde borgmesteren ⟦i går⟧, som for længst ⟦sidste år⟧.",
    "de": "⟦Gestern⟧ teilte der Rat mit, dass die ⟦im März⟧ gesperrte Brücke ⟦am Sonntag⟧ öffnet, wie ⟦vor zwei Jahren⟧ geplant.",
    "el": "⟦Χθες⟧ το συμβούλιο είπε ότι η γέφυρα ανοίγει ⟦την Κυριακή⟧, όπως υποσχέθηκε ⟦πριν από δύο χρόνια⟧.",
    "en": "The council said ⟦yesterday⟧ that the bridge, shut ⟦in March⟧, opens ⟦on Sunday⟧, as it promised ⟦two years ago⟧.",
    "es": "El consejo dijo ⟦ayer⟧ que el puente, cerrado ⟦en marzo⟧, abrirá ⟦el domingo⟧, como prometió ⟦hace dos años⟧.",
    "fa": "شورا ⟦دیروز⟧ گفت پلی که ⟦سال گذشته⟧ بسته شد ⟦روز یکشنبه⟧ باز می‌شود.",
    "fi": "Neuvosto sanoi ⟦eilen⟧, että ⟦maaliskuussa⟧ suljettu silta avataan ⟦sunnuntaina⟧, kuten luvattiin ⟦kaksi vuotta sitten⟧.",
    "fr": "Le conseil a dit ⟦hier⟧ que le pont, fermé ⟦en mars⟧, rouvrira ⟦dimanche⟧, comme promis ⟦il y a deux ans⟧ et ⟦l’an dernier⟧.",
    "he": "המועצה אמרה ⟦אתמול⟧ כי הגשר ייפתח ⟦ביום ראשון⟧, כפי שהבטיחה ⟦לפני שנתיים⟧.",
    "hi": "परिषद ने ⟦आज⟧ कहा कि पुल ⟦रविवार को⟧ खुलेगा, जैसा ⟦पिछले साल⟧ तय था।",
    "hr": "Vijeće je ⟦jučer⟧ reklo da se most otvara ⟦u nedjelju⟧, kako je obećalo ⟦prošle godine⟧.",
    "hu": "A tanács ⟦tegnap⟧ közölte, hogy a ⟦márciusban⟧ lezárt híd ⟦szombaton⟧ nyílik, ahogy ⟦tavaly⟧ ígérte.",
    "id": "Dewan mengatakan ⟦kemarin⟧ bahwa jembatan dibuka ⟦hari Minggu⟧, seperti janji ⟦dua tahun lalu⟧.",
    "it": "Il consiglio ha detto ⟦ieri⟧ che il ponte, chiuso ⟦a marzo⟧, riapre ⟦domenica⟧, come promesso ⟦due anni fa⟧.",
    "ja": "評議会は⟦昨日⟧、⟦3月⟧に閉鎖された橋が⟦日曜日⟧に開くと述べた。⟦昨年⟧の約束である。",
    "ko": "의회는 ⟦어제⟧ ⟦3월⟧에 닫힌 다리가 ⟦일요일⟧에 열린다고 ⟦지난해⟧ 약속했다.",
    "nb": "Rådet sa ⟦i går⟧ at brua, stengt ⟦i mars⟧, åpner ⟦på søndag⟧, som lovet ⟦for to år siden⟧.",
    "nl": "De raad zei ⟦gisteren⟧ dat de ⟦in maart⟧ gesloten brug ⟦op zondag⟧ opengaat, zoals ⟦twee jaar geleden⟧ beloofd.",
    "pl": "Rada podała ⟦wczoraj⟧, że most zamknięty ⟦w marcu⟧ otworzy ⟦w niedzielę⟧, jak obiecała ⟦dwa lata temu⟧.",
    "pt": "O conselho disse ⟦ontem⟧ que a ponte, fechada ⟦em março⟧, abre ⟦no domingo⟧, como prometeu ⟦há dois anos⟧.",
    "ro": "Consiliul a spus ⟦ieri⟧ că podul, închis ⟦în martie⟧, se deschide ⟦duminică⟧, cum promisese ⟦acum doi ani⟧.",
    "ru": "Совет сообщил ⟦вчера⟧, что мост, закрытый ⟦в марте⟧, откроют ⟦в воскресенье⟧, как обещали ⟦два года назад⟧.",
    "sr": "Veće je ⟦juče⟧ reklo da se most otvara ⟦u nedelju⟧, kako je obećalo ⟦pre dve godine⟧.",
    "sv": "Rådet sade ⟦i går⟧ att bron, stängd ⟦i mars⟧, öppnar ⟦på söndag⟧, som lovat ⟦för två år sedan⟧.",
    "tr": "Meclis ⟦dün⟧, ⟦Mart ayında⟧ kapanan köprünün ⟦pazar günü⟧ açılacağını ⟦iki yıl önce⟧ söylediği gibi bildirdi.",
    "uk": "Рада повідомила ⟦вчора⟧, що міст, закритий ⟦у березні⟧, відкриють ⟦в неділю⟧, як обіцяли ⟦два роки тому⟧.",
    "vi": "Hội đồng nói ⟦hôm qua⟧ rằng cây cầu đóng từ ⟦tháng 3⟧ sẽ mở lại ⟦tuần tới⟧, như đã hứa ⟦hai năm trước⟧.",
    "zh": "委员会⟦昨天⟧说，⟦3月⟧，关闭的桥将于⟦周日⟧开放，这是⟦去年⟧的承诺。",
}


@pytest.mark.parametrize("tag", NOTICES)
def test_a_notice_is_read_in_its_language_and_in_no_other_script(tag: str) -> None:
    body, expected = marked(NOTICES[tag])
    assert found(body, tag) == expected
    assert found(body, "sw") == []
    assert found(body, None) == []


def test_every_large_language_group_has_words() -> None:
    assert {group_of_language(language) for language in LANGUAGES} >= set(LARGEST_GROUPS)
    assert {*NOTICES} >= set(LANGUAGES) - {"bs", "ms", "nn"}


@pytest.mark.parametrize(
    ("tag", "body"),
    [
        (
            "en",
            "It opened in March 2019, closed on Monday, 4 May 2020 and burned on July 9, 2021. In 1997 it had closed from May to June.",
        ),
        ("en", "The ferry will run over the next five years, as in the last year of the war and in recent years, so far and already."),
        ("en", "Her last week at the mill was the last week of the strike; the next week was quieter than every Monday before."),
        ("en", "They march in may and might; Theresa May was asked by May herself. April Jones read USA Today and The Last Week."),
        ("en", "On Black Friday and Good Friday. Shops close Mondays, from Monday to Friday. Today's youth reads the Sunday Times."),
        ("en", "A week is long. Years of drought, months of talks, the day before, the year that followed."),
        ("de", "Bis heute und noch heute wird im März 2019 begonnen. Der letzte Mohikaner, die letzten Jahre, guten Morgen!"),
        ("fr", "Le lundi, le musée est fermé. Mardi gras et en mars 2019, la dernière semaine du concours."),
        ("es", "Por la mañana y hasta hoy en día, desde marzo de 2019, los lunes de cada semana."),
        ("it", "La domenica il mulino è chiuso. Fino ad oggi, dal 3 marzo 2019, ogni lunedì."),
        ("fa", "در چهار سال گذشته پل بسته بود."),
        ("vi", "Ba tháng sau và vài tuần trước đó, ngày 5/3/2019."),
        ("zh", "2019年3月5日，每周一至周五开放，15个月，3月的天气。"),
        ("ja", "2019年3月5日、毎週月曜日、15日間。"),
        ("ko", "오늘날 많은 사람이 매주 일요일에 쉰다."),
        ("hi", "कलाकार और कलम।"),
        ("ar", "في اليوم التالي واليوم العالمي للكتاب في مارس 2019"),
    ],
)
def test_what_a_careful_editor_would_not_list_is_not_listed(tag: str, body: str) -> None:
    assert found(body, tag) == []


def test_capitals_count_at_the_beginning_of_a_sentence_and_after_a_quotation_mark() -> None:
    body = "Yesterday it rained. “Today we row,” she said.\n\nLast year they did not. (This week they might.)"
    assert found(body) == ["Yesterday", "Today", "Last year", "This week"]


def test_every_span_stands_where_it_says_and_none_overlap() -> None:
    body = "It rained yesterday and last year.\n\n\nIn March, on Monday morning, after nearly two years of war, it will rain next week."
    spans = find_relative_dates(body, "en-GB")
    assert [body[span.start : span.end] for span in spans] == [span.text for span in spans]
    assert len(spans) == 6
    assert all(before.end <= behind.start for before, behind in pairwise(spans))


@given(st.text(max_size=300), st.sampled_from(sorted(LANGUAGES)))
def test_any_text_gives_spans_that_are_right(body: str, tag: str) -> None:
    for span in find_relative_dates(f"{body} yesterday 昨天 {body}", tag):
        assert f"{body} yesterday 昨天 {body}"[span.start : span.end] == span.text != ""


@pytest.mark.heavy
def test_the_number_of_spans_and_the_time_are_bounded() -> None:
    started = time.process_time()
    assert len(find_relative_dates("last year " * 20_000, "en")) == MOST_RELATIVE_DATES
    assert find_relative_dates("after almost a " * 14_000, "en") == []
    assert find_relative_dates("1" * 200_000, "zh") == []
    assert time.process_time() - started < 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_opening_is_found_wherever_a_phrase_is(language: str) -> None:
    words = LANGUAGES[language]
    body = marked(NOTICES.get(language, NOTICES["en"]))[0]
    openings = tuple(openings_of((*words.plain, *words.calendar)))
    for phrase in re.finditer("|".join((*words.plain, *words.calendar)), body):
        assert phrase[0].startswith(openings), phrase[0]


def test_the_enricher_lists_them_by_the_language_it_found() -> None:
    body = "<p>Der Rat der Stadt teilte gestern mit, dass die Brücke über den Fluss wieder für alle geöffnet wird.</p>"
    text = enrich(raw(body, title="Brücke wird geöffnet", feed=replace(FEED, language="de")), AGENCIES).text
    assert [(span.field, span.text) for span in text.relative_dates] == [("body", "gestern")]


def test_of_the_article_this_began_with_they_are_exactly_those_expected(beginning: tuple[str, dict[str, Any]]) -> None:
    whole, must = beginning[0], beginning[1]["must"]
    start, end = must["body.start_end"]
    spans = find_relative_dates(whole[start:end], "en")
    assert [(span.start + start, span.end + start, span.text) for span in spans] == [
        (wanted["start"], wanted["end"], wanted["text"]) for wanted in must["relative_dates"]
    ]
