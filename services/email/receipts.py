"""SNS messages, as the gateway hands them over: which are trusted, and what each is for.

Trust is decided in `sns.py`, SES's format read in `ses_notifications.py`, what it means applied in
`matching.py`. Called by `service.py`. Every message may come twice, and may come again after an error.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from servicekit.clock import Clock
from servicekit.errors import Unavailable
from servicekit.logs import get_logger
from services.email import metrics
from services.email.clients.sns import Region
from services.email.feedback import ReceivedFeedback
from services.email.metrics import ReceiptVerdict
from services.email.ses_notifications import UnreadableNotification, read_notification
from services.email.sns import MessageType, SnsMessage, Verifier, read_message

_TURN: Final = 32
"""Messages after which other work gets a turn: about 1 ms of checking signatures."""

_log = get_logger()

Confirm = Callable[[str, Region], Awaitable[bool]]
Apply = Callable[[Sequence[ReceivedFeedback]], Awaitable[None]]


class ReceiptOutcome(StrEnum):
    """What is answered for a message."""

    ACCEPTED = "accepted"
    MALFORMED = "malformed"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True, kw_only=True)
class RawReceipt:
    """One SNS message as it came."""

    body: bytes = field(repr=False)
    received_at: datetime


class Receipts:
    """See the module."""

    def __init__(self, *, verifier: Verifier, confirm: Confirm, apply: Apply, clock: Clock) -> None:
        """`confirm`: `SnsClient.confirm`. `apply`: `Matching.apply`."""
        self._verifier = verifier
        self._confirm = confirm
        self._apply = apply
        self._clock = clock

    async def handle(self, receipts: Sequence[RawReceipt]) -> list[ReceiptOutcome]:
        """Check and apply messages; one outcome for each, in order.

        Raises Unavailable, DeadlineExceeded or Conflict when one could neither be applied nor kept, after the
        others were done.
        """
        outcomes: list[ReceiptOutcome] = []
        feedback: list[ReceivedFeedback] = []
        failure: Unavailable | None = None
        for number, receipt in enumerate(receipts, 1):
            try:
                outcomes.append(await self._handle_one(receipt, feedback))
            except Unavailable as err:
                failure = err
            if number % _TURN == 0:
                await asyncio.sleep(0)
        await self._apply(feedback)
        if failure is not None:
            raise failure
        return outcomes

    async def _handle_one(self, receipt: RawReceipt, feedback: list[ReceivedFeedback]) -> ReceiptOutcome:
        """Check one message and do what it asks; what SES tells is added to `feedback`."""
        message = read_message(receipt.body)
        if message is None:
            metrics.count_receipt(ReceiptVerdict.MALFORMED)
            return ReceiptOutcome.MALFORMED
        fault = await self._verifier.find_fault(message, self._clock.now())
        if fault is not None:
            metrics.count_receipt(ReceiptVerdict.FORBIDDEN)
            _log.warning("receipt_refused", fault=fault, type=message.type)
            return ReceiptOutcome.FORBIDDEN
        if message.type is not MessageType.NOTIFICATION:
            return await self._handle_subscription(message)
        try:
            told = read_notification(message.message)
        except UnreadableNotification as err:
            # Also what SES sends to try out a topic. Sending it again would change nothing, hence accepted.
            metrics.count_receipt(ReceiptVerdict.UNREADABLE)
            _log.warning("ses_notification_unknown", kind=err.kind, sns_message_id=message.message_id)
            return ReceiptOutcome.ACCEPTED
        metrics.count_receipt(ReceiptVerdict.NOTIFICATION)
        feedback.append(ReceivedFeedback(feedback=told, received_at=receipt.received_at))
        return ReceiptOutcome.ACCEPTED

    async def _handle_subscription(self, message: SnsMessage) -> ReceiptOutcome:
        """Confirm that our topic may post to us; note when it was told to stop."""
        metrics.count_receipt(ReceiptVerdict.SUBSCRIPTION)
        if message.type is MessageType.UNSUBSCRIBE_CONFIRMATION:
            _log.warning("sns_unsubscribed", topic=message.topic_arn)
            return ReceiptOutcome.ACCEPTED
        if not await self._confirm(message.subscribe_url, self._verifier.region(message)):
            _log.warning("sns_subscription_refused", topic=message.topic_arn)
            return ReceiptOutcome.FORBIDDEN
        _log.info("sns_subscription_confirmed", topic=message.topic_arn)
        return ReceiptOutcome.ACCEPTED
