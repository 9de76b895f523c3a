"""Finds the notification that SES's feedback is about, and passes on what it means.

SES knows an email by its own message id; `sent_emails` has the notification. Feedback about a young email
that is not there yet is kept and tried again; older feedback is dropped, as it is about mail of somebody
else, or from before the time for which ids are kept. Called by `receipts.py`; `try_again` is started as a
loop in `__main__`.

Whether a status may still change is for the notifications service to say. A complaint changes none: it is
recorded.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from deliverykit.receipts import StatusReporter
from deliverykit.types import ReportResult, StatusReport
from servicekit.clock import Clock
from servicekit.errors import Conflict, DeadlineExceeded, Unavailable
from servicekit.logs import get_logger
from services.email import metrics
from services.email.feedback import STATUS_OF, FeedbackKind, ReceivedFeedback
from services.email.store import Complaint, Store

PROVIDER: Final = "ses"

YOUNG: Final = timedelta(minutes=5)
"""Feedback about a younger email may have overtaken our own record of it."""
RETRY_DELAY: Final = timedelta(minutes=5)
RETRIES: Final = 5
FIRST_DELAY: Final = timedelta(seconds=10)
"""One try more than the five, soon: nearly always the record was only some milliseconds behind."""
_MAX_TAKEN: Final = 500

_log = get_logger()


class Matching:
    """See the module."""

    def __init__(
        self,
        store: Store,
        reporter: StatusReporter,
        clock: Clock,
        *,
        record_complaints: Callable[[Sequence[Complaint]], Awaitable[None]],
    ) -> None:
        """`record_complaints`: `Complaints.record`."""
        self._store = store
        self._reporter = reporter
        self._clock = clock
        self._record_complaints = record_complaints

    async def apply(self, received: Sequence[ReceivedFeedback]) -> None:
        """Pass on feedback, or keep it until its email is known. When this returns, nothing of it can be
        lost.

        Raises Unavailable, DeadlineExceeded or Conflict when some could neither be applied nor kept; the
        whole may be repeated.
        """
        if not received:
            return
        found = await self._store.find_notifications([row.feedback.message_id for row in received])
        known = [row for row in received if row.feedback.message_id in found]
        unknown = [row for row in received if row.feedback.message_id not in found]
        await _all(self._pass_on(known, found), self._keep_young(unknown))

    async def try_again(self) -> None:
        """Try kept feedback whose time has come. To be called every few seconds."""
        now = self._clock.now()
        try:
            taken = await self._store.take_unmatched(now, max_rows=_MAX_TAKEN, next_try_at=now + RETRY_DELAY)
            if not taken:
                return
            message_ids = [row.received.feedback.message_id for row in taken]
            found = await self._store.find_notifications(message_ids)
            known = [row for row in taken if row.received.feedback.message_id in found]
            given_up = [
                row for row in taken if row.tries_left == 0 and row.received.feedback.message_id not in found
            ]
            await self._pass_on([row.received for row in known], found)
            for row in given_up:
                _drop(row.received)
            await self._store.forget_unmatched([row.id for row in [*known, *given_up]])
        except (Unavailable, DeadlineExceeded, Conflict) as err:
            _log.warning("unmatched_receipts_delayed", failure=err)

    async def _pass_on(self, known: Sequence[ReceivedFeedback], found: Mapping[str, UUID]) -> None:
        complaints = []
        reports = []
        for row in known:
            feedback = row.feedback
            notification_id = found[feedback.message_id]
            metrics.count_feedback(feedback.kind, "found")
            if feedback.kind is FeedbackKind.COMPLAINT:
                complaints.append(_complaint(row, notification_id))
                continue
            reports.append(
                StatusReport(
                    notification_id=notification_id,
                    provider=PROVIDER,
                    status=STATUS_OF[feedback.kind],
                    received_at=row.received_at,
                    detail_code=feedback.detail_code or feedback.kind.value,
                )
            )
        await _all(self._record_complaints(complaints), self._reporter.report_many(reports))

    async def _keep_young(self, unknown: Sequence[ReceivedFeedback]) -> None:
        now = self._clock.now()
        young = []
        for row in unknown:
            if now - row.feedback.mailed_at < YOUNG:
                metrics.count_feedback(row.feedback.kind, "waiting")
                young.append(row)
            else:
                _drop(row)
        if young:
            await self._store.keep_unmatched(young, tries=1 + RETRIES, next_try_at=now + FIRST_DELAY)


def note_result(report: StatusReport, result: ReportResult) -> None:
    """Log what a report did: for `StatusReporter`."""
    _log.info(
        "receipt_applied",
        notification_id=report.notification_id,
        provider=report.provider,
        status=report.status,
        detail_code=report.detail_code,
        outcome=result.outcome,
    )


async def _all(*works: Awaitable[object]) -> None:
    """Do works side by side; raises the first error when all have ended, so that none goes on unwatched."""
    for outcome in await asyncio.gather(*works, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


def _complaint(received: ReceivedFeedback, notification_id: UUID) -> Complaint:
    feedback = received.feedback
    return Complaint(
        notification_id=notification_id,
        feedback_id=feedback.feedback_id,
        complaint_type=feedback.detail_code,
        complained_at=feedback.happened_at,
        received_at=received.received_at,
    )


def _drop(received: ReceivedFeedback) -> None:
    feedback = received.feedback
    metrics.count_feedback(feedback.kind, "dropped")
    _log.warning("receipt_unmatched", ses_message_id=feedback.message_id, kind=feedback.kind)
