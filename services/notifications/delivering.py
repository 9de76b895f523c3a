"""The delivery queue: new deliveries meet waiting senders, all others wait in the table.

Senders keep long polls open. A new delivery whose channel has a poll waiting is inserted already leased to
that poll's worker and handed over from memory after the commit ("sync match"): no second query, no polling
delay. Otherwise it waits and the next poll claims it. Nothing in memory is needed for correctness: what is
handed to a sender that has gone is released, and what is lost with this process comes back when its lease
runs out.

Called by the servicer (polls) and by `creating` (inserts). What a delivery's end means is in `completing`.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import structlog

from notifyrules.postage import Postage
from notifyrules.statuses import KeyType, NotificationStatus, NotificationType
from servicekit.clock import Clock, monotonic
from servicekit.errors import ServiceError
from services.notifications import metrics
from services.notifications.caches import TtlCache
from services.notifications.contents import (
    MessageSettings,
    email_content,
    templated_letter,
    text_content,
)
from services.notifications.deliveries import (
    NO_SERVICE,
    Claimed,
    ClaimedRow,
    Delivery,
    DeliveryResult,
    LetterContent,
    LetterInQueue,
    MessageContent,
    Outcome,
)
from services.notifications.idempotency import encoded
from services.notifications.idempotency_store import Claim
from services.notifications.low_water import Beginnings, ClaimMarks, LeaseMark
from services.notifications.new_notifications import Prepared
from services.notifications.preparing_letters import wants_pretend_receipt
from services.notifications.sending_services import Permission, SendingService, TemplateVersion

log = structlog.get_logger()

IDLE_CLAIM_S = 1.0
"""How often the table is looked at for a waiting poll although nothing says that there is work: retries that
became due, deliveries that other processes inserted.
"""
EXPIRY_CHECK_S = 1.0
"""How often leases that ran out are returned."""


Insert = Callable[[Sequence[Prepared], Sequence[str | None], datetime, datetime], Awaitable[set[UUID]]]
"""Commits notifications and deliveries, those with an owner leased to it; gives the ids that are new."""


class QueueStore(Protocol):
    """What the queue needs of the store."""

    async def insert_notifications(
        self,
        prepared: Sequence[Prepared],
        lease_owners: Sequence[str | None],
        now: datetime,
        leased_until: datetime,
    ) -> set[UUID]: ...

    async def insert_letters(
        self,
        prepared: Sequence[Prepared],
        lease_owners: Sequence[str | None],
        now: datetime,
        leased_until: datetime,
    ) -> set[UUID]: ...

    async def insert_keyed_notifications(
        self,
        prepared: Sequence[Prepared],
        lease_owners: Sequence[str | None],
        claims: Sequence[Claim],
        now: datetime,
        leased_until: datetime,
    ) -> tuple[set[UUID], set[UUID]]: ...

    async def letters_in_queue(self, ids: Sequence[UUID]) -> dict[UUID, LetterInQueue]: ...

    async def claim_deliveries(
        self,
        channel: NotificationType,
        worker: str,
        limit: int,
        now: datetime,
        leased_until: datetime,
        beginnings: Beginnings,
        after: UUID,
    ) -> Claimed: ...

    async def return_expired_leases(self, now: datetime, since: datetime) -> dict[NotificationType, int]: ...

    async def complete_deliveries(self, results: Sequence[DeliveryResult], now: datetime) -> object: ...


@dataclass(slots=True, eq=False)
class _Poll:
    """A sender that waits."""

    channel: NotificationType
    worker_id: str
    capacity: int
    answered: asyncio.Future[list[Delivery]]
    matched: list[Prepared] = field(default_factory=list)


@dataclass(slots=True)
class _Channel:
    """One channel's senders, and whether the table may hold work for them."""

    polls: deque[_Poll] = field(default_factory=deque)
    may_have_backlog: bool = True
    marks: ClaimMarks = field(default_factory=ClaimMarks)
    last_served: UUID = NO_SERVICE
    """The service that had the last turn. Of the last lane that was claimed from: those before it were emptied."""
    wake: asyncio.Event = field(default_factory=asyncio.Event)


class DeliveryQueue:
    """Hands deliveries to senders. One for each process; several processes share the table."""

    def __init__(
        self,
        store: QueueStore,
        *,
        services: TtlCache[UUID, SendingService],
        templates: TtlCache[tuple[UUID, int], TemplateVersion],
        settings: MessageSettings,
        clock: Clock,
        lease: timedelta,
    ) -> None:
        self._store = store
        self._services = services
        self._templates = templates
        self._settings = settings
        self._clock = clock
        self._lease = lease
        self._channels = {channel: _Channel() for channel in NotificationType}
        self._lease_mark = LeaseMark()
        self._stopping = False

    async def lease_deliveries(
        self, channel: NotificationType, worker_id: str, limit: int, wait_s: float
    ) -> list[Delivery]:
        """Deliveries leased to a worker: at once where there are any, else the first that come within
        `wait_s`.
        """
        if self._stopping:
            return []
        state = self._channels[channel]
        while state.may_have_backlog:  # again where something was committed while the table was looked at
            claimed = await self._claim(channel, worker_id, limit)
            if claimed or wait_s <= 0:
                return claimed
        if wait_s <= 0:
            return []
        poll = _Poll(channel, worker_id, limit, asyncio.get_running_loop().create_future())
        state.polls.append(poll)
        try:
            async with asyncio.timeout(wait_s):
                return await asyncio.shield(poll.answered)
        except TimeoutError:
            return await self._leave(poll)
        except asyncio.CancelledError:
            # The sender has gone: what it was given just now would wait for its lease to run out.
            if poll.answered.done() and not poll.answered.cancelled():
                await self._release(poll.answered.result(), poll.worker_id)
            raise
        finally:
            poll.answered.cancel()
            if poll in state.polls:
                state.polls.remove(poll)

    async def _leave(self, poll: _Poll) -> list[Delivery]:
        """The answer of a poll whose time is up: it may have been matched in the very same moment."""
        if poll.matched and not poll.answered.done():
            # A commit that includes deliveries for this poll is under way; its outcome comes within
            # milliseconds.
            return await poll.answered
        return poll.answered.result() if poll.answered.done() else []

    def has_waiting(self, channel: NotificationType) -> bool:
        """Whether a sender waits for deliveries of a channel."""
        return any(not poll.answered.done() for poll in self._channels[channel].polls)

    def stop(self) -> None:
        """Answer all waiting polls with nothing, and those that come; senders try another process."""
        self._stopping = True
        for state in self._channels.values():
            state.wake.set()
            while state.polls:
                poll = state.polls.popleft()
                if not poll.answered.done():
                    poll.answered.set_result([])

    async def insert_and_hand_over(self, batches: Sequence[list[Prepared]]) -> list[None]:
        """Commit all of it in one transaction, then hand over what met a waiting sender. The flush of a
        batcher.
        """
        prepared = [item for batch in batches for item in batch]
        if len(batches) > 1:
            prepared.sort(key=lambda item: item.row.lane)
        await self._hand_over(prepared, self._store.insert_notifications)
        return [None] * len(batches)

    async def insert_letters_and_hand_over(self, batches: Sequence[list[Prepared]]) -> list[None]:
        """Commit letters in one transaction, and hand over. The flush of a batcher."""
        await self._hand_over([item for batch in batches for item in batch], self._store.insert_letters)
        return [None] * len(batches)

    async def insert_keyed_and_hand_over(self, items: Sequence[Prepared]) -> list[bool]:
        """Commit items that have idempotency keys, and hand over; tells of each whether it got its key. The
        flush of a batcher.

        Of items with the same key one gets it at most. One whose recipient is simulated takes its key and is
        not stored.
        """
        claims = _claims(items)
        claimed: set[UUID] = set()

        async def insert(
            prepared: Sequence[Prepared],
            owners: Sequence[str | None],
            now: datetime,
            leased_until: datetime,
        ) -> set[UUID]:
            got, inserted = await self._store.insert_keyed_notifications(
                prepared, owners, claims, now, leased_until
            )
            claimed.update(got)
            return inserted

        await self._hand_over([item for item in items if not item.answer.simulated], insert)
        return [item.row.id in claimed for item in items]

    async def _hand_over(self, prepared: Sequence[Prepared], insert: Insert) -> None:
        polls = self._match(prepared)
        now = self._clock.now()
        leased_until = now + self._lease
        owners = [poll.worker_id if poll is not None else None for poll in polls]
        try:
            inserted = await insert(prepared, owners, now, leased_until)
        except BaseException:
            self._send_away(polls)
            raise
        # After the commit: a poll that came meanwhile looked at the table, found nothing, and waits.
        for channel in {item.row.type for item, poll in zip(prepared, polls, strict=True) if poll is None}:
            self.wake(channel)
        for poll in dict.fromkeys(polls):
            if poll is not None:
                await self._answer(poll, inserted, leased_until)

    def _match(self, prepared: Sequence[Prepared]) -> list[_Poll | None]:
        """A waiting poll for each item, or None. Polls that get anything leave the queue of those that wait."""
        matches: list[_Poll | None] = []
        taken: set[_Poll] = set()
        for item in prepared:
            state = self._channels[item.row.type]
            while state.polls and state.polls[0].answered.done():
                state.polls.popleft()
            if not state.polls:
                matches.append(None)
                continue
            poll = state.polls[0]
            poll.matched.append(item)
            taken.add(poll)
            matches.append(poll)
            if len(poll.matched) >= poll.capacity:
                state.polls.popleft()
        for poll in taken:
            polls = self._channels[poll.channel].polls
            if poll in polls:
                polls.remove(poll)
        return matches

    async def _answer(self, poll: _Poll, inserted: set[UUID], leased_until: datetime) -> None:
        # An id that was there before was handed over by the call that inserted it.
        deliveries = [
            Delivery(
                notification_id=item.row.id,
                attempt=1,
                service_id=item.row.service_id,
                key_type=item.row.key_type,
                leased_until=leased_until,
                possible_duplicate=False,
                failed_providers=(),
                content=item.content,
            )
            for item in poll.matched
            if item.row.id in inserted
        ]
        metrics.record_handed_over(poll.channel, len(deliveries))
        if not poll.answered.done():
            poll.answered.set_result(deliveries)
        elif deliveries:
            await self._release(deliveries, poll.worker_id)

    @staticmethod
    def _send_away(polls: Iterable[_Poll | None]) -> None:
        """Answer polls whose deliveries were not committed after all; their senders come again at once."""
        for poll in polls:
            if poll is not None and not poll.answered.done():
                poll.answered.set_result([])

    async def claim_for_waiting_polls(self, channel: NotificationType) -> None:
        """Serve waiting polls from the table until `stop`: a background loop for each channel."""
        state = self._channels[channel]
        while not self._stopping:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(IDLE_CLAIM_S):
                    await state.wake.wait()
            state.wake.clear()
            try:
                await self._serve(channel, state)
            except ServiceError as failure:
                log.warning("claim_failed", channel=channel.value, failure=failure)
                await asyncio.sleep(IDLE_CLAIM_S)

    async def _serve(self, channel: NotificationType, state: _Channel) -> None:
        while state.polls:
            poll = state.polls.popleft()
            if poll.answered.done():
                continue
            try:
                claimed = await self._claim(channel, poll.worker_id, poll.capacity)
            except BaseException:
                if not poll.answered.done():
                    state.polls.appendleft(poll)
                raise
            if poll.answered.done():
                await self._release(claimed, poll.worker_id)
            elif claimed:
                poll.answered.set_result(claimed)
            else:
                state.polls.appendleft(poll)
                return

    async def _claim(self, channel: NotificationType, worker_id: str, limit: int) -> list[Delivery]:
        state = self._channels[channel]
        state.may_have_backlog = False  # before the query: an insert meanwhile says it again
        started = monotonic()
        now = self._clock.now()
        leased_until = now + self._lease
        try:
            claimed = await self._store.claim_deliveries(
                channel, worker_id, limit, now, leased_until, state.marks.beginnings(now), state.last_served
            )
        except BaseException:
            state.may_have_backlog = True
            raise
        rows = claimed.rows
        metrics.record_claim(channel, len(rows), monotonic() - started)
        state.marks.note(rows, is_all=claimed.is_all, now=now)
        if rows:
            state.last_served = rows[-1].service_id
        if not claimed.is_all:
            state.may_have_backlog = True
        letters: dict[UUID, LetterInQueue] = {}
        if rows and channel is NotificationType.LETTER:
            letters = await self._store.letters_in_queue([row.notification_id for row in rows])
        deliveries = []
        for row in rows:
            letter = letters.get(row.notification_id)
            delivery = await self._filled_in(row, letter, worker_id, leased_until)
            if delivery is not None:
                deliveries.append(delivery)
        return deliveries

    async def _filled_in(
        self, row: ClaimedRow, letter: LetterInQueue | None, worker_id: str, leased_until: datetime
    ) -> Delivery | None:
        """The delivery with its content; None where its service was archived meanwhile, which ends it."""
        service = await self._services.get(row.service_id)
        if not service.active:
            refused = DeliveryResult(
                notification_id=row.notification_id,
                attempt=row.attempt,
                worker_id=worker_id,
                outcome=Outcome.DEAD,
                error_code="service_inactive",
            )
            await self._store.complete_deliveries([refused], self._clock.now())
            return None
        template = await self._templates.get((row.template_id, row.template_version))
        return Delivery(
            notification_id=row.notification_id,
            attempt=row.attempt,
            service_id=row.service_id,
            key_type=KeyType(row.key_type),
            leased_until=leased_until,
            possible_duplicate=row.possible_duplicate,
            failed_providers=tuple(row.failed_providers),
            content=_letter_content(row, letter, service, template)
            if letter is not None
            else self._content(row, service, template),
        )

    def _content(self, row: ClaimedRow, service: SendingService, template: TemplateVersion) -> MessageContent:
        if row.type == NotificationType.SMS:
            return text_content(
                phone_number=row.normalised_recipient,
                sender=row.sender or service.default_sms_sender,
                international=row.international,
                personalisation=row.personalisation,
                service=service,
                template=template,
            )
        return email_content(
            notification_id=row.notification_id,
            email_address=row.normalised_recipient,
            reply_to=row.sender,
            personalisation=row.personalisation,
            unsubscribe_url=row.unsubscribe_url,
            service=service,
            template=template,
            settings=self._settings,
        )

    def wake(self, channel: NotificationType) -> None:
        """Say that the table holds work for a channel."""
        state = self._channels[channel]
        state.may_have_backlog = True
        state.wake.set()

    def wake_all(self) -> None:
        """Say that the table may hold work for any channel."""
        for channel in self._channels:
            self.wake(channel)

    async def _release(self, deliveries: Sequence[Delivery], worker_id: str) -> None:
        """Put deliveries back that nobody is going to send."""
        if not deliveries:
            return
        results = [
            DeliveryResult(
                notification_id=delivery.notification_id,
                attempt=delivery.attempt,
                worker_id=worker_id,
                outcome=Outcome.RELEASE,
                delay=timedelta(0),
                counted=False,
            )
            for delivery in deliveries
        ]
        await asyncio.shield(self._store.complete_deliveries(results, self._clock.now()))
        self.wake_all()

    async def return_expired_leases(self) -> None:
        """Put deliveries back whose leases ran out: one round of periodic work."""
        now = self._clock.now()
        returned = await self._store.return_expired_leases(now, self._lease_mark.beginning(now))
        self._lease_mark.note_all_returned(now)
        for channel, count in returned.items():
            metrics.record_expired_leases(channel, count)
            log.warning("leases_expired", channel=channel.value, count=count)
            self.wake(channel)


def _letter_content(
    row: ClaimedRow, letter: LetterInQueue, service: SendingService, template: TemplateVersion
) -> LetterContent:
    return LetterContent(
        reference=letter.reference,
        postage=Postage(letter.postage),
        allow_international=Permission.INTERNATIONAL_LETTERS in service.permissions,
        wants_pretend_receipt=wants_pretend_receipt(KeyType(row.key_type), NotificationStatus(letter.status)),
        templated=None if letter.is_precompiled else templated_letter(row.personalisation, template, service),
    )


def _claims(items: Sequence[Prepared]) -> list[Claim]:
    """The keys of items, each key once: the first item with it may get it."""
    claims: dict[bytes, Claim] = {}
    for item in items:
        key = item.idempotency
        if key is not None and key.hash not in claims:
            claims[key.hash] = Claim(
                service_id=item.row.service_id,
                key_hash=key.hash,
                fingerprint=key.fingerprint,
                context=key.context,
                subject_id=item.row.id,
                answer=encoded(item.answer),
            )
    return list(claims.values())
