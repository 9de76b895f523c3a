"""What is fetched from SNS over HTTPS: the certificates that prove its messages, and links that confirm a
subscription.

Both addresses come in a message of a stranger, so only SNS's own hosts are ever asked: over https, the host
of the topic's region; and in development the hosts that the settings name. Redirects are not followed,
answers are bounded. Used by `sns.py` and `receipts.py`.
"""

import asyncio
import re
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import aiohttp
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from yarl import URL

from servicekit.clock import Clock
from servicekit.errors import Unavailable

_FETCH_TIMEOUT_S: Final = 5.0
_MAX_FETCHES: Final = 4
_MAX_BYTES: Final = 64 * 1024
_KEPT: Final = timedelta(hours=24)
_REFUSAL_KEPT: Final = timedelta(minutes=5)
_MAX_REFUSALS: Final = 256
_MIN_KEY_BITS: Final = 2048
_CERTIFICATE_PATH: Final = re.compile(r"/SimpleNotificationService-[0-9a-f]{8,64}\.pem")
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Region:
    """Where a topic lives: its certificate and links are at that place's own host."""

    host: str
    """For example `sns.eu-west-1.amazonaws.com`."""


def region_of(topic_arn: str) -> Region:
    """The region of a topic, `arn:<partition>:sns:<region>:<account>:<name>`. Raises ValueError."""
    match topic_arn.split(":"):
        case ["arn", "aws" | "aws-us-gov", "sns", region, account, name] if region and account and name:
            return Region(f"sns.{region}.amazonaws.com")
        case ["arn", "aws-cn", "sns", region, account, name] if region and account and name:
            return Region(f"sns.{region}.amazonaws.com.cn")
        case _:
            raise ValueError("not the ARN of an SNS topic")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedHosts:
    """Which hosts may be asked beside a topic's own."""

    hosts: frozenset[str] = frozenset()
    """`host` or `host:port`, over https."""
    plain_loopback: bool = False
    """Those of them that are this machine may be asked over http: for development."""

    def is_named(self, url: URL) -> bool:
        """Whether the settings name this host, and the scheme is good enough."""
        if {url.host, f"{url.host}:{url.port}"}.isdisjoint(self.hosts):
            return False
        return url.scheme == "https" or (
            url.scheme == "http" and self.plain_loopback and url.host in _LOOPBACK
        )


@dataclass(frozen=True, slots=True)
class _Kept:
    key: rsa.RSAPublicKey | None
    until: datetime


class SnsClient:
    """Implements `sns.Certificates`, and confirms subscriptions."""

    def __init__(self, session: aiohttp.ClientSession, trusted: TrustedHosts, clock: Clock) -> None:
        """`session`: one that reads no proxy settings and keeps no cookies; see `open_session`."""
        self._session = session
        self._trusted = trusted
        self._clock = clock
        self._keys: dict[str, _Kept] = {}
        # Apart from the keys, so that strangers' addresses can't push those out.
        self._refusals: OrderedDict[str, _Kept] = OrderedDict()
        self._fetching = asyncio.Semaphore(_MAX_FETCHES)

    async def public_key(self, url: str, region: Region) -> rsa.RSAPublicKey | None:
        """The key of the certificate at `url`; see `sns.Certificates`. Kept for a day, a refusal for five
        minutes."""
        parsed = _parse(url)
        if parsed is None or not self._may_be_certificate(parsed, region):
            return None
        kept = self._kept(url)
        if kept is None:
            async with self._fetching:
                kept = self._kept(url)  # somebody else may have fetched it meanwhile
                if kept is None:
                    kept = self._judge(await self._fetch(parsed))
                    self._keep(url, kept)
        return kept.key

    async def confirm(self, url: str, region: Region) -> bool:
        """Follow the link of a subscription confirmation; False when it is not SNS's or SNS refuses it.

        Raises Unavailable when SNS can't be asked now.
        """
        parsed = _parse(url)
        if parsed is None or not self._may_be_asked(parsed, region):
            return False
        return await self._fetch(parsed) is not None

    def _may_be_asked(self, url: URL, region: Region) -> bool:
        if url.user is not None or url.password is not None:
            return False
        is_own_host = url.scheme == "https" and url.host == region.host and url.port == 443
        return is_own_host or self._trusted.is_named(url)

    def _may_be_certificate(self, url: URL, region: Region) -> bool:
        if not self._may_be_asked(url, region):
            return False
        # Strangers could have us fetch any page of that host otherwise.
        return self._trusted.is_named(url) or _CERTIFICATE_PATH.fullmatch(url.raw_path_qs) is not None

    def _kept(self, url: str) -> _Kept | None:
        kept = self._keys.get(url) or self._refusals.get(url)
        return kept if kept is not None and self._clock.now() < kept.until else None

    def _keep(self, url: str, kept: _Kept) -> None:
        if kept.key is not None:
            self._keys[url] = kept
            return
        self._keys.pop(url, None)
        self._refusals.pop(url, None)
        self._refusals[url] = kept
        while len(self._refusals) > _MAX_REFUSALS:
            self._refusals.popitem(last=False)

    def _judge(self, pem: bytes | None) -> _Kept:
        now = self._clock.now()
        refusal = _Kept(None, now + _REFUSAL_KEPT)
        if pem is None:
            return refusal
        try:
            certificate = x509.load_pem_x509_certificate(pem)
            key = certificate.public_key()
        except (ValueError, x509.UnsupportedGeneralNameType):
            return refusal
        is_valid = certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
        if not is_valid or not isinstance(key, rsa.RSAPublicKey) or key.key_size < _MIN_KEY_BITS:
            return refusal
        return _Kept(key, min(now + _KEPT, certificate.not_valid_after_utc))

    async def _fetch(self, url: URL) -> bytes | None:
        """The body of a 200; None for another answer that will not change soon.

        Raises Unavailable for a fault that may pass: SNS sends the message again.
        """
        try:
            async with self._session.get(url, allow_redirects=False) as response:
                if response.status >= 500 or response.status == 429:
                    raise Unavailable("SNS can't be asked now")
                body = await response.content.read(_MAX_BYTES + 1)
                while len(body) <= _MAX_BYTES and (more := await response.content.read(_MAX_BYTES)):
                    body += more
        except (aiohttp.ClientError, TimeoutError) as err:
            raise Unavailable("SNS can't be asked now") from err
        return body if response.status == 200 and len(body) <= _MAX_BYTES else None


def open_session() -> aiohttp.ClientSession:
    """A session for `SnsClient`; the caller closes it."""
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=_FETCH_TIMEOUT_S),
        connector=aiohttp.TCPConnector(limit=_MAX_FETCHES),
        cookie_jar=aiohttp.DummyCookieJar(),
    )


def _parse(url: str) -> URL | None:
    # aiohttp is given the very object that was looked at: two parsers could see two hosts.
    try:
        parsed = URL(url, encoded=True)
        is_whole = parsed.absolute and parsed.port is not None and not parsed.raw_fragment
    except ValueError:
        return None
    return parsed if is_whole else None
