"""What leasing and receipts measure; labels are the channel and closed sets of outcomes."""

from collections.abc import Callable
from typing import Final

from deliverykit.types import (
    HandedOver,
    LetterFailed,
    LetterPrepared,
    Outcome,
    Pretend,
    Refused,
    Released,
    ReportOutcome,
    RetryLater,
)
from notifyrules.statuses import NotificationType
from servicekit.metrics import counter, gauge, histogram

_leased = counter("notify_deliveries_leased_total", "Deliveries taken from the queue", ["channel"])
_held = gauge("notify_deliveries_held", "Deliveries under way", ["channel"])
_ended = counter("notify_deliveries_ended_total", "Deliveries by outcome", ["channel", "outcome"])
_stale = counter("notify_deliveries_stale_total", "Results that no longer counted", ["channel"])
_lost = counter("notify_deliveries_lost_total", "Leases lost before the provider was asked", ["channel"])
_reports = counter("notify_status_reports_total", "Providers' reports by what they did", ["outcome"])
_receipt_lag = histogram(
    "notify_receipt_lag_seconds",
    "From handing a message to a provider until its report came, of reports that changed a status",
    ["provider"],
    # A phone that is on answers in seconds; one that was off for days answers at the end of the third.
    buckets=(0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 14_400.0, 86_400.0, 259_200.0),
)
_kept = gauge("notify_status_reports_kept", "Reports that wait in the store, as last counted")

_OUTCOME_NAMES: Final[dict[type[Outcome], str]] = {
    HandedOver: "handed_over",
    RetryLater: "retry_later",
    Refused: "refused",
    Pretend: "pretend",
    Released: "released",
    LetterPrepared: "letter_prepared",
    LetterFailed: "letter_failed",
}


class LeasingMetrics:
    """The instruments of one channel, looked up once."""

    def __init__(self, channel: NotificationType, held: Callable[[], int]) -> None:
        self._leased = _leased.labels(channel)
        _held.labels(channel).set_function(held)
        self._stale = _stale.labels(channel)
        self._lost = _lost.labels(channel)
        self._ended = {kind: _ended.labels(channel, name) for kind, name in _OUTCOME_NAMES.items()}

    def leased(self) -> None:
        """One more delivery was taken."""
        self._leased.inc()

    def ended(self, outcome: Outcome) -> None:
        """A delivery ended."""
        self._ended[type(outcome)].inc()

    def stale(self) -> None:
        """A result did not count."""
        self._stale.inc()

    def lost(self) -> None:
        """A lease was lost in time."""
        self._lost.inc()


_report_children = {outcome: _reports.labels(outcome.value) for outcome in ReportOutcome}


def record_report(outcome: ReportOutcome) -> None:
    """A provider's report was dealt with."""
    _report_children[outcome].inc()


def record_receipt_lag(provider: str, lag_s: float) -> None:
    """A report came so long after the message was handed over; `provider` is one of those that we have."""
    _receipt_lag.labels(provider).observe(max(0.0, lag_s))


def record_kept_reports(count: int) -> None:
    """How many reports wait."""
    _kept.set(count)
