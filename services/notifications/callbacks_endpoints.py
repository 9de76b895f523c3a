"""Where services are told things: setting URLs and secrets, and sending what was sent before again.

Called by the servicers. Which addresses may be called is in `callbacks_addresses`; calling is `callbacks`.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from urllib.parse import urlsplit
from uuid import UUID

from aiohttp.abc import AbstractResolver

from servicekit.clock import Clock
from servicekit.errors import InvalidRequest, NotFound, Violation
from services.notifications.accounts import checked_callback
from services.notifications.callbacks_addresses import (
    AddressPolicy,
    AddressRefused,
    CheckedResolver,
    SystemResolver,
)
from services.notifications.callbacks_bodies import new_signing_secret
from services.notifications.callbacks_limits import Endpoint
from services.notifications.callbacks_store import CallbackSpan, CallbacksStore
from services.notifications.secret_box import SecretBox

REPLAYED_AT_ONCE = 1_000
_DNS_PATIENCE_S = 2.0
_MADE_DUE = 10_000


class CallbackEndpoints:
    """The endpoints of all services. One for each process."""

    def __init__(
        self,
        store: CallbacksStore,
        *,
        secrets: SecretBox,
        clock: Clock,
        addresses: AddressPolicy,
        allow_http: bool,
        callbacks_queued: Callable[[], None],
        resolver: AbstractResolver | None = None,
    ) -> None:
        """`allow_http`: plain http goes too, for development."""
        self._store = store
        self._secrets = secrets
        self._clock = clock
        self._addresses = addresses
        self._resolver = CheckedResolver(addresses, resolver or SystemResolver())
        self._allow_http = allow_http
        self._callbacks_queued = callbacks_queued

    async def set(self, endpoint: Endpoint, url: str, bearer_token: str) -> str | None:
        """Set or replace a URL; gives the signing secret when it is new. Raises InvalidRequest, NotFound."""
        checked_callback(url, bearer_token, allow_http=self._allow_http)
        await self._check_address(url)
        secret = new_signing_secret()
        is_new = await self._store.set_endpoint(
            endpoint,
            url,
            token=self._secrets.encrypt(bearer_token),
            secret=self._secrets.encrypt(secret),
            now=self._clock.now(),
        )
        # What waits for it need not wait until its next try. More than this many keep their times.
        if not is_new and await self._store.make_due(endpoint, self._clock.now(), _MADE_DUE):
            self._callbacks_queued()
        return secret if is_new else None

    async def remove(self, endpoint: Endpoint) -> None:
        """Take a URL away; again changes nothing. What waits for it is dropped when its time comes."""
        await self._store.remove_endpoint(endpoint, self._clock.now())

    async def rotate_secret(self, endpoint: Endpoint) -> str:
        """Make a new secret; the newest until now stays good beside it. Raises NotFound."""
        secret = new_signing_secret()
        if not await self._store.rotate_secret(endpoint, self._secrets.encrypt(secret), self._clock.now()):
            raise NotFound("callback")
        return secret

    async def retire_secret(self, endpoint: Endpoint) -> None:
        """Sign with the newest secret alone; again changes nothing. Raises NotFound."""
        if not await self._store.retire_secret(endpoint, self._clock.now()):
            raise NotFound("callback")

    async def replay(self, ids: Sequence[UUID]) -> int:
        """Send callbacks again; gives how many there were."""
        replayed = await self._store.replay(ids, self._clock.now())
        if replayed:
            self._callbacks_queued()
        return replayed

    async def replay_span(self, span: CallbackSpan) -> tuple[int, UUID | None]:
        """Send a part of what was tried in a span again; gives how many, and where the next part begins."""
        ids = await self._store.find_in_span(replace(span, limit=REPLAYED_AT_ONCE))
        replayed = await self.replay(ids) if ids else 0
        return replayed, ids[-1] if len(ids) == REPLAYED_AT_ONCE else None

    async def close(self) -> None:
        """Let go of what looks names up."""
        await self._resolver.close()

    async def _check_address(self, url: str) -> None:
        """Refuse a URL that leads to a private address; a name that is not known yet may come to be."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if not self._addresses.allows_host(host):
            raise _not_public()
        try:
            async with asyncio.timeout(_DNS_PATIENCE_S):
                await self._resolver.resolve(host, parts.port or 443)
        except AddressRefused as err:
            raise _not_public() from err
        except (TimeoutError, OSError):
            return


def _not_public() -> InvalidRequest:
    return InvalidRequest([Violation("url", "url must not lead to a private address")])
