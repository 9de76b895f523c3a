"""The books: what the feed brings, what a rebuild makes of it, what a check finds. Random histories first."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifyrules.london_time import london_date
from notifyrules.statuses import MAY_COME_FROM, KeyType, NotificationStatus, NotificationType
from servicekit.database import make_pool, trusting_indexes
from servicekit.errors import RuleBroken
from services.billing.facts import Change, NotificationFacts
from services.billing.store import SCHEMA
from tests.conftest import MakeDatabase
from tests.integration.billing.books import (
    NOW,
    SERVICES,
    TEMPLATES,
    Books,
    K,
    S,
    T,
    a_message,
    build,
    expected_facts,
    id_at,
    make_books,
    shuffled,
)

DAY = date(2026, 11, 3)
NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)

# Both clock changes, a midnight of summer and one of winter, 1 April, days on which prices change.
EDGES = [
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 7, 14, 23, tzinfo=UTC),
    datetime(2026, 11, 3, 0, tzinfo=UTC),
    datetime(2026, 3, 31, 23, tzinfo=UTC),
    datetime(2026, 6, 30, 23, tzinfo=UTC),
    datetime(2026, 4, 6, 23, tzinfo=UTC),
]
moments = st.builds(
    lambda edge, offset: edge + timedelta(milliseconds=offset),
    st.sampled_from(EDGES),
    st.one_of(st.integers(-3, 3), st.integers(-7_200_000, 7_200_000)),
)


@st.composite
def histories(draw: st.DrawFn) -> tuple[UUID, list[NotificationFacts]]:
    """A notification and each of its versions, by the state machine; the last change may come days later."""
    type = draw(st.sampled_from(list(NotificationType)))
    id = id_at(draw(moments), draw(st.integers(0, 2**40)))
    facts = a_message(
        version=1,
        service_id=draw(st.sampled_from(SERVICES)),
        template_id=draw(st.sampled_from(TEMPLATES)),
        type=type,
        key_type=draw(st.sampled_from(list(KeyType))),
        status=S.CREATED,
        provider=None,
        billable_units=draw(st.integers(1, 3)),
        rate_multiplier=draw(st.sampled_from([1, 1, 2, 5])),
        postage=draw(st.sampled_from(["first", "second"])) if type is T.LETTER else None,
    )
    versions = [facts]
    for _ in range(draw(st.integers(0, 4))):
        following = [to for to, froms in MAY_COME_FROM[type].items() if versions[-1].status in froms]
        if not following:
            break
        versions.append(
            a_message(
                version=versions[-1].version + 1,
                service_id=facts.service_id,
                template_id=facts.template_id,
                type=type,
                key_type=facts.key_type,
                status=draw(st.sampled_from(following)),
                provider=draw(st.sampled_from([versions[-1].provider or "mmg", "firetext"])),
                billable_units=facts.billable_units,
                rate_multiplier=facts.rate_multiplier,
                postage=facts.postage,
            )
        )
    return id, versions


@pytest.fixture
def runner_and_books(make_database: MakeDatabase) -> Iterator[tuple[asyncio.Runner, Books]]:
    """For hypothesis, whose tests are not coroutines: an event loop, and books that each example empties."""
    url = make_database("billing", build)
    with asyncio.Runner() as runner:
        pool = make_pool(trusting_indexes(url), schema=SCHEMA, application_name="tests", max_size=2)
        runner.run(pool.open())
        yield runner, make_books(pool)
        runner.run(pool.close())


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    found=st.lists(histories(), max_size=12, unique_by=lambda history: history[0]),
    seed=st.integers(0, 1_000),
    repeated=st.integers(1, 3),
)
def test_any_order_and_repetition_of_the_feed_and_a_rebuild_give_the_same_facts(
    runner_and_books: tuple[asyncio.Runner, Books],
    found: list[tuple[UUID, list[NotificationFacts]]],
    seed: int,
    repeated: int,
) -> None:
    runner, books = runner_and_books

    async def scenario() -> None:
        await books.empty()
        # The first change of each comes at some time; then all, in any order, and again.
        first = [Change(id=id, facts=versions[0]) for id, versions in found]
        every = [Change(id=id, facts=facts) for id, versions in found for facts in versions]
        await books.apply(shuffled(first, seed))
        await books.apply(shuffled(every * repeated, seed))
        final = {id: versions[-1] for id, versions in found}
        assert await books.facts() == expected_facts(final)

        books.notifications.messages.update(final)
        days = {london_date(moment) for id in final for moment in [_moment(id)]}
        for day in days:
            assert await books.rebuilding.differences(day) == []
            assert (await books.rebuilding.rebuild_day(day)).corrected == 0
        assert await books.facts() == expected_facts(final)

        # Books that know nothing, or the wrong thing, are made right by a rebuild alone.
        await books.execute("update facts set messages = messages + 7")
        await books.execute("delete from billed where get_byte(uuid_send(notification_id), 15) % 2 = 0")
        for day in days:
            await books.rebuilding.rebuild_day(day)
        assert await books.facts() == expected_facts(final)
        await books.apply(shuffled(every, seed + 1))
        assert await books.facts() == expected_facts(final)

    runner.run(scenario())


def _moment(id: UUID) -> datetime:
    return datetime.fromtimestamp((id.int >> 80) / 1000, UTC)


async def test_a_status_that_changes_days_later_corrects_the_day_of_the_message(books: Books) -> None:
    id = id_at(NOON)
    books.notifications.put(id, a_message(version=2, status=S.SENDING))
    await books.following.catch_up()
    assert sum((await books.facts()).values()) == 1
    books.clock.advance(timedelta(days=3))
    books.notifications.put(id, a_message(version=3, status=S.TECHNICAL_FAILURE))
    await books.following.catch_up()
    assert await books.facts() == {}


async def test_a_page_that_was_applied_and_whose_answer_was_lost_changes_nothing(books: Books) -> None:
    books.notifications.put(id_at(NOON), a_message())
    await books.following.step()
    await books.execute("update feed_cursor set position = null")
    await books.following.catch_up()
    assert sum((await books.facts()).values()) == 1


async def test_of_two_readers_of_one_page_one_takes_it_in(books: Books) -> None:
    books.notifications.put(id_at(NOON), a_message())
    assert await books.store.apply_page([], None, "1", NOW)
    assert not await books.store.apply_page([], None, "1", NOW)


async def test_while_notifications_is_away_nothing_is_lost(books: Books) -> None:
    books.notifications.put(id_at(NOON), a_message())
    books.notifications.is_away = True
    rounds = iter([True, True, False])

    async def sleep(_: float) -> bool:
        books.notifications.is_away = False
        return next(rounds)

    books.following._sleep = sleep
    await books.following.run()
    assert sum((await books.facts()).values()) == 1


async def test_a_lost_position_begins_the_feed_again_and_rebuilds_what_was_missed(books: Books) -> None:
    missed, seen = id_at(NOON), id_at(NOON + timedelta(days=1))
    await books.apply([Change(id=id_at(NOON - timedelta(days=2)), facts=a_message())])
    books.notifications.messages[id_at(NOON - timedelta(days=2))] = a_message()
    books.notifications.put(missed, a_message())
    books.notifications.put(seen, a_message())
    books.notifications.first_kept = 2
    await books.following.catch_up()
    assert await books.facts() == expected_facts(books.notifications.messages)


async def test_a_rebuild_of_one_service_leaves_the_others_alone(books: Books) -> None:
    for n, service in enumerate(SERVICES):
        books.notifications.put(id_at(NOON, n), a_message(service_id=service))
    await books.following.catch_up()
    await books.execute("update facts set messages = 5")
    await books.rebuilding.rebuild_day(DAY, SERVICES[1])
    counts = {key[0]: count for key, count in (await books.facts()).items()}
    assert counts == {SERVICES[0]: 5, SERVICES[1]: 1, SERVICES[2]: 5}


async def test_what_the_feed_brings_during_a_rebuild_is_newer_and_stays(books: Books) -> None:
    early, late = id_at(NOON, 1), id_at(NOON, 2)
    books.notifications.put(early, a_message())
    await books.following.catch_up()

    async def more_comes() -> None:
        # A message with a smaller id than the lot's last is stored and read after the lot was.
        if late not in books.notifications.messages:
            books.notifications.put(late, a_message())
            books.notifications.put(early, a_message(version=4, status=S.TECHNICAL_FAILURE))
            await books.following.catch_up()

    books.notifications.before_lot = more_comes
    await books.rebuilding.rebuild_day(DAY)
    assert await books.facts() == expected_facts(books.notifications.messages)


async def test_a_rebuild_that_is_killed_leaves_totals_right_and_can_be_done_again(books: Books) -> None:
    for n in range(10):
        books.notifications.put(id_at(NOON, n), a_message())
    await books.following.catch_up()

    async def die() -> None:
        raise asyncio.CancelledError

    books.notifications.after_lot = die
    with pytest.raises(asyncio.CancelledError):
        await books.rebuilding.rebuild_day(DAY)
    assert sum((await books.facts()).values()) == 10
    books.notifications.after_lot = None
    assert (await books.rebuilding.rebuild_day(DAY)).corrected == 0


async def test_a_day_of_which_nothing_is_kept_is_not_emptied_unless_one_says_so(books: Books) -> None:
    await books.apply([Change(id=id_at(NOON), facts=a_message())])
    with pytest.raises(RuleBroken) as refused:
        await books.rebuilding.rebuild_day(DAY)
    assert refused.value.reason == "NOTHING_KEPT"
    assert sum((await books.facts()).values()) == 1
    await books.rebuilding.rebuild_day(DAY, may_empty=True)
    assert await books.facts() == {}


@pytest.mark.parametrize("day", [date(2026, 11, 6), date(2025, 11, 9)])
async def test_a_day_to_come_or_too_old_is_refused(books: Books, day: date) -> None:
    with pytest.raises(RuleBroken) as refused:
        await books.rebuilding.rebuild_day(day)
    assert refused.value.reason == "DAY_NOT_KEPT"


async def test_the_check_names_a_difference_and_puts_it_right(
    books: Books, capsys: pytest.CaptureFixture[str]
) -> None:
    books.notifications.put(id_at(NOON), a_message())
    await books.following.catch_up()
    await books.execute("update facts set messages = 2")
    found = await books.check.check_last_days(NOW)
    assert [(each.key.london_date, each.counted, each.found) for each in found] == [(DAY, 2, 1)]
    assert "billing_difference" in capsys.readouterr().out
    assert await books.check.check_last_days(NOW) == []
    assert (await books.usage_store.state()).differences == 0


async def test_the_check_does_not_tell_of_what_the_feed_still_brings(books: Books) -> None:
    books.notifications.put(id_at(NOON), a_message())
    assert await books.check.check_last_days(NOW) == []
    assert sum((await books.facts()).values()) == 1


async def test_test_keys_and_letters_that_were_cancelled_cost_nothing_and_returned_ones_do(
    books: Books,
) -> None:
    letter = {"type": T.LETTER, "postage": "second", "billable_units": 2, "provider": "dvla"}
    books.notifications.put(id_at(NOON, 1), a_message(key_type=K.TEST))
    books.notifications.put(id_at(NOON, 2), a_message(**letter, status=S.CANCELLED))
    books.notifications.put(id_at(NOON, 3), a_message(**letter, status=S.RETURNED_LETTER))
    books.notifications.put(id_at(NOON, 4), a_message(**letter, status=NotificationStatus.VALIDATION_FAILED))
    await books.following.catch_up()
    assert [key[6:8] for key in await books.facts()] == [("second", 2)]
