"""Pauses between tries while the notifications service is away: 100 ms doubling to 2 s, jittered.

Used by `leasing` and `receipts`. Short at first, as a restart takes a second; never long, as messages wait.
"""

import random

_FIRST_S = 0.1
_LONGEST_S = 2.0


class Backoff:
    """The next pause of one loop."""

    __slots__ = ("_failures",)

    def __init__(self) -> None:
        self._failures = 0

    def next_s(self) -> float:
        """Seconds to pause after another failure: between half and all of the doubled pause."""
        pause_s = min(_FIRST_S * 2.0 ** min(self._failures, 10), _LONGEST_S)
        self._failures += 1
        return pause_s * (0.5 + random.random() / 2)

    def reset(self) -> None:
        """It worked."""
        self._failures = 0
