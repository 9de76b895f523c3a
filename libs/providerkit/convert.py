"""pb ⇄ domain for `ProvidersService`, pure; refuses what is missing."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from notify.notifications.v1 import types_pb2
from notify.providers.v1 import providers_pb2 as pb
from notifyrules.statuses import NotificationType
from providerkit.limits import ProviderLimits
from providerkit.managing import ProviderUpdate
from providerkit.measuring import AnswerKind
from providerkit.providers import PastChange, Provider, ProviderChange
from providerkit.statistics import Latency, Period, ProviderStatistics, RecentAnswers
from providerkit.store import ChangePosition
from servicekit.fields import invalid

_TYPES: Final[Mapping[NotificationType, types_pb2.NotificationType]] = {
    NotificationType.SMS: types_pb2.NOTIFICATION_TYPE_SMS,
    NotificationType.EMAIL: types_pb2.NOTIFICATION_TYPE_EMAIL,
    NotificationType.LETTER: types_pb2.NOTIFICATION_TYPE_LETTER,
}
_PERIODS: Final[Mapping[pb.StatisticsPeriod, Period]] = {
    pb.STATISTICS_PERIOD_DAY: Period.DAY,
    pb.STATISTICS_PERIOD_MONTH: Period.MONTH,
}
_DEFAULT_PAGE: Final = 50
_MOST_ON_A_PAGE: Final = 1_000


def updates_from_pb(request: pb.UpdateProvidersRequest) -> list[ProviderUpdate]:
    """What an operator wants changed."""
    return [
        ProviderUpdate(
            change=ProviderChange(
                name=update.name,
                weight=update.weight if update.HasField("weight") else None,
                resting_weight=update.resting_weight if update.HasField("resting_weight") else None,
                active=update.active if update.HasField("active") else None,
            ),
            based_on_version=update.based_on_version,
        )
        for update in request.updates
    ]


def provider_to_pb(
    provider: Provider,
    channel: NotificationType,
    limits: ProviderLimits,
    *,
    month_volume: int,
    recent: RecentAnswers,
    recent_since: datetime,
) -> pb.Provider:
    """A provider as it is now."""
    return pb.Provider(
        name=provider.name,
        notification_type=_TYPES[channel],
        weight=provider.weight,
        resting_weight=provider.resting_weight,
        active=provider.active,
        supports_international=provider.supports_international,
        version=provider.version,
        update_time=_stamp(provider.updated_at),
        update_reason=provider.update_reason,
        updated_by=provider.updated_by,
        is_automatic=provider.is_automatic,
        max_per_second=limits.max_per_second,
        max_in_flight=limits.max_in_flight,
        monthly_cap=limits.monthly_cap,
        month_volume=month_volume,
        recent=pb.RecentAnswers(
            since_time=_stamp(recent_since),
            request_count=recent.requests,
            failed_count=recent.failed,
            delivered_count=recent.delivered,
            slow_share=recent.slow_share,
        ),
    )


def page_size_from(size: int) -> int:
    """How many rows a page has. Raises InvalidRequest."""
    if not 0 <= size <= _MOST_ON_A_PAGE:
        raise invalid("page_size", f"page_size must be 1 to {_MOST_ON_A_PAGE}")
    return size or _DEFAULT_PAGE


def token_of(change: PastChange) -> str:
    """Where the page that ends with a change ends."""
    return f"{change.changed_at.isoformat()}|{change.name}|{change.version}"


def position_from(token: str) -> ChangePosition:
    """Where a page begins. Raises InvalidRequest."""
    try:
        at, name, version = token.split("|")
        return ChangePosition(datetime.fromisoformat(at).astimezone(UTC), name, int(version))
    except (ValueError, OverflowError):
        raise invalid("page_token", "page_token is none of ours") from None


def change_to_pb(change: PastChange) -> pb.ProviderChange:
    """A version of a provider."""
    return pb.ProviderChange(
        name=change.name,
        version=change.version,
        weight=change.weight,
        resting_weight=change.resting_weight,
        active=change.active,
        change_time=_stamp(change.changed_at),
        reason=change.reason,
        changed_by=change.changed_by,
        is_automatic=change.is_automatic,
    )


def date_from(text: str, field: str) -> date:
    """A day. Raises InvalidRequest."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise invalid(field, f"{field} is not a date such as 2026-01-31") from None


def period_from_pb(period: pb.StatisticsPeriod) -> Period:
    """What is taken together. Raises InvalidRequest."""
    found = _PERIODS.get(period)
    if found is None:
        raise invalid("period", "period is required")
    return found


def statistics_to_pb(found: Sequence[ProviderStatistics]) -> pb.GetProviderStatisticsResponse:
    """How providers did."""
    return pb.GetProviderStatisticsResponse(statistics=[_statistics_to_pb(each) for each in found])


def _statistics_to_pb(found: ProviderStatistics) -> pb.ProviderStatistics:
    answers = found.answers
    return pb.ProviderStatistics(
        name=found.provider,
        from_london_date=found.first_day.isoformat(),
        answers=pb.Answers(
            accepted_count=answers[AnswerKind.ACCEPTED],
            refused_count=answers[AnswerKind.REFUSED],
            throttled_count=answers[AnswerKind.THROTTLED],
            server_error_count=answers[AnswerKind.SERVER_ERROR],
            timeout_count=answers[AnswerKind.TIMEOUT],
            connection_count=answers[AnswerKind.CONNECTION],
            unreadable_count=answers[AnswerKind.UNREADABLE],
        ),
        request_time=_latency_to_pb(found.request_time),
        created_to_sent=_latency_to_pb(found.created_to_sent),
        sent_to_delivered=_latency_to_pb(found.sent_to_delivered),
        slow_share=found.slow_share,
    )


def _latency_to_pb(latency: Latency) -> pb.Latency:
    return pb.Latency(
        count=latency.count,
        p50_seconds=latency.p50_s,
        p90_seconds=latency.p90_s,
        p95_seconds=latency.p95_s,
        p99_seconds=latency.p99_s,
    )


def _stamp(moment: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment.astimezone(UTC))
    return stamp
