"""`SmsService`: what other services and operators may ask. A method is: pb → domain, one call, domain →
pb."""

from typing import Any

from notify.sms.v1 import sms_pb2, sms_pb2_grpc
from servicekit.clock import Clock
from servicekit.request_context import current_caller, current_reason
from services.sms.convert import (
    change_from_pb,
    faults_to_pb,
    inbound_from_pb,
    inbound_to_pb,
    provider_to_pb,
    providers_to_pb,
    receipts_from_pb,
)
from services.sms.inbound import InboundHandler
from services.sms.providers import SYSTEM_USER, ChangeRecord, ProviderDirectory, change_provider
from services.sms.receipts import ReceiptHandler
from services.sms.store import Store


class SmsServicer(sms_pb2_grpc.SmsServiceServicer):
    """See the proto."""

    def __init__(
        self,
        *,
        receipts: ReceiptHandler,
        inbound: InboundHandler,
        store: Store,
        directory: ProviderDirectory,
        clock: Clock,
    ) -> None:
        self._receipts = receipts
        self._inbound = inbound
        self._store = store
        self._directory = directory
        self._clock = clock

    async def HandleReceipts(  # noqa: N802 -- the proto's name
        self, request: sms_pb2.HandleReceiptsRequest, context: Any
    ) -> sms_pb2.HandleReceiptsResponse:
        """Take receipts as they came."""
        return faults_to_pb(await self._receipts.handle(receipts_from_pb(request)))

    async def HandleInbound(  # noqa: N802 -- the proto's name
        self, request: sms_pb2.HandleInboundRequest, context: Any
    ) -> sms_pb2.HandleInboundResponse:
        """Take a received text as it came."""
        return inbound_to_pb(await self._inbound.handle(inbound_from_pb(request)))

    async def ListProviders(  # noqa: N802 -- the proto's name
        self, request: sms_pb2.ListProvidersRequest, context: Any
    ) -> sms_pb2.ListProvidersResponse:
        """List providers as the database has them."""
        return providers_to_pb(await self._store.list_providers())

    async def UpdateProvider(  # noqa: N802 -- the proto's name
        self, request: sms_pb2.UpdateProviderRequest, context: Any
    ) -> sms_pb2.UpdateProviderResponse:
        """Change a provider; this process uses the change at once, the others within a second."""
        caller = current_caller()
        record = ChangeRecord(
            reason=request.reason.strip() or current_reason(),
            changed_by=SYSTEM_USER if caller is None else caller.name,
            at=self._clock.now(),
        )
        changed = await change_provider(self._store.change_providers, change_from_pb(request), record)
        await self._directory.keep_fresh()
        return sms_pb2.UpdateProviderResponse(provider=provider_to_pb(changed))
