"""Every statement of the email service, and nothing else. One method is one statement.

All raise Unavailable, DeadlineExceeded or Conflict while the database can't do it now (see
`servicekit.database`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from servicekit.database import Pool, load_queries
from services.email.feedback import Feedback, FeedbackKind, ReceivedFeedback

_QUERIES: Final = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SentEmail:
    """An email that SES took."""

    message_id: str
    """SES's name of it."""
    notification_id: UUID
    sent_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """Somebody marked an email as spam."""

    notification_id: UUID
    feedback_id: str
    """SES's name of the complaint; "" where it gave none."""
    complaint_type: str
    """SES's word, such as `abuse`; "" where it gave none."""
    complained_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmatchedReceipt:
    """A receipt that waits for its email to become known."""

    id: int
    received: ReceivedFeedback
    tries_left: int
    """After the one for which it was taken."""


class Store:
    """See the module."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def insert_sent_emails(self, sent: Sequence[SentEmail]) -> None:
        """Remember which notifications the emails are; what is already known stays as it is."""
        await self._pool.run(
            _QUERIES["insert_sent_emails"],
            {
                "message_ids": [row.message_id for row in sent],
                "notification_ids": [row.notification_id for row in sent],
                "sent_at": [row.sent_at for row in sent],
            },
        )

    async def find_notifications(self, message_ids: Sequence[str]) -> dict[str, UUID]:
        """The notification of each of SES's message ids that is known."""
        rows = await self._pool.fetch(_QUERIES["find_notifications"], {"message_ids": list(message_ids)})
        return dict(rows)

    async def delete_sent_emails(self, before: datetime, max_rows: int) -> int:
        """Forget up to `max_rows` emails that were sent before a time; answers how many."""
        return await self._pool.run(_QUERIES["delete_sent_emails"], {"before": before, "max": max_rows})

    async def insert_complaints(self, complaints: Sequence[Complaint]) -> None:
        """Record complaints; one that is already recorded stays as it is."""
        await self._pool.run(
            _QUERIES["insert_complaints"],
            {
                "notification_ids": [row.notification_id for row in complaints],
                "feedback_ids": [row.feedback_id for row in complaints],
                "complaint_types": [row.complaint_type for row in complaints],
                "complained_at": [row.complained_at for row in complaints],
                "received_at": [row.received_at for row in complaints],
            },
        )

    async def find_untold_complaints(self, max_rows: int) -> list[Complaint]:
        """Complaints that the notifications service has not been told of, oldest first."""
        return [
            Complaint(
                notification_id=notification_id,
                feedback_id=feedback_id,
                complaint_type=complaint_type,
                complained_at=complained_at,
                received_at=received_at,
            )
            for notification_id, feedback_id, complaint_type, complained_at, received_at in await self._pool.fetch(
                _QUERIES["find_untold_complaints"], {"max": max_rows}
            )
        ]

    async def note_told(self, complaints: Sequence[Complaint], now: datetime) -> None:
        """Note that the notifications service was told of complaints."""
        await self._pool.run(
            _QUERIES["note_told"],
            {
                "notification_ids": [row.notification_id for row in complaints],
                "feedback_ids": [row.feedback_id for row in complaints],
                "now": now,
            },
        )

    async def keep_unmatched(
        self, received: Sequence[ReceivedFeedback], *, tries: int, next_try_at: datetime
    ) -> None:
        """Keep receipts to be tried `tries` times; one that is already kept stays as it is."""
        feedback = [row.feedback for row in received]
        await self._pool.run(
            _QUERIES["keep_unmatched"],
            {
                "message_ids": [row.message_id for row in feedback],
                "kinds": [row.kind.value for row in feedback],
                "feedback_ids": [row.feedback_id for row in feedback],
                "detail_codes": [row.detail_code for row in feedback],
                "mailed_at": [row.mailed_at for row in feedback],
                "happened_at": [row.happened_at for row in feedback],
                "received_at": [row.received_at for row in received],
                "tries": tries,
                "next_try_at": next_try_at,
            },
        )

    async def take_unmatched(
        self, now: datetime, *, max_rows: int, next_try_at: datetime
    ) -> list[UnmatchedReceipt]:
        """Take kept receipts whose time has come, for one try; they come again at `next_try_at`."""
        rows = await self._pool.fetch(
            _QUERIES["take_unmatched"], {"now": now, "max": max_rows, "next_try_at": next_try_at}
        )
        return [_unmatched_from_row(row) for row in rows]

    async def forget_unmatched(self, ids: Sequence[int]) -> None:
        """Forget kept receipts."""
        await self._pool.run(_QUERIES["forget_unmatched"], {"ids": list(ids)})


def _unmatched_from_row(row: tuple[Any, ...]) -> UnmatchedReceipt:
    row_id, tries_left, message_id, kind, feedback_id, detail_code, mailed_at, happened_at, received_at = row
    feedback = Feedback(
        message_id=message_id,
        kind=FeedbackKind(kind),
        detail_code=detail_code,
        feedback_id=feedback_id,
        mailed_at=mailed_at,
        happened_at=happened_at,
    )
    return UnmatchedReceipt(
        id=row_id,
        received=ReceivedFeedback(feedback=feedback, received_at=received_at),
        tries_left=tries_left,
    )
