"""What the demo prints: a line per news event, the words that prove an origin, a story card and a summary."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from dateline.events import NewsEvent

HEADLINE_COLUMNS = 58


@dataclass
class Edition:
    """Everything that has been printed; the newest statement of each article counts."""

    events: dict[str, NewsEvent] = field(default_factory=dict)
    lines: int = 0
    revisions: int = 0

    def add(self, event: NewsEvent) -> None:
        """Take note of one event."""
        self.lines += 1
        self.revisions += event.revision > 0
        self.events[event.id] = event

    def stories(self) -> dict[str, list[NewsEvent]]:
        """Articles by story, in the order they came."""
        found: dict[str, list[NewsEvent]] = defaultdict(list)
        for event in self.events.values():
            found[event.story.id].append(event)
        return found


def event_line(event: NewsEvent) -> Text:
    """Time, language, publisher ← origin, headline, story."""
    line = Text(no_wrap=True)
    line.append(f"{event.first_seen_at:%H:%M:%S} ", style="dim")
    line.append(f"{event.language or '??':<8}", style="cyan")
    line.append(publisher_name(event), style="bold")
    if event.origin is not None:
        line.append(f" ← {event.origin.name}", style="green")
    elif event.story.origin is not None:
        line.append(f" ← {event.story.origin.name} (as another copy proves)", style="dim green")
    line.append(f"  {_clip(event.headline or '(no headline)')}")
    line.append(f"  {_part(event)}", style="yellow" if event.story.role != "first" else "dim")
    return line


def proof_line(event: NewsEvent) -> Text | None:
    """The quoted words, where an origin is named."""
    quotes = [evidence.text for origin in event.origins for evidence in origin.evidence]
    return Text(f"                   «{'», «'.join(quotes)}»", style="dim green") if quotes else None


def publisher_name(event: NewsEvent) -> str:
    """Who published this copy, as far as it is known."""
    publisher = event.publisher
    return (publisher.name or publisher.domain if publisher else None) or event.feed.title or event.feed.url


def _publisher_key(event: NewsEvent) -> str:
    """One publisher may have several feeds, each with a title of its own."""
    return (event.publisher.domain if event.publisher else None) or publisher_name(event)


def story_card(edition: Edition) -> str | None:
    """The most copied story in one sentence, with the proof; null while nothing was copied."""
    copies = max(edition.stories().values(), key=len, default=[])
    if len(copies) < 2:  # noqa: PLR2004 - a story with one copy is no story
        return None
    publishers = {_publisher_key(event) for event in copies}
    uncredited = sum(event.origin is None for event in copies)
    card = f"{len(copies)} copies, {len(publishers)} publishers, {uncredited} without credit"
    proven = next((event.origin for event in copies if event.origin is not None), None)
    if proven is not None:
        quotes = list(dict.fromkeys(evidence.text for event in copies if event.origin for evidence in event.origin.evidence))
        card += f"; {proven.name}, proved by " + ", ".join(f"«{quote}»" for quote in quotes)
    return f"{copies[0].headline}\n  {card}"


def summary(edition: Edition) -> str:
    """What the run has shown, in one sentence."""
    events = edition.events.values()
    languages = Counter(event.language or "undetermined" for event in events)
    origins = Counter(event.origin.name for event in events if event.origin is not None)
    spoken = ", ".join(f"{language} {count}" for language, count in languages.most_common())
    named = ", ".join(f"{name} {count}" for name, count in origins.most_common()) or "none"
    return (
        f"{edition.lines} news events: {len(edition.events)} articles in {len(edition.stories())} stories, {edition.revisions} revisions\n"
        f"  languages: {spoken or 'none'}\n"
        f"  origins:   {named}"
    )


def _part(event: NewsEvent) -> str:
    story = event.story
    match story.role:
        case "first":
            return "new story"
        case "revision":
            return f"revision {event.revision}"
        case "excerpt":
            return "excerpt"
        case _:
            return f"copy {story.copies} of story {story.id[:8]}"


def _clip(text: str) -> str:
    return text if len(text) <= HEADLINE_COLUMNS else text[: HEADLINE_COLUMNS - 1] + "…"
