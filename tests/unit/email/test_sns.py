"""Which SNS messages are trusted."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from services.email.clients.sns import Region, region_of
from services.email.sns import Fault, SnsMessage, Verifier, read_message
from tests.unit.email.builders import NOW, TOPIC, SnsTopic, body_of, iso, ses_notification

Message = dict[str, str]


class OneCertificate:
    """Knows one topic's certificate, and notes what it was asked for."""

    def __init__(self, topic: SnsTopic) -> None:
        self._topic = topic
        self.asked: list[tuple[str, Region]] = []

    async def public_key(self, url: str, region: Region) -> rsa.RSAPublicKey | None:
        self.asked.append((url, region))
        return self._topic.key.public_key() if url == self._topic.certificate_url else None


@pytest.fixture(scope="module")
def topic() -> SnsTopic:
    return SnsTopic()


def read(message: Message) -> SnsMessage:
    read = read_message(body_of(message))
    assert read is not None
    return read


async def find_fault(topic: SnsTopic, message: Message) -> Fault | None:
    verifier = Verifier(frozenset({TOPIC}), OneCertificate(topic))
    return await verifier.find_fault(read(message), NOW)


@pytest.mark.parametrize("version", ["1", "2"])
async def test_a_message_of_our_topic_is_trusted(topic: SnsTopic, version: str) -> None:
    assert await find_fault(topic, topic.notification(ses_notification(), version=version)) is None


async def test_a_subject_is_part_of_what_is_signed(topic: SnsTopic) -> None:
    message = topic.notification("m", Subject="s")
    assert await find_fault(topic, message) is None
    assert await find_fault(topic, message | {"Subject": "t"}) is Fault.SIGNATURE


async def test_confirmations_are_signed_over_their_link_and_token(topic: SnsTopic) -> None:
    message = topic.confirmation()
    assert await find_fault(topic, message) is None
    assert await find_fault(topic, message | {"SubscribeURL": "https://evil.example/"}) is Fault.SIGNATURE
    assert await find_fault(topic, message | {"Token": "u"}) is Fault.SIGNATURE


async def test_the_end_of_a_subscription_is_trusted(topic: SnsTopic) -> None:
    assert await find_fault(topic, topic.unsubscription()) is None


CHANGES: list[tuple[Callable[[SnsTopic, Message], Message], Fault]] = [
    (lambda topic, m: m | {"Message": "other"}, Fault.SIGNATURE),
    (lambda topic, m: m | {"MessageId": "other"}, Fault.SIGNATURE),
    (lambda topic, m: m | {"Signature": "AAAA"}, Fault.SIGNATURE),
    (lambda topic, m: m | {"Signature": "not base64!"}, Fault.SIGNATURE),
    (lambda topic, m: m | {"Signature": "é"}, Fault.SIGNATURE),
    (lambda topic, m: m | {"Signature": ""}, Fault.SIGNATURE),
    (lambda topic, m: m | {"SignatureVersion": "2"}, Fault.SIGNATURE),
    (lambda topic, m: m | {"SignatureVersion": "3"}, Fault.SIGNATURE),
    (lambda topic, m: m | {"Timestamp": iso(NOW - timedelta(minutes=1))}, Fault.SIGNATURE),
    (lambda topic, m: m | {"Timestamp": "yesterday"}, Fault.TIME),
    (lambda topic, m: m | {"Timestamp": "2026-03-04T05:06:07"}, Fault.TIME),
    (lambda topic, m: m | {"SigningCertURL": "https://evil.example/x.pem"}, Fault.CERTIFICATE),
    (lambda topic, m: m | {"TopicArn": TOPIC + "2"}, Fault.TOPIC),
    (lambda topic, m: SnsTopic().notification(m["Message"]), Fault.SIGNATURE),
    (lambda topic, m: topic.notification(m["Message"], at=NOW - timedelta(hours=1, seconds=1)), Fault.TIME),
    (lambda topic, m: topic.notification(m["Message"], at=NOW + timedelta(minutes=6)), Fault.TIME),
    (lambda topic, m: topic.notification(m["Message"], MessageId="a\nTimestamp\nb"), Fault.SIGNATURE),
]


@pytest.mark.parametrize(("change", "fault"), CHANGES)
async def test_a_message_with_a_fault_is_not_trusted(
    topic: SnsTopic, change: Callable[[SnsTopic, Message], Message], fault: Fault
) -> None:
    assert await find_fault(topic, change(topic, topic.notification(ses_notification()))) is fault


async def test_a_topic_of_somebody_else_is_refused_before_anything_is_fetched(topic: SnsTopic) -> None:
    certificates = OneCertificate(topic)
    stranger = SnsTopic(arn="arn:aws:sns:eu-west-1:999999999999:ses-callbacks", key_bits=1024)
    fault = await Verifier(frozenset({TOPIC}), certificates).find_fault(read(stranger.notification("m")), NOW)
    assert fault is Fault.TOPIC
    assert certificates.asked == []


async def test_the_certificate_is_sought_in_the_region_of_the_topic(topic: SnsTopic) -> None:
    certificates = OneCertificate(topic)
    await Verifier(frozenset({TOPIC}), certificates).find_fault(read(topic.notification("m")), NOW)
    assert certificates.asked == [(topic.certificate_url, Region("sns.eu-west-1.amazonaws.com"))]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b'{"Type": "Notification"}',
        b'{"Type": 1}',
        b'{"a":' * 20_000,
        json.dumps(
            {"Type": "Odd", "MessageId": "x", "TopicArn": "x", "Message": "x", "Timestamp": "x"}
        ).encode(),
    ],
)
def test_what_is_not_an_sns_message_is_not_read(body: bytes) -> None:
    assert read_message(body) is None


@pytest.mark.parametrize(
    "missing", ["Token", "SubscribeURL", "Signature", "SigningCertURL", "TopicArn", "Timestamp"]
)
def test_a_confirmation_needs_all_of_its_parts(topic: SnsTopic, missing: str) -> None:
    message = topic.confirmation()
    del message[missing]
    assert read_message(body_of(message)) is None


@given(st.binary(max_size=200))
def test_reading_never_fails(body: bytes) -> None:
    assert read_message(body) is None


@pytest.mark.parametrize(
    ("arn", "host"),
    [
        (TOPIC, "sns.eu-west-1.amazonaws.com"),
        ("arn:aws-cn:sns:cn-north-1:1:t", "sns.cn-north-1.amazonaws.com.cn"),
        ("arn:aws-us-gov:sns:us-gov-west-1:1:t", "sns.us-gov-west-1.amazonaws.com"),
    ],
)
def test_a_topic_tells_its_region(arn: str, host: str) -> None:
    assert region_of(arn) == Region(host)


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "ses-callbacks",
        "arn:aws:sqs:eu-west-1:1:t",
        "arn:aws:sns::1:t",
        "arn:other:sns:eu-west-1:1:t",
        TOPIC + ":x",
    ],
)
def test_what_is_no_topic_is_refused(arn: str) -> None:
    with pytest.raises(ValueError, match="not the ARN"):
        region_of(arn)
