"""Encodings: what cannot be wrong wins over what is declared, and what is declared over statistics."""

from __future__ import annotations

import codecs
from typing import NamedTuple

import pytest
from invented import NOW, URL

from dateline.poller.double_encoding import decoded_once
from dateline.poller.encoding import to_utf8
from dateline.poller.parse import parse_document

GERMAN = "Fähre läuft „pünktlich“ aus – Überfahrt für 5 €"
FRENCH = "L’été à Noël : le ferry « Évasion » reçoit ses hôtes"
POLISH = "Prom odpłynął punktualnie, mówi kapitan; źródło: żegluga"
CZECH = "Převozní loď vyplula včas, říká kapitán přístavu"
TURKISH = "Feribot dün akşam İskele’den kalktı, yolcular şaşırdı"
RUSSIAN = "Паром отошёл вовремя, сообщил капитан порта"
UKRAINIAN = "Пором відійшов вчасно, повідомив капітан її порту"
GREEK = "Το πλοίο αναχώρησε στην ώρα του, λέει ο καπετάνιος"
HEBREW = "המעבורת יצאה בזמן, אמר רב החובל של הנמל"
ARABIC = "غادرت العبارة في موعدها، قال قبطان الميناء"
THAI = "เรือข้ามฟากออกตรงเวลา กัปตันท่าเรือกล่าว"
LATVIAN = "Prāmis izbrauca laikā, sacīja ostas kapteinis; šķērsošana ilga"
JAPANESE = "フェリー①運航再開、港の船長が発表しました"
CHINESE = "渡轮今晨准时出航，港口船长朱镕说，旅客啰嗦"
TAIWANESE = "渡輪今晨準時出航，港口船長說旅客很多"
KOREAN = "여객선이 제시간에 출항했다고 선장이 똠방각하 말했다"


class Case(NamedTuple):
    """A feed with one title, as bytes, and what must come of it."""

    title: str
    body: bytes
    encoding: str
    origin: str
    header: str | None = None


def feed(title: str, declared: str | None = None) -> str:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    return f"{declaration}<rss version='2.0'><channel><item><title>{title}</title><guid>1</guid></item></channel></rss>"


def declared(title: str, label: str, codec: str, encoding: str) -> Case:
    return Case(title, feed(title, label).encode(codec), encoding, "declaration")


def silent(title: str, codec: str, encoding: str, origin: str = "statistics") -> Case:
    return Case(title, feed(title).encode(codec), encoding, origin)


def headed(title: str, charset: str, codec: str, encoding: str) -> Case:
    return Case(title, feed(title).encode(codec), encoding, "header", f"application/rss+xml; charset={charset}")


def utf8(title: str, body: bytes, header: str | None = None) -> Case:
    return Case(title, body, "utf-8", "content", header)


MATRIX = {
    "utf-8": utf8(RUSSIAN, feed(RUSSIAN, "utf-8").encode()),
    "utf-8, nothing declared": utf8(RUSSIAN, feed(RUSSIAN).encode()),
    "utf-8, Latin-1 declared": utf8(GERMAN, feed(GERMAN, "iso-8859-1").encode()),
    "utf-8, Latin-1 in the header": utf8(GERMAN, feed(GERMAN, "utf-8").encode(), "text/xml; charset=iso-8859-1"),
    "utf-8, UTF-16 declared": utf8(RUSSIAN, feed(RUSSIAN, "utf-16").encode()),
    "utf-8, an unknown name declared": utf8(RUSSIAN, feed(RUSSIAN, "x-unknown-9").encode()),
    "utf-8, the name of a database's encoding": utf8(RUSSIAN, feed(RUSSIAN, "utf8mb4").encode(), "text/xml; charset=utf8mb4"),
    "utf-8 with a mark": Case(RUSSIAN, codecs.BOM_UTF8 + feed(RUSSIAN, "utf-8").encode(), "utf-8", "bom"),
    "utf-8 with a mark behind empty lines": utf8(RUSSIAN, b"\n\n" + codecs.BOM_UTF8 + feed(RUSSIAN, "utf-8").encode()),
    "utf-8 behind blank space": utf8(RUSSIAN, b"\r\n  " + feed(RUSSIAN, "utf-8").encode()),
    "utf-16 with a mark": Case(RUSSIAN, feed(RUSSIAN, "utf-16").encode("utf-16"), "utf-16le", "bom"),
    "utf-16be with a mark": Case(GREEK, codecs.BOM_UTF16_BE + feed(GREEK, "utf-16").encode("utf-16-be"), "utf-16be", "bom"),
    "utf-16le without a mark": Case(RUSSIAN, feed(RUSSIAN, "utf-16").encode("utf-16-le"), "utf-16le", "zeros"),
    "utf-16be without a mark": Case(JAPANESE, feed(JAPANESE).encode("utf-16-be"), "utf-16be", "zeros"),
    "utf-32 with a mark": Case(CHINESE, feed(CHINESE, "utf-32").encode("utf-32"), "utf-32le", "bom"),
    "windows-1252 declared as Latin-1": declared(GERMAN, "iso-8859-1", "cp1252", "windows-1252"),
    "windows-1252 declared as ASCII": declared(FRENCH, "us-ascii", "cp1252", "windows-1252"),
    "windows-1252 declared as utf-8": Case(GERMAN, feed(GERMAN, "utf-8").encode("cp1252"), "windows-1252", "statistics"),
    "windows-1252, nothing declared": silent(FRENCH, "cp1252", "windows-1252"),
    "windows-1250": declared(CZECH, "windows-1250", "cp1250", "windows-1250"),
    "iso-8859-2": declared(POLISH, "ISO-8859-2", "iso8859-2", "iso-8859-2"),
    "windows-1251": declared(RUSSIAN, "windows-1251", "cp1251", "windows-1251"),
    "windows-1251 in the header": headed(RUSSIAN, "windows-1251", "cp1251", "windows-1251"),
    "windows-1251, Latin-1 in the header": declared(UKRAINIAN, "windows-1251", "cp1251", "windows-1251")._replace(
        header="text/xml; charset=ISO-8859-1"
    ),
    "windows-1251, nothing declared": silent(RUSSIAN, "cp1251", "windows-1251"),
    "koi8-r": declared(RUSSIAN, "koi8-r", "koi8-r", "koi8-r"),
    "koi8-r, nothing declared": silent(RUSSIAN, "koi8-r", "koi8-r"),
    "windows-1253": declared(GREEK, "windows-1253", "cp1253", "windows-1253"),
    "iso-8859-7": declared(GREEK, "iso-8859-7", "iso8859-7", "iso-8859-7"),
    "Turkish declared as Latin-5": declared(TURKISH, "iso-8859-9", "cp1254", "windows-1254"),
    "windows-1255": declared(HEBREW, "windows-1255", "cp1255", "windows-1255"),
    "windows-1256": declared(ARABIC, "windows-1256", "cp1256", "windows-1256"),
    "windows-1256, nothing declared": silent(ARABIC, "cp1256", "windows-1256"),
    "windows-1257": declared(LATVIAN, "windows-1257", "cp1257", "windows-1257"),
    "Thai declared as TIS-620": declared(THAI, "tis-620", "cp874", "windows-874"),
    "Chinese of GBK declared as GB2312": declared(CHINESE, "gb2312", "gbk", "gb18030"),
    "Chinese, nothing declared": silent(CHINESE, "gb18030", "gb18030"),
    "Big5": declared(TAIWANESE, "big5", "big5", "big5"),
    "Japanese of Windows declared as Shift_JIS": declared(JAPANESE, "Shift_JIS", "cp932", "shift_jis"),
    "Japanese, nothing declared": silent(JAPANESE.replace("①", ""), "shift_jis", "shift_jis"),
    "EUC-JP": declared(JAPANESE.replace("①", ""), "EUC-JP", "euc_jp", "euc-jp"),
    "ISO-2022-JP": declared(JAPANESE.replace("①", ""), "iso-2022-jp", "iso2022_jp", "iso-2022-jp"),
    "Korean of Windows declared as EUC-KR": declared(KOREAN, "euc-kr", "cp949", "euc-kr"),
}


def title_of(body: bytes, header: str | None = None) -> str | None:
    (parsed,) = parse_document(body, url=URL, content_type=header, now=NOW).entries
    return parsed.entry.title


@pytest.mark.parametrize("name", MATRIX)
def test_a_feed_is_read_in_the_encoding_it_is_in(name: str) -> None:
    case = MATRIX[name]
    document = parse_document(case.body, url=URL, content_type=case.header, now=NOW)
    assert [parsed.entry.title for parsed in document.entries] == [case.title]
    assert (document.encoding, document.encoding_origin) == (case.encoding, case.origin)
    assert ("encoding_guessed" in document.flags) == (case.origin == "statistics")


def test_a_broken_character_spoils_no_other() -> None:
    body = feed(RUSSIAN * 3, "utf-8").encode().replace("вовремя".encode(), "вовремя".encode() + b"\xff", 1)
    decoded = to_utf8(body)
    assert (decoded.encoding, decoded.origin, decoded.guessed) == ("utf-8", "content", True)
    assert title_of(body) == (RUSSIAN * 3).replace("вовремя", "вовремя\ufffd", 1)


CURLY = ["The ferry’s back", "It’s late", "The captain’s word"]


@pytest.mark.parametrize(("label", "header"), [("utf-8", "text/xml; charset=utf-8"), ("UTF-8", None), (None, "text/xml; charset=UTF8")])
def test_one_broken_character_spoils_no_other_where_few_are_beyond_ascii_and_utf_8_is_declared(
    label: str | None, header: str | None
) -> None:
    body = feed("</title></item><item><title>".join(CURLY), label).encode()
    cut = body.replace("It’".encode(), "It’".encode()[:-1], 1)
    document = parse_document(cut, url=URL, content_type=header, now=NOW)
    assert [parsed.entry.title for parsed in document.entries] == [CURLY[0], "It\ufffds late", CURLY[2]]
    assert (document.encoding, document.flags) == ("utf-8", ("encoding_guessed",))


@pytest.mark.parametrize("title", ["Café", "Café au lait, über alles"])
def test_utf_8_that_is_declared_and_proved_by_no_character_is_not_believed(title: str) -> None:
    body = feed(title, "utf-8").encode("cp1252")
    assert (title_of(body, "text/xml; charset=utf-8"), to_utf8(body).encoding) == (title, "windows-1252")


def test_a_character_cut_in_two_spoils_no_other() -> None:
    body = feed(JAPANESE, "Shift_JIS").encode("cp932") + "船".encode("cp932")[:1]
    decoded = to_utf8(body)
    assert (decoded.encoding, decoded.origin, decoded.damaged) == ("shift_jis", "declaration", True)
    assert JAPANESE in decoded.body.decode()


@pytest.mark.parametrize("declared_as", ["no-such-codec", "punycode", "unicode_escape", "base64", "idna"])
def test_a_document_cannot_choose_a_codec_that_is_no_encoding_of_documents(declared_as: str) -> None:
    body = feed(GERMAN, declared_as).encode("cp1252")
    assert title_of(body) == GERMAN
    assert to_utf8(body).encoding == "windows-1252"


def test_what_statistics_do_not_know_is_western(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chardet.detect", lambda body: {"encoding": None})
    decoded = to_utf8(b"<title>F\xe4hre \x81</title>")
    assert (decoded.encoding, decoded.origin, decoded.guessed) == ("windows-1252", "default", True)
    assert decoded.body.decode() == "<title>Fähre \ufffd</title>"


# ── encoded twice ────────────────────────────────────────────────────────────────────────────────────────────────────


# One letter whose punctuation reads like the rest of a character.
PUNCTUATED = ["LEITURAS DA MANHÃ…", 'O "AMANHÃ” de hoje', "MANHÃ– TARDE", "AMANHÃ— HOJE", '"au café…”', "A MANHÃ’"]


@pytest.mark.parametrize("title", [GERMAN, FRENCH, RUSSIAN, JAPANESE, "Fähre", "Österreich", "Århus", "It’s", "ÅÖ", "Noël"])
@pytest.mark.parametrize("taken_for", ["latin-1", "cp1252"])
def test_text_that_was_encoded_twice_is_read_as_it_was_meant_and_flagged(title: str, taken_for: str) -> None:
    once = title.encode()
    twice = "".join(bytes((byte,)).decode(taken_for, "ignore") or chr(byte) for byte in once)
    document = parse_document(feed(twice, "utf-8").encode(), url=URL, now=NOW)
    assert [(parsed.entry.title, parsed.flags) for parsed in document.entries] == [(title, ("double_encoded",))]


@pytest.mark.parametrize("title", [GERMAN, FRENCH, RUSSIAN, "Â", "Ã© und é", "SÃO PAULO", "MÃE", "ÃO É", *PUNCTUATED])
def test_text_that_only_looks_a_little_like_it_stays_as_it_is(title: str) -> None:
    assert decoded_once(title) == title
    assert title_of(feed(title, "utf-8").encode()) == title
