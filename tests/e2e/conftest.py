"""The one system that all end-to-end tests share."""

import os
from collections.abc import Iterator

import pytest

from clients.notifyctl.demo import make_demo
from clients.notifyctl.stack import Stack
from tests.e2e.collector import Collector, running_collector
from tests.e2e.stack import System

os.environ.setdefault("NOTIFYCTL_REASON", "end-to-end tests")  # for every change that a test makes

LAST = "test_logs.py"
TIMEOUT_S = 180
"""Starting a system counts as part of the first test that asks for it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The test that reads all logs comes last, so that everything the others did is in them."""
    items.sort(key=lambda item: item.path.name == LAST)
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
    """A running system, started when first asked for. All that it does is traced, so that no test misses what a span
    would do or tell.
    """
    home = tmp_path_factory.mktemp("system") / "home"
    traced = {"NOTIFY_TRACE_ENDPOINT": collector.traces_url, "NOTIFY_TRACE_RATIO": "1"}
    with Stack(home, environ=traced) as stack:
        yield System(stack=stack, demo=make_demo(home))
