"""Who wrote an article: people only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dateline.enricher.bylines import people_in, read_byline
from dateline.enricher.publisher import house_key
from dateline.enricher.rules import shape_of
from dateline.events import Authorship

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from dateline.enricher.agencies import Agencies

__all__ = ["authors_of"]


def authors_of(fields: Iterable[str], houses: Collection[str], agencies: Agencies) -> list[Authorship]:
    """The people in the author fields, once each; agencies, roles, desks and the publisher itself (`houses`) are none."""
    names = dict.fromkeys(name for field in fields for name in _names(field, houses, agencies))
    return [Authorship(name=name, role=None) for name in names if _is_person(name, houses, agencies)]


def _names(field: str, houses: Collection[str], agencies: Agencies) -> Iterable[str]:
    found = agencies.names.in_line(field)
    byline = read_byline(shape_of(field, found).text, houses) if found else None
    return people_in(field) if byline is None else byline.people


def _is_person(name: str, houses: Collection[str], agencies: Agencies) -> bool:
    if "@" in name or "://" in name or not any(map(str.isalpha, name)) or any(map(str.isdigit, name)):
        return False
    return house_key(name) not in houses and not _ROLE.fullmatch(name) and agencies.named(_STAFF.sub("", name)) is None


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
