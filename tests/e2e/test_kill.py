"""Killing any process under load loses no message that was accepted, and sends none twice but those whose
sender died with them in its hands.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from simulators.control import Change
from tests.bench.system import System, fresh_system
from tests.e2e.leaks import find_leaks
from tests.e2e.reconciling import FINAL, SETTINGS, VICTIMS, KillRun, kill_run, queue_is_empty

pytestmark = [pytest.mark.kill, pytest.mark.timeout(300)]

DURATION_S = 5.0
NUMBERS_APART = 10_000
ANSWER_MS = 400
"""Providers take their time, so that at every moment many messages are in a sender's hands."""
RECEIPT_MS = 600
SLOW_RECEIPT_MS = 12_000
"""Longer than a lease: what a killed sender held is not known to have arrived when the lease ends."""


@pytest.fixture(scope="module")
def breakable() -> Iterator[System]:
    """A system of their own with short leases."""
    with fresh_system(settings=SETTINGS) as running:
        yield running


def slow_down(system: System, *, receipt_delay_ms: int = RECEIPT_MS) -> None:
    with system.simulators as simulators:
        for provider in ("mmg", "firetext", "ses"):
            change = Change(latency_ms=ANSWER_MS, receipt_delay_ms=receipt_delay_ms)
            simulators.change(provider, change)


@pytest.mark.parametrize("victim", VICTIMS)
def test_kill_of_a_process_loses_nothing_that_was_accepted(breakable: System, victim: str) -> None:
    slow_down(breakable)
    first_number = NUMBERS_APART * (1 + VICTIMS.index(victim))
    run = kill_run(breakable, [[victim]], duration_s=DURATION_S, first_number=first_number)
    print(run.summary())
    assert [kill.processes for kill in run.kills] == [(victim,)]
    assert run.faults() == {}
    assert len(run.accepted) > 100


def test_kill_of_everything_at_once_loses_nothing_that_was_accepted(breakable: System) -> None:
    slow_down(breakable)
    run = kill_run(breakable, [VICTIMS], duration_s=DURATION_S, first_number=NUMBERS_APART * 7)
    print(run.summary())
    assert [kill.processes for kill in run.kills] == [VICTIMS]
    assert run.faults() == {}


def test_what_a_killed_sender_held_goes_out_again_under_the_same_reference(breakable: System) -> None:
    slow_down(breakable, receipt_delay_ms=SLOW_RECEIPT_MS)
    run = kill_run(breakable, [["sms"]], duration_s=DURATION_S, first_number=NUMBERS_APART * 8)
    print(run.summary())
    assert run.faults() == {}
    assert run.duplicates() != []


def test_kill_of_the_providers_loses_nothing_that_was_accepted(breakable: System) -> None:
    slow_down(breakable)
    run = kill_run(
        breakable,
        [["simulators"]],
        duration_s=DURATION_S,
        email_rate=0.0,  # an email whose provider was away is tried again after 5 minutes
        first_number=NUMBERS_APART * 9,
        is_settled=queue_is_empty,
    )
    print(run.summary())
    assert run.lost() == []
    assert left_behind(run) == []


def left_behind(run: KillRun) -> list[str]:
    """Messages that neither ended, nor were handed over before the providers forgot everything: their receipts
    died with them.
    """
    (kill,) = run.kills
    back_at = kill.at + timedelta(seconds=kill.outage_s)
    return [
        id
        for id, row in run.rows.items()
        if row.status not in FINAL and (row.sent_at is None or row.sent_at > back_at)
    ]


def test_kills_put_no_personal_data_into_logs_and_metrics(breakable: System) -> None:
    assert find_leaks(breakable.stack, [breakable.service.secret]) == []
