"""The print provider as the rest of printing uses it: signed in, in threads, credentials from the store.

The id token is kept until 60 s before it ends. When the provider refuses token or key, both are forgotten and
read again, because another process may have changed them. Called by `requesting` and `rotation`.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeVar

from servicekit.clock import Clock
from servicekit.errors import Conflict, Unavailable
from servicekit.logs import get_logger
from services.letters.printing.credentials import Credentials
from services.letters.printing.dvla import Authorisation, DvlaClient, Fault, IdToken, ProviderFault
from services.letters.printing.store import PrintStore

T = TypeVar("T")

_MARGIN: Final = timedelta(seconds=60)
"""A token is not used in its last minute. Source: the public contract."""
_WITHOUT_EXPIRY: Final = timedelta(minutes=5)

_log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class _SignedIn:
    authorisation: Authorisation
    until: datetime


class PrintProvider:
    """One process's connection to the provider."""

    def __init__(
        self,
        client: DvlaClient,
        store: PrintStore,
        *,
        threads: ThreadPoolExecutor,
        connections: int,
        clock: Clock,
    ) -> None:
        """`threads` has `connections` of them."""
        self.connections = connections
        self._client = client
        self._store = store
        self._threads = threads
        self._clock = clock
        self._signed_in: _SignedIn | None = None
        self._signing_in = asyncio.Lock()

    async def print_letter(self, make_request: Callable[[], bytes]) -> None:
        """Ask for a letter. `make_request` is called in a thread, and what it raises comes out here.

        A refused token or key is read anew and tried once more. Raises ProviderFault, and servicekit errors
        when the credentials can't be read.
        """

        def post(authorisation: Authorisation) -> None:
            self._client.print_letter(authorisation, make_request())

        authorisation = await self.authorisation()
        try:
            await self.run(lambda: post(authorisation))
        except ProviderFault as fault:
            if fault.fault is not Fault.NOT_ALLOWED:
                raise
            self.forget(authorisation)
            renewed = await self.authorisation()
            await self.run(lambda: post(renewed))

    async def authorisation(self) -> Authorisation:
        """With what to call now: kept, or signed in anew. Raises ProviderFault, and Unavailable without any
        credentials."""
        async with self._signing_in:
            signed_in = self._signed_in
            if signed_in is None or self._clock.now() >= signed_in.until:
                signed_in = self._signed_in = await self._sign_in()
            return signed_in.authorisation

    def forget(self, used: Authorisation) -> None:
        """What was refused is not used again; what replaced it meanwhile stays."""
        if self._signed_in is not None and self._signed_in.authorisation == used:
            self._signed_in = None

    async def run(self, call: Callable[[], T]) -> T:
        """Make a blocking call in one of the threads; at most so many are made at once."""
        return await run_in(self._threads, call)

    async def _sign_in(self) -> _SignedIn:
        credentials = await self._store.credentials()
        if credentials is None:
            raise Unavailable("The print provider's credentials are not set")
        token = await self._id_token(credentials)
        now = self._clock.now()
        return _SignedIn(
            authorisation=Authorisation(token=token.token, api_key=credentials.api_key),
            until=now + _WITHOUT_EXPIRY if token.expires_at is None else token.expires_at - _MARGIN,
        )

    async def _id_token(self, credentials: Credentials) -> IdToken:
        """Sign in with the password, or with the one that a change was begun to: a process may have ended between
        the provider's change and our record of it."""
        name, password, next_password = (
            credentials.username,
            credentials.password,
            credentials.next_password,
        )
        try:
            return await self.run(lambda: self._client.authenticate(name, password))
        except ProviderFault as fault:
            if fault.fault not in (Fault.NOT_ALLOWED, Fault.REFUSED) or next_password is None:
                _log.error("print_provider_sign_in_failed", error_code=fault.code)
                raise
        token = await self.run(lambda: self._client.authenticate(name, next_password))
        await self._keep(replace(credentials, password=next_password, next_password=None))
        _log.warning("print_provider_password_found")
        return token

    async def _keep(self, credentials: Credentials) -> None:
        try:
            await self._store.change_credentials(credentials, self._clock.now())
        except Conflict:
            # Another process found the same, or is just changing them; what it wrote is read next time.
            _log.info("print_provider_credentials_changed_meanwhile")


async def run_in(threads: ThreadPoolExecutor, call: Callable[[], T]) -> T:
    """Make a blocking call in one of the threads."""
    return await asyncio.get_running_loop().run_in_executor(threads, call)
