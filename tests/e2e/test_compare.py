"""The comparison kit measures a system through its public API alone: here ours, twice."""

from tests.bench.compare import SystemUnderTest, compare
from tests.e2e.stack import System


def test_two_systems_get_the_same_loads(system: System) -> None:
    ours = [
        SystemUnderTest(
            name=name,
            url=system.stack.rest_url,
            key=system.demo.api_key,
            sms_template=system.demo.sms_template_id,
            personalisation={"name": "Ada", "code": "1", "date": "today"},
        )
        for name in ("ours", "again")
    ]
    results = compare(ours, connections=[2], seconds=0.5, rounds=1)
    assert set(results) == {"accept a text, 2 connections", "read a message, 2 connections"}
    for by_system in results.values():
        assert set(by_system) == {"ours", "again"}
        for figures in by_system.values():
            per_second = figures["per_second"]
            assert isinstance(per_second, float)
            assert per_second > 0
