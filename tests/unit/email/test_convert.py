"""pb ⇄ domain of `EmailService`."""

from datetime import UTC, datetime

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from notify.email.v1 import email_pb2
from servicekit.errors import InvalidRequest
from services.email.convert import MAX_RECEIPTS, outcomes_to_pb, receipts_from_pb
from services.email.receipts import RawReceipt, ReceiptOutcome

AT = datetime(2026, 3, 4, 5, 6, 7, 890_123, tzinfo=UTC)


def a_receipt() -> email_pb2.RawReceipt:
    at = Timestamp()
    at.FromDatetime(AT)
    return email_pb2.RawReceipt(body=b"{}", receive_time=at)


def test_messages_keep_body_and_time() -> None:
    request = email_pb2.HandleReceiptsRequest(receipts=[a_receipt()])
    assert receipts_from_pb(request) == [RawReceipt(body=b"{}", received_at=AT)]


@pytest.mark.parametrize(
    "receipts", [[], [email_pb2.RawReceipt(body=b"{}")], [a_receipt()] * (MAX_RECEIPTS + 1)]
)
def test_a_request_that_is_empty_too_large_or_without_times_is_refused(
    receipts: list[email_pb2.RawReceipt],
) -> None:
    with pytest.raises(InvalidRequest):
        receipts_from_pb(email_pb2.HandleReceiptsRequest(receipts=receipts))


def test_each_outcome_has_the_member_of_its_name() -> None:
    response = outcomes_to_pb(list(ReceiptOutcome))
    names = [email_pb2.ReceiptOutcome.Name(result.outcome) for result in response.results]
    assert names == [f"RECEIPT_OUTCOME_{outcome.name}" for outcome in ReceiptOutcome]
    assert len(names) == len(email_pb2.ReceiptOutcome.keys()) - 1
