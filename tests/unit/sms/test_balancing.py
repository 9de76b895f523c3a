"""How weights move by themselves."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providerkit.providers import ChangeRecord, Decide, Provider, ProviderChange
from servicekit.clock import FixedClock
from services.sms.balancing import Balancing, ErrorWindow, nearer_to_rest, reduced
from services.sms.clients.provider import ProviderName
from services.sms.delivery_times import SlowShare
from tests.unit.sms.factories import AT, FIRETEXT, MMG, a_provider, both

LATER = AT + timedelta(hours=1)


def weights(changes: Sequence[ProviderChange]) -> dict[str, int | None]:
    return {change.name: change.weight for change in changes}


@pytest.mark.parametrize(
    ("mmg", "firetext", "after"),
    [
        (51, 49, {MMG: 41, FIRETEXT: 59}),
        (5, 95, {MMG: 0, FIRETEXT: 100}),
        (0, 100, {MMG: 0, FIRETEXT: 100}),
    ],
)
def test_ten_points_go_to_the_other_provider(mmg: int, firetext: int, after: dict[ProviderName, int]) -> None:
    assert weights(reduced(both(mmg, firetext), MMG, unchanged_since=LATER)) == after


def test_nothing_moves_when_the_other_provider_is_not_active() -> None:
    providers = [a_provider(MMG), a_provider(FIRETEXT, active=False)]

    assert reduced(providers, MMG, unchanged_since=LATER) == []
    assert nearer_to_rest(providers, unchanged_since=LATER) == []


@pytest.mark.parametrize("changed", [MMG, FIRETEXT])
def test_nothing_moves_soon_after_either_changed(changed: ProviderName) -> None:
    providers = [
        a_provider(name, weight=10, updated_at=LATER if name is changed else AT) for name in (MMG, FIRETEXT)
    ]

    assert reduced(providers, MMG, unchanged_since=AT) == []
    assert nearer_to_rest(providers, unchanged_since=AT) == []


@pytest.mark.parametrize(
    ("mmg", "firetext", "after"),
    [
        (21, 79, {MMG: 31, FIRETEXT: 69}),
        (45, 55, {MMG: 51, FIRETEXT: 49}),
        (100, 0, {MMG: 90, FIRETEXT: 10}),
        (51, 60, {FIRETEXT: 50}),
        (51, 49, {}),
    ],
)
def test_weights_go_back_to_rest_by_ten(mmg: int, firetext: int, after: dict[ProviderName, int]) -> None:
    assert weights(nearer_to_rest(both(mmg, firetext), unchanged_since=LATER)) == after


@given(st.lists(st.sampled_from(["mmg", "firetext", "rest"])))
def test_weights_stay_within_bounds_whatever_happens(moves: list[str]) -> None:
    providers = both()
    for move in moves:
        changes = (
            nearer_to_rest(providers, unchanged_since=LATER)
            if move == "rest"
            else reduced(providers, ProviderName(move), unchanged_since=LATER)
        )
        moved = weights(changes)
        providers = [a_provider(p.name, weight=moved.get(p.name, p.weight)) for p in providers]
        assert all(0 <= provider.weight <= 100 for provider in providers)


async def test_error_window_counts_what_failed_in_the_last_minute() -> None:
    clock = FixedClock(AT)
    window = ErrorWindow(None, clock)
    window.note(MMG)
    clock.advance(timedelta(seconds=30))
    window.note(MMG)
    window.note(FIRETEXT)
    clock.advance(timedelta(seconds=30))

    assert await window.counts() == {MMG: 1, FIRETEXT: 1}


class Weights:
    """The rules with providers in memory."""

    def __init__(self, shares: dict[ProviderName, SlowShare] | None = None) -> None:
        self.clock = FixedClock(AT + timedelta(days=1))
        self.providers = both()
        self.records: list[ChangeRecord] = []
        self.errors = ErrorWindow(None, self.clock)
        self.rules = Balancing(
            change_providers=self.change, slow_shares=self.slow, errors=self.errors, clock=self.clock
        )
        self.shares = shares or {}

    async def slow(self, now: datetime) -> dict[ProviderName, SlowShare]:
        return self.shares

    async def change(self, decide: Decide, record: ChangeRecord) -> list[Provider]:
        moved = {change.name: change.weight for change in decide(self.providers)}
        if moved:
            self.records.append(record)
        changed = [a_provider(name, weight=weight, updated_at=record.at) for name, weight in moved.items()]
        by_name = {provider.name: provider for provider in (*self.providers, *changed)}
        self.providers = list(by_name.values())
        return changed

    def now(self) -> dict[str, int]:
        return {provider.name: provider.weight for provider in self.providers}


@pytest.mark.parametrize(("errors", "after"), [(50, {MMG: 51, FIRETEXT: 49}), (51, {MMG: 41, FIRETEXT: 59})])
async def test_more_than_fifty_errors_in_a_minute_move_weight(
    errors: int, after: dict[ProviderName, int]
) -> None:
    setup = Weights()
    for _ in range(errors):
        setup.errors.note(MMG)

    await setup.rules.look_at_errors()

    assert setup.now() == after


async def test_errors_move_weight_at_most_once_a_minute() -> None:
    setup = Weights()
    for _ in range(51):
        setup.errors.note(MMG)

    for _ in range(59):
        await setup.rules.look_at_errors()
        setup.clock.advance(timedelta(seconds=1))

    assert setup.now() == {MMG: 41, FIRETEXT: 59}


async def test_move_is_recorded_with_its_reason_as_the_systems() -> None:
    setup = Weights()
    for _ in range(51):
        setup.errors.note(FIRETEXT)

    await setup.rules.look_at_errors()

    assert [(record.reason, record.changed_by) for record in setup.records] == [
        ("firetext: more than 50 errors", "system")
    ]


@pytest.mark.parametrize(
    ("mmg", "firetext", "after"),
    [
        ((100, 15), (100, 14), {MMG: 41, FIRETEXT: 59}),
        ((100, 14), (100, 15), {MMG: 61, FIRETEXT: 39}),
        ((100, 14), (100, 14), {MMG: 51, FIRETEXT: 49}),
        ((100, 15), (100, 15), {MMG: 51, FIRETEXT: 49}),
        ((0, 0), (100, 90), {MMG: 61, FIRETEXT: 39}),
    ],
)
async def test_weight_moves_away_from_the_only_slow_provider(
    mmg: tuple[int, int], firetext: tuple[int, int], after: dict[ProviderName, int]
) -> None:
    setup = Weights(
        {
            MMG: SlowShare(total=mmg[0], slow=mmg[1]),
            FIRETEXT: SlowShare(total=firetext[0], slow=firetext[1]),
        }
    )

    await setup.rules.look_at_slowness()

    assert setup.now() == after


async def test_slowness_moves_weight_at_most_once_in_five_minutes() -> None:
    setup = Weights({MMG: SlowShare(total=10, slow=10)})

    for _ in range(5):
        await setup.rules.look_at_slowness()
        setup.clock.advance(timedelta(minutes=1) - timedelta(seconds=1))

    assert setup.now() == {MMG: 41, FIRETEXT: 59}


async def test_weights_rest_for_a_quarter_of_an_hour_before_they_go_back() -> None:
    setup = Weights()
    setup.providers = [
        a_provider(MMG, weight=21, updated_at=setup.clock.now()),
        a_provider(FIRETEXT, weight=79, updated_at=setup.clock.now()),
    ]

    seen = []
    for _ in range(4):
        setup.clock.advance(timedelta(minutes=5))
        await setup.rules.tend_to_rest()
        seen.append(setup.now()[MMG])

    assert seen == [21, 21, 31, 31]
