"""The demo's page stands at the usual port, at another where that is in use, and where one is asked for."""

from __future__ import annotations

import socket

from dateline.cli.demo import _ops
from dateline.settings import OpsSettings


def test_the_usual_port_is_taken_unless_it_is_in_use():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        usual = OpsSettings.model_construct(host="127.0.0.1", port=taken.getsockname()[1], peers=(), _fields_set=set())
        assert _ops(usual, None) == {"port": 0}
    assert _ops(usual, None) == {}


def test_a_port_that_is_asked_for_is_taken_whether_it_is_free_or_not():
    assert _ops(OpsSettings(), 4711) == {"port": 4711}
    assert _ops(OpsSettings(port=4712), None) == {}, "as the settings say"
