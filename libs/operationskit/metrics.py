"""What is measured of tasks and alerts. Labels are the names that code gives them."""

from datetime import datetime

from servicekit.metrics import counter, gauge, histogram

_runs = counter("notify_task_runs_total", "Runs of scheduled tasks that ended", ["task", "outcome"])
_duration = histogram(
    "notify_task_duration_seconds",
    "Time of one run of a scheduled task",
    ["task"],
    # From a look at an index to a night's work.
    buckets=(0.01, 0.05, 0.25, 1.0, 5.0, 30.0, 120.0, 600.0, 3600.0),
)
_last_success = gauge(
    "notify_task_last_success_timestamp_seconds",
    "When a scheduled task last ended well in this process",
    ["task"],
)
_alerts = counter("notify_alerts_raised_total", "Alerts raised", ["alert"])


def record_run(task: str, outcome: str, duration_s: float, ended_at: datetime) -> None:
    """A run ended; `outcome` is succeeded, failed or interrupted."""
    _runs.labels(task, outcome).inc()
    _duration.labels(task).observe(duration_s)
    if outcome == "succeeded":
        _last_success.labels(task).set(ended_at.timestamp())


def record_alert(name: str) -> None:
    """An alert was raised, or raised again."""
    _alerts.labels(name).inc()
