"""What the printer reports about letters: checked, written down, and passed on to notifications.

Nobody but the printer has the tokens, so the token is checked before anything else. A report may come late, twice
or after another one: only the first about a letter counts. Not here: the shape of a report (`report_body`),
whether a status may change (notifications), and keeping what can't be passed on (`deliverykit.receipts`).
"""

from typing import Final, Protocol
from uuid import UUID

from deliverykit.types import ReportResult, StatusReport
from notifyrules.statuses import NotificationStatus
from servicekit.clock import Clock
from servicekit.errors import NotAuthenticated, RuleBroken
from servicekit.logs import get_logger
from services.letters.printing import metrics
from services.letters.printing.letters_to_print import LetterReport
from services.letters.printing.report_body import JobStatus, ReportBody, read_report
from services.letters.printing.report_tokens import ReportTokens
from services.letters.printing.store import PrintStore

TOKEN_REFUSED: Final = "REPORT_TOKEN_REFUSED"  # noqa: S105 -- a name, not a secret
ID_MISMATCH: Final = "REPORT_ID_MISMATCH"
_PROVIDER: Final = "dvla"

_STATUSES: Final = {
    JobStatus.DESPATCHED: NotificationStatus.DELIVERED,
    JobStatus.REJECTED: NotificationStatus.TECHNICAL_FAILURE,
}

_log = get_logger()


class Reporter(Protocol):
    """`deliverykit.receipts.StatusReporter`: applies a report, or keeps it until it can be applied."""

    async def report(self, report: StatusReport, *, retry_unknown: bool = False) -> ReportResult:
        """Raises servicekit errors when it could do neither."""
        ...


class LetterReports:
    """Takes reports."""

    def __init__(self, tokens: ReportTokens, store: PrintStore, reporter: Reporter, *, clock: Clock) -> None:
        self._tokens = tokens
        self._store = store
        self._reporter = reporter
        self._clock = clock

    async def handle(self, body: bytes, token: str) -> None:
        """Take one report.

        Raises NotAuthenticated for a token that is none of ours, RuleBroken and InvalidRequest for a body that can't
        be read or is about another letter, and Unavailable when it could not be kept: then it should come again,
        which does no harm.
        """
        notification_id = self._tokens.read(token)
        if notification_id is None:
            raise NotAuthenticated(TOKEN_REFUSED, "A valid token must be provided in the query string")
        report = read_report(body)
        if report.job_id != notification_id:
            raise RuleBroken(
                ID_MISMATCH, "Notification ID in letter callback data does not match ID in token"
            )
        metrics.record_report(report.status.value.lower())
        await self._write_down(notification_id, report)
        result = await self._reporter.report(
            StatusReport(
                notification_id=notification_id,
                provider=_PROVIDER,
                status=_STATUSES[report.status],
                received_at=self._clock.now(),
                detail_code=report.status.value,
            )
        )
        _log.info(
            "letter_report_handled",
            notification_id=str(notification_id),
            job_status=report.status,
            outcome=result.outcome,
        )

    async def _write_down(self, notification_id: UUID, report: ReportBody) -> None:
        is_despatched = report.status is JobStatus.DESPATCHED
        our_sheets = await self._store.record_report(
            LetterReport(
                notification_id=notification_id,
                is_despatched=is_despatched,
                despatched_on=report.changed_on if is_despatched else None,
                cost_class=report.cost_class,
                sheets=report.sheets,
            ),
            self._clock.now(),
        )
        if our_sheets is not None and is_despatched and our_sheets != report.sheets:
            metrics.record_sheets_differ()
            _log.error(
                "letter_sheets_differ",
                notification_id=str(notification_id),
                sheets=our_sheets,
                reported_sheets=report.sheets,
            )
