"""Times as counts in steps that grow by a fifth: small enough to keep for a year, good enough for percentiles. Pure.

Step `n` holds what took from 2^(n/4) to 2^((n+1)/4) milliseconds, so a percentile is at most a tenth off. The first
holds everything shorter, the last (about a month) everything longer.
"""

import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

STEPS_PER_DOUBLING: Final = 4
LAST_STEP: Final = 126
"""2^(126/4) ms are a month; letters take days."""


def step_of(took_s: float) -> int:
    """The step of a time in seconds; a negative one, of clocks that differ, counts as none at all."""
    took_ms = took_s * 1000
    if took_ms <= 1:
        return 0
    return min(int(STEPS_PER_DOUBLING * math.log2(took_ms)), LAST_STEP)


def begin_of(step: float) -> float:
    """The time in seconds at which a step begins; a fraction of a step is a time within it."""
    return math.exp2(step / STEPS_PER_DOUBLING) / 1000


def percentile(counts: Mapping[int, int], share: float) -> float | None:
    """The time in seconds that a share (0 to 1) of what was counted does not exceed; None where nothing was."""
    total = sum(counts.values())
    if total == 0:
        return None
    wanted = share * total
    seen = 0
    for step in sorted(counts):
        count = counts[step]
        if count and seen + count >= wanted:
            return begin_of(step + (wanted - seen) / count)
        seen += count
    return begin_of(max(counts) + 1)


def share_from(counts: Mapping[int, int], limit: timedelta) -> float:
    """The share (0 to 1) of what took `limit` or longer; 0 where nothing was counted."""
    total = sum(counts.values())
    if total == 0:
        return 0.0
    at = STEPS_PER_DOUBLING * math.log2(limit.total_seconds() * 1000)
    step = int(at)
    longer = sum(count for each, count in counts.items() if each > step)
    return (longer + counts.get(step, 0) * (step + 1 - at)) / total
