"""Fetching from SNS over a real connection."""

from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest

from servicekit.clock import SystemClock
from servicekit.errors import Unavailable
from services.email.clients import sns as sns_client
from services.email.clients.sns import Region, SnsClient, TrustedHosts, open_session
from tests.integration.email.worlds import SnsServer
from tests.unit.email.builders import SnsTopic

REGION = Region("sns.eu-west-1.amazonaws.com")
TRUSTED = TrustedHosts(hosts=frozenset({"127.0.0.1"}), plain_loopback=True)


@pytest.fixture
async def server() -> SnsServer:
    return SnsServer()


@pytest.fixture
async def url(server: SnsServer) -> AsyncIterator[str]:
    async with server.running(SnsTopic()) as url:
        yield url


@pytest.fixture
async def client() -> AsyncIterator[SnsClient]:
    async with open_session() as session:
        yield SnsClient(session, TRUSTED, SystemClock())


async def test_a_certificate_is_fetched(url: str, client: SnsClient) -> None:
    assert await client.public_key(f"{url}/cert.pem", REGION) is not None


async def test_a_redirect_is_not_followed(server: SnsServer, url: str, client: SnsClient) -> None:
    assert await client.public_key(f"{url}/redirect", REGION) is None
    assert server.asked == ["/redirect"]


async def test_an_endless_answer_is_cut_off(url: str, client: SnsClient) -> None:
    assert await client.public_key(f"{url}/large", REGION) is None


async def test_a_link_is_followed_as_it_came(server: SnsServer, url: str, client: SnsClient) -> None:
    link = "/confirm?Action=ConfirmSubscription&TopicArn=arn:aws:sns:eu-west-1:1:t&Token=a%2Bb"
    assert await client.confirm(url + link, REGION)
    assert server.asked == [link]


async def test_an_answer_that_does_not_come_is_given_up(url: str) -> None:
    timeout = aiohttp.ClientTimeout(total=timedelta(milliseconds=50).total_seconds())
    async with aiohttp.ClientSession(timeout=timeout) as session:
        with pytest.raises(Unavailable):
            await SnsClient(session, TRUSTED, SystemClock()).public_key(f"{url}/slow", REGION)


async def test_every_fetch_has_a_limit() -> None:
    async with open_session() as session:
        assert session.timeout.total == sns_client._FETCH_TIMEOUT_S
        assert session.trust_env is False
