"""What providers report: read, checked, and passed on to notifications.

Anybody may post receipts (the public contract has no authentication for them), so nothing in one is believed
but codes of the tables, and reading never fails. Not here: the formats and code tables (`clients/`), whether
a status may change (notifications), and keeping what can't be passed on (`deliverykit.receipts`)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from deliverykit.receipts import StatusReporter
from deliverykit.types import ReportResult, StatusReport
from notifyrules.statuses import NotificationStatus
from servicekit.ids import parse_id
from servicekit.logs import get_logger
from services.sms import metrics
from services.sms.clients import firetext, mmg
from services.sms.clients.provider import Faulty, ProviderName, Receipt
from services.sms.metrics import OddReceipt

_READERS: Final[Mapping[ProviderName, Callable[[bytes], Receipt | Faulty]]] = {
    ProviderName.MMG: mmg.read_receipt,
    ProviderName.FIRETEXT: firetext.read_receipt,
}

_log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class RawReceipt:
    """A receipt as it came."""

    provider: ProviderName
    body: bytes
    received_at: datetime


Faults = tuple[str, ...]
"""What to tell the provider; nothing when the receipt was accepted."""


class ReceiptHandler:
    """Takes receipts."""

    def __init__(self, reporter: StatusReporter) -> None:
        self._reporter = reporter

    async def handle(self, receipts: Sequence[RawReceipt]) -> list[Faults]:
        """Read receipts and pass on what they say; the faults of each, in order.

        Raises servicekit errors (Unavailable) when something could neither be passed on nor kept; then all
        should be sent again, which does no harm."""
        faults: list[Faults] = []
        reports: list[StatusReport] = []
        for raw in receipts:
            receipt = _READERS[raw.provider](raw.body)
            if isinstance(receipt, Faulty):
                metrics.record_odd_receipt(raw.provider, OddReceipt.FAULTY)
                faults.append(receipt.faults)
                continue
            faults.append(())
            report = _report_of(raw, receipt)
            if report is not None:
                reports.append(report)
        await self._reporter.report_many(reports)
        return faults


def _report_of(raw: RawReceipt, receipt: Receipt) -> StatusReport | None:
    """What a receipt says about which notification; None when it names none of ours."""
    notification_id = _id_in(receipt.reference)
    if notification_id is None:
        metrics.record_odd_receipt(raw.provider, OddReceipt.NOT_AN_ID)
        _log.warning("receipt_reference_odd", provider=raw.provider, detail_code=receipt.detail_code)
        return None
    metrics.record_receipt(raw.provider, receipt.status)
    if not receipt.is_known:
        metrics.record_odd_receipt(raw.provider, OddReceipt.UNKNOWN_STATUS)
        _log.error(
            "receipt_status_unknown",
            provider=raw.provider,
            detail_code=receipt.detail_code,
            notification_id=str(notification_id),
        )
    elif receipt.status is not NotificationStatus.DELIVERED:
        _log.info(
            "receipt_read",
            provider=raw.provider,
            detail_code=receipt.detail_code,
            reason=receipt.reason,
            notification_id=str(notification_id),
        )
    is_permanent = receipt.status is NotificationStatus.PERMANENT_FAILURE
    return StatusReport(
        notification_id=notification_id,
        provider=raw.provider.value,
        status=receipt.status,
        received_at=raw.received_at,
        overrides=firetext.second_look(receipt.code) if is_permanent else (),
        detail_code=receipt.detail_code,
    )


def _id_in(reference: str) -> UUID | None:
    try:
        return parse_id(reference)
    except ValueError:
        return None


def log_result(report: StatusReport, result: ReportResult) -> None:
    """The one line of a receipt that notifications knew what to do with."""
    _log.info(
        "receipt_handled",
        notification_id=str(report.notification_id),
        provider=report.provider,
        detail_code=report.detail_code,
        outcome=result.outcome,
        status=result.status,
    )
