"""A worker that calls endpoints, and the endpoints, for tests of callbacks."""

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import aiohttp
from aiohttp import web
from pydantic import SecretStr

from notifyrules.statuses import NotificationStatus, NotificationType
from servicekit.clock import FixedClock
from services.notifications.accounts import CallbackKind
from services.notifications.callbacks import Callbacks
from services.notifications.callbacks_addresses import AddressPolicy
from services.notifications.callbacks_endpoints import CallbackEndpoints
from services.notifications.callbacks_limits import Endpoint, EndpointLimits
from services.notifications.callbacks_policy import DEFAULT_GAPS_S, CallbackPolicy, parse_gaps
from services.notifications.callbacks_store import CallbacksStore
from services.notifications.deliveries import DeliveryResult, Outcome
from services.notifications.new_notifications import CreatedNotification
from services.notifications.secret_box import SecretBox
from tests.integration.notifications.conftest import System

TOKEN = "a long enough token"
SECRETS = SecretBox(SecretStr("a key for tests that is long enough"))
PAUSED_AFTER = timedelta(minutes=30)
PROBED_EVERY = timedelta(minutes=1)
GAPS = parse_gaps(DEFAULT_GAPS_S)


@dataclass(slots=True)
class Received:
    """One call of an endpoint."""

    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


@dataclass(slots=True)
class Sink:
    """Endpoints on one free port, told apart by path."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=dict)
    hanging: set[str] = field(default_factory=set)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: Counter[str] = field(default_factory=Counter)
    most_under_way: Counter[str] = field(default_factory=Counter)
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    def at(self, path: str) -> list[Received]:
        """What an endpoint was sent."""
        return [each for each in self.received if each.path == path]

    async def wait(self, path: str, count: int) -> list[Received]:
        """What an endpoint was sent, once it is so much."""
        async with self._arrived:
            async with asyncio.timeout(20):
                await self._arrived.wait_for(lambda: len(self.at(path)) >= count)
        return self.at(path)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        headers = {name.lower(): value for name, value in request.headers.items()}
        raw = await request.read()
        self.under_way[path] += 1
        self.most_under_way[path] = max(self.most_under_way[path], self.under_way[path])
        async with self._arrived:
            self.received.append(Received(path, headers, raw))
            self._arrived.notify_all()
        try:
            if path in self.hanging:
                await self.let_go.wait()
            return web.Response(
                status=self.answers.get(path, 200), headers={"Location": self.url + "/elsewhere"}
            )
        finally:
            self.under_way[path] -= 1


@dataclass(slots=True, kw_only=True)
class World:
    """The parts of callbacks around a system."""

    system: System
    sink: Sink
    store: CallbacksStore
    clock: FixedClock
    endpoints: CallbackEndpoints
    session: aiohttp.ClientSession
    worker: Callbacks
    secrets: dict[str, str] = field(default_factory=dict)
    limits: EndpointLimits | None = None
    """Of the worker that was made last."""

    def endpoint(self, service_id: UUID | None = None) -> Endpoint:
        return Endpoint(service_id or self.system.service_id, CallbackKind.DELIVERY_STATUS.value)

    async def listen(
        self,
        path: str = "/hook",
        service_id: UUID | None = None,
        kind: CallbackKind = CallbackKind.DELIVERY_STATUS,
    ) -> Endpoint:
        """Give a service an endpoint at the sink."""
        endpoint = Endpoint(service_id or self.system.service_id, kind.value)
        secret = await self.endpoints.set(endpoint, self.sink.url + path, TOKEN)
        if secret is not None:
            self.secrets[path] = secret
        return endpoint

    async def queue(
        self, count: int = 1, service_id: UUID | None = None, template_id: UUID | None = None
    ) -> list[UUID]:
        """Texts that reach a final status, each with its callback."""
        system = self.system
        items = [system.a_text(service_id=service_id, template_id=template_id) for _ in range(count)]
        made = await system.creating.create(items)
        ids = [each.id for each in made if isinstance(each, CreatedNotification)]
        assert len(ids) == count, made
        system.queue.wake_all()
        leased = await system.queue.lease_deliveries(NotificationType.SMS, "tests", count, 0)
        results = [
            DeliveryResult(
                notification_id=delivery.notification_id,
                attempt=delivery.attempt,
                worker_id="tests",
                outcome=Outcome.DONE,
                status=NotificationStatus.DELIVERED,
                provider="mmg",
            )
            for delivery in leased
        ]
        assert all(await system.completing.complete(results))
        self.advance(timedelta(seconds=1))
        return ids

    def advance(self, by: timedelta) -> None:
        """Move the worker's time."""
        self.clock.advance(by)
        self.worker.wake()

    def new_worker(self, *, max_per_endpoint: int = 16, timeout_s: float = 5.0) -> Callbacks:
        """Another process's worker on the same table."""
        self.limits = EndpointLimits(max_in_flight=64, max_per_endpoint=max_per_endpoint)
        return Callbacks(
            self.store,
            secrets=SECRETS,
            session=self.session,
            clock=self.clock,
            policy=CallbackPolicy(gaps=GAPS, paused_after=PAUSED_AFTER, probed_every=PROBED_EVERY),
            limits=self.limits,
            timeout_s=timeout_s,
        )

    @contextlib.asynccontextmanager
    async def working(self, *workers: Callbacks) -> AsyncIterator[None]:
        """Let workers work until the end of the block; then every call under way has been recorded."""
        running = workers or (self.worker,)
        async with asyncio.TaskGroup() as group:
            for worker in running:
                group.create_task(worker.run())
            try:
                yield
            finally:
                for worker in running:
                    worker.stop()

    async def work(self, path: str, count: int, **options: Any) -> list[Received]:
        """Let a fresh worker work until an endpoint has been sent so much in all."""
        self.worker = self.new_worker(**options)
        async with self.working():
            return await self.sink.wait(path, count)

    async def work_once(self, **options: Any) -> None:
        """Let a fresh worker make every call that is due now."""
        self.worker = self.new_worker(**options)
        await self.worker.call_due()

    async def row(self, query: str, *parameters: object) -> Sequence[Any]:
        async with self.system.pool.connection() as connection:
            cursor = await connection.execute(query.encode(), parameters)
            row = await cursor.fetchone()
        assert row is not None
        return row

    async def attempts(self) -> list[tuple[str, str]]:
        """Result and outcome of every attempt, oldest first."""
        async with self.system.pool.connection() as connection:
            cursor = await connection.execute(
                "select result, outcome from callback_attempts order by attempted_at, callback_id, attempt"
            )
            return [(row[0], row[1]) for row in await cursor.fetchall()]


@contextlib.asynccontextmanager
async def callback_world(system: System, addresses: AddressPolicy | None = None) -> AsyncIterator[World]:
    """Everything, with endpoints that answer 200."""
    sink = Sink()
    app = web.Application()
    app.router.add_route("*", "/{any:.*}", sink.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    sink.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    anywhere = AddressPolicy(allow_private=True)
    connector = (addresses or anywhere).connector()
    store, clock = CallbacksStore(system.pool), FixedClock(system.clock.now())
    try:
        async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:
            endpoints = CallbackEndpoints(
                store,
                secrets=SECRETS,
                clock=clock,
                addresses=anywhere,
                allow_http=True,
                callbacks_queued=lambda: None,
            )
            world = World(
                system=system,
                sink=sink,
                store=store,
                clock=clock,
                endpoints=endpoints,
                session=session,
                worker=None,  # type: ignore[arg-type]  # made in the next line
            )
            world.worker = world.new_worker()
            yield world
            await endpoints.close()
    finally:
        sink.let_go.set()
        await runner.cleanup()
