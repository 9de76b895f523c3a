"""Providers, their history and their counters, with a real Postgres."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from providerkit.histograms import step_of
from providerkit.managing import LAST_ACTIVE_PROVIDER, ProviderUpdate, update_providers
from providerkit.measuring import AnswerKind, CountKey, Counts, Measure
from providerkit.providers import ChangeRecord, Provider, ProviderChange
from providerkit.statistics import Period, recent_answers, statistics
from providerkit.store import QUERIES, ChangePosition, ProviderStore
from servicekit.database import Pool
from servicekit.errors import Conflict, InvalidRequest, NotFound, RuleBroken

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BY_HAND = ChangeRecord(reason="a test", changed_by="alice", at=AT)
BY_RULE = ChangeRecord(reason="a rule", changed_by="system", at=AT, is_automatic=True)


def an_update(name: str = "mmg", version: int = 0, **changes: int | bool | None) -> ProviderUpdate:
    return ProviderUpdate(
        change=ProviderChange(name=name, **changes),  # type: ignore[arg-type]  # a test's short way
        based_on_version=version,
    )


def a_count(hour: datetime, measure: Measure, bucket: int, count: int, provider: str = "mmg") -> Counts:
    return Counts(key=CountKey(hour, provider, measure.value, bucket), count=count)


async def update(store: ProviderStore, *updates: ProviderUpdate) -> list[Provider]:
    return await update_providers(store.change_providers, updates, BY_HAND, may_be_without=False)


@pytest.mark.parametrize("name", list(QUERIES))
async def test_every_statement_can_be_prepared(pool: Pool, name: str) -> None:
    async with pool.connection() as connection:
        await connection.execute(f"PREPARE tried AS {QUERIES.numbered(name)}".encode())


async def test_providers_begin_at_rest(store: ProviderStore) -> None:
    providers = await store.list_providers()

    assert [(p.name, p.weight, p.resting_weight, p.active, p.supports_international) for p in providers] == [
        ("firetext", 49, 49, True, False),
        ("mmg", 51, 51, True, True),
    ]


async def test_change_is_made_and_written_to_history_and_to_the_record_of_changes(
    pool: Pool, store: ProviderStore
) -> None:
    [changed] = await update(store, an_update(version=1, weight=41, resting_weight=60))

    assert (changed.weight, changed.resting_weight, changed.version) == (41, 60, 2)
    assert (changed.updated_at, changed.update_reason, changed.updated_by) == (AT, "a test", "alice")
    assert changed in await store.list_providers()
    changes = await store.list_changes("mmg", None, 10)
    assert {(c.version, c.weight, c.resting_weight, c.changed_by, c.is_automatic) for c in changes} == {
        (1, 51, None, "system", False),
        (2, 41, 60, "alice", False),
    }
    async with pool.connection() as connection:
        events = await (
            await connection.execute("SELECT type, subject, before, after FROM audit_events")
        ).fetchall()
    assert events == [
        (
            "provider.updated",
            "mmg",
            {"weight": 51, "resting_weight": 51},
            {"weight": 41, "resting_weight": 60},
        )
    ]


async def test_what_a_rule_changes_is_in_the_history_alone(pool: Pool, store: ProviderStore) -> None:
    await store.change_providers(lambda _: [ProviderChange(name="mmg", weight=41)], BY_RULE)

    [newest] = await store.list_changes("mmg", ChangePosition(AT + timedelta(days=1), "", 0), 1)
    assert (newest.version, newest.is_automatic, newest.reason) == (2, True, "a rule")
    async with pool.connection() as connection:
        cursor = await connection.execute("SELECT count(*) FROM audit_events")
        assert await cursor.fetchone() == (0,)


async def test_changes_come_page_by_page_newest_first(store: ProviderStore) -> None:
    for weight in (1, 2, 3):
        at = datetime.now(UTC) + timedelta(minutes=weight)
        record = ChangeRecord(reason="a test", changed_by="alice", at=at)
        await store.change_providers(
            lambda _, weight=weight: [  # type: ignore[misc]  # binds the loop's value
                ProviderChange(name="mmg", weight=weight),
                ProviderChange(name="firetext", weight=weight),
            ],
            record,
        )

    found, before = [], None
    while page := await store.list_changes(None, before, 3):
        found += [(change.name, change.version) for change in page]
        last = page[-1]
        before = ChangePosition(last.changed_at, last.name, last.version)

    assert found == [(name, version) for version in (4, 3, 2, 1) for name in ("mmg", "firetext")]


@pytest.mark.parametrize(
    ("updates", "error"),
    [
        ([an_update(weight=-1)], InvalidRequest),
        ([an_update(weight=101)], InvalidRequest),
        ([an_update(resting_weight=101)], InvalidRequest),
        ([an_update()], InvalidRequest),
        ([], InvalidRequest),
        ([an_update(weight=1), an_update(weight=2)], InvalidRequest),
        ([an_update("nobody", weight=1)], NotFound),
        ([an_update("firetext", weight=1), an_update(version=7, weight=1)], Conflict),
        ([an_update(active=False), an_update("firetext", active=False)], RuleBroken),
    ],
)
async def test_a_change_that_breaks_a_rule_changes_nothing(
    store: ProviderStore, updates: Sequence[ProviderUpdate], error: type[Exception]
) -> None:
    before = await store.list_providers()

    with pytest.raises(error):
        await update(store, *updates)

    assert await store.list_providers() == before


async def test_a_change_without_a_reason_is_refused(store: ProviderStore) -> None:
    record = ChangeRecord(reason=" ", changed_by="alice", at=AT)
    with pytest.raises(InvalidRequest, match="reason is required"):
        await update_providers(store.change_providers, [an_update(weight=1)], record, may_be_without=False)


async def test_the_last_active_provider_stays_unless_the_channel_may_be_without(store: ProviderStore) -> None:
    await update(store, an_update(active=False))

    with pytest.raises(RuleBroken) as caught:
        await update(store, an_update("firetext", active=False))

    assert caught.value.reason == LAST_ACTIVE_PROVIDER
    [held] = await update_providers(
        store.change_providers, [an_update("firetext", active=False)], BY_HAND, may_be_without=True
    )
    assert not held.active


async def test_two_who_take_out_the_other_provider_at_once_leave_one(store: ProviderStore) -> None:
    outcomes = await asyncio.gather(
        update(store, an_update("mmg", active=False)),
        update(store, an_update("firetext", active=False)),
        return_exceptions=True,
    )

    assert [isinstance(outcome, RuleBroken) for outcome in outcomes].count(True) == 1
    assert [provider.active for provider in await store.list_providers()].count(True) == 1


async def test_changes_at_the_same_time_come_one_after_the_other(store: ProviderStore) -> None:
    def ten_less(providers: Sequence[Provider]) -> list[ProviderChange]:
        [mmg] = [provider for provider in providers if provider.name == "mmg"]
        return [ProviderChange(name="mmg", weight=mmg.weight - 10)]

    await asyncio.gather(*(store.change_providers(ten_less, BY_RULE) for _ in range(4)))

    [mmg] = [provider for provider in await store.list_providers() if provider.name == "mmg"]
    assert (mmg.weight, mmg.version) == (11, 5)


async def test_counters_of_several_processes_add_up(store: ProviderStore) -> None:
    rows = [a_count(AT, Measure.ANSWER, kind.value, 2) for kind in AnswerKind]

    await asyncio.gather(*(store.add_counts(rows) for _ in range(4)))

    assert await store.volumes_since(AT) == {"mmg": 8}
    assert sum(count for *_, count in await store.counts_since(AT)) == 8 * len(AnswerKind)


async def test_statistics_are_of_days_and_months_of_london_time(store: ProviderStore) -> None:
    summer = datetime(2026, 6, 30, 23, 0, tzinfo=UTC)  # midnight in London: July
    await store.add_counts(
        sorted(
            [
                a_count(summer - timedelta(hours=1), Measure.ANSWER, AnswerKind.ACCEPTED, 1),
                a_count(summer, Measure.ANSWER, AnswerKind.ACCEPTED, 3),
                a_count(summer, Measure.ANSWER, AnswerKind.SERVER_ERROR, 1),
                a_count(summer, Measure.CREATED_TO_SENT, step_of(0.2), 9),
                a_count(summer, Measure.CREATED_TO_SENT, step_of(20.0), 1),
                a_count(summer, Measure.SENT_TO_DELIVERED, step_of(2.0), 3),
                a_count(summer, Measure.SENT_TO_DELIVERED, step_of(900.0), 1),
                a_count(summer + timedelta(days=1), Measure.ANSWER, AnswerKind.ACCEPTED, 5),
            ],
            key=lambda row: row.key,
        )
    )

    days = await statistics(store, "mmg", date(2026, 6, 30), date(2026, 7, 2), Period.DAY)
    months = await statistics(store, None, date(2026, 6, 1), date(2026, 7, 31), Period.MONTH)

    assert [(each.first_day, each.answers[AnswerKind.ACCEPTED]) for each in days] == [
        (date(2026, 6, 30), 1),
        (date(2026, 7, 1), 3),
        (date(2026, 7, 2), 5),
    ]
    assert [(each.first_day, each.answers[AnswerKind.ACCEPTED]) for each in months] == [
        (date(2026, 6, 1), 1),
        (date(2026, 7, 1), 8),
    ]
    july_first = days[1]
    assert july_first.answers[AnswerKind.SERVER_ERROR] == 1
    assert july_first.created_to_sent.p50_s == pytest.approx(0.2, rel=0.2)
    assert july_first.created_to_sent.p99_s == pytest.approx(20.0, rel=0.2)
    assert july_first.slow_share == 0.25
    assert days[0].sent_to_delivered.p50_s is None


@pytest.mark.parametrize("last", [date(2026, 2, 28), date(2027, 6, 1)])
async def test_days_that_can_not_be_asked_for_are_refused(store: ProviderStore, last: date) -> None:
    with pytest.raises(InvalidRequest):
        await statistics(store, None, date(2026, 3, 1), last, Period.DAY)


async def test_lately_is_this_hour_and_the_one_before(store: ProviderStore) -> None:
    now = AT + timedelta(minutes=59)
    await store.add_counts(
        [
            a_count(AT - timedelta(hours=2), Measure.ANSWER, AnswerKind.TIMEOUT, 100),
            a_count(AT - timedelta(hours=1), Measure.ANSWER, AnswerKind.ACCEPTED, 3),
            a_count(AT, Measure.ANSWER, AnswerKind.TIMEOUT, 1),
        ]
    )

    since, recent = await recent_answers(store, now)

    assert since == AT - timedelta(hours=1)
    assert (recent["mmg"].requests, recent["mmg"].failed) == (4, 1)


async def test_old_counters_are_forgotten_in_lots(store: ProviderStore) -> None:
    await store.add_counts([a_count(AT - timedelta(hours=n), Measure.ANSWER, 0, 1) for n in range(5)])

    deleted = [await store.delete_counts(AT, 3), await store.delete_counts(AT, 3)]

    assert deleted == [3, 1]
    assert await store.volumes_since(AT - timedelta(days=1)) == {"mmg": 1}


async def test_processes_are_counted_until_they_end_or_are_not_seen_any_more(store: ProviderStore) -> None:
    dead_after = timedelta(seconds=20)
    counts = [
        await store.note_process("one", AT, dead_after),
        await store.note_process("two", AT, dead_after),
        await store.note_process("one", AT + timedelta(seconds=15), dead_after),
        await store.note_process("one", AT + timedelta(seconds=25), dead_after),
    ]
    await store.note_process("three", AT + timedelta(seconds=25), dead_after)
    await store.forget_process("three")

    assert counts == [1, 2, 2, 1]
    assert await store.note_process("one", AT + timedelta(seconds=26), dead_after) == 1
