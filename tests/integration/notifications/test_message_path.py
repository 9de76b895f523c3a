"""From acceptance to a final status, on a real database."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest

from notifyrules.statuses import KeyType, NotificationStatus, NotificationType
from servicekit.errors import InvalidRequest, RuleBroken, ServiceError
from servicekit.ids import bucket_of, new_id, time_of
from servicekit.metrics import REGISTRY
from services.notifications.deliveries import (
    Delivery,
    DeliveryResult,
    EmailContent,
    FailedRequest,
    HandedOverMessage,
    Outcome,
    TextContent,
)
from services.notifications.delivering import IDLE_CLAIM_S
from services.notifications.explaining import explain
from services.notifications.low_water import WIDE_EVERY, ClaimMarks
from services.notifications.new_notifications import CreatedNotification
from services.notifications.statuses import ReportOutcome, StatusOverride, StatusReport
from services.notifications.store import NotificationFilter
from tests.integration.notifications.conftest import System

SMS = NotificationType.SMS
LEASE = timedelta(minutes=1)


def accepted(result: CreatedNotification | ServiceError) -> CreatedNotification:
    assert isinstance(result, CreatedNotification), result
    return result


async def send(system: System, count: int = 1) -> list[UUID]:
    results = await system.creating.create([system.a_text() for _ in range(count)])
    return [accepted(result).id for result in results]


async def lease(
    system: System, worker: str = "worker", limit: int = 100, wait_s: float = 0
) -> list[Delivery]:
    return await system.queue.lease_deliveries(SMS, worker, limit, wait_s)


def a_result(delivery: Delivery, outcome: Outcome = Outcome.DONE, worker: str = "worker") -> DeliveryResult:
    return DeliveryResult(
        notification_id=delivery.notification_id,
        attempt=delivery.attempt,
        worker_id=worker,
        outcome=outcome,
        status=NotificationStatus.SENDING if outcome is Outcome.DONE else None,
        provider="mmg",
        error_code=None if outcome is Outcome.DONE else "http_500",
    )


def a_report(
    id: UUID, status: NotificationStatus = NotificationStatus.DELIVERED, provider: str = "mmg"
) -> StatusReport:
    return StatusReport(
        notification_id=id,
        provider=provider,
        status=status,
        overrides=(),
        detail_code="3",
        received_at=time_of(id) + timedelta(seconds=5),
    )


async def status_of(system: System, id: UUID) -> str:
    row = await system.store.find_notification(id)
    assert row is not None
    return row.status


async def test_accepting_stores_a_notification_and_its_delivery(system: System) -> None:
    await send(system, 3)
    assert await system.count("notifications") == await system.count("deliveries") == 3


async def test_an_accepted_text_is_answered_with_its_message(system: System) -> None:
    (result,) = await system.creating.create([system.a_text(reference="mine")])
    answer = accepted(result)
    assert (answer.body, answer.sender, answer.reference) == ("Hello Ada", "SENDER", "mine")


async def test_a_refused_item_does_not_hold_up_the_others(system: System) -> None:
    bad = system.a_text(personalisation="{}")
    good, refused = await system.creating.create([system.a_text(), bad])
    assert isinstance(good, CreatedNotification)
    assert isinstance(refused, RuleBroken)
    assert refused.message == "Missing personalisation: name"
    assert await system.count("notifications") == 1


async def test_repeating_a_call_makes_nothing_twice(system: System) -> None:
    item = system.a_text()
    for _ in range(2):
        (result,) = await system.creating.create([item])
        assert accepted(result).id == item.id
    assert await system.count("notifications") == await system.count("deliveries") == 1


async def test_an_id_with_another_services_bucket_is_refused(system: System) -> None:
    other = next(id for id in iter(new_id, None) if bucket_of(id) != bucket_of(system.service_id))
    (result,) = await system.creating.create([system.a_text(id=new_id(bucket=bucket_of(other)))])
    assert isinstance(result, InvalidRequest)


async def test_a_simulated_recipient_is_answered_and_not_stored(system: System) -> None:
    (result,) = await system.creating.create([system.a_text(recipient="07700900111")])
    assert accepted(result).simulated
    assert await system.count("notifications") == 0


async def test_a_sender_that_came_before_the_commit_need_not_wait_for_the_next_look(system: System) -> None:
    began, may_commit, insert = asyncio.Event(), asyncio.Event(), system.store.insert_notifications

    async def insert_later(*arguments: Any) -> set[UUID]:
        began.set()
        await may_commit.wait()
        return await insert(*arguments)

    cast("Any", system.store).insert_notifications = insert_later  # holds the commit up
    loop = asyncio.ensure_future(system.queue.claim_for_waiting_polls(SMS))
    sending = asyncio.ensure_future(send(system))  # matched with nobody: no poll waits
    await began.wait()
    poll = asyncio.ensure_future(lease(system, wait_s=5))
    while not system.queue.has_waiting(SMS):
        await asyncio.sleep(0.001)
    may_commit.set()
    async with asyncio.timeout(IDLE_CLAIM_S / 2):
        (delivery,) = await poll
    assert [delivery.notification_id] == await sending
    system.queue.stop()
    await loop


async def test_a_waiting_sender_gets_a_new_delivery_without_a_query(system: System) -> None:
    await lease(system)  # nothing there; no loop runs, so only the insert itself can serve the next poll
    poll = asyncio.ensure_future(lease(system, wait_s=5))
    await asyncio.sleep(0)
    while not system.queue.has_waiting(SMS):
        await asyncio.sleep(0)
    (id,) = await send(system)
    (delivery,) = await poll
    assert (delivery.notification_id, delivery.attempt) == (id, 1)
    assert delivery.content == TextContent(
        phone_number="447700900123", sender="SENDER", body="Hello Ada", international=False
    )


async def test_what_was_not_matched_is_claimed_with_the_same_content(system: System) -> None:
    ids = await send(system, 3)
    claimed = await lease(system)
    assert {delivery.notification_id for delivery in claimed} == set(ids)
    assert {delivery.content for delivery in claimed} == {
        TextContent(phone_number="447700900123", sender="SENDER", body="Hello Ada", international=False)
    }


async def test_a_leased_delivery_is_not_given_twice(system: System) -> None:
    await send(system)
    assert len(await lease(system)) == 1
    system.queue.wake(SMS)
    assert await lease(system, "other") == []


async def test_a_sender_that_went_away_gives_its_deliveries_back(system: System) -> None:
    await lease(system)
    poll = asyncio.ensure_future(lease(system, wait_s=5))
    while not system.queue.has_waiting(SMS):
        await asyncio.sleep(0)
    sending = asyncio.ensure_future(send(system))
    await asyncio.sleep(0)
    poll.cancel()
    (id,) = await sending
    await asyncio.gather(poll, return_exceptions=True)
    again = await lease(system, "other")
    assert [delivery.notification_id for delivery in again] == [id]


async def test_services_take_turns_within_a_lane(system: System) -> None:
    other = await system.add_service("Another service")
    template = await system.add_template(other, SMS)
    await send(system, 5)
    await system.creating.create([system.a_text(service_id=other, template_id=template) for _ in range(2)])
    claimed = await lease(system, limit=4)
    assert [delivery.service_id for delivery in claimed].count(other) == 2


async def test_services_that_are_more_than_a_claim_has_places_for_all_get_their_turn(system: System) -> None:
    senders = [await system.add_service(f"Service {number}") for number in range(5)]
    for sender in senders:
        template = await system.add_template(sender, SMS)
        await system.creating.create(
            [system.a_text(service_id=sender, template_id=template) for _ in range(4)]
        )
    claimed = [delivery for _ in range(5) for delivery in await lease(system, limit=2)]
    assert Counter(delivery.service_id for delivery in claimed) == dict.fromkeys(senders, 2)


async def test_priority_goes_first(system: System) -> None:
    urgent = await system.add_template(system.service_id, SMS, priority=True)
    await send(system, 3)
    (result,) = await system.creating.create([system.a_text(template_id=urgent)])
    (first,) = await lease(system, limit=1)
    assert first.notification_id == accepted(result).id


async def test_handing_over_ends_the_delivery(system: System) -> None:
    (id,) = await send(system)
    (delivery,) = await lease(system)
    assert await system.completing.complete([a_result(delivery)]) == [True]
    assert await status_of(system, id) == "sending"
    assert await system.count("deliveries") == 0


async def test_a_result_of_a_lost_lease_changes_nothing(system: System) -> None:
    (id,) = await send(system)
    (delivery,) = await lease(system)
    stale = replace(a_result(delivery), attempt=delivery.attempt + 1)
    assert await system.completing.complete([stale]) == [False]
    assert await system.completing.complete([a_result(delivery, worker="other")]) == [False]
    assert await status_of(system, id) == "created"


async def test_a_result_that_comes_twice_counts_once(system: System) -> None:
    await send(system)
    (delivery,) = await lease(system)
    assert await system.completing.complete([a_result(delivery)]) == [True]
    assert await system.completing.complete([a_result(delivery)]) == [False]


async def test_a_failure_is_tried_again_at_once_and_names_the_provider(system: System) -> None:
    await send(system)
    (delivery,) = await lease(system)
    await system.completing.complete([a_result(delivery, Outcome.RETRY)])
    system.queue.wake(SMS)
    (again,) = await lease(system)
    assert (again.attempt, again.failed_providers) == (2, ("mmg",))


async def test_the_second_failure_waits_five_minutes(system: System) -> None:
    (id,) = await send(system)
    for _ in range(2):
        system.queue.wake(SMS)
        (delivery,) = await lease(system)
        await system.completing.complete([a_result(delivery, Outcome.RETRY)])
    waiting = await system.store.queued_delivery(id)
    assert waiting is not None
    assert timedelta(seconds=290) < waiting.run_at - system.clock.now() <= timedelta(seconds=300)


async def test_when_retries_end_it_is_a_technical_failure_that_can_be_replayed(system: System) -> None:
    (id,) = await send(system)
    async with system.pool.connection() as connection:
        await connection.execute("update deliveries set failures = 48")
    (delivery,) = await lease(system)
    await system.completing.complete([a_result(delivery, Outcome.RETRY)])
    assert await status_of(system, id) == "technical-failure"
    assert await system.count("deliveries") == 0
    assert await system.store.replay_dead_deliveries([id], system.clock.now()) == 1
    system.queue.wake(SMS)
    assert [again.notification_id for again in await lease(system)] == [id]
    assert await status_of(system, id) == "created"


async def test_nobody_to_ask_is_not_a_failure_of_the_message(system: System) -> None:
    (id,) = await send(system)
    (delivery,) = await lease(system)
    nobody = replace(
        a_result(delivery, Outcome.RETRY),
        counted=False,
        provider=None,
        delay=timedelta(0),
        error_code="no_provider",
    )
    await system.completing.complete([nobody])
    assert await system.count("failed_attempts") == 0
    system.queue.wake(SMS)
    assert [again.notification_id for again in await lease(system)] == [id]


async def test_a_lease_that_ran_out_comes_back_and_is_marked(system: System) -> None:
    (id,) = await send(system)
    await lease(system)
    async with system.pool.connection() as connection:
        await connection.execute("update deliveries set leased_until = now() - interval '1 s'")
    await system.queue.return_expired_leases()
    (again,) = await lease(system, "other")
    assert (again.notification_id, again.possible_duplicate, again.attempt) == (id, True, 2)
    row = await system.store.find_notification(id)
    assert row is not None
    assert row.possible_duplicate


def a_failed_request(*, may_be_out: bool) -> FailedRequest:
    return FailedRequest(
        provider="firetext",
        started_at=datetime(2026, 3, 2, 12, 0, tzinfo=UTC),
        duration=timedelta(seconds=10),
        error_code="timeout",
        may_be_out=may_be_out,
    )


@pytest.mark.parametrize("may_be_out", [True, False])
async def test_a_text_that_one_provider_failed_and_another_took_tells_of_both(
    system: System, may_be_out: bool
) -> None:
    (id,) = await send(system)
    (delivery,) = await lease(system)
    failed = a_failed_request(may_be_out=may_be_out)
    await system.completing.complete([replace(a_result(delivery), failed_requests=(failed,))])
    explained = await explain(system.store, id)
    told = [(event.party, event.detail) for event in explained.events if event.kind == "attempt_failed"]
    doubt = ", may be out all the same" if may_be_out else ""
    assert told == [("firetext", f"attempt 1: timeout after 10000 ms{doubt}")]
    assert (explained.row.provider, explained.row.possible_duplicate) == ("mmg", may_be_out)


async def test_a_lost_answer_marks_the_message_before_it_is_tried_again(system: System) -> None:
    (id,) = await send(system)
    (delivery,) = await lease(system)
    doubtful = replace(a_result(delivery, Outcome.RETRY), may_be_out=True, delay=timedelta(0))
    await system.completing.complete([doubtful])
    system.queue.wake(SMS)
    (again,) = await lease(system)
    explained = await explain(system.store, id)
    assert (again.possible_duplicate, explained.row.possible_duplicate) == (True, True)
    assert "may be out" in next(e.detail for e in explained.events if e.kind == "attempt_failed")


async def test_a_message_that_both_providers_may_have_is_marked_although_a_receipt_came_first(
    system: System,
) -> None:
    (id,) = await send(system)
    (delivery,) = await lease(system)
    await system.statuses.apply([a_report(id)])
    doubtful = replace(
        a_result(delivery, Outcome.RETRY),
        may_be_out=True,
        failed_requests=(a_failed_request(may_be_out=True),),
    )
    await system.completing.complete([doubtful])
    row = await system.store.find_notification(id)
    assert row is not None
    assert (row.status, row.possible_duplicate) == ("delivered", True)


async def test_a_lost_answer_is_told_of_although_the_lease_ended_meanwhile(system: System) -> None:
    (id,) = await send(system)
    (delivery,) = await lease(system)
    await system.statuses.apply([a_report(id)])
    async with system.pool.connection() as connection:
        await connection.execute("update deliveries set leased_until = now() - interval '1 s'")
    await system.queue.return_expired_leases()
    late = replace(a_result(delivery), failed_requests=(a_failed_request(may_be_out=True),))
    assert await system.completing.complete([late]) == [False]
    row = await system.store.find_notification(id)
    assert row is not None
    assert (row.status, row.possible_duplicate) == ("delivered", True)


async def test_requests_of_a_lost_lease_are_not_recorded(system: System) -> None:
    (id,) = await send(system)
    (delivery,) = await lease(system)
    failed = a_failed_request(may_be_out=True)
    stale = replace(a_result(delivery, worker="other"), failed_requests=(failed,))
    assert await system.completing.complete([stale]) == [False]
    assert await system.store.failed_attempts(id) == []


async def test_a_receipt_ends_a_delivery_that_waits_for_its_next_try(system: System) -> None:
    (id,) = await send(system)
    (delivery,) = await lease(system)
    await system.statuses.apply([a_report(id)])  # the provider took it, but its answer was lost
    await system.completing.complete([replace(a_result(delivery, Outcome.RETRY), delay=timedelta(0))])
    system.queue.wake(SMS)
    assert await lease(system) == []
    assert await system.count("deliveries") == 0
    assert await status_of(system, id) == "delivered"


SOON = timedelta(milliseconds=1)


def handed_over(id: UUID, provider: str = "firetext") -> HandedOverMessage:
    return HandedOverMessage(notification_id=id, provider=provider, sent_at=time_of(id) + SOON)


async def test_a_message_that_a_provider_has_as_logs_say_does_not_go_out_again(system: System) -> None:
    told, waiting = await send(system, 2)
    assert await system.store.mark_handed_over([handed_over(told)], system.clock.now()) == 1
    # A command that is run twice changes nothing the second time.
    assert await system.store.mark_handed_over([handed_over(told, "mmg")], system.clock.now()) == 0
    row = await system.store.find_notification(told)
    assert row is not None
    assert (row.status, row.provider, row.sent_at) == ("sending", "firetext", time_of(told) + SOON)
    assert not row.possible_duplicate
    assert [delivery.notification_id for delivery in await lease(system)] == [waiting]
    query = b"select type, subject, after from audit_events where type like 'delivery.%%'"
    (event,) = await system.pool.fetch(query, {})
    assert event == ("delivery.marked_handed_over", str(told), {"provider": "firetext"})


async def test_a_message_is_not_sent_in_the_future_whatever_a_log_says(system: System) -> None:
    (id,) = await send(system)
    now = system.clock.now()
    ahead = replace(handed_over(id), sent_at=now + timedelta(hours=1))
    assert await system.store.mark_handed_over([ahead], now) == 1
    row = await system.store.find_notification(id)
    assert row is not None
    assert row.sent_at == now


async def test_a_delivery_that_waits_for_its_next_try_can_be_marked_as_sent(system: System) -> None:
    (id,) = await send(system)
    for _ in range(2):
        system.queue.wake(SMS)
        (delivery,) = await lease(system)
        await system.completing.complete([a_result(delivery, Outcome.RETRY)])
    assert await system.store.mark_handed_over([handed_over(id)], system.clock.now()) == 1
    assert await system.count("deliveries") == 0


async def test_what_a_sender_holds_is_not_marked_as_sent(system: System) -> None:
    (id,) = await send(system)
    (delivery,) = await lease(system)
    assert await system.store.mark_handed_over([handed_over(id)], system.clock.now()) == 0
    assert await system.completing.complete([a_result(delivery)]) == [True]


async def test_lease_that_runs_out_after_a_receipt_ends_the_delivery(system: System) -> None:
    (id,) = await send(system)
    await lease(system)
    await system.statuses.apply([a_report(id)])
    async with system.pool.connection() as connection:
        await connection.execute("update deliveries set leased_until = now() - interval '1 s'")
    await system.queue.return_expired_leases()
    assert await lease(system, "other") == []
    assert await system.count("deliveries") == 0
    row = await system.store.find_notification(id)
    assert row is not None
    assert (row.status, row.possible_duplicate) == ("delivered", False)


async def test_renewing_keeps_only_leases_that_are_held(system: System) -> None:
    (id,) = await send(system)
    (delivery,) = await lease(system)
    held, until = await system.completing.extend_leases("worker", [(id, 1), (id, 2), (new_id(), 1)])
    assert held == [(id, 1)]
    assert until > delivery.leased_until


@pytest.mark.parametrize("times", [1, 2])
async def test_a_receipt_is_applied_once(system: System, times: int) -> None:
    (id,) = await send(system)
    (delivery,) = await lease(system)
    await system.completing.complete([a_result(delivery)])
    outcomes = [(await system.statuses.apply([a_report(id)]))[0].outcome for _ in range(times)]
    assert outcomes == [ReportOutcome.APPLIED, ReportOutcome.DUPLICATE][:times]
    assert await status_of(system, id) == "delivered"


async def test_receipts_of_one_message_in_one_batch_are_applied_in_order(system: System) -> None:
    (id,) = await send(system)
    reports = [
        a_report(id, NotificationStatus.PENDING, "firetext"),
        a_report(id, NotificationStatus.DELIVERED, "firetext"),
        a_report(id, NotificationStatus.PERMANENT_FAILURE, "firetext"),
    ]
    results = await system.statuses.apply(reports)
    assert [result.outcome for result in results] == [
        ReportOutcome.APPLIED,
        ReportOutcome.APPLIED,
        ReportOutcome.DUPLICATE,
    ]
    assert await status_of(system, id) == "delivered"


async def test_a_receipt_that_overtakes_the_senders_report_stays(system: System) -> None:
    (id,) = await send(system)
    (delivery,) = await lease(system)
    await system.statuses.apply([a_report(id)])
    assert await system.completing.complete([a_result(delivery)]) == [True]
    assert await status_of(system, id) == "delivered"
    assert await system.count("deliveries") == 0


async def test_an_override_is_used_for_the_provider_that_has_the_message(system: System) -> None:
    (id,) = await send(system)
    (delivery,) = await lease(system)
    await system.completing.complete([replace(a_result(delivery), provider="firetext")])
    report = replace(
        a_report(id, NotificationStatus.PERMANENT_FAILURE, "firetext"),
        overrides=(
            StatusOverride(given_to="mmg", current_status=None, status=NotificationStatus.DELIVERED),
            StatusOverride(
                given_to="firetext",
                current_status=NotificationStatus.PENDING,
                status=NotificationStatus.DELIVERED,
            ),
            StatusOverride(
                given_to="firetext", current_status=None, status=NotificationStatus.TEMPORARY_FAILURE
            ),
        ),
    )
    await system.statuses.apply([report])
    assert await status_of(system, id) == "temporary-failure"


async def test_a_receipt_for_an_unknown_message_says_so(system: System) -> None:
    (result,) = await system.statuses.apply([a_report(new_id())])
    assert result.outcome is ReportOutcome.UNKNOWN_NOTIFICATION


@pytest.mark.parametrize(("number", "after"), [("+33612345678", "delivered"), ("+1 202 456 1111", "sent")])
async def test_texts_abroad_are_sent_and_delivered_only_where_the_country_reports(
    system: System, number: str, after: str
) -> None:
    (result,) = await system.creating.create([system.a_text(recipient=number)])
    id = accepted(result).id
    (delivery,) = await lease(system)
    await system.completing.complete([a_result(delivery)])
    assert await status_of(system, id) == "sent"
    await system.statuses.apply([a_report(id)])
    assert await status_of(system, id) == after


async def test_reading_many_keeps_their_order_and_shows_each_service_its_own(system: System) -> None:
    ids = await send(system, 3)
    other = await system.add_service("Another service")
    template_id = await system.add_template(other, SMS, "Another text")
    (result,) = await system.creating.create([system.a_text(service_id=other, template_id=template_id)])
    foreign = accepted(result).id
    wanted = [
        (system.service_id, ids[2]),
        (system.service_id, foreign),
        (other, foreign),
        (system.service_id, new_id()),
        (system.service_id, ids[0]),
        (system.service_id, ids[2]),
    ]
    found = await system.reading.get_many(wanted)
    assert [(read.row.id, read.body) if read is not None else None for read in found] == [
        (ids[2], "Hello Ada"),
        None,
        (foreign, "Another text"),
        None,
        (ids[0], "Hello Ada"),
        (ids[2], "Hello Ada"),
    ]


async def test_a_list_has_the_newest_first_and_pages_by_id(system: System) -> None:
    ids = [(await send(system))[0] for _ in range(5)]
    wanted = NotificationFilter(
        service_id=system.service_id,
        key_type=KeyType.NORMAL,
        types=(),
        statuses=(),
        reference=None,
        include_jobs=False,
        older_than=ids[3],
        limit=2,
    )
    assert [read.row.id for read in await system.reading.list(wanted)] == [ids[2], ids[1]]


async def test_an_email_is_handed_over_with_its_template_and_values(system: System) -> None:
    await system.creating.create([system.an_email(recipient="Ada@Example.com")])
    (delivery,) = await system.queue.lease_deliveries(NotificationType.EMAIL, "worker", 1, 0)
    content = delivery.content
    assert isinstance(content, EmailContent)
    assert (content.email_address, content.body_template) == ("ada@example.com", "Hello ((name))")
    assert content.from_address == "a.service@notify.example"


def measured(name: str, **labels: str) -> tuple[float, float]:
    """Count and sum of a histogram."""
    count, total = (REGISTRY.get_sample_value(f"{name}_{part}", labels) for part in ("count", "sum"))
    return count or 0.0, total or 0.0


async def test_the_time_to_a_provider_and_to_the_recipient_is_measured(system: System) -> None:
    sent, delivered = "notify_notifications_sent_seconds", "notify_notifications_delivered_seconds"
    sent_before = measured(sent, channel="sms", lane="normal")
    delivered_before = measured(delivered, channel="sms")
    (id,) = await send(system)
    (delivery,) = await lease(system)
    result = replace(
        a_result(delivery),
        started_at=time_of(id) + timedelta(seconds=2),
        duration=timedelta(seconds=1),
    )
    await system.completing.complete([result])
    await system.statuses.apply([a_report(id), a_report(id)])
    assert measured(sent, channel="sms", lane="normal") == (sent_before[0] + 1, sent_before[1] + 3.0)
    assert measured(delivered, channel="sms") == (delivered_before[0] + 1, delivered_before[1] + 5.0)


async def test_a_service_that_was_never_seen_is_found_between_those_that_were(system: System) -> None:
    services = [await system.add_service(f"Service {number}") for number in range(5)]
    templates = [await system.add_template(service, SMS) for service in services]

    async def send_for(numbers: range) -> set[UUID]:
        texts = [
            system.a_text(service_id=services[number], template_id=templates[number]) for number in numbers
        ]
        await system.creating.create(texts)
        return {text.id for text in texts}

    first = await send_for(range(0, 5, 2))
    assert {delivery.notification_id for delivery in await lease(system)} == first
    second = await send_for(range(5))
    system.queue.wake(SMS)
    assert {delivery.notification_id for delivery in await lease(system)} == second


async def test_what_is_ready_behind_unwanted_deliveries_is_not_passed_over(system: System) -> None:
    ids = await send(system, 150)
    async with system.pool.connection() as connection:
        await connection.execute(
            "update notifications set status = 'delivered' where id = any (%s)", [ids[:120]]
        )
    got: set[UUID] = set()
    for _ in range(3):
        got |= {delivery.notification_id for delivery in await lease(system, limit=100)}
    assert got == set(ids[120:])


async def test_a_delivery_that_turns_up_behind_the_mark_is_found_by_a_wider_look(system: System) -> None:
    (late,) = await send(system)
    async with system.pool.connection() as connection:
        await connection.execute(
            "update deliveries set run_at = now() - interval '5 min' where notification_id = %s", [late]
        )
    claim = system.store.claim_deliveries
    now = system.clock.now()
    marks = ClaimMarks()
    one = SimpleNamespace(lane=2, service_id=system.service_id, run_at=now)
    marks.note([one], is_all=True, now=now)
    marks.beginnings(now)
    assert (await claim(SMS, "w", 9, now, now + LEASE, marks.beginnings(now))).rows == []
    later = now + WIDE_EVERY
    (found,) = (await claim(SMS, "w", 9, later, later + LEASE, marks.beginnings(later))).rows
    assert found.notification_id == late
