"""A little of the fuzzing with every run; `python -m tests.chaos.fuzz` has more of it."""

from tests.chaos.fuzz import run


def test_no_broken_input_is_a_fault_of_ours() -> None:
    tally, _ = run(3_000, seed=1)
    assert tally.failures == []
    assert sum(tally.tried.values()) == 3_000
