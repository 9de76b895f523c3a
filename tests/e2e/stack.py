"""What end-to-end tests have: one running system, the official client, and the outbox. Driven from outside only.

`system` (in `conftest.py`) starts it once for all tests, on free ports with its data in a temporary folder. Tests that
break processes put things right again before they end.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg
import requests
from notifications_python_client.notifications import NotificationsAPIClient

from clients.notifyctl.demo import FINAL, Demo
from clients.notifyctl.stack import Stack

T = TypeVar("T")

PATIENCE_S = 15.0
_ASK_EVERY_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A running system with the demo service in it."""

    stack: Stack
    demo: Demo

    @contextmanager
    def client(self, api_key: str | None = None) -> Iterator[NotificationsAPIClient]:
        """The official client, with the demo service's live key unless told otherwise."""
        with official_client(self.stack.rest_url, api_key or self.demo.api_key) as client:
            yield client

    def outbox(self, **query: str | int) -> list[dict[str, Any]]:
        """What reached the providers, newest first. Query: `reference`, `recipient`, `channel`, `limit`."""
        url = f"{self.stack.simulators_url}/messages"
        messages: list[dict[str, Any]] = requests.get(url, params=query, timeout=10).json()["messages"]
        return messages


@contextmanager
def official_client(rest_url: str, api_key: str) -> Iterator[NotificationsAPIClient]:
    """The official client, closed at the end."""
    client = NotificationsAPIClient(api_key, base_url=rest_url)
    try:
        yield client
    finally:
        client.request_session.close()


def final_status(client: NotificationsAPIClient, notification_id: str) -> str:
    """The status of a notification once it is final; the last one seen when patience ends."""

    def probe() -> str | None:
        status = str(client.get_notification_by_id(notification_id)["status"])
        return status if status in FINAL else None

    return wait_for(probe) or str(client.get_notification_by_id(notification_id)["status"])


def hurry(stack: Stack) -> None:
    """What is to be tried again later is due now: nobody waits minutes for a test. What is leased stays so (a letter at
    the printer for five minutes, while one that was put off waits for one at most).
    """
    with psycopg.connect(stack.database_url) as connection:
        connection.execute(
            "update notifications.deliveries set run_at = now() where lease_owner is null and run_at > now()"
        )
        connection.execute(
            "update letters.letters set print_next_at = now() "
            "where print_next_at > now() and print_next_at < now() + interval '61 s'"
        )


def wait_for(probe: Callable[[], T], timeout_s: float = PATIENCE_S) -> T:
    """Ask until the answer is truthy or the time is over; gives the last answer."""
    deadline = time.monotonic() + timeout_s
    while not (answer := probe()) and time.monotonic() < deadline:
        time.sleep(_ASK_EVERY_S)
    return answer
