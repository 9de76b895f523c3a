"""Who is asked, who is taken for down, and when a text is handed back."""

from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest

from providerkit.providers import Provider
from services.sms.clients.provider import NotTaken, ProviderName, Taken
from services.sms.failover import Choice, Failover
from tests.unit.deliverykit.fakes import a_delivery
from tests.unit.sms.factories import DOUBTFUL, FIRETEXT, ILL, MMG, UNWANTED, a_provider, both


class Time:
    """Seconds that only move when they are told."""

    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def failover(time: Time) -> Failover:
    return Failover(ProviderName, now=time, seed=7)


def choose(failover: Failover, providers: list[Provider], **avoid: tuple[str, ...]) -> str | None:
    choice = failover.pick(providers, **avoid)
    return None if choice is None else choice.provider.name


def ask(failover: Failover, providers: list[Provider], outcome: Taken | NotTaken | None) -> None:
    choice = failover.pick(providers)
    assert choice is not None
    failover.note(choice, uuid4(), outcome)


def take_down(failover: Failover, name: ProviderName) -> None:
    for _ in range(3):
        failover.note(Choice(a_provider(name), is_probe=False), uuid4(), ILL)


def test_texts_are_shared_out_by_weight(failover: Failover) -> None:
    chosen = Counter(choose(failover, both(mmg=80, firetext=20)) for _ in range(2_000))

    assert chosen[MMG] / 2_000 == pytest.approx(0.8, abs=0.05)


def test_provider_without_weight_is_not_chosen_beside_one_that_has_some(failover: Failover) -> None:
    chosen = {choose(failover, both(mmg=0, firetext=10)) for _ in range(200)}

    assert chosen == {FIRETEXT}


def test_providers_that_all_have_no_weight_are_chosen_alike(failover: Failover) -> None:
    chosen = {choose(failover, both(mmg=0, firetext=0)) for _ in range(200)}

    assert chosen == {MMG, FIRETEXT}


def test_only_provider_is_chosen(failover: Failover) -> None:
    assert choose(failover, [a_provider(MMG, weight=0)]) is MMG


def test_no_provider_is_no_choice(failover: Failover) -> None:
    assert choose(failover, []) is None


def test_provider_that_failed_for_the_text_is_avoided(failover: Failover) -> None:
    chosen = {choose(failover, both(), avoid=("mmg",)) for _ in range(200)}

    assert chosen == {FIRETEXT}


def test_provider_that_failed_for_the_text_is_asked_when_it_is_the_only_one(failover: Failover) -> None:
    assert choose(failover, [a_provider(MMG)], avoid=("mmg",)) is MMG


def test_third_text_in_a_row_takes_a_provider_down(failover: Failover) -> None:
    downs = []
    for _ in range(3):
        failover.note(Choice(a_provider(MMG), is_probe=False), uuid4(), ILL)
        downs.append(failover.is_down(MMG))

    assert downs == [False, False, True]


def test_one_text_that_fails_again_and_again_takes_nobody_down(failover: Failover) -> None:
    notification_id = uuid4()
    for _ in range(10):
        failover.note(Choice(a_provider(MMG), is_probe=False), notification_id, ILL)

    assert not failover.is_down(MMG)


@pytest.mark.parametrize("between", [Taken(), UNWANTED])
def test_an_answer_between_failures_keeps_a_provider_up(
    failover: Failover, between: Taken | NotTaken
) -> None:
    for outcome in (ILL, ILL, between, ILL, ILL):
        failover.note(Choice(a_provider(MMG), is_probe=False), uuid4(), outcome)

    assert not failover.is_down(MMG)


def test_down_provider_is_not_asked_before_its_probe_is_due(failover: Failover, time: Time) -> None:
    take_down(failover, MMG)
    time.s += 0.9

    assert {choose(failover, both()) for _ in range(100)} == {FIRETEXT}


def test_down_provider_gets_one_probe_when_it_is_due(failover: Failover, time: Time) -> None:
    take_down(failover, MMG)
    time.s += 1.0

    chosen = Counter(choose(failover, both()) for _ in range(200))

    assert chosen[MMG] == 1


def test_next_probe_waits_for_the_last_while_another_provider_is_up(failover: Failover, time: Time) -> None:
    take_down(failover, MMG)
    time.s += 1.0
    while choose(failover, both()) is not MMG:
        pass
    time.s += 30.0

    assert {choose(failover, both()) for _ in range(200)} == {FIRETEXT}


def test_probes_go_on_every_second_while_all_are_down_even_if_one_hangs(
    failover: Failover, time: Time
) -> None:
    take_down(failover, MMG)
    time.s += 1.0
    first = choose(failover, [a_provider(MMG)])
    at_once = choose(failover, [a_provider(MMG)])
    time.s += 1.0
    a_second_later = choose(failover, [a_provider(MMG)])

    assert (first, at_once, a_second_later) == (MMG, None, MMG)


def test_probe_that_succeeds_brings_the_provider_back(failover: Failover, time: Time) -> None:
    take_down(failover, MMG)
    time.s += 1.0

    ask(failover, [a_provider(MMG)], Taken())

    assert (failover.is_down(MMG), choose(failover, [a_provider(MMG)])) == (False, MMG)


def test_probe_that_fails_leaves_the_provider_down(failover: Failover, time: Time) -> None:
    take_down(failover, MMG)
    time.s += 1.0

    ask(failover, [a_provider(MMG)], ILL)

    assert (failover.is_down(MMG), choose(failover, [a_provider(MMG)])) == (True, None)


def test_probe_that_was_given_up_makes_room_for_the_next(failover: Failover, time: Time) -> None:
    take_down(failover, MMG)
    time.s += 1.0
    ask(failover, [a_provider(MMG)], None)
    time.s += 1.0

    assert MMG in {choose(failover, both()) for _ in range(200)}


def test_late_failure_of_an_ordinary_request_does_not_end_a_probe(failover: Failover, time: Time) -> None:
    take_down(failover, MMG)
    time.s += 1.0
    while choose(failover, both()) is not MMG:
        pass
    failover.note(Choice(a_provider(MMG), is_probe=False), uuid4(), ILL)
    time.s += 1.0

    assert {choose(failover, both()) for _ in range(200)} == {FIRETEXT}


def leave_open(failover: Failover, name: ProviderName, count: int = 3) -> list[Choice]:
    opened = [failover.pick([a_provider(name)]) for _ in range(count)]
    return [choice for choice in opened if choice is not None]


@pytest.mark.parametrize(
    ("count", "open_s", "is_down"), [(3, 2.1, True), (30, 2.1, True), (2, 9.0, False), (30, 1.9, False)]
)
def test_provider_that_leaves_three_requests_open_is_down_while_the_other_answers(
    failover: Failover, time: Time, count: int, open_s: float, is_down: bool
) -> None:
    leave_open(failover, MMG, count)
    time.s += open_s
    ask(failover, [a_provider(FIRETEXT)], Taken())

    chosen = {choose(failover, both()) for _ in range(100)}

    assert chosen == ({FIRETEXT} if is_down else {MMG, FIRETEXT})


@pytest.mark.parametrize("other_answers_after_s", [None, -60.0])
def test_provider_that_hangs_is_still_asked_where_no_other_answers(
    failover: Failover, time: Time, other_answers_after_s: float | None
) -> None:
    if other_answers_after_s is not None:
        ask(failover, [a_provider(FIRETEXT)], Taken())
        time.s -= other_answers_after_s
    leave_open(failover, MMG)
    time.s += 5.0

    assert choose(failover, [a_provider(MMG)]) is MMG
    assert not failover.is_down(MMG)


def test_both_hanging_leaves_both_up(failover: Failover, time: Time) -> None:
    ask(failover, [a_provider(FIRETEXT)], Taken())
    leave_open(failover, MMG)
    leave_open(failover, FIRETEXT)
    time.s += 5.0

    assert {choose(failover, both()) for _ in range(100)} == {MMG, FIRETEXT}


def test_slow_answer_brings_a_provider_back_only_when_no_three_hang(failover: Failover, time: Time) -> None:
    hanging = leave_open(failover, MMG, 4)
    time.s += 3.0
    ask(failover, [a_provider(FIRETEXT)], Taken())
    choose(failover, both())
    downs = []
    for choice in hanging:
        failover.note(choice, uuid4(), Taken())
        downs.append(failover.is_down(MMG))

    assert downs == [True, False, False, False]


def test_text_that_met_only_ill_providers_is_handed_back_without_counting(failover: Failover) -> None:
    retry = failover.retry(a_delivery(attempt=59), ILL)

    assert (retry.error_code, retry.no_provider) == ("http_500", True)
    assert retry.delay is not None
    assert timedelta(seconds=2) <= retry.delay <= timedelta(seconds=5)


def test_one_in_sixty_such_attempts_counts(failover: Failover) -> None:
    counted = [n for n in range(1, 181) if not failover.retry(a_delivery(attempt=n), ILL).no_provider]

    assert counted == [60, 120, 180]


def test_text_that_could_ask_nobody_never_counts(failover: Failover) -> None:
    retry = failover.retry(a_delivery(attempt=60), None)

    assert (retry.error_code, retry.no_provider) == ("providers_down", True)


def test_text_that_a_provider_may_have_counts_and_is_tried_again_soon(failover: Failover) -> None:
    retry = failover.retry(a_delivery(), DOUBTFUL)

    assert (retry.error_code, retry.no_provider) == ("timeout", False)
    assert retry.delay is not None
    assert retry.delay <= timedelta(seconds=5)


def test_text_that_a_provider_may_have_again_waits_as_the_channel_says(failover: Failover) -> None:
    retry = failover.retry(a_delivery(failed_providers=("mmg",)), DOUBTFUL)

    assert (retry.error_code, retry.delay, retry.no_provider) == ("timeout", None, False)


def test_text_that_a_provider_refused_waits_as_the_channel_says(failover: Failover) -> None:
    retry = failover.retry(a_delivery(), UNWANTED)

    assert (retry.error_code, retry.delay, retry.no_provider) == ("refused_code_6", None, False)


def test_text_that_no_active_provider_serves_waits_longer(failover: Failover) -> None:
    retry = failover.retry_without_provider()

    assert (retry.error_code, retry.no_provider) == ("no_active_provider", True)
    assert retry.delay is not None
    assert retry.delay >= timedelta(seconds=5)
