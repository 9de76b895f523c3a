"""The border of `SmsService`: what is refused, and what its answers hold."""

import pytest

from notify.sms.v1 import sms_pb2
from servicekit.errors import InvalidRequest
from services.sms.convert import faults_to_pb, receipts_from_pb
from tests.unit.sms.factories import AT, FIRETEXT, MMG


def a_receipt(**changes: object) -> sms_pb2.RawReceipt:
    pb = sms_pb2.RawReceipt(provider=sms_pb2.SMS_PROVIDER_MMG, body=b"{}")
    pb.receive_time.FromDatetime(AT)
    for name, value in changes.items():
        pb.ClearField(name)
        if value is not None:
            setattr(pb, name, value)
    return pb


def a_request(*receipts: sms_pb2.RawReceipt) -> sms_pb2.HandleReceiptsRequest:
    return sms_pb2.HandleReceiptsRequest(receipts=receipts)


def test_receipts_are_read() -> None:
    request = a_request(a_receipt(), a_receipt(provider=sms_pb2.SMS_PROVIDER_FIRETEXT, body=b"x"))

    receipts = receipts_from_pb(request)

    assert [(r.provider, r.body, r.received_at) for r in receipts] == [(MMG, b"{}", AT), (FIRETEXT, b"x", AT)]


@pytest.mark.parametrize(
    ("request_pb", "field"),
    [
        (a_request(), "receipts"),
        (a_request(*[a_receipt()] * 1_001), "receipts"),
        (a_request(a_receipt(provider=None)), "provider"),
        (a_request(a_receipt(provider=77)), "provider"),
        (a_request(a_receipt(receive_time=None)), "receive_time"),
    ],
)
def test_receipts_with_a_fault_of_ours_are_refused(
    request_pb: sms_pb2.HandleReceiptsRequest, field: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        receipts_from_pb(request_pb)

    assert [violation.field for violation in caught.value.violations] == [field]


def test_faults_are_told_in_order() -> None:
    pb = faults_to_pb([(), ("a", "b")])

    assert [list(result.faults) for result in pb.results] == [[], ["a", "b"]]
