"""Telling services at their own URLs what became of their messages, what they were sent, and who complained.

Callbacks wait in a table of their own, written in the same statement as the change that they tell of. Each
endpoint (a service's URL for one kind) has a queue of its own: this process leases what is due from all of
them in turn, each within its own limit of calls under way (`callbacks_limits`), so that one that hangs delays
no other. When a call is made again, and when an endpoint is paused, is in `callbacks_policy`; what is sent in
`callbacks_bodies`; where it may go in `callbacks_addresses`. Source: public contract, section 14.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import aiohttp
import structlog

from servicekit.batching import Batcher
from servicekit.clock import Clock, monotonic
from servicekit.errors import ServiceError
from servicekit.ids import time_of
from servicekit.tracing import HEADER, SpanRef, format_traceparent
from services.notifications import metrics, spans
from services.notifications.accounts import CallbackKind
from services.notifications.callbacks_addresses import AddressRefused
from services.notifications.callbacks_bodies import callback_body, callback_headers, returned_letter_body
from services.notifications.callbacks_limits import Endpoint, EndpointLimits
from services.notifications.callbacks_policy import KEPT_TRYING, CallbackOutcome, CallbackPolicy, is_retried
from services.notifications.callbacks_store import CallbackResult, CallbacksStore, DueCallback
from services.notifications.low_water import CallbackMarks
from services.notifications.secret_box import SecretBox

log = structlog.get_logger()

_LEASE = timedelta(seconds=60)
_IDLE_S = 1.0
_PROBES_LOOKED_FOR_EVERY = timedelta(seconds=1)
_CLAIM_LIMIT = 200
_AT_ONCE = 1_000
"""Rows that one statement of upkeep touches."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of a call."""

    word: str
    """The status, or a fixed word."""
    outcome: CallbackOutcome

    @property
    def is_one(self) -> bool:
        """Whether there was an answer at all."""
        return self.word.isdigit()


class Callbacks:
    """Calls services' URLs. One for each process; several share the table."""

    def __init__(
        self,
        store: CallbacksStore,
        *,
        secrets: SecretBox,
        session: aiohttp.ClientSession,
        clock: Clock,
        policy: CallbackPolicy,
        limits: EndpointLimits,
        timeout_s: float,
    ) -> None:
        """`session`: with a connector of `AddressPolicy` and without cookies, which services would share."""
        self._store = store
        self._secrets = secrets
        self._session = session
        self._clock = clock
        self._policy = policy
        self._limits = limits
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._may_have_more: set[Endpoint] = set()
        """Endpoints that got all that they were allowed."""
        self._marks = CallbackMarks()
        self._resumed: set[Endpoint] = set()
        self._probes_taken_at: datetime | None = None
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
                self._wake.clear()
                try:
                    found = await self._start_calls(calls) + await self._make_resumed_due()
                except ServiceError as failure:
                    log.warning("callbacks_not_claimed", failure=failure)
                    found = 0
                if found == 0:
                    await self._idle()
        await self._results.close()

    async def call_due(self) -> None:
        """Make every call that is due now, and wait for their ends: a part of `run`, for those who do not
        want to wait for its rhythm.
        """
        found = 1
        while found:
            async with asyncio.TaskGroup() as calls:
                found = await self._start_calls(calls)

    async def expire(self) -> None:
        """Give up what has waited for too long: one round of periodic work."""
        now = self._clock.now()
        while (expired := await self._store.expire(now - KEPT_TRYING, now, _AT_ONCE)) > 0:
            log.warning("callbacks_expired", count=expired)

    async def _idle(self) -> None:
        try:
            async with asyncio.timeout(_IDLE_S):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _start_calls(self, calls: asyncio.TaskGroup) -> int:
        limit = min(self._limits.free, _CLAIM_LIMIT)
        if limit <= 0:
            return 0
        allowances = self._limits.allowances()
        now = self._clock.now()
        due = await self._store.claim_callbacks(
            limit,
            allowances,
            allowed_otherwise=self._limits.at_first,
            probed=await self._take_probes(),
            now=now,
            lease=_LEASE,
            beginnings=self._marks.beginnings(now),
        )
        for callback in due:
            self._limits.begin(callback.endpoint)
            calls.create_task(self._call(callback), name="callback")
        taken = Counter(callback.endpoint for callback in due)
        self._may_have_more = {
            endpoint for endpoint, allowed in allowances.items() if taken[endpoint] >= allowed
        } | {
            endpoint
            for endpoint, count in taken.items()
            if endpoint not in allowances and count >= self._limits.at_first
        }
        self._marks.note_claimed(
            ((callback.endpoint, callback.run_at) for callback in due if callback.is_due),
            is_all=len(due) < limit and not self._may_have_more,
            now=now,
        )
        return len(due)

    async def _take_probes(self) -> list[Endpoint]:
        """Paused endpoints whose time to be tried has come; asked for no more often than that can be."""
        now = self._clock.now()
        if self._probes_taken_at is not None and now < self._probes_taken_at + _PROBES_LOOKED_FOR_EVERY:
            return []
        self._probes_taken_at = now
        return await self._store.take_probes(now, now + self._policy.probed_every)

    async def _call(self, callback: DueCallback) -> None:
        endpoint = callback.endpoint
        try:
            await self._results.submit(await self._attempt(callback))
        except ServiceError as failure:
            # Not recorded: its lease runs out and it is called again. Services may be told twice, never not
            # at all.
            log.warning("callback_not_recorded", callback_id=str(callback.id), failure=failure)
        finally:
            was_full = self._limits.free == 0
            self._limits.end(endpoint)
            if was_full or endpoint in self._may_have_more:
                self._wake.set()

    async def _attempt(self, callback: DueCallback) -> CallbackResult:
        started_at, started = self._clock.now(), monotonic()
        if callback.attempt == 1:
            metrics.record_callback_lag(callback.kind, (started_at - time_of(callback.id)).total_seconds())
        span = spans.callback_span(callback.notification_id)
        answer = await self._post(callback, span)
        self._limits.note(callback.endpoint, answered=answer.is_one)
        duration_s = monotonic() - started
        outcome, run_at = answer.outcome, None
        if outcome is CallbackOutcome.RETRY and not callback.is_due:
            # A paused endpoint did not answer: what it was tried with keeps its own time.
            run_at = callback.run_at
        elif outcome is CallbackOutcome.RETRY:
            gap = self._policy.next_gap(callback.failures + 1)
            outcome, run_at = (outcome, self._clock.now() + gap) if gap else (CallbackOutcome.GIVEN_UP, None)
        metrics.record_callback(callback.kind, outcome.value, duration_s)
        if span is not None:
            spans.record_callback(callback, span, answer.word, started_at, duration_s)
        write = log.info if outcome in (CallbackOutcome.TAKEN, CallbackOutcome.RETRY) else log.warning
        write(
            "callback_attempted",
            callback_id=str(callback.id),
            notification_id=str(callback.notification_id or ""),
            service_id=str(callback.service_id),
            kind=callback.kind,
            attempt=callback.attempt,
            result=answer.word,
            outcome=outcome.value,
            duration_ms=round(duration_s * 1000),
        )
        return CallbackResult(
            callback=callback,
            attempted_at=started_at,
            duration_ms=round(duration_s * 1000),
            result=answer.word,
            outcome=outcome,
            run_at=run_at,
            counted=callback.is_due,
        )

    async def _post(self, callback: DueCallback, span: SpanRef | None) -> _Answer:
        """Call the URL."""
        if callback.url is None:
            return _Answer("no_url", CallbackOutcome.REFUSED)
        body = await self._body(callback)
        if body is None:
            return _Answer("not_kept", CallbackOutcome.REFUSED)
        headers = callback_headers(callback, body, at=self._clock.now(), secret_box=self._secrets)
        if span is not None:
            headers = {**headers, HEADER: format_traceparent(span)}
        try:
            async with self._session.post(
                callback.url, data=body, headers=headers, timeout=self._timeout, allow_redirects=False
            ) as response:
                # What it says is nothing to us, and is not waited for. A body that came along with the head
                # does not keep the connection from being used again.
                return _Answer(str(response.status), _outcome(response.status))
        except TimeoutError:
            return _Answer("timeout", CallbackOutcome.RETRY)
        except aiohttp.ClientConnectorError as err:
            refused = isinstance(err.os_error, AddressRefused)
            return _Answer("address_refused" if refused else "connection", CallbackOutcome.RETRY)
        except (aiohttp.ClientError, OSError, ValueError):
            return _Answer("connection", CallbackOutcome.RETRY)

    async def _body(self, callback: DueCallback) -> bytes | None:
        if callback.kind != CallbackKind.RETURNED_LETTER:
            return callback_body(callback, self._secrets)
        if callback.notification_id is None:
            return None
        letter = await self._store.returned_letter(callback.notification_id)
        return None if letter is None else returned_letter_body(letter)

    async def _record(self, results: Sequence[CallbackResult]) -> list[None]:
        changes = await self._store.end_callbacks(
            results,
            now=self._clock.now(),
            paused_after=self._policy.paused_after,
            probed_every=self._policy.probed_every,
        )
        for endpoint in changes.paused:
            log.warning("callbacks_paused", service_id=str(endpoint.service_id), kind=endpoint.kind)
        for endpoint in changes.resumed:
            log.info("callbacks_resumed", service_id=str(endpoint.service_id), kind=endpoint.kind)
        for endpoint in changes.resumed:
            self._marks.forget(endpoint)  # what became due while it was paused
        if changes.resumed:
            self._resumed.update(changes.resumed)
            self._wake.set()
        return [None] * len(results)

    async def _make_resumed_due(self) -> int:
        """Let what waits for endpoints that answer again be tried now, part by part."""
        made_due = 0
        for endpoint in list(self._resumed):
            count = await self._store.make_due(endpoint, self._clock.now(), _AT_ONCE)
            made_due += count
            if count < _AT_ONCE:
                self._resumed.discard(endpoint)
        return made_due


def _outcome(status: int) -> CallbackOutcome:
    if 200 <= status < 300:
        return CallbackOutcome.TAKEN
    return CallbackOutcome.RETRY if is_retried(status) else CallbackOutcome.REFUSED
