"""Requests that come again, on a real database: one message for each key, whatever happens between."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from notifyrules.statuses import NotificationType
from servicekit.counters import Counters
from servicekit.database import make_pool
from servicekit.errors import NotFound, RuleBroken, ServiceError, Unavailable
from servicekit.ids import bucket_of, new_id
from services.notifications import idempotency
from services.notifications.caches import TtlCache
from services.notifications.creating import Creating
from services.notifications.delivering import DeliveryQueue
from services.notifications.idempotency import Idempotency, idempotency_key
from services.notifications.new_notifications import CreatedNotification, NewNotification
from services.notifications.sending_limits import SendingLimits
from services.notifications.store import SCHEMA, Store
from tests.integration.notifications.conftest import System


def keyed(
    item: NewNotification, key: str = "order 4711", body: str = "a body", context: str = "https://api"
) -> NewNotification:
    """The same, as a request with a key and an id of its own."""
    fingerprint = hashlib.sha256(body.encode()).digest()
    return replace(
        item,
        id=new_id(bucket=bucket_of(item.service_id)),
        idempotency=idempotency_key(item.service_id, key, fingerprint, context),
    )


async def create(creating: Creating, item: NewNotification) -> CreatedNotification:
    """What one request is answered; raises its refusal."""
    (result,) = await creating.create([item])
    if isinstance(result, ServiceError):
        raise result
    return result


@pytest.fixture
async def another_process(system: System) -> AsyncIterator[Creating]:
    """A second process on the same database."""
    async with make_pool(str(system.pool.conninfo), schema=SCHEMA, application_name="another") as pool:
        store = Store(pool)
        services = TtlCache(system.accounts.load_sending_service, ttl_s=2.0)
        settings = system.reading._settings
        creating = Creating(
            services=services,
            templates=TtlCache(system.accounts.load_current_template, ttl_s=2.0),
            queue=DeliveryQueue(
                store,
                services=services,
                templates=TtlCache(system.accounts.load_template_version, ttl_s=30.0),
                settings=settings,
                clock=system.clock,
                lease=timedelta(seconds=60),
            ),
            limits=SendingLimits(Counters(None), system.clock),
            idempotency=Idempotency(store.keys, system.clock),
            clock=system.clock,
            settings=settings,
            make_precompiled_template=system.templates.make_precompiled,
        )
        yield creating
        await creating.close()


async def test_a_repeat_gets_the_first_answer_and_stores_nothing(system: System) -> None:
    first = await create(system.creating, keyed(system.a_text(), context="https://first"))
    again = await create(system.creating, keyed(system.a_text(), context="https://second"))
    assert again == replace(first, replayed=True, context="https://first")
    assert not first.replayed
    assert [await system.count(table) for table in ("notifications", "deliveries")] == [1, 1]


async def test_an_email_with_sanitised_values_is_answered_alike(system: System) -> None:
    email = replace(
        system.an_email(), personalisation='{"name": "[x](https://e.vil)"}', sanitise_content_for=("name",)
    )
    first = await create(system.creating, keyed(email))
    assert (await create(system.creating, keyed(email))).sanitised_values == first.sanitised_values != ()


async def test_another_request_with_the_same_key_is_refused(system: System) -> None:
    await create(system.creating, keyed(system.a_text()))
    with pytest.raises(RuleBroken) as refused:
        await create(system.creating, keyed(system.a_text(recipient="07700900999"), body="another"))
    assert refused.value.reason == "IDEMPOTENCY_KEY_REUSED"
    assert await system.count("notifications") == 1


async def test_services_do_not_share_keys(system: System) -> None:
    other = await system.add_service("Another service")
    template = await system.add_template(other, NotificationType.SMS)
    await create(system.creating, keyed(system.a_text()))
    answer = await create(
        system.creating, keyed(system.a_text(service_id=other, template_id=template), body="another")
    )
    assert not answer.replayed


async def test_a_refused_request_is_not_kept(system: System) -> None:
    with pytest.raises(RuleBroken):
        await create(system.creating, keyed(system.a_text(personalisation="{}")))
    assert await system.count("idempotency_keys") == 0
    assert not (await create(system.creating, keyed(system.a_text()))).replayed


async def test_what_changed_since_does_not_change_the_first_answer(system: System) -> None:
    first = await create(system.creating, keyed(system.a_text()))
    async with system.pool.connection() as connection:
        await connection.execute(b"update template_versions set archived = true")
    system.creating._templates.forget(system.template_ids["sms"])
    assert (await create(system.creating, keyed(system.a_text()))).id == first.id


async def test_requests_at_the_same_time_in_two_processes_make_one_message(
    system: System, another_process: Creating
) -> None:
    processes = [system.creating, another_process]
    results = await asyncio.gather(
        *(
            processes[turn % 2].create([keyed(system.a_text(), f"key {turn // 10}"), system.a_text()])
            for turn in range(200)
        )
    )
    answers = [first for first, _ in results]
    made = [answer for answer in answers if isinstance(answer, CreatedNotification) and not answer.replayed]
    refusals = {answer.reason for answer in answers if isinstance(answer, ServiceError)}
    assert (len(made), refusals <= {"IDEMPOTENCY_KEY_IN_PROGRESS"}) == (20, True)
    # And the requests without a key that travelled with them.
    assert await system.count("notifications") == 20 + 200
    kept = {answer.id for answer in answers if isinstance(answer, CreatedNotification)}
    assert kept == {answer.id for answer in made}


async def test_a_key_twice_in_one_call(system: System) -> None:
    results = await system.creating.create(
        [keyed(system.a_text()), keyed(system.a_text()), keyed(system.a_text(), body="another")]
    )
    first, same, other = results
    assert isinstance(first, CreatedNotification)
    assert same == replace(first, replayed=True, context="https://api")
    assert isinstance(other, RuleBroken)
    assert await system.count("notifications") == 1


async def test_while_the_first_request_is_being_stored(system: System) -> None:
    item = keyed(system.a_text())
    assert item.idempotency is not None
    lock = int.from_bytes(item.idempotency.hash[:8], "big", signed=True)
    async with system.pool.connection() as other, other.transaction():
        await other.execute(b"select pg_advisory_xact_lock(%s)", (lock,))
        with pytest.raises(RuleBroken) as refused:
            await create(system.creating, item)
    assert refused.value.reason == "IDEMPOTENCY_KEY_IN_PROGRESS"
    assert not (await create(system.creating, item)).replayed


async def test_after_a_crash_between_commit_and_answer(
    system: System, another_process: Creating, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert = system.store.insert_keyed_notifications

    async def commit_and_die(*args: Any) -> tuple[set[UUID], set[UUID]]:
        await insert(*args)
        raise Unavailable("the process died")

    monkeypatch.setattr(system.store, "insert_keyed_notifications", commit_and_die)
    item = keyed(system.a_text())
    with pytest.raises(Unavailable):
        await create(system.creating, item)
    again = await create(another_process, keyed(system.a_text()))
    assert (again.id, again.replayed, await system.count("notifications")) == (item.id, True, 1)


async def test_a_failure_before_the_commit_leaves_no_key(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any) -> dict[str, Any]:
        raise Unavailable("no")

    with monkeypatch.context() as patched:
        patched.setattr("services.notifications.store._insert_parameters", fail)
        with pytest.raises(Unavailable):
            await create(system.creating, keyed(system.a_text()))
    assert not (await create(system.creating, keyed(system.a_text()))).replayed


async def test_a_call_that_is_made_again_is_no_repeat_of_the_senders(system: System) -> None:
    item = keyed(system.a_text())
    first = await create(system.creating, item)
    assert await create(system.creating, item) == first


async def test_a_simulated_recipient_is_answered_alike_and_not_stored(system: System) -> None:
    first = await create(system.creating, keyed(system.a_text(recipient="07700900000")))
    again = await create(system.creating, keyed(system.a_text(recipient="07700900000")))
    assert (first.simulated, again.id, again.replayed) == (True, first.id, True)
    assert await system.count("notifications") == 0


async def test_a_waiting_sender_gets_a_keyed_message_once(system: System) -> None:
    poll = asyncio.ensure_future(system.queue.lease_deliveries(NotificationType.SMS, "worker", 10, 5.0))
    while not system.queue.has_waiting(NotificationType.SMS):
        await asyncio.sleep(0)
    results = await system.creating.create([keyed(system.a_text()) for _ in range(3)])
    first = results[0]
    assert isinstance(first, CreatedNotification)
    assert [delivery.notification_id for delivery in await poll] == [first.id]


async def age(system: System, by: timedelta) -> None:
    async with system.pool.connection() as connection:
        await connection.execute(b"update idempotency_keys set created_at = created_at - %s", (by,))


async def test_a_key_may_be_used_again_after_a_day(system: System) -> None:
    first = await create(system.creating, keyed(system.a_text()))
    await age(system, timedelta(hours=24))
    again = await create(system.creating, keyed(system.a_text(), body="another"))
    assert (again.replayed, again.id == first.id) == (False, False)
    assert await system.count("idempotency_keys") == 1


async def test_old_keys_are_deleted_in_lots(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "LOT", 2)
    await system.creating.create([keyed(system.a_text(), f"old {number}") for number in range(5)])
    await age(system, timedelta(hours=25))
    await create(system.creating, keyed(system.a_text(), "new"))
    await Idempotency(system.store.keys, system.clock).delete_expired()
    assert await system.count("idempotency_keys") == 1


async def test_the_kept_answer_can_be_asked_for(system: System) -> None:
    item = keyed(system.a_text())
    first = await create(system.creating, item)
    assert item.idempotency is not None
    kept = await system.creating.kept_answer(system.service_id, item.idempotency)
    assert kept == replace(first, replayed=True, context="https://api")
    for other in (keyed(system.a_text(), "another key"), keyed(system.a_text(), body="another")):
        assert other.idempotency is not None
        with pytest.raises(NotFound):
            await system.creating.kept_answer(system.service_id, other.idempotency)
