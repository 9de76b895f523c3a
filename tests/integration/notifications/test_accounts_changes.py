"""Archiving, limits with an end, numbers, senders, and the record of all of it, on a real database."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from notifyrules.daily_limits import LimitKind
from notifyrules.statuses import KeyType, NotificationType
from operationskit import audit
from operationskit.audit import AuditEvent, AuditStore, EventFilter
from servicekit.clock import FixedClock
from servicekit.errors import Conflict, InvalidRequest, NotFound, RuleBroken
from servicekit.ids import new_id
from servicekit.request_context import request_scope
from services.notifications.accounts import (
    Agreement,
    ApiKey,
    Organisation,
    OrganisationChange,
    Sender,
    ServiceChanges,
    User,
)
from services.notifications.accounts_store import AccountsStore
from services.notifications.archiving_store import ArchivingStore
from services.notifications.describing import describe
from services.notifications.limits import LimitName, NewLimit
from services.notifications.limits_store import LimitsStore
from services.notifications.numbers_store import NumbersStore
from services.notifications.organisations_store import OrganisationChanges, OrganisationsStore
from services.notifications.received_texts import InboundNumbers
from services.notifications.senders_store import SenderChanges, SenderKind, SendersStore
from services.notifications.transactions import AccountTransactions
from tests.integration.notifications.callback_world import SECRETS
from tests.integration.notifications.conftest import System

WEEK = timedelta(days=7)


class Desk:
    """The stores that operators work with, on a clock that stands still."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.service_id = system.service_id
        self.clock = FixedClock(system.clock.now())
        self.changed: list[UUID] = []
        transactions = AccountTransactions(system.pool, clock=self.clock, changed=self.changed.append)
        self.accounts = AccountsStore(transactions, SECRETS)
        self.archiving = ArchivingStore(transactions)
        self.limits = LimitsStore(transactions)
        self.numbers = InboundNumbers(NumbersStore(transactions))
        self.organisations = OrganisationsStore(transactions)
        self.senders = SendersStore(transactions)
        self.audit = AuditStore(system.pool)

    async def events(self, type: str, **wanted: object) -> list[AuditEvent]:
        return await self.audit.search(EventFilter(type=type, **wanted))  # type: ignore[arg-type]  # of its fields

    async def add_key(self, name: str) -> UUID:
        key = ApiKey(
            id=new_id(), name=name, key_type=KeyType.TEST, created_at=self.clock.now(), revoked_at=None
        )
        await self.accounts.insert_api_key(self.service_id, key, "secret", None)
        return key.id

    async def live_keys(self) -> set[str]:
        details = await self.accounts.load_service(service_id=self.service_id)
        return {key.name for key in details.api_keys if key.revoked_at is None}

    async def live_templates(self) -> set[UUID]:
        return {template.id for template in await self.accounts.list_templates(self.service_id, None)}

    async def sms_limit(self) -> int:
        service = await self.accounts.load_sending_service(self.service_id)
        return service.daily_limit(LimitKind.SMS, self.clock.now())

    async def set_limit(self, value: int, lasting: timedelta | None = None, version: int = 0) -> None:
        ends_at = None if lasting is None else self.clock.now() + lasting
        new = NewLimit(name=LimitName.SMS, value=value, ends_at=ends_at)
        await self.limits.set(self.service_id, version, new)


@pytest.fixture
def desk(system: System) -> Desk:
    return Desk(system)


async def test_unarchiving_restores_just_what_archiving_changed(desk: Desk) -> None:
    old_template = await desk.system.add_template(desk.service_id, NotificationType.SMS)
    await desk.system.templates.archive(desk.service_id, old_template, None)
    old_key = await desk.add_key("old")
    await desk.accounts.revoke_api_key(desk.service_id, old_key, desk.clock.now())
    await desk.add_key("live")
    templates, name = await desk.live_templates(), "A service"
    desk.clock.advance(timedelta(minutes=1))

    archived = await desk.archiving.archive(desk.service_id, 0, dry_run=False)

    assert (archived.templates, archived.api_keys) == (2, 1)
    assert not archived.service.active
    assert name not in {service.name for service in await desk.accounts.list_services("", 10)}
    assert (await desk.live_templates(), await desk.live_keys()) == (set(), set())

    restored = await desk.archiving.unarchive(desk.service_id, 0, dry_run=False)

    assert (restored.service.name, restored.service.active) == (name, True)
    assert (await desk.live_templates(), await desk.live_keys()) == (templates, {"live"})


async def test_what_was_changed_after_an_archiving_stays(desk: Desk) -> None:
    kept, touched = await desk.live_templates()
    await desk.add_key("site")
    await desk.archiving.archive(desk.service_id, 0, dry_run=False)
    version = (await desk.accounts.load_current_template(touched)).version
    template = await desk.accounts.load_template_version((touched, version))
    await desk.accounts.add_template_version(
        type(template)(**{**{f: getattr(template, f) for f in template.__slots__}, "version": version + 1}),
        version,
        None,
        desk.clock.now(),
    )
    await desk.add_key("SITE")

    await desk.archiving.unarchive(desk.service_id, 0, dry_run=False)

    assert await desk.live_templates() == {kept}
    assert await desk.live_keys() == {"SITE"}


async def test_an_archived_name_is_free_and_unarchiving_then_is_a_clear_conflict(desk: Desk) -> None:
    await desk.archiving.archive(desk.service_id, 0, dry_run=False)
    await desk.system.add_service("A service")

    with pytest.raises(Conflict):
        await desk.archiving.unarchive(desk.service_id, 0, dry_run=False)

    assert (await desk.accounts.load_service(service_id=desk.service_id)).service.archived_at is not None


async def test_archiving_again_changes_nothing_and_a_dry_run_neither(desk: Desk) -> None:
    plan = await desk.archiving.archive(desk.service_id, 0, dry_run=True)
    assert (plan.templates, plan.service.active) == (2, True)
    first = await desk.archiving.archive(desk.service_id, 0, dry_run=False)

    again = await desk.archiving.archive(desk.service_id, 0, dry_run=False)

    assert again.service == first.service
    assert len(await desk.events("service.archived")) == 1


async def test_going_live_needs_an_agreement_and_raises_the_limits_of_the_trial(desk: Desk) -> None:
    service_id = await desk.system.add_service("Trial", restricted=True)
    organisation = Organisation(id=new_id(), name="Council", organisation_type="local")
    user = User(id=new_id(), name="Jo", email_address="jo@example.gov.uk", mobile_number=None)
    await desk.accounts.insert_organisation(organisation, desk.clock.now())
    await desk.accounts.insert_user(user, desk.clock.now())
    with pytest.raises(RuleBroken, match="no organisation"):
        await desk.archiving.go_live(service_id, 0)
    change = ServiceChanges(organisation=OrganisationChange(organisation.id))
    await desk.accounts.update_service(service_id, 0, change)
    with pytest.raises(RuleBroken, match="agreement"):
        await desk.archiving.go_live(service_id, 0)
    agreement = Agreement(version="3.1", signed_by=user.id, on_behalf_of=None, signed_at=desk.clock.now())
    await desk.organisations.update(organisation.id, 1, OrganisationChanges(agreement=agreement))

    live = await desk.archiving.go_live(service_id, 0)

    assert (live.restricted, live.went_live_at) == (False, desk.clock.now())
    (signed,) = await desk.events("organisation.agreement_signed")
    assert signed.after == {"agreement_version": "3.1", "agreement_signed_by": str(user.id)}


async def test_a_change_that_is_based_on_an_old_version_is_a_conflict_and_changes_nothing(desk: Desk) -> None:
    version = (await desk.accounts.load_service(service_id=desk.service_id)).service.version
    outcomes = await asyncio.gather(
        *(desk.set_limit(value, version=version) for value in (300_000, 400_000)), return_exceptions=True
    )

    assert [type(outcome) for outcome in outcomes if outcome] == [Conflict]
    assert len(await desk.events("limit.set")) == 1


async def test_a_temporary_limit_ends_on_time_without_anybody_doing_anything(desk: Desk) -> None:
    before = await desk.sms_limit()
    await desk.set_limit(400_000, WEEK)
    service = await desk.accounts.load_sending_service(desk.service_id)  # kept in memory from before the end
    assert await desk.sms_limit() == 400_000

    desk.clock.advance(WEEK - timedelta(microseconds=1))
    assert service.daily_limit(LimitKind.SMS, desk.clock.now()) == await desk.sms_limit() == 400_000
    desk.clock.advance(timedelta(microseconds=1))

    assert service.daily_limit(LimitKind.SMS, desk.clock.now()) == before
    assert await desk.sms_limit() == before
    assert (await desk.accounts.load_credentials(desk.service_id)).temporary_limits == ()
    assert (await desk.limits.load(desk.service_id)).limits[LimitName.SMS].value == before


async def test_a_limit_for_good_waits_under_a_temporary_one(desk: Desk) -> None:
    await desk.set_limit(400_000, WEEK)
    await desk.set_limit(300_000)
    assert await desk.sms_limit() == 400_000

    await desk.limits.end_temporary(desk.service_id, 0, LimitName.SMS)

    assert await desk.sms_limit() == 300_000
    limit = (await desk.limits.load(desk.service_id)).limits[LimitName.SMS]
    assert (limit.value, limit.old_value, limit.ends_at) == (300_000, 250_000, None)


async def test_a_new_temporary_limit_replaces_the_one_in_force(desk: Desk) -> None:
    await desk.set_limit(400_000, WEEK)
    await desk.set_limit(350_000, timedelta(days=1))
    assert await desk.sms_limit() == 350_000

    desk.clock.advance(timedelta(days=1))

    assert await desk.sms_limit() == 250_000


async def test_raised_limits_are_listed_page_by_page_with_who_and_why(desk: Desk) -> None:
    await desk.system.add_service("Another / service")
    with request_scope() as scope:
        scope.reason = "election"
        await desk.set_limit(400_000, WEEK)
    for name in (LimitName.EMAIL, LimitName.RATE):
        await desk.limits.set(desk.service_id, 0, NewLimit(name=name, value=999_999, ends_at=None))

    first = await desk.limits.list_raised(None, 2)
    rest = await desk.limits.list_raised((first[-1][0].service_name, first[-1][1].name), 2)

    assert [limit.name for _, limit in [*first, *rest]] == [LimitName.EMAIL, LimitName.RATE, LimitName.SMS]
    sms = rest[0][1]
    assert (sms.reason, sms.set_by, sms.value, sms.lasting_value) == ("election", "system", 400_000, 250_000)


async def test_totals_add_up_raised_limits_apart(desk: Desk) -> None:
    await desk.system.add_service("Another service")
    await desk.set_limit(400_000, WEEK)

    totals = (await desk.limits.totals())[LimitName.SMS]

    assert (totals.raised, totals.all) == (400_000, 650_000)


async def test_a_change_and_its_event_are_there_together_or_not_at_all(desk: Desk) -> None:
    await desk.system.add_service("Taken")

    with pytest.raises(Conflict):
        await desk.accounts.update_service(desk.service_id, 0, ServiceChanges(name="Taken"))

    assert await desk.events("service.updated") == []
    assert desk.changed == []


async def test_events_are_found_by_type_service_time_and_field(desk: Desk) -> None:
    other = await desk.system.add_service("Other")
    await desk.accounts.update_service(desk.service_id, 0, ServiceChanges(contact_link="https://a.example"))
    between = desk.clock.advance(timedelta(hours=1))
    await desk.accounts.update_service(desk.service_id, 0, ServiceChanges(restricted=True))
    await desk.accounts.update_service(other, 0, ServiceChanges(restricted=True))

    (found,) = await desk.events("service.", service_id=desk.service_id, since=between)

    assert (found.before, found.after) == ({"restricted": False}, {"restricted": True})
    assert found.actor == "system"
    trial = await desk.events("service.updated", fields=[{"restricted": True}])
    assert [event.service_id for event in trial] == [other, desk.service_id]
    assert await desk.events("service_") == await desk.events("limit.") == []
    (older,) = await desk.events("service.updated", until=between)
    assert older.after == {"contact_link": "set"}


async def test_addresses_and_numbers_of_people_are_not_recorded(desk: Desk) -> None:
    reply_to = Sender(id=new_id(), value="jo@example.gov.uk", is_default=True, archived=False)
    await desk.senders.insert(SenderKind.EMAIL_REPLY_TO, desk.service_id, reply_to)
    number = Sender(id=new_id(), value="07700900123", is_default=False, archived=False)
    await desk.senders.insert(SenderKind.SMS, desk.service_id, number)
    await desk.accounts.replace_guest_list(desk.service_id, ["07700900123", "jo@example.gov.uk"])
    user = User(id=new_id(), name="Jo", email_address="jo@example.gov.uk", mobile_number=None)
    await desk.accounts.insert_user(user, desk.clock.now())

    recorded = await desk.audit.search(EventFilter())

    assert {"email_reply_to.created", "guest_list.replaced", "user.created"} <= {e.type for e in recorded}
    assert not [event for event in recorded if "jo@" in str(event) or "07700900123" in str(event)]


@pytest.mark.parametrize("newest", [1, 3, 100])
async def test_events_are_found_by_a_field_whether_new_or_old(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, newest: int
) -> None:
    monkeypatch.setattr(audit, "_NEWEST", newest)
    for name in ("a", "b", "a 2", "c"):
        await desk.add_key(name)

    async def found(limit: int = 50, **field: str) -> list[str]:
        events = await desk.audit.search(EventFilter(fields=[field], limit=limit))
        return [str(event.after["name"]) for event in events if event.after is not None]

    of_nobody = await desk.audit.search(EventFilter(service_id=new_id(), fields=[{"name": "b"}]))

    assert await found(name="b") == ["b"]
    assert await found(3, key_type="test") == ["c", "a 2", "b"]
    assert of_nobody == []
    assert len(await desk.events("api_key.created", fields=[{"name": "b"}])) == 1


async def test_the_default_sender_can_be_replaced_and_not_left_out(desk: Desk) -> None:
    (default,) = (await desk.accounts.load_service(service_id=desk.service_id)).sms_senders
    for changes in (SenderChanges(archived=True), SenderChanges(is_default=False)):
        with pytest.raises(RuleBroken, match="default"):
            await desk.senders.update(SenderKind.SMS, desk.service_id, default.id, 0, changes)
    new = Sender(id=new_id(), value="PERMITS", is_default=False, archived=False)
    await desk.senders.insert(SenderKind.SMS, desk.service_id, new)

    await desk.senders.update(SenderKind.SMS, desk.service_id, new.id, 1, SenderChanges(is_default=True))

    service = await desk.accounts.load_sending_service(desk.service_id)
    assert service.default_sms_sender == "PERMITS"
    with pytest.raises(Conflict, match="changed meanwhile"):
        await desk.senders.update(SenderKind.SMS, desk.service_id, new.id, 1, SenderChanges(value="OTHER"))


async def test_numbers_are_imported_in_any_written_form_all_or_none(desk: Desk) -> None:
    with pytest.raises(InvalidRequest) as caught:
        await desk.numbers.add_many(["07700 900 200", "nobody", ""], "mmg", dry_run=False)
    assert [violation.field for violation in caught.value.violations] == ["numbers[1]", "numbers[2]"]
    assert (await desk.numbers.stock()).free == 0

    outcome = await desk.numbers.add_many(
        ["07700 900 200", "+44 7700 900201", "(07700) 900-200", "66777"], "mmg", dry_run=False
    )

    assert outcome == (3, 1)
    assert (await desk.numbers.stock()).free == 3
    assert await desk.numbers.add_many(["447700900201"], "mmg", dry_run=False) == (0, 1)


async def test_a_number_that_texts_came_to_is_nobody_elses_ever_again(desk: Desk) -> None:
    await desk.numbers.add("07700900200", "mmg", desk.service_id)
    await desk.numbers.add("07700900201", "mmg", desk.service_id)
    async with desk.system.pool.connection() as connection:
        await connection.execute(
            b"update inbound_numbers set first_used_at = now() where number = '07700900200'"
        )

    for refused in (desk.numbers.release("07700900200"), desk.numbers.assign("07700900200", None)):
        with pytest.raises(RuleBroken, match="Texts have come"):
            await refused
    await desk.numbers.release("07700900201")

    assert [number.number for number in await desk.numbers.list(
        service_id=None, free_only=False, after="", limit=10
    )] == ["07700900200"]  # fmt: skip


async def test_any_id_can_be_described(desk: Desk) -> None:
    (template_id, *_) = await desk.live_templates()
    (made,) = await desk.system.creating.create([desk.system.a_text()])
    notification_id = getattr(made, "id")  # noqa: B009 -- an error has none

    kinds = [
        (await describe(desk.system.pool, id)).kind for id in (desk.service_id, template_id, notification_id)
    ]

    assert kinds == ["service", "template", "notification"]
    with pytest.raises(NotFound):
        await describe(desk.system.pool, new_id())
