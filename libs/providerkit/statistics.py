"""How providers did, from the counters that `measuring` writes: by day or month, and lately. Called by `servicer`."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from notifyrules.london_time import london_midnight_utc
from providerkit.histograms import percentile, share_from
from providerkit.measuring import SLOW_AFTER, AnswerKind, Measure
from providerkit.store import DayCount, ProviderStore
from servicekit.fields import invalid

MOST_DAYS = 400
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


class Period(StrEnum):
    """What is taken together."""

    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """How long something took."""

    count: int
    p50_s: float | None
    """None, as the others, where nothing was measured."""
    p90_s: float | None
    p95_s: float | None
    p99_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderStatistics:
    """How one provider did in one period."""

    provider: str
    first_day: date
    """The first day of the period that was asked for."""
    answers: Mapping[AnswerKind, int]
    request_time: Latency
    created_to_sent: Latency
    sent_to_delivered: Latency
    slow_share: float
    """Of the delivered messages, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentAnswers:
    """How a provider did lately."""

    requests: int = 0
    failed: int = 0
    delivered: int = 0
    slow_share: float = 0.0


@dataclass(slots=True)
class _Sums:
    by_measure: dict[str, dict[int, int]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )

    def add(self, measure: str, bucket: int, count: int) -> None:
        self.by_measure[measure][bucket] += count

    def of(self, measure: Measure) -> Mapping[int, int]:
        return self.by_measure.get(measure.value, {})


async def statistics(
    store: ProviderStore, name: str | None, first: date, last: date, period: Period
) -> list[ProviderStatistics]:
    """How providers did from a day of London time to another one, by provider and period.

    Raises InvalidRequest for an order or a number of days that can't be.
    """
    if last < first:
        raise invalid("to_london_date", "to_london_date is before from_london_date")
    if (last - first).days >= MOST_DAYS:
        raise invalid("to_london_date", f"at most {MOST_DAYS} days can be asked for at once")
    counts = await store.counts_by_day(name, london_midnight_utc(first), london_midnight_utc(last + _DAY))
    sums: dict[tuple[str, date], _Sums] = defaultdict(_Sums)
    for row in counts:
        sums[row.provider, _begin_of(row, period, first)].add(row.measure, row.bucket, row.count)
    return [_statistics_of(provider, day, sums[provider, day]) for provider, day in sorted(sums)]


async def recent_answers(store: ProviderStore, now: datetime) -> tuple[datetime, dict[str, RecentAnswers]]:
    """Since when, and how each provider did; one without requests or receipts is left out."""
    since = now.replace(minute=0, second=0, microsecond=0) - _HOUR
    sums: dict[str, _Sums] = defaultdict(_Sums)
    for provider, measure, bucket, count in await store.counts_since(since):
        sums[provider].add(measure, bucket, count)
    return since, {provider: _recent(found) for provider, found in sums.items()}


def month_began(today: date) -> datetime:
    """The moment (UTC) at which a day's month began in London."""
    return london_midnight_utc(today.replace(day=1))


def _begin_of(row: DayCount, period: Period, first: date) -> date:
    return row.day if period is Period.DAY else max(row.day.replace(day=1), first)


def _statistics_of(provider: str, day: date, sums: _Sums) -> ProviderStatistics:
    answers = sums.of(Measure.ANSWER)
    delivered = sums.of(Measure.SENT_TO_DELIVERED)
    return ProviderStatistics(
        provider=provider,
        first_day=day,
        answers={kind: answers.get(kind.value, 0) for kind in AnswerKind},
        request_time=_latency(sums.of(Measure.REQUEST_TIME)),
        created_to_sent=_latency(sums.of(Measure.CREATED_TO_SENT)),
        sent_to_delivered=_latency(delivered),
        slow_share=share_from(delivered, SLOW_AFTER),
    )


def _latency(counts: Mapping[int, int]) -> Latency:
    return Latency(
        count=sum(counts.values()),
        p50_s=percentile(counts, 0.50),
        p90_s=percentile(counts, 0.90),
        p95_s=percentile(counts, 0.95),
        p99_s=percentile(counts, 0.99),
    )


def _recent(sums: _Sums) -> RecentAnswers:
    answers, delivered = sums.of(Measure.ANSWER), sums.of(Measure.SENT_TO_DELIVERED)
    requests = sum(answers.values())
    return RecentAnswers(
        requests=requests,
        failed=requests - answers.get(AnswerKind.ACCEPTED.value, 0),
        delivered=sum(delivered.values()),
        slow_share=share_from(delivered, SLOW_AFTER),
    )
