"""The services behind the gateway, as one small gRPC server on a free port."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from notify.notifications.v1 import (
    accounts_pb2,
    accounts_pb2_grpc,
    notifications_pb2,
    notifications_pb2_grpc,
    types_pb2,
)
from notify.sms.v1 import sms_pb2, sms_pb2_grpc
from servicekit.errors import NotFound
from servicekit.grpc_server import ServiceRegistration, make_server
from servicekit.identity import CallerTokens
from tests.unit.api_gateway.fakes import SECRETS, SERVICE_ID

KEYS = "k" * 32
_GATEWAY = frozenset({"api_gateway"})


class FakeNotificationsServicer(notifications_pb2_grpc.NotificationsServiceServicer):
    """Accepts what it is given, unless a recipient says otherwise; can be made to wait."""

    def __init__(self) -> None:
        self.batches: list[list[notifications_pb2.NewNotification]] = []
        self.reads: list[list[str]] = []
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.called = asyncio.Event()

    async def CreateNotifications(  # noqa: N802 -- the RPC's name
        self, request: notifications_pb2.CreateNotificationsRequest, context: Any
    ) -> notifications_pb2.CreateNotificationsResponse:
        self.batches.append(list(request.notifications))
        self.called.set()
        await self.go_on.wait()
        if any(item.recipient == "bug" for item in request.notifications):
            raise ZeroDivisionError
        return notifications_pb2.CreateNotificationsResponse(
            results=[_result(item) for item in request.notifications]
        )

    async def GetNotifications(  # noqa: N802 -- the RPC's name
        self, request: notifications_pb2.GetNotificationsRequest, context: Any
    ) -> notifications_pb2.GetNotificationsResponse:
        self.reads.append([ref.notification_id for ref in request.notifications])
        self.called.set()
        await self.go_on.wait()
        return notifications_pb2.GetNotificationsResponse(results=map(_read, request.notifications))


def _read(ref: notifications_pb2.NotificationRef) -> notifications_pb2.GetNotificationsResult:
    if ref.service_id != SERVICE_ID:
        error = types_pb2.ItemError(code=5, message="No result found", reason="NOT_FOUND")
        return notifications_pb2.GetNotificationsResult(error=error)
    return notifications_pb2.GetNotificationsResult(
        notification=notifications_pb2.Notification(id=ref.notification_id, service_id=ref.service_id)
    )


def _result(item: notifications_pb2.NewNotification) -> notifications_pb2.CreateNotificationsResult:
    if item.recipient == "refused":
        error = types_pb2.ItemError(code=9, message="Template not found", reason="TEMPLATE_NOT_FOUND")
        return notifications_pb2.CreateNotificationsResult(error=error)
    created = notifications_pb2.CreatedNotification(
        id=item.id,
        body="Hello",
        sender="GOVUK",
        template_id=item.template_id,
        template_version=1,
        simulated=item.recipient == "simulated",
    )
    return notifications_pb2.CreateNotificationsResult(notification=created)


class FakeAccountsServicer(accounts_pb2_grpc.AccountsServiceServicer):
    """Knows one service, whose limits a test may change."""

    def __init__(self) -> None:
        self.rate_limit = 3_000
        self.sms_limit = 1_000
        self.lookups = 0

    async def GetServiceCredentials(  # noqa: N802 -- the RPC's name
        self, request: accounts_pb2.GetServiceCredentialsRequest, context: Any
    ) -> accounts_pb2.GetServiceCredentialsResponse:
        self.lookups += 1
        if request.service_id != SERVICE_ID:
            raise NotFound("service")
        kinds = (("normal", types_pb2.KEY_TYPE_NORMAL), ("test", types_pb2.KEY_TYPE_TEST))
        return accounts_pb2.GetServiceCredentialsResponse(
            service_id=SERVICE_ID,
            active=True,
            rate_limit=self.rate_limit,
            daily_limits=accounts_pb2.DailyLimits(email=10, sms=self.sms_limit, letter=10),
            keys=[
                accounts_pb2.ApiKeyCredential(id=name, type=kind, secret=SECRETS[name])
                for name, kind in kinds
            ],
        )


class FakeSmsServicer(sms_pb2_grpc.SmsServiceServicer):
    """Takes receipts; an empty one is at fault."""

    def __init__(self) -> None:
        self.receipts: list[sms_pb2.RawReceipt] = []

    async def HandleReceipts(  # noqa: N802 -- the RPC's name
        self, request: sms_pb2.HandleReceiptsRequest, context: Any
    ) -> sms_pb2.HandleReceiptsResponse:
        self.receipts += request.receipts
        faults = [
            [] if receipt.body else ["MMG callback failed: status missing"] for receipt in request.receipts
        ]
        return sms_pb2.HandleReceiptsResponse(
            results=[sms_pb2.ReceiptResult(faults=found) for found in faults]
        )


class FakeServices:
    """All of them."""

    def __init__(self) -> None:
        self.notifications = FakeNotificationsServicer()  # type: ignore[abstract]  # the rest answers UNIMPLEMENTED
        self.accounts = FakeAccountsServicer()  # type: ignore[abstract]  # the rest answers UNIMPLEMENTED
        self.sms = FakeSmsServicer()  # type: ignore[abstract]  # the rest answers UNIMPLEMENTED
        self.port = 0

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.port}"

    @asynccontextmanager
    async def running(self, port: int = 0) -> AsyncIterator["FakeServices"]:
        """Serve while inside."""
        server = make_server(
            [
                ServiceRegistration(
                    add=notifications_pb2_grpc.add_NotificationsServiceServicer_to_server,
                    servicer=self.notifications,
                ),
                ServiceRegistration(
                    add=accounts_pb2_grpc.add_AccountsServiceServicer_to_server, servicer=self.accounts
                ),
                ServiceRegistration(add=sms_pb2_grpc.add_SmsServiceServicer_to_server, servicer=self.sms),
            ],
            domain="notifications.notify",
            listen=f"127.0.0.1:{port}",
            tokens=CallerTokens("notifications", KEYS),
            allowed_callers={
                "notify.notifications.v1.NotificationsService/*": _GATEWAY,
                "notify.notifications.v1.AccountsService/*": _GATEWAY,
                "notify.sms.v1.SmsService/*": _GATEWAY,
            },
        )
        async with server:
            self.port = server.port
            yield self
