"""What a person sees of a running process in a browser, and what nobody can make that browser do."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager

import pytest
from browser import NoBrowserError, chromium
from made_process import EVENT, HOSTILE_HEADLINE, TASK, MadeProcess

from dateline.ops.server import ops_server
from dateline.settings import KafkaSettings, OpsSettings

pytestmark = [pytest.mark.foreign, pytest.mark.timeout(60)]
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
SOON = 10_000  # milliseconds


@asynccontextmanager
async def shown(process, *, viewport=WIDE, scheme="light", peers=(), port=0):
    """The page of a process in a browser: the page, everything it asked for, and everything the browser complained of."""
    try:
        async with (
            ops_server(OpsSettings(host="127.0.0.1", port=port, peers=tuple(peers)), KafkaSettings(), process) as at_port,
            chromium() as browser,
        ):
            page = await browser.new_page(viewport=viewport, color_scheme=scheme)
            page.asked, page.complaints, page.address = [], [], f"http://127.0.0.1:{at_port}/"
            page.on("request", lambda request: page.asked.append(request.url))
            page.on("console", lambda message: page.complaints.append(message.text))
            page.on("pageerror", lambda error: page.complaints.append(str(error)))
            await page.goto(page.address)
            for selector in ("#process:not(:empty)", "#numbers strong", "#charts figure"):
                await page.wait_for_selector(selector)
            yield page
    except NoBrowserError as error:
        pytest.fail(str(error), pytrace=False)


async def text(page, selector):
    return await page.inner_text(selector)


async def test_one_look_tells_how_it_stands_with_numbers_charts_services_feeds_and_events():
    async with shown(MadeProcess()) as page:
        await page.wait_for_selector("#events li")
        await page.wait_for_selector("#feeds li")
        assert await text(page, "#verdict") == "Well · Keeping up: nothing waits, and an article is in news 2.1 s after its poll"
        assert "2.5" in await text(page, "#numbers") and "11 polls a second, 1 failing, 1 quiet" in await text(page, "#numbers")
        assert await page.locator("#charts figure").count() == 2, "what is not counted has no chart"
        for service in ("poller", "enricher", "sink"):
            assert service in await text(page, "#services")
        feeds = await text(page, "#feeds")
        assert "the body is an HTML page, 4 times in a row" in feeds and "nothing new for 3 d" in feeds and "next in 9 min" in feeds
        event = await page.inner_text("#events li:nth-child(2)")
        assert EVENT["headline"] in event and "en" in event and "Quillbrook Gazette ← Meridian Press" in event
        assert "republication" in event and "copy 3 of a story" in event
        assert page.complaints == []


async def test_a_hostile_headline_is_text_and_nothing_is_asked_of_anybody_else():
    async with shown(MadeProcess()) as page:
        await page.wait_for_selector("#events li")
        await page.click("#events li:first-child summary")
        assert await page.inner_text("#events li:first-child h3") == HOSTILE_HEADLINE
        assert await page.locator("main img, main iframe, main script, main style").count() == 0
        assert await page.locator("#events li:first-child a").count() == 0, "an address that is no web address is no link"
        await page.wait_for_timeout(2500)
        assert await page.title() == "dateline"
        assert {address for address in page.asked if not address.startswith(page.address)} <= {"data:,"}
        assert page.complaints == []


async def test_what_is_smuggled_into_the_page_does_not_run():
    async with shown(MadeProcess()) as page:
        smuggle = """() => {
            const script = document.createElement("script"); script.textContent = "document.title = 'taken'"; document.body.append(script);
            document.body.insertAdjacentHTML("beforeend", "<img src='http://evil.example/pixel' onerror=\\"document.title = 'taken'\\">");
            return fetch("http://127.0.0.1:9/").then(() => "answered", () => "refused");
        }"""
        assert await page.evaluate(smuggle) == "refused"
        assert await page.title() == "dateline"
        refused = [complaint for complaint in page.complaints if "Content Security Policy" in complaint]
        assert len(refused) >= 3, page.complaints


async def test_an_event_opens_with_the_words_that_prove_it_and_stays_open_while_others_come():
    process = MadeProcess()
    process.latest = [EVENT]
    async with shown(process) as page:
        await page.click("#events summary")
        detail = await text(page, "#events details")
        assert "«This report was published by Meridian Press»" in detail and "confidence 0.95" in detail
        assert "93 % alike" in detail and f"dateline trace {EVENT['id']}" in detail
        assert await page.get_attribute("#events a", "href") == EVENT["url"]
        process.latest = [EVENT | {"id": "00000000-8124-5844-94fc-d62d03b2ca06", "headline": "Another report"}, EVENT]
        await page.wait_for_selector("text=Another report", timeout=SOON)
        assert await page.locator("#events details[open]").count() == 1
        assert await page.locator("#events li:nth-child(2) details[open]").count() == 1


async def test_a_copy_that_says_nothing_claims_nothing_and_a_withdrawn_one_shows_no_text():
    silent = EVENT | {"origin": None, "evidence": [], "attribution_status": "unattributed", "relation": "unknown"}
    withdrawn = silent | {"id": "11111111-8124-5844-94fc-d62d03b2ca06", "status": "canceled", "headline": None}
    process = MadeProcess()
    process.latest = [silent, withdrawn]
    async with shown(process) as page:
        await page.click("#events li:first-child summary")
        first = await text(page, "#events li:first-child")
        assert "←" not in first and "No words in this copy say whose report it is." in first
        assert "(withdrawn)" in await text(page, "#events li:nth-child(2)")


async def test_what_hurts_is_named_first_with_what_to_do():
    process = MadeProcess()
    process.reason = "broker: no broker has answered for 20 s"
    process.tasks["sink"][0] |= {"backoff": "TransientError: no broker", "lag_records": 900, "lag_seconds": 75.0}
    async with shown(process) as page:
        verdict = await text(page, "#verdict")
        assert verdict.startswith("Not well · Broker: no broker has answered for 20 s")
        assert "is Kafka up" in verdict and "sink 0: TransientError: no broker" in verdict
        assert await page.title() == "Not well · dateline"
        process.reason = None
        process.tasks["sink"][0] |= {"backoff": None, "lag_records": 0, "lag_seconds": 0.0}
        await page.wait_for_selector("#verdict.well", timeout=SOON)
        assert await page.title() == "dateline"


async def test_what_hurts_in_many_places_leaves_the_numbers_in_sight():
    process = MadeProcess()
    for name in ("poller", "enricher", "sink"):
        process.tasks[name] = [TASK | {"partition": number, "backoff": f"the broker of {number} is away"} for number in range(48)]
    async with shown(process, viewport=NARROW) as page:
        assert await page.locator("#verdict li:visible").count() == 5
        assert "and 139 more" in await text(page, "#verdict")
        assert (await page.locator("#numbers").bounding_box())["y"] < 2 * NARROW["height"]


async def test_a_verdict_that_is_not_made_any_more_does_not_stand_though_the_rest_answers():
    process = MadeProcess()
    async with shown(process) as page:
        await page.wait_for_selector("#verdict.well")
        await page.route("**/processes", lambda route: route.fulfill(status=500))
        await page.wait_for_selector("#verdict.unwell", timeout=20_000)
        assert "has not answered for" in await text(page, "#verdict")


async def test_a_process_that_answers_no_more_is_said_to_be_silent():
    async with chromium() as browser:
        page = await browser.new_page()
        async with ops_server(OpsSettings(host="127.0.0.1", port=0), KafkaSettings(), MadeProcess()) as port:
            await page.goto(f"http://127.0.0.1:{port}/")
            await page.wait_for_selector("#verdict.well")
            began = time.monotonic()
        assert time.monotonic() - began < 3, "an open page holds no server up"
        await page.wait_for_selector("text=has not answered", timeout=20_000)
        assert await page.locator("#verdict.unwell").count() == 1


async def test_peers_are_shown_on_one_page_and_one_that_is_gone_is_named():
    async with ops_server(OpsSettings(host="127.0.0.1", port=0), KafkaSettings(), MadeProcess("sink")) as port:
        peers = (f"http://127.0.0.1:{port}", "http://127.0.0.1:1")
        async with shown(MadeProcess("poller"), peers=peers) as page:
            services = await text(page, "#services")
            assert f"127.0.0.1:{port}" in services and "sink" in services and "poller" in services
            verdict = await text(page, "#verdict")
            assert "1 without an answer" in verdict and "127.0.0.1:1: no answer" in verdict
            assert await page.locator("#verdict.unwell").count() == 1
            assert not await page.is_visible("#events"), "its events are on the sink's own page"


@pytest.mark.parametrize("viewport", [NARROW, WIDE], ids=["narrow", "wide"])
async def test_nothing_is_cut_off_on_a_phone_or_on_a_desk(viewport):
    async with shown(MadeProcess(), viewport=viewport) as page:
        await page.wait_for_selector("#events li")
        await page.click("#services summary")
        assert await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        boxes = [await page.locator(name).bounding_box() for name in ("#events", "#services")]
        beside = boxes[0]["x"] != boxes[1]["x"]
        assert beside == (viewport is WIDE)
        assert all(box["x"] >= 0 and box["x"] + box["width"] <= viewport["width"] for box in boxes)


async def test_light_and_dark_follow_the_reader_and_both_can_be_read():
    for scheme in ("light", "dark"):
        async with shown(MadeProcess(), scheme=scheme) as page:
            for selector in ("#verdict p", "#verdict .word", "#numbers .faint", "#events h3", "#events .origin", "#feeds a"):
                await page.wait_for_selector(selector)
                assert await page.evaluate(CONTRAST, selector) >= 4.5, (scheme, selector)
            ground = await page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
            assert (sum(ground) > 600) == (scheme == "light")


async def test_a_chart_is_read_with_the_keyboard_too():
    async with shown(MadeProcess()) as page:
        chart = page.locator("#charts svg").first
        now = await chart.get_attribute("aria-label")
        assert now.startswith("Per second: articles found ")
        await chart.focus()
        for _ in range(3):
            await page.keyboard.press("ArrowLeft")
        earlier = await chart.get_attribute("aria-label")
        assert earlier != now and " at " in earlier


# The ratio of WCAG 2.1 between an element's text and the nearest ground that is painted behind it.
CONTRAST = """(selector) => {
    const light = (colour) => {
        const [red, green, blue] = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
            .map((part) => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    let element = document.querySelector(selector), ground = element;
    while (getComputedStyle(ground).backgroundColor === "rgba(0, 0, 0, 0)") ground = ground.parentElement;
    const [one, other] = [getComputedStyle(element).color, getComputedStyle(ground).backgroundColor].map(light);
    return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}"""
