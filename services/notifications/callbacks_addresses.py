"""Which addresses callbacks may go to: outside development only public ones, whatever a name resolves to.

A service chooses its own URLs, so without this it could make us call what only we can reach (SSRF). A URL
is checked when it is set; the address is checked again at each call, in the resolver and once more when the
socket is made, so nothing that DNS says later opens another door. Redirects are never followed. Called by
the worker in `callbacks` and by `callbacks_endpoints`.
"""

import asyncio
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_LOCAL_NAMES = ("localhost", "local", "internal", "home.arpa")
"""Names that mean this machine or this network (RFC 6761, 6762, 8375; `.internal` by ICANN's decision)."""
_NAT64 = IPv6Network("64:ff9b::/96")
_DNS_CACHED_S = 30
_DNS_THREADS = 32
"""A name whose servers hang holds a thread for seconds; what other names need must not wait for it."""


class AddressRefused(OSError):  # noqa: N818 -- says what happened
    """An address that is not called. An OSError, as aiohttp expects of resolvers and sockets."""


class AddressPolicy:
    """Decides about addresses."""

    def __init__(self, *, allow_private: bool, allowed_networks: Sequence[Network] = ()) -> None:
        """`allow_private`: everything goes, for development. `allowed_networks`: private ones that are
        called all the same.
        """
        self._allow_private = allow_private
        self._allowed_networks = tuple(allowed_networks)

    def allows(self, address: str) -> bool:
        """Whether an IP address may be called; what is no address may not."""
        if self._allow_private:
            return True
        try:
            parsed = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        inner = _embedded(parsed)
        return any(inner in network for network in self._allowed_networks) or _is_public(inner)

    def allows_host(self, host: str) -> bool:
        """Whether the host of a URL may be called as far as can be told without DNS."""
        if self._allow_private:
            return True
        try:
            ip_address(host)
        except ValueError:
            return bool(self._allowed_networks) or _is_public_name(host.rstrip(".").lower())
        return self.allows(host)

    def connector(self) -> aiohttp.TCPConnector:
        """A connector that reaches allowed addresses only."""
        return aiohttp.TCPConnector(
            limit=0,  # the worker counts its calls itself
            ttl_dns_cache=_DNS_CACHED_S,
            resolver=CheckedResolver(self),
            socket_factory=self._socket,
        )

    def _socket(self, address: Any) -> socket.socket:
        family, kind, protocol, _, (host, *_) = address
        if not self.allows(host):
            raise AddressRefused("the address is not public")
        return socket.socket(family, kind, protocol)


class SystemResolver(AbstractResolver):
    """The system's resolver in threads of its own."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_DNS_THREADS, thread_name_prefix="callback dns")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Addresses of a name. Raises OSError."""
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        )
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=int(address[1]),
                family=family,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for family, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        """Start nothing more; threads that hang end with the process."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class CheckedResolver(AbstractResolver):
    """A resolver, less addresses that are not allowed."""

    def __init__(self, policy: AddressPolicy, resolver: AbstractResolver | None = None) -> None:
        self._policy = policy
        self._resolver = resolver or SystemResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Addresses of a name. Raises AddressRefused when none of them is allowed."""
        found = await self._resolver.resolve(host, port, family)
        allowed = [result for result in found if self._policy.allows(result["host"])]
        if found and not allowed:
            raise AddressRefused("the name has no public address")
        return allowed

    async def close(self) -> None:
        """Close the resolver inside."""
        await self._resolver.close()


def parse_networks(text: str) -> tuple[Network, ...]:
    """Networks such as `10.1.0.0/16`, with commas between. Raises ValueError."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def _embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 address leads to, where it does; else the address."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _is_public(address: Address) -> bool:
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _is_public_name(name: str) -> bool:
    """Whether a name may be somebody's public host. One without a dot is not, nor one of numbers alone, which
    old C libraries read as an address.
    """
    return (
        "." in name
        and not name.rpartition(".")[2].isdigit()
        and not any(name == local or name.endswith(f".{local}") for local in _LOCAL_NAMES)
    )
