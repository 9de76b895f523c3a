"""A fresh system for a benchmark, with one live service that no limit slows, and what its database and
simulators tell.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from clients.notifyctl.connection import Clients, with_clients
from clients.notifyctl.stack.stack import Stack
from notify.notifications.v1 import accounts_pb2, templates_pb2, types_pb2
from simulators.client import SimulatorsClient
from tests.bench.load import Load
from tests.bench.machine import usage
from tests.homes import prepared

TEXT = "Hello ((name)), your code is ((code)). It works for ten minutes. Tell it to nobody, not even to us."
EMAIL = """Dear ((name)),

# Your appointment

Your code is ((code)). Please bring:

* your passport
* a recent bill

Read more at https://www.example.com/appointments."""
"""An average text (one fragment) and an average email."""

PROCESSES = (
    "api_gateway", "notifications", "sms", "email", "letters", "billing", "documents", "postgres", "valkey",
)  # fmt: skip
"""What counts as the system; simulators and load generator stand for the world outside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchService:
    """The service that sends."""

    id: str
    secret: str
    sms_template_id: str
    email_template_id: str


@dataclass(slots=True, kw_only=True)
class System:
    """A running system under measurement."""

    stack: Stack
    service: BenchService

    def texts(self, **changes: object) -> Load:
        """A load of texts to numbers that count up."""
        body = {
            "phone_number": "0740{n}",
            "template_id": self.service.sms_template_id,
            "personalisation": {"name": "Ada Lovelace", "code": "482915"},
        }
        return self._load("/v2/notifications/sms", body, changes)

    def emails(self, **changes: object) -> Load:
        """A load of emails to addresses that count up."""
        body = {
            "email_address": "somebody.{n}@example.com",
            "template_id": self.service.email_template_id,
            "personalisation": {"name": "Ada Lovelace", "code": "482915"},
        }
        return self._load("/v2/notifications/email", body, changes)

    def reads(self, ids: Sequence[str], **changes: object) -> Load:
        """A load of reads of single notifications, one after the other."""
        return self._load("/v2/notifications/{id}", None, {"method": "GET", "ids": list(ids), **changes})

    def _load(self, path: str, body: object, changes: Mapping[str, object]) -> Load:
        given: dict[str, object] = {
            "url": self.stack.rest_url,
            "path": path,
            "service_id": self.service.id,
            "secret": self.service.secret,
            "body": json.dumps(body) if body is not None else "",
            "connections": 64,
            "duration_s": 10.0,
            **changes,
        }
        return Load(**given)  # type: ignore[arg-type]  # the names and types are Load's own

    def statuses(self) -> dict[str, int]:
        """How many notifications are in each status."""
        with psycopg.connect(self.stack.database_url) as connection:
            return dict(
                connection.execute(
                    "select status, count(*) from notifications.notifications group by status"
                ).fetchall()
            )

    def waiting(self) -> int:
        """Deliveries in the queue."""
        with psycopg.connect(self.stack.database_url) as connection:
            row = connection.execute("select count(*) from notifications.deliveries").fetchone()
            assert row is not None
            return int(row[0])

    def wait_settled(self, *, timeout_s: float) -> float:
        """Wait until every notification is in a final status; gives how long that took."""
        started = time.monotonic()
        while time.monotonic() - started < timeout_s:
            open_ones = {
                status: count
                for status, count in self.statuses().items()
                if status in {"created", "sending", "pending"} and count
            }
            if not open_ones:
                break
            time.sleep(0.25)
        return time.monotonic() - started

    def cpu_s(self, names: Sequence[str] | None = None) -> dict[str, float]:
        """CPU seconds of each process so far; of those that are named, where some are stopped."""
        return {name: usage(self.stack.process(name).pid).cpu_s for name in names or self.names()}

    def pss_mb(self) -> dict[str, float]:
        """Memory of each process."""
        return {name: usage(self.stack.process(name).pid).pss_mb for name in self.names()}

    def names(self) -> list[str]:
        """The processes that count as the system."""
        return [name for name in self.stack.process_names if name.startswith(PROCESSES)]

    @property
    def simulators(self) -> SimulatorsClient:
        """The providers."""
        return SimulatorsClient(self.stack.simulators_url)


@contextmanager
def fresh_system(
    *, workers: int = 1, settings: Mapping[str, Mapping[str, str]] | None = None
) -> Iterator[System]:
    """A system in an empty home, with its service; everything is gone afterwards."""
    with (
        TemporaryDirectory(prefix="notify-bench-") as folder,
        Stack(prepared(Path(folder) / "home"), workers=workers, settings=settings) as stack,
    ):
        yield System(stack=stack, service=make_service(stack))


def make_service(stack: Stack, name: str = "Benchmark") -> BenchService:
    """A live service whose limits are out of reach."""
    return with_clients(stack.home, lambda clients: _make_service(clients, name), reason="a benchmark")


async def _make_service(clients: Clients, name: str) -> BenchService:
    call, accounts, templates = clients.channel.call, clients.accounts, clients.templates
    made = await call(accounts.CreateService, accounts_pb2.CreateServiceRequest(name=name))
    service_id, huge = made.service.id, 1_000_000_000
    limits = accounts_pb2.DailyLimits(email=huge, sms=huge, letter=huge, international_sms=huge)
    await call(
        accounts.UpdateService,
        accounts_pb2.UpdateServiceRequest(service_id=service_id, rate_limit=100_000_000, daily_limits=limits),
    )
    key = await call(
        accounts.CreateApiKey,
        accounts_pb2.CreateApiKeyRequest(service_id=service_id, name="bench", type=types_pb2.KEY_TYPE_NORMAL),
    )
    text = await call(
        templates.CreateTemplate,
        templates_pb2.CreateTemplateRequest(
            service_id=service_id, type=types_pb2.NOTIFICATION_TYPE_SMS, name="A text", body=TEXT
        ),
    )
    email = await call(
        templates.CreateTemplate,
        templates_pb2.CreateTemplateRequest(
            service_id=service_id,
            type=types_pb2.NOTIFICATION_TYPE_EMAIL,
            name="An email",
            subject="Appointment of ((name))",
            body=EMAIL,
        ),
    )
    return BenchService(
        id=service_id,
        secret=key.secret,
        sms_template_id=text.template.id,
        email_template_id=email.template.id,
    )
