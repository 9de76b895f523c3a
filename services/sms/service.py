"""`SmsService`: what other services may ask. A method is: pb → domain, one call, domain → pb."""

from typing import Any

from notify.sms.v1 import sms_pb2, sms_pb2_grpc
from services.sms.convert import faults_to_pb, inbound_from_pb, inbound_to_pb, receipts_from_pb
from services.sms.inbound import InboundHandler
from services.sms.receipts import ReceiptHandler


class SmsServicer(sms_pb2_grpc.SmsServiceServicer):
    """See the proto."""

    def __init__(self, *, receipts: ReceiptHandler, inbound: InboundHandler) -> None:
        self._receipts = receipts
        self._inbound = inbound

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
