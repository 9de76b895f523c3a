"""Every statement of the message path: notifications, deliveries, receipts. One method is one statement.

Hot statements are in `queries.sql` and take whole batches as arrays. Accounts and templates are in
`accounts_store`, callbacks in `callbacks_store`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from psycopg.rows import args_row, class_row
from psycopg.types.json import Jsonb

from notifyrules.statuses import KeyType, NotificationStatus, NotificationType
from operationskit.audit import Change, record_all
from servicekit.database import Pool, load_queries, trusting_indexes
from servicekit.ids import new_id
from servicekit.pg_arrays import BooleanArray, IntArray, SmallintArray, TextArray, UuidArray
from services.notifications.deliveries import (
    NO_SERVICE,
    RETRY_POLICIES,
    Claimed,
    ClaimedRow,
    DeadDelivery,
    DeliveryResult,
    HandedOverMessage,
    Lane,
    LetterDetails,
    LetterInQueue,
    LetterOutcome,
    Outcome,
    QueueStatistics,
)
from services.notifications.idempotency_store import Claim, IdempotencyStore
from services.notifications.low_water import BEGINNING, EVERYTHING, Beginnings
from services.notifications.new_notifications import LetterRow, Prepared
from services.notifications.preparing_letters import is_abroad

SCHEMA = "notifications"
QUERIES = load_queries(Path(__file__).with_name("queries.sql"))
_BY_HAND = "by hand"
"""Who leases what a person says has been sent; no sender is named so."""


@dataclass(frozen=True, slots=True)
class ReportedState:
    """What a report is held against; in the order of the query's columns."""

    id: UUID
    type: str
    status: str
    provider: str | None
    sent_at: datetime | None
    key_type: str
    international: bool
    expects_receipt: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChange:
    """A status that a report gives a notification, if it is still in the one that was seen."""

    id: UUID
    seen_status: NotificationStatus
    status: NotificationStatus
    code: str
    received_at: datetime
    provider: str | None  # None: no provider said so


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletedDelivery:
    """A result that counted, and with which lease."""

    id: UUID
    attempt: int
    channel: NotificationType
    lane: Lane
    doubtful: bool
    """A provider may have it although it did not say so."""


class NotificationRow(NamedTuple):
    """What a service may see of a notification; in the order of `_ROW_COLUMNS` and of `read_notifications`.

    A named tuple, which is made several times as fast as a dataclass: a page has 250 of them.
    """

    id: UUID
    service_id: UUID
    template_id: UUID
    template_version: int
    type: str
    key_type: str
    status: str
    recipient: str
    personalisation: str
    reference: str | None
    billable_units: int
    rate_multiplier: int
    postage: str | None
    unsubscribe_url: str | None
    provider: str | None
    sent_at: datetime | None
    updated_at: datetime | None
    possible_duplicate: bool
    created_by: UUID | None


_ROW_COLUMNS = ", ".join(NotificationRow._fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredNotification:
    """A whole row of `notifications`: for operators."""

    id: UUID
    service_id: UUID
    template_id: UUID
    template_version: int
    type: str
    key_type: str
    api_key_id: UUID | None
    status: str
    recipient: str
    normalised_recipient: str
    personalisation: str
    reference: str | None
    sender: str | None
    billable_units: int
    rate_multiplier: int
    international: bool
    expects_receipt: bool
    postage: str | None
    unsubscribe_url: str | None
    job_id: UUID | None
    job_row: int | None
    created_by: UUID | None
    provider: str | None
    provider_ms: int | None
    receipt_code: str | None
    sent_at: datetime | None
    updated_at: datetime | None
    possible_duplicate: bool
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationFilter:
    """Which notifications of a service are listed."""

    service_id: UUID
    key_type: KeyType | None
    types: tuple[NotificationType, ...]  # none: any
    statuses: tuple[NotificationStatus, ...]  # none: any
    reference: str | None
    include_jobs: bool
    older_than: UUID | None
    limit: int


@dataclass(frozen=True, slots=True)
class FailedAttempt:
    """A request that a provider did not take; in the order of the query's columns."""

    attempt: int
    provider: str | None
    started_at: datetime
    duration_ms: int | None
    error_code: str
    may_be_out: bool


@dataclass(frozen=True, slots=True)
class CallbackAttempt:
    """One call of a service's URL; in the order of the query's columns."""

    kind: str
    attempted_at: datetime
    duration_ms: int
    result: str


@dataclass(frozen=True, slots=True)
class CallbackReplay:
    """Somebody had a callback sent again; in the order of the query's columns."""

    kind: str
    replayed_at: datetime
    caller: str
    reason: str


@dataclass(frozen=True, slots=True)
class QueuedDelivery:
    """Where a delivery waits; in the order of the query's columns."""

    lane: int
    run_at: datetime
    attempts: int
    lease_owner: str | None
    leased_until: datetime | None
    last_error: str | None


_MOST_EXPIRED = 1000
"""In one statement, as `return_expired_leases` has it."""


def hot_url(database_url: str) -> str:
    """The database's URL with a planner that trusts indexes.

    The hot statements join arrays of unknown length with tables whose statistics lag behind their use. What
    is right for them is always the same: look each id up in the index. A guess of the planner must not decide
    otherwise under load.
    """
    return trusting_indexes(database_url)


class Store:
    """The message path's statements on one pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.keys = IdempotencyStore(pool, QUERIES)

    async def insert_notifications(
        self,
        prepared: Sequence[Prepared],
        lease_owners: Sequence[str | None],
        now: datetime,
        leased_until: datetime,
    ) -> set[UUID]:
        """Store notifications and their deliveries in one transaction; those with an owner are leased to it.

        Gives the ids that are new: one that was there before is left as it is.
        """
        fetched = await self._pool.fetch_again(
            QUERIES.insert_notifications, _insert_parameters(prepared, lease_owners, now, leased_until)
        )
        return {id for (id,) in fetched}

    async def insert_letters(
        self,
        prepared: Sequence[Prepared],
        lease_owners: Sequence[str | None],
        now: datetime,
        leased_until: datetime,
    ) -> set[UUID]:
        """As `insert_notifications`, for letters."""
        fetched = await self._pool.fetch_again(
            QUERIES.insert_letters, _letter_parameters(prepared, lease_owners, now, leased_until)
        )
        return {id for (id,) in fetched}

    async def insert_keyed_notifications(
        self,
        prepared: Sequence[Prepared],
        lease_owners: Sequence[str | None],
        claims: Sequence[Claim],
        now: datetime,
        leased_until: datetime,
    ) -> tuple[set[UUID], set[UUID]]:
        """Take keys and store the notifications and deliveries of those that were free, in one transaction.

        Gives the ids of the claims that got their key, and of the notifications that are new. A claim without
        a notification is one whose recipient is only simulated.
        """
        async with self._pool.connection() as connection, connection.transaction():
            claimed = await self.keys.claim(connection, claims, now)
            theirs = [
                (item, owner)
                for item, owner in zip(prepared, lease_owners, strict=True)
                if item.row.id in claimed
            ]
            inserted: set[UUID] = set()
            for query, parameters, of_letters in (
                (QUERIES.insert_notifications, _insert_parameters, False),
                (QUERIES.insert_letters, _letter_parameters, True),
            ):
                some = [(item, owner) for item, owner in theirs if (item.letter is not None) is of_letters]
                if not some:
                    continue
                items, owners = [item for item, _ in some], [owner for _, owner in some]
                cursor = await connection.execute(query, parameters(items, owners, now, leased_until))
                inserted |= {id for (id,) in await cursor.fetchall()}
        return claimed, inserted

    async def claim_deliveries(
        self,
        channel: NotificationType,
        worker: str,
        limit: int,
        now: datetime,
        leased_until: datetime,
        beginnings: Beginnings = EVERYTHING,
        after: UUID = NO_SERVICE,
    ) -> Claimed:
        """Lease up to `limit` waiting deliveries, fairest first. `beginnings`: what need not be read again;
        `after`: the service whose turn was the last one.
        """
        fetched = await self._pool.fetch_again(
            QUERIES.claim_deliveries,
            {
                "channel": channel.value,
                "worker": worker,
                "max": limit,
                "now": now,
                "leased_until": leased_until,
                "known_lanes": beginnings.lanes,
                "known_service_ids": beginnings.service_ids,
                "known_sinces": beginnings.sinces,
                "after": after,
            },
        )
        rows = [ClaimedRow(*row) for _, *row in fetched if row[0] is not None]
        return Claimed(rows=rows, is_all=fetched[0][0] < limit)

    async def extend_leases(
        self, worker: str, leases: Sequence[tuple[UUID, int]], leased_until: datetime
    ) -> list[tuple[UUID, int]]:
        """Renew leases; gives those that are still the worker's."""
        fetched = await self._pool.fetch_again(
            QUERIES.extend_leases,
            {
                "ids": [id for id, _ in leases],
                "attempts": [attempt for _, attempt in leases],
                "worker": worker,
                "leased_until": leased_until,
            },
        )
        return [(id, attempt) for id, attempt in fetched]

    async def return_expired_leases(
        self, now: datetime, since: datetime = BEGINNING
    ) -> dict[NotificationType, int]:
        """Put back what senders did not report in time, of leases that ended at `since` or later; gives how many by
        channel.
        """
        counts: dict[NotificationType, int] = {}
        looked_at = _MOST_EXPIRED
        while looked_at == _MOST_EXPIRED:
            fetched = await self._pool.fetch_again(
                QUERIES.return_expired_leases, {"now": now, "since": since}
            )
            looked_at = len(fetched)
            for channel in (NotificationType(channel) for _, channel in fetched if channel is not None):
                counts[channel] = counts.get(channel, 0) + 1
        return counts

    async def complete_deliveries(
        self, results: Sequence[DeliveryResult], now: datetime
    ) -> tuple[list[CompletedDelivery], bool]:
        """Record results; gives those that counted, and whether callbacks were queued."""
        fetched = await self._pool.fetch_again(QUERIES.complete_deliveries, _result_parameters(results, now))
        completed = [
            CompletedDelivery(
                id=id,
                attempt=attempt,
                channel=NotificationType(channel),
                lane=Lane(lane),
                doubtful=doubtful,
            )
            for id, attempt, channel, lane, doubtful, _ in fetched
        ]
        return completed, any(queued for *_, queued in fetched)

    async def letters_in_queue(self, ids: Sequence[UUID]) -> dict[UUID, LetterInQueue]:
        """What claimed letters have beside what every delivery has."""
        fetched = await self._pool.fetch_again(QUERIES.letters_in_queue, {"ids": list(ids)})
        return {row[0]: LetterInQueue(*row) for row in fetched}

    async def complete_letters(
        self, results: Sequence[tuple[DeliveryResult, LetterOutcome]], now: datetime
    ) -> set[tuple[UUID, int]]:
        """Record what making letters ready showed; gives id and attempt of the results that counted."""
        results = sorted(results, key=lambda result: result[0].notification_id)
        outcomes = [letter for _, letter in results]
        fetched = await self._pool.fetch_again(
            QUERIES.complete_letters,
            {
                "ids": [result.notification_id for result, _ in results],
                "attempts": [result.attempt for result, _ in results],
                "workers": [result.worker_id for result, _ in results],
                "failed_statuses": [
                    letter.failed_status.value if letter.failed_status else None for letter in outcomes
                ],
                "reasons": [letter.failure_reason for letter in outcomes],
                "invalid_pages": [
                    "{" + ",".join(str(page) for page in letter.invalid_pages) + "}" for letter in outcomes
                ],
                "page_counts": [letter.page_count for letter in outcomes],
                "sheets": [letter.sheets for letter in outcomes],
                "postages": [letter.postage.value if letter.postage else None for letter in outcomes],
                "internationals": [
                    is_abroad(letter.postage) if letter.postage else None for letter in outcomes
                ],
                "addresses": ["\n".join(letter.address_lines) or None for letter in outcomes],
                "now": now,
            },
        )
        return {(id, attempt) for id, attempt in fetched}

    async def letter_details(self, notification_id: UUID) -> LetterDetails | None:
        """What only letters have, of one."""
        fetched = await self._pool.fetch_again(
            b"select notification_id, reference, is_precompiled, page_count, failure_reason, invalid_pages "
            b"from letter_details where notification_id = %(id)s",
            {"id": notification_id},
        )
        return LetterDetails(*fetched[0]) if fetched else None

    async def read_for_reports(self, ids: Sequence[UUID]) -> dict[UUID, ReportedState]:
        """The state of notifications that providers report about."""
        fetched = await self._pool.fetch_again(QUERIES.read_for_reports, {"ids": list(ids)})
        return {row[0]: ReportedState(*row) for row in fetched}

    async def apply_statuses(self, changes: Sequence[StatusChange], now: datetime) -> tuple[set[UUID], bool]:
        """Change statuses that are still as they were seen; gives which did, and whether callbacks were
        queued.
        """
        changes = sorted(changes, key=lambda change: change.id)
        fetched = await self._pool.fetch_again(
            QUERIES.apply_statuses,
            {
                "ids": [change.id for change in changes],
                "seen_statuses": [change.seen_status.value for change in changes],
                "statuses": [change.status.value for change in changes],
                "codes": [change.code for change in changes],
                "received_ats": [change.received_at for change in changes],
                "providers": [change.provider for change in changes],
                "callback_ids": [new_id() for _ in changes],
                "now": now,
            },
        )
        return {id for id, _ in fetched}, any(queued for _, queued in fetched)

    async def read_notifications(self, wanted: Sequence[tuple[UUID, UUID]]) -> list[NotificationRow | None]:
        """Notifications by service and id, in the order of `wanted`; None where a service has none of that id."""
        fetched = await self._pool.fetch_again(
            QUERIES.read_notifications,
            {"ids": [id for _, id in wanted], "service_ids": [service_id for service_id, _ in wanted]},
        )
        found: list[NotificationRow | None] = [None] * len(wanted)
        for number, *values in fetched:
            found[number - 1] = NotificationRow._make(values)
        return found

    async def find_notification(self, id: UUID) -> StoredNotification | None:
        """A notification of any service: for operators."""
        async with (
            self._pool.connection() as connection,
            connection.cursor(row_factory=class_row(StoredNotification)) as cursor,
        ):
            await cursor.execute("select * from notifications where id = %s", (id,))
            return await cursor.fetchone()

    async def find_in_history(self, id: UUID) -> StoredNotification | None:
        """A notification that is past retention, without what is not kept: for operators."""
        async with (
            self._pool.connection() as connection,
            connection.cursor(row_factory=class_row(StoredNotification)) as cursor,
        ):
            await cursor.execute(
                "select *, '' as recipient, '' as normalised_recipient, '{}' as personalisation, null as sender, "
                "true as expects_receipt, null as unsubscribe_url from notification_history where id = %s",
                (id,),
            )
            return await cursor.fetchone()

    async def list_notifications(self, wanted: NotificationFilter) -> list[NotificationRow]:
        """A page, newest first."""
        async with (
            self._pool.connection() as connection,
            connection.cursor(row_factory=args_row(NotificationRow)) as cursor,
        ):
            await cursor.execute(*list_statement(wanted))
            return await cursor.fetchall()

    async def queue_statistics(self, now: datetime) -> list[QueueStatistics]:
        """What waits, by channel and lane; counted over at most 50,000 rows."""
        return [
            QueueStatistics(
                channel=NotificationType(channel),
                lane=Lane(lane),
                ready=ready,
                leased=leased,
                waiting=waiting,
                oldest_ready_at=oldest,
            )
            for channel, lane, ready, leased, waiting, oldest in await self._pool.fetch_again(
                QUERIES.queue_statistics, {"now": now}
            )
        ]

    async def list_dead_deliveries(
        self, service_id: UUID | None, before: tuple[datetime, UUID] | None, limit: int
    ) -> list[DeadDelivery]:
        """Deliveries whose retries ended, newest first."""
        fetched = await self._pool.fetch_again(
            QUERIES.list_dead_deliveries,
            {
                "service_id": service_id,
                "before_died_at": before[0] if before else None,
                "before_id": before[1] if before else None,
                "max": limit,
            },
        )
        return [
            DeadDelivery(
                notification_id=row[0],
                service_id=row[1],
                channel=NotificationType(row[2]),
                attempts=row[3],
                last_error=row[4],
                died_at=row[5],
            )
            for row in fetched
        ]

    async def replay_dead_deliveries(self, ids: Sequence[UUID], now: datetime) -> int:
        """Queue dead deliveries again; gives how many there were."""
        return await self._change_dead(QUERIES.replay_dead_deliveries, "delivery.replayed", ids, now)

    async def drop_dead_deliveries(self, ids: Sequence[UUID], now: datetime) -> int:
        """Forget dead deliveries; gives how many there were."""
        return await self._change_dead(QUERIES.drop_dead_deliveries, "delivery.dropped", ids, now)

    async def mark_handed_over(self, messages: Sequence[HandedOverMessage], now: datetime) -> int:
        """End deliveries that wait although a provider has the message; gives how many there were.

        They are leased and completed as a sender's are, within one transaction.
        """
        by_id = {message.notification_id: message for message in messages}
        async with self._pool.connection() as connection, connection.transaction():
            lease = {"ids": list(by_id), "worker": _BY_HAND, "leased_until": now + timedelta(minutes=1)}
            leased = await (await connection.execute(QUERIES.lease_named, lease)).fetchall()
            results = [
                DeliveryResult(
                    notification_id=id,
                    attempt=attempt,
                    worker_id=_BY_HAND,
                    outcome=Outcome.DONE,
                    status=NotificationStatus.SENDING,
                    provider=by_id[id].provider,
                    started_at=min(by_id[id].sent_at, now),
                )
                for id, attempt, _ in leased
            ]
            await connection.execute(QUERIES.complete_deliveries, _result_parameters(results, now))
            changes = [
                Change(
                    type="delivery.marked_handed_over",
                    subject=str(id),
                    service_id=service_id,
                    after={"provider": by_id[id].provider},
                )
                for id, _, service_id in leased
            ]
            await record_all(connection, changes, now)
        return len(leased)

    async def _change_dead(self, query: bytes, type: str, ids: Sequence[UUID], now: datetime) -> int:
        async with self._pool.connection() as connection, connection.transaction():
            cursor = await connection.execute(query, {"ids": list(ids), "now": now})
            changed = await cursor.fetchall()
            changes = [
                Change(type=type, subject=str(id), service_id=service_id) for id, service_id in changed
            ]
            await record_all(connection, changes, now)
        return len(changed)

    async def failed_attempts(self, notification_id: UUID) -> list[FailedAttempt]:
        """Requests that failed, oldest first: those that ended an attempt, and the others of the attempts."""
        fetched = await self._pool.fetch_again(
            b"select attempt, provider, started_at, duration_ms, error_code, may_be_out from failed_attempts "
            b"where notification_id = %(id)s "
            b"union all "
            b"select attempt, provider, started_at, duration_ms, error_code, may_be_out from failed_requests "
            b"where notification_id = %(id)s order by attempt, started_at",
            {"id": notification_id},
        )
        return [FailedAttempt(*row) for row in fetched]

    async def callback_attempts(self, notification_id: UUID) -> list[CallbackAttempt]:
        """Calls of the service's URL about a notification, oldest first."""
        fetched = await self._pool.fetch_again(
            b"select kind, attempted_at, duration_ms, result from callback_attempts "
            b"where notification_id = %(id)s order by attempted_at",
            {"id": notification_id},
        )
        return [CallbackAttempt(*row) for row in fetched]

    async def callback_replays(self, notification_id: UUID) -> list[CallbackReplay]:
        """When callbacks about a notification were sent again by hand, oldest first, from the record of changes."""
        id = str(notification_id)
        fetched = await self._pool.fetch_again(
            b"select jsonb_path_query_first(after, '$.of[*] ? (@.notification_id == $id).kind', %(about)s) #>> '{}', "
            b"happened_at, actor, reason from audit_events "
            b"where type = 'callback.replayed' and after @> %(of)s order by id",
            {"about": Jsonb({"id": id}), "of": Jsonb({"of": [{"notification_id": id}]})},
        )
        return [CallbackReplay(*row) for row in fetched]

    async def queued_delivery(self, notification_id: UUID) -> QueuedDelivery | None:
        """Where a notification waits, if it does."""
        fetched = await self._pool.fetch_again(
            b"select lane, run_at, attempts, lease_owner, leased_until, last_error from deliveries "
            b"where notification_id = %(id)s",
            {"id": notification_id},
        )
        return QueuedDelivery(*fetched[0]) if fetched else None

    async def dead_delivery(self, notification_id: UUID) -> tuple[int, int, str, datetime] | None:
        """Lane, attempts, last error and time of a delivery whose retries ended, if they did."""
        fetched = await self._pool.fetch_again(
            b"select lane, attempts, last_error, died_at from dead_deliveries where notification_id = %(id)s",
            {"id": notification_id},
        )
        return (fetched[0][0], fetched[0][1], fetched[0][2], fetched[0][3]) if fetched else None

    async def existing_partitions(self) -> set[str]:
        """Names of the partitions of `notifications`."""
        fetched = await self._pool.fetch_again(
            b"select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid "
            b"where i.inhparent = 'notifications'::regclass",
            {},
        )
        return {name for (name,) in fetched}

    async def create_partition(self, name: str, first_id: UUID, end_id: UUID) -> None:
        """Make a partition for ids from `first_id` to before `end_id`; again changes nothing.

        Made apart and then attached, which does not block reads and writes of the others.
        """
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute("select pg_advisory_xact_lock(hashtext('notifications partitions'))")
            cursor = await connection.execute("select to_regclass(%s) is not null", (f"{SCHEMA}.{name}",))
            found = await cursor.fetchone()
            if found is not None and found[0]:
                return
            await connection.execute(
                f"create table {name} (like notifications including all) with (fillfactor = 85)".encode()
            )
            await connection.execute(
                f"alter table notifications attach partition {name} "
                f"for values from ('{first_id}') to ('{end_id}')".encode()
            )


def list_statement(wanted: NotificationFilter) -> tuple[bytes, dict[str, Any]]:
    """The statement of a page, with its parameters. Only the conditions that are wanted are in it, so that each
    combination has a plan of its own.
    """
    conditions = ["service_id = %(service_id)s"]
    if wanted.key_type is not None:
        conditions.append("key_type = %(key_type)s")
    if wanted.types:
        conditions.append("type = any (%(types)s)")
    if wanted.statuses:
        conditions.append("status = any (%(statuses)s)")
    if wanted.reference is not None:
        conditions.append("reference = %(reference)s")
    if not wanted.include_jobs:
        conditions.append("job_id is null")
    if wanted.older_than is not None:
        # Another service's id finds nothing at all, as an unknown one does.
        conditions.append(
            "id < (select id from notifications where id = %(older_than)s and service_id = %(service_id)s)"
        )
    # The order of one index alone (migration 0010): with the plain one the planner walks the primary key, however many
    # rows of jobs and of other services it has to leave out.
    is_of_single_ones = wanted.key_type is not None and not wanted.include_jobs and wanted.reference is None
    order = "id desc nulls last" if is_of_single_ones else "id desc"
    query = (
        f"select {_ROW_COLUMNS} from notifications where {' and '.join(conditions)} "  # noqa: S608 -- only constants are put together
        f"order by {order} limit %(limit)s"
    )
    return query.encode(), {
        "service_id": wanted.service_id,
        "key_type": wanted.key_type.value if wanted.key_type else None,
        "types": [type.value for type in wanted.types],
        "statuses": [status.value for status in wanted.statuses],
        "reference": wanted.reference,
        "older_than": wanted.older_than,
        "limit": wanted.limit,
    }


def _result_parameters(results: Sequence[DeliveryResult], now: datetime) -> dict[str, Any]:
    # In one order everywhere, so that concurrent batches wait for one another instead of deadlocking.
    results = sorted(results, key=lambda result: result.notification_id)
    return {
        "ids": [result.notification_id for result in results],
        "attempts": [result.attempt for result in results],
        "workers": [result.worker_id for result in results],
        "outcomes": [result.outcome.value for result in results],
        "statuses": [result.status.value if result.status else None for result in results],
        "providers": [result.provider for result in results],
        "started_ats": [result.started_at for result in results],
        "duration_mss": [
            _milliseconds(result.duration) if result.duration is not None else None for result in results
        ],
        "error_codes": [result.error_code for result in results],
        "delay_ss": [
            result.delay.total_seconds() if result.delay is not None else None for result in results
        ],
        "counteds": [result.counted for result in results],
        "may_be_outs": [result.may_be_out for result in results],
        "doubtfuls": [result.is_doubtful for result in results],
        **_request_parameters(results),
        "callback_ids": [new_id() for _ in results],
        "channels": [channel.value for channel in RETRY_POLICIES],
        "max_failures": [policy.max_failures for policy in RETRY_POLICIES.values()],
        "first_delay_ss": [policy.first_delay.total_seconds() for policy in RETRY_POLICIES.values()],
        "later_delay_ss": [policy.later_delay.total_seconds() for policy in RETRY_POLICIES.values()],
        "now": now,
    }


def _request_parameters(results: Sequence[DeliveryResult]) -> dict[str, Any]:
    """The failed requests of all results, each with its result's id and attempt."""
    requests = [
        (result, number, request)
        for result in results
        for number, request in enumerate(result.failed_requests, start=1)
    ]
    return {
        "request_ids": [result.notification_id for result, _, _ in requests],
        "request_attempts": [result.attempt for result, _, _ in requests],
        "request_numbers": [number for _, number, _ in requests],
        "request_providers": [request.provider for _, _, request in requests],
        "request_started_ats": [request.started_at for _, _, request in requests],
        "request_duration_mss": [_milliseconds(request.duration) for _, _, request in requests],
        "request_error_codes": [request.error_code for _, _, request in requests],
        "request_may_be_outs": [request.may_be_out for _, _, request in requests],
    }


def _milliseconds(duration: timedelta) -> int:
    return round(duration.total_seconds() * 1000)


def _insert_parameters(
    prepared: Sequence[Prepared],
    lease_owners: Sequence[str | None],
    now: datetime,
    leased_until: datetime,
) -> dict[str, Any]:
    rows = [item.row for item in prepared]
    return {
        "ids": UuidArray([row.id for row in rows]),
        "service_ids": UuidArray([row.service_id for row in rows]),
        "template_ids": UuidArray([row.template_id for row in rows]),
        "template_versions": IntArray([row.template_version for row in rows]),
        "types": TextArray([row.type for row in rows]),
        "key_types": TextArray([row.key_type for row in rows]),
        "api_key_ids": UuidArray([row.api_key_id for row in rows]),
        "statuses": TextArray([NotificationStatus.CREATED] * len(rows)),
        "recipients": TextArray([row.recipient for row in rows]),
        "normalised_recipients": TextArray([row.normalised_recipient for row in rows]),
        "personalisations": TextArray([row.personalisation for row in rows]),
        "references": TextArray([row.reference for row in rows]),
        "senders": TextArray([row.sender for row in rows]),
        "billable_units": IntArray([row.billable_units for row in rows]),
        "rate_multipliers": SmallintArray([row.rate_multiplier for row in rows]),
        "internationals": BooleanArray([row.international for row in rows]),
        "expects_receipts": BooleanArray([row.expects_receipt for row in rows]),
        "unsubscribe_urls": TextArray([row.unsubscribe_url for row in rows]),
        "lanes": SmallintArray([row.lane for row in rows]),
        "lease_owners": TextArray(lease_owners),
        "now": now,
        "leased_until": leased_until,
    }


def _letter_parameters(
    prepared: Sequence[Prepared],
    lease_owners: Sequence[str | None],
    now: datetime,
    leased_until: datetime,
) -> dict[str, Any]:
    rows = [item.row for item in prepared]
    letters = [_letter(item) for item in prepared]
    return {
        "ids": [row.id for row in rows],
        "service_ids": [row.service_id for row in rows],
        "template_ids": [row.template_id for row in rows],
        "template_versions": [row.template_version for row in rows],
        "key_types": [row.key_type.value for row in rows],
        "api_key_ids": [row.api_key_id for row in rows],
        "statuses": [letter.status.value for letter in letters],
        "personalisations": [row.personalisation for row in rows],
        "references": [row.reference for row in rows],
        "internationals": [row.international for row in rows],
        "postages": [letter.postage.value for letter in letters],
        "letter_references": [letter.reference for letter in letters],
        "are_precompiled": [letter.is_precompiled for letter in letters],
        "lanes": [int(row.lane) for row in rows],
        "lease_owners": list(lease_owners),
        "now": now,
        "leased_until": leased_until,
    }


def _letter(item: Prepared) -> LetterRow:
    if item.letter is None:
        raise AssertionError("only letters are stored here")
    return item.letter
