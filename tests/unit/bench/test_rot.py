"""What the benchmark of the queue says of its own figures."""

import pytest

from tests.bench.rot import _compared


def periods(claim_ms: list[float], machine_ms: list[float]) -> list[dict[str, float]]:
    return [
        {"after_s": 10 * number, "claim_ms_p50": claim, "machine_ms_p50": machine}
        for number, (claim, machine) in enumerate(zip(claim_ms, machine_ms, strict=True), 1)
    ]


@pytest.mark.parametrize(("growth_ms", "told"), [(0.0, "1.00"), (4.0, "2.00")])
def test_growth_is_told_apart_from_a_machine_that_becomes_faster(growth_ms: float, told: str) -> None:
    machine = [2.0, 1.4, 2.2, 1.9, 1.0, 1.6, 1.2, 0.9, 1.1, 0.8]
    # 2 ms of waiting for the disk, as much again that goes with the machine, and what time adds.
    claims = [2 + speed * 2 / 1.41 + growth_ms * step / 9 for step, speed in enumerate(machine)]
    assert _compared(periods(claims, machine)).endswith(f"with its speed taken out {told} times")


def test_a_short_look_says_only_what_was_measured() -> None:
    assert _compared(periods([2.0, 3.0], [1.0, 1.0])) == (
        "a claim took 1.50 times as long at the end as at the start, the machine 1.00 times for the same"
    )
