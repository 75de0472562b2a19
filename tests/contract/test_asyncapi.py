"""asyncapi.yaml says what stands on the topics."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args

import pytest
from bundle import BUNDLE, bundled
from contract_files import DIALECTS, GENERATE, SCHEMAS, asyncapi, example, examples, faults, kind_of, rules_of

from dateline.enricher.record import enriched_output
from dateline.envelope import NEWS_EXTENSIONS, derived_id, envelope, news_envelope
from dateline.events import TYPES, Withdrawal, decode
from dateline.log.topics import wanted_topics
from dateline.poller.feeds import feed_record
from dateline.poller.pending import article_output
from dateline.settings import KafkaSettings
from dateline.sink.canceler import withdrawal_output
from dateline.sink.guard import canceled_output
from dateline.sink.service import news_output
from dateline.sink.stories import Stories

if TYPE_CHECKING:
    from dateline.events import EnrichedArticle
    from dateline.log.port import Output

FEED, RAW, ENRICHED, NEWS = TYPES
DEFAULTS = KafkaSettings()
MOMENT = datetime(2026, 3, 3, 7, 20, tzinfo=UTC)
TRACEPARENT = ("traceparent", b"00-7d1c0b6e3f5a48e29b40a1c2d3e4f506-5b8e21f09ac4d713-01")


def value_of(kind: str, name: str | None = None) -> Any:
    return decode(json.dumps(example(name or kind)).encode(), TYPES[kind])


def test_what_a_process_serves_is_what_stands_here() -> None:
    assert BUNDLE.read_text(encoding="utf-8") == bundled(), GENERATE


# ── topics ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_channels_are_the_wanted_topics_with_their_settings() -> None:
    described = {name: (channel["address"], *topic_of(channel)) for name, channel in asyncapi()["channels"].items()}
    wanted = {
        topic.name: (f"{DEFAULTS.topic_prefix}.{topic.name}", topic.partitions, dict(topic.config)) for topic in wanted_topics(DEFAULTS)
    }
    assert described == wanted


def topic_of(channel: dict[str, Any]) -> tuple[int, dict[str, str]]:
    """Partitions and settings as Kafka takes them."""
    kafka = channel["bindings"]["kafka"]
    assert kafka["topic"] == channel["address"]
    settings = kafka["topicConfiguration"].items()
    return kafka["partitions"], {key: ",".join(value) if isinstance(value, list) else str(value) for key, value in settings}


def test_every_channel_has_one_reader_and_only_the_news_are_public() -> None:
    operations = list(asyncapi()["operations"].values())
    assert {operation["action"] for operation in operations} == {"receive"}
    assert sorted(operation["channel"]["address"] for operation in operations) == sorted(
        channel["address"] for channel in asyncapi()["channels"].values()
    )
    assert {channel["address"]: tag for channel in asyncapi()["channels"].values() for tag in tags(channel)} == {
        operation["channel"]["address"]: tag for operation in operations for tag in tags(operation)
    }
    assert [name for name, channel in asyncapi()["channels"].items() if tags(channel) == ["public"]] == ["news"]


def tags(described: dict[str, Any]) -> list[str]:
    return [tag["name"] for tag in described["tags"]]


def test_the_servers_are_reached_as_the_settings_say() -> None:
    servers = asyncapi()["servers"].values()
    assert {server["variables"]["bootstrap"]["default"] for server in servers} == {DEFAULTS.bootstrap}
    mechanisms = get_args(KafkaSettings.model_fields["sasl_mechanism"].annotation)
    schemes = {scheme["type"].lower() for scheme in asyncapi()["components"]["securitySchemes"].values()}
    assert {mechanism.replace("-", "").lower() for mechanism in mechanisms} <= schemes


# ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_messages_are_the_types() -> None:
    messages = asyncapi()["components"]["messages"].values()
    assert {message["name"]: message["payload"] for message in messages} == {kind: rules_of(kind) for kind in TYPES}
    assert {message["name"]: message["title"] for message in messages} == {kind: message.__name__ for kind, message in TYPES.items()}


def test_every_example_is_shown_with_its_message() -> None:
    messages = asyncapi()["components"]["messages"].values()
    shown = [case["payload"] for message in messages for case in message["examples"]]
    assert sorted(map(repr, shown)) == sorted(repr(example(name)) for name in examples())
    for message in messages:
        for case in message["examples"]:
            assert faults(case["payload"], message["payload"]) == []
            if "headers" in case:
                assert faults(case["headers"], message["headers"]) == []


@pytest.mark.parametrize("what", ["feeds", "articles.raw", "articles.enriched", "news", "news, canceled", "news, passed as canceled"])
def test_what_a_service_writes_is_what_the_channel_promises(what: str) -> None:
    output = written(what)
    (message,) = asyncapi()["channels"][output.topic]["messages"].values()
    headers = {name: value.decode() for name, value in output.headers}
    assert output.topic == what.partition(",")[0]
    assert headers["ce_type"] == message["name"]
    assert faults(json.loads(output.value or b"null"), message["payload"]) == []
    assert faults(headers, message["headers"]) == []
    assert faults((output.key or b"").decode(), message["bindings"]["kafka"]["key"]) == []


def written(what: str) -> Output:
    """A record as the service that owns the topic writes it."""
    enriched: EnrichedArticle = value_of(ENRICHED)
    match what:
        case "feeds":
            return feed_record(value_of(FEED), DEFAULTS.feeds_partitions)
        case "articles.raw":
            return article_output(value_of(RAW))
        case "articles.enriched":
            return enriched_output(enriched, [TRACEPARENT], DEFAULTS.articles_partitions)
        case "news, canceled":
            order = Withdrawal(subject=enriched.id, kind="article", reason="a test", at=enriched.fetched_at)
            return withdrawal_output(order, value_of(NEWS))
        case "news, passed as canceled":
            return canceled_output(written("news"))
        case _:
            story = Stories(window_hours=72).decide(enriched, "en", 0)
            assert story is not None
            return news_output(enriched, story, [TRACEPARENT])


# ── headers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", TYPES)
def test_the_headers_are_the_ones_every_record_gets(kind: str) -> None:
    rules = asyncapi()["components"]["schemas"]["CloudEventsHeaders"]
    raw = value_of(RAW)
    plain, traced = (
        {
            name: value.decode()
            for name, value in envelope(kind, derived_id(kind), source="x", subject=raw.id, time=raw.fetched_at, received=received)
        }
        for received in ((), [TRACEPARENT, ("another", b"is not passed on")])
    )
    assert list(plain) == rules["required"]
    assert list(traced) == list(rules["properties"])
    assert faults(plain, rules) == faults(traced, rules) == []
    assert (SCHEMAS / f"{plain['ce_dataschema'].rpartition(':')[2]}.schema.json").is_file()


@pytest.mark.parametrize("name", [name for name in examples() if kind_of(name) == NEWS])
def test_a_news_event_can_be_chosen_by_its_headers_which_say_what_its_value_says(name: str) -> None:
    event = example(name)
    (message,) = asyncapi()["channels"]["news"]["messages"].values()
    headers = {key: value.decode() for key, value in news_envelope(value_of(NEWS, name), time=MOMENT)}
    assert faults(headers, message["headers"]) == []
    said = {
        "ce_language": event["language"],
        "ce_storyrole": event["story"]["role"],
        "ce_originid": (event["origin"] or {}).get("id"),
        "ce_publisherdomain": (event["publisher"] or {}).get("domain"),
    }
    assert {key: headers.get(key) for key in NEWS_EXTENSIONS} == said


def test_the_headers_to_choose_by_are_described() -> None:
    described = asyncapi()["components"]["schemas"]["NewsHeaders"]["properties"]
    assert [name for name in described if name != "ce_type"] == list(NEWS_EXTENSIONS)


def test_the_types_named_in_the_headers_are_all_there_are() -> None:
    assert asyncapi()["components"]["schemas"]["CloudEventsHeaders"]["properties"]["ce_type"]["enum"] == list(TYPES)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.__name__)
@pytest.mark.parametrize(
    "change", [{"ce_type": "io.dateline.news.v9"}, {"ce_specversion": "0.3"}, {"ce_time": "yesterday"}, {"ce_source": "two words"}], ids=str
)
def test_a_broken_header_is_refused(change: dict[str, str], dialect: Any) -> None:
    rules = asyncapi()["components"]["schemas"]["CloudEventsHeaders"]
    assert faults(example("news.headers") | change, rules, dialect)


# ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "words", ["isolation.level=read_committed", "highest `revision`", "later record", "`canceled` is final", "do not know", "ce_storyrole"]
)
def test_the_introduction_tells_subscribers_what_they_must_know(words: str) -> None:
    assert words in " ".join(asyncapi()["info"]["description"].split())
