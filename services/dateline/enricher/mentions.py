"""Why an agency is named where no rule makes it the origin: quoted, pictured, spoken of, or part of what stands around the article."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dateline.enricher.agencies import Agency
    from dateline.enricher.names import Found
    from dateline.enricher.zones import Line

__all__ = ["is_spelled_otherwise", "role_of"]

Role = Literal["quote", "image", "subject", "boilerplate"]

# Within so many characters a verb belongs to the name.
REACH_CHARACTERS = 60
# The longest name that a code stands for; its articles and prepositions have so many letters.
SPELLED_CHARACTERS = 100
SMALL_WORD = 3


def role_of(line: Line, found: Found) -> Role | None:
    """The role of a name in its line; null for a code that may mean anything here."""
    match line.zone:
        case "caption":
            return "image"
        case "elsewhere":
            return "boilerplate" if found.is_sure else None
        case "headline":
            return "subject" if found.is_sure else None
        case "over" | "above" | "below":
            return "image" if _PICTURE.search(line.text) or "/" in line.text else "boilerplate" if found.is_sure else None
        case _:
            return _role_in_text(line.text, found)


def is_spelled_otherwise(code: str, agency: Agency, text: str) -> bool:
    """Whether the text itself says that a code means something else: the Tarn Dockers Party (TDP)."""
    if not code.isupper() or f"({code})" not in text:
        return False
    return any(_spells(text[max(at - SPELLED_CHARACTERS, 0) : at], code, agency) for at in _starts(text, f"({code})"))


def _starts(text: str, part: str) -> Iterator[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)


def _spells(before: str, code: str, agency: Agency) -> bool:
    """Whether the last words are a name of something else with these initials; small words may count or not."""
    if any(before.rstrip().endswith(name) for name in (agency.name, *agency.names)):
        return False
    words: list[str] = _WORD.findall(before)
    telling = [word for word in words if len(word) > SMALL_WORD or word[0].isupper()]
    for some in (words[-len(code) :], telling[-len(code) :]):
        if "".join(word[0] for word in some).upper() == code and some[0][0].isupper() and not _PRESS.search(" ".join(some)):
            return True
    return False


def _role_in_text(text: str, found: Found) -> Role | None:
    before = text[max(found.start - REACH_CHARACTERS, 0) : found.start]
    after = text[found.end : found.end + REACH_CHARACTERS]
    if _TOLD.search(before) or (found.is_sure and (_SAYS_BEFORE.search(before) or _SAYS_AFTER.match(after))):
        return "quote"
    if _PICTURE.search(before):
        return "image"
    return "subject" if found.is_sure else None


_WORD = regex.compile(r"[\p{L}\p{M}]+")
# What the name of every agency has in it.
_PRESS = regex.compile(
    r"(?i)press|pers|prens|prasa|news|nachricht|agen|haber|inform|noti|telegra|пресс|новост|агент|інформ|agjen|agên|ειδήσ"
)
_PICTURE = regex.compile(r"(?i)\b(?:photo|photograph|picture|image|foto|bild|getty|fot|фото|写真|图片|사진|صورة|zdjęcie)\b")
# What stands right before a name to which somebody spoke or that was asked: enough for a code, too.
_TOLD = regex.compile(
    r"(?i)(?:\b(?:told|tells|telling|spoke to|speaking to|speaks to|said to|interview with|according to|reported by|quoted by|cited by|citing|seen by|obtained by|reviewed by"
    r"|laut|gegenüber (?:der|dem)|sagte (?:der|dem|zu)|zufolge|selon|a déclaré à|a indiqué à|dijo a|según|declaró a|disse à|disse ao|segundo|ha detto a(?:ll)?|secondo|volgens|zei tegen"
    r"|ifølge|siger til|sier til|säger till|enligt|według|powiedzia\p{L}+|rozmowie z|сообщи\p{L}+|рассказа\p{L}+|заяви\p{L}+|передает|сообщает|со ссылкой на|повідоми\p{L}+|передає|з посиланням на"
    r"|στο|σύμφωνα με)|据|據|نقلت|بحسب|قال ل\p{L}*)\s*(?:the|der|die|dem|la|le|l['’]|el|al|agenturen?|nachrichtenagentur|agence|agencia|agencji|news agency|агентств\p{L}+|وكالة)?\s*[«„“\"]?\Z"
)
_SAYS_BEFORE = regex.compile(
    r"(?i)(?:\b(?:report(?:ed|s)? by|as|wie die nachrichtenagentur|nachrichtenagentur|news agency|agence|agencia|agencja|agenzia|informa|rapporte|recogida por|berichtet|veröffentlichte|including)\b)[^.]{0,20}\Z"
)
_SAYS_AFTER = regex.compile(
    r"(?i)[»”\"’']?\s*(?:\([^)]{1,20}\)\s*)?(?:news agency |agency )?(?:reported|reports|said|says|wrote|writes|quoted|cited|noted|revealed|berichte\p{L}*|melde\p{L}*|schreibt|schrieb|zufolge|rapporte|rapportait|informa|informó"
    r"|reporta|riporta|scrive|riferisce|podał\p{L}*|poinformował\p{L}*|pisze|сообща\p{L}+|сообщи\p{L}+|пишет|переда\p{L}+|повідомля\p{L}+|aktardı|bildirdi|によると|が報じ|が伝え|에 따르면|보도|报道|報道|報導|’?[yn][ea] konuşan)"
)
