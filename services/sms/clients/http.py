"""One POST to a provider: kept connections, a limit on everything, and failures as short fixed codes.

A failure before the request was sent (no connection) is told apart from one after it: then the provider may
have the message. Used by the providers' clients. Redirects are not followed: a provider's address is a setting.
"""

import socket
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import aiohttp
from aiohttp import AddrInfoType

from servicekit.clock import monotonic
from services.sms import metrics
from services.sms.clients.provider import Blame, NotTaken, ProviderName

_KEEPALIVE_IDLE_S: Final = 30
_KEEPALIVE_INTERVAL_S: Final = 10
_KEEPALIVE_PROBES: Final = 3
_REFUSALS: Final = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
)
"""Statuses that are about this message; all others would meet the next one as well."""
_CONNECT_SHARE: Final = 0.5
"""Of the whole time: no connection by then fails while it is still certain that nothing was sent."""


def open_session(*, connections: int, timeout_s: float) -> aiohttp.ClientSession:
    """A session for one provider: at most `connections` at once, `timeout_s` for each whole request.

    No caller may have more than `connections` requests under way: waiting for one that is free would count as
    connecting.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections, socket_factory=_make_socket),
        timeout=aiohttp.ClientTimeout(total=timeout_s, connect=timeout_s * _CONNECT_SHARE),
        cookie_jar=aiohttp.DummyCookieJar(),
    )


async def post(
    provider: ProviderName, session: aiohttp.ClientSession, url: str, body: bytes, headers: Mapping[str, str]
) -> bytes | NotTaken:
    """The body of a 2xx answer, or why there was none."""
    began = monotonic()
    try:
        async with session.post(url, data=body, headers=headers, allow_redirects=False) as response:
            answer = await response.read()
            status = response.status
    except aiohttp.ClientConnectorError:
        return NotTaken("connection", Blame.PROVIDER)
    except aiohttp.ConnectionTimeoutError:
        return NotTaken("timeout", Blame.PROVIDER)
    except TimeoutError:
        return NotTaken("timeout", Blame.PROVIDER, may_have_it=True)
    except (aiohttp.ClientError, OSError):
        return NotTaken("connection", Blame.PROVIDER, may_have_it=True)
    finally:
        metrics.record_raw_request(provider, monotonic() - began)
    if 200 <= status < 300:
        return answer
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return NotTaken("throttled", Blame.PROVIDER)
    if status == HTTPStatus.GATEWAY_TIMEOUT:  # whoever stands before the provider did not get its answer
        return NotTaken("http_504", Blame.PROVIDER, may_have_it=True)
    return NotTaken(f"http_{status}", Blame.MESSAGE if status in _REFUSALS else Blame.PROVIDER)


def _make_socket(address: AddrInfoType) -> socket.socket:
    """A socket that finds out by itself when the other side has gone without a word."""
    family, kind, protocol, _, _ = address
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (
        ("TCP_KEEPIDLE", _KEEPALIVE_IDLE_S),
        ("TCP_KEEPINTVL", _KEEPALIVE_INTERVAL_S),
        ("TCP_KEEPCNT", _KEEPALIVE_PROBES),
    ):
        if hasattr(socket, option):  # not all systems have them
            made.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
    return made
