"""What the email service measures. Instruments are private; others call the functions."""

from enum import StrEnum
from typing import Final

from servicekit import metrics

_DELIVERY_BUCKETS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0)
"""From a test key (no provider) to a slow answer of SES followed by all the patience with the database."""


class SendOutcome(StrEnum):
    """How an attempt ended."""

    HANDED_OVER = "handed_over"
    THROTTLED = "throttled"
    RETRY = "retry"
    REFUSED = "refused"
    PRETEND = "pretend"


class ReceiptVerdict(StrEnum):
    """What was made of an SNS message."""

    NOTIFICATION = "notification"
    SUBSCRIPTION = "subscription"
    MALFORMED = "malformed"
    FORBIDDEN = "forbidden"
    UNREADABLE = "unreadable"


_ses_seconds = metrics.histogram(
    "notify_email_ses_request_seconds", "How long SES took to answer", ["outcome"]
)
_delivery_seconds = metrics.histogram(
    "notify_email_delivery_seconds",
    "From getting a delivery to its result: rendering, SES and our own record",
    ["outcome"],
    buckets=_DELIVERY_BUCKETS_S,
)
_render_seconds = metrics.histogram(
    "notify_email_render_seconds",
    "How long rendering took",
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5),
)
_possible_duplicates = metrics.counter(
    "notify_email_possible_duplicates_total",
    "Emails sent although an earlier attempt may have reached SES",
)
_batch_size = metrics.histogram(
    "notify_email_record_batch_size", "Sent emails recorded in one statement", buckets=metrics.BATCH_BUCKETS
)
_unrecorded = metrics.gauge(
    "notify_email_unrecorded_emails", "Sent emails whose message id the database has not taken yet"
)
_receipts = metrics.counter(
    "notify_email_receipts_total", "SNS messages, by what was made of them", ["verdict"]
)
_feedback = metrics.counter("notify_email_feedback_total", "What SES told about emails", ["kind", "match"])

_ses_seconds_of = {outcome: _ses_seconds.labels(outcome.value) for outcome in SendOutcome}
_delivery_seconds_of = {outcome: _delivery_seconds.labels(outcome.value) for outcome in SendOutcome}
_receipts_of = {verdict: _receipts.labels(verdict.value) for verdict in ReceiptVerdict}


def record_ses_request(outcome: SendOutcome, seconds: float) -> None:
    """One request to SES."""
    _ses_seconds_of[outcome].observe(seconds)


def record_delivery(outcome: SendOutcome, seconds: float, *, possible_duplicate: bool) -> None:
    """One delivery, from begin to end."""
    _delivery_seconds_of[outcome].observe(seconds)
    if possible_duplicate:
        _possible_duplicates.inc()


def record_rendering(seconds: float) -> None:
    """One email rendered."""
    _render_seconds.observe(seconds)


def record_batch(size: int) -> None:
    """Sent emails written together."""
    _batch_size.observe(size)


def set_unrecorded(count: int) -> None:
    """Sent emails that wait in memory to be written."""
    _unrecorded.set(count)


def count_receipt(verdict: ReceiptVerdict) -> None:
    """One SNS message."""
    _receipts_of[verdict].inc()


def count_feedback(kind: str, match: str) -> None:
    """One notification of SES; `match` is `found`, `waiting` or `dropped`."""
    _feedback.labels(kind, match).inc()
