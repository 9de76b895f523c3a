"""How a provider behaves as a whole, and changing that while it runs.

Every provider, and every sink for callbacks, has one `Control`. It is asked once per request what goes
wrong with it; single recipients that always fail are in `outcomes.py`. Set over `PUT /control/<name>` and
read back by `GET`.
"""

import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from simulators.outcomes import Fault

SLOW_S = 3.0
"""How long the mode `slow` takes without a `latency_ms`. Well under the senders' timeout of 10 s."""


class Mode(StrEnum):
    """What a provider does with every request."""

    OK = "ok"
    FAIL = "fail"
    SLOW = "slow"
    TIMEOUT = "timeout"
    THROTTLE = "throttle"
    GARBAGE = "garbage"


_FAULTS = {
    Mode.FAIL: Fault.ERROR,
    Mode.TIMEOUT: Fault.TIMEOUT,
    Mode.THROTTLE: Fault.THROTTLE,
    Mode.GARBAGE: Fault.GARBAGE,
}

_Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=3_600_000)]


class Settings(msgspec.Struct, kw_only=True):
    """What can be set; the JSON of `GET /control/<name>`."""

    mode: Mode = Mode.OK
    latency_ms: _Milliseconds = 0
    """Added to every answer."""
    fail_share: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0
    """Share of requests, drawn at random, that are answered 500 although the mode lets them pass."""
    receipts: Literal["on", "off"] = "on"
    receipt_delay_ms: _Milliseconds = 50
    """From accepting a message to its first receipt."""
    max_per_second: Annotated[int, msgspec.Meta(ge=1)] | None = None
    """Requests beyond so many within one second, wherever it begins, are answered 429; None: any number."""
    next_requests: Annotated[int, msgspec.Meta(ge=1)] | None = None
    """For so many requests the mode holds, then it is `ok` again; None: until it is changed."""


class Change(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The JSON of `PUT /control/<name>`: what is left out stays as it is."""

    mode: Mode | msgspec.UnsetType = msgspec.UNSET
    latency_ms: _Milliseconds | msgspec.UnsetType = msgspec.UNSET
    fail_share: Annotated[float, msgspec.Meta(ge=0, le=1)] | msgspec.UnsetType = msgspec.UNSET
    receipts: Literal["on", "off"] | msgspec.UnsetType = msgspec.UNSET
    receipt_delay_ms: _Milliseconds | msgspec.UnsetType = msgspec.UNSET
    max_per_second: Annotated[int, msgspec.Meta(ge=1)] | msgspec.UnsetType | None = msgspec.UNSET
    next_requests: Annotated[int, msgspec.Meta(ge=1)] | msgspec.UnsetType | None = msgspec.UNSET


@dataclass(frozen=True, slots=True)
class Verdict:
    """What goes wrong with one request: nothing, or a fault, and how late the answer is."""

    fault: Fault | None = None
    delay_s: float = 0.0


_FINE = Verdict()


class Control:
    """The settings of one provider, and the counting down of a mode that holds for some requests only."""

    def __init__(self, settings: Settings, now: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings
        self._now = now
        self._came_at: deque[float] = deque()

    def change(self, change: Change) -> None:
        """Take over what is set. A new mode without `next_requests` holds until it is changed."""
        fields = {
            name: value
            for name, value in msgspec.structs.asdict(change).items()
            if value is not msgspec.UNSET
        }
        if "mode" in fields:
            fields.setdefault("next_requests", None)
        self.settings = msgspec.structs.replace(self.settings, **fields)

    def judge(self) -> Verdict:
        """Decide about one request; call it once for each."""
        settings = self.settings
        if settings.max_per_second is not None and self._is_too_many(settings.max_per_second):
            return Verdict(Fault.THROTTLE)
        if settings.mode is Mode.OK and not settings.fail_share and not settings.latency_ms:
            return _FINE
        fault = _FAULTS.get(settings.mode)
        delay_s = settings.latency_ms / 1000
        if settings.mode is Mode.SLOW:
            delay_s = delay_s or SLOW_S
        self._count_down()
        if fault is None and random.random() < settings.fail_share:
            fault = Fault.ERROR
        return Verdict(fault, delay_s)

    def _is_too_many(self, most: int) -> bool:
        now = self._now()
        while self._came_at and self._came_at[0] <= now - 1.0:
            self._came_at.popleft()
        if len(self._came_at) >= most:
            return True
        self._came_at.append(now)
        return False

    def _count_down(self) -> None:
        left = self.settings.next_requests
        if left is None or self.settings.mode is Mode.OK:
            return
        if left > 1:
            self.settings = msgspec.structs.replace(self.settings, next_requests=left - 1)
        else:
            self.settings = msgspec.structs.replace(self.settings, mode=Mode.OK, next_requests=None)
