"""What the notifications service measures. Instruments are private; others call the functions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from notifyrules.statuses import NotificationType
from servicekit.metrics import counter, gauge, histogram
from services.notifications.deliveries import Lane, QueueStatistics

_handed_over = counter(
    "notify_notifications_handed_over_total",
    "Deliveries given to a sender straight after their commit",
    ["channel"],
)
_oldest_ready = gauge(
    "notify_notifications_oldest_ready_seconds",
    "Age of the oldest delivery that could be sent now; every process tells the same",
    ["channel", "lane"],
)
_ready = gauge(
    "notify_notifications_ready_deliveries",
    "Deliveries that could be sent now, up to 50,000 of all that wait; every process tells the same",
    ["channel", "lane"],
)
_claimed = counter("notify_notifications_claimed_total", "Deliveries claimed from the table", ["channel"])
_claim_duration = histogram("notify_notifications_claim_duration_seconds", "Time of one claim", ["channel"])
_expired_leases = counter(
    "notify_notifications_expired_leases_total", "Leases that ran out: possible duplicates", ["channel"]
)
_possible_duplicates = counter(
    "notify_notifications_possible_duplicates_total",
    "Results of senders after which a provider may have a message that another has or may get",
    ["channel"],
)
_statuses = counter("notify_notifications_statuses_total", "Changes of status by receipts", ["status"])
_stale_results = counter("notify_notifications_stale_results_total", "Results of leases that were lost", [])
_SENT_BUCKETS_S: Final = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 14_400.0)
"""From a healthy fraction of a second (10 s is the promise that is reported) to the end of the retries."""
_DELIVERED_BUCKETS_S: Final = (1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 14_400.0, 86_400.0, 259_200.0)
"""From a phone that is on to one that is switched on again on the third day."""

_sent = histogram(
    "notify_notifications_sent_seconds",
    "From accepting a message until a provider had taken it; test keys are left out",
    ["channel", "lane"],
    buckets=_SENT_BUCKETS_S,
)
_delivered = histogram(
    "notify_notifications_delivered_seconds",
    "From accepting a message until its provider reported it delivered; test keys are left out",
    ["channel"],
    buckets=_DELIVERED_BUCKETS_S,
)
_callback_duration = histogram(
    "notify_notifications_callback_duration_seconds", "Time of one call to a service's own URL", ["kind"]
)
_callbacks = counter(
    "notify_notifications_callbacks_total", "Calls to services' own URLs", ["kind", "result"]
)
_callback_lag = histogram(
    "notify_notifications_callback_lag_seconds", "From queueing a callback to its first call", ["kind"]
)

_feed_rows_dropped = counter(
    "notify_notifications_status_feed_rows_dropped_total", "Rows of the status feed that passed their time"
)
_job_rows = counter("notify_notifications_job_rows_total", "Notifications made of jobs' rows", ["channel"])

_oldest_transaction = gauge(
    "notify_database_oldest_transaction_seconds",
    "Age of the oldest transaction of the database server that this role may see",
)
_server_connections = gauge("notify_database_server_connections", "Connections of everybody to the server")
_server_connections_max = gauge("notify_database_server_connections_max", "What the server allows at most")
_lock_waiters = gauge(
    "notify_database_lock_waiters", "Sessions that wait for a lock, of those that this role may see"
)
_database_bytes = gauge("notify_database_size_bytes", "Size of the database")
_table_rows = gauge(
    "notify_database_table_rows",
    "Rows of the queues' tables by the server's statistics; state is live or dead",
    ["table", "state"],
)


def record_handed_over(channel: NotificationType, count: int) -> None:
    """Deliveries met a waiting sender."""
    _handed_over.labels(channel.value).inc(count)


def record_queue(found: Sequence[QueueStatistics], now: datetime) -> None:
    """What waits was counted; a channel and lane that is not in `found` is empty."""
    by_queue = {(row.channel, row.lane): row for row in found}
    for channel in NotificationType:
        for lane in Lane:
            row = by_queue.get((channel, lane))
            oldest = None if row is None else row.oldest_ready_at
            age_s = 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds())
            _oldest_ready.labels(channel.value, lane.name.lower()).set(age_s)
            _ready.labels(channel.value, lane.name.lower()).set(0 if row is None else row.ready)


def record_claim(channel: NotificationType, count: int, duration_s: float) -> None:
    """The table was asked for work."""
    _claimed.labels(channel.value).inc(count)
    _claim_duration.labels(channel.value).observe(duration_s)


def record_expired_leases(channel: NotificationType, count: int) -> None:
    """Leases ran out."""
    _expired_leases.labels(channel.value).inc(count)


def record_possible_duplicate(channel: NotificationType) -> None:
    """A provider's answer was lost, so that a message may go out twice."""
    _possible_duplicates.labels(channel.value).inc()


def record_status(status: str, count: int = 1) -> None:
    """Receipts changed statuses."""
    _statuses.labels(status).inc(count)


def record_stale_results(count: int) -> None:
    """Senders reported about leases that they had lost."""
    _stale_results.inc(count)


def record_sent(channel: NotificationType, lane: Lane, after_s: float) -> None:
    """A provider took a message, so long after it was accepted."""
    _sent.labels(channel.value, lane.name.lower()).observe(max(0.0, after_s))


def record_delivered(channel: NotificationType, after_s: float) -> None:
    """A message arrived, so long after it was accepted."""
    _delivered.labels(channel.value).observe(max(0.0, after_s))


def record_callback(kind: str, result: str, duration_s: float) -> None:
    """A service's own URL was called; `result` is taken, retry, refused or given_up."""
    _callbacks.labels(kind, result).inc()
    _callback_duration.labels(kind).observe(duration_s)


def record_callback_lag(kind: str, lag_s: float) -> None:
    """A callback was called for the first time, so long after it was queued."""
    _callback_lag.labels(kind).observe(lag_s)


def record_job_rows(channel: NotificationType, count: int) -> None:
    """Rows of a job became notifications."""
    _job_rows.labels(channel.value).inc(count)


def record_feed_rows_dropped(count: int) -> None:
    """Rows of the status feed passed their time."""
    _feed_rows_dropped.inc(count)


def record_server(
    *, oldest_transaction_s: float, connections: int, connections_max: int, lock_waiters: int, size_bytes: int
) -> None:
    """The database server was looked at."""
    _oldest_transaction.set(oldest_transaction_s)
    _server_connections.set(connections)
    _server_connections_max.set(connections_max)
    _lock_waiters.set(lock_waiters)
    _database_bytes.set(size_bytes)


def record_table(table: str, *, live: int, dead: int) -> None:
    """A queue's table was looked at."""
    _table_rows.labels(table, "live").set(live)
    _table_rows.labels(table, "dead").set(dead)
