"""What surrounds the email service in its integration tests: SES, SNS and the notifications service, small
and obedient."""

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from aiohttp import web

from notify.notifications.v1 import (
    callbacks_pb2,
    callbacks_pb2_grpc,
    deliveries_pb2,
    deliveries_pb2_grpc,
    types_pb2,
)
from servicekit.errors import Unavailable
from servicekit.grpc_server import GrpcServer, ServiceRegistration, make_server
from servicekit.identity import CallerTokens
from tests.unit.email.builders import SnsTopic

KEYS = "k" * 40
FINAL = {
    types_pb2.NOTIFICATION_STATUS_DELIVERED,
    types_pb2.NOTIFICATION_STATUS_PERMANENT_FAILURE,
    types_pb2.NOTIFICATION_STATUS_TEMPORARY_FAILURE,
}


@contextlib.asynccontextmanager
async def listening(app: web.Application) -> AsyncIterator[str]:
    """Serve an aiohttp application on a free port; gives its root URL."""
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


class Wire:
    """The way to the database, which can be cut. (Killing the server instead would fork beside gRPC's
    threads.)"""

    def __init__(self, url: str) -> None:
        self._target = urlsplit(url)
        self._is_cut = False
        self._writers: set[asyncio.StreamWriter] = set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Pass everything on until the end of the block; gives the database's URL by this way."""
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        try:
            yield self._target._replace(netloc=f"{self._target.username}@127.0.0.1:{port}").geturl()
        finally:
            self.cut()
            server.close()
            await server.wait_closed()

    def cut(self) -> None:
        """Break all connections, and new ones as they come."""
        self._is_cut = True
        for writer in list(self._writers):
            writer.transport.abort()

    def mend(self) -> None:
        """Let new connections through."""
        self._is_cut = False

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection(self._target.hostname, self._target.port)
        self._writers |= {writer, far_writer}
        await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.close()
        self._writers.discard(writer)


class SesServer:
    """`SendEmail` of SES v2. Answers with what was queued in `answers`, otherwise accepts."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.answers: deque[web.Response | None] = deque()
        self.hold: asyncio.Event | None = None
        self.connections: set[object] = set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Serve until the end of the block; gives the endpoint's URL."""
        app = web.Application(client_max_size=10_000_000)
        app.router.add_post("/v2/email/outbound-emails", self._send)
        async with listening(app) as url:
            yield url

    @staticmethod
    def error(code: str, status: int = 400) -> web.Response:
        """An error in SES's form."""
        body = json.dumps({"message": "Email address is not verified: someone@example.com"})
        headers = {"x-amzn-ErrorType": code}
        return web.Response(status=status, text=body, headers=headers, content_type="application/json")

    @staticmethod
    def message_id(number: int) -> str:
        """The id of the email that was accepted as number `number`, from 1."""
        return f"0102-{number:08d}-000000"

    async def _send(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(await request.json())
        self.headers.append(dict(request.headers))
        self.connections.add(request.transport)
        number = len(self.requests)
        if self.hold is not None:
            await self.hold.wait()
        answer = self.answers.popleft() if self.answers else self._accept(number)
        if answer is None:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        return answer

    def _accept(self, number: int) -> web.Response:
        return web.json_response({"MessageId": self.message_id(number)})


class SnsServer:
    """Certificates and links of SNS."""

    def __init__(self) -> None:
        self.certificate = b""
        self.asked: list[str] = []
        self.confirmed = asyncio.Event()
        self._ended = asyncio.Event()

    @contextlib.asynccontextmanager
    async def running(self, topic: SnsTopic) -> AsyncIterator[str]:
        """Serve a topic's certificate until the end of the block; gives the root URL."""
        self.certificate = topic.certificate
        app = web.Application()
        app.router.add_get("/{path:.*}", self._get)
        async with listening(app) as url:
            topic.certificate_url = f"{url}/cert.pem"
            yield url
            self._ended.set()

    async def _get(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        match request.path:
            case "/cert.pem":
                return web.Response(body=self.certificate)
            case "/confirm":
                self.confirmed.set()
                return web.Response(text="<ConfirmSubscriptionResponse/>")
            case "/redirect":
                raise web.HTTPFound("/cert.pem")
            case "/slow":
                await self._ended.wait()
            case "/large":
                return await self._large(request)
        return web.Response(status=404)

    async def _large(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            while True:
                await response.write(b"x" * 65_536)
        return response


class ComplaintsServicer(callbacks_pb2_grpc.CallbacksServiceServicer):
    """Remembers complaints."""

    def __init__(self) -> None:
        self.received: list[callbacks_pb2.NewComplaint] = []
        self.has_some = asyncio.Event()

    async def RecordComplaints(  # noqa: N802 -- the proto's name
        self, request: callbacks_pb2.RecordComplaintsRequest, context: Any
    ) -> callbacks_pb2.RecordComplaintsResponse:
        self.received += request.complaints
        self.has_some.set()
        return callbacks_pb2.RecordComplaintsResponse(
            outcomes=[callbacks_pb2.COMPLAINT_OUTCOME_RECORDED] * len(request.complaints)
        )


class Notifications(deliveries_pb2_grpc.DeliveriesServiceServicer):
    """The delivery queue in memory, with the guard that a final status never changes."""

    def __init__(self) -> None:
        self.waiting: deque[deliveries_pb2.Delivery] = deque()
        self.results: dict[UUID, deliveries_pb2.DeliveryResult] = {}
        self.statuses: dict[UUID, int] = {}
        self.reports: list[deliveries_pb2.StatusReport] = []
        self.is_away = False
        self.changed = asyncio.Condition()
        self.complaints = ComplaintsServicer()  # type: ignore[abstract]  # the rest answers UNIMPLEMENTED

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[GrpcServer]:
        """Serve until the end of the block."""
        server = make_server(
            [
                ServiceRegistration(
                    add=deliveries_pb2_grpc.add_DeliveriesServiceServicer_to_server, servicer=self
                ),
                ServiceRegistration(
                    add=callbacks_pb2_grpc.add_CallbacksServiceServicer_to_server, servicer=self.complaints
                ),
            ],
            domain="notifications.notify",
            listen="127.0.0.1:0",
            tokens=CallerTokens("notifications", KEYS),
            allowed_callers={
                "notify.notifications.v1.DeliveriesService/*": frozenset({"email"}),
                "notify.notifications.v1.CallbacksService/*": frozenset({"email"}),
            },
        )
        async with server:
            yield server

    async def put(self, delivery: deliveries_pb2.Delivery) -> UUID:
        """Queue a delivery."""
        async with self.changed:
            self.waiting.append(delivery)
            self.changed.notify_all()
        return UUID(delivery.notification_id)

    async def result(self, notification_id: UUID) -> deliveries_pb2.DeliveryResult:
        """Wait for the result of a delivery."""
        async with asyncio.timeout(20), self.changed:
            await self.changed.wait_for(lambda: notification_id in self.results)
        return self.results[notification_id]

    async def status(self, notification_id: UUID) -> int:
        """Wait for the final status of a notification."""
        async with asyncio.timeout(20), self.changed:
            await self.changed.wait_for(lambda: notification_id in self.statuses)
        return self.statuses[notification_id]

    async def LeaseDeliveries(  # noqa: N802 -- the proto's name
        self, request: deliveries_pb2.LeaseDeliveriesRequest, context: Any
    ) -> deliveries_pb2.LeaseDeliveriesResponse:
        self._refuse_when_away()
        async with self.changed:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(request.wait_duration.ToTimedelta().total_seconds(), 1.0)):
                    await self.changed.wait_for(lambda: bool(self.waiting))
            leased = [self.waiting.popleft() for _ in range(min(len(self.waiting), request.max_deliveries))]
        return deliveries_pb2.LeaseDeliveriesResponse(deliveries=leased)

    async def CompleteDeliveries(  # noqa: N802 -- the proto's name
        self, request: deliveries_pb2.CompleteDeliveriesRequest, context: Any
    ) -> deliveries_pb2.CompleteDeliveriesResponse:
        self._refuse_when_away()
        async with self.changed:
            self.results |= {UUID(result.notification_id): result for result in request.results}
            self.changed.notify_all()
        recorded = deliveries_pb2.COMPLETION_STATUS_RECORDED
        return deliveries_pb2.CompleteDeliveriesResponse(statuses=[recorded] * len(request.results))

    async def ApplyStatuses(  # noqa: N802 -- the proto's name
        self, request: deliveries_pb2.ApplyStatusesRequest, context: Any
    ) -> deliveries_pb2.ApplyStatusesResponse:
        self._refuse_when_away()
        async with self.changed:
            results = [self._apply(report) for report in request.reports]
            self.changed.notify_all()
        return deliveries_pb2.ApplyStatusesResponse(results=results)

    async def ExtendLeases(self, request: Any, context: Any) -> Any:  # noqa: N802 -- the proto's name
        raise NotImplementedError

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

    def _apply(self, report: deliveries_pb2.StatusReport) -> deliveries_pb2.StatusReportResult:
        self.reports.append(report)
        notification_id = UUID(report.notification_id)
        if self.statuses.get(notification_id) in FINAL:
            return deliveries_pb2.StatusReportResult(outcome=deliveries_pb2.REPORT_OUTCOME_DUPLICATE)
        self.statuses[notification_id] = report.status
        return deliveries_pb2.StatusReportResult(outcome=deliveries_pb2.REPORT_OUTCOME_APPLIED)

    def _refuse_when_away(self) -> None:
        if self.is_away:
            raise Unavailable("away")
