"""Every statement about callbacks: the queue, attempts, endpoints, complaints. One method is one statement.

The statements are in `callbacks.sql`. Rows are also put into the queue by the statements that change what is
told of (`queries.sql`, `received_texts_store`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import args_row

from operationskit.audit import Change, record
from servicekit.database import Pool, load_queries
from servicekit.errors import Conflict, NotFound
from servicekit.ids import first_id_at, new_id
from services.notifications.callbacks_limits import Endpoint
from services.notifications.callbacks_policy import CallbackOutcome

QUERIES = load_queries(Path(__file__).with_name("callbacks.sql"))

_ATTEMPTS_AFTER_DEADLOCK = 5


@dataclass(frozen=True, slots=True)
class DueCallback:
    """A callback that is leased to this process, with what it tells of; in the order of the query's columns."""

    id: UUID
    service_id: UUID
    kind: str
    notification_id: UUID | None
    received_text_id: UUID | None
    complaint_id: UUID | None
    status: str | None
    attempt: int
    failures: int
    run_at: datetime
    is_due: bool  # False: taken before its time, to try an endpoint that is paused
    # of the notification
    reference: str | None
    recipient: str | None
    sent_at: datetime | None
    updated_at: datetime | None
    type: str | None
    template_id: UUID | None
    template_version: int | None
    # of the received text
    user_number_encrypted: bytes | None
    notify_number: str | None
    content_encrypted: bytes | None
    text_sent_at: datetime | None
    # of the complaint
    complained_at: datetime | None
    # of the endpoint; None: the service has taken its URL away
    url: str | None
    token_encrypted: bytes | None
    signing_secrets_encrypted: Sequence[bytes] | None

    @property
    def endpoint(self) -> Endpoint:
        """Where it goes."""
        return Endpoint(self.service_id, self.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackResult:
    """How one call of a service's URL ended."""

    callback: DueCallback
    attempted_at: datetime
    duration_ms: int
    result: str  # "200", "503", "timeout" …
    outcome: CallbackOutcome
    run_at: datetime | None  # when to try again; None: never
    counted: bool  # it was one of the tries of its schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointChanges:
    """Endpoints whose state changed with a batch of results."""

    paused: tuple[Endpoint, ...]
    resumed: tuple[Endpoint, ...]


@dataclass(frozen=True, slots=True)
class RecordedAttempt:
    """A call that was made; in the order of the query's columns."""

    callback_id: UUID
    attempt: int
    service_id: UUID | None  # None: recorded before services were
    kind: str
    notification_id: UUID | None
    received_text_id: UUID | None
    complaint_id: UUID | None
    attempted_at: datetime
    duration_ms: int
    result: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptFilter:
    """Which attempts are listed."""

    service_id: UUID | None
    notification_id: UUID | None
    callback_id: UUID | None
    kind: str | None
    since: datetime | None
    until: datetime | None
    failed_only: bool
    before: tuple[datetime, UUID, int] | None  # time, callback and attempt of the last one of the page before
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackSpan:
    """Callbacks of a service that were tried in a span of time."""

    service_id: UUID
    kind: str | None
    since: datetime
    until: datetime
    failed_only: bool
    after: UUID | None  # the last one of the part before
    limit: int


@dataclass(frozen=True, slots=True)
class EndpointState:
    """An endpoint and how it is; in the order of the query's columns."""

    kind: str
    url: str
    secret_count: int
    failing_since: datetime | None
    probe_at: datetime | None
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewComplaint:
    """Somebody marked an email as spam."""

    notification_id: UUID
    feedback_id: str
    complaint_type: str
    complained_at: datetime


@dataclass(frozen=True, slots=True)
class ReturnedLetterFacts:
    """What a service is told of a letter that came back; in the order of the query's columns."""

    notification_id: UUID
    client_reference: str | None
    is_precompiled: bool
    template_id: UUID
    template_version: int
    template_name: str | None
    sent_by: str | None  # email address of who sent it from a web page
    job_name: str | None
    job_row: int | None  # from 0


class CallbacksStore:
    """Callbacks on one pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def take_probes(self, now: datetime, next_probe_at: datetime) -> list[Endpoint]:
        """Paused endpoints that are to be tried now, by this process alone."""
        parameters = {"now": now, "next_probe_at": next_probe_at}
        return [Endpoint(*row) for row in await self._pool.fetch_again(QUERIES["take_probes"], parameters)]

    async def claim_callbacks(
        self,
        limit: int,
        allowances: Mapping[Endpoint, int],
        *,
        allowed_otherwise: int,
        probed: Sequence[Endpoint],
        now: datetime,
        lease: timedelta,
        beginnings: Sequence[tuple[Endpoint, datetime]] = (),
    ) -> list[DueCallback]:
        """Lease callbacks that are due, endpoints in turn, each with what it is allowed; and one for each
        endpoint that is `probed`. `beginnings`: what need not be read again.
        """
        async with (
            self._pool.connection() as connection,
            connection.cursor(row_factory=args_row(DueCallback)) as cursor,
        ):
            await cursor.execute(
                QUERIES.claim_callbacks,
                {
                    "max": limit,
                    "service_ids": [endpoint.service_id for endpoint in allowances],
                    "kinds": [endpoint.kind for endpoint in allowances],
                    "allowed": list(allowances.values()),
                    "allowed_otherwise": allowed_otherwise,
                    "now": now,
                    "probed_service_ids": [endpoint.service_id for endpoint in probed],
                    "probed_kinds": [endpoint.kind for endpoint in probed],
                    "leased_until": now + lease,
                    "known_service_ids": [endpoint.service_id for endpoint, _ in beginnings],
                    "known_kinds": [endpoint.kind for endpoint, _ in beginnings],
                    "known_sinces": [since for _, since in beginnings],
                },
            )
            return await cursor.fetchall()

    async def end_callbacks(
        self,
        results: Sequence[CallbackResult],
        *,
        now: datetime,
        paused_after: timedelta,
        probed_every: timedelta,
    ) -> EndpointChanges:
        """Record how calls ended; gives endpoints that were paused, or work again after a pause."""
        fetched = await self._pool.fetch_again(
            QUERIES["end_callbacks"],
            {
                "ids": [result.callback.id for result in results],
                "attempts": [result.callback.attempt for result in results],
                "service_ids": [result.callback.service_id for result in results],
                "kinds": [result.callback.kind for result in results],
                "notification_ids": [result.callback.notification_id for result in results],
                "received_text_ids": [result.callback.received_text_id for result in results],
                "complaint_ids": [result.callback.complaint_id for result in results],
                "statuses": [result.callback.status for result in results],
                "attempted_ats": [result.attempted_at for result in results],
                "duration_mss": [result.duration_ms for result in results],
                "results": [result.result for result in results],
                "outcomes": [result.outcome.value for result in results],
                "run_ats": [result.run_at for result in results],
                "counteds": [result.counted for result in results],
                "paused_if_failing_since": now - paused_after,
                "next_probe_at": now + probed_every,
            },
        )
        return EndpointChanges(
            paused=tuple(Endpoint(row[0], row[1]) for row in fetched if row[2] == "paused"),
            resumed=tuple(Endpoint(row[0], row[1]) for row in fetched if row[2] == "resumed"),
        )

    async def returned_letter(self, notification_id: UUID) -> ReturnedLetterFacts | None:
        """A letter that came back."""
        fetched = await self._pool.fetch_again(QUERIES["returned_letter"], {"id": notification_id})
        return ReturnedLetterFacts(*fetched[0]) if fetched else None

    async def make_due(self, endpoint: Endpoint, now: datetime, limit: int) -> int:
        """Let what waits for its next try at an endpoint be tried now; gives how many, `limit` at most."""
        return await self._pool.run(
            QUERIES["make_callbacks_due"],
            {"service_id": endpoint.service_id, "kind": endpoint.kind, "now": now, "max": limit},
        )

    async def expire(self, before: datetime, now: datetime, limit: int) -> int:
        """Give up what was queued before a time; gives how many, `limit` at most."""
        return await self._pool.run(
            QUERIES["expire_callbacks"],
            {"first_kept_id": first_id_at(before), "before": before, "now": now, "max": limit},
        )

    async def delete_attempts(self, before: datetime, limit: int) -> int:
        """Forget attempts from before a time; gives how many, `limit` at most."""
        return await self._pool.run(
            QUERIES["delete_callback_attempts"],
            {"first_kept_id": first_id_at(before), "before": before, "max": limit},
        )

    async def list_attempts(self, wanted: AttemptFilter) -> list[RecordedAttempt]:
        """Calls that were made, newest first."""
        before = wanted.before or (None, None, None)
        fetched = await self._pool.fetch_again(
            QUERIES["list_callback_attempts"],
            {
                "service_id": wanted.service_id,
                "notification_id": wanted.notification_id,
                "callback_id": wanted.callback_id,
                "kind": wanted.kind,
                "from": wanted.since,
                "until": wanted.until,
                "failed_only": wanted.failed_only,
                "before_at": before[0],
                "before_id": before[1],
                "before_attempt": before[2],
                "max": wanted.limit,
            },
        )
        return [RecordedAttempt(*row) for row in fetched]

    async def find_in_span(self, span: CallbackSpan) -> list[UUID]:
        """Ids of callbacks that were tried in a span of time, in order."""
        fetched = await self._pool.fetch_again(
            QUERIES["find_callbacks_in_span"],
            {
                "service_id": span.service_id,
                "kind": span.kind,
                "from": span.since,
                "until": span.until,
                "failed_only": span.failed_only,
                "after": span.after,
                "max": span.limit,
            },
        )
        return [row[0] for row in fetched]

    async def replay(self, ids: Sequence[UUID], now: datetime) -> int:
        """Queue callbacks again, and record why; gives how many there were.

        One that is being called now is left alone.
        """
        parameters = {"ids": list(ids), "now": now}
        for attempt in range(_ATTEMPTS_AFTER_DEADLOCK):
            try:
                async with self._pool.connection() as connection, connection.transaction():
                    cursor = await connection.execute(QUERIES["replay_callbacks"], parameters)
                    replayed = await cursor.fetchall()
                    if replayed:
                        await record(connection, _replayed(replayed), now)
                    return len(replayed)
            except Conflict:
                if attempt == _ATTEMPTS_AFTER_DEADLOCK - 1:
                    raise
        raise AssertionError("unreachable")

    async def insert_complaints(
        self, complaints: Sequence[NewComplaint], now: datetime
    ) -> tuple[list[bool | None], bool]:
        """Store complaints with their callbacks; for each whether it is new (None: no such notification), and
        whether callbacks were queued.
        """
        ids = [new_id() for _ in complaints]
        fetched = await self._pool.fetch_again(
            QUERIES["insert_complaints"],
            {
                "ids": ids,
                "notification_ids": [complaint.notification_id for complaint in complaints],
                "feedback_ids": [complaint.feedback_id for complaint in complaints],
                "types": [complaint.complaint_type for complaint in complaints],
                "complained_ats": [complaint.complained_at for complaint in complaints],
                "callback_ids": [new_id() for _ in complaints],
                "now": now,
            },
        )
        is_new = {row[0]: row[1] for row in fetched}
        return [is_new.get(id) for id in ids], any(row[2] for row in fetched)

    async def list_endpoints(self, service_id: UUID) -> list[EndpointState]:
        """A service's endpoints, by kind."""
        fetched = await self._pool.fetch_again(QUERIES["list_endpoints"], {"service_id": service_id})
        return [EndpointState(*row) for row in fetched]

    async def set_endpoint(
        self, endpoint: Endpoint, url: str, *, token: bytes, secret: bytes, now: datetime
    ) -> bool:
        """Set or replace an endpoint; gives whether it took the secret, having none. Both are encrypted.

        Raises NotFound when there is no such service.
        """
        parameters = {
            "service_id": endpoint.service_id,
            "kind": endpoint.kind,
            "url": url,
            "token": token,
            "secret": secret,
            "now": now,
        }
        try:
            fetched = await self._change("set_endpoint", parameters, endpoint, "set", now)
        except psycopg.errors.ForeignKeyViolation as err:
            raise NotFound("service") from err
        return bool(fetched[0][0])

    async def remove_endpoint(self, endpoint: Endpoint, now: datetime) -> None:
        """Remove an endpoint; again changes nothing."""
        parameters = {"service_id": endpoint.service_id, "kind": endpoint.kind}
        await self._change("remove_endpoint", parameters, endpoint, "removed", now)

    async def rotate_secret(self, endpoint: Endpoint, secret: bytes, now: datetime) -> bool:
        """Sign with a new secret and the newest until now; gives whether there is such an endpoint."""
        parameters = {"service_id": endpoint.service_id, "kind": endpoint.kind, "secret": secret}
        return bool(await self._change("rotate_secret", parameters, endpoint, "secret_rotated", now))

    async def retire_secret(self, endpoint: Endpoint, now: datetime) -> bool:
        """Sign with the newest secret alone; gives whether there is such an endpoint."""
        parameters = {"service_id": endpoint.service_id, "kind": endpoint.kind}
        return bool(await self._change("retire_secret", parameters, endpoint, "secrets_retired", now))

    async def _change(
        self, name: str, parameters: Mapping[str, object], endpoint: Endpoint, what: str, now: datetime
    ) -> list[tuple[Any, ...]]:
        """Run a statement that changes an endpoint, and record it where it changed one. URLs may hold secrets."""
        async with self._pool.connection() as connection, connection.transaction():
            cursor = await connection.execute(QUERIES[name], parameters)
            if cursor.rowcount > 0:
                change = Change(
                    type=f"callback.{what}",
                    subject=f"{endpoint.service_id}/{endpoint.kind}",
                    service_id=endpoint.service_id,
                    after=None if what == "removed" else {"kind": endpoint.kind},
                    before={"kind": endpoint.kind} if what == "removed" else None,
                )
                await record(connection, change, now)
            return await cursor.fetchall() if cursor.description else []


def _replayed(rows: Sequence[tuple[UUID, str, UUID | None]]) -> Change:
    """One event for all that were asked for together; `Store.callback_replays` finds a notification's in it."""
    of = [
        {"callback_id": str(id), "kind": kind, "notification_id": None if about is None else str(about)}
        for id, kind, about in rows
    ]
    return Change(type="callback.replayed", subject="callbacks", after={"callbacks": len(of), "of": of})
