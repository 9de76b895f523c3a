"""deliveries.proto ⇄ values."""

from datetime import datetime, timedelta
from uuid import UUID

from google.protobuf.duration_pb2 import Duration

from notify.notifications.v1 import deliveries_pb2 as pb
from notifyrules.statuses import NotificationStatus
from servicekit.clock import Clock
from servicekit.errors import InvalidRequest
from servicekit.ids import time_of
from services.notifications.convert.values import (
    KEY_TYPE_NUMBERS,
    LANE_NUMBERS,
    STATUS_NUMBERS,
    TYPE_NUMBERS,
    id_from,
    invalid,
    moment_from,
    postage_from,
    span_from,
    status_from,
    timestamp,
)
from services.notifications.deliveries import (
    DeadDelivery,
    Delivery,
    DeliveryResult,
    EmailContent,
    FailedRequest,
    HandedOverMessage,
    LetterContent,
    LetterOutcome,
    Outcome,
    QueueStatistics,
    TemplatedLetter,
    TextContent,
)
from services.notifications.reconciling import Verdict
from services.notifications.sending_services import Branding
from services.notifications.statuses import ReportOutcome, ReportResult, StatusOverride, StatusReport
from services.notifications.upkeep_store import OpenNotification

MAX_BATCH = 1_000
MAX_WORKER_ID_CHARACTERS = 200
MAX_REASON_CHARACTERS = 500
MAX_FAILED_REQUESTS = 10
MAX_PROVIDER_CHARACTERS = 50
_REPORT_OUTCOMES = {
    ReportOutcome.APPLIED: pb.REPORT_OUTCOME_APPLIED,
    ReportOutcome.DUPLICATE: pb.REPORT_OUTCOME_DUPLICATE,
    ReportOutcome.UNKNOWN_NOTIFICATION: pb.REPORT_OUTCOME_UNKNOWN_NOTIFICATION,
    ReportOutcome.IGNORED: pb.REPORT_OUTCOME_IGNORED,
}

_VERDICTS = {
    Verdict.WAITS: pb.OPEN_VERDICT_WAITS,
    Verdict.LOST: pb.OPEN_VERDICT_LOST,
    Verdict.STUCK: pb.OPEN_VERDICT_STUCK,
}


def check_batch(count: int, field: str, maximum: int = MAX_BATCH) -> None:
    """Refuse an empty or too large batch. Raises InvalidRequest."""
    if not 1 <= count <= maximum:
        raise invalid(field, f"{field} must have 1 to {maximum:,} items")


def worker_id_from(text: str) -> str:
    """The name of a sender process. Raises InvalidRequest when it is empty or too long."""
    if not 1 <= len(text) <= MAX_WORKER_ID_CHARACTERS:
        raise invalid("worker_id", f"worker_id must have 1 to {MAX_WORKER_ID_CHARACTERS} characters")
    return text


def delivery(leased: Delivery) -> pb.Delivery:
    """A leased delivery."""
    content = leased.content
    return pb.Delivery(
        notification_id=str(leased.notification_id),
        attempt=leased.attempt,
        service_id=str(leased.service_id),
        key_type=KEY_TYPE_NUMBERS[leased.key_type],
        lease_expire_time=timestamp(leased.leased_until),
        possible_duplicate=leased.possible_duplicate,
        create_time=timestamp(time_of(leased.notification_id)),
        failed_providers=leased.failed_providers,
        text=_text(content) if isinstance(content, TextContent) else None,
        email=_email(content) if isinstance(content, EmailContent) else None,
        letter=_letter(content) if isinstance(content, LetterContent) else None,
    )


def delivery_result(result: pb.DeliveryResult, worker_id: str) -> DeliveryResult:
    """What a sender reports. Raises InvalidRequest when it says nothing, or too much."""
    notification_id = id_from(result.notification_id, "notification_id")
    provider = result.provider if result.HasField("provider") else None
    started_at = moment_from(result.start_time, "start_time") if result.HasField("start_time") else None
    duration = span_from(result.duration, "duration") if result.HasField("duration") else None
    failed_requests = _failed_requests(result) if result.failed_requests else ()
    outcome = result.WhichOneof("outcome")

    def made(
        kind: Outcome,
        *,
        status: NotificationStatus | None = None,
        error_code: str | None = None,
        delay: timedelta | None = None,
        counted: bool = True,
        letter: LetterOutcome | None = None,
        may_be_out: bool = False,
    ) -> DeliveryResult:
        return DeliveryResult(
            notification_id=notification_id,
            attempt=result.attempt,
            worker_id=worker_id,
            outcome=kind,
            status=status,
            provider=provider,
            started_at=started_at,
            duration=duration,
            error_code=error_code,
            delay=delay,
            counted=counted,
            letter=letter,
            may_be_out=may_be_out,
            failed_requests=failed_requests,
        )

    match outcome:
        case "handed_over":
            return made(Outcome.DONE, status=NotificationStatus.SENDING)
        case "pretend":
            return made(Outcome.DONE, status=status_from(result.pretend.status))
        case "letter_prepared":
            return made(Outcome.DONE, letter=_letter_prepared(result.letter_prepared))
        case "letter_failed":
            return made(Outcome.DONE, letter=_letter_failed(result.letter_failed))
        case "refused":
            return made(Outcome.DEAD, error_code=result.refused.error_code or "refused")
        case "retry_later":
            later = result.retry_later
            return made(
                Outcome.RETRY,
                error_code=later.error_code or "unknown",
                delay=span_from(later.delay, "delay") if later.HasField("delay") else None,
                counted=not later.no_provider,
                may_be_out=later.may_be_out,
            )
        case "released":
            return made(Outcome.RELEASE, delay=timedelta(0), counted=False)
        case _:
            raise invalid("outcome", "outcome is not set")


# Cancelled: the letters service was asked for it, and whoever asked may have stopped before it was noted here.
_LETTER_FAILURES = (
    NotificationStatus.CANCELLED,
    NotificationStatus.VALIDATION_FAILED,
    NotificationStatus.VIRUS_SCAN_FAILED,
    NotificationStatus.TECHNICAL_FAILURE,
)


def _letter_prepared(prepared: pb.LetterPrepared) -> LetterOutcome:
    if prepared.sheets < 0 or prepared.page_count < 0:
        raise invalid("letter_prepared", "sheets and page_count must not be negative")
    return LetterOutcome(
        failed_status=None,
        page_count=prepared.page_count,
        sheets=prepared.sheets,
        postage=postage_from(prepared.postage) if prepared.HasField("postage") else None,
        address_lines=tuple(prepared.address_lines),
    )


def _letter_failed(failed: pb.LetterFailed) -> LetterOutcome:
    status = status_from(failed.status)
    if status not in _LETTER_FAILURES:
        raise invalid("status", "status must be one with which a letter fails")
    return LetterOutcome(
        failed_status=status,
        failure_reason=None if status is NotificationStatus.CANCELLED else failed.reason or "unknown",
        invalid_pages=tuple(failed.invalid_pages),
        page_count=failed.page_count if failed.HasField("page_count") else None,
    )


def _failed_requests(result: pb.DeliveryResult) -> tuple[FailedRequest, ...]:
    if len(result.failed_requests) > MAX_FAILED_REQUESTS:
        raise invalid("failed_requests", f"failed_requests must have at most {MAX_FAILED_REQUESTS} items")
    return tuple(
        FailedRequest(
            provider=failed.provider,
            started_at=moment_from(failed.start_time, "failed_requests.start_time"),
            duration=span_from(failed.duration, "failed_requests.duration"),
            error_code=failed.error_code or "unknown",
            may_be_out=failed.may_be_out,
        )
        for failed in result.failed_requests
    )


def completion_status(counted: bool) -> "pb.CompletionStatus":
    """Whether a result counted."""
    return pb.COMPLETION_STATUS_RECORDED if counted else pb.COMPLETION_STATUS_STALE


def status_report(report: pb.StatusReport, clock: Clock) -> StatusReport | None:
    """What a provider reported; None where its id cannot be one of ours."""
    try:
        notification_id = id_from(report.notification_id, "notification_id")
    except InvalidRequest:
        return None
    return StatusReport(
        notification_id=notification_id,
        provider=report.provider,
        status=status_from(report.status),
        overrides=tuple(
            StatusOverride(
                given_to=override.given_to,
                current_status=status_from(override.current_status)
                if override.HasField("current_status")
                else None,
                status=status_from(override.status),
            )
            for override in report.overrides
        ),
        detail_code=report.detail_code[:100],
        received_at=moment_from(report.receive_time, "receive_time")
        if report.HasField("receive_time")
        else clock.now(),
    )


def report_result(result: ReportResult, notification_id: UUID | None) -> pb.StatusReportResult:
    """What a report did."""
    known = result.status is not None and notification_id is not None
    return pb.StatusReportResult(
        outcome=_REPORT_OUTCOMES[result.outcome],
        given_to=result.given_to,
        create_time=timestamp(time_of(notification_id)) if known and notification_id is not None else None,
        send_time=timestamp(result.sent_at) if result.sent_at is not None else None,
        status=STATUS_NUMBERS[result.status] if result.status is not None else None,
        key_type=KEY_TYPE_NUMBERS[result.key_type] if result.key_type is not None else None,
    )


def dead_delivery(dead: DeadDelivery) -> pb.DeadDelivery:
    """A delivery whose retries ended."""
    return pb.DeadDelivery(
        notification_id=str(dead.notification_id),
        service_id=str(dead.service_id),
        channel=TYPE_NUMBERS[dead.channel],
        attempts=dead.attempts,
        last_error=dead.last_error,
        death_time=timestamp(dead.died_at),
    )


def dead_page_token(dead: DeadDelivery) -> str:
    """Where the page after this one begins."""
    return f"{dead.died_at.isoformat()}/{dead.notification_id}"


def dead_page_start(token: str) -> tuple[datetime, UUID]:
    """A page token read back. Raises InvalidRequest."""
    moment, _, notification_id = token.partition("/")
    try:
        return datetime.fromisoformat(moment), id_from(notification_id, "page_token")
    except ValueError:
        raise invalid("page_token", "page_token is not one that was given out") from None


def open_notification(notification: OpenNotification, verdict: Verdict) -> pb.OpenNotification:
    """A notification that is not final. Raises ValueError for one that is no longer here."""
    if notification.type is None or notification.status is None:
        raise ValueError("no longer here")
    return pb.OpenNotification(
        notification_id=str(notification.id),
        service_id=str(notification.service_id),
        type=TYPE_NUMBERS[notification.type],
        status=STATUS_NUMBERS[notification.status],
        create_time=timestamp(time_of(notification.id)),
        has_delivery=notification.has_delivery,
        verdict=_VERDICTS[verdict],
    )


def handed_over_messages(request: pb.MarkHandedOverRequest) -> list[HandedOverMessage]:
    """Messages that providers have. Raises InvalidRequest where one lacks something or comes twice."""
    check_batch(len(request.messages), "messages")
    messages = [
        HandedOverMessage(
            notification_id=id_from(message.notification_id, "messages.notification_id"),
            provider=_provider_from(message.provider),
            sent_at=_sent_at(message),
        )
        for message in request.messages
    ]
    if len({message.notification_id for message in messages}) < len(messages):
        raise invalid("messages", "messages must name each notification once")
    return messages


def _provider_from(text: str) -> str:
    if not 1 <= len(text) <= MAX_PROVIDER_CHARACTERS:
        raise invalid("messages.provider", f"provider must have 1 to {MAX_PROVIDER_CHARACTERS} characters")
    return text


def _sent_at(message: pb.HandedOverMessage) -> datetime:
    if not message.HasField("send_time"):
        raise invalid("messages.send_time", "send_time must say when it was handed over")
    return moment_from(message.send_time, "messages.send_time")


def reason_from(text: str) -> str:
    """Why somebody does something. Raises InvalidRequest when they do not say."""
    reason = text.strip()
    if not 1 <= len(reason) <= MAX_REASON_CHARACTERS:
        raise invalid("reason", f"reason must have 1 to {MAX_REASON_CHARACTERS} characters")
    return reason


def queue_statistics(queue: QueueStatistics, now: datetime) -> pb.QueueStatistics:
    """What waits in one queue."""
    age: Duration | None = None
    if queue.oldest_ready_at is not None:
        age = Duration()
        age.FromTimedelta(max(timedelta(0), now - queue.oldest_ready_at))
    return pb.QueueStatistics(
        channel=TYPE_NUMBERS[queue.channel],
        lane=LANE_NUMBERS[queue.lane],
        ready_count=queue.ready,
        leased_count=queue.leased,
        waiting_count=queue.waiting,
        oldest_ready_age=age,
    )


def _text(content: TextContent) -> pb.TextContent:
    return pb.TextContent(
        phone_number=content.phone_number,
        sender=content.sender,
        body=content.body,
        international=content.international,
    )


def _email(content: EmailContent) -> pb.EmailContent:
    return pb.EmailContent(
        email_address=content.email_address,
        from_name=content.from_name,
        from_address=content.from_address,
        reply_to_address=content.reply_to_address,
        subject_template=content.subject_template,
        body_template=content.body_template,
        personalisation_json=content.personalisation,
        one_click_unsubscribe_url=content.one_click_unsubscribe_url,
        show_unsubscribe_link=content.show_unsubscribe_link,
        branding=_branding(content.branding) if content.branding is not None else None,
    )


def _letter(content: LetterContent) -> pb.LetterContent:
    templated = content.templated
    return pb.LetterContent(
        reference=content.reference,
        postage=content.postage.value,
        allow_international=content.allow_international,
        wants_pretend_receipt=content.wants_pretend_receipt,
        templated=_templated(templated) if templated is not None else None,
        precompiled=pb.PrecompiledLetter() if templated is None else None,
    )


def _templated(letter: TemplatedLetter) -> pb.TemplatedLetter:
    return pb.TemplatedLetter(
        subject_template=letter.subject_template,
        body_template=letter.body_template,
        contact_block_template=letter.contact_block_template,
        personalisation_json=letter.personalisation,
        welsh_subject_template=letter.welsh_subject_template,
        welsh_body_template=letter.welsh_body_template,
        logo_svg=letter.logo_svg,
        attachment_id=None if letter.attachment_id is None else str(letter.attachment_id),
    )


def _branding(branding: Branding) -> pb.EmailBranding:
    return pb.EmailBranding(
        text=branding.text,
        colour=branding.colour,
        logo_url=branding.logo_url,
        alt_text=branding.alt_text,
        banner=branding.banner,
    )
