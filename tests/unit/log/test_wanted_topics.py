"""Which changes of a partition count are refused."""

from __future__ import annotations

from dateline.log.topics import compare, wanted_topics
from dateline.settings import KafkaSettings


def test_no_topic_whose_records_must_stay_together_is_grown_and_news_is_one() -> None:
    actual = {topic.name: topic.partitions for topic in wanted_topics(KafkaSettings())}
    larger = wanted_topics(KafkaSettings(feeds_partitions=12, articles_partitions=12))
    refused = {state.wanted.name for state in compare(larger, actual) if state.refusal}
    assert refused == {"feeds", "feeds.state", "articles.enriched", "stories", "news"}
