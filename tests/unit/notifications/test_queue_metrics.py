"""What waits is told by channel and lane, and an empty queue says so."""

from datetime import UTC, datetime, timedelta

from notifyrules.statuses import NotificationType
from servicekit.metrics import REGISTRY
from services.notifications.deliveries import Lane, QueueStatistics
from services.notifications.metrics import record_queue

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
AGE = "notify_notifications_oldest_ready_seconds"
COUNT = "notify_notifications_ready_deliveries"
LABELS = {"channel": "sms", "lane": "priority"}


def test_the_oldest_that_is_ready_is_told() -> None:
    row = QueueStatistics(
        channel=NotificationType.SMS,
        lane=Lane.PRIORITY,
        ready=3,
        leased=0,
        waiting=0,
        oldest_ready_at=NOW - timedelta(seconds=42),
    )
    record_queue([row], NOW)
    assert REGISTRY.get_sample_value(AGE, LABELS) == 42
    assert REGISTRY.get_sample_value(COUNT, LABELS) == 3


def test_an_empty_queue_is_told_as_empty() -> None:
    record_queue([], NOW)
    assert REGISTRY.get_sample_value(AGE, LABELS) == 0
    assert REGISTRY.get_sample_value(COUNT, LABELS) == 0
