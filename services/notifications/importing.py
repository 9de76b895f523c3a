"""Putting messages in place as another system left them: for operators who move services here.

Nothing is sent for them and nobody is called back. In usage they count as messages that were made here: the free
allowance of a year is one, wherever it was used. Each item is checked by itself; those that are fine are
stored in one statement. Ids of another system can't be kept: an id says here when its message was made.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from notifyrules.london_time import london_date
from notifyrules.postage import Postage
from notifyrules.rates import MAX_SHEETS, Rates, published
from notifyrules.statuses import (
    MAY_BEGIN_AS,
    MAY_COME_FROM,
    KeyType,
    NotificationStatus,
    NotificationType,
    is_final,
)
from notifyrules.text import strip_and_remove_obscure_whitespace
from servicekit.clock import Clock
from servicekit.errors import InvalidRequest, NotFound, ServiceError, Violation
from servicekit.ids import bucket_in, bucket_of, new_id, time_of
from services.notifications.accounts_store import AccountsStore
from services.notifications.contents import parse_personalisation
from services.notifications.letters_store import ImportedRow, LettersStore
from services.notifications.partitions import ensure_week
from services.notifications.preparing import parse_recipient_address, parse_recipient_number
from services.notifications.preparing_letters import (
    PRECOMPILED_VALUES,
    is_abroad,
    new_reference,
    precompiled_template_id,
)
from services.notifications.sending_services import TemplateVersion
from services.notifications.store import Store
from services.notifications.templates import Templates

LONGEST_RETENTION: Final = timedelta(days=90)
_CLOCK_SKEW: Final = timedelta(seconds=5)
_PERMANENT_FAILURE_BY_HAND: Final = frozenset({NotificationStatus.PERMANENT_FAILURE})


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedNotification:
    """A message that another system sent."""

    id: UUID | None
    service_id: UUID
    template_id: UUID | None  # None: of letters that were uploaded as PDFs
    template_version: int  # 0: the current one
    key_type: KeyType
    status: NotificationStatus
    recipient: str
    personalisation: str
    reference: str | None
    created_at: datetime | None
    sent_at: datetime | None
    updated_at: datetime | None
    created_by: UUID | None
    job_id: UUID | None
    job_row: int | None
    billable_units: int
    postage: Postage | None
    letter_reference: str | None
    provider: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InPlace:
    """A message that is in place."""

    id: UUID
    letter_reference: str | None  # of a letter that was put there now


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recipient:
    as_given: str
    normalised: str
    rate_multiplier: int
    international: bool


class Importing:
    """Puts messages in place. One for each process."""

    def __init__(
        self,
        letters: LettersStore,
        store: Store,
        *,
        accounts: AccountsStore,
        templates: Templates,
        clock: Clock,
        make_precompiled_template: Callable[[UUID], Awaitable[None]],
        rates: Callable[[], Rates] = published,
    ) -> None:
        self._rates = rates
        self._letters = letters
        self._store = store
        self._accounts = accounts
        self._templates = templates
        self._clock = clock
        self._make_precompiled_template = make_precompiled_template

    async def put_in_place(
        self, items: Sequence[ImportedNotification | ServiceError]
    ) -> list[InPlace | ServiceError]:
        """Check and store; for each, in order, that it is in place or why it was refused."""
        found = _Found(self._accounts, self._templates, self._make_precompiled_template)
        rows: dict[int, ImportedRow] = {}
        results: list[InPlace | ServiceError | None] = [None] * len(items)
        taken: set[UUID] = set()
        for at, item in enumerate(items):
            try:
                if isinstance(item, ServiceError):
                    raise item
                row = await self._row(item, found)
                if row.id in taken:
                    raise _wrong("id", "id is that of another message of this call")
                taken.add(row.id)
                rows[at] = row
            except ServiceError as refusal:
                results[at] = refusal
        new: set[UUID] = set()
        if rows:
            for moment in {time_of(row.id).date(): time_of(row.id) for row in rows.values()}.values():
                await ensure_week(self._store, moment)
            new = await self._letters.import_notifications(list(rows.values()), self._clock.now())
        for at, row in rows.items():
            results[at] = InPlace(id=row.id, letter_reference=row.letter_reference if row.id in new else None)
        return [result for result in results if result is not None]

    async def _row(self, item: ImportedNotification, found: "_Found") -> ImportedRow:
        template = await found.template(item)
        if item.created_by is not None:
            await found.check_user(item.created_by)
        id = self._id(item)
        _check_status(item.status, template.type)
        _check_times(item, time_of(id))
        is_letter = template.type is NotificationType.LETTER
        if item.billable_units < 0 or (is_letter and item.billable_units > MAX_SHEETS):
            raise _wrong(
                "billable_units", f"billable_units must be 0 or more; of letters at most {MAX_SHEETS}"
            )
        parse_personalisation(item.personalisation)
        postage = (item.postage or Postage(template.postage or Postage.SECOND)) if is_letter else None
        day = london_date(time_of(id))
        recipient = _recipient(item.recipient, template.type, postage, self._rates(), day)
        values = item.personalisation or (PRECOMPILED_VALUES if template.hidden else "{}")
        return ImportedRow(
            id=id,
            service_id=item.service_id,
            template_id=template.id,
            template_version=template.version,
            type=template.type,
            key_type=item.key_type,
            status=item.status,
            recipient=recipient.as_given,
            normalised_recipient=recipient.normalised,
            personalisation=values,
            reference=item.reference,
            billable_units=item.billable_units,
            rate_multiplier=recipient.rate_multiplier,
            international=recipient.international,
            postage=postage,
            job_id=item.job_id,
            job_row=item.job_row,
            created_by=item.created_by,
            provider=item.provider,
            sent_at=item.sent_at,
            updated_at=item.updated_at or (time_of(id) if is_final(item.status) else None),
            letter_reference=(item.letter_reference or new_reference()) if is_letter else None,
            is_precompiled=template.hidden,
        )

    def _id(self, item: ImportedNotification) -> UUID:
        now = self._clock.now()
        if item.id is None:
            # Looked at first: an id with a time ahead would hold up the times of all further ids of this process.
            created_at = item.created_at or now
            _check_age(created_at, now)
            return new_id(bucket=bucket_of(item.service_id), at=created_at)
        try:
            fits, at = bucket_in(item.id) == bucket_of(item.service_id), time_of(item.id)
        except ValueError:
            raise _wrong("id", "id is not a UUIDv7") from None
        if not fits or (item.created_at is not None and abs(at - item.created_at) >= timedelta(seconds=1)):
            raise _wrong("id", "id does not have the bucket of the service, or create_time, in it")
        _check_age(at, now)
        return item.id


class _Found:
    """What one call has looked up."""

    def __init__(
        self,
        accounts: AccountsStore,
        templates: Templates,
        make_precompiled_template: Callable[[UUID], Awaitable[None]],
    ) -> None:
        self._accounts = accounts
        self._store = templates
        self._make_precompiled_template = make_precompiled_template
        self._templates: dict[tuple[UUID, UUID | None, int], TemplateVersion] = {}
        self._users: set[UUID] = set()

    async def template(self, item: ImportedNotification) -> TemplateVersion:
        """The template that an item was made from. Raises NotFound."""
        key = (item.service_id, item.template_id, item.template_version)
        if key not in self._templates:
            template_id, version = item.template_id, item.template_version
            if template_id is None:
                await self._make_precompiled_template(item.service_id)
                template_id, version = precompiled_template_id(item.service_id), 1
            self._templates[key] = await self._store.get(item.service_id, template_id, version)
        return self._templates[key]

    async def check_user(self, user_id: UUID) -> None:
        """Raises InvalidRequest for somebody unknown."""
        if user_id in self._users:
            return
        try:
            await self._accounts.load_user_name(user_id)
        except NotFound:
            raise _wrong("created_by_user_id", "created_by_user_id is nobody here") from None
        self._users.add(user_id)


def _check_status(status: NotificationStatus, type: NotificationType) -> None:
    by_hand = _PERMANENT_FAILURE_BY_HAND if type is NotificationType.LETTER else frozenset()
    possible = (frozenset(MAY_COME_FROM[type]) | MAY_BEGIN_AS[type] | by_hand) - {NotificationStatus.CREATED}
    if status not in possible:
        raise _wrong(
            "status",
            f"status of {type.value} must be one of {', '.join(sorted(each.value for each in possible))}",
        )


def _check_age(created_at: datetime, now: datetime) -> None:
    if not now - LONGEST_RETENTION <= created_at <= now + _CLOCK_SKEW:
        raise _wrong("create_time", f"create_time must be within the last {LONGEST_RETENTION.days} days")


def _check_times(item: ImportedNotification, created_at: datetime) -> None:
    for name, moment in (("send_time", item.sent_at), ("update_time", item.updated_at)):
        if moment is not None and moment < created_at - timedelta(seconds=1):
            raise _wrong(name, f"{name} is before create_time")


def _recipient(
    given: str, type: NotificationType, postage: Postage | None, rates: Rates, day: date
) -> _Recipient:
    match type:
        case NotificationType.SMS:
            number = parse_recipient_number(given)
            return _Recipient(
                as_given=strip_and_remove_obscure_whitespace(given),
                normalised=number.normalised,
                rate_multiplier=rates.multiplier(number, day),
                international=number.is_international,
            )
        case NotificationType.EMAIL:
            address = parse_recipient_address(given)
            return _Recipient(
                as_given=address.accepted_as,
                normalised=address.normalised,
                rate_multiplier=0,
                international=False,
            )
        case NotificationType.LETTER:
            if given:
                raise _wrong("recipient", "recipient is not for letters: their address is in the values")
            international = postage is not None and is_abroad(postage)
            return _Recipient(as_given="", normalised="", rate_multiplier=0, international=international)


def _wrong(field: str, message: str) -> InvalidRequest:
    return InvalidRequest([Violation(field, message)])
