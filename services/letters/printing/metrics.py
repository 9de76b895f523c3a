"""What printing measures. Instruments are private; others call the functions."""

from typing import Final

from servicekit import metrics
from services.letters.printing.dvla import Fault
from services.letters.printing.letters_to_print import RunOrigin

_PRINT_BUCKETS_S: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""From a provider that is well to the limit of a request."""

_TAKEN: Final = "taken"

_request_seconds = metrics.histogram(
    "notify_letters_print_request_seconds",
    "How long the print provider took to answer, by what it said",
    ["outcome"],
    buckets=_PRINT_BUCKETS_S,
)
_ended = metrics.counter(
    "notify_letters_print_ended_total", "Letters by where handing over ended", ["outcome"]
)
_runs = metrics.counter("notify_letters_print_runs_total", "Print runs that took their letters", ["origin"])
_run_letters = metrics.counter("notify_letters_print_run_letters_total", "Letters that print runs took", [])
_reports = metrics.counter("notify_letters_print_reports_total", "Reports of the printer", ["status"])
_sheets_differ = metrics.counter(
    "notify_letters_print_sheets_differ_total", "Reports whose count of sheets is not ours", []
)


def record_request(fault: Fault | None, duration_s: float) -> None:
    """The provider was asked to print a letter; `fault` is None when it took it."""
    _request_seconds.labels(_TAKEN if fault is None else fault.value).observe(duration_s)


def record_ended(outcome: str) -> None:
    """Handing a letter over ended; `outcome` is an `EndState`."""
    _ended.labels(outcome).inc()


def record_run(origin: RunOrigin, letters: int) -> None:
    """A run took its letters."""
    _runs.labels(origin.value).inc()
    _run_letters.inc(letters)


def record_report(status: str) -> None:
    """The printer reported; `status` is `despatched` or `rejected`."""
    _reports.labels(status).inc()


def record_sheets_differ() -> None:
    """The printer used another number of sheets than we counted."""
    _sheets_differ.inc()
