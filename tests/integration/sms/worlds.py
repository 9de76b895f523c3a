"""What surrounds the sms service in its integration tests: both providers and the delivery queue, small but
with the queue's real rules about leases."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from aiohttp import web

from notify.notifications.v1 import deliveries_pb2, deliveries_pb2_grpc, types_pb2
from servicekit.clock import SystemClock
from servicekit.errors import Unavailable
from servicekit.grpc_server import GrpcServer, ServiceRegistration, make_server
from servicekit.identity import CallerTokens
from servicekit.ids import new_id

KEYS = "k" * 40
LEASE = timedelta(seconds=60)


class Mode(StrEnum):
    """How a provider is."""

    WELL = "well"
    ERROR = "error"
    DROP = "drop"
    HANG = "hang"


@dataclass(slots=True)
class SeenRequest:
    """What came to a provider."""

    headers: dict[str, str]
    body: bytes


class ProviderServer:
    """A provider on a free port. It can fail in several ways, and be shut down and come back."""

    def __init__(self, accepted: bytes) -> None:
        self.accepted = accepted
        self.mode = Mode.WELL
        self.seen: list[SeenRequest] = []
        self.peers: set[object] = set()
        """Connections that were seen."""
        self.taken = 0
        self.url = ""
        self.status = 200
        self.began = asyncio.Event()
        self.hold = asyncio.Event()
        self.hold.set()
        self.delay_s = 0.0
        """How long each answer takes."""
        self.most_in_a_second: int | None = None
        """Further requests are answered 429."""
        self.throttled = 0
        self.open = self.most_open = 0
        """Requests under way, and how many there ever were."""
        self._came_at: deque[float] = deque()
        self._runner: web.AppRunner | None = None
        self._ended = asyncio.Event()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Serve until the end of the block; gives the URL."""
        await self.start(0)
        try:
            yield self.url
        finally:
            self._ended.set()
            await self.shut_down()

    async def start(self, port: int) -> None:
        """Listen."""
        app = web.Application()
        app.router.add_post("/send", self._send)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/send"

    async def shut_down(self) -> None:
        """Refuse connections from now on."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def come_back(self) -> None:
        """Listen again where it did before."""
        await self.start(int(self.url.rpartition(":")[2].partition("/")[0]))

    async def _send(self, request: web.Request) -> web.Response:
        self.seen.append(SeenRequest(dict(request.headers), await request.read()))
        self.peers.add(request.transport)
        self.began.set()
        if self._is_too_many():
            self.throttled += 1
            return web.Response(status=429)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            await asyncio.sleep(self.delay_s)
            await self.hold.wait()
            return await self._answer(request)
        finally:
            self.open -= 1

    def _is_too_many(self) -> bool:
        """Whether more than the agreed number came within the last second, wherever it begins."""
        if self.most_in_a_second is None:
            return False
        now = time.monotonic()
        while self._came_at and self._came_at[0] <= now - 1:
            self._came_at.popleft()
        if len(self._came_at) >= self.most_in_a_second:
            return True
        self._came_at.append(now)
        return False

    async def _answer(self, request: web.Request) -> web.Response:
        match self.mode:
            case Mode.ERROR:
                return web.Response(status=500, text="oh")
            case Mode.DROP:
                assert request.transport is not None
                request.transport.abort()
            case Mode.HANG:
                await self._ended.wait()
        self.taken += 1
        return web.Response(status=self.status, body=self.accepted)


def mmg_server() -> ProviderServer:
    return ProviderServer(b'{"Reference": "12345678"}')


def firetext_server() -> ProviderServer:
    return ProviderServer(b'{"code": 0, "description": "SMS successfully queued", "responseData": 1}')


@dataclass(slots=True)
class _Row:
    """A notification in the queue."""

    pb: deliveries_pb2.Delivery
    attempt: int = 0
    is_leased: bool = False
    is_done: bool = False
    results: list[deliveries_pb2.DeliveryResult] = field(default_factory=list)


class Queue(deliveries_pb2_grpc.DeliveriesServiceServicer):
    """The delivery queue in memory: leases with numbers, results that name them, retries after their
    delay."""

    def __init__(self) -> None:
        self.rows: dict[str, _Row] = {}
        self.ready: list[str] = []
        self.stale: list[deliveries_pb2.DeliveryResult] = []
        self.reports: list[deliveries_pb2.StatusReport] = []
        self.is_away = False
        self.complete_is_away = False
        self.loses_leases = False
        self.completions_tried = 0
        self.lease_duration = LEASE
        self.report_outcome: deliveries_pb2.ReportOutcome = deliveries_pb2.REPORT_OUTCOME_APPLIED
        self.changed = asyncio.Condition()
        self._timers: set[asyncio.TimerHandle] = set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[GrpcServer]:
        """Serve until the end of the block."""
        server = make_server(
            [
                ServiceRegistration(
                    add=deliveries_pb2_grpc.add_DeliveriesServiceServicer_to_server, servicer=self
                )
            ],
            domain="notifications.notify",
            listen="127.0.0.1:0",
            tokens=CallerTokens("notifications", KEYS),
            allowed_callers={"notify.notifications.v1.DeliveriesService/*": frozenset({"sms"})},
        )
        async with server:
            yield server
        for timer in self._timers:
            timer.cancel()

    async def put(self, *pbs: deliveries_pb2.Delivery) -> list[str]:
        """Queue deliveries; answers their notifications' ids."""
        async with self.changed:
            for pb in pbs:
                self.rows[pb.notification_id] = _Row(pb)
                self.ready.append(pb.notification_id)
            self.changed.notify_all()
        return [pb.notification_id for pb in pbs]

    async def run_out(self, notification_id: str) -> None:
        """Let a lease run out: the delivery is given again under the next number."""
        async with self.changed:
            self._give_back(notification_id)
            self.changed.notify_all()

    async def until(self, condition: Callable[[], bool], *, within_s: float = 30.0) -> None:
        """Wait for something that a call to the queue changes."""
        async with asyncio.timeout(within_s), self.changed:
            await self.changed.wait_for(condition)

    async def result(self, notification_id: str) -> deliveries_pb2.DeliveryResult:
        """Wait for the first result of a delivery that counted."""
        await self.until(lambda: bool(self.rows[notification_id].results))
        return self.rows[notification_id].results[0]

    async def all_done(self, *, within_s: float = 30.0) -> None:
        """Wait until nothing is left to send."""
        await self.until(lambda: all(row.is_done for row in self.rows.values()), within_s=within_s)

    async def LeaseDeliveries(  # noqa: N802 -- the proto's name
        self, request: deliveries_pb2.LeaseDeliveriesRequest, context: Any
    ) -> deliveries_pb2.LeaseDeliveriesResponse:
        self._refuse_when_away()
        async with self.changed:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(request.wait_duration.ToTimedelta().total_seconds(), 1.0)):
                    await self.changed.wait_for(lambda: bool(self.ready))
            self.changed.notify_all()
            taken, self.ready = self.ready[: request.max_deliveries], self.ready[request.max_deliveries :]
            return deliveries_pb2.LeaseDeliveriesResponse(deliveries=[self._lease(each) for each in taken])

    async def CompleteDeliveries(  # noqa: N802 -- the proto's name
        self, request: deliveries_pb2.CompleteDeliveriesRequest, context: Any
    ) -> deliveries_pb2.CompleteDeliveriesResponse:
        async with self.changed:
            self.completions_tried += 1
            self.changed.notify_all()
            self._refuse_when_away()
            if self.complete_is_away:
                raise Unavailable("away")
            statuses = [self._complete(result) for result in request.results]
        return deliveries_pb2.CompleteDeliveriesResponse(statuses=statuses)

    async def ExtendLeases(  # noqa: N802 -- the proto's name
        self, request: deliveries_pb2.ExtendLeasesRequest, context: Any
    ) -> deliveries_pb2.ExtendLeasesResponse:
        self._refuse_when_away()
        response = deliveries_pb2.ExtendLeasesResponse()
        response.lease_expire_time.FromDatetime(SystemClock().now() + LEASE)
        if not self.loses_leases:
            response.leases.extend(request.leases)
        return response

    async def ApplyStatuses(  # noqa: N802 -- the proto's name
        self, request: deliveries_pb2.ApplyStatusesRequest, context: Any
    ) -> deliveries_pb2.ApplyStatusesResponse:
        self._refuse_when_away()
        async with self.changed:
            self.reports += request.reports
            self.changed.notify_all()
        result = deliveries_pb2.StatusReportResult(
            outcome=self.report_outcome,
            given_to="mmg",
            status=types_pb2.NOTIFICATION_STATUS_DELIVERED,
            key_type=types_pb2.KEY_TYPE_NORMAL,
        )
        return deliveries_pb2.ApplyStatusesResponse(results=[result] * len(request.reports))

    async def GetQueueStatistics(self, request: Any, context: Any) -> Any:  # noqa: N802 -- the proto's name
        raise NotImplementedError

    async def DropDeliveries(self, request: Any, context: Any) -> Any:  # noqa: N802 -- the proto's name
        raise NotImplementedError

    async def MarkHandedOver(self, request: Any, context: Any) -> Any:  # noqa: N802 -- the proto's name
        raise NotImplementedError

    async def ListOpenNotifications(self, request: Any, context: Any) -> Any:  # noqa: N802 -- the proto's name
        raise NotImplementedError

    async def ListDeadDeliveries(self, request: Any, context: Any) -> Any:  # noqa: N802 -- the proto's name
        raise NotImplementedError

    async def ReplayDeliveries(self, request: Any, context: Any) -> Any:  # noqa: N802 -- the proto's name
        raise NotImplementedError

    def _lease(self, notification_id: str) -> deliveries_pb2.Delivery:
        row = self.rows[notification_id]
        row.attempt += 1
        row.is_leased = True
        pb = deliveries_pb2.Delivery()
        pb.CopyFrom(row.pb)
        pb.attempt = row.attempt
        pb.lease_expire_time.FromDatetime(SystemClock().now() + self.lease_duration)
        return pb

    def _complete(self, result: deliveries_pb2.DeliveryResult) -> deliveries_pb2.CompletionStatus:
        row = self.rows[result.notification_id]
        if row.is_done or not row.is_leased or result.attempt != row.attempt:
            self.stale.append(result)
            return deliveries_pb2.COMPLETION_STATUS_STALE
        row.results.append(result)
        row.is_leased = False
        match result.WhichOneof("outcome"):
            case "retry_later":
                delay_s = result.retry_later.delay.ToTimedelta().total_seconds()
                loop = asyncio.get_running_loop()
                self._timers.add(loop.call_later(delay_s, self._ready_again, result.notification_id))
            case "released":
                self._give_back(result.notification_id)
            case _:
                row.is_done = True
        return deliveries_pb2.COMPLETION_STATUS_RECORDED

    def _give_back(self, notification_id: str) -> None:
        self.rows[notification_id].is_leased = False
        self.ready.append(notification_id)

    def _ready_again(self, notification_id: str) -> None:
        self._give_back(notification_id)  # the next poll finds it

    def _refuse_when_away(self) -> None:
        if self.is_away:
            raise Unavailable("away")


def a_delivery(
    *,
    key_type: types_pb2.KeyType = types_pb2.KEY_TYPE_NORMAL,
    phone_number: str = "447900900123",
    body: str = "Tests: your code is 123456",
    international: bool = False,
) -> deliveries_pb2.Delivery:
    """A delivery as the queue has it."""
    pb = deliveries_pb2.Delivery(
        notification_id=str(new_id()),
        service_id=str(new_id()),
        key_type=key_type,
        text=deliveries_pb2.TextContent(
            phone_number=phone_number, sender="Tests", body=body, international=international
        ),
    )
    pb.create_time.GetCurrentTime()
    return pb
