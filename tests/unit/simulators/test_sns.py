"""Signed notifications: the string to sign, the signature, the certificate, the subscription."""

import base64
import json
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from simulators.server import Running
from simulators.sns import load_or_make_key, string_to_sign
from tests.unit.simulators.builders import FakeGateway, SendEmail, StartSimulators

NOTIFICATION_FIELDS = ("Message", "MessageId", "Timestamp", "TopicArn", "Type")
SUBSCRIPTION_FIELDS = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


def verify(
    body: dict[str, str], fields: tuple[str, ...], certificate: bytes, algorithm: hashes.HashAlgorithm
) -> None:
    """Check the signature as the documentation of SNS has it, with nothing of the simulators."""
    text = "".join(f"{name}\n{body[name]}\n" for name in fields)
    key = x509.load_pem_x509_certificate(certificate).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    key.verify(base64.b64decode(body["Signature"]), text.encode(), padding.PKCS1v15(), algorithm)


async def fetch(http: aiohttp.ClientSession, url: str) -> bytes:
    async with http.get(url) as answer:
        assert answer.status == 200
        return await answer.read()


def test_string_to_sign_has_names_and_values_on_their_own_lines() -> None:
    message = {
        "Type": "Notification",
        "MessageId": "m",
        "TopicArn": "t",
        "Message": "hello\nthere",
        "Timestamp": "2026-01-02T03:04:05.678Z",
        "UnsubscribeURL": "http://example.com/not-signed",
    }

    assert string_to_sign(message) == (
        b"Message\nhello\nthere\nMessageId\nm\nTimestamp\n2026-01-02T03:04:05.678Z\nTopicArn\nt\nType\nNotification\n"
    )


def test_string_to_sign_has_a_subject_where_there_is_one() -> None:
    message = {
        "Type": "Notification",
        "MessageId": "m",
        "Subject": "s",
        "TopicArn": "t",
        "Message": "x",
        "Timestamp": "1",
    }

    assert b"MessageId\nm\nSubject\ns\nTimestamp\n" in string_to_sign(message)


@pytest.mark.parametrize(("version", "algorithm"), [("2", hashes.SHA256()), ("1", hashes.SHA1())])
async def test_a_notification_is_signed_with_the_key_of_the_certificate_it_names(
    version: str,
    algorithm: hashes.HashAlgorithm,
    start_simulators: StartSimulators,
    send_email: SendEmail,
    gateway: FakeGateway,
    http: aiohttp.ClientSession,
) -> None:
    simulators: Running = await start_simulators(sns_signature_version=version)
    await send_email(simulators)

    receipt = await gateway.next_receipt()
    body = json.loads(receipt.body)
    assert body["SignatureVersion"] == version
    verify(body, NOTIFICATION_FIELDS, await fetch(http, body["SigningCertURL"]), algorithm)


async def test_a_notification_comes_as_sns_posts_it(
    simulators: Running, send_email: SendEmail, gateway: FakeGateway
) -> None:
    await send_email(simulators)

    receipt = await gateway.next_receipt()
    body = json.loads(receipt.body)
    assert receipt.path == "/notifications/email/ses"
    assert receipt.header(b"content-type") == "text/plain; charset=UTF-8"
    assert receipt.header(b"x-amz-sns-message-type") == body["Type"] == "Notification"
    assert receipt.header(b"x-amz-sns-message-id") == body["MessageId"]
    assert receipt.header(b"x-amz-sns-topic-arn") == body["TopicArn"]
    assert body["SigningCertURL"] == f"{simulators.url}/sns/cert.pem"


async def test_a_forged_notification_has_a_signature_that_is_wrong(
    simulators: Running, send_email: SendEmail, gateway: FakeGateway, http: aiohttp.ClientSession
) -> None:
    await send_email(simulators, "forged@simulator.notify")

    body = json.loads((await gateway.next_receipt()).body)
    certificate = await fetch(http, body["SigningCertURL"])
    with pytest.raises(InvalidSignature):
        verify(body, NOTIFICATION_FIELDS, certificate, hashes.SHA256())


async def test_the_gateway_can_confirm_its_subscription(
    start_simulators: StartSimulators, gateway: FakeGateway, http: aiohttp.ClientSession
) -> None:
    simulators: Running = await start_simulators(sns_subscribe="at-start")

    body = json.loads((await gateway.next_receipt()).body)
    assert body["Type"] == "SubscriptionConfirmation"
    verify(body, SUBSCRIPTION_FIELDS, await fetch(http, body["SigningCertURL"]), hashes.SHA256())

    before = json.loads(await fetch(http, f"{simulators.url}/sns"))
    answer = await fetch(http, body["SubscribeURL"])
    after = json.loads(await fetch(http, f"{simulators.url}/sns"))
    assert b"<SubscriptionArn>" in answer
    assert (before["is_confirmed"], after["is_confirmed"]) == (False, True)


async def test_a_subscription_is_not_confirmed_with_a_wrong_token(
    simulators: Running, http: aiohttp.ClientSession
) -> None:
    async with http.get(f"{simulators.url}/sns/confirm?Token=wrong&TopicArn=wrong") as answer:
        assert answer.status == 400


async def test_a_subscription_is_asked_for_again_on_demand(
    simulators: Running, gateway: FakeGateway, http: aiohttp.ClientSession
) -> None:
    async with http.post(f"{simulators.url}/sns/subscribe") as answer:
        assert answer.status == 202

    assert json.loads((await gateway.next_receipt()).body)["Type"] == "SubscriptionConfirmation"


def test_key_and_certificate_are_kept(tmp_path: Path) -> None:
    made = load_or_make_key(tmp_path, "2")
    again = load_or_make_key(tmp_path, "2")

    assert made.certificate == again.certificate
    message = {"Type": "Notification", "Message": "x"}
    assert made.sign(message) == again.sign(message)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
