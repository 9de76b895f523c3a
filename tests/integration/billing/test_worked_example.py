"""The worked example of docs/billing.md, from the notifications service's rows to RPC, CSV and the public API."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from notify.billing.v1 import billing_pb2 as pb
from notify.billing.v1 import billing_pb2_grpc
from notify.notifications.v1 import status_changes_pb2_grpc
from notifyrules.london_time import london_date
from notifyrules.phone_numbers import parse_phone_number
from notifyrules.rates import published, unit_rate
from notifyrules.statuses import NotificationStatus, NotificationType
from servicekit.access import only
from servicekit.clock import FixedClock
from servicekit.database import Pool, make_pool
from servicekit.grpc_client import Channel, make_channel
from servicekit.grpc_server import ServiceRegistration, make_server
from servicekit.identity import CallerTokens
from servicekit.ids import time_of
from servicekit.migrations import migrate
from services.api_gateway.convert import cost_of
from services.billing.following import Following
from services.billing.notifications_client import NotificationsClient
from services.billing.rates_store import RatesStore
from services.billing.rebuilding import NightlyCheck, Rebuilding
from services.billing.service import BillingServicer
from services.billing.store import SCHEMA, Store
from services.billing.usage import Usage
from services.billing.usage_store import KnownService, UsageStore
from services.notifications.convert.notifications import notification as notification_pb
from services.notifications.current_rates import CurrentRates
from services.notifications.feed import Feed
from services.notifications.feed_store import FeedStore
from services.notifications.partitions import partition_name, week_of
from services.notifications.reading import ReadNotification
from services.notifications.servicers.status_changes import StatusChangesServicer
from services.notifications.store import SCHEMA as NOTIFICATIONS
from services.notifications.store import Store as NotificationsStore
from services.notifications.store import hot_url
from tests.conftest import MakeDatabase
from tests.integration.billing.books import id_at

NOW = datetime(2026, 11, 5, 12, tzinfo=UTC)
KEYS = "keys of callers that are long enough for it"
COUNCIL = UUID(int=1)
PARKING, LIBRARY = UUID(int=2), UUID(int=3)
TEMPLATE = UUID(int=4)
WITHIN_UK, ABROAD = 1, 3


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class World:
    """Both services' parts, with gRPC between them, and somebody who asks."""

    notifications: Pool
    billing: billing_pb2_grpc.BillingServiceStub
    channel: Channel
    following: Following
    rates: CurrentRates
    made: int = 0

    async def message(self, when: str, *statuses: str, **columns: Any) -> UUID:
        """A message made at a time (UTC), which goes through statuses in turn."""
        self.made += 1
        id = id_at(at(when), self.made)
        row = {
            "id": id,
            "service_id": PARKING,
            "template_id": TEMPLATE,
            "template_version": 1,
            "type": "sms",
            "key_type": "normal",
            "status": "created",
            "recipient": "",
            "normalised_recipient": "",
            "personalisation": "{}",
            "billable_units": 1,
            "rate_multiplier": 1,
            "provider": "mmg",
        } | columns
        async with self.notifications.connection() as connection:
            names = ", ".join(row)
            marks = ", ".join(["%s"] * len(row))
            await connection.execute(
                f"insert into notifications ({names}) values ({marks})".encode(), tuple(row.values())
            )
        for status in statuses:
            await self.change(id, status)
        return id

    async def change(self, id: UUID, status: str) -> None:
        """A status changes, as the service's own statements change it."""
        async with self.notifications.connection() as connection, connection.transaction():
            cursor = await connection.execute(
                b"update notifications set status = %s, version = version + 1 where id = %s returning version",
                (status, id),
            )
            ((version,),) = await cursor.fetchall()
            await connection.execute(
                b"insert into status_changes (status, size, ids, versions, changed_at) values (%s, 1, %s, %s, %s)",
                (status, [id], [version], NOW),
            )

    async def public_cost(self, id: UUID) -> tuple[bool, float | None, Any]:
        """The cost fields of the public API."""
        store = NotificationsStore(self.notifications)
        stored = await store.find_notification(id)
        assert stored is not None
        (row,) = await store.read_notifications([(stored.service_id, id)])
        assert row is not None
        reading = ReadNotification(
            row=row,
            body="",
            subject=None,
            unsubscribe_url=None,
            rate_ten_thousandths=_rate(self.rates, row),
            address={},
        )
        return cost_of(notification_pb(reading), NotificationType(row.type), NotificationStatus(row.status))

    async def ask(self, method: Any, request: Any) -> Any:
        return await self.channel.call(method, request, timeout_s=20)


def _rate(rates: CurrentRates, row: Any) -> int:
    day = london_date(time_of(row.id))
    return unit_rate(rates.rates(), NotificationType(row.type), day, row.billable_units, row.postage)


def build(url: str) -> None:
    migrate(url, "services.notifications", NOTIFICATIONS)
    migrate(url, "services.billing", SCHEMA)


@pytest.fixture
async def world(make_database: MakeDatabase) -> AsyncIterator[World]:
    url = make_database("billing_and_notifications", build)
    clock = FixedClock(NOW)
    tokens = partial(CallerTokens, keys=KEYS)
    async with (
        make_pool(hot_url(url), schema=NOTIFICATIONS, application_name="tests") as notifications,
        make_pool(url, schema=SCHEMA, application_name="tests") as pool,
    ):
        feed = Feed(FeedStore(notifications), clock=clock, kept_for=timedelta(days=7))
        feed_server = _server(
            status_changes_pb2_grpc.add_StatusChangesServiceServicer_to_server,
            StatusChangesServicer(feed, asyncio.Event()),
            "notify.notifications.v1.StatusChangesService/*",
        )
        feed_port = await feed_server.start()
        async with make_channel(f"127.0.0.1:{feed_port}", caller=tokens("billing")) as to_feed:
            client = NotificationsClient(to_feed)
            store, usage_store, rates = Store(pool), UsageStore(pool), RatesStore(pool)
            await rates.add_published(published().all(), NOW)
            rebuilding = Rebuilding(client, store, clock=clock)

            async def go_on(_: float) -> bool:
                return True

            following = Following(
                client,
                store,
                clock=clock,
                kept_for=timedelta(days=800),
                rebuild=rebuilding.rebuild_day,
                sleep=go_on,
            )
            server = _server(
                billing_pb2_grpc.add_BillingServiceServicer_to_server,
                BillingServicer(
                    usage=Usage(usage_store, rates, clock=clock),
                    usage_store=usage_store,
                    rates=rates,
                    rebuilding=rebuilding,
                    check=NightlyCheck(rebuilding, store, catch_up=following.catch_up, clock=clock),
                    clock=clock,
                    pool=pool,
                ),
                "notify.billing.v1.BillingService/*",
            )
            port = await server.start()
            await usage_store.save_services(
                [
                    KnownService(
                        id=id,
                        name=name,
                        organisation_id=COUNCIL,
                        organisation_name="Riverside Council",
                        organisation_type="local",
                    )
                    for id, name in ((PARKING, "Parking permits"), (LIBRARY, "Library"))
                ],
                2026,
            )
            async with make_channel(f"127.0.0.1:{port}", caller=tokens("notifyctl")) as channel:
                yield World(
                    notifications=notifications,
                    billing=billing_pb2_grpc.BillingServiceStub(channel.grpc),
                    channel=channel,
                    following=following,
                    rates=CurrentRates(channel),
                )
            await server.stop()
        await feed_server.stop()


def _server(add: Callable[..., None], servicer: Any, methods: str) -> Any:
    return make_server(
        [ServiceRegistration(add=add, servicer=servicer)],
        domain="tests.notify",
        listen="127.0.0.1:0",
        tokens=CallerTokens("notifications" if "notifications" in methods else "billing", KEYS),
        allowed_callers={methods: only("billing", "notifyctl")},
    )


async def _partitions(pool: Pool) -> None:
    from datetime import time

    from servicekit.ids import first_id_at

    store = NotificationsStore(pool)
    monday = week_of(at("2026-03-25T00:00"))
    while monday <= week_of(NOW):
        start = datetime.combine(monday, time(), UTC)
        await store.create_partition(
            partition_name(monday), first_id_at(start), first_id_at(start + timedelta(weeks=1))
        )
        monday += timedelta(weeks=1)


async def _set(world: World, kind: pb.RateKind, key: str, from_date: str, value: int) -> pb.SetRateResponse:
    rate = pb.Rate(kind=kind, key=key, from_london_date=from_date, value=value)
    request = pb.SetRateRequest(rate=rate, reason="the worked example")
    answer: pb.SetRateResponse = await world.ask(world.billing.SetRate, request)
    return answer


async def test_the_worked_example_comes_out_to_the_penny(world: World) -> None:
    await _partitions(world.notifications)
    await _set(world, pb.RATE_KIND_SERVICE_ALLOWANCE, str(PARKING), "2026-04-01", 10)
    letter = {"type": "letter", "provider": "dvla"}
    # The rows of the example, by number.
    await world.message("2026-03-31T22:30", "sending", "delivered")  # 1
    await world.message("2026-03-31T23:30", "sending", "delivered", billable_units=2)  # 2
    abroad = await world.message("2026-04-01T12:00", "sent", billable_units=2, rate_multiplier=ABROAD)  # 3
    crossing = await world.message("2026-04-02T09:00", "sending", "delivered", billable_units=3)  # 4
    await world.message("2026-04-02T10:00", "sending", "delivered", key_type="test")  # 5
    await world.message("2026-04-02T11:00", "sending", "permanent-failure", key_type="team")  # 6
    late = await world.message("2026-04-02T12:00", "sending")  # 7
    await world.message("2026-04-02T13:00", "sending", "delivered", type="email", provider="ses")  # 8
    second = await world.message(
        "2026-04-06T12:00", "sending", "delivered", **letter, billable_units=2, postage="second"
    )  # 9
    await world.message("2026-04-06T12:00", "sending", "delivered", **letter, postage="first")  # 10
    await world.message(
        "2026-05-03T12:00", "sending", "delivered", **letter, billable_units=5, postage="europe"
    )  # 11
    cancelled = await world.message("2026-05-03T12:00", "cancelled", **letter, postage="second")  # 12
    await world.message(
        "2026-07-01T12:00", "sending", "delivered", "returned-letter", **letter, postage="economy"
    )  # 13
    june = await world.message("2026-05-31T23:30", "sending", "delivered", billable_units=4)  # 14
    await world.message("2026-04-03T12:00", "sending", "delivered", service_id=LIBRARY)  # 15
    await world.following.catch_up()
    await world.change(late, "technical-failure")
    await world.following.catch_up()
    repriced = await _set(world, pb.RATE_KIND_TEXT, "", "2026-06-01", 250)
    assert repriced.repriced_count == 1

    # By RPC: the year of the service.
    year = await world.ask(
        world.billing.GetYearUsage, pb.GetYearUsageRequest(service_id=str(PARKING), financial_year=2026)
    )
    totals = year.totals
    assert (totals.texts, totals.text_units, totals.free_text_units) == (5, 16, 10)
    assert (totals.emails, totals.letters) == (1, 4)
    assert totals.text_cost_ten_thousandths == 1_480
    assert totals.letter_cost_ten_thousandths == 49_280
    assert totals.cost_ten_thousandths == 50_760
    by_month = {month.london_month: month.totals.cost_ten_thousandths for month in year.months}
    expected = {"2026-04": 480 + 7_700 + 15_600, "2026-05": 19_600, "2026-06": 1_000, "2026-07": 6_380}
    assert {month: cost for month, cost in by_month.items() if cost} == expected
    assert len(by_month) == 12
    assert (year.allowance.used_units, year.allowance.remaining_units) == (10, 0)
    assert year.allowance.reason == pb.ALLOWANCE_REASON_CUSTOM
    before = await world.ask(
        world.billing.GetYearUsage, pb.GetYearUsageRequest(service_id=str(PARKING), financial_year=2025)
    )
    assert (before.totals.text_units, before.totals.free_text_units, before.totals.cost_ten_thousandths) == (
        1,
        1,
        0,
    )
    assert [line.rate_ten_thousandths for line in before.lines] == [233]
    after = await world.ask(
        world.billing.GetYearUsage, pb.GetYearUsageRequest(service_id=str(PARKING), financial_year=2027)
    )
    assert (after.allowance.free_units, after.allowance.reason) == (10, pb.ALLOWANCE_REASON_CARRIED_OVER)

    # The organisation and everybody: the sum of the parts.
    organisation = await world.ask(
        world.billing.GetOrganisationUsage,
        pb.GetOrganisationUsageRequest(organisation_id=str(COUNCIL), financial_year=2026),
    )
    assert [service.service_name for service in organisation.services] == ["Library", "Parking permits"]
    assert organisation.services[0].allowance.remaining_units == 9_999
    assert organisation.totals.cost_ten_thousandths == 50_760
    platform = await world.ask(
        world.billing.GetPlatformUsage, pb.GetPlatformUsageRequest(financial_year=2026)
    )
    assert platform.totals == organisation.totals

    # As CSV: lines that add up to the last one.
    report = await world.ask(
        world.billing.GetMonthlyReport, pb.GetMonthlyReportRequest(london_month="2026-04")
    )
    rows = list(csv.DictReader(io.StringIO(report.csv)))
    assert rows[-1]["organisation_id"] == "TOTAL"
    assert rows[-1]["cost_pounds"] == "2.3780"
    parking = [row for row in rows if row["service_name"] == "Parking permits" and row["channel"] == "sms"]
    assert [(row["chargeable_units"], row["free_units"], row["cost_pounds"]) for row in parking] == [
        ("12", "10", "0.0480")
    ]
    for name in ("messages", "fragments", "chargeable_units", "free_units", "charged_units"):
        assert sum(int(row[name]) for row in rows[:-1]) == int(rows[-1][name])

    # By the public API, which knows no allowance.
    await world.rates.refresh()
    assert (await world.public_cost(abroad))[1] == pytest.approx(0.144)
    assert (await world.public_cost(crossing))[1] == pytest.approx(0.072)
    assert (await world.public_cost(june))[1] == pytest.approx(0.1)
    assert (await world.public_cost(second))[1] == pytest.approx(0.77)
    assert (await world.public_cost(cancelled))[1] == 0

    # What a country's texts count as from a day on reaches those who accept texts.
    number = parse_phone_number("+33612345678")
    await _set(world, pb.RATE_KIND_MULTIPLIER, "33", "2026-06-01", 9)
    await world.rates.refresh()
    told = world.rates.rates()
    assert told.multiplier(number, date(2026, 5, 31)) == number.rate_multiplier
    assert told.multiplier(number, date(2026, 6, 1)) == 9

    # Recomputed from notifications, nothing changes; a spoilt book is mended.
    for day in ("2026-04-01", "2026-04-02", "2026-06-01"):
        rebuilt = await world.ask(world.billing.RebuildDay, pb.RebuildDayRequest(london_date=day))
        assert (rebuilt.corrected_count, rebuilt.removed_count, rebuilt.recounted_count) == (0, 0, 0)
    usage = await world.ask(
        world.billing.GetUsage,
        pb.GetUsageRequest(
            service_id=str(PARKING), from_london_date="2026-04-02", to_london_date="2026-04-02"
        ),
    )
    assert (usage.totals.text_units, usage.totals.free_text_units, usage.totals.cost_ten_thousandths) == (
        4,
        2,
        480,
    )

    # What more would cost: nothing is left of the allowance.
    forecast = await world.ask(
        world.billing.ForecastCost,
        pb.ForecastCostRequest(
            service_id=str(PARKING),
            lines=[pb.ForecastLine(channel=pb.CHANNEL_SMS, messages=100, units=2)],
        ),
    )
    assert (forecast.text_units, forecast.free_text_units, forecast.cost_ten_thousandths) == (200, 0, 50_000)
