"""Billing's books on a database of their own, and a notifications service that is made up."""

import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from notifyrules.rates import published
from notifyrules.statuses import KeyType, NotificationStatus, NotificationType
from servicekit.clock import FixedClock
from servicekit.database import Pool
from servicekit.errors import RuleBroken, Unavailable
from servicekit.ids import first_id_at
from servicekit.migrations import migrate
from services.billing.facts import Change, ChangesPage, FactKey, FactsGroup, FactsLot, NotificationFacts
from services.billing.following import Following
from services.billing.rates_store import RatesStore
from services.billing.rebuilding import NightlyCheck, Rebuilding
from services.billing.store import SCHEMA, Store
from services.billing.usage import Usage
from services.billing.usage_store import UsageStore

NOW = datetime(2026, 11, 5, 12, tzinfo=UTC)
T, S, K = NotificationType, NotificationStatus, KeyType
SERVICES = [UUID(int=0xA000 + n) for n in range(3)]
TEMPLATES = [UUID(int=0xB000 + n) for n in range(3)]
TABLES = "facts, billed, runs, rates, rate_changes, services, service_types"

# The rule once more, from the published table, by words of its own.
COUNTED = {
    T.SMS: {"sending", "sent", "delivered", "pending", "temporary-failure", "permanent-failure"},
    T.EMAIL: {"sending", "delivered", "temporary-failure", "permanent-failure"},
    T.LETTER: {"sending", "delivered", "returned-letter"},
}


def a_message(**changes: object) -> NotificationFacts:
    """A delivered text unless told otherwise."""
    facts = NotificationFacts(
        version=3,
        service_id=SERVICES[0],
        template_id=TEMPLATES[0],
        type=T.SMS,
        key_type=K.NORMAL,
        status=S.DELIVERED,
        provider="mmg",
        billable_units=1,
        rate_multiplier=1,
        postage=None,
    )
    return replace(facts, **changes)  # type: ignore[arg-type]  # names are checked when it is made


def id_at(moment: datetime, noise: int = 0) -> UUID:
    """An id of a moment."""
    return UUID(int=first_id_at(moment).int | noise)


def expected_facts(messages: dict[UUID, NotificationFacts]) -> Counter[tuple[object, ...]]:
    """What the books must say of messages as they are."""
    counts: Counter[tuple[object, ...]] = Counter()
    for id, facts in messages.items():
        if facts.key_type is K.TEST or facts.status.value not in COUNTED[facts.type]:
            continue
        made_at = datetime.fromtimestamp((id.int >> 80) / 1000, UTC)
        is_text, is_letter = facts.type is T.SMS, facts.type is T.LETTER
        counts[
            facts.service_id,
            made_at.astimezone(ZoneInfo("Europe/London")).date(),
            facts.type,
            facts.template_id,
            facts.key_type,
            facts.provider or "",
            facts.postage or "" if is_letter else "",
            0 if facts.type is T.EMAIL else facts.billable_units,
            facts.rate_multiplier if is_text else 1,
        ] += 1
    return counts


@dataclass(slots=True, kw_only=True)
class MadeUpNotifications:
    """Notifications with their feed. Positions are places in a list."""

    messages: dict[UUID, NotificationFacts] = field(default_factory=dict)
    feed: list[Change] = field(default_factory=list)
    is_away: bool = False
    first_kept: int = 0
    lot_size: int = 3
    before_lot: Callable[[], Awaitable[None]] | None = None
    after_lot: Callable[[], Awaitable[None]] | None = None

    def put(self, id: UUID, facts: NotificationFacts) -> None:
        """A notification is, or becomes, this."""
        self.messages[id] = facts
        self.feed.append(Change(id=id, facts=facts))

    async def changes(
        self, position: str | None, statuses: tuple[NotificationStatus, ...], limit: int
    ) -> ChangesPage:
        if self.is_away:
            raise Unavailable("away")
        start = int(position or self.first_kept)
        if position is not None and start < self.first_kept:
            raise RuleBroken("POSITION_LOST", "gone")
        found = self.feed[start : start + limit]
        end = start + len(found)
        return ChangesPage(changes=tuple(found), position=str(end), has_more=end < len(self.feed))

    async def facts(
        self, from_time: datetime, until_time: datetime, service_id: UUID | None, *, counts_only: bool
    ) -> AsyncIterator[FactsLot]:
        if self.is_away:
            raise Unavailable("away")
        first, until = first_id_at(from_time), first_id_at(until_time)
        ids = sorted(
            id
            for id, facts in self.messages.items()
            if first <= id < until and service_id in (None, facts.service_id)
        )
        for start in range(0, len(ids), self.lot_size):
            rows = [(id, self.messages[id]) for id in ids[start : start + self.lot_size]]
            if self.before_lot is not None:
                await self.before_lot()
            yield _lot(rows, counts_only=counts_only)
            if self.after_lot is not None:
                await self.after_lot()


def _lot(rows: list[tuple[UUID, NotificationFacts]], *, counts_only: bool) -> FactsLot:
    groups: dict[NotificationFacts, list[tuple[UUID, int]]] = {}
    for id, facts in rows:
        groups.setdefault(replace(facts, version=0), []).append((id, facts.version))
    return FactsLot(
        groups=tuple(
            FactsGroup(
                facts=facts,
                count=len(found),
                ids=b"" if counts_only else b"".join(id.bytes for id, _ in found),
                versions=b"" if counts_only else b"".join(version.to_bytes(4, "big") for _, version in found),
            )
            for facts, found in groups.items()
        ),
        last_id=rows[-1][0],
    )


@dataclass(slots=True, kw_only=True)
class Books:
    """The parts of the service, wired as in `__main__`, without gRPC and loops."""

    pool: Pool
    notifications: MadeUpNotifications
    clock: FixedClock
    store: Store
    usage_store: UsageStore
    rates: RatesStore
    rebuilding: Rebuilding
    following: Following
    check: NightlyCheck
    usage: Usage

    async def facts(self) -> Counter[tuple[object, ...]]:
        """What the books say, zeros left out."""
        counts: Counter[tuple[object, ...]] = Counter()
        for day in await self._days():
            for key, count in (await self.store.read_day(day, None)).items():
                counts[_plain(key)] = count
        return counts

    async def apply(self, changes: Iterable[Change], page: int = 1_000) -> None:
        """Take in changes as the feed would bring them."""
        self.notifications.feed += list(changes)
        del page
        await self.following.catch_up()

    async def empty(self) -> None:
        """Forget everything but the published figures."""
        async with self.pool.connection() as connection:
            await connection.execute(f"truncate {TABLES}".encode())
            await connection.execute(b"update feed_cursor set position = null, batch = 0")
        await self.rates.add_published(published().all(), NOW)
        self.notifications.messages.clear()
        self.notifications.feed.clear()
        self.notifications.first_kept = 0
        self.notifications.is_away = False

    async def execute(self, statement: str) -> None:
        """Do what nobody should."""
        async with self.pool.connection() as connection:
            await connection.execute(statement.encode())

    async def _days(self) -> list[date]:
        async with self.pool.connection() as connection:
            cursor = await connection.execute(b"select distinct london_date from facts")
            return [day for (day,) in await cursor.fetchall()]


def make_books(pool: Pool) -> Books:
    """Books on a pool."""
    clock, notifications = FixedClock(NOW), MadeUpNotifications()
    store, usage_store, rates = Store(pool), UsageStore(pool), RatesStore(pool)
    rebuilding = Rebuilding(notifications, store, clock=clock)

    async def go_on(_: float) -> bool:
        return True

    following = Following(
        notifications,
        store,
        clock=clock,
        kept_for=timedelta(days=400),
        rebuild=rebuilding.rebuild_day,
        sleep=go_on,
    )
    return Books(
        pool=pool,
        notifications=notifications,
        clock=clock,
        store=store,
        usage_store=usage_store,
        rates=rates,
        rebuilding=rebuilding,
        following=following,
        check=NightlyCheck(rebuilding, store, catch_up=following.catch_up, clock=clock),
        usage=Usage(usage_store, rates, clock=clock),
    )


def build(url: str) -> None:
    """The schema, for the template database."""
    migrate(url, "services.billing", SCHEMA)


def shuffled(changes: list[Change], seed: int) -> list[Change]:
    """The same changes in another order."""
    found = list(changes)
    random.Random(seed).shuffle(found)
    return found


def _plain(key: FactKey) -> tuple[object, ...]:
    return (
        key.service_id,
        key.london_date,
        key.channel,
        key.template_id,
        key.key_type,
        key.provider,
        key.postage,
        key.units,
        key.rate_multiplier,
    )
