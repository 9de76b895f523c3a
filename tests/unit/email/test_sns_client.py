"""Which addresses are asked for SNS's sake, and what is believed of the answers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from servicekit.clock import FixedClock
from servicekit.errors import Unavailable
from services.email.clients.sns import Region, SnsClient, TrustedHosts
from tests.unit.email.builders import CERTIFICATE_URL, NOW, SUBSCRIBE_URL, SnsTopic, make_certificate

REGION = Region("sns.eu-west-1.amazonaws.com")
PATH = "/SimpleNotificationService-0123456789abcdef.pem"


class FakeContent:
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def read(self, size: int) -> bytes:
        taken, self._body = self._body[: min(size, 20_000)], self._body[min(size, 20_000) :]
        return taken


class FakeResponse:
    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        self.content = FakeContent(body)


class FakeSession:
    """Answers every request in one way, and notes what was asked."""

    def __init__(self, body: bytes = b"", status: int = 200, failure: Exception | None = None) -> None:
        self.body = body
        self.status = status
        self.failure = failure
        self.asked: list[str] = []
        self.options: list[dict[str, Any]] = []

    @contextlib.asynccontextmanager
    async def get(self, url: object, **options: Any) -> AsyncIterator[FakeResponse]:
        self.asked.append(str(url))
        self.options.append(options)
        await asyncio.sleep(0)
        if self.failure is not None:
            raise self.failure
        yield FakeResponse(self.status, self.body)


@pytest.fixture(scope="module")
def topic() -> SnsTopic:
    return SnsTopic()


def a_client(
    session: FakeSession, *, hosts: TrustedHosts | None = None, clock: FixedClock | None = None
) -> SnsClient:
    return SnsClient(session, hosts or TrustedHosts(), clock or FixedClock(NOW))  # type: ignore[arg-type]  # a fake


UNTRUSTED = [
    "",
    "x",
    "/relative.pem",
    f"http://sns.eu-west-1.amazonaws.com{PATH}",
    f"ftp://sns.eu-west-1.amazonaws.com{PATH}",
    f"https://sns.eu-west-1.amazonaws.com:8443{PATH}",
    f"https://sns.us-east-1.amazonaws.com{PATH}",
    f"https://sns.eu-west-1.amazonaws.com.evil.example{PATH}",
    f"https://evil.example/sns.eu-west-1.amazonaws.com{PATH}",
    f"https://evil.example#sns.eu-west-1.amazonaws.com{PATH}",
    f"https://sns.eu-west-1.amazonaws.com@evil.example{PATH}",
    f"https://evil.example\\@sns.eu-west-1.amazonaws.com{PATH}",
    f"https://me:secret@sns.eu-west-1.amazonaws.com{PATH}",
    f"https://sns.eu-west-1.amazonaws.com.{PATH}",
    f"https://xsns.eu-west-1.amazonaws.com{PATH}",
    f"https://169.254.169.254{PATH}",
    f"https://[::1]{PATH}",
    f"https://127.0.0.1:6030{PATH}",
    "file:///etc/passwd",
    "https://sns.eu-west-1.amazonaws.com:99999/x",
    "https://[",
]


@pytest.mark.parametrize("url", UNTRUSTED)
async def test_no_other_host_is_asked_for_a_certificate_or_followed(topic: SnsTopic, url: str) -> None:
    session = FakeSession(topic.certificate)
    client = a_client(session)
    assert await client.public_key(url, REGION) is None
    assert await client.confirm(url, REGION) is False
    assert session.asked == []


@pytest.mark.parametrize(
    "path", ["/", "/x.pem", f"{PATH}?x=1", "/SimpleNotificationService-..%2f.pem", f"/a{PATH}", f"{PATH}/"]
)
async def test_nothing_but_certificates_is_fetched_as_one(topic: SnsTopic, path: str) -> None:
    session = FakeSession(topic.certificate)
    assert await a_client(session).public_key(f"https://{REGION.host}{path}", REGION) is None
    assert session.asked == []


@pytest.mark.parametrize(
    ("hosts", "plain", "url", "is_asked"),
    [
        ("127.0.0.1:6030", True, "http://127.0.0.1:6030/sns/cert.pem", True),
        ("127.0.0.1", True, "http://127.0.0.1:6030/sns/cert.pem", True),
        ("127.0.0.1:6030", False, "http://127.0.0.1:6030/sns/cert.pem", False),
        ("127.0.0.1:6030", True, "http://127.0.0.1:6031/sns/cert.pem", False),
        ("127.0.0.1:6030", True, "http://127.0.0.1:6030@evil.example/cert.pem", False),
        ("sns.mirror.example", True, "http://sns.mirror.example/cert.pem", False),
        ("sns.mirror.example", False, "https://sns.mirror.example/cert.pem", True),
    ],
)
async def test_named_hosts_are_asked_and_over_http_only_this_machine_in_development(
    topic: SnsTopic, hosts: str, plain: bool, url: str, is_asked: bool
) -> None:
    session = FakeSession(topic.certificate)
    client = a_client(session, hosts=TrustedHosts(hosts=frozenset({hosts}), plain_loopback=plain))
    assert (await client.public_key(url, REGION) is not None) is is_asked
    assert session.asked == ([url] if is_asked else [])


async def test_a_certificate_is_fetched_once_for_a_day(topic: SnsTopic) -> None:
    session, clock = FakeSession(topic.certificate), FixedClock(NOW)
    client = a_client(session, clock=clock)
    for _ in range(3):
        assert await client.public_key(CERTIFICATE_URL, REGION) is not None
    clock.advance(timedelta(hours=23))
    await client.public_key(CERTIFICATE_URL, REGION)
    assert len(session.asked) == 1
    clock.advance(timedelta(hours=2))
    await client.public_key(CERTIFICATE_URL, REGION)
    assert len(session.asked) == 2


async def test_a_key_is_not_used_beyond_its_certificates_end(topic: SnsTopic) -> None:
    session = FakeSession(make_certificate(topic.key, ends_at=NOW + timedelta(hours=1)))
    clock = FixedClock(NOW)
    client = a_client(session, clock=clock)
    assert await client.public_key(CERTIFICATE_URL, REGION) is not None
    clock.advance(timedelta(hours=2))
    assert await client.public_key(CERTIFICATE_URL, REGION) is None


async def test_at_most_four_are_fetched_at_once_and_waiters_use_what_came(topic: SnsTopic) -> None:
    session = FakeSession(topic.certificate)
    client = a_client(session)
    keys = await asyncio.gather(*(client.public_key(CERTIFICATE_URL, REGION) for _ in range(20)))
    assert None not in keys
    assert len(session.asked) <= 4


def other_bodies() -> list[bytes]:
    ec_key = ec.generate_private_key(ec.SECP256R1())
    public = ec_key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    old = SnsTopic()
    return [
        b"",
        b"<html>",
        public,
        SnsTopic(key_bits=1024).certificate,
        make_certificate(old.key, ends_at=NOW - timedelta(seconds=1)),
        make_certificate(old.key, begins_at=NOW + timedelta(hours=1)),
        old.certificate + b" " * 70_000,
    ]


@pytest.mark.parametrize("body", other_bodies())
async def test_what_is_no_good_certificate_is_refused_and_that_is_remembered(body: bytes) -> None:
    session, clock = FakeSession(body), FixedClock(NOW)
    client = a_client(session, clock=clock)
    assert await client.public_key(CERTIFICATE_URL, REGION) is None
    assert await client.public_key(CERTIFICATE_URL, REGION) is None
    assert len(session.asked) == 1
    clock.advance(timedelta(minutes=6))
    assert await client.public_key(CERTIFICATE_URL, REGION) is None
    assert len(session.asked) == 2


@pytest.mark.parametrize("status", [301, 302, 403, 404])
async def test_other_answers_are_refusals_and_redirects_are_not_followed(
    topic: SnsTopic, status: int
) -> None:
    session = FakeSession(topic.certificate, status=status)
    client = a_client(session)
    assert await client.public_key(CERTIFICATE_URL, REGION) is None
    assert await client.confirm(SUBSCRIBE_URL, REGION) is False
    assert all(options == {"allow_redirects": False} for options in session.options)


@pytest.mark.parametrize(
    "session",
    [
        FakeSession(status=500),
        FakeSession(status=429),
        FakeSession(failure=aiohttp.ClientConnectionError()),
        FakeSession(failure=TimeoutError()),
    ],
)
async def test_faults_that_may_pass_are_told_and_not_remembered(
    topic: SnsTopic, session: FakeSession
) -> None:
    client = a_client(session)
    with pytest.raises(Unavailable):
        await client.public_key(CERTIFICATE_URL, REGION)
    with pytest.raises(Unavailable):
        await client.confirm(SUBSCRIBE_URL, REGION)
    session.failure, session.status, session.body = None, 200, topic.certificate
    assert await client.public_key(CERTIFICATE_URL, REGION) is not None


async def test_many_strange_addresses_do_not_push_out_a_known_key(topic: SnsTopic) -> None:
    session = FakeSession(topic.certificate)
    client = a_client(session)
    await client.public_key(CERTIFICATE_URL, REGION)
    session.status = 404
    for number in range(300):
        await client.public_key(f"https://{REGION.host}/SimpleNotificationService-{number:016x}.pem", REGION)
    assert len(session.asked) == 301
    assert await client.public_key(CERTIFICATE_URL, REGION) is not None
    assert len(session.asked) == 301


async def test_a_subscription_is_confirmed_by_the_link_as_it_came() -> None:
    session = FakeSession(b"<ConfirmSubscriptionResponse/>")
    assert await a_client(session).confirm(SUBSCRIBE_URL, REGION) is True
    assert session.asked == [SUBSCRIBE_URL]
