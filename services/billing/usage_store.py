"""The statements that answer what was used, and the mirror of services and organisations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from servicekit.database import Pool
from services.billing.store import QUERIES


@dataclass(frozen=True, slots=True)
class UsageRow:
    """Messages of a service and month that have one price each; in the order of the query's columns."""

    service_id: UUID
    month: date  # its first day
    channel: str
    postage: str
    units: int  # of each message
    rate_multiplier: int
    rate: int
    messages: int
    chargeable_units: int


@dataclass(frozen=True, slots=True)
class TextRow:
    """Fragments charged for, of a service, month and price; in the order of the query's columns."""

    service_id: UUID
    month: date
    rate: int
    units: int
    free_units: int  # that the allowance covers
    cost: int


@dataclass(frozen=True, slots=True)
class VolumeRow:
    """What a service sent on a day; in the order of the query's columns."""

    service_id: UUID
    london_date: date
    channel: str
    messages: int
    chargeable_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownService:
    """What billing knows of a service."""

    id: UUID
    name: str
    organisation_id: UUID | None
    organisation_name: str | None
    organisation_type: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingState:
    """How far the books are."""

    read_at: datetime | None
    checked_at: datetime | None
    differences: int


class UsageStore:
    """Answers on one pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def lines(
        self, service_ids: Sequence[UUID] | None, first_day: date, last_day: date
    ) -> list[UsageRow]:
        """What services (None: all) used in a span of days."""
        return [
            UsageRow(*row)
            for row in await self._fetch("usage_lines", _span(service_ids, first_day, last_day))
        ]

    async def texts(
        self,
        service_ids: Sequence[UUID] | None,
        allowances: Mapping[UUID, int],
        *,
        year_start: date,
        first_day: date,
        last_day: date,
    ) -> list[TextRow]:
        """Texts in a span of days, with what the allowances cover, which are used from `year_start` on."""
        parameters = _span(service_ids, first_day, last_day) | {
            "year_start": year_start,
            "allowed_service_ids": list(allowances),
            "allowed": list(allowances.values()),
        }
        return [TextRow(*row) for row in await self._fetch("text_days", parameters)]

    async def text_units(
        self, service_ids: Sequence[UUID] | None, first_day: date, last_day: date
    ) -> dict[UUID, int]:
        """Fragments charged for in a span of days."""
        rows = await self._fetch("text_units", _span(service_ids, first_day, last_day))
        return dict(rows)

    async def volumes(
        self, service_ids: Sequence[UUID] | None, first_day: date, last_day: date
    ) -> list[VolumeRow]:
        """What was sent on each day."""
        rows = await self._fetch("volumes", _span(service_ids, first_day, last_day))
        return [VolumeRow(*row) for row in rows]

    async def state(self) -> BillingState:
        """How far the books are."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                b"select (select read_at from feed_cursor), ended_at, differences from (select 1) as one "
                b"left join lateral (select ended_at, differences from runs where ended_at is not null "
                b"order by ended_at desc limit 1) as latest on true"
            )
            rows = await cursor.fetchall()
        read_at, checked_at, differences = rows[0]
        return BillingState(read_at=read_at, checked_at=checked_at, differences=differences or 0)

    async def save_services(self, services: Sequence[KnownService], year: int) -> None:
        """Mirror services as they are now. The type of a past financial year stays as it was."""
        async with self._pool.connection() as connection, connection.transaction():
            ids = [service.id for service in services]
            await connection.execute(
                b"insert into services (service_id, name, organisation_id, organisation_name) "
                b"select * from unnest(%s::uuid[], %s::text[], %s::uuid[], %s::text[]) "
                b"on conflict (service_id) do update set name = excluded.name, "
                b"organisation_id = excluded.organisation_id, organisation_name = excluded.organisation_name "
                b"where (services.name, services.organisation_id, services.organisation_name) is distinct from "
                b"(excluded.name, excluded.organisation_id, excluded.organisation_name)",
                (
                    ids,
                    [service.name for service in services],
                    [service.organisation_id for service in services],
                    [service.organisation_name for service in services],
                ),
            )
            await connection.execute(
                b"insert into service_types (service_id, financial_year, organisation_type) "
                b"select service_id, %s, organisation_type from unnest(%s::uuid[], %s::text[]) "
                b"as seen (service_id, organisation_type) "
                b"on conflict (service_id, financial_year) do update "
                b"set organisation_type = excluded.organisation_type "
                b"where service_types.organisation_type is distinct from excluded.organisation_type",
                (year, ids, [service.organisation_type for service in services]),
            )

    async def services(
        self, year: int, ids: Sequence[UUID] | None = None, organisation_id: UUID | None = None
    ) -> dict[UUID, KnownService]:
        """Services, with the type that counts for a financial year: the last seen in it, else the nearest
        year's, earlier ones first.
        """
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                b"select service_id, name, organisation_id, organisation_name, ("
                b"select organisation_type from service_types "
                b"where service_types.service_id = services.service_id "
                b"order by financial_year > %(year)s, abs(financial_year - %(year)s) limit 1) "
                b"from services where (%(ids)s::uuid[] is null or service_id = any (%(ids)s)) "
                b"and (%(organisation_id)s::uuid is null or organisation_id = %(organisation_id)s)",
                {
                    "year": year,
                    "ids": None if ids is None else list(ids),
                    "organisation_id": organisation_id,
                },
            )
            return {
                row[0]: KnownService(
                    id=row[0],
                    name=row[1],
                    organisation_id=row[2],
                    organisation_name=row[3],
                    organisation_type=row[4],
                )
                for row in await cursor.fetchall()
            }

    async def _fetch(self, name: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
        async with self._pool.connection() as connection:
            # Never prepared: a plan for any services, even for all, reads the whole table. One that is made for
            # the services asked about reads theirs: 35 ms for a year instead of 540.
            cursor = await connection.execute(QUERIES[name], parameters, prepare=False)
            return await cursor.fetchall()


def _span(service_ids: Sequence[UUID] | None, first_day: date, last_day: date) -> dict[str, Any]:
    return {
        "service_ids": None if service_ids is None else list(service_ids),
        "first_day": first_day,
        "last_day": last_day,
    }
