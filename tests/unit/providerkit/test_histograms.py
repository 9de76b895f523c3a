"""Times in steps."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providerkit.histograms import LAST_STEP, begin_of, percentile, share_from, step_of

TIMES = st.floats(min_value=0.002, max_value=86_400 * 20)


@given(TIMES)
def test_a_time_lies_in_its_step(took_s: float) -> None:
    step = step_of(took_s)
    assert begin_of(step) <= took_s * 1.000001
    assert took_s <= begin_of(step + 1) * 1.000001


@pytest.mark.parametrize(("took_s", "step"), [(-1.0, 0), (0.0, 0), (0.001, 0), (86_400.0 * 3_650, LAST_STEP)])
def test_what_is_too_short_or_too_long_has_the_first_or_last_step(took_s: float, step: int) -> None:
    assert step_of(took_s) == step


@given(st.lists(TIMES, min_size=1, max_size=200), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_a_percentile_is_within_a_step_of_the_true_one(times: list[float], share: float) -> None:
    counts = Counter(step_of(took_s) for took_s in times)
    rank = next(n for n in range(1, len(times) + 1) if n >= share * len(times))
    true = sorted(times)[rank - 1]
    found = percentile(counts, share)
    assert found is not None
    assert true / 1.2 <= found <= true * 1.2


def test_nothing_counted_has_no_percentile_and_no_share() -> None:
    assert percentile({}, 0.5) is None
    assert share_from({}, timedelta(minutes=5)) == 0.0


@pytest.mark.parametrize(
    ("times", "share"), [([1.0, 299.0], 0.0), ([1.0, 600.0], 0.5), ([400.0], 1.0), ([240.0], 0.0)]
)
def test_the_share_of_what_took_long(times: list[float], share: float) -> None:
    counts = Counter(step_of(took_s) for took_s in times)
    assert share_from(counts, timedelta(minutes=5)) == pytest.approx(share, abs=0.25)
