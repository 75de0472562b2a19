"""The poller's task: what is published is published once, whatever crashes, and one feed's trouble is its own."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import NamedTuple

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from invented import NOW, URL, a_feed, item, rss
from msgspec.structs import replace

from dateline.errors import FetchError, Moved
from dateline.events import FeedPlan, FeedState, Page, PageRights, RawArticle, decode
from dateline.log import task as log_task
from dateline.log.port import Committed, Output
from dateline.poller import pages, pending, visitor
from dateline.poller import service as subject
from dateline.poller.feeds import feed_record
from dateline.poller.fetch import Fetched, Gone, NotModified
from dateline.poller.pages import PageMissing
from dateline.poller.service import PollTask
from dateline.settings import KafkaSettings, Settings
from examples import examples
from fakes import FakeLog, FakeTopics, Fault, Killed

OTHER = "https://harbour-gazette.example/world/rss"
ELSEWHERE = "https://tarn-valley-post.example/rss"
# So many that spreading overdue feeds moves none of them: the clock stands still unless a test moves it.
SETTINGS = Settings(kafka={"feeds_partitions": 1}, poller={"requests_per_second": 1e15, "min_interval_seconds": 600})
INTERVAL = 1000
NO_RIGHTS = PageRights(robots=None, tdm_reserved=None, is_accessible_for_free=None)
POINTS = ("fence", "read", "send", "before_commit", "after_commit")


@pytest.fixture(autouse=True, scope="module")
def no_waiting():
    """A task's waits are measured on a real broker; here only their order matters."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_task, "FIRST_BACKOFF_SECONDS", 0.0)
        patch.setattr(log_task, "LAST_BACKOFF_SECONDS", 0.0)
        patch.setattr(subject, "READ_WAIT_SECONDS", 0.001)
        patch.setattr(subject, "IDLE_SECONDS", 0.2)
        patch.setattr(subject, "GATHER_SECONDS", 0.0)
        patch.setattr(pages, "SLICE_SECONDS", 0.0)
        yield


class Asked(NamedTuple):
    """What a publisher was asked."""

    url: str
    etag: str | None


class FakeFetcher:
    """Publishers: each address answers with a body, an error, or whatever a function says. An ETag follows from the body."""

    def __init__(self, **answers):
        self.answers, self.asked = answers, []
        self.gates = {}

    async def fetch(self, url, *, etag=None, moved_to=None, **_):
        url = moved_to or url
        self.asked.append(Asked(url, etag))
        if url in self.gates:
            await self.gates[url].wait()
        answer = self.answers[url]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, (Fetched, Gone, NotModified)):
            return answer
        tag = hashlib.sha256(answer).hexdigest()[:8]
        return NotModified(tag, None) if tag == etag else Fetched(200, url, answer, "application/rss+xml", tag, None, None, len(answer))

    def hold(self, url):
        """Answer that address only once the gate that is returned is opened."""
        self.gates[url] = asyncio.Event()
        return self.gates[url]


class FakePages:
    """The pages of all sites: each link answers with a page that names it, or says why there is none; a gate holds it back."""

    def __init__(self):
        self.missing, self.gates, self.asked = {}, {}, []

    async def read(self, link, feed):
        self.asked.append(link)
        if link in self.gates:
            await self.gates[link].wait()
        if link in self.missing:
            return self.missing[link]
        return Page(url=link, html=f"<p>{link}</p>", content_type="text/html", fetched_at=NOW, truncated=False, rights=NO_RIGHTS)

    def hold(self, link):
        """Answer for that link only once the gate that is returned is opened."""
        self.gates[link] = asyncio.Event()
        return self.gates[link]


class Desk:
    """One partition of `feeds` with its poller, its publishers and its clock."""

    def __init__(self, *entries, documents, topics=None, partition=0, settings=SETTINGS):
        inputs = [entry if isinstance(entry, (Fault, Output)) else feed_record(entry, 1) for entry in entries]
        self.log = FakeLog(inputs, topics=topics, service="poller", topic="feeds", partition=partition)
        self.fetcher, self.partition, self.settings = FakeFetcher(**documents), partition, settings
        self.pages = FakePages()
        self.seconds = NOW.timestamp()
        self.open, self.tasks = self.log.open, []

    @asynccontextmanager
    async def polling(self):
        """The poller, and a fresh one whenever its process dies."""
        running = asyncio.create_task(self._live())
        try:
            yield running
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def _live(self):
        while True:
            self.tasks.append(
                PollTask(
                    self.open,
                    self.partition,
                    fetcher=self.fetcher,
                    pages=self.pages,
                    settings=self.settings,
                    clock=lambda: self.seconds,
                ),
            )
            try:
                await self.tasks[-1].run()
            except (Killed, BaseExceptionGroup):
                continue

    async def until(self, condition):
        async with asyncio.timeout(5):
            while not condition():
                await asyncio.sleep(0.0005)

    async def polls(self, count):
        """Wait until so many plans are committed."""
        await self.until(lambda: len(self.plans()) >= count)

    async def quiet(self):
        """Long enough for a mistake to show: the idle poller has passed its loops."""
        await asyncio.sleep(0.008)

    def published(self):
        return [decode(value, RawArticle) for value in self.log.values("articles.raw")]

    def states(self):
        return [decode(r.value, FeedState) for r in self.log.topics.records("feeds.state", self.partition) if not is_plan(r)]

    def plans(self):
        return [decode(r.value, FeedPlan) for r in self.log.topics.records("feeds.state", self.partition) if is_plan(r)]

    def change(self, feed):
        self.log.feed(feed_record(feed, 1))

    def remove(self, feed):
        self.log.feed(Output("feeds", feed.id.encode(), None, timestamp_ms=int(self.seconds * 1000)))


def is_plan(record):
    return record.key.endswith(b"/plan")


def titles(desk):
    return [article.entry.title for article in desk.published()]


# --- crashes ---


@pytest.mark.parametrize("kills", [False, True])
async def test_a_crash_before_the_commit_means_polled_again_with_the_old_validators_and_published_once(kills):
    desk = Desk(a_feed(), Fault("before_commit", kills=kills), documents={URL: rss(item(1), item(2))})
    async with desk.polling():
        await desk.polls(1)
        await desk.quiet()
    assert desk.fetcher.asked == [Asked(URL, None)] * 2
    assert titles(desk) == ["Story 1", "Story 2"]
    assert len(desk.states()) == 1


@pytest.mark.parametrize("kills", [False, True])
async def test_a_commit_whose_reply_was_lost_is_known_by_what_stands_on_the_log(kills):
    desk = Desk(a_feed(), Fault("after_commit", kills=kills), documents={URL: rss(item(1))})
    async with desk.polling():
        await desk.polls(1)
        await desk.quiet()
        assert len(desk.fetcher.asked) == 1
        desk.fetcher.answers[URL] = rss(item(2), item(1))
        desk.seconds += INTERVAL
        await desk.polls(2)
    assert titles(desk) == ["Story 1", "Story 2"]
    assert desk.fetcher.asked == [Asked(URL, None), Asked(URL, desk.states()[0].etag)]


@given(st.lists(st.tuples(st.sampled_from(POINTS), st.booleans()), max_size=5), st.lists(st.integers(0, 3), min_size=1, max_size=3))
@examples(12)
async def test_every_article_of_a_scope_is_published_once_whatever_crashes(faults, releases):
    front, world = a_feed(), a_feed(OTHER)
    desk = Desk(front, world, *(Fault(point, kills=kills) for point, kills in faults), documents={URL: rss(), OTHER: rss()})
    served = 0
    async with desk.polling():
        for release in releases:
            served += release
            both = [item(number) for number in range(served)]
            desk.fetcher.answers |= {URL: rss(*both), OTHER: rss(*reversed(both))}
            due = desk.seconds
            desk.seconds += INTERVAL
            await desk.until(lambda due=due: sum(plan.last > due for plan in desk.plans()) >= 2)
    assert Counter(titles(desk)) == Counter(f"Story {number}" for number in range(served))


async def test_a_task_that_was_fenced_away_ends_and_has_published_nothing():
    desk = Desk(a_feed(), documents={URL: rss(item(1))})
    gate = desk.fetcher.hold(URL)
    async with desk.polling() as running:
        await desk.until(lambda: desk.fetcher.asked)
        await desk.log.open().fence()
        gate.set()
        with pytest.raises(Moved):
            await running
    assert (desk.published(), desk.plans()) == ([], [])


# --- one writer, in order ---


class Gated:
    """A partition's log whose transactions begin when the gate is open."""

    def __init__(self, log, gate):
        self._log, self._gate = log, gate

    def __getattr__(self, name):
        return getattr(self._log, name)

    async def begin(self):
        await self._gate.wait()
        await self._log.begin()


async def test_feeds_of_a_scope_that_carry_one_article_publish_it_once_also_when_decided_in_one_transaction():
    desk = Desk(a_feed(ELSEWHERE), documents={ELSEWHERE: rss(), URL: rss(item(1), item(2)), OTHER: rss(item(2), item(3))})
    gate = asyncio.Event()
    desk.open = lambda: Gated(desk.log.open(), gate)
    async with desk.polling():
        await desk.until(lambda: desk.fetcher.asked)
        desk.change(a_feed())
        desk.change(a_feed(OTHER))
        await desk.until(lambda: desk.tasks[-1]._results.qsize() == 2)
        gate.set()
        await desk.polls(3)
    written = [(transaction, record.key) for record, transaction in desk.log.topics.places["feeds.state", 0] if record is not None]
    (one,) = [transaction for transaction, key in written if key == a_feed().id.encode()]
    (other,) = [transaction for transaction, key in written if key == a_feed(OTHER).id.encode()]
    assert one is other
    assert sorted(titles(desk)) == ["Story 1", "Story 2", "Story 3"]


async def test_a_feed_removed_while_it_is_being_fetched_changes_nothing():
    desk = Desk(a_feed(), documents={URL: rss(item(1))})
    gate = desk.fetcher.hold(URL)
    async with desk.polling():
        await desk.until(lambda: desk.fetcher.asked)
        desk.remove(a_feed())
        await desk.until(lambda: not desk.tasks[-1]._registry.feeds)
        gate.set()
        await desk.until(lambda: not desk.tasks[-1]._polling)
        await desk.quiet()
        desk.seconds += INTERVAL
        await desk.quiet()
    assert (desk.published(), desk.states(), desk.plans()) == ([], [], [])
    assert len(desk.fetcher.asked) == 1


async def test_a_feed_whose_address_changes_while_it_is_being_fetched_is_polled_at_the_new_one():
    moved = replace(a_feed(), url=OTHER)
    desk = Desk(a_feed(), documents={URL: rss(item(1)), OTHER: rss(item(2))})
    gate = desk.fetcher.hold(URL)
    async with desk.polling():
        await desk.until(lambda: desk.fetcher.asked)
        desk.change(moved)
        await desk.until(lambda: desk.tasks[-1]._registry.feeds[moved.id].url == OTHER)
        gate.set()
        await desk.polls(1)
    assert titles(desk) == ["Story 2"]


async def test_a_feed_is_polled_once_at_a_time():
    desk = Desk(a_feed(), documents={URL: rss(item(1))})
    gate = desk.fetcher.hold(URL)
    async with desk.polling():
        await desk.until(lambda: desk.fetcher.asked)
        for title in ("Gazette", "Harbour Gazette"):
            desk.change(a_feed(title=title))
            desk.seconds += INTERVAL
            await desk.until(lambda title=title: desk.tasks[-1]._registry.feeds[a_feed().id].title == title)
            await desk.quiet()
        assert len(desk.fetcher.asked) == 1
        gate.set()
        await desk.polls(1)
        await desk.quiet()
    assert len(desk.fetcher.asked) == 1


async def test_a_paused_feed_is_not_polled_until_it_goes_on():
    desk = Desk(a_feed(paused=True), documents={URL: rss(item(1))})
    async with desk.polling():
        await desk.until(lambda: desk.tasks and desk.tasks[-1]._registry.feeds)
        desk.seconds += INTERVAL
        await desk.quiet()
        assert desk.fetcher.asked == []
        desk.change(a_feed())
        await desk.polls(1)
        desk.change(a_feed(paused=True))
        await desk.until(lambda: desk.tasks[-1]._registry.feeds[a_feed().id].paused)
        desk.seconds += INTERVAL
        await desk.quiet()
    assert len(desk.fetcher.asked) == 1


# --- trouble of one feed ---


async def test_a_feed_that_cannot_be_fetched_has_a_plan_with_its_error_and_others_go_on():
    error = FetchError("status", "503 Service Unavailable", status=503, retry_after_seconds=7200)
    desk = Desk(a_feed(), a_feed(ELSEWHERE), documents={URL: error, ELSEWHERE: rss(item(1))})
    async with desk.polling():
        await desk.polls(2)
    plans = {plan.error: plan for plan in desk.plans()}
    assert plans.keys() == {"503 Service Unavailable", None}
    failed = plans["503 Service Unavailable"]
    assert (failed.errors, failed.rule, failed.next - failed.last) == (1, "retry_after", 7200)
    assert titles(desk) == ["Story 1"]


async def test_a_body_that_is_no_feed_backs_off_and_keeps_what_the_feed_knew():
    desk = Desk(a_feed(), documents={URL: rss(item(1))})
    async with desk.polling():
        await desk.polls(1)
        for count, body in enumerate((b"<html><body>Maintenance</body></html>", b"Maintenance", rss(item(1), item(2))), start=2):
            desk.fetcher.answers[URL] = body
            desk.seconds += 20 * INTERVAL
            await desk.polls(count)
    assert [plan.errors for plan in desk.plans()] == [0, 1, 2, 0]
    assert len({asked.etag for asked in desk.fetcher.asked[1:]}) == 1
    assert titles(desk) == ["Story 1", "Story 2"]


async def test_a_feed_that_is_gone_is_retired_for_a_month():
    desk = Desk(a_feed(), documents={URL: Gone()})
    async with desk.polling():
        await desk.polls(1)
    (plan,) = desk.plans()
    assert (plan.rule, plan.next - plan.last) == ("gone", 30 * 86400)


@pytest.mark.parametrize("culprit", ["fetcher", "parser", "decision"])
async def test_a_bug_met_by_one_feed_does_not_stop_the_others(culprit, monkeypatch):
    desk = Desk(a_feed(), a_feed(ELSEWHERE), documents={URL: rss(item(1)), ELSEWHERE: rss(item(2))})
    read_document, decide_poll = visitor.read_document, pending.decide_poll

    def parse(body, **options):
        if options["url"] == URL:
            raise RuntimeError(culprit)
        return read_document(body, **options)

    def decide(feed, *arguments, **options):
        if feed.url == URL:
            raise RuntimeError(culprit)
        return decide_poll(feed, *arguments, **options)

    match culprit:
        case "fetcher":
            desk.fetcher.answers[URL] = RuntimeError(culprit)
        case "parser":
            monkeypatch.setattr(visitor, "read_document", parse)
        case "decision":
            monkeypatch.setattr(pending, "decide_poll", decide)
    async with desk.polling():
        await desk.polls(2)
        await desk.quiet()
    assert titles(desk) == ["Story 2"]
    assert sorted((plan.errors, plan.error) for plan in desk.plans() if plan.errors) == [(1, "an error of ours; see the log")]
    assert desk.tasks[-1].status.restarts == 0


@pytest.mark.parametrize("most_bytes", [None, 300_000])
async def test_a_state_that_fits_no_record_fails_its_own_feed_and_no_other(most_bytes, monkeypatch):
    decide_poll, size = pending.decide_poll, 1_000_000 if most_bytes is None else 400_000
    topics = None if most_bytes is None else FakeTopics(largest={"feeds.state": most_bytes})
    desk = Desk(a_feed(), a_feed(ELSEWHERE), documents={URL: rss(item(1)), ELSEWHERE: rss(item(2))}, topics=topics)

    def decide(feed, *arguments, **options):
        decision = decide_poll(feed, *arguments, **options)
        return decision._replace(state=replace(decision.state, title="x" * size)) if feed.url == URL else decision

    monkeypatch.setattr(pending, "decide_poll", decide)
    async with desk.polling():
        await desk.polls(2)
        await desk.quiet()
    assert titles(desk) == ["Story 2"]
    (failed,) = [plan for plan in desk.plans() if plan.errors]
    assert "does not fit a record" in failed.error and failed.next > failed.last
    # Once more where a broker had to be asked how much it takes.
    assert sum(asked.url == URL for asked in desk.fetcher.asked) == (1 if most_bytes is None else 2)
    assert desk.tasks[-1].status.restarts == (0 if most_bytes is None else 1)


async def test_a_visit_that_fails_while_it_is_decided_publishes_nothing_and_its_articles_come_with_the_next(monkeypatch):
    desk = Desk(a_feed(), documents={URL: rss(item(1))})
    remember = pending.remember

    def forget(*_arguments, **_options):
        raise RuntimeError

    monkeypatch.setattr(pending, "remember", forget)
    async with desk.polling():
        await desk.polls(1)
        assert (desk.published(), desk.states()) == ([], [])
        monkeypatch.setattr(pending, "remember", remember)
        desk.seconds += 20 * INTERVAL
        await desk.polls(2)
    assert titles(desk) == ["Story 1"]


async def test_a_private_feeds_address_and_what_opens_it_stay_out_of_the_log():
    private, keyed = "https://tarn-valley-post.example/members/rss", URL + "?token=tarn-ferry"
    feeds = a_feed(private, private=True), a_feed(keyed)
    desk = Desk(*feeds, documents={private: rss(), keyed: FetchError("timeout", "no answer")})
    with structlog.testing.capture_logs() as lines:
        async with desk.polling():
            await desk.polls(2)
    polled = {line["feed"]: line["outcome"] for line in lines if line["event"] == "feed polled"}
    assert polled == {feeds[0].id: "polled", URL: "failed"}


# --- pages ---


def story(number):
    return f"https://harbour-gazette.example/story/{number}"


async def test_articles_are_published_as_their_pages_come_and_the_validators_advance_with_the_last():
    desk = Desk(a_feed(page="always"), documents={URL: rss(item(1), item(2), item(3))})
    gate = desk.pages.hold(story(2))
    async with desk.polling():
        await desk.until(lambda: len(desk.published()) == 2)
        assert (titles(desk), [state.etag for state in desk.states()], desk.plans()) == (["Story 1", "Story 3"], [None], [])
        gate.set()
        await desk.polls(1)
    assert [(article.page.html, article.flags) for article in desk.published()] == [(f"<p>{story(n)}</p>", []) for n in (1, 3, 2)]
    assert desk.states()[-1].etag is not None


async def test_a_feed_is_not_polled_again_while_its_pages_are_waited_for():
    desk = Desk(a_feed(page="always"), documents={URL: rss(item(1), item(2))})
    gate = desk.pages.hold(story(2))
    async with desk.polling():
        await desk.until(lambda: len(desk.published()) == 1)
        desk.seconds += 10 * INTERVAL
        await desk.quiet()
        assert len(desk.fetcher.asked) == 1
        gate.set()
        await desk.polls(2)
    assert titles(desk) == ["Story 1", "Story 2"]


async def test_a_page_that_is_missing_or_late_leaves_its_article_published_and_flagged_with_the_reason():
    late = SETTINGS.model_copy(update={"poller": SETTINGS.poller.model_copy(update={"page_deadline_seconds": 0.05})})
    desk = Desk(a_feed(page="always"), documents={URL: rss(item(1), item(2))}, settings=late)
    desk.pages.missing[story(1)] = PageMissing("robots", "not allowed")
    desk.pages.hold(story(2))
    async with desk.polling():
        await desk.polls(1)
    assert [(article.page, article.flags) for article in desk.published()] == [
        (None, ["page_missing", f"page_missing_{reason}"]) for reason in ("robots", "deadline")
    ]


async def test_with_auto_only_short_entries_have_their_pages_read():
    desk = Desk(a_feed(page="auto"), documents={URL: rss(item(1, text="Long enough. " * 200), item(2))})
    async with desk.polling():
        await desk.polls(1)
    assert desk.pages.asked == [story(2)]
    assert [article.page is None for article in desk.published()] == [True, False]


async def test_only_new_and_revised_entries_have_their_pages_read():
    desk = Desk(a_feed(page="always"), documents={URL: rss(item(1), item(2))})
    async with desk.polling():
        await desk.polls(1)
        desk.fetcher.answers[URL] = rss(item(1), item(2, text="Corrected."), item(3))
        desk.seconds += INTERVAL
        await desk.polls(2)
    assert desk.pages.asked == [story(1), story(2), story(2), story(3)]
    assert [(article.entry.title, article.revision.number) for article in desk.published()[2:]] == [("Story 2", 1), ("Story 3", 0)]


async def test_what_a_document_brings_counts_for_the_rate_whatever_slices_it_came_in():
    whole, sliced = [await state_after_news(page) for page in ("never", "always")]
    assert (whole.rate, sliced.rate) == (3, 3)


async def state_after_news(page):
    desk = Desk(a_feed(page=page), documents={URL: rss(item(1))})
    async with desk.polling():
        await desk.polls(1)
        desk.fetcher.answers[URL] = rss(*map(item, range(1, 5)))
        desk.seconds += INTERVAL
        gate = desk.pages.hold(story(3))
        await desk.until(lambda: len(desk.published()) >= 3)
        gate.set()
        await desk.polls(2)
    return desk.states()[-1]


@pytest.mark.parametrize("kills", [True, False])
@pytest.mark.parametrize("point", ["send", "before_commit", "after_commit"])
async def test_killed_between_two_slices_each_article_is_published_once(point, kills):
    desk = Desk(a_feed(page="always"), documents={URL: rss(*map(item, range(1, 5)))})
    gates = [desk.pages.hold(story(number)) for number in (2, 3, 4)]
    async with desk.polling():
        await desk.until(lambda: len(desk.published()) == 1)
        desk.log.feed(Fault(point, kills=kills))
        for gate in gates:
            await desk.quiet()
            gate.set()
        await desk.polls(1)
    assert len(desk.fetcher.asked) == 2
    assert Counter(titles(desk)) == {f"Story {number}": 1 for number in range(1, 5)}


# --- what is written ---


async def test_a_state_is_written_when_it_changes_and_a_small_plan_at_every_poll_both_beside_their_feed():
    topics, four = FakeTopics(partitions=4), SETTINGS.model_copy(update={"kafka": KafkaSettings(feeds_partitions=4)})
    desk = Desk(a_feed(), documents={URL: rss(item(1))}, topics=topics, partition=3, settings=four)
    async with desk.polling():
        for count in range(1, 4):
            await desk.polls(count)
            desk.seconds += INTERVAL
        desk.fetcher.answers[URL] = FetchError("status", "no words can say what is wrong here " * 20)
        await desk.polls(4)
    assert (len(desk.states()), len(desk.plans())) == (1, 4)
    assert max(len(record.value) for record in topics.records("feeds.state", 3) if is_plan(record)) <= 200
    assert [topics.records("feeds.state", partition) for partition in (0, 1, 2)] == [[], [], []]


# --- what is remembered of a feed ---


async def test_a_feed_added_again_within_a_week_goes_on_where_it_was_and_after_it_all_is_forgotten(monkeypatch):
    monkeypatch.setattr(subject, "IDLE_SECONDS", 0.003)
    desk = Desk(a_feed(), documents={URL: rss(item(1))})
    async with desk.polling():
        await desk.polls(1)
        desk.remove(a_feed())
        await desk.until(lambda: not desk.tasks[-1]._registry.feeds)
        desk.change(a_feed())
        desk.seconds += INTERVAL
        await desk.polls(2)
        assert titles(desk) == ["Story 1"]
        desk.remove(a_feed())
        await desk.until(lambda: not desk.tasks[-1]._registry.feeds)
        desk.seconds += 8 * 86400
        await desk.until(lambda: desk.log.topics.records("feeds.state")[-1].value is None)
        last = {record.key: record.value for record in desk.log.topics.records("feeds.state")}
        assert set(last.values()) == {None}
        desk.change(a_feed())
        await desk.until(lambda: len(titles(desk)) == 2)
    assert titles(desk) == ["Story 1", "Story 1"]


async def test_a_feed_of_another_partition_is_not_polled():
    two = SETTINGS.model_copy(update={"kafka": KafkaSettings(feeds_partitions=4)})
    desk = Desk(a_feed(), a_feed(ELSEWHERE), documents={URL: rss(item(1)), ELSEWHERE: rss(item(2))}, partition=3, settings=two)
    async with desk.polling():
        await desk.polls(1)
        await desk.quiet()
    assert {asked.url for asked in desk.fetcher.asked} == {URL}


def at(days):
    return f"<pubDate>{(NOW + timedelta(days=days)).strftime('%a, %d %b %Y %H:%M:%S +0000')}</pubDate>"


async def test_a_server_that_says_304_though_it_has_news_is_found_out_after_a_week_and_not_believed_again():
    desk = Desk(a_feed(), documents={URL: rss(item(1))})
    with structlog.testing.capture_logs() as lines:
        async with desk.polling():
            await desk.polls(1)
            desk.fetcher.answers[URL] = NotModified(None, None)
            for count in (2, 3):
                desk.seconds += 3 * 86400
                await desk.polls(count)
            body = rss(item(2, more=at(3)), item(1))
            desk.fetcher.answers[URL] = Fetched(200, URL, body, "application/rss+xml", "same", None, None, len(body))
            for count in (4, 5):
                desk.seconds += 2 * 86400
                await desk.polls(count)
    assert [asked.etag is None for asked in desk.fetcher.asked] == [True, False, False, True, True]
    assert [line["event"] for line in lines].count("304 not believed any more") == 1
    assert titles(desk) == ["Story 1", "Story 2"]


async def test_a_permanent_redirect_is_adopted_after_days_also_where_nothing_changes_and_never_moves_the_feed():
    desk = Desk(a_feed(), documents={URL: NotModified(None, None, None, OTHER), OTHER: rss(item(2))})
    async with desk.polling():
        for count in range(1, 5):
            await desk.polls(count)
            desk.seconds += 86400
        await desk.polls(5)
    assert [asked.url for asked in desk.fetcher.asked] == [URL] * 4 + [OTHER]
    assert desk.states()[-1].url == OTHER
    assert desk.published()[0].feed.url == URL


def front_page(*addresses):
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="{address}">' for address in addresses)
    return f"<html><head>{links}</head><body>The new Harbour Gazette</body></html>".encode()


async def test_a_feed_is_found_anew_by_the_page_at_its_address_and_goes_on_at_once_under_its_own_name():
    desk = Desk(a_feed(), documents={URL: rss(item(1)), OTHER: rss(item(2), item(1)), OTHER + "/comments": rss(item(7))})
    with structlog.testing.capture_logs() as lines:
        async with desk.polling():
            await desk.polls(1)
            desk.fetcher.answers[URL] = front_page(OTHER + "/comments", OTHER)
            for count in (2, 3):
                desk.seconds += 2 * INTERVAL
                await desk.polls(count)
    tag = hashlib.sha256(rss(item(1))).hexdigest()[:8]
    assert [asked.url for asked in desk.fetcher.asked] == [URL, URL, OTHER + "/comments", OTHER, OTHER]
    assert [asked.etag for asked in desk.fetcher.asked][1:4] == [tag, None, None]
    assert desk.fetcher.asked[4].etag == hashlib.sha256(rss(item(2), item(1))).hexdigest()[:8]
    assert [plan.errors for plan in desk.plans()] == [0, 0, 0]
    assert (desk.states()[-1].url, desk.published()[-1].feed.url) == (OTHER, URL)
    assert titles(desk) == ["Story 1", "Story 2"]
    assert [line["event"] for line in lines].count("feed found anew by the page at its address") == 1
    assert "permanent redirect adopted" not in [line["event"] for line in lines]


@pytest.mark.parametrize(
    ("addresses", "error"),
    [
        ([OTHER], "none of 1 it names is this"),
        ([OTHER, OTHER + "/404"], "none of 2 it names is this"),
        ([OTHER + "/a", OTHER + "/b"], "2 feeds it names may be this one"),
        ([ELSEWHERE], "it names no other feed"),
        ([f"{OTHER}/{number}" for number in range(6)], "it names 6 feeds, too many"),
    ],
)
async def test_a_page_in_a_feeds_place_is_searched_once_and_what_was_found_is_the_error(addresses, error):
    desk = Desk(a_feed(), documents={URL: rss(item(1), item(2)), OTHER: rss(item(3)), ELSEWHERE: rss(item(1))})
    desk.fetcher.answers |= {OTHER + "/a": rss(item(1), item(3)), OTHER + "/b": rss(item(2)), OTHER + "/404": FetchError("status", "404")}
    async with desk.polling():
        await desk.polls(1)
        desk.fetcher.answers[URL] = front_page(*addresses)
        for count in (2, 3, 4):
            desk.seconds += 20 * INTERVAL
            await desk.polls(count)
        asked = [one.url for one in desk.fetcher.asked]
        desk.fetcher.answers[URL] = rss(item(4))
        desk.seconds += 90000
        await desk.polls(5)
    assert [plan.error for plan in desk.plans()][1:4] == [f"the body is an HTML page; {error}"] * 3
    visited = addresses if len(addresses) < 6 and addresses != [ELSEWHERE] else []
    assert asked == [URL, URL, *visited, URL, URL]
    assert titles(desk) == ["Story 1", "Story 2", "Story 4"]
    assert desk.states()[-1].url is None


@pytest.mark.parametrize("point", ["send", "before_commit", "after_commit"])
async def test_a_process_that_dies_while_it_writes_what_a_page_led_to_publishes_it_once(point):
    desk = Desk(a_feed(), documents={URL: rss(item(1)), OTHER: rss(item(2), item(1))})
    async with desk.polling():
        await desk.polls(1)
        desk.log.feed(Fault(point, kills=True))
        desk.fetcher.answers[URL] = front_page(OTHER)
        desk.seconds += 2 * INTERVAL
        await desk.polls(2)
    assert titles(desk) == ["Story 1", "Story 2"]
    assert desk.states()[-1].url == OTHER


async def test_a_feed_found_anew_has_the_pages_of_its_new_entries_read():
    desk = Desk(a_feed(page="always"), documents={URL: rss(item(1)), OTHER: rss(item(2), item(1))})
    async with desk.polling():
        await desk.polls(1)
        desk.fetcher.answers[URL] = front_page(OTHER)
        desk.seconds += 2 * INTERVAL
        await desk.polls(2)
    assert [article.page is not None for article in desk.published()] == [True, True]
    assert desk.states()[-1].url == OTHER


@pytest.mark.parametrize("dead", [FetchError("status", "404 Not Found", status=404), Gone(), b"<html>Parked</html>"])
async def test_an_adopted_address_that_stays_dead_is_given_up_and_the_feeds_own_serves_again(dead):
    desk = Desk(a_feed(), documents={URL: NotModified(None, None, None, OTHER), OTHER: rss(item(1))})
    with structlog.testing.capture_logs() as lines:
        async with desk.polling():
            for count in range(1, 10):
                await desk.polls(count)
                desk.fetcher.answers |= {OTHER: dead, URL: rss(item(2), item(1))} if count == 5 else {}
                desk.seconds += 86400
    asked = [one.url for one in desk.fetcher.asked][:9]
    assert asked == [URL] * 4 + [OTHER] * 4 + [URL]
    assert desk.fetcher.asked[8].etag is None
    assert desk.plans()[7].errors == 3
    assert desk.plans()[8].errors == 0
    assert desk.states()[-1].url is None
    assert titles(desk) == ["Story 1", "Story 2"]
    assert [line["event"] for line in lines].count("adopted address given up") == 1


@pytest.mark.parametrize("answer", [NotModified(None, None), rss(item(2), item(1))])
async def test_an_adopted_address_that_serves_now_and_then_is_kept(answer):
    gone = FetchError("status", "404 Not Found", status=404)
    desk = Desk(a_feed(), documents={URL: NotModified(None, None, None, OTHER), OTHER: rss(item(1))})
    async with desk.polling():
        for count, then in enumerate([None] * 4 + [gone, gone, answer, gone, gone, answer], start=1):
            await desk.polls(count)
            desk.fetcher.answers |= {} if then is None else {OTHER: then}
            desk.seconds += 86400
        await desk.polls(11)
    assert [one.url for one in desk.fetcher.asked][4:11] == [OTHER] * 7
    assert (desk.states()[-1].url, desk.states()[-1].doubt) == (OTHER, None)


async def test_entries_that_may_have_been_missed_are_told_once_and_bring_the_feed_forward():
    desk = Desk(a_feed(), documents={URL: rss(*map(item, range(10)))})
    with structlog.testing.capture_logs() as lines:
        async with desk.polling():
            for count in range(1, 5):
                await desk.polls(count)
                desk.fetcher.answers[URL] = rss(*map(item, range(100 * count, 100 * count + 10)))
                desk.seconds += 2 * INTERVAL
    assert [plan.missed for plan in desk.plans()] == [False, True, True, True]
    assert {plan.rule for plan in desk.plans()[1:]} == {"overlap"}
    assert [line["event"] for line in lines].count("entries may have been missed") == 1


async def test_what_a_document_asks_for_holds_after_a_304_too():
    desk = Desk(a_feed(), documents={URL: rss(item(1), head="<ttl>120</ttl>")})
    async with desk.polling():
        for count in range(1, 4):
            await desk.polls(count)
            desk.seconds += 3 * 3600
    assert [plan.rule for plan in desk.plans()] == ["ttl"] * 3
    assert min(plan.next - plan.last for plan in desk.plans()) >= 7200
    assert len(desk.states()) == 1


async def test_a_task_starts_no_more_polls_than_its_share_of_the_budget():
    slow = SETTINGS.model_copy(update={"poller": SETTINGS.poller.model_copy(update={"requests_per_second": 50.0})})
    urls = [f"https://publisher-{number}.example/rss" for number in range(40)]
    desk = Desk(*map(a_feed, urls), documents=dict.fromkeys(urls, rss()), settings=slow)
    async with desk.polling():
        await desk.until(lambda: desk.tasks and desk.tasks[-1].status.phase == "running")
        desk.seconds += INTERVAL
        await asyncio.sleep(0.3)
        asked = len(desk.fetcher.asked)
    assert 5 <= asked <= 50 * (0.3 + 0.05 + 0.1) + 1


async def test_a_feed_removed_or_paused_while_its_task_starts_again_takes_no_share_of_the_budget_any_more():
    feeds = [a_feed(url, every=INTERVAL) for url in (URL, OTHER, ELSEWHERE)]
    desk = Desk(*feeds, documents=dict.fromkeys((URL, OTHER, ELSEWHERE), rss()))

    def spent():
        return desk.tasks[-1]._budget.solve(1.0, least_seconds=1, most_seconds=INTERVAL).requests_per_second

    async with desk.polling():
        await desk.polls(3)
        assert spent() == pytest.approx(3 / INTERVAL)
        desk.log.feed(Fault("read"))
        desk.remove(feeds[0])
        desk.change(replace(feeds[1], paused=True))
        await desk.until(lambda: desk.tasks[-1].status.restarts == 1 and desk.tasks[-1].status.phase == "running")
        assert spent() == pytest.approx(1 / INTERVAL)
        assert len(desk.tasks[-1]._queue) == 1


# --- records ---


async def test_an_article_that_the_broker_refuses_as_too_large_ends_in_dead_letters_and_the_others_are_published():
    topics = FakeTopics(largest={"articles.raw": 120_000})
    desk = Desk(a_feed(), documents={URL: rss(item(1), item(2, text="x" * 150_000), item(3))}, topics=topics)
    async with desk.polling():
        await desk.polls(1)
        desk.seconds += INTERVAL
        await desk.polls(2)
    assert titles(desk) == ["Story 1", "Story 3"]
    (letter,) = topics.records("dead-letters")
    reason = {name.removeprefix("__connect.errors."): value for name, value in letter.headers}
    assert len(letter.value) == 64 << 10
    assert letter.value.startswith(b'{"id":"' + letter.key)
    assert (reason["class.name"], reason["topic"], int(reason["value.bytes"]) > 150_000) == (b"TooLarge", b"articles.raw", True)
    assert len(reason["value.sha256"]) == 64
    assert desk.tasks[-1].status.restarts == 1


async def test_the_position_in_feeds_is_committed_though_nothing_is_polled_and_only_once(monkeypatch):
    monkeypatch.setattr(subject, "IDLE_SECONDS", 0.003)
    desk = Desk(a_feed(paused=True), documents={})
    async with desk.polling():
        await desk.until(lambda: desk.log.commits)
        await desk.quiet()
        assert desk.log.commits == [Committed(1)]
        desk.change(a_feed(paused=True, title="Gazette"))
        await desk.until(lambda: desk.log.committed == Committed(2))
    assert desk.tasks[-1].status.commits == len(desk.log.commits) == 2
