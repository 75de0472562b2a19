"""What the demo prints of events: as they are written, and what is kept of them is bounded."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dateline.demo import screen
from dateline.demo.screen import Edition, event_line, proof_line, screen_of, story_card, summary
from dateline.events import NewsEvent, decode, encode

if TYPE_CHECKING:
    import pytest

EXAMPLES = Path(__file__).parents[3] / "schemas" / "examples"
NASTY = "\x1b[2J[/b] [red]:smile:\x9b"


def event(number: int = 0, *, story: int = 0, revision: int = 0, **changes: Any) -> NewsEvent:
    plain = json.loads((EXAMPLES / "io.dateline.news.v1.json").read_text(encoding="utf-8")) | changes
    plain |= {"id": f"00000000-0000-5000-8000-{number:012}", "revision": revision}
    plain["story"]["id"] = f"00000000-0000-5000-9000-{story:012}"
    return decode(json.dumps(plain).encode(), NewsEvent)


def printed(*told: Any) -> str:
    out = io.StringIO()
    console = screen_of(out)
    for one in told:
        console.print(one)
    return out.getvalue()


def nasty(number: int = 0) -> NewsEvent:
    template = event(number)
    (origin,) = template.origins
    publisher = {"name": NASTY, "domain": None, "country": None, "id": None}
    quoted = json.loads(encode(origin)) | {"name": NASTY}
    quoted["evidence"][0]["text"] = NASTY
    return event(number, headline=NASTY, publisher=publisher, origin=quoted, origins=[quoted], language="en")


def test_what_an_event_says_is_printed_as_it_is_written_and_steers_nothing() -> None:
    edition = Edition()
    for number in range(2):
        edition.add(nasty(number))
    said = printed(event_line(nasty()), proof_line(nasty()), story_card(edition), summary(edition), "Kafka at [fd00::1]:9092")
    assert not {"\x1b", "\x9b"} & set(said)
    assert said.count("[2J[/b] [red]:smile:") == 8, "publisher, origin, headline; quotation; headline, origin, quotation; origin"
    assert "Kafka at [fd00::1]:9092" in said


def test_the_card_tells_of_the_most_copied_story_with_its_proof() -> None:
    edition = Edition()
    for number, story in enumerate((0, 1, 1)):
        edition.add(event(number, story=story))
    card = story_card(edition) or ""
    assert card.startswith(f"{event().headline}\n  2 copies, 1 publisher, 0 without credit; ")
    assert "«" in card


def test_the_newest_statement_of_an_article_counts() -> None:
    edition = Edition()
    edition.add(event(language="en"))
    edition.add(event(revision=1, language="de"))
    assert summary(edition).startswith("2 news events: 1 article in 1 story, 1 revision\n  languages: de 1\n")


def test_what_is_kept_of_events_is_bounded_and_the_summary_says_of_what_it_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "MOST_ARTICLES", 10)
    edition = Edition()
    for number in range(100):
        edition.add(event(number, story=number, headline="x" * 10_000))
    assert len(edition.articles) == 10
    assert all(len(article.headline) < 1000 for article in edition.articles.values())
    assert summary(edition).startswith("100 news events: 0 revisions; of the latest 10 articles in 10 stories:\n")
