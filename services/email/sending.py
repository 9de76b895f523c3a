"""One delivery from its lease to its result: rendered, handed to SES, recorded.

Called by `deliverykit.leasing`, many side by side. Not here: when to try again (the queue decides), rendering
(`rendering.py`), the request to SES (`clients/ses.py`). No database connection is held while SES is called.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from deliverykit.spans import record_provider_request
from deliverykit.types import (
    Delivery,
    DeliveryResult,
    EmailContent,
    HandedOver,
    Pretend,
    Refused,
    RetryLater,
)
from notifyrules.recipients import PretendOutcome, pretend_outcome_for_email_address
from notifyrules.statuses import KeyType, NotificationStatus
from providerkit.caps import MONTHLY_CAP_REACHED, MonthlyCaps
from providerkit.gates import PATIENCE_S, Gate
from providerkit.measuring import Measurements
from servicekit.clock import Clock, monotonic
from servicekit.logs import get_logger
from services.email import metrics
from services.email.clients.provider import EmailProvider, OutgoingEmail
from services.email.metrics import SendOutcome
from services.email.rendering import Renderer, Unrenderable
from services.email.sent_emails import SentEmails
from services.email.store import SentEmail

_PRETEND_STATUS: Final = {
    PretendOutcome.DELIVERED: NotificationStatus.DELIVERED,
    PretendOutcome.TEMPORARY_FAILURE: NotificationStatus.TEMPORARY_FAILURE,
    PretendOutcome.PERMANENT_FAILURE: NotificationStatus.PERMANENT_FAILURE,
}
"""What SES's delivery, transient and permanent bounce mean; see `feedback.STATUS_OF`."""

_log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """What sending needs."""

    provider: EmailProvider
    renderer: Renderer
    sent_emails: SentEmails
    gate: Gate
    """In front of the provider."""
    caps: MonthlyCaps
    measurements: Measurements
    clock: Clock

    async def deliver(self, delivery: Delivery) -> DeliveryResult:
        """Send one email, or pretend to. Raises LeaseLost when the lease ran out before SES was called."""
        began = monotonic()
        result = await self._result(delivery)
        _note(delivery, result, monotonic() - began)
        return result

    async def _result(self, delivery: Delivery) -> DeliveryResult:
        content = delivery.content
        if not isinstance(content, EmailContent):
            raise TypeError("a delivery of the email channel holds something else")
        if delivery.key_type is KeyType.TEST:
            outcome = pretend_outcome_for_email_address(content.email_address)
            return DeliveryResult(outcome=Pretend(status=_PRETEND_STATUS[outcome]))
        if self.caps.is_reached(self.provider.name):
            return DeliveryResult(outcome=Refused(error_code=MONTHLY_CAP_REACHED))
        try:
            email = await self._render(delivery, content)
        except Unrenderable:
            return DeliveryResult(outcome=Refused(error_code="unrenderable"))
        if not await self.gate.enter(PATIENCE_S):
            return DeliveryResult(outcome=self.gate.hand_back())
        try:
            return await self._hand_over(delivery, email)
        finally:
            self.gate.leave()

    async def _render(self, delivery: Delivery, content: EmailContent) -> OutgoingEmail:
        began = monotonic()
        rendered = await self.renderer.render(content)
        metrics.record_rendering(monotonic() - began)
        return OutgoingEmail(
            notification_id=delivery.notification_id,
            to_address=content.email_address,
            from_name=content.from_name,
            from_address=content.from_address,
            reply_to_address=content.reply_to_address,
            subject=rendered.subject,
            text=rendered.text,
            html=rendered.html,
            unsubscribe_url=content.one_click_unsubscribe_url,
        )

    async def _hand_over(self, delivery: Delivery, email: OutgoingEmail) -> DeliveryResult:
        started_at = self.clock.now()
        delivery.lease.begin_handing_over(started_at)
        began = monotonic()
        outcome = await self.provider.send(email)
        duration_s = monotonic() - began
        name = _outcome_name(outcome)
        metrics.record_ses_request(name, duration_s)
        record_provider_request(
            delivery,
            self.provider.name,
            name,
            started_at,
            duration_s,
            failed=not isinstance(outcome, HandedOver),
        )
        error_code = None if isinstance(outcome, HandedOver) else outcome.error_code
        self.measurements.note_answer(self.provider.name, error_code, duration_s, started_at)
        if isinstance(outcome, HandedOver) and outcome.provider_reference is not None:
            sent_at = started_at + timedelta(seconds=duration_s)
            self.measurements.note_sent(self.provider.name, delivery.created_at, sent_at)
            # Before the delivery is reported: a receipt may be on its way already.
            await self.sent_emails.record(
                SentEmail(
                    message_id=outcome.provider_reference,
                    notification_id=delivery.notification_id,
                    sent_at=started_at,
                )
            )
        return DeliveryResult(
            outcome=outcome,
            provider=self.provider.name,
            started_at=started_at,
            duration=timedelta(seconds=duration_s),
        )


def _outcome_name(outcome: object) -> SendOutcome:
    match outcome:
        case HandedOver():
            return SendOutcome.HANDED_OVER
        case RetryLater(error_code="throttled"):
            return SendOutcome.THROTTLED
        case RetryLater():
            return SendOutcome.RETRY
        case Refused():
            return SendOutcome.REFUSED
        case _:
            return SendOutcome.PRETEND


def _note(delivery: Delivery, result: DeliveryResult, total_s: float) -> None:
    """Measure a delivery and write its one line. Nothing of the email itself is in it."""
    name = _outcome_name(result.outcome)
    metrics.record_delivery(name, total_s, possible_duplicate=delivery.possible_duplicate)
    coped = name in {SendOutcome.THROTTLED, SendOutcome.RETRY, SendOutcome.REFUSED}
    write = _log.warning if coped else _log.info
    write(
        "delivery_finished",
        notification_id=delivery.notification_id,
        service_id=delivery.service_id,
        attempt=delivery.attempt,
        possible_duplicate=delivery.possible_duplicate,
        outcome=name,
        **_details(result),
        total_ms=round(total_s * 1000, 1),
    )


def _details(result: DeliveryResult) -> dict[str, object]:
    """What else may be told of a result."""
    details: dict[str, object] = {} if result.provider is None else {"provider": result.provider}
    if result.duration is not None:
        details["ses_ms"] = round(result.duration.total_seconds() * 1000, 1)
    match result.outcome:
        case HandedOver(provider_reference=reference):
            details["ses_message_id"] = reference
        case RetryLater(error_code=code) | Refused(error_code=code):
            details["error_code"] = code
        case Pretend(status=status):
            details["status"] = status
    return details
