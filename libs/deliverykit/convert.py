"""pb ⇄ domain for the delivery queue, pure. Runs several times for every message, hence the plain tables.

What a server must never send (an unspecified enum, a bad id) raises ValueError. Only `client.py` calls this.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import assert_never
from uuid import UUID

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from deliverykit.types import (
    Delivery,
    DeliveryResult,
    EmailBranding,
    EmailContent,
    HandedOver,
    Lease,
    LeaseRef,
    LetterContent,
    LetterFailed,
    LetterPrepared,
    Outcome,
    PrecompiledLetter,
    Pretend,
    Refused,
    Released,
    ReportOutcome,
    ReportResult,
    RetryLater,
    StatusReport,
    TemplatedLetter,
    TextContent,
)
from notify.notifications.v1 import deliveries_pb2, types_pb2
from notifyrules.postage import Postage
from notifyrules.statuses import KeyType, NotificationStatus, NotificationType

_KEY_TYPES = {
    types_pb2.KEY_TYPE_NORMAL: KeyType.NORMAL,
    types_pb2.KEY_TYPE_TEAM: KeyType.TEAM,
    types_pb2.KEY_TYPE_TEST: KeyType.TEST,
}
_STATUSES: dict[types_pb2.NotificationStatus, NotificationStatus] = {
    getattr(types_pb2, f"NOTIFICATION_STATUS_{status.name}"): status
    for status in NotificationStatus
    if status is not NotificationStatus.FAILED  # only on rows from before; has no number
}
_STATUS_NUMBERS: dict[NotificationStatus, types_pb2.NotificationStatus] = {
    status: number for number, status in _STATUSES.items()
}
_OUTCOMES = {
    deliveries_pb2.REPORT_OUTCOME_APPLIED: ReportOutcome.APPLIED,
    deliveries_pb2.REPORT_OUTCOME_DUPLICATE: ReportOutcome.DUPLICATE,
    deliveries_pb2.REPORT_OUTCOME_UNKNOWN_NOTIFICATION: ReportOutcome.UNKNOWN_NOTIFICATION,
    deliveries_pb2.REPORT_OUTCOME_IGNORED: ReportOutcome.IGNORED,
}
_CHANNEL_NUMBERS = {
    NotificationType.SMS: types_pb2.NOTIFICATION_TYPE_SMS,
    NotificationType.EMAIL: types_pb2.NOTIFICATION_TYPE_EMAIL,
    NotificationType.LETTER: types_pb2.NOTIFICATION_TYPE_LETTER,
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_TIME = timedelta(0)


def time_from_pb(value: Timestamp) -> datetime:
    """Aware UTC, to the microsecond. (`Timestamp.ToDatetime` is several times as slow.)"""
    return _EPOCH + timedelta(seconds=value.seconds, microseconds=value.nanos // 1000)


def time_to_pb(value: datetime, into: Timestamp) -> None:
    """Set a timestamp field."""
    since = value - _EPOCH
    into.seconds = since.days * 86_400 + since.seconds
    into.nanos = since.microseconds * 1000


def duration_to_pb(value: timedelta, into: Duration) -> None:
    """Set a duration field; a span below zero (a clock that was set back) counts as none."""
    value = max(value, _NO_TIME)
    into.seconds = value.days * 86_400 + value.seconds
    into.nanos = value.microseconds * 1000


def lease_request(
    channel: NotificationType, worker_id: str, max_deliveries: int, wait: timedelta
) -> deliveries_pb2.LeaseDeliveriesRequest:
    """Ask for deliveries of a channel."""
    request = deliveries_pb2.LeaseDeliveriesRequest(
        channel=_CHANNEL_NUMBERS[channel], worker_id=worker_id, max_deliveries=max_deliveries
    )
    duration_to_pb(wait, request.wait_duration)
    return request


def delivery_from_pb(pb: deliveries_pb2.Delivery) -> Delivery:
    """One leased delivery. Raises ValueError when an id, the key type or the content is missing."""
    key_type = _KEY_TYPES.get(pb.key_type)
    if key_type is None:
        raise ValueError("a delivery has no key type")
    return Delivery(
        notification_id=UUID(pb.notification_id),
        attempt=pb.attempt,
        service_id=UUID(pb.service_id),
        key_type=key_type,
        lease=Lease(time_from_pb(pb.lease_expire_time)),
        possible_duplicate=pb.possible_duplicate,
        created_at=time_from_pb(pb.create_time),
        failed_providers=tuple(pb.failed_providers),
        content=_content_from_pb(pb),
    )


def _content_from_pb(pb: deliveries_pb2.Delivery) -> TextContent | EmailContent | LetterContent:
    match pb.WhichOneof("content"):
        case "text":
            text = pb.text
            return TextContent(
                phone_number=text.phone_number,
                sender=text.sender,
                body=text.body,
                international=text.international,
            )
        case "email":
            return _email_from_pb(pb.email)
        case "letter":
            return _letter_from_pb(pb.letter)
        case _:
            raise ValueError("a delivery has no content")


def _email_from_pb(pb: deliveries_pb2.EmailContent) -> EmailContent:
    return EmailContent(
        email_address=pb.email_address,
        from_name=pb.from_name,
        from_address=pb.from_address,
        reply_to_address=pb.reply_to_address if pb.HasField("reply_to_address") else None,
        subject_template=pb.subject_template,
        body_template=pb.body_template,
        personalisation_json=pb.personalisation_json,
        one_click_unsubscribe_url=(
            pb.one_click_unsubscribe_url if pb.HasField("one_click_unsubscribe_url") else None
        ),
        show_unsubscribe_link=pb.show_unsubscribe_link,
        branding=_branding_from_pb(pb.branding) if pb.HasField("branding") else None,
    )


def _branding_from_pb(pb: deliveries_pb2.EmailBranding) -> EmailBranding:
    return EmailBranding(
        text=pb.text, colour=pb.colour, logo_url=pb.logo_url, alt_text=pb.alt_text, banner=pb.banner
    )


def _letter_from_pb(pb: deliveries_pb2.LetterContent) -> LetterContent:
    letter: TemplatedLetter | PrecompiledLetter
    match pb.WhichOneof("source"):
        case "templated":
            letter = _templated_letter_from_pb(pb.templated)
        case "precompiled":
            letter = PrecompiledLetter()
        case _:
            raise ValueError("a letter has no source")
    return LetterContent(
        reference=pb.reference,
        postage=Postage(pb.postage),
        allow_international=pb.allow_international,
        wants_pretend_receipt=pb.wants_pretend_receipt,
        letter=letter,
    )


def _templated_letter_from_pb(pb: deliveries_pb2.TemplatedLetter) -> TemplatedLetter:
    return TemplatedLetter(
        subject_template=pb.subject_template,
        body_template=pb.body_template,
        contact_block=pb.contact_block_template,
        welsh_subject_template=(pb.welsh_subject_template if pb.HasField("welsh_subject_template") else None),
        welsh_body_template=pb.welsh_body_template if pb.HasField("welsh_body_template") else None,
        logo_svg=pb.logo_svg if pb.HasField("logo_svg") else None,
        attachment_id=UUID(pb.attachment_id) if pb.HasField("attachment_id") else None,
        personalisation_json=pb.personalisation_json,
    )


def complete_request(
    worker_id: str, results: Sequence[tuple[LeaseRef, DeliveryResult]]
) -> deliveries_pb2.CompleteDeliveriesRequest:
    """Report what became of deliveries."""
    request = deliveries_pb2.CompleteDeliveriesRequest(worker_id=worker_id)
    for ref, result in results:
        pb = request.results.add(notification_id=str(ref.notification_id), attempt=ref.attempt)
        if result.provider is not None:
            pb.provider = result.provider
        if result.started_at is not None:
            time_to_pb(result.started_at, pb.start_time)
        if result.duration is not None:
            duration_to_pb(result.duration, pb.duration)
        for failed in result.failed_requests:
            request_pb = pb.failed_requests.add(
                provider=failed.provider, error_code=failed.error_code, may_be_out=failed.may_be_out
            )
            time_to_pb(failed.started_at, request_pb.start_time)
            duration_to_pb(failed.duration, request_pb.duration)
        _outcome_to_pb(result.outcome, pb)
    return request


def _outcome_to_pb(outcome: Outcome, pb: deliveries_pb2.DeliveryResult) -> None:
    match outcome:
        case HandedOver():
            pb.handed_over.SetInParent()
            if outcome.provider_reference is not None:
                pb.handed_over.provider_reference = outcome.provider_reference
        case RetryLater():
            pb.retry_later.error_code = outcome.error_code
            pb.retry_later.no_provider = outcome.no_provider
            pb.retry_later.may_be_out = outcome.may_be_out
            if outcome.delay is not None:
                duration_to_pb(outcome.delay, pb.retry_later.delay)
        case Refused():
            pb.refused.error_code = outcome.error_code
        case Pretend():
            pb.pretend.status = _STATUS_NUMBERS[outcome.status]
        case Released():
            pb.released.SetInParent()
        case LetterPrepared():
            pb.letter_prepared.page_count = outcome.page_count
            pb.letter_prepared.sheets = outcome.sheets
            pb.letter_prepared.postage = outcome.postage.value
            pb.letter_prepared.address_lines.extend(outcome.address_lines or ())
        case LetterFailed():
            pb.letter_failed.status = _STATUS_NUMBERS[outcome.status]
            pb.letter_failed.reason = outcome.reason_code
            pb.letter_failed.invalid_pages.extend(outcome.invalid_pages)
            if outcome.page_count is not None:
                pb.letter_failed.page_count = outcome.page_count
        case _:
            assert_never(outcome)


def extend_request(worker_id: str, leases: Sequence[LeaseRef]) -> deliveries_pb2.ExtendLeasesRequest:
    """Ask for another term."""
    request = deliveries_pb2.ExtendLeasesRequest(worker_id=worker_id)
    for ref in leases:
        request.leases.add(notification_id=str(ref.notification_id), attempt=ref.attempt)
    return request


def lease_ref_from_pb(pb: deliveries_pb2.LeaseRef) -> LeaseRef:
    """One lease that is still held. Raises ValueError for a bad id."""
    return LeaseRef(notification_id=UUID(pb.notification_id), attempt=pb.attempt)


def apply_request(reports: Sequence[StatusReport]) -> deliveries_pb2.ApplyStatusesRequest:
    """Pass on what providers reported."""
    request = deliveries_pb2.ApplyStatusesRequest()
    for report in reports:
        pb = request.reports.add(
            notification_id=str(report.notification_id),
            provider=report.provider,
            status=_STATUS_NUMBERS[report.status],
            detail_code=report.detail_code,
        )
        time_to_pb(report.received_at, pb.receive_time)
        for override in report.overrides:
            other = pb.overrides.add(given_to=override.given_to, status=_STATUS_NUMBERS[override.status])
            if override.current_status is not None:
                other.current_status = _STATUS_NUMBERS[override.current_status]
    return request


def report_result_from_pb(pb: deliveries_pb2.StatusReportResult) -> ReportResult:
    """What a report did. Raises ValueError for an outcome that is not known."""
    outcome = _OUTCOMES.get(pb.outcome)
    if outcome is None:
        raise ValueError("a report has no outcome")
    return ReportResult(
        outcome=outcome,
        given_to=pb.given_to if pb.HasField("given_to") else None,
        created_at=time_from_pb(pb.create_time) if pb.HasField("create_time") else None,
        sent_at=time_from_pb(pb.send_time) if pb.HasField("send_time") else None,
        status=_STATUSES.get(pb.status),
        key_type=_KEY_TYPES.get(pb.key_type),
    )
