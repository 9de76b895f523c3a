"""Counts with a limit, kept in Valkey: places are reserved before work is done and given back when it was not.

A reservation is exact: however many processes ask at once, no more places are given than the limit has. While
Valkey is away everything passes and nothing is counted. Called by services that limit what is done in a day;
which counts there are, and how high they may go, is theirs to say.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from redis.asyncio import Redis

from servicekit.valkey import FailOpen

RESERVE_LUA: Final = Path(__file__).with_name("counters.lua").read_text(encoding="utf-8")
"""The functions `reserve` and `give_back`, for scripts that do more in the same call."""

_RESERVE: Final = (
    f"{RESERVE_LUA}\nreturn reserve(KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3] == '1')"
)
_GIVE_BACK: Final = f"{RESERVE_LUA}\nreturn give_back(KEYS[1], tonumber(ARGV[1]))"


@dataclass(frozen=True, slots=True)
class Reservation:
    """Places that were taken."""

    name: str
    """Of the count."""
    places: int
    is_counted: bool
    """False where the store was away: there is nothing to give back."""


class Counters:
    """Reserves and gives back. Without a client everything passes."""

    def __init__(self, valkey: Redis | None) -> None:
        self._reserve = None if valkey is None else valkey.register_script(_RESERVE)
        self._give_back = None if valkey is None else valkey.register_script(_GIVE_BACK)
        self._guard = FailOpen("counters")

    async def reserve(self, name: str, amount: int, limit: int) -> Reservation:
        """Take `amount` places of a count that may reach `limit`, or as many as are left."""
        return await self._taken(name, amount, limit, whole=False)

    async def reserve_all(self, name: str, amount: int, limit: int) -> Reservation:
        """Take `amount` places or, where fewer are left, none."""
        return await self._taken(name, amount, limit, whole=True)

    async def give_back(self, reservation: Reservation, places: int | None = None) -> None:
        """Give places of a reservation back; all of them unless told otherwise."""
        amount = reservation.places if places is None else places
        script = self._give_back
        if script is None or not reservation.is_counted or amount < 1:
            return
        await self._guard.call(lambda: script(keys=[reservation.name], args=[amount]), None)

    async def _taken(self, name: str, amount: int, limit: int, *, whole: bool) -> Reservation:
        script = self._reserve
        if amount < 1 or script is None:
            return Reservation(name, amount, is_counted=False)
        taken = await self._guard.call(
            lambda: script(keys=[name], args=[amount, limit, "1" if whole else "0"]), None
        )
        return Reservation(name, amount if taken is None else int(taken), is_counted=taken is not None)
