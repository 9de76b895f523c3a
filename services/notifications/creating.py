"""Making notifications: check each item, commit all of them together with their deliveries, hand over to
waiting senders.

Checks are in `preparing`. Committing is the store's, in group commits shared by concurrent calls; handing a
new delivery to a sender that already waits is the queue's (`delivering`). Requests that may be repeated
(`idempotency`) are committed apart from the others, which are no slower for them. Jobs have a way of their own
(`jobs`).
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from notifyrules.daily_limits import LimitKind
from notifyrules.london_time import london_date
from notifyrules.rates import Rates, published
from notifyrules.statuses import KeyType, NotificationType
from servicekit import tracing
from servicekit.batching import Batcher
from servicekit.clock import Clock, monotonic
from servicekit.counters import Reservation
from servicekit.errors import InvalidRequest, NotFound, RuleBroken, ServiceError, Violation
from servicekit.ids import bucket_in, bucket_of, new_id, time_of
from services.notifications import spans
from services.notifications.caches import TtlCache
from services.notifications.contents import MessageSettings
from services.notifications.delivering import DeliveryQueue
from services.notifications.idempotency import Idempotency, KeptAnswer, first_answer, in_progress
from services.notifications.new_notifications import (
    CreatedNotification,
    IdempotencyKey,
    NewNotification,
    Prepared,
)
from services.notifications.preparing import (
    TOO_LONG,
    parse_recipient_address,
    parse_recipient_number,
    prepare_email,
    prepare_text,
)
from services.notifications.preparing_letters import (
    check_letters_allowed,
    precompiled_template_id,
    prepare_letter,
    prepare_precompiled,
)
from services.notifications.sending_limits import SendingLimits
from services.notifications.sending_services import SendingService, TemplateVersion

_Kept = Mapping[tuple[UUID, bytes], KeptAnswer]

NOBODY = UUID(int=0)
"""The id of no notification."""
MAX_CLOCK_SKEW = timedelta(minutes=10)
"""How far the time in an id that a caller made may be from ours."""

_CHANNEL_WORDS = {
    NotificationType.SMS: "text messages",
    NotificationType.EMAIL: "emails",
    NotificationType.LETTER: "letters",
}


_Result = Prepared | CreatedNotification | ServiceError
"""An item on its way: checked, answered from what was kept, or refused."""


class Creating:
    """Checks, commits and hands over. One for each process."""

    def __init__(
        self,
        *,
        services: TtlCache[UUID, SendingService],
        templates: TtlCache[UUID, TemplateVersion],
        queue: DeliveryQueue,
        limits: SendingLimits,
        idempotency: Idempotency,
        clock: Clock,
        settings: MessageSettings,
        make_precompiled_template: Callable[[UUID], Awaitable[None]],
        rates: Callable[[], Rates] = published,
    ) -> None:
        self._services = services
        self._templates = templates
        self._limits = limits
        self._idempotency = idempotency
        self._clock = clock
        self._settings = settings
        self._make_precompiled_template = make_precompiled_template
        self._rates = rates
        # A batch is a list of lists: the calls of a moment share one transaction.
        self._committer: Batcher[list[Prepared], None] = Batcher(
            queue.insert_and_hand_over, name="insert notifications", max_items=16, max_in_flight=2
        )
        self._letter_committer: Batcher[list[Prepared], None] = Batcher(
            queue.insert_letters_and_hand_over, name="insert letters", max_items=16, max_in_flight=2
        )
        self._keyed_committer: Batcher[Prepared, bool] = Batcher(
            queue.insert_keyed_and_hand_over, name="insert keyed notifications", max_in_flight=2
        )

    async def create(
        self, items: Sequence[NewNotification | ServiceError]
    ) -> list[CreatedNotification | ServiceError]:
        """Check and commit; one answer or error for each item, in order. Items that are already errors stay
        as they are.

        When this returns, every item that is answered with a notification is committed.
        """
        began = monotonic()
        kept = await self._kept(items)
        results: list[_Result] = []
        for item in items:
            try:
                results.append(item if isinstance(item, ServiceError) else await self._checked(item, kept))
            except ServiceError as refusal:
                results.append(refusal)
        abroad = await self._take_places_abroad(results)
        try:
            await self._commit(results)
        except BaseException:
            await self._limits.give_back(abroad.values())
            raise
        unused = [place for at, place in abroad.items() if not isinstance(results[at], Prepared)]
        await self._limits.give_back(unused)
        if tracing.is_on():
            for result in results:
                if isinstance(result, Prepared) and not result.answer.simulated:
                    row = result.row
                    spans.record_accepted(row.id, row.type, row.lane, monotonic() - began)
        return [result.answer if isinstance(result, Prepared) else result for result in results]

    async def kept_answer(self, service_id: UUID, key: IdempotencyKey) -> CreatedNotification:
        """What a request with a key was answered. Raises NotFound, also where it was another request."""
        kept = (await self._idempotency.find([(service_id, key.hash)])).get((service_id, key.hash))
        if kept is None or kept.fingerprint != key.fingerprint:
            raise NotFound("answer")
        return first_answer(kept, key, own_id=NOBODY)

    async def close(self) -> None:
        """Commit what was accepted, then refuse more."""
        await self._committer.close()
        await self._letter_committer.close()
        await self._keyed_committer.close()

    async def _kept(self, items: Sequence[NewNotification | ServiceError]) -> _Kept:
        """First answers to requests that came again."""
        keys = [
            (item.service_id, item.idempotency.hash)
            for item in items
            if isinstance(item, NewNotification) and item.idempotency is not None
        ]
        return await self._idempotency.find(keys) if keys else {}

    async def _checked(self, item: NewNotification, kept: _Kept) -> _Result:
        if item.idempotency is not None:
            found = kept.get((item.service_id, item.idempotency.hash))
            if found is not None:
                return first_answer(found, item.idempotency, item.id)
        try:
            return await self._prepare(item)
        except RuleBroken as refusal:
            if refusal.reason == TOO_LONG and item.type is NotificationType.SMS:
                # The contract asks for the limit of texts abroad before it looks at the length.
                await self._check_abroad(item)
            raise

    async def _check_abroad(self, item: NewNotification) -> None:
        if not parse_recipient_number(item.recipient).is_uk:
            await self._limits.check_abroad(await self._services.get(item.service_id), item.key_type)

    async def _take_places_abroad(self, results: list[_Result]) -> dict[int, Reservation]:
        """Places in the day's count of texts abroad, by position; an item that gets none is refused."""
        wanted: dict[tuple[UUID, KeyType], list[int]] = {}
        for at, result in enumerate(results):
            if isinstance(result, Prepared) and result.abroad:
                wanted.setdefault((result.row.service_id, result.row.key_type), []).append(at)
        places: dict[int, Reservation] = {}
        for (service_id, key_type), positions in wanted.items():
            service = await self._services.get(service_id)
            kind = LimitKind.INTERNATIONAL_SMS
            taken = await self._limits.take(service, kind, key_type, len(positions))
            for at in positions[: taken.places]:
                places[at] = replace(taken, places=1)
            for at in positions[taken.places :]:
                results[at] = self._limits.refusal(service, kind, key_type)
        return places

    async def _commit(self, results: list[_Result]) -> None:
        """Commit what was checked. An item whose key another request has becomes that one's answer."""
        plain: list[Prepared] = []
        letters: list[Prepared] = []
        keyed: list[int] = []
        for at, result in enumerate(results):
            if not isinstance(result, Prepared):
                continue
            if result.idempotency is not None:
                keyed.append(at)
            elif result.letter is not None:
                letters.append(result)
            elif not result.answer.simulated:
                plain.append(result)
        if plain:
            await self._committer.submit(plain)
        if letters:
            await self._letter_committer.submit(letters)
        if keyed:
            await self._commit_keyed(results, keyed)

    async def _commit_keyed(self, results: list[_Result], positions: Sequence[int]) -> None:
        items = [item for at in positions if isinstance(item := results[at], Prepared)]
        got_keys = await self._keyed_committer.submit_many(items)
        others = [(at, item) for at, item, got in zip(positions, items, got_keys, strict=True) if not got]
        if not others:
            return
        keys = [(item.row.service_id, _key(item).hash) for _, item in others]
        kept = await self._idempotency.find(keys)
        for (at, item), where in zip(others, keys, strict=True):
            try:
                found = kept.get(where)
                results[at] = in_progress() if found is None else first_answer(found, _key(item), item.row.id)
            except RuleBroken as refusal:
                results[at] = refusal

    async def _prepare(self, item: NewNotification) -> Prepared:
        check_new_id(item.id, item.service_id, self._clock.now())
        match item.type:
            case NotificationType.SMS:
                number = parse_recipient_number(item.recipient)
                service = await self._service(item)
                multiplier = self._rates().multiplier(number, london_date(self._clock.now()))
                template = await self._template(item)
                return prepare_text(item, number, service, template, multiplier=multiplier)
            case NotificationType.EMAIL:
                address = parse_recipient_address(item.recipient)
                service = await self._service(item)
                return prepare_email(item, address, service, await self._template(item), self._settings)
            case NotificationType.LETTER:
                return await self._prepare_letter(item)

    async def _prepare_letter(self, item: NewNotification) -> Prepared:
        service = await self._service(item)
        if item.precompiled is None:
            return prepare_letter(item, service, await self._template(item), self._settings)
        template = await self._precompiled_template(item.service_id)
        return prepare_precompiled(item, service, template, item.precompiled)

    async def _precompiled_template(self, service_id: UUID) -> TemplateVersion:
        """The template that stands for uploaded letters, made with the first one of a service."""
        template_id = precompiled_template_id(service_id)
        try:
            return await self._templates.get(template_id)
        except NotFound:
            await self._make_precompiled_template(service_id)
            return await self._templates.get(template_id)

    async def check_letter_upload(self, service_id: UUID, key_type: KeyType) -> None:
        """Raise RuleBroken where a service, or this kind of key, may send no letters: asked before an upload
        is looked at.
        """
        service = await self._services.get(service_id)
        check_channel(service, NotificationType.LETTER)
        check_letters_allowed(service, key_type)

    async def _service(self, item: NewNotification) -> SendingService:
        service = self._services.peek(item.service_id) or await self._services.get(item.service_id)
        check_channel(service, item.type)
        return service

    async def _template(self, item: NewNotification) -> TemplateVersion:
        template = await find_template(self._templates, item.template_id, item.service_id)
        if template.type is not item.type:
            raise RuleBroken(
                "TEMPLATE_WRONG_TYPE",
                f"{template.type.value} template is not suitable for {item.type.value} notification",
            )
        check_not_archived(template)
        return template


def check_new_id(id: UUID, service_id: UUID, now: datetime) -> None:
    """Raise InvalidRequest for an id that is not of this service and of now: it says where and when what it
    names lives.
    """
    try:
        fits = bucket_in(id) == bucket_of(service_id)
        age = abs(time_of(id) - now)
    except ValueError:
        fits, age = False, timedelta()
    if not fits or age > MAX_CLOCK_SKEW:
        raise InvalidRequest(
            [Violation("id", "id is not a UUIDv7 made just now with the bucket of the service")]
        )


def check_channel(service: SendingService, type: NotificationType) -> None:
    """Raise RuleBroken where a service may not send on a channel."""
    if type.value not in service.permissions:
        raise RuleBroken("CHANNEL_NOT_ALLOWED", f"Service is not allowed to send {_CHANNEL_WORDS[type]}")


async def find_template(
    templates: TtlCache[UUID, TemplateVersion], template_id: UUID, service_id: UUID
) -> TemplateVersion:
    """The current version of a service's template. Raises RuleBroken."""
    try:
        template = templates.peek(template_id) or await templates.get(template_id)
    except NotFound as missing:
        raise RuleBroken("TEMPLATE_NOT_FOUND", "Template not found") from missing
    if template.service_id != service_id or template.hidden:
        raise RuleBroken("TEMPLATE_NOT_FOUND", "Template not found")
    return template


def check_not_archived(template: TemplateVersion) -> None:
    """Raise RuleBroken for a template that was archived."""
    if template.archived:
        raise RuleBroken("TEMPLATE_ARCHIVED", "Template has been deleted")


def new_notification_id(service_id: UUID, at: datetime | None = None) -> UUID:
    """An id for a new notification of a service."""
    return new_id(bucket=bucket_of(service_id), at=at)


def _key(item: Prepared) -> IdempotencyKey:
    if item.idempotency is None:
        raise AssertionError("only items with a key are committed here")
    return item.idempotency
