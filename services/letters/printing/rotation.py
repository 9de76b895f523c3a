"""Changing the provider's API key and password when their day has come.

When that is says `scheduled`; 3 retries, 60 s apart; by one process of the cluster. Source: the public contract, DVLA
print API.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from operationskit.alerts import Alerts
from servicekit.clock import Clock
from servicekit.logs import get_logger
from services.letters.printing.credentials import Credentials, new_password
from services.letters.printing.dvla import DvlaClient, ProviderFault
from services.letters.printing.provider import PrintProvider
from services.letters.printing.store import PrintStore

NOT_CHANGED: Final = "print-credentials-not-changed"
"""The name of the alert; its subject is which of them."""
_LOCK: Final = "print credentials"
_LOCK_FOR: Final = timedelta(minutes=5)
"""Longer than signing in and changing take when both run into their time limits."""
_MOST_TRIES: Final = 4
_PAUSE: Final = timedelta(seconds=60)

_log = get_logger()


class Credential(StrEnum):
    """What is changed."""

    API_KEY = "api_key"
    PASSWORD = "password"  # noqa: S105 -- a name, not a secret


class RotationFailed(Exception):  # noqa: N818 -- says what happened
    """A credential could not be changed; it stays as it is until next month, or until it is asked for again."""


class Rotation:
    """Changes credentials; one for each process."""

    def __init__(
        self,
        client: DvlaClient,
        provider: PrintProvider,
        store: PrintStore,
        *,
        holder: str,
        clock: Clock,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`pause` waits so many seconds."""
        self._client = client
        self._provider = provider
        self._store = store
        self._holder = holder
        self._clock = clock
        self._pause = pause

    async def change(self, credential: Credential, day: date, alerts: Alerts) -> bool:
        """Change a credential, unless that was done for this day; whether it was changed now.

        Raises RotationFailed when the retries end, after an alert; servicekit errors while the database is away.
        """
        code = ""
        for tries_left in reversed(range(_MOST_TRIES)):
            if await self._is_done(credential, day):
                return False
            failed = await self._attempt(credential, day)
            if failed is None:
                return True
            code = failed
            _log.error(
                "print_provider_rotation_failed", what=credential, error_code=code, tries_left=tries_left
            )
            if tries_left:
                await self._pause(_PAUSE.total_seconds())
        await alerts.raise_alert(NOT_CHANGED, credential.value, {"error_code": code})
        raise RotationFailed(credential.value)

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

    async def _attempt(self, credential: Credential, day: date) -> str | None:
        """Why it could not be changed, as a code; None where it was."""
        now = self._clock.now()
        if not await self._store.take_lock(_LOCK, self._holder, now, now + _LOCK_FOR):
            return "locked"
        try:
            if not await self._is_done(credential, day):  # by another process, meanwhile
                is_key = credential is Credential.API_KEY
                await (self.change_api_key(day) if is_key else self.change_password(day))
        except ProviderFault as fault:
            return fault.code
        finally:
            await self._store.release_lock(_LOCK, self._holder)
        return None

    async def _is_done(self, credential: Credential, day: date) -> bool:
        """Whether it was changed for that day, or there is nothing to change."""
        credentials = await self._store.credentials()
        if credentials is None:
            return True
        done_for = (
            credentials.api_key_changed_for
            if credential is Credential.API_KEY
            else credentials.password_changed_for
        )
        return done_for == day
