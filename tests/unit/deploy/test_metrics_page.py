"""docs/metrics.md lists what the code declares, and names follow the house style."""

import re

from servicekit.metrics import Kind
from tools.metrics_page import TARGET, declarations, render

ALL = [metric for metrics in declarations().values() for metric in metrics]
UNITS = (
    "_seconds", "_bytes", "_ratio", "_total", "_deliveries", "_connections", "_items", "_size", "_files", "_emails",
    "_requests", "_rows", "_revisions", "_tasks",
)  # fmt: skip
COUNTS = (
    "notify_deliveries_held", "notify_status_reports_kept", "notify_sms_provider_down", "notify_provider_weight",
    "notify_database_connections_checked_out", "notify_database_connections_max", "notify_database_connection_waiters",
    "notify_database_server_connections_max", "notify_database_lock_waiters",
    "notify_schema_revisions_waiting", "notify_schema_migration_failed",
    "notify_provider_waiting", "notify_provider_month_volume",
)  # fmt: skip
"""Gauges that are plain counts or percentages, whose unit is their noun."""


def test_the_page_is_what_the_tool_prints() -> None:
    assert TARGET.read_text() == render(), "run `make metrics-page`"


def test_counters_and_no_others_end_with_total() -> None:
    for metric in ALL:
        assert metric.name.endswith("_total") == (metric.kind is Kind.COUNTER), metric.name


def test_names_end_with_their_unit() -> None:
    assert [
        metric.name for metric in ALL if not metric.name.endswith(UNITS) and metric.name not in COUNTS
    ] == []


def test_no_label_can_hold_what_was_sent_or_by_whom() -> None:
    for metric in ALL:
        for label in metric.labels:
            assert not re.search(
                r"recipient|service_id|notification|phone|email_address|template|user", label
            )
