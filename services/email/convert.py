"""pb ⇄ domain for `EmailService`. Pure; refuses what is missing."""

from datetime import UTC, datetime, timedelta
from typing import Final

from notify.email.v1 import email_pb2
from servicekit.errors import InvalidRequest, Violation
from services.email.receipts import RawReceipt, ReceiptOutcome
from services.email.rendering import RenderedEmail

MAX_RECEIPTS: Final = 1_000

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_OUTCOMES: Final = {
    ReceiptOutcome.ACCEPTED: email_pb2.RECEIPT_OUTCOME_ACCEPTED,
    ReceiptOutcome.MALFORMED: email_pb2.RECEIPT_OUTCOME_MALFORMED,
    ReceiptOutcome.FORBIDDEN: email_pb2.RECEIPT_OUTCOME_FORBIDDEN,
}


def receipts_from_pb(request: email_pb2.HandleReceiptsRequest) -> list[RawReceipt]:
    """The messages of a request. Raises InvalidRequest for none, too many, or one without a time."""
    if not 1 <= len(request.receipts) <= MAX_RECEIPTS:
        raise InvalidRequest([Violation("receipts", f"receipts must be 1 to {MAX_RECEIPTS}")])
    if not all(pb.HasField("receive_time") for pb in request.receipts):
        raise InvalidRequest([Violation("receipts.receive_time", "receive_time is a required property")])
    return [_receipt_from_pb(pb) for pb in request.receipts]


def _receipt_from_pb(pb: email_pb2.RawReceipt) -> RawReceipt:
    at = pb.receive_time
    received_at = _EPOCH + timedelta(seconds=at.seconds, microseconds=at.nanos // 1000)
    return RawReceipt(body=pb.body, received_at=received_at)


def outcomes_to_pb(outcomes: list[ReceiptOutcome]) -> email_pb2.HandleReceiptsResponse:
    """What became of the messages, in their order."""
    return email_pb2.HandleReceiptsResponse(
        results=[email_pb2.ReceiptResult(outcome=_OUTCOMES[outcome]) for outcome in outcomes]
    )


def preview_to_pb(rendered: RenderedEmail) -> email_pb2.PreviewEmailResponse:
    """A rendered email."""
    return email_pb2.PreviewEmailResponse(subject=rendered.subject, text=rendered.text, html=rendered.html)
