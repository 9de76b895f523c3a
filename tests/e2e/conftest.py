"""The one system that the end-to-end tests of a worker share, and what must hold for it when they are done."""

import os
from collections.abc import Iterator

import pytest

from clients.notifyctl.demo import make_demo
from clients.notifyctl.stack import Stack
from tests.e2e.collector import Collector, running_collector
from tests.e2e.leaks import PERSONAL, find_leaks
from tests.e2e.stack import System
from tests.homes import prepared

os.environ.setdefault("NOTIFYCTL_REASON", "end-to-end tests")  # for every change that a test makes

TIMEOUT_S = 180
"""Starting a system counts as part of the first test that asks for it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each test has a patience. Files with tests that kill and pause come first: they take longest."""
    killing = {item.path for item in items if item.get_closest_marker("kill")}
    items.sort(key=lambda item: item.path not in killing)
    for item in items:
        if item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(TIMEOUT_S))


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    """Where the system's traces go."""
    with running_collector() as collector:
        yield collector


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory, collector: Collector) -> Iterator[System]:
    """A running system, started when first asked for; all that it does is traced. Whatever the tests made it do, its
    logs, metrics and spans hold nothing personal at the end.
    """
    home = tmp_path_factory.mktemp("system") / "home"
    traced = {"NOTIFY_TRACE_ENDPOINT": collector.traces_url, "NOTIFY_TRACE_RATIO": "1"}
    with Stack(prepared(home), environ=traced) as stack:
        system = System(stack=stack, demo=make_demo(home))
        yield system
        logs, spans = stack.logs(), collector.text()
        assert [text for text in sent_to_providers(system) if text in logs or text in spans] == []
        assert [found.group() for pattern in PERSONAL for found in pattern.finditer(spans)] == []
        assert find_leaks(stack) == []


def sent_to_providers(system: System) -> list[str]:
    """Recipients and lines of content of the last messages that went out, those long enough to be nobody else's: a
    letter may go to "A".
    """
    messages = system.outbox(limit=1000)
    recipients = {message["recipient"] for message in messages if len(message["recipient"]) > 5}
    lines = {line for message in messages for line in str(message["body"]).splitlines() if len(line) > 12}
    return sorted(recipients | lines)
