"""pb ⇄ domain for `SmsService`, pure; refuses what is missing."""

from collections.abc import Sequence
from typing import Final

from notify.sms.v1 import sms_pb2
from servicekit.errors import InvalidRequest, Violation
from servicekit.fields import moment_from
from services.sms.clients.provider import ProviderName
from services.sms.inbound import InboundAnswer, InboundResult, RawInbound
from services.sms.receipts import Faults, RawReceipt

MAX_RECEIPTS: Final = 1_000

_NAMES: Final[dict[sms_pb2.SmsProvider, ProviderName]] = {
    sms_pb2.SMS_PROVIDER_MMG: ProviderName.MMG,
    sms_pb2.SMS_PROVIDER_FIRETEXT: ProviderName.FIRETEXT,
}
_ANSWERS: Final = {
    InboundAnswer.OK: sms_pb2.INBOUND_ANSWER_OK,
    InboundAnswer.RECEIVED: sms_pb2.INBOUND_ANSWER_RECEIVED,
    InboundAnswer.NO_CREDENTIALS: sms_pb2.INBOUND_ANSWER_NO_CREDENTIALS,
    InboundAnswer.WRONG_CREDENTIALS: sms_pb2.INBOUND_ANSWER_WRONG_CREDENTIALS,
    InboundAnswer.MALFORMED: sms_pb2.INBOUND_ANSWER_MALFORMED,
}


def receipts_from_pb(pb: sms_pb2.HandleReceiptsRequest) -> list[RawReceipt]:
    """The receipts of a request. Raises InvalidRequest for none or too many, no provider, or no time."""
    if not 1 <= len(pb.receipts) <= MAX_RECEIPTS:
        raise InvalidRequest([Violation("receipts", f"receipts must be 1 to {MAX_RECEIPTS}")])
    return [_receipt_from_pb(receipt) for receipt in pb.receipts]


def _receipt_from_pb(pb: sms_pb2.RawReceipt) -> RawReceipt:
    if not pb.HasField("receive_time"):
        raise InvalidRequest([Violation("receive_time", "receive_time is required")])
    return RawReceipt(
        provider=_provider_from_pb(pb.provider),
        body=pb.body,
        received_at=moment_from(pb.receive_time, "receive_time"),
    )


def _provider_from_pb(pb: sms_pb2.SmsProvider) -> ProviderName:
    name = _NAMES.get(pb)
    if name is None:
        raise InvalidRequest([Violation("provider", "provider is required")])
    return name


def faults_to_pb(faults: Sequence[Faults]) -> sms_pb2.HandleReceiptsResponse:
    """What to tell the providers."""
    return sms_pb2.HandleReceiptsResponse(results=[sms_pb2.ReceiptResult(faults=each) for each in faults])


def inbound_from_pb(pb: sms_pb2.HandleInboundRequest) -> RawInbound:
    """A received text as it came. Raises InvalidRequest for no provider, or no time."""
    if not pb.HasField("receive_time"):
        raise InvalidRequest([Violation("receive_time", "receive_time is required")])
    return RawInbound(
        provider=_provider_from_pb(pb.provider),
        body=pb.body,
        authorization=pb.authorization if pb.HasField("authorization") else None,
        received_at=moment_from(pb.receive_time, "receive_time"),
    )


def inbound_to_pb(result: InboundResult) -> sms_pb2.HandleInboundResponse:
    """What to tell the provider."""
    return sms_pb2.HandleInboundResponse(answer=_ANSWERS[result.answer], faults=result.faults)
