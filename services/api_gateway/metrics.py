"""What the gateway measures. Instruments are private; labels come from closed sets."""

from collections.abc import Callable
from functools import lru_cache

from prometheus_client import Counter, Histogram

from servicekit import metrics

_requests = metrics.counter("notify_gateway_requests_total", "Requests answered", ["route", "status"])
_durations = metrics.histogram(
    "notify_gateway_request_duration_seconds", "Time to answer a request", ["route"]
)
_concurrent = metrics.gauge("notify_gateway_concurrent_requests", "Requests that are being answered now")
_json_parsing = metrics.histogram(
    "notify_gateway_json_parse_seconds",
    "Time to read the JSON of a request's body",
    # From a one-line text to a bulk request of megabytes.
    buckets=(0.00001, 0.0001, 0.001, 0.01, 0.1, 1.0),
)
_lookups = metrics.counter(
    "notify_gateway_credential_lookups_total",
    "Lookups of a service's keys that memory could not answer",
    ["outcome"],
)
_turned_away = metrics.counter(
    "notify_gateway_turned_away_total",
    "Requests that were told to come again, as more came in than could be served",
    ["door"],
)
_limits_open = metrics.counter(
    "notify_gateway_limit_checks_open_total", "Requests that passed because the counter store was away"
)


_refusals_not_kept = metrics.counter(
    "notify_gateway_refusals_not_kept_total", "Refused requests that are in no list of them"
)


@lru_cache(maxsize=1_024)
def _request_counter(route: str, status: int) -> Counter:
    return _requests.labels(route, str(status))


@lru_cache(maxsize=256)
def _request_duration(route: str) -> Histogram:
    return _durations.labels(route)


def record_request(route: str, status: int, duration_s: float) -> None:
    """One request: its route's template, never its path."""
    _request_counter(route, status).inc()
    _request_duration(route).observe(duration_s)


def watch_concurrent_requests(count: Callable[[], int]) -> None:
    """Show what `count` answers from now on."""
    _concurrent.set_function(count)


def record_json_parsing(duration_s: float) -> None:
    """A body was read as JSON, or was none."""
    _json_parsing.observe(duration_s)


def record_turned_away(door: str) -> None:
    """One request that was not let in; `door` is sending or reading. It counts as no request that was answered."""
    _turned_away.labels(door).inc()


def count_lookup(outcome: str) -> None:
    """`found`, `unknown` or `failed`."""
    _lookups.labels(outcome).inc()


def count_refusals_not_kept(requests: int) -> None:
    """Refused requests that are in no list, because there were too many kinds of them."""
    _refusals_not_kept.inc(requests)


def count_open_checks(requests: int) -> None:
    """Requests whose limits nobody could check."""
    _limits_open.inc(requests)
