"""The queue, our connections, and the server of the database."""

from typing import Final

from tools.dashboards.grafana_json import Dashboard, Panel, Query, Row, Unit
from tools.dashboards.promql import quantiles, rate

DATABASE: Final = Dashboard(
    uid="notify-database",
    title="Notify: database and queue",
    rows=(
        Row(
            "Queue",
            (
                Panel(
                    "Ready",
                    "Deliveries that could be sent now.",
                    (
                        Query(
                            "max by (channel, lane) (notify_notifications_ready_deliveries)",
                            "{{channel}} {{lane}}",
                        ),
                    ),
                ),
                Panel(
                    "Age of the oldest",
                    "",
                    (
                        Query(
                            "max by (channel, lane) (notify_notifications_oldest_ready_seconds)",
                            "{{channel}} {{lane}}",
                        ),
                    ),
                    unit=Unit.SECONDS,
                ),
                Panel(
                    "Handed over and claimed",
                    "Straight after the commit, and from the table.",
                    (
                        Query(
                            rate("notify_notifications_handed_over_total", "channel"),
                            "{{channel}} handed over",
                        ),
                        Query(rate("notify_notifications_claimed_total", "channel"), "{{channel}} claimed"),
                    ),
                    unit=Unit.PER_SECOND,
                ),
                Panel(
                    "Time of a claim",
                    "",
                    quantiles("notify_notifications_claim_duration_seconds", "channel"),
                    unit=Unit.SECONDS,
                ),
                Panel(
                    "Rows of the queues' tables",
                    "Dead ones are what slows claims.",
                    (Query("max by (table, state) (notify_database_table_rows)", "{{table}} {{state}}"),),
                ),
                Panel(
                    "Results that came too late",
                    "",
                    (Query(rate("notify_notifications_stale_results_total")),),
                    unit=Unit.PER_SECOND,
                ),
            ),
        ),
        Row(
            "Connections",
            (
                Panel(
                    "Checked out",
                    "Share of what each pool may have; the fullest.",
                    (
                        Query(
                            "max by (pool) (notify_database_connections_checked_out / notify_database_connections_max)",
                            "{{pool}}",
                        ),
                    ),
                    unit=Unit.SHARE,
                ),
                Panel(
                    "Connections of our pools",
                    "All, and checked out.",
                    (
                        Query("sum by (pool) (notify_database_connections)", "{{pool}}"),
                        Query(
                            "sum by (pool) (notify_database_connections_checked_out)", "{{pool}} checked out"
                        ),
                    ),
                ),
                Panel(
                    "Waiting for a connection",
                    "",
                    (Query("sum by (pool) (notify_database_connection_waiters)", "{{pool}}"),),
                ),
                Panel(
                    "Connections of the server",
                    "",
                    (
                        Query("max(notify_database_server_connections)", "in use"),
                        Query("max(notify_database_server_connections_max)", "allowed"),
                    ),
                ),
            ),
        ),
        Row(
            "Server",
            (
                Panel(
                    "Oldest transaction",
                    "",
                    (Query("max(notify_database_oldest_transaction_seconds)"),),
                    unit=Unit.SECONDS,
                ),
                Panel("Waiting for locks", "", (Query("max(notify_database_lock_waiters)"),)),
                Panel("Size", "", (Query("max(notify_database_size_bytes)"),), unit=Unit.BYTES),
                Panel(
                    "Migrations that are missing",
                    "By schema; after a deploy for minutes.",
                    (
                        Query(
                            "max by (schema, phase) (notify_schema_revisions_waiting)", "{{schema}} {{phase}}"
                        ),
                    ),
                ),
                Panel(
                    "Scheduled work",
                    "Runs by outcome, in the last day.",
                    (
                        Query(
                            "sum by (task, outcome) (increase(notify_task_runs_total[1d]))",
                            "{{task}} {{outcome}}",
                        ),
                    ),
                ),
                Panel(
                    "Status feed",
                    "Changes that billing read.",
                    (Query(rate("notify_billing_changes_read_total")),),
                    unit=Unit.PER_SECOND,
                ),
            ),
        ),
    ),
)
