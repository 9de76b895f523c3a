"""Passes providers' reports on to notifications, and keeps those that cannot be passed on now.

    reporter = StatusReporter(DeliveriesClient(channel), KeptReceiptsStore(pool), clock=clock)
    result = await reporter.report(StatusReport(...))
    lifecycle.start_loop("kept receipts", reporter.run_kept)
    lifecycle.on_stopping(reporter.stop)

A report that `report` answered is safe: applied, or stored here and applied later by `run_kept`. Usually
nothing is written here at all. Not here: the providers' formats and what their codes mean."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from deliverykit import metrics, spans
from deliverykit.backoff import Backoff
from deliverykit.client import Deliveries
from deliverykit.kept_store import KeptReceipt, KeptReceipts, NewKeptReceipt
from deliverykit.types import ReportOutcome, ReportResult, StatusReport
from servicekit.batching import Batcher
from servicekit.clock import Clock, monotonic
from servicekit.errors import DeadlineExceeded, ServiceError, Unavailable
from servicekit.logs import get_logger

OnResult = Callable[[StatusReport, ReportResult], None]

_MAX_BATCH: Final = 100
_AWAY_FOR_S: Final = 1.0
"""After notifications could not be asked, reports are kept at once for this long: providers must not wait."""
_IDLE_S: Final = 5.0
_KEPT_BATCH: Final = 200
_HIDDEN: Final = timedelta(minutes=1)
"""How long a taken report is nobody else's; many times as long as it takes to apply one."""
_FIRST_TRY_AFTER: Final = timedelta(seconds=1)
_UNKNOWN_TRIES: Final = 5
_UNKNOWN_PAUSE: Final = timedelta(minutes=5)
"""Tries and pause for a report that came before its notification was known: the public contract's numbers."""

_AWAY: Final = (Unavailable, DeadlineExceeded)

_log = get_logger()


@dataclass(frozen=True, slots=True)
class _Reported:
    report: StatusReport
    retry_unknown: bool


class StatusReporter:
    """The reports of one process; see the module."""

    def __init__(
        self,
        deliveries: Deliveries,
        kept: KeptReceipts,
        *,
        clock: Clock,
        on_result: OnResult | None = None,
    ) -> None:
        """`on_result` is told of every result that notifications gave, also of kept reports; it must not
        raise."""
        self._deliveries = deliveries
        self._kept = kept
        self._clock = clock
        self._on_result = on_result
        self._away_until = 0.0
        self._stop_wanted = asyncio.Event()
        self._batcher: Batcher[_Reported, ReportResult] = Batcher(
            self._apply_or_keep, name="status reports", max_items=_MAX_BATCH, max_in_flight=1
        )

    async def report(self, report: StatusReport, *, retry_unknown: bool = False) -> ReportResult:
        """Apply one report, or keep it (outcome KEPT).

        A report about an unknown notification is dropped with a warning; with `retry_unknown` it is kept and
        tried 5 more times, 5 minutes apart. Raises Unavailable (or another servicekit error) when the report
        could neither be applied nor kept.
        """
        return await self._batcher.submit(_Reported(report, retry_unknown))

    async def report_many(self, reports: Sequence[StatusReport]) -> list[ReportResult]:
        """As `report` for each, side by side; raises the first error."""
        return await self._batcher.submit_many(_Reported(report, retry_unknown=False) for report in reports)

    async def run_kept(self) -> None:
        """Apply kept reports until `stop`."""
        backoff = Backoff()
        while not self._stop_wanted.is_set():
            try:
                found = await self._apply_some_kept()
            except ServiceError as err:
                _log.warning("kept_receipts_delayed", failure=err)
                await self._pause(backoff.next_s())
                continue
            backoff.reset()
            if found < _KEPT_BATCH:
                await self._pause(_IDLE_S)

    def stop(self) -> None:
        """Let `run_kept` end. Reports are still taken: the server may be answering its last calls."""
        self._stop_wanted.set()

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stop_wanted.wait()

    async def _apply_or_keep(self, items: list[_Reported]) -> list[ReportResult | Exception]:
        if monotonic() < self._away_until:
            return await self._keep_all(items)
        try:
            results = await self._deliveries.apply_statuses([item.report for item in items])
        except ServiceError as err:
            self._away_until = monotonic() + _AWAY_FOR_S
            _log.warning("receipts_kept", count=len(items), failure=err)
            return await self._keep_all(items)
        return await self._with_unknown_kept(items, results)

    async def _keep_all(self, items: Sequence[_Reported]) -> list[ReportResult | Exception]:
        first_try_at = self._clock.now() + _FIRST_TRY_AFTER
        await self._kept.keep(
            [
                NewKeptReceipt(
                    report=item.report,
                    unknown_tries_left=_UNKNOWN_TRIES if item.retry_unknown else 0,
                    next_try_at=first_try_at,
                )
                for item in items
            ]
        )
        for _ in items:
            metrics.record_report(ReportOutcome.KEPT)
        return [_KEPT for _ in items]

    async def _with_unknown_kept(
        self, items: Sequence[_Reported], results: Sequence[ReportResult]
    ) -> list[ReportResult | Exception]:
        """Note the results, and keep the unknown ones that are to be tried again."""
        answers: list[ReportResult | Exception] = list(results)
        to_keep = []
        for index, (item, result) in enumerate(zip(items, results, strict=True)):
            if item.retry_unknown and result.outcome is ReportOutcome.UNKNOWN_NOTIFICATION:
                to_keep.append(index)
            else:
                self._note(item.report, result)
        if to_keep:
            next_try_at = self._clock.now() + _UNKNOWN_PAUSE
            outcome: ReportResult | Exception = _KEPT
            try:
                await self._kept.keep(
                    [
                        NewKeptReceipt(
                            report=items[index].report,
                            unknown_tries_left=_UNKNOWN_TRIES - 1,
                            next_try_at=next_try_at,
                        )
                        for index in to_keep
                    ]
                )
            except ServiceError as err:
                outcome = err
            for index in to_keep:
                answers[index] = outcome
        return answers

    async def _apply_some_kept(self) -> int:
        """Take a batch of kept reports and apply it; answers how many were found."""
        now = self._clock.now()
        taken = await self._kept.take(_KEPT_BATCH, now, now + _HIDDEN)
        metrics.record_kept_reports(len(taken) if len(taken) < _KEPT_BATCH else await self._kept.count())
        if not taken:
            return 0
        try:
            results = await self._apply_each([kept.report for kept in taken])
        except _AWAY:
            await self._kept.put_back([kept.id for kept in taken], self._clock.now())
            raise
        done, again = self._sort_out(taken, results)
        if done:
            await self._kept.forget(done)
        if again:
            await self._kept.put_back(again, self._clock.now() + _UNKNOWN_PAUSE, unknown_tries=1)
        return len(taken)

    async def _apply_each(self, reports: Sequence[StatusReport]) -> list[ReportResult | None]:
        """Apply reports; one by one when they are refused together, so that one can't hold up the others.

        None: refused for itself. Raises Unavailable or DeadlineExceeded.
        """
        try:
            return list(await self._deliveries.apply_statuses(reports))
        except _AWAY:
            raise
        except ServiceError as err:
            if len(reports) == 1:
                _log.error("receipt_refused", notification_id=str(reports[0].notification_id), failure=err)
                return [None]
        return [(await self._apply_each([report]))[0] for report in reports]

    def _sort_out(
        self, taken: Sequence[KeptReceipt], results: Sequence[ReportResult | None]
    ) -> tuple[list[int], list[int]]:
        """Ids of reports that are dealt with, and of those to try again much later."""
        done, again = [], []
        for kept, result in zip(taken, results, strict=True):
            is_unknown = result is not None and result.outcome is ReportOutcome.UNKNOWN_NOTIFICATION
            if result is None or (is_unknown and kept.unknown_tries_left > 0):
                again.append(kept.id)
            else:
                done.append(kept.id)
                self._note(kept.report, result)
        return done, again

    def _note(self, report: StatusReport, result: ReportResult) -> None:
        metrics.record_report(result.outcome)
        if result.outcome is ReportOutcome.APPLIED and result.sent_at is not None:
            metrics.record_receipt_lag(report.provider, (report.received_at - result.sent_at).total_seconds())
        spans.record_receipt(report, result, self._clock)
        if result.outcome is ReportOutcome.UNKNOWN_NOTIFICATION:
            _log.warning(
                "receipt_notification_unknown",
                notification_id=str(report.notification_id),
                provider=report.provider,
            )
        if self._on_result is not None:
            self._on_result(report, result)


_KEPT: Final = ReportResult(outcome=ReportOutcome.KEPT)
