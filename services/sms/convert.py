"""pb ⇄ domain for `SmsService`, pure; refuses what is missing."""

from collections.abc import Sequence
from datetime import UTC
from typing import Final

from notify.sms.v1 import sms_pb2
from servicekit.errors import InvalidRequest, Violation
from services.sms.clients.provider import ProviderName
from services.sms.inbound import InboundAnswer, InboundResult, RawInbound
from services.sms.providers import Provider, ProviderChange
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
_NUMBERS: Final[dict[ProviderName, sms_pb2.SmsProvider]] = {name: number for number, name in _NAMES.items()}


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
        received_at=pb.receive_time.ToDatetime(tzinfo=UTC),
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
        received_at=pb.receive_time.ToDatetime(tzinfo=UTC),
    )


def inbound_to_pb(result: InboundResult) -> sms_pb2.HandleInboundResponse:
    """What to tell the provider."""
    return sms_pb2.HandleInboundResponse(answer=_ANSWERS[result.answer], faults=result.faults)


def change_from_pb(pb: sms_pb2.UpdateProviderRequest) -> ProviderChange:
    """What an operator wants changed. Raises InvalidRequest without a provider."""
    return ProviderChange(
        name=_provider_from_pb(pb.provider),
        weight=pb.weight if pb.HasField("weight") else None,
        active=pb.active if pb.HasField("active") else None,
    )


def provider_to_pb(provider: Provider) -> sms_pb2.Provider:
    """A provider as it is now."""
    pb = sms_pb2.Provider(
        provider=_NUMBERS[provider.name],
        name=provider.name.value,
        weight=provider.weight,
        resting_weight=provider.resting_weight,
        active=provider.active,
        supports_international=provider.supports_international,
        version=provider.version,
        update_reason=provider.update_reason,
    )
    pb.update_time.FromDatetime(provider.updated_at)
    return pb


def providers_to_pb(providers: Sequence[Provider]) -> sms_pb2.ListProvidersResponse:
    """All providers."""
    return sms_pb2.ListProvidersResponse(providers=[provider_to_pb(provider) for provider in providers])
