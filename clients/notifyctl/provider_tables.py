"""What `notifyctl providers` shows: providers, changes and statistics as JSON and as rows."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any, Final

from google.protobuf.timestamp_pb2 import Timestamp

from clients.notifyctl.output import show_table
from notify.notifications.v1 import types_pb2
from notify.providers.v1 import providers_pb2 as pb

_CHANNELS: Final = {
    types_pb2.NOTIFICATION_TYPE_SMS: "sms",
    types_pb2.NOTIFICATION_TYPE_EMAIL: "email",
    types_pb2.NOTIFICATION_TYPE_LETTER: "letter",
}


def provider_facts(provider: pb.Provider) -> dict[str, Any]:
    """A provider as JSON."""
    recent = provider.recent
    return {
        "name": provider.name,
        "channel": _CHANNELS[provider.notification_type],
        "active": provider.active,
        "weight": provider.weight,
        "resting_weight": provider.resting_weight,
        "international": provider.supports_international,
        "max_per_second": provider.max_per_second if provider.HasField("max_per_second") else None,
        "max_in_flight": provider.max_in_flight if provider.HasField("max_in_flight") else None,
        "month_volume": provider.month_volume,
        "monthly_cap": provider.monthly_cap if provider.HasField("monthly_cap") else None,
        "recent": {
            "since": _when(recent.since_time),
            "requests": recent.request_count,
            "failed_percent": percent(recent.failed_count, recent.request_count),
            "delivered": recent.delivered_count,
            "slow_percent": round(100 * recent.slow_share, 1) if recent.delivered_count else None,
        },
        "version": provider.version,
        "changed_at": _when(provider.update_time),
        "changed_by": provider.updated_by,
        "automatic": provider.is_automatic,
        "reason": provider.update_reason,
    }


def show_providers(rows: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    """Print providers."""
    if as_json:
        show_table("providers", rows, {}, as_json=True)
        return
    columns = {
        "channel": "channel",
        "name": "provider",
        "active": "used",
        "weight": "weight",
        "resting_weight": "resting",
        "international": "abroad",
        "rate": "per s",
        "volume": "this month",
        "failed": "failed %",
        "slow": "slow %",
        "changed_at": "changed (UTC)",
        "who": "who",
        "reason": "why",
    }
    show_table("providers", [{**row, **_short(row)} for row in rows], columns, as_json=False)


def change_facts(change: pb.ProviderChange) -> dict[str, Any]:
    """A change as JSON."""
    return {
        "time": _when(change.change_time),
        "provider": change.name,
        "version": change.version,
        "weight": change.weight,
        "resting_weight": change.resting_weight if change.HasField("resting_weight") else None,
        "active": change.active,
        "changed_by": change.changed_by,
        "automatic": change.is_automatic,
        "reason": change.reason,
    }


def statistics_facts(found: pb.ProviderStatistics) -> dict[str, Any]:
    """How a provider did, as JSON: counts, percentages of the requests, and seconds."""
    answers = found.answers
    counts = {
        field.name.removesuffix("_count"): getattr(answers, field.name)
        for field in pb.Answers.DESCRIPTOR.fields
    }
    requests = sum(counts.values())
    no_answer = counts["timeout"] + counts["connection"] + counts["unreadable"]
    return {
        "from": found.from_london_date,
        "provider": found.name,
        "requests": requests,
        "answers": counts,
        "taken": percent(counts["accepted"], requests),
        "refused": percent(counts["refused"] + counts["throttled"], requests),
        "errors": percent(counts["server_error"], requests),
        "no_answer": percent(no_answer, requests),
        **_latency("answer", found.request_time),
        **_latency("sent", found.created_to_sent),
        **_latency("delivered", found.sent_to_delivered),
        "delivered": found.sent_to_delivered.count,
        "slow": round(100 * found.slow_share, 2) if found.sent_to_delivered.count else None,
    }


def percent(part: int, whole: int) -> float | None:
    """A share in percent; None of nothing."""
    return round(100 * part / whole, 2) if whole else None


def _short(row: Mapping[str, Any]) -> dict[str, Any]:
    volume, cap = row["month_volume"], row["monthly_cap"]
    return {
        "rate": row["max_per_second"],
        "volume": f"{volume:,}" if cap is None else f"{volume:,} of {cap:,}",
        "failed": row["recent"]["failed_percent"],
        "slow": row["recent"]["slow_percent"],
        "who": "by rule" if row["automatic"] else row["changed_by"],
    }


def _latency(what: str, latency: pb.Latency) -> dict[str, Any]:
    names = ("p50", "p90", "p95", "p99")
    return {
        f"{what}_{name}_s": _rounded(getattr(latency, f"{name}_seconds")) if latency.count else None
        for name in names
    }


def _rounded(seconds: float) -> float:
    return round(seconds, 3 if seconds < 1 else 1)


def _when(stamp: Timestamp) -> str:
    return f"{stamp.ToDatetime(UTC):%Y-%m-%d %H:%M:%S}"
