"""How long after a provider's receipt a service is told, while one endpoint of ten hangs.

`python -m tests.bench.callbacks --rate 200 --seconds 20`, or `test_callbacks.py`. Ten services send texts at the
same pace; each has a URL of its own here, and one of them takes requests and never answers. The time counts from
the moment the gateway got the receipt to the arrival of the callback.
"""

import argparse
import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import psycopg
import uvloop
from aiohttp import web

from clients.notifyctl.connection import Clients, connect
from clients.notifyctl.stack.services import NOTIFICATIONS
from clients.notifyctl.tokens import FullKey, mint
from notify.notifications.v1 import accounts_pb2, templates_pb2, types_pb2
from tests.bench.machine import machine_facts
from tests.bench.system import System, fresh_system

SERVICES = 10
HANGING = 0
"""The service whose endpoint hangs."""
_TOKEN_RENEWED_AFTER_S = 10.0
_PATIENCE_S = 60.0
_QUIET_S = 3.0
_HUGE = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A service that sends texts."""

    number: int
    id: str
    secret: str
    template_id: str


@dataclass(slots=True)
class Sink:
    """The services' endpoints."""

    url: str = ""
    arrived: dict[str, float] = field(default_factory=dict)
    """When the first callback about a notification came, in seconds since 1970."""
    hanging: int = 0
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        """One callback."""
        body = json.loads(await request.read())
        if request.path == f"/{HANGING}":
            self.hanging += 1
            await self.let_go.wait()
            return web.Response(status=503)
        self.arrived.setdefault(body["id"], time.time())
        return web.Response()


@asynccontextmanager
async def listening() -> AsyncIterator[Sink]:
    """The endpoints, on a free port."""
    sink = Sink()
    app = web.Application()
    app.router.add_post("/{number}", sink.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    sink.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield sink
    finally:
        sink.let_go.set()
        await runner.cleanup()


async def measure(system: System, rate: float, seconds: float) -> dict[str, object]:
    """Send at a pace, and see when services were told."""
    stack = system.stack
    async with listening() as sink:
        async with connect(stack.state.target(NOTIFICATIONS), stack.caller_keys) as clients:
            senders = [await _make_sender(clients, number, sink.url) for number in range(SERVICES)]
        owners = await _send(stack.rest_url, senders, rate, seconds)
        told = {id for id, sender in owners.items() if sender.number != HANGING}
        started, seen = time.monotonic(), -1
        while len(told & sink.arrived.keys()) < len(told) and time.monotonic() - started < _PATIENCE_S:
            await asyncio.sleep(_QUIET_S)
            if len(sink.arrived) == seen:
                break
            seen = len(sink.arrived)
        received = await asyncio.to_thread(_receipt_times, stack.database_url)
        late = sorted((sink.arrived[id] - received[id]) * 1000 for id in told if id in sink.arrived)
        return {
            "accepted": len(owners),
            "to_be_told": len(told),
            "told": len(late),
            "calls_that_hang": sink.hanging,
            "ms_after_receipt": {
                name: round(_at(late, share), 1)
                for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
            }
            | {"max": round(late[-1], 1) if late else None},
        }


async def _make_sender(clients: Clients, number: int, sink_url: str) -> Sender:
    call, accounts, templates = clients.channel.call, clients.accounts, clients.templates
    made = await call(accounts.CreateService, accounts_pb2.CreateServiceRequest(name=f"Callbacks {number}"))
    service_id = made.service.id
    limits = accounts_pb2.DailyLimits(email=_HUGE, sms=_HUGE, letter=_HUGE, international_sms=_HUGE)
    await call(
        accounts.UpdateService,
        accounts_pb2.UpdateServiceRequest(service_id=service_id, rate_limit=_HUGE // 10, daily_limits=limits),
    )
    key = await call(
        accounts.CreateApiKey,
        accounts_pb2.CreateApiKeyRequest(service_id=service_id, name="bench", type=types_pb2.KEY_TYPE_NORMAL),
    )
    template = await call(
        templates.CreateTemplate,
        templates_pb2.CreateTemplateRequest(
            service_id=service_id, type=types_pb2.NOTIFICATION_TYPE_SMS, name="A text", body="Hello ((name))"
        ),
    )
    await call(
        accounts.SetCallback,
        accounts_pb2.SetCallbackRequest(
            service_id=service_id,
            kind=accounts_pb2.CALLBACK_KIND_DELIVERY_STATUS,
            url=f"{sink_url}/{number}",
            bearer_token="a long enough token",
        ),
    )
    return Sender(number=number, id=service_id, secret=key.secret, template_id=template.template.id)


async def _send(url: str, senders: list[Sender], rate: float, seconds: float) -> dict[str, Sender]:
    """Send texts, services in turn, on time whatever the answers do; gives who sent what."""
    owners: dict[str, Sender] = {}
    tokens: dict[str, tuple[float, str]] = {}
    began = time.monotonic()

    def token(sender: Sender) -> str:
        made_at, text = tokens.get(sender.id, (0.0, ""))
        if time.monotonic() - made_at > _TOKEN_RENEWED_AFTER_S or not text:
            text = mint(FullKey(service_id=sender.id, secret=sender.secret))
            tokens[sender.id] = time.monotonic(), text
        return text

    async def send(number: int) -> None:
        sender = senders[number % len(senders)]
        body = {
            "phone_number": f"0740{number:07}",
            "template_id": sender.template_id,
            "personalisation": {"name": "Ada"},
        }
        headers = {"Authorization": f"Bearer {token(sender)}"}
        async with session.post(f"{url}/v2/notifications/sms", json=body, headers=headers) as answer:
            if answer.status == 201:
                owners[(await answer.json())["id"]] = sender

    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as sending:
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
            sending.create_task(send(number))
    return owners


def _receipt_times(database_url: str) -> dict[str, float]:
    """When the receipt of each notification came, in seconds since 1970."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "select id::text, extract(epoch from updated_at)::float8 from notifications.notifications "
            "where status = 'delivered'"
        ).fetchall()
    return dict(rows)


def _at(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("inf")


def run(rate: float, seconds: float) -> dict[str, object]:
    """Measure on a fresh system."""
    with fresh_system() as system:
        return uvloop.run(measure(system, rate, seconds))


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.callbacks")
    parser.add_argument("--rate", type=float, default=200.0, help="texts a second, of all services together")
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    results = {"machine": machine_facts(), "rate": options.rate} | run(options.rate, options.seconds)
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
