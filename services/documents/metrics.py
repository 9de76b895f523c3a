"""What the documents service measures. Instruments are private; others call the functions."""

from typing import Final

from servicekit import metrics
from services.documents.values import ConfirmOutcome

_STORED: Final = "stored"

_uploads = metrics.counter(
    "notify_documents_uploads_total", "Files that came, by what became of them", ["outcome"]
)
_upload_bytes = metrics.counter("notify_documents_upload_bytes_total", "Bytes of files that were stored")
_downloads = metrics.counter("notify_documents_downloads_total", "Downloads that were begun")
_broken = metrics.counter("notify_documents_broken_files_total", "Files that were missing or did not open")
_confirmations = metrics.counter(
    "notify_documents_confirmations_total", "Tries to confirm an address, by outcome", ["outcome"]
)
_removed = metrics.counter("notify_documents_removed_files_total", "Expired files that were removed")
_orphans = metrics.counter("notify_documents_orphans_total", "Files without a document that were removed")
_unremoved = metrics.gauge(
    "notify_documents_unremoved_files", "Expired files that the last removal could not remove"
)


def count_stored(size_bytes: int) -> None:
    """A file was stored."""
    _uploads.labels(_STORED).inc()
    _upload_bytes.inc(size_bytes)


def count_refused(reason: str) -> None:
    """A file was refused; `reason` is one of the proto's error reasons."""
    _uploads.labels(reason.lower()).inc()


def count_download() -> None:
    """A download was begun."""
    _downloads.inc()


def count_broken() -> None:
    """A file was missing or did not open, though its document is there."""
    _broken.inc()


def count_confirmation(outcome: ConfirmOutcome) -> None:
    """Somebody tried to confirm an address."""
    _confirmations.labels(outcome.value).inc()


def count_removal(files: int, orphans: int, failed: int) -> None:
    """A removal of expired files ended."""
    _removed.inc(files)
    _orphans.inc(orphans)
    _unremoved.set(failed)
