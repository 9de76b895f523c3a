"""Telling services at their own URLs what became of their messages.

Callbacks wait in a table of their own, written in the same statement as the change that they tell of. This
process leases those that are due, services in turn, and calls with a limit of calls under way in all and for
each service, so that one slow URL does not hold up the others. Source: public contract, section 14: five more
tries, five minutes apart, on connection faults, time-outs, 429 and 5xx; any other answer ends it.
"""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

import aiohttp
import msgspec
import structlog

from servicekit.batching import Batcher
from servicekit.clock import Clock, monotonic
from servicekit.errors import ServiceError
from servicekit.ids import time_of
from services.notifications import metrics
from services.notifications.secret_box import SecretBox
from services.notifications.store import CallbackResult, DueCallback, Store

log = structlog.get_logger()

MAX_RETRIES = 5
_LEASE = timedelta(seconds=60)
_IDLE_S = 1.0
_CLAIM_LIMIT = 200
_RETRIED_STATUS = 429


class Callbacks:
    """Calls services' URLs. One for each process; several share the table."""

    def __init__(
        self,
        store: Store,
        *,
        secrets: SecretBox,
        session: aiohttp.ClientSession,
        clock: Clock,
        timeout_s: float,
        retry_after: timedelta,
        max_in_flight: int,
    ) -> None:
        self._store = store
        self._secrets = secrets
        self._session = session
        self._clock = clock
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._retry_after = retry_after
        self._max_in_flight = max_in_flight
        # A service whose URL hangs can hold this many calls, never all of them.
        self._max_per_service = max(1, max_in_flight // 4)
        self._in_flight: Counter[UUID] = Counter()
        self._wake = asyncio.Event()
        self._stopping = False
        self._results: Batcher[CallbackResult, None] = Batcher(
            self._record, name="end callbacks", max_items=200, max_in_flight=1
        )

    def wake(self) -> None:
        """Say that callbacks were queued."""
        self._wake.set()

    def stop(self) -> None:
        """Take no more work; calls under way are finished by `run`."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Lease and call until `stop`: a background loop."""
        async with asyncio.TaskGroup() as calls:
            while not self._stopping:
                try:
                    found = await self._start_calls(calls)
                except ServiceError as failure:
                    log.warning("callbacks_not_claimed", failure=failure)
                    found = 0
                if found == 0:
                    await self._idle()
        await self._results.close()

    async def _idle(self) -> None:
        self._wake.clear()
        try:
            async with asyncio.timeout(_IDLE_S):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _start_calls(self, calls: asyncio.TaskGroup) -> int:
        free = self._max_in_flight - self._in_flight.total()
        if free <= 0:
            return 0
        paused = [service for service, count in self._in_flight.items() if count >= self._max_per_service]
        now = self._clock.now()
        due = await self._store.claim_callbacks(min(free, _CLAIM_LIMIT), paused, now, now + _LEASE)
        for callback in due:
            self._in_flight[callback.service_id] += 1
            calls.create_task(self._call(callback), name="callback")
        return len(due)

    async def _call(self, callback: DueCallback) -> None:
        try:
            await self._results.submit(await self._attempt(callback))
        except ServiceError as failure:
            # Not recorded: its lease runs out and it is called again. Services may be told twice, never not
            # at all.
            log.warning("callback_not_recorded", callback_id=str(callback.id), failure=failure)
        finally:
            self._in_flight[callback.service_id] -= 1
            if self._in_flight[callback.service_id] <= 0:
                del self._in_flight[callback.service_id]
            self._wake.set()

    async def _attempt(self, callback: DueCallback) -> CallbackResult:
        started_at, started = self._clock.now(), monotonic()
        result, retry = await self._post(callback)
        duration_s = monotonic() - started
        run_at = None
        if retry and callback.attempt <= MAX_RETRIES:
            run_at = self._clock.now() + self._retry_after
        outcome = "retry" if run_at is not None else "given_up" if retry else "delivered"
        metrics.record_callback(callback.kind, outcome)
        write = log.warning if outcome == "given_up" else log.info
        write(
            "callback_attempted",
            callback_id=str(callback.id),
            notification_id=str(callback.notification_id),
            service_id=str(callback.service_id),
            kind=callback.kind,
            attempt=callback.attempt,
            result=result,
            outcome=outcome,
            duration_ms=round(duration_s * 1000),
        )
        return CallbackResult(
            id=callback.id,
            attempt=callback.attempt,
            notification_id=callback.notification_id,
            kind=callback.kind,
            attempted_at=started_at,
            duration_ms=round(duration_s * 1000),
            result=result,
            run_at=run_at,
        )

    async def _post(self, callback: DueCallback) -> tuple[str, bool]:
        """Call the URL; gives what came of it in a word, and whether trying again makes sense."""
        if callback.url is None or callback.token_encrypted is None:
            return "no_url", False
        headers = {
            "Authorization": f"Bearer {self._secrets.decrypt(callback.token_encrypted)}",
            "Content-Type": "application/json",
        }
        body = delivery_receipt(callback)
        try:
            async with self._session.post(
                callback.url, data=body, headers=headers, timeout=self._timeout, allow_redirects=False
            ) as response:
                return str(response.status), response.status >= 500 or response.status == _RETRIED_STATUS
        except TimeoutError:
            return "timeout", True
        except (aiohttp.ClientError, OSError, ValueError):
            return "connection", True

    async def _record(self, results: list[CallbackResult]) -> list[None]:
        await self._store.end_callbacks(results)
        return [None] * len(results)


def delivery_receipt(callback: DueCallback) -> bytes:
    """The body of a delivery receipt (public contract, section 14)."""
    return msgspec.json.encode(
        {
            "id": str(callback.notification_id),
            "reference": callback.reference,
            "to": callback.recipient,
            "status": callback.status,
            "created_at": public_time(time_of(callback.notification_id)),
            "completed_at": public_time(callback.updated_at),
            "sent_at": public_time(callback.sent_at),
            "notification_type": callback.type,
            "template_id": str(callback.template_id),
            "template_version": callback.template_version,
        }
    )


def public_time(moment: datetime | None) -> str | None:
    """UTC with six decimals and a Z, as everywhere in the public API."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if moment is not None else None
