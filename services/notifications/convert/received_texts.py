"""received_texts.proto, unsubscribe_requests.proto and the inbound numbers of accounts.proto ⇄ values."""

from collections.abc import Sequence
from uuid import UUID

from notify.notifications.v1 import accounts_pb2, unsubscribe_requests_pb2
from notify.notifications.v1 import received_texts_pb2 as pb
from services.notifications.convert.values import invalid, moment_from, timestamp
from services.notifications.received_texts import (
    INBOUND_PROVIDERS,
    MAX_CONTENT_CHARACTERS,
    MAX_SENDER_CHARACTERS,
    ArrivedText,
    ReceivedTextOutcome,
)
from services.notifications.received_texts_store import InboundNumber, ReceivedText
from services.notifications.unsubscribing import UnsubscribeOutcome
from services.notifications.unsubscribing_store import UnsubscribeRequest

_OUTCOMES = {
    ReceivedTextOutcome.STORED: pb.RECEIVED_TEXT_OUTCOME_STORED,
    ReceivedTextOutcome.REPEATED: pb.RECEIVED_TEXT_OUTCOME_REPEATED,
    ReceivedTextOutcome.NOT_WANTED: pb.RECEIVED_TEXT_OUTCOME_NOT_WANTED,
}
_UNSUBSCRIBE_OUTCOMES = {
    UnsubscribeOutcome.ACCEPTED: unsubscribe_requests_pb2.UNSUBSCRIBE_OUTCOME_ACCEPTED,
    UnsubscribeOutcome.BAD_TOKEN: unsubscribe_requests_pb2.UNSUBSCRIBE_OUTCOME_BAD_TOKEN,
    UnsubscribeOutcome.UNKNOWN_NOTIFICATION: (
        unsubscribe_requests_pb2.UNSUBSCRIBE_OUTCOME_UNKNOWN_NOTIFICATION
    ),
}


def arrived_text(request: pb.RecordReceivedTextRequest) -> ArrivedText:
    """A text that a provider handed over. Raises InvalidRequest."""
    if request.provider not in INBOUND_PROVIDERS:
        raise invalid("provider", f"provider must be one of {', '.join(INBOUND_PROVIDERS)}")
    if not request.HasField("send_time"):
        raise invalid("send_time", "send_time is required")
    if len(request.content) > MAX_CONTENT_CHARACTERS:
        raise invalid("content", f"content has more than {MAX_CONTENT_CHARACTERS} characters")
    if len(request.sender_number) > MAX_SENDER_CHARACTERS:
        raise invalid("sender_number", f"sender_number has more than {MAX_SENDER_CHARACTERS} characters")
    return ArrivedText(
        provider=request.provider,
        provider_reference=request.provider_reference or None,
        sender_number=request.sender_number,
        recipient_number=request.recipient_number,
        content=request.content,
        sent_at=moment_from(request.send_time, "send_time"),
    )


def record_response(outcome: ReceivedTextOutcome, id: UUID | None) -> pb.RecordReceivedTextResponse:
    """What became of a text."""
    return pb.RecordReceivedTextResponse(
        outcome=_OUTCOMES[outcome], received_text_id=str(id) if id is not None else None
    )


def list_response(found: Sequence[ReceivedText], limit: int) -> pb.ListReceivedTextsResponse:
    """A page of texts."""
    return pb.ListReceivedTextsResponse(
        received_texts=[
            pb.ReceivedText(
                id=str(text.id),
                service_id=str(text.service_id),
                notify_number=text.notify_number,
                user_number=text.user_number,
                content=text.content,
                create_time=timestamp(text.created_at),
                send_time=timestamp(text.sent_at),
            )
            for text in found
        ],
        next_page_token=str(found[-1].id) if len(found) == limit else None,
    )


def inbound_number(number: InboundNumber) -> accounts_pb2.InboundNumber:
    """A number that people can text to."""
    return accounts_pb2.InboundNumber(
        number=number.number,
        provider=number.provider,
        service_id=str(number.service_id) if number.service_id is not None else None,
        first_used_time=timestamp(number.first_used_at) if number.first_used_at is not None else None,
    )


def unsubscribe_outcome(outcome: UnsubscribeOutcome) -> "unsubscribe_requests_pb2.UnsubscribeOutcome":
    """What became of a click on a link."""
    return _UNSUBSCRIBE_OUTCOMES[outcome]


def unsubscribe_request(request: UnsubscribeRequest) -> unsubscribe_requests_pb2.EmailUnsubscribeRequest:
    """Somebody who wants no more emails."""
    return unsubscribe_requests_pb2.EmailUnsubscribeRequest(
        id=str(request.id),
        notification_id=str(request.notification_id),
        template_id=str(request.template_id),
        template_version=request.template_version,
        email_address=request.email_address,
        create_time=timestamp(request.created_at),
        close_time=timestamp(request.closed_at) if request.closed_at is not None else None,
    )
