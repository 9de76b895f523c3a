"""What the sms service measures. Instruments are private; others call the functions."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final

from notifyrules.statuses import NotificationStatus
from servicekit import metrics
from services.sms.clients.provider import ProviderName

_SEND_BUCKETS_S: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 14_400.0)
"""From a healthy second (10 s is the promise that is reported) to the end of the retries."""


class RequestOutcome(StrEnum):
    """How a request to a provider ended; error codes in groups, so that labels stay few."""

    TAKEN = "taken"
    REFUSED = "refused"
    THROTTLED = "throttled"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    HTTP = "http"
    NOT_JSON = "not_json"
    CUT_OFF = "cut_off"


_request_seconds = metrics.histogram(
    "notify_sms_provider_request_seconds", "How long a provider took to answer", ["provider", "outcome"]
)
_raw_request_seconds = metrics.histogram(
    "notify_sms_provider_raw_request_seconds",
    "From the first byte of a request to the last of the answer: a provider's HTTP alone, failed requests too",
    ["provider"],
)
_send_seconds = metrics.histogram(
    "notify_sms_send_seconds",
    "From the notification's acceptance until a provider took it",
    ["provider"],
    buckets=_SEND_BUCKETS_S,
)
_deliveries = metrics.counter("notify_sms_deliveries_total", "Deliveries by outcome", ["outcome"])
_possible_duplicates = metrics.counter(
    "notify_sms_possible_duplicates_total",
    "Texts sent although an earlier request may have reached a provider",
)
_down = metrics.gauge(
    "notify_sms_provider_down", "1 while this process takes a provider for down", ["provider"]
)
_slow_share = metrics.gauge(
    "notify_sms_provider_slow_ratio", "Share of texts that took 5 minutes or more", ["provider"]
)
_receipts = metrics.counter("notify_sms_receipts_total", "Receipts by meaning", ["provider", "status"])
_inbound = metrics.counter(
    "notify_sms_inbound_total", "Received texts that providers handed over", ["provider", "answer"]
)
_odd_receipts = metrics.counter(
    "notify_sms_odd_receipts_total", "Receipts that need a look", ["provider", "kind"]
)


class OddReceipt(StrEnum):
    """What is wrong with a receipt."""

    FAULTY = "faulty"  # a field is missing
    UNKNOWN_STATUS = "unknown_status"
    NOT_AN_ID = "not_an_id"


def request_outcome(error_code: str) -> RequestOutcome:
    """The group that an error code of `clients` belongs to."""
    if error_code.startswith("refused_code_"):
        return RequestOutcome.REFUSED
    if error_code.startswith("http_"):
        return RequestOutcome.HTTP
    return RequestOutcome(error_code)


def record_request(provider: ProviderName, outcome: RequestOutcome, seconds: float) -> None:
    """One request to a provider, nothing but the request."""
    _request_seconds.labels(provider, outcome).observe(seconds)


def record_raw_request(provider: ProviderName, seconds: float) -> None:
    """One exchange with a provider over HTTP, however it ended."""
    _raw_request_seconds.labels(provider).observe(seconds)


def record_sent(provider: ProviderName, since_acceptance: timedelta) -> None:
    """A provider took a text."""
    _send_seconds.labels(provider).observe(since_acceptance.total_seconds())


def record_delivery(outcome: str, *, possible_duplicate: bool) -> None:
    """One delivery; `outcome` is a closed set of `sending.py`."""
    _deliveries.labels(outcome).inc()
    if possible_duplicate:
        _possible_duplicates.inc()


def record_provider_down(provider: str, *, is_down: bool) -> None:
    """A provider went down or came back."""
    _down.labels(provider).set(int(is_down))


def record_slow_shares(shares: Mapping[ProviderName, float]) -> None:
    """The slow shares as last looked at."""
    for provider, share in shares.items():
        _slow_share.labels(provider).set(share)


def record_receipt(provider: ProviderName, status: NotificationStatus) -> None:
    """A receipt was read."""
    _receipts.labels(provider, status).inc()


def record_inbound(provider: ProviderName, answer: str) -> None:
    """A provider handed over a received text; `answer` is a closed set of `inbound.py`."""
    _inbound.labels(provider, answer).inc()


def record_odd_receipt(provider: ProviderName, kind: OddReceipt) -> None:
    """A receipt was odd."""
    _odd_receipts.labels(provider, kind).inc()
