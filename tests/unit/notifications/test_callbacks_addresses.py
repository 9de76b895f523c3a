"""Which addresses callbacks may go to."""

import socket
from collections.abc import Mapping, Sequence

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from servicekit.clock import SystemClock
from servicekit.errors import InvalidRequest
from servicekit.ids import new_id
from services.notifications.callbacks_addresses import (
    AddressPolicy,
    AddressRefused,
    CheckedResolver,
    SystemResolver,
    parse_networks,
)
from services.notifications.callbacks_endpoints import CallbackEndpoints
from services.notifications.callbacks_limits import Endpoint
from tests.unit.notifications.builders import SETTINGS

PUBLIC = AddressPolicy(allow_private=False)
ANY = AddressPolicy(allow_private=True)
TOKEN = "long enough token"


class Names(AbstractResolver):
    """Knows the names that it was given."""

    def __init__(self, **known: Sequence[str]) -> None:
        self._known: Mapping[str, Sequence[str]] = {
            name.replace("_", "."): addresses for name, addresses in known.items()
        }

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if host not in self._known:
            raise OSError("no such name")
        return [
            ResolveResult(hostname=host, host=address, port=port, family=socket.AF_INET, proto=0, flags=0)
            for address in self._known[host]
        ]

    async def close(self) -> None:
        return


def endpoints(policy: AddressPolicy, **names: Sequence[str]) -> CallbackEndpoints:
    return CallbackEndpoints(
        FakeStore(),  # type: ignore[arg-type]  # only one method is used
        secrets=SETTINGS.secrets,
        clock=SystemClock(),
        addresses=policy,
        allow_http=False,
        callbacks_queued=lambda: None,
        resolver=Names(**names),
    )


class FakeStore:
    async def set_endpoint(self, *_: object, **__: object) -> bool:
        return True


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "8.8.8.8"])
def test_public_addresses_are_called(address: str) -> None:
    assert PUBLIC.allows(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "::1", "0.0.0.0", "::", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "169.254.169.254", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "100.64.0.1", "224.0.0.1", "ff02::1",
        "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2002:a00:1::1", "2001:db8::1", "::7f00:1",
        "not an address", "",
    ],
)  # fmt: skip
def test_no_other_address_is_called(address: str) -> None:
    assert not PUBLIC.allows(address)
    assert not PUBLIC.allows_host(address) or address.startswith("not")


@pytest.mark.parametrize("host", ["example.com", "hooks.service.gov.uk", "xn--e1afmkfd.example.com"])
def test_names_that_may_be_public(host: str) -> None:
    assert PUBLIC.allows_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "LOCALHOST", "localhost.", "a.localhost", "printer.local", "metadata.google.internal", "router",
        "nas.home.arpa", "127.1", "2130706433", "0177.0.0.1", "0x7f.0.0.1", "[::1]",
    ],
)  # fmt: skip
def test_names_that_can_only_be_private(host: str) -> None:
    assert not PUBLIC.allows_host(host)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "::1"])
def test_in_development_everything_is_called(address: str) -> None:
    assert ANY.allows(address)
    assert ANY.allows_host("localhost")


def test_networks_that_were_allowed_are_called_and_no_others() -> None:
    policy = AddressPolicy(allow_private=False, allowed_networks=parse_networks("10.1.0.0/16, fd00::/8"))
    assert [policy.allows(each) for each in ("10.1.2.3", "fd00::1", "::ffff:10.1.2.3", "10.2.0.1")] == [
        True,
        True,
        True,
        False,
    ]
    assert policy.allows_host("hooks.internal")


@pytest.mark.parametrize("text", ["10.0.0.1/8", "nonsense"])
def test_networks_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"network|host bits"):
        parse_networks(text)


async def test_of_several_addresses_only_public_ones_are_called() -> None:
    resolver = CheckedResolver(PUBLIC, Names(both_example_com=["10.0.0.1", "8.8.8.8"]))
    assert [found["host"] for found in await resolver.resolve("both.example.com")] == ["8.8.8.8"]


async def test_a_name_with_private_addresses_alone_is_refused() -> None:
    with pytest.raises(AddressRefused):
        await CheckedResolver(PUBLIC, Names(bad_example_com=["127.0.0.1"])).resolve("bad.example.com")


async def test_the_systems_resolver_finds_this_machine() -> None:
    resolver = SystemResolver()
    found = await resolver.resolve("localhost", 80, socket.AF_INET)
    await resolver.close()
    assert {(each["host"], each["port"]) for each in found} == {("127.0.0.1", 80)}


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/hook", "https://[::1]/", "https://localhost/x", "https://127.1"]
)
async def test_a_private_url_cannot_be_set(url: str) -> None:
    with pytest.raises(InvalidRequest, match="must not lead to a private address"):
        await endpoints(PUBLIC).set(Endpoint(new_id(), "delivery_status"), url, TOKEN)


async def test_a_url_whose_name_leads_to_a_private_address_cannot_be_set() -> None:
    with pytest.raises(InvalidRequest, match="must not lead to a private address"):
        await endpoints(PUBLIC, inside_example_com=["10.0.0.1"]).set(
            Endpoint(new_id(), "delivery_status"), "https://inside.example.com/", TOKEN
        )


@pytest.mark.parametrize("url", ["https://outside.example.com/x", "https://not-known-yet.example.com/"])
async def test_a_public_url_and_one_that_is_not_known_yet_can_be_set(url: str) -> None:
    secret = await endpoints(PUBLIC, outside_example_com=["8.8.8.8"]).set(
        Endpoint(new_id(), "delivery_status"), url, TOKEN
    )
    assert secret is not None
    assert secret.startswith("whsec_")
