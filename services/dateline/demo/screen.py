"""What the demo prints: a line per news event, the words that prove an origin, a story card and a summary."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, NamedTuple

from rich.console import Console
from rich.text import Text

from dateline.showable import counted, printable

if TYPE_CHECKING:
    from dateline.events import NewsEvent

HEADLINE_COLUMNS = 58
# A screen with feeds of one's own may stay up for weeks. So many articles are some 20 MB, and a day of a thousand feeds.
MOST_ARTICLES = 20_000
# What a card shows of an article: texts of a feed may have a hundred times as much.
MOST_CHARACTERS, MOST_QUOTES = 300, 5


def screen_of(file: IO[str] | None = None) -> Console:
    """Where the demo prints, stdout unless told otherwise: brackets and colons of what is printed are no markup."""
    return Console(file=file, highlight=False, soft_wrap=True, markup=False, emoji=False)


class Printed(NamedTuple):
    """What card and summary need of an article's newest event."""

    story: str
    headline: str
    publisher: str
    language: str
    origin: str | None
    quotes: tuple[str, ...]


@dataclass
class Edition:
    """What has been printed, of the latest articles; the newest statement of each counts. `lines` and `revisions` are of all events."""

    articles: OrderedDict[str, Printed] = field(default_factory=OrderedDict)
    lines: int = 0
    revisions: int = 0
    forgotten: int = 0

    def add(self, event: NewsEvent) -> None:
        """Take note of one event."""
        self.lines += 1
        self.revisions += event.revision > 0
        self.articles[event.id] = _printed(event)
        if len(self.articles) > MOST_ARTICLES:
            self.articles.popitem(last=False)
            self.forgotten += 1

    def stories(self) -> dict[str, list[Printed]]:
        """Articles by story, in the order they came."""
        found: dict[str, list[Printed]] = defaultdict(list)
        for article in self.articles.values():
            found[article.story].append(article)
        return found


def _printed(event: NewsEvent) -> Printed:
    quotes = [evidence.text for evidence in event.origin.evidence] if event.origin else []
    return Printed(
        story=event.story.id,
        headline=_shown(event.headline or "(no headline)"),
        publisher=_shown(_publisher_key(event)),
        language=_shown(event.language or "undetermined"),
        origin=_shown(event.origin.name) if event.origin else None,
        quotes=tuple(map(_shown, quotes[:MOST_QUOTES])),
    )


def _shown(text: str) -> str:
    return printable(text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…")


def event_line(event: NewsEvent) -> Text:
    """Time, language, publisher ← origin, headline, story."""
    line = Text(no_wrap=True)
    line.append(f"{event.first_seen_at:%H:%M:%S} ", style="dim")
    line.append(printable(f"{event.language or '??':<8}"), style="cyan")
    line.append(printable(publisher_name(event)), style="bold")
    if event.origin is not None:
        line.append(printable(f" ← {event.origin.name}"), style="green")
    elif event.story.origin is not None:
        line.append(printable(f" ← {event.story.origin.name} (as another copy proves)"), style="dim green")
    line.append(printable(f"  {_clip(event.headline or '(no headline)')}"))
    line.append(f"  {_part(event)}", style="yellow" if event.story.role != "first" else "dim")
    return line


def proof_line(event: NewsEvent) -> Text | None:
    """The quoted words, where an origin is named."""
    quotes = [evidence.text for origin in event.origins for evidence in origin.evidence]
    return Text(printable(f"                   «{'», «'.join(quotes)}»"), style="dim green") if quotes else None


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
    publishers = {article.publisher for article in copies}
    uncredited = sum(article.origin is None for article in copies)
    card = f"{counted(len(copies), 'copy', 'copies')}, {counted(len(publishers), 'publisher')}, {uncredited} without credit"
    proven = next((article.origin for article in copies if article.origin is not None), None)
    if proven is not None:
        quotes = list(dict.fromkeys(quote for article in copies for quote in article.quotes))
        card += f"; {proven}, proved by " + ", ".join(f"«{quote}»" for quote in quotes)
    return f"{copies[0].headline}\n  {card}"


def summary(edition: Edition) -> str:
    """What the run has shown, in one sentence."""
    articles = edition.articles.values()
    languages = Counter(article.language for article in articles)
    origins = Counter(article.origin for article in articles if article.origin is not None)
    spoken = ", ".join(f"{language} {count}" for language, count in languages.most_common())
    named = ", ".join(f"{name} {count}" for name, count in origins.most_common()) or "none"
    told = f"{counted(len(articles), 'article')} in {counted(len(edition.stories()), 'story', 'stories')}"
    revisions = counted(edition.revisions, "revision")
    said = f"{told}, {revisions}" if not edition.forgotten else f"{revisions}; of the latest {told}:"
    return f"{counted(edition.lines, 'news event')}: {said}\n  languages: {spoken or 'none'}\n  origins:   {named}"


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
