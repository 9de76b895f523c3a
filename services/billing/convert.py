"""pb ⇄ domain for `BillingService`, pure; refuses what is missing or wrong."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from notify.billing.v1 import billing_pb2 as pb
from notifyrules.postage import Postage
from notifyrules.rates import MAX_SHEETS, Rate, RateKind, Rates
from notifyrules.statuses import NotificationType
from servicekit.fields import id_from as id_from
from servicekit.fields import invalid as invalid
from services.billing.allowances import AllowanceReason
from services.billing.rates_store import RateChange
from services.billing.rebuilding import Difference, RebuiltDay
from services.billing.usage import (
    Forecast,
    ForecastLine,
    Totals,
    UsageLine,
    UsedAllowance,
    YearUsage,
)
from services.billing.usage_store import BillingState, KnownService, VolumeRow

_KINDS: Final = {
    pb.RATE_KIND_TEXT: RateKind.TEXT,
    pb.RATE_KIND_LETTER: RateKind.LETTER,
    pb.RATE_KIND_MULTIPLIER: RateKind.MULTIPLIER,
    pb.RATE_KIND_FREE_ALLOWANCE: RateKind.FREE_ALLOWANCE,
    pb.RATE_KIND_SERVICE_ALLOWANCE: RateKind.SERVICE_ALLOWANCE,
}
_KIND_NUMBERS: Final = {kind: number for number, kind in _KINDS.items()}
_CHANNELS: Final = {
    pb.CHANNEL_SMS: NotificationType.SMS,
    pb.CHANNEL_EMAIL: NotificationType.EMAIL,
    pb.CHANNEL_LETTER: NotificationType.LETTER,
}
_CHANNEL_NUMBERS: Final = {channel: number for number, channel in _CHANNELS.items()}
_REASONS: Final = {
    AllowanceReason.ORGANISATION_TYPE: pb.ALLOWANCE_REASON_ORGANISATION_TYPE,
    AllowanceReason.CUSTOM: pb.ALLOWANCE_REASON_CUSTOM,
    AllowanceReason.CARRIED_OVER: pb.ALLOWANCE_REASON_CARRIED_OVER,
    AllowanceReason.HIGH_USE: pb.ALLOWANCE_REASON_HIGH_USE,
}
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MONTH: Final = re.compile(r"\d{4}-\d{2}", re.ASCII)
_PREFIX: Final = re.compile(r"[1-9]\d{0,6}", re.ASCII)
_TYPE: Final = re.compile(r"[a-z_]{1,40}", re.ASCII)
_FIRST_YEAR: Final = 2016
_LAST_YEAR: Final = 2100
_MAX_MESSAGES: Final = 10_000_000
_MAX_LINES: Final = 1_000
_MAX_VALUE: Final = 100_000_000
_MAX_UNITS: Final = 100
_MAX_REASON: Final = 1_000


def day_from(text: str, field: str) -> date:
    """A London date. Raises InvalidRequest."""
    try:
        day = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise invalid(field, f"{field} must be a date from {_FIRST_YEAR} on, written YYYY-MM-DD")
    return day


def month_from(text: str) -> date:
    """The first day of a month. Raises InvalidRequest."""
    if not _MONTH.fullmatch(text):
        raise invalid("london_month", "london_month must be written YYYY-MM")
    return day_from(f"{text}-01", "london_month")


def span_from(from_text: str, to_text: str) -> tuple[date, date]:
    """Two days in order. Raises InvalidRequest."""
    start, end = day_from(from_text, "from_london_date"), day_from(to_text, "to_london_date")
    if end < start:
        raise invalid("to_london_date", "to_london_date must not be before from_london_date")
    return start, end


def year_from(given: int, this_year: int) -> int:
    """A financial year; 0 is this one. Raises InvalidRequest."""
    year = given or this_year
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise invalid("financial_year", f"financial_year must be {_FIRST_YEAR} to {_LAST_YEAR}")
    return year


def rate_from(request: pb.SetRateRequest) -> Rate:
    """A figure that is to be set. Raises InvalidRequest."""
    if not 0 < len(request.reason.strip()) <= _MAX_REASON:
        raise invalid("reason", f"reason is required, up to {_MAX_REASON} characters")
    kind = _KINDS.get(request.rate.kind)
    if kind is None:
        raise invalid("kind", "kind is not set, or not known")
    value = request.rate.value
    if not 0 <= value <= _MAX_VALUE or (kind is RateKind.MULTIPLIER and not 1 <= value <= _MAX_UNITS):
        raise invalid("value", "value is out of range")
    start = day_from(request.rate.from_london_date, "from_london_date")
    if kind in (RateKind.FREE_ALLOWANCE, RateKind.SERVICE_ALLOWANCE) and (start.month, start.day) != (4, 1):
        raise invalid("from_london_date", "An allowance begins with a financial year, on 1 April")
    return Rate(kind=kind, key=_rate_key(kind, request.rate.key), from_date=start, value=value)


def _rate_key(kind: RateKind, key: str) -> str:
    match kind:
        case RateKind.TEXT:
            if key:
                raise invalid("key", "The price of a text has no key")
            return ""
        case RateKind.LETTER:
            postage, _, sheets = key.partition("/")
            if postage not in {each.value for each in Postage} or sheets not in {
                str(count) for count in range(1, MAX_SHEETS + 1)
            }:
                raise invalid(
                    "key", f'key must be postage and sheets (1 to {MAX_SHEETS}), such as "second/2"'
                )
            return key
        case RateKind.MULTIPLIER:
            if not _PREFIX.fullmatch(key):
                raise invalid("key", "key must be a phone prefix: digits alone")
            return key
        case RateKind.FREE_ALLOWANCE:
            if not _TYPE.fullmatch(key):
                raise invalid("key", "key must be a type of organisation")
            return key
        case RateKind.SERVICE_ALLOWANCE:
            return str(id_from(key, "key"))


def kinds_from(request: pb.ListRatesRequest) -> frozenset[RateKind]:
    """The kinds that are wanted. Raises InvalidRequest."""
    found = [_KINDS.get(number) for number in request.kinds]
    if None in found:
        raise invalid("kinds", "kinds holds one that is not known")
    return frozenset(kind for kind in found if kind) or frozenset(RateKind)


def rate(found: Rate) -> pb.Rate:
    """A figure on the wire."""
    return pb.Rate(
        kind=_KIND_NUMBERS[found.kind],
        key=found.key,
        from_london_date=found.from_date.isoformat(),
        value=found.value,
    )


def rate_change(change: RateChange) -> pb.RateChange:
    """A change of a figure on the wire."""
    found = pb.RateChange(
        id=str(change.id),
        rate=rate(change.rate),
        value_before=change.before,
        changed_by=change.changed_by,
        reason=change.reason,
    )
    found.change_time.FromDatetime(change.changed_at)
    return found


def rates_of_day(rates: Rates, day: date) -> pb.GetRatesResponse:
    """Prices of a day."""
    return pb.GetRatesResponse(
        sms_fragment_ten_thousandths=rates.text_rate(day),
        letters=[
            pb.LetterRate(
                postage=postage.value,
                sheets=sheets,
                ten_thousandths=rates.letter_rate(day, postage.value, sheets),
            )
            for postage in Postage
            for sheets in range(1, MAX_SHEETS + 1)
        ],
    )


def forecast_lines(request: pb.ForecastCostRequest) -> list[ForecastLine]:
    """What would be sent. Raises InvalidRequest."""
    if not 1 <= len(request.lines) <= _MAX_LINES:
        raise invalid("lines", f"lines must be 1 to {_MAX_LINES}")
    return [_forecast_line(line) for line in request.lines]


def _forecast_line(line: pb.ForecastLine) -> ForecastLine:
    channel = _CHANNELS.get(line.channel)
    if channel is None:
        raise invalid("channel", "channel is not set, or not known")
    if not 1 <= line.messages <= _MAX_MESSAGES:
        raise invalid("messages", f"messages must be 1 to {_MAX_MESSAGES}")
    if channel is NotificationType.LETTER:
        if line.postage not in {each.value for each in Postage}:
            raise invalid("postage", "postage is not known")
        if not 1 <= line.units <= MAX_SHEETS:
            raise invalid("units", f"units must be 1 to {MAX_SHEETS} sheets")
    if channel is NotificationType.SMS and not 1 <= line.units <= _MAX_UNITS:
        raise invalid("units", f"units must be 1 to {_MAX_UNITS} fragments")
    if not 0 <= line.rate_multiplier <= _MAX_UNITS:
        raise invalid("rate_multiplier", f"rate_multiplier must be at most {_MAX_UNITS}")
    return ForecastLine(
        channel=channel,
        messages=line.messages,
        units=line.units,
        rate_multiplier=line.rate_multiplier or 1,
        postage=line.postage,
    )


def forecast_response(found: Forecast) -> pb.ForecastCostResponse:
    """What a send would cost."""
    return pb.ForecastCostResponse(
        text_units=found.text_units,
        free_text_units=found.free_text_units,
        price_ten_thousandths=found.price,
        cost_ten_thousandths=found.cost,
        allowance=allowance(found.allowance),
    )


def usage_response(usage: YearUsage) -> pb.GetUsageResponse:
    """What was used in some days."""
    return pb.GetUsageResponse(lines=[usage_line(line) for line in usage.lines], totals=totals(usage.totals))


def year_response(usage: YearUsage, service_id: UUID) -> pb.GetYearUsageResponse:
    """A financial year of a service."""
    return pb.GetYearUsageResponse(
        financial_year=usage.year,
        lines=[usage_line(line) for line in usage.lines],
        months=months(usage),
        totals=totals(usage.totals),
        allowance=allowance(usage.allowances[service_id]),
    )


def organisation_response(usage: YearUsage) -> pb.GetOrganisationUsageResponse:
    """A financial year of an organisation: every service of it."""
    sums = usage.by_service()
    found = {id: sums.get(id, Totals()) for id in {**usage.services, **sums}}
    return pb.GetOrganisationUsageResponse(
        financial_year=usage.year, services=service_usages(usage, found), totals=totals(usage.totals)
    )


def platform_response(usage: YearUsage) -> pb.GetPlatformUsageResponse:
    """A financial year of everybody: services that used something."""
    return pb.GetPlatformUsageResponse(
        financial_year=usage.year,
        services=service_usages(usage, usage.by_service()),
        months=months(usage),
        totals=totals(usage.totals),
    )


def service_usages(usage: YearUsage, sums: Mapping[UUID, Totals]) -> list[pb.ServiceUsage]:
    """Services with their sums, by name."""
    found = [
        pb.ServiceUsage(
            service_id=str(id),
            service_name=usage.services[id].name if id in usage.services else "",
            totals=totals(sum_of),
            allowance=allowance(usage.allowances[id]) if id in usage.allowances else None,
            organisation_name=(usage.services[id].organisation_name or "") if id in usage.services else "",
        )
        for id, sum_of in sums.items()
    ]
    return sorted(found, key=lambda service: (service.service_name, service.service_id))


def usage_line(line: UsageLine) -> pb.UsageLine:
    """A line on the wire."""
    return pb.UsageLine(
        channel=line.channel.value,
        chargeable_units=line.chargeable_units,
        cost_ten_thousandths=line.cost,
        service_id=str(line.service_id),
        london_month=f"{line.month:%Y-%m}",
        messages=line.messages,
        rate_ten_thousandths=line.rate,
        free_units=line.free_units,
        postage=line.postage,
        sheets=line.sheets,
        fragments=line.fragments,
    )


def months(usage: YearUsage) -> list[pb.MonthTotals]:
    """The twelve months."""
    return [
        pb.MonthTotals(london_month=f"{month:%Y-%m}", totals=totals(sums)) for month, sums in usage.months()
    ]


def totals(found: Totals) -> pb.UsageTotals:
    """Sums on the wire."""
    return pb.UsageTotals(
        texts=found.texts,
        text_units=found.text_units,
        free_text_units=found.free_text_units,
        text_cost_ten_thousandths=found.text_cost,
        emails=found.emails,
        letters=found.letters,
        letter_cost_ten_thousandths=found.letter_cost,
        cost_ten_thousandths=found.cost,
    )


def allowance(used: UsedAllowance) -> pb.Allowance:
    """An allowance on the wire."""
    return pb.Allowance(
        free_units=used.allowance.free_units,
        used_units=used.used,
        remaining_units=used.remaining,
        reason=_REASONS[used.allowance.reason],
    )


def volumes_response(
    rows: Sequence[VolumeRow], services: Mapping[UUID, KnownService]
) -> pb.ListVolumesResponse:
    """Volumes by service and day."""
    return pb.ListVolumesResponse(
        volumes=[
            pb.Volume(
                service_id=str(row.service_id),
                service_name=services[row.service_id].name if row.service_id in services else "",
                london_date=row.london_date.isoformat(),
                channel=_CHANNEL_NUMBERS[NotificationType(row.channel)],
                messages=row.messages,
                chargeable_units=row.chargeable_units,
            )
            for row in rows
        ]
    )


def rebuilt(day: RebuiltDay) -> pb.RebuildDayResponse:
    """What a rebuild did."""
    return pb.RebuildDayResponse(
        notification_count=day.notifications,
        corrected_count=day.corrected,
        removed_count=day.removed,
        recounted_count=day.recounted,
    )


def difference(found: Difference) -> pb.Difference:
    """What differed."""
    return pb.Difference(
        london_date=found.key.london_date.isoformat(),
        service_id=str(found.key.service_id),
        template_id=str(found.key.template_id),
        channel=_CHANNEL_NUMBERS[found.key.channel],
        counted=found.counted,
        found=found.found,
    )


def status_response(state: BillingState) -> pb.GetBillingStatusResponse:
    """How far the books are."""
    found = pb.GetBillingStatusResponse(difference_count=state.differences)
    if state.read_at is not None:
        found.read_time.FromDatetime(state.read_at)
    if state.checked_at is not None:
        found.check_time.FromDatetime(state.checked_at)
    return found
