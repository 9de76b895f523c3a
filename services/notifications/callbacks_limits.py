"""How many calls each endpoint may have under way, so that one that hangs delays no other.

An endpoint starts with a few calls at once. Every answer allows it one more, up to a limit; every call that
got none halves what it is allowed, down to one. So an endpoint that hangs soon holds one call, and all that
hang hold at most half of what this process allows together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

_AT_FIRST = 4
_MAX_KNOWN = 10_000
"""Endpoints that are remembered; beyond, idle ones begin anew."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A service has one for each kind of callback."""

    service_id: UUID
    kind: str


@dataclass(slots=True)
class _Use:
    allowed: int
    in_flight: int = 0


class EndpointLimits:
    """The calls of one process."""

    def __init__(self, *, max_in_flight: int, max_per_endpoint: int) -> None:
        self._max_in_flight = max_in_flight
        self._max_per_endpoint = max_per_endpoint
        self.at_first = min(_AT_FIRST, max_per_endpoint)
        """What an endpoint that is not in `allowances` may have."""
        self._uses: dict[Endpoint, _Use] = {}
        self._in_flight = 0

    @property
    def free(self) -> int:
        """How many calls may begin, to whichever endpoints."""
        return self._max_in_flight - self._in_flight

    def allowances(self) -> Mapping[Endpoint, int]:
        """How many calls may begin, for each endpoint that is known."""
        hanging = sum(use.in_flight for use in self._uses.values() if use.allowed == 1)
        may_hang_more = hanging < max(1, self._max_in_flight // 2)
        return {
            endpoint: max(0, use.allowed - use.in_flight) if use.allowed > 1 or may_hang_more else 0
            for endpoint, use in self._uses.items()
        }

    def begin(self, endpoint: Endpoint) -> None:
        """A call begins."""
        use = self._uses.get(endpoint)
        if use is None:
            if len(self._uses) >= _MAX_KNOWN:
                self._forget_idle()
            use = self._uses[endpoint] = _Use(self.at_first)
        use.in_flight += 1
        self._in_flight += 1

    def end(self, endpoint: Endpoint) -> None:
        """A call has ended, however it did."""
        self._uses[endpoint].in_flight -= 1
        self._in_flight -= 1

    def note(self, endpoint: Endpoint, *, answered: bool) -> None:
        """A call that is under way was answered, or will not be."""
        use = self._uses[endpoint]
        use.allowed = min(use.allowed + 1, self._max_per_endpoint) if answered else max(1, use.allowed // 2)

    def _forget_idle(self) -> None:
        self._uses = {endpoint: use for endpoint, use in self._uses.items() if use.in_flight}
