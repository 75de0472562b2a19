"""Who wrote an article: people only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dateline.enricher.bylines import people_in, people_in_line, read_byline
from dateline.enricher.publisher import house_key
from dateline.enricher.rules import shape_of
from dateline.events import Authorship

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from dateline.enricher.agencies import Agencies
    from dateline.enricher.page_metadata import PageMetadata
    from dateline.enricher.zones import Line
    from dateline.events import RawArticle

__all__ = ["authors_of"]


def authors_of(raw: RawArticle, page: PageMetadata, lines: Iterable[Line], houses: Collection[str], agencies: Agencies) -> list[Authorship]:
    """The people who wrote an article, once each; agencies, companies, roles, desks and the publisher itself (`houses`) are none.

    They are those of the author fields, else whom the page's markup names where authors stand, else whom a line above the text names that
    is no more than a byline.
    """
    fields = [author.name for author in raw.entry.authors if author.name]
    signed = [line.text for line in lines if line.zone == "above"]
    for names in (
        [name for field in fields for name in _names(field, houses, agencies)],
        [name for field in page.credits for name in _names(field, houses, agencies)],
        [name for line in signed for name in people_in_line(line)],
    ):
        people = [name for name in dict.fromkeys(names) if _is_person(name, houses, agencies)]
        if people:
            return [Authorship(name=name, role=None) for name in people]
    return []


def _names(field: str, houses: Collection[str], agencies: Agencies) -> Sequence[str]:
    if "://" in field:
        return []
    found = agencies.names.in_line(field)
    byline = read_byline(shape_of(field, found).text, houses, is_field=True) if found else None
    return people_in(field) if byline is None else byline.people


def _is_person(name: str, houses: Collection[str], agencies: Agencies) -> bool:
    if not any(map(str.isalpha, name)) or _NO_NAME.search(name) or len(name.split()) > MOST_WORDS:
        return False
    if house_key(name) in houses or _ROLE.fullmatch(name) or _COMPANY.search(name):
        return False
    return agencies.named(_STAFF.sub("", name)) is None


# The longest names of people on the labelled pages have five words.
MOST_WORDS = 6
# Addresses, numbers, and what content systems make of names for addresses (ida-fern).
_NO_NAME = re.compile(r"[@()\d]|://|^[a-z]+(?:[-_][a-z]+)+$")
# Words with which companies and papers name themselves.
_COMPANY = re.compile(
    r"\b(?:Inc|Ltd|LLC|GmbH|AG|S\.?A|Corp|Corporation|Company|Group|Media|News|Press|Newspaper|Times|Magazine|Zeitung|Redaktion|Network|Agency|Agentur|Agencia"
    r"|Agence|Agenzia|Association|Foundation|University|Institute|Ministry|Bureau|Service|Services|Editors?|Staff|Team|Desk|Online|Web|TV|Radio)\b"
    r"|\w\.(?:com|org|net|de|fr|uk|it|es|ru|gr|info)\b"
)
_STAFF = re.compile(r"\s+(?:staff|desk|newsroom)$", re.IGNORECASE)
# Accounts, desks and roles that content systems print where a name should stand.
_ROLES = (
    *(
        "admin",
        "administrator",
        "webmaster",
        "master",
        "author",
        "user",
        "guest",
        "contributor",
        "correspondent",
        "unknown",
        "none",
        "null",
    ),
    *(
        "anonymous",
        "n/a",
        "editors?",
        "editorial(?: team| staff| board)?",
        "staff(?: writer| reporter)?",
        "team",
        "desk",
        "newsdesk",
        "newsroom",
    ),
    *("redaktion", "redakteur", "redaktør", "redaktionen", "redacci[oó]n", "reda[cç][aã]o", "redazione", "(?:la )?rédaction", "redactie"),
    *("redakcja", "redakce", "redakcia", "szerkesztőség", "redacția", "toimitus", "haber merkezi", "editör"),
    *("редакция", "редактор", "админ", "редакція", "σύνταξη", "التحرير", "编辑", "編輯", "編集部"),
)
_ROLE = re.compile(rf"(?:the )?(?:(?:site|web|news|online)[ -]?)?(?:{'|'.join(_ROLES)})(?: (?:desk|team|staff))?", re.IGNORECASE)
