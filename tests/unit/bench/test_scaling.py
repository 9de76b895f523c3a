"""The model of scaling: cores for the CPU that a message takes, and no process beyond its own core."""

import pytest

from tests.bench.scaling import Costs

COSTS = Costs(by_process={"api_gateway": 100.0, "notifications": 50.0, "postgres": 50.0})


@pytest.mark.parametrize(
    ("cores", "processes", "use", "rate"),
    [
        (1, 1, 1.0, 5_000),
        (2, 1, 1.0, 10_000),
        (2, 1, 0.8, 8_000),
        (4, 1, 1.0, 10_000),  # one gateway is at its core's end
        (4, 2, 1.0, 20_000),
    ],
)
def test_a_rate_is_bounded_by_cores_and_by_the_busiest_process(
    cores: int, processes: int, use: float, rate: float
) -> None:
    assert COSTS.rate(cores=cores, processes=processes, use=use) == pytest.approx(rate)
