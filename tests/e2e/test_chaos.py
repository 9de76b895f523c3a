"""The strongest faults, with every run of the tests; `make chaos` has all of them (docs/chaos.md)."""

from collections.abc import Iterator

import pytest

from tests.chaos.running import Scenario, run
from tests.chaos.scenarios import SCENARIOS
from tests.chaos.world import World, chaos_world

pytestmark = [pytest.mark.kill, pytest.mark.timeout(300)]

NAMES = ("notifications-postgres cut", "providers' answers truncated")
CHOSEN = [scenario for scenario in SCENARIOS if scenario.name in NAMES]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """A system with a proxy on each way."""
    with chaos_world() as running:
        yield running


@pytest.mark.parametrize("scenario", CHOSEN, ids=lambda scenario: scenario.name)
def test_the_books_agree_after(world: World, scenario: Scenario) -> None:
    report = run(world, scenario, number=CHOSEN.index(scenario))
    print(report.summary())
    # On a machine that is busy with other tests, a provider's answer may come too late by itself.
    faults = {kind: found for kind, found in report.faults().items() if kind != "doubled"}
    assert faults == {}
    assert len(report.accepted) > 300
