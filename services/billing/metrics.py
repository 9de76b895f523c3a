"""What the billing service measures. Instruments are private; others call the functions."""

from servicekit import metrics

_changes = metrics.counter("notify_billing_changes_read_total", "Status changes read from the feed")
_gone = metrics.counter(
    "notify_billing_changes_of_gone_notifications_total", "Changes of notifications that are no longer kept"
)
_ignored = metrics.counter(
    "notify_billing_late_changes_ignored_total", "Changes of notifications that the books have forgotten"
)
_failures = metrics.counter("notify_billing_feed_failures_total", "Reads of the feed that failed")
_lost = metrics.counter(
    "notify_billing_feed_position_lost_total", "Times that the feed had to be begun again: alert on any"
)
_differences = metrics.counter(
    "notify_billing_differences_total", "Facts that differed from notifications in a check: alert on any"
)
_checked_at = metrics.gauge(
    "notify_billing_last_check_timestamp_seconds",
    "When the last days were last checked: alert when it is old",
)


def record_changes(count: int, gone: int) -> None:
    """A page was read."""
    _changes.inc(count)
    _gone.inc(gone)


def record_ignored(count: int) -> None:
    """Changes came too late."""
    _ignored.inc(count)


def record_feed_failure() -> None:
    """The feed could not be read."""
    _failures.inc()


def record_feed_lost() -> None:
    """The feed had to be begun again."""
    _lost.inc()


def record_check(differences: int, at_s: float) -> None:
    """The last days were checked."""
    _differences.inc(differences)
    _checked_at.set(at_s)
