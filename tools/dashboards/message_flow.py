"""A message's way: accepting, sending, receipts and callbacks."""

from typing import Final

from tools.dashboards.grafana_json import Dashboard, Panel, Query, Row, Unit
from tools.dashboards.promql import mean, quantile, quantiles, rate

MESSAGE_FLOW: Final = Dashboard(
    uid="notify-message-flow",
    title="Notify: message flow",
    rows=(
        Row(
            "Accepting",
            (
                Panel("Requests under way", "", (Query("sum(notify_gateway_concurrent_requests)"),)),
                Panel(
                    "Time to answer",
                    "95 of 100, by route.",
                    (Query(quantile(0.95, "notify_gateway_request_duration_seconds", "route"), "{{route}}"),),
                    unit=Unit.SECONDS,
                ),
                Panel(
                    "Reading JSON",
                    "Time for a body.",
                    quantiles("notify_gateway_json_parse_seconds", ""),
                    unit=Unit.SECONDS,
                ),
                Panel(
                    "Items that travel together",
                    "Mean size of batches.",
                    (
                        Query(
                            mean("notify_batch_items", "batcher"),
                            "{{batcher}}",
                        ),
                    ),
                ),
                Panel(
                    "Rows of jobs",
                    "Notifications made of them.",
                    (Query(rate("notify_notifications_job_rows_total", "channel"), "{{channel}}"),),
                    unit=Unit.PER_SECOND,
                ),
                Panel(
                    "Limits that nobody could check",
                    "Valkey was away; requests passed.",
                    (Query(rate("notify_gateway_limit_checks_open_total")),),
                    unit=Unit.PER_SECOND,
                ),
            ),
        ),
        Row(
            "Sending",
            (
                Panel(
                    "Time to a provider",
                    "From acceptance, by lane.",
                    quantiles("notify_notifications_sent_seconds", "channel, lane"),
                    unit=Unit.SECONDS,
                ),
                Panel(
                    "Waiting",
                    "Age of the oldest.",
                    (
                        Query(
                            "max by (channel, lane) (notify_notifications_oldest_ready_seconds)",
                            "{{channel}} {{lane}}",
                        ),
                    ),
                    unit=Unit.SECONDS,
                ),
                Panel(
                    "Under way",
                    "Held by senders.",
                    (Query("sum by (channel) (notify_deliveries_held)", "{{channel}}"),),
                ),
                Panel(
                    "Deliveries by outcome",
                    "",
                    (
                        Query(
                            rate("notify_deliveries_ended_total", "channel, outcome"),
                            "{{channel}} {{outcome}}",
                        ),
                    ),
                    unit=Unit.PER_SECOND,
                ),
                Panel(
                    "Possibly sent twice",
                    "Answers that got lost, and leases that ran out.",
                    (
                        Query(
                            rate("notify_notifications_possible_duplicates_total", "channel"), "{{channel}}"
                        ),
                        Query(
                            rate("notify_notifications_expired_leases_total", "channel"),
                            "{{channel}} leases",
                        ),
                    ),
                    unit=Unit.PER_SECOND,
                ),
                Panel(
                    "Emails: rendering", "", quantiles("notify_email_render_seconds", ""), unit=Unit.SECONDS
                ),
                Panel(
                    "Letters: making PDFs",
                    "",
                    quantiles("notify_letters_prepare_seconds", "kind"),
                    unit=Unit.SECONDS,
                ),
            ),
        ),
        Row(
            "Receipts and callbacks",
            (
                Panel(
                    "Time to the recipient",
                    "From acceptance until reported delivered.",
                    quantiles("notify_notifications_delivered_seconds", "channel"),
                    unit=Unit.SECONDS,
                ),
                Panel(
                    "Receipts by what they did",
                    "",
                    (Query(rate("notify_status_reports_total", "outcome"), "{{outcome}}"),),
                    unit=Unit.PER_SECOND,
                ),
                Panel(
                    "Receipts kept",
                    "They wait for the notifications service.",
                    (Query("sum by (job) (notify_status_reports_kept)", "{{job}}"),),
                ),
                Panel(
                    "Callbacks",
                    "By result.",
                    (
                        Query(
                            rate("notify_notifications_callbacks_total", "kind, result"),
                            "{{kind}} {{result}}",
                        ),
                    ),
                    unit=Unit.PER_SECOND,
                ),
                Panel(
                    "Callbacks: lag",
                    "From the receipt to the first call.",
                    quantiles("notify_notifications_callback_lag_seconds", "kind"),
                    unit=Unit.SECONDS,
                ),
                Panel(
                    "Callbacks: time of a call",
                    "",
                    quantiles("notify_notifications_callback_duration_seconds", "kind"),
                    unit=Unit.SECONDS,
                ),
            ),
        ),
    ),
)
