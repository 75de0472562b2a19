"""The demo as a person starts it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import pytest
from harness import new_cluster

EVENT = re.compile(r"\d\d:\d\d:\d\d ")


def start(bootstrap, *options):
    cluster = new_cluster(bootstrap)
    settings = {"KAFKA_BOOTSTRAP": bootstrap, "DATELINE_KAFKA__TOPIC_PREFIX": cluster.settings.topic_prefix}
    command = [sys.executable, "-m", "dateline", "demo", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | settings)


@pytest.mark.timeout(90)
def test_the_demo_ends_by_itself_with_six_languages_and_the_story_card(kafka_bootstrap):
    process = start(kafka_bootstrap, "--seconds", "20")
    out, err = process.communicate(timeout=80)
    assert process.returncode == 0, err
    assert len(re.search(r"languages: (.*)", out).group(1).split(", ")) >= 6
    (card,) = [line for line in out.splitlines() if "copies," in line]
    assert card.strip().startswith("9 copies, 6 publishers, 3 without credit; Meridian Press, proved by «")
    quotes = ("«Source: Meridian Press»", "«(Meridian Press)»", "«This report was published by Meridian Press»")
    assert all(quote in card for quote in quotes)
    assert re.search(r"\d\d:\d\d:\d\d de +Brunnwaldener Bote ← Rheinfalk Nachrichtendienst", out)
    assert "\x1b" not in out


@pytest.mark.timeout(60)
def test_ctrl_c_ends_the_demo_with_its_summary(kafka_bootstrap):
    process = start(kafka_bootstrap)
    assert any(EVENT.match(line) for line in process.stdout), "no event was shown"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert re.search(r"\d+ news events?: \d+ articles? in ", out)
    assert "Traceback" not in err
