"""Those who carry messages: texts, receipts, emails and print."""

from typing import Final

from tools.dashboards.grafana_json import Dashboard, Panel, Query, Row, Unit
from tools.dashboards.promql import quantiles, rate, share

PROVIDERS: Final = Dashboard(
    uid="notify-providers",
    title="Notify: providers",
    rows=(
        Row(
            "Texts",
            (
                Panel(
                    "Requests by outcome",
                    "",
                    (
                        Query(
                            rate("notify_sms_provider_request_seconds_count", "provider, outcome"),
                            "{{provider}} {{outcome}}",
                        ),
                    ),
                    unit=Unit.PER_SECOND,
                ),
                Panel(
                    "Share that fails",
                    "Refusals are about the message.",
                    (
                        Query(
                            share(
                                "notify_sms_provider_request_seconds_count",
                                'outcome!~"taken|refused"',
                                "provider",
                            ),
                            "{{provider}}",
                        ),
                    ),
                    unit=Unit.SHARE,
                ),
                Panel(
                    "Time of a request",
                    "With our own part of it.",
                    quantiles("notify_sms_provider_request_seconds", "provider"),
                    unit=Unit.SECONDS,
                ),
                Panel(
                    "Raw time of a request",
                    "Their HTTP alone.",
                    quantiles("notify_sms_provider_raw_request_seconds", "provider"),
                    unit=Unit.SECONDS,
                ),
                Panel(
                    "Taken for down",
                    "By how many processes.",
                    (Query("sum by (provider) (notify_sms_provider_down)", "{{provider}}"),),
                ),
                Panel(
                    "Weights",
                    "0 to 100.",
                    (Query("max by (provider) (notify_provider_weight)", "{{provider}}"),),
                ),
                Panel(
                    "Slow texts",
                    "Share that took 5 minutes or more to arrive.",
                    (Query("max by (provider) (notify_sms_provider_slow_ratio)", "{{provider}}"),),
                    unit=Unit.SHARE,
                ),
                Panel(
                    "Received texts",
                    "",
                    (Query(rate("notify_sms_inbound_total", "provider, answer"), "{{provider}} {{answer}}"),),
                    unit=Unit.PER_SECOND,
                ),
            ),
        ),
        Row(
            "Receipts",
            (
                Panel(
                    "Lag of receipts",
                    "From handing over to the report.",
                    quantiles("notify_receipt_lag_seconds", "provider"),
                    unit=Unit.SECONDS,
                ),
                Panel(
                    "Receipts of texts",
                    "",
                    (
                        Query(
                            rate("notify_sms_receipts_total", "provider, status"), "{{provider}} {{status}}"
                        ),
                    ),
                    unit=Unit.PER_SECOND,
                ),
                Panel(
                    "Odd receipts",
                    "Faulty, unknown, or not ours.",
                    (
                        Query(
                            rate("notify_sms_odd_receipts_total", "provider, kind"), "{{provider}} {{kind}}"
                        ),
                    ),
                    unit=Unit.PER_SECOND,
                ),
                Panel(
                    "What SES says",
                    "",
                    (
                        Query(rate("notify_email_feedback_total", "kind, match"), "{{kind}} {{match}}"),
                        Query(rate("notify_email_receipts_total", "verdict"), "{{verdict}}"),
                    ),
                    unit=Unit.PER_SECOND,
                ),
            ),
        ),
        Row(
            "Emails and print",
            (
                Panel(
                    "SES by outcome",
                    "",
                    (Query(rate("notify_email_ses_request_seconds_count", "outcome"), "{{outcome}}"),),
                    unit=Unit.PER_SECOND,
                ),
                Panel(
                    "SES: time of a request",
                    "",
                    quantiles("notify_email_ses_request_seconds", ""),
                    unit=Unit.SECONDS,
                ),
                Panel(
                    "Print provider by outcome",
                    "",
                    (Query(rate("notify_letters_print_request_seconds_count", "outcome"), "{{outcome}}"),),
                    unit=Unit.PER_SECOND,
                ),
                Panel(
                    "Print provider: time of a request",
                    "",
                    quantiles("notify_letters_print_request_seconds", ""),
                    unit=Unit.SECONDS,
                ),
                Panel(
                    "Print runs: letters",
                    "In the last day.",
                    (Query("sum(increase(notify_letters_print_run_letters_total[1d]))"),),
                    is_stat=True,
                ),
                Panel(
                    "Reports of the printer",
                    "",
                    (Query(rate("notify_letters_print_reports_total", "status"), "{{status}}"),),
                    unit=Unit.PER_SECOND,
                ),
            ),
        ),
    ),
)
