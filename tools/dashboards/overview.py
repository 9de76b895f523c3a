"""What somebody looks at first: promises, traffic, processes."""

from typing import Final

from tools.dashboards.grafana_json import Dashboard, Panel, Query, Row, Threshold, Unit
from tools.dashboards.promql import PROMISED, SENDS, quantiles, rate

OVERVIEW: Final = Dashboard(
    uid="notify-overview",
    title="Notify: overview",
    rows=(
        Row(
            "Promises",
            (
                Panel(
                    "Answered without a 5xx, 30 days",
                    "99.9 % of requests are promised.",
                    (
                        Query(
                            'sum(increase(notify_gateway_requests_total{status!~"5.."}[30d]))'
                            " / sum(increase(notify_gateway_requests_total[30d]))"
                        ),
                    ),
                    unit=Unit.SHARE,
                    is_stat=True,
                    good_above=Threshold(0.999),
                ),
                Panel(
                    "Accepted within a second, 30 days",
                    "99 % of requests that send are promised.",
                    (
                        Query(
                            f'sum(increase(notify_gateway_request_duration_seconds_bucket{{le="1.0", {SENDS}}}[30d]))'
                            f" / sum(increase(notify_gateway_request_duration_seconds_count{{{SENDS}}}[30d]))"
                        ),
                    ),
                    unit=Unit.SHARE,
                    is_stat=True,
                    good_above=Threshold(0.99),
                ),
                Panel(
                    "With a provider within 10 s, 30 days",
                    "95 % of texts and emails that are no bulk are promised.",
                    (
                        Query(
                            "sum(increase(notify_notifications_sent_seconds_bucket"
                            f'{{le="10.0", {PROMISED}}}[30d]))'
                            f" / sum(increase(notify_notifications_sent_seconds_count{{{PROMISED}}}[30d]))"
                        ),
                    ),
                    unit=Unit.SHARE,
                    is_stat=True,
                    good_above=Threshold(0.95),
                ),
                Panel(
                    "Oldest that waits",
                    "Texts and emails that are no bulk.",
                    (Query(f"max(notify_notifications_oldest_ready_seconds{{{PROMISED}}})"),),
                    unit=Unit.SECONDS,
                    is_stat=True,
                    good_below=Threshold(60),
                ),
                Panel(
                    "Error budget burnt, by window",
                    "1 uses the month's errors up in a month; 14.4 in two days, and somebody is called.",
                    (
                        Query("notify:accept_errors:ratio_rate5m / 0.001", "errors 5m"),
                        Query("notify:accept_errors:ratio_rate1h / 0.001", "errors 1h"),
                        Query("notify:accept_slow:ratio_rate1h / 0.01", "slow 1h"),
                    ),
                ),
                Panel(
                    "Alerts",
                    "What fires now.",
                    (
                        Query(
                            'sum by (alertname, severity) (ALERTS{alertname=~"Notify.*", alertstate="firing"})',
                            "{{alertname}} {{severity}}",
                        ),
                    ),
                ),
            ),
        ),
        Row(
            "Traffic",
            (
                Panel(
                    "Requests",
                    "By status.",
                    (Query(rate("notify_gateway_requests_total", "status"), "{{status}}"),),
                    unit=Unit.PER_SECOND,
                ),
                Panel(
                    "Time to accept",
                    "Requests that send.",
                    quantiles("notify_gateway_request_duration_seconds", "", SENDS),
                    unit=Unit.SECONDS,
                ),
                Panel(
                    "Sent",
                    "Handed to providers.",
                    (
                        Query(
                            rate("notify_notifications_sent_seconds_count", "channel, lane"),
                            "{{channel}} {{lane}}",
                        ),
                    ),
                    unit=Unit.PER_SECOND,
                ),
                Panel(
                    "Statuses by receipts",
                    "",
                    (Query(rate("notify_notifications_statuses_total", "status"), "{{status}}"),),
                    unit=Unit.PER_SECOND,
                ),
            ),
        ),
        Row(
            "Processes",
            (
                Panel(
                    "CPU", "Cores by service.", (Query(rate("process_cpu_seconds_total", "job"), "{{job}}"),)
                ),
                Panel(
                    "Memory",
                    "The largest process of each service.",
                    (Query("max by (job) (process_resident_memory_bytes)", "{{job}}"),),
                    unit=Unit.BYTES,
                ),
                Panel(
                    "Event loop's lag",
                    "Over 0.1 s for long: too few replicas.",
                    (Query("max by (job) (notify_event_loop_lag_seconds)", "{{job}}"),),
                    unit=Unit.SECONDS,
                ),
                Panel(
                    "RPCs that failed",
                    "Between our services.",
                    (
                        Query(
                            rate("notify_rpc_handled_total", "method, code", 'code!="OK"'),
                            "{{method}} {{code}}",
                        ),
                    ),
                    unit=Unit.PER_SECOND,
                ),
                Panel(
                    "Certificates of the edge",
                    "Days until the first ends.",
                    (Query("min(envoy_server_days_until_first_cert_expiring)"),),
                    is_stat=True,
                    good_above=Threshold(14),
                ),
            ),
        ),
    ),
)
