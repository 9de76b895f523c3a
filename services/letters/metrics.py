"""What the letters service measures. Instruments are private; others call the functions."""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from servicekit import metrics

_PREPARE_BUCKETS_S: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""From one page of a template to the limits of a scan and of a check together."""


class Kind(StrEnum):
    """Where a letter comes from."""

    TEMPLATED = "templated"
    UPLOADED = "uploaded"


_prepare_seconds = metrics.histogram(
    "notify_letters_prepare_seconds",
    "From getting a delivery to its result, by how it ended",
    ["kind", "outcome"],
    buckets=_PREPARE_BUCKETS_S,
)
_scans = metrics.counter("notify_letters_scans_total", "Virus scans by outcome", ["outcome"])
_worker_bytes = metrics.gauge(
    "notify_letters_worker_memory_bytes", "Memory in use by all worker processes of a kind", ["kind"]
)
_deleted_files = metrics.counter("notify_letters_files_deleted_total", "Files past their time", ["area"])


def record_prepared(kind: Kind, outcome: str, duration_s: float) -> None:
    """A letter was prepared, or was not. `outcome` is of a closed set: see `preparing`."""
    _prepare_seconds.labels(kind, outcome).observe(duration_s)


def record_scan(outcome: str) -> None:
    """A file was scanned; `outcome` is a `ScanOutcome`."""
    _scans.labels(outcome).inc()


def watch_worker_memory(kind: str, in_use: Callable[[], float]) -> None:
    """Show what `in_use` answers, in bytes, from now on."""
    _worker_bytes.labels(kind).set_function(in_use)


def record_deleted_files(area: str, count: int) -> None:
    """Files were deleted from an area."""
    _deleted_files.labels(area).inc(count)
