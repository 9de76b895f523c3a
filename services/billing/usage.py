"""What services used and what it costs: by month and price, with sums. The order in which an allowance is used
is the statement `text_days`'s: day by day, and within a day by time, where one price makes order invisible.

Money is whole ten-thousandths of a pound from here to whoever shows it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Final
from uuid import UUID

from notifyrules.london_time import london_date
from notifyrules.rates import Rates, chargeable_units, financial_year, first_day, last_day, unit_rate
from notifyrules.statuses import NotificationType
from servicekit.clock import Clock
from servicekit.errors import NotFound
from services.billing.allowances import Allowance, allowance_of
from services.billing.rates_store import RatesStore
from services.billing.usage_store import KnownService, TextRow, UsageRow, UsageStore, VolumeRow

_SMS: Final = NotificationType.SMS


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sums; costs in ten-thousandths of a pound."""

    texts: int = 0
    text_units: int = 0
    free_text_units: int = 0
    text_cost: int = 0
    emails: int = 0
    letters: int = 0
    letter_cost: int = 0

    @property
    def cost(self) -> int:
        """Everything."""
        return self.text_cost + self.letter_cost

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(
            **{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(Totals)}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageLine:
    """What has one price in one month of one service; costs in ten-thousandths of a pound."""

    service_id: UUID
    month: date  # its first day
    channel: NotificationType
    postage: str  # "": not a letter
    sheets: int  # of each letter, 0 else
    rate: int  # of a fragment or a letter
    messages: int
    fragments: int  # of texts, without their multiplier
    chargeable_units: int
    free_units: int
    cost: int

    @property
    def totals(self) -> Totals:
        """This line as sums."""
        match self.channel:
            case NotificationType.SMS:
                return Totals(
                    texts=self.messages,
                    text_units=self.chargeable_units,
                    free_text_units=self.free_units,
                    text_cost=self.cost,
                )
            case NotificationType.EMAIL:
                return Totals(emails=self.messages)
            case NotificationType.LETTER:
                return Totals(letters=self.messages, letter_cost=self.cost)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedAllowance:
    """An allowance and how much of it is used."""

    allowance: Allowance
    used: int

    @property
    def remaining(self) -> int:
        """What is left."""
        return self.allowance.free_units - self.used


@dataclass(frozen=True, slots=True, kw_only=True)
class YearUsage:
    """A financial year of some services."""

    year: int
    lines: tuple[UsageLine, ...]
    allowances: Mapping[UUID, UsedAllowance]
    services: Mapping[UUID, KnownService]

    @property
    def totals(self) -> Totals:
        """Everything."""
        return total(self.lines)

    def months(self) -> list[tuple[date, Totals]]:
        """Sums of the twelve months, from April."""
        start = first_day(self.year)
        starts = [date(start.year + (month > 12), (month - 1) % 12 + 1, 1) for month in range(4, 16)]
        return [(each, total(line for line in self.lines if line.month == each)) for each in starts]

    def by_service(self) -> dict[UUID, Totals]:
        """Sums of each service that used something."""
        sums: dict[UUID, Totals] = {}
        for line in self.lines:
            sums[line.service_id] = sums.get(line.service_id, Totals()) + line.totals
        return sums


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastLine:
    """Messages that are alike and might be sent."""

    channel: NotificationType
    messages: int
    units: int
    rate_multiplier: int
    postage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a send would cost; in ten-thousandths of a pound."""

    text_units: int
    free_text_units: int
    price: int  # without an allowance
    cost: int
    allowance: UsedAllowance


class Usage:
    """Answers what was used. One for each process."""

    def __init__(self, store: UsageStore, rates: RatesStore, *, clock: Clock) -> None:
        self._store = store
        self._rates = rates
        self._clock = clock

    def this_year(self) -> int:
        """The financial year that it is in London."""
        return financial_year(london_date(self._clock.now()))

    async def days(self, service_ids: Sequence[UUID] | None, start: date, end: date) -> YearUsage:
        """What services (None: all) used in days of one financial year."""
        year = financial_year(start)
        services = await self._store.services(year, service_ids)
        wanted = list(services if service_ids is None else service_ids)
        allowances = await self._allowances(services, wanted, year)
        rows = await self._store.lines(service_ids, start, end)
        for service_id in {row.service_id for row in rows} - set(allowances):
            # One that is not mirrored yet.
            allowances |= await self._allowances({}, [service_id], year)
        texts = await self._store.texts(
            service_ids,
            {id: allowance.free_units for id, allowance in allowances.items()},
            year_start=first_day(year),
            first_day=start,
            last_day=end,
        )
        used = await self._used(service_ids, allowances, texts, year, start, end)
        return YearUsage(year=year, lines=tuple(usage_lines(rows, texts)), allowances=used, services=services)

    async def year(self, service_ids: Sequence[UUID] | None, year: int) -> YearUsage:
        """What services (None: all) used in a financial year."""
        return await self.days(service_ids, first_day(year), last_day(year))

    async def organisation(self, organisation_id: UUID, year: int) -> YearUsage:
        """What all services of an organisation used in a financial year. Raises NotFound."""
        services = await self._store.services(year, organisation_id=organisation_id)
        if not services:
            raise NotFound("organisation", "There is no service of this organisation")
        return await self.year(list(services), year)

    async def volumes(
        self, service_id: UUID | None, start: date, end: date
    ) -> tuple[list[VolumeRow], Mapping[UUID, KnownService]]:
        """What was sent on each day, and the services' names."""
        ids = None if service_id is None else [service_id]
        return (
            await self._store.volumes(ids, start, end),
            await self._store.services(financial_year(end), ids),
        )

    async def forecast(self, service_id: UUID, lines: Sequence[ForecastLine]) -> Forecast:
        """What a send would cost a service today."""
        today = london_date(self._clock.now())
        year, rates = financial_year(today), await self._rates.load()
        services = await self._store.services(year, [service_id])
        allowance = (await self._allowances(services, [service_id], year, rates))[service_id]
        units = await self._store.text_units([service_id], first_day(year), last_day(year))
        used = UsedAllowance(allowance=allowance, used=min(allowance.free_units, units.get(service_id, 0)))
        return forecast(rates, today, lines, used)

    async def _allowances(
        self,
        services: Mapping[UUID, KnownService],
        ids: Sequence[UUID],
        year: int,
        rates: Rates | None = None,
    ) -> dict[UUID, Allowance]:
        found = rates or await self._rates.load()
        before = await self._store.text_units(
            ids if len(ids) < 1_000 else None, first_day(year - 1), last_day(year - 1)
        )
        return {
            id: allowance_of(
                found,
                id,
                year,
                organisation_type=services[id].organisation_type if id in services else None,
                units_last_year=before.get(id, 0),
            )
            for id in ids
        }

    async def _used(
        self,
        service_ids: Sequence[UUID] | None,
        allowances: Mapping[UUID, Allowance],
        texts: Iterable[TextRow],
        year: int,
        start: date,
        end: date,
    ) -> dict[UUID, UsedAllowance]:
        if (start, end) == (first_day(year), last_day(year)):
            units: dict[UUID, int] = {}
            for row in texts:
                units[row.service_id] = units.get(row.service_id, 0) + row.units
        else:
            units = await self._store.text_units(service_ids, first_day(year), last_day(year))
        return {
            id: UsedAllowance(allowance=allowance, used=min(allowance.free_units, units.get(id, 0)))
            for id, allowance in allowances.items()
        }


def usage_lines(rows: Iterable[UsageRow], texts: Iterable[TextRow]) -> list[UsageLine]:
    """Lines of what was used, by service, month and channel: texts of one price together, letters by postage
    and sheets.
    """
    counts: dict[tuple[UUID, date, int], tuple[int, int]] = {}
    lines: list[UsageLine] = []
    for row in rows:
        channel = NotificationType(row.channel)
        if channel is _SMS:
            key = (row.service_id, row.month, row.rate)
            messages, fragments = counts.get(key, (0, 0))
            counts[key] = (messages + row.messages, fragments + row.messages * row.units)
            continue
        lines.append(
            UsageLine(
                service_id=row.service_id,
                month=row.month,
                channel=channel,
                postage=row.postage,
                sheets=row.units,
                rate=row.rate,
                messages=row.messages,
                fragments=0,
                chargeable_units=row.chargeable_units,
                free_units=0,
                cost=row.chargeable_units * row.rate,
            )
        )
    for text in texts:
        # A text that came between the two statements is in the next answer.
        messages, fragments = counts.get((text.service_id, text.month, text.rate), (0, 0))
        lines.append(
            UsageLine(
                service_id=text.service_id,
                month=text.month,
                channel=_SMS,
                postage="",
                sheets=0,
                rate=text.rate,
                messages=messages,
                fragments=fragments,
                chargeable_units=text.units,
                free_units=text.free_units,
                cost=text.cost,
            )
        )
    return sorted(
        lines,
        key=lambda line: (line.service_id, line.month, line.channel, line.postage, line.sheets, line.rate),
    )


def total(lines: Iterable[UsageLine]) -> Totals:
    """The sum of lines."""
    return sum((line.totals for line in lines), Totals())


def forecast(rates: Rates, day: date, lines: Iterable[ForecastLine], used: UsedAllowance) -> Forecast:
    """What messages would cost on a day, with what remains of an allowance. Pure."""
    text_units = price = 0
    for line in lines:
        units = line.messages * chargeable_units(line.channel, line.units, line.rate_multiplier)
        price += units * unit_rate(rates, line.channel, day, line.units, line.postage)
        if line.channel is _SMS:
            text_units += units
    free = min(text_units, used.remaining)
    return Forecast(
        text_units=text_units,
        free_text_units=free,
        price=price,
        cost=price - free * rates.text_rate(day),
        allowance=used,
    )
