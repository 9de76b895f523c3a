"""When a callback is tried again, and when an endpoint is left alone: the rules, without clock or I/O.

A callback whose call got no answer, 429 or 5xx is tried again after gaps that grow, for 24 hours. With the
gaps that are set at first the tries come, counted from the first call:

    10 s, 1 min, 4 min, 10 min, 24 min, 54 min, 1 h 54 min, 3 h 54 min, 7 h 54 min, 14 h 54 min, 23 h 54 min

so the five that the public contract promises (section 14) are over within 25 minutes. Each gap is up to a
tenth shorter, by chance, so that what failed together does not come back together.

An endpoint where every call has failed for half an hour is paused: every ten seconds one callback is tried,
and as soon as one does not fail everything that waits is due. What has waited for 24 hours is given up;
it can be replayed.
"""

import random
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

DEFAULT_GAPS_S = "10,50,180,360,840,1800,3600,7200,14400,25200,32400"
KEPT_TRYING = timedelta(hours=24)
_JITTER = 0.1


class CallbackOutcome(StrEnum):
    """What follows from a call."""

    TAKEN = "taken"
    RETRY = "retry"
    REFUSED = "refused"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackPolicy:
    """The times of the rules above."""

    gaps: tuple[timedelta, ...]
    paused_after: timedelta
    probed_every: timedelta

    def next_gap(self, failures: int) -> timedelta | None:
        """How long to wait after so many failed tries, this one among them; None: no more tries."""
        if failures > len(self.gaps):
            return None
        return self.gaps[failures - 1] * (1 - _JITTER * random.random())


def parse_gaps(text: str) -> tuple[timedelta, ...]:
    """Gaps from seconds with commas between. Raises ValueError for none, or one that is not above 0."""
    gaps = tuple(timedelta(seconds=float(part)) for part in text.split(",") if part.strip())
    if not gaps or min(gaps) <= timedelta(0):
        raise ValueError("must be seconds above 0 with commas between")
    return gaps


def is_retried(status: int) -> bool:
    """Whether a call with this HTTP status is made again (public contract, section 14)."""
    return status >= 500 or status == 429
