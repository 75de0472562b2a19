"""Feeds as operators name them: by id, by address, or by the address as it is shown."""

from __future__ import annotations

import pytest
from invented import URL, a_feed

from dateline.errors import BadInput
from dateline.poller.feeds import named

ONE, OTHER = (a_feed(f"{URL}?token=${{{name}}}") for name in ("ONE", "OTHER"))
KNOWN = {feed.id: feed for feed in (ONE, OTHER, a_feed("https://tarn-valley-post.example/rss?key=${KEY}"))}


def test_a_feed_is_named_by_id_by_any_spelling_of_its_address_and_by_what_is_shown_of_it() -> None:
    third = list(KNOWN)[2]
    for name in (third, third.upper(), "http://www.tarn-valley-post.example/rss?key=${KEY}", "https://tarn-valley-post.example/rss"):
        found, unknown = named([name], KNOWN)
        assert ([feed.id for feed in found], unknown) == ([third], [])
    assert named([ONE.url, "https://none.example/"], KNOWN) == ([ONE], ["https://none.example/"])


def test_a_name_that_is_shown_of_several_feeds_is_refused_with_the_ids_to_choose_from() -> None:
    with pytest.raises(BadInput) as caught:
        named([URL], KNOWN)
    assert ONE.id in str(caught.value)
    assert OTHER.id in str(caught.value)
    plain = a_feed()
    assert named([URL], KNOWN | {plain.id: plain}) == ([plain], [])
