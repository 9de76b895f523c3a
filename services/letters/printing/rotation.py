"""Changing the provider's API key and password when their day has come.

The key on the first Tuesday of a month, the password on the Wednesday after it, from 09:00 UTC of that day on; 3
retries, 60 s apart; by one process of the cluster. Source: the public contract, DVLA print API.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from servicekit.clock import Clock
from servicekit.logs import get_logger
from services.letters.printing.credentials import Credentials, new_password
from services.letters.printing.dvla import DvlaClient, ProviderFault
from services.letters.printing.provider import PrintProvider
from services.letters.printing.schedule import api_key_rotation_due, password_rotation_due
from services.letters.printing.store import PrintStore

_LOCK: Final = "print credentials"
_LOCK_FOR: Final = timedelta(minutes=5)
"""Longer than signing in and changing take when both run into their time limits."""
_MOST_TRIES: Final = 4
_PAUSE: Final = timedelta(seconds=60)

_log = get_logger()


class _Change(StrEnum):
    """What is changed."""

    API_KEY = "api_key"
    PASSWORD = "password"  # noqa: S105 -- a name, not a secret


@dataclass(slots=True)
class _Tries:
    """How often this process tried what was due on a day."""

    day: date | None = None
    count: int = 0
    next_at: datetime | None = None


class Rotation:
    """Changes credentials; one for each process. `look` is called every few seconds."""

    def __init__(
        self, client: DvlaClient, provider: PrintProvider, store: PrintStore, *, holder: str, clock: Clock
    ) -> None:
        self._client = client
        self._provider = provider
        self._store = store
        self._holder = holder
        self._clock = clock
        self._key_tries = _Tries()
        self._password_tries = _Tries()

    async def look(self) -> None:
        """Change what is due and was not changed yet. Raises servicekit errors while the database is away."""
        now = self._clock.now()
        key_day, password_day = api_key_rotation_due(now), password_rotation_due(now)
        if key_day is None and password_day is None:
            return
        if key_day is not None:
            await self._attempt(self._key_tries, _Change.API_KEY, key_day)
        if password_day is not None:
            await self._attempt(self._password_tries, _Change.PASSWORD, password_day)

    async def change_api_key(self, day: date) -> None:
        """Have a new key made and keep it. Raises ProviderFault.

        When this process ends between the two, the new key is lost: docs/runbook of letters says what to do.
        """
        authorisation = await self._provider.authorisation()
        credentials = await self._need_credentials()
        api_key = await self._provider.run(lambda: self._client.new_api_key(authorisation))
        await self._store.change_credentials(
            replace(credentials, api_key=api_key, api_key_changed_for=day), self._clock.now()
        )
        self._provider.forget(authorisation)
        _log.info("print_provider_key_changed")

    async def change_password(self, day: date) -> None:
        """Change the password. Raises ProviderFault.

        The new one is kept before the provider is asked, so that signing in finds it wherever this process ends.
        """
        # Signing in anew settles which password is right, where a change was left half-way.
        self._provider.forget(await self._provider.authorisation())
        await self._provider.authorisation()
        now = self._clock.now()
        credentials = replace(await self._need_credentials(), next_password=new_password())
        await self._store.change_credentials(credentials, now)
        name, old, new = credentials.username, credentials.password, credentials.next_password or ""
        await self._provider.run(lambda: self._client.change_password(name, old, new))
        changed = replace(
            credentials,
            password=new,
            next_password=None,
            password_changed_for=day,
            version=credentials.version + 1,
        )
        await self._store.change_credentials(changed, self._clock.now())
        _log.info("print_provider_password_changed")

    async def _need_credentials(self) -> Credentials:
        credentials = await self._store.credentials()
        if credentials is None:  # `authorisation` would have raised
            raise LookupError("the print provider's credentials are gone")
        return credentials

    async def _attempt(self, tries: _Tries, change: _Change, day: date) -> None:
        now = self._clock.now()
        if tries.day != day:
            tries.day, tries.count, tries.next_at = day, 0, None
        is_time = tries.next_at is None or now >= tries.next_at
        if tries.count >= _MOST_TRIES or not is_time or await self._is_done(change, day):
            return
        if not await self._store.take_lock(_LOCK, self._holder, now, now + _LOCK_FOR):
            return
        try:
            if await self._is_done(change, day):  # by another process, meanwhile
                return
            tries.count += 1
            tries.next_at = now + _PAUSE
            await (self.change_api_key(day) if change is _Change.API_KEY else self.change_password(day))
        except ProviderFault as fault:
            _log.error(
                "print_provider_rotation_failed",
                what=change,
                error_code=fault.code,
                tries_left=_MOST_TRIES - tries.count,
            )
        finally:
            await self._store.release_lock(_LOCK, self._holder)

    async def _is_done(self, change: _Change, day: date) -> bool:
        """Whether it was changed for that day, or there is nothing to change."""
        credentials = await self._store.credentials()
        if credentials is None:
            return True
        done_for = (
            credentials.api_key_changed_for if change is _Change.API_KEY else credentials.password_changed_for
        )
        return done_for == day
