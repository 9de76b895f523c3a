"""SNS messages: reading them, and telling whether one was really sent by a topic of ours.

The format and the string that is signed:
https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html.
Whoever has an AWS account can have SNS sign a message, so it is the topic's name, which is signed too, that
makes a message ours. Fetching certificates is in `clients/sns.py`; what a message does in `receipts.py`,
which calls this.
"""

import base64
import binascii
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from services.email.clients.sns import Region, region_of

MAX_AGE: Final = timedelta(hours=1)
"""SNS itself gives up an HTTP endpoint after an hour at most."""
MAX_AHEAD: Final = timedelta(minutes=5)
"""How far its clock may be before ours."""


class MessageType(StrEnum):
    """What an SNS message is for."""

    NOTIFICATION = "Notification"
    SUBSCRIPTION_CONFIRMATION = "SubscriptionConfirmation"
    UNSUBSCRIBE_CONFIRMATION = "UnsubscribeConfirmation"


class Fault(StrEnum):
    """Why a message is not trusted."""

    TOPIC = "topic"
    TIME = "time"
    CERTIFICATE = "certificate"
    SIGNATURE = "signature"


class SnsMessage(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """One message as SNS posts it. `subscribe_url` and `token` are "" in a notification."""

    type: MessageType
    message_id: str
    topic_arn: str
    message: str
    timestamp: str
    signature_version: str
    signature: str
    signing_cert_url: str = msgspec.field(name="SigningCertURL")
    subject: str | None = None
    token: str = ""
    subscribe_url: str = msgspec.field(name="SubscribeURL", default="")


_decode = msgspec.json.Decoder(SnsMessage).decode

_HASHES: Final = {"1": hashes.SHA1, "2": hashes.SHA256}


def read_message(body: bytes) -> SnsMessage | None:
    """Read the body of a request; None when it is not a whole SNS message."""
    try:
        message = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    confirms = message.type is not MessageType.NOTIFICATION
    return None if confirms and not (message.token and message.subscribe_url) else message


def string_to_sign(message: SnsMessage) -> bytes:
    """The canonical string: names and values of the signed fields, each on its own line."""
    lines = ["Message", message.message, "MessageId", message.message_id]
    if message.type is MessageType.NOTIFICATION:
        lines += [] if message.subject is None else ["Subject", message.subject]
        lines += ["Timestamp", message.timestamp]
    else:
        lines += [
            "SubscribeURL",
            message.subscribe_url,
            "Timestamp",
            message.timestamp,
            "Token",
            message.token,
        ]
    lines += ["TopicArn", message.topic_arn, "Type", message.type.value, ""]
    return "\n".join(lines).encode()


class Certificates(Protocol):
    """Knows the keys of SNS."""

    async def public_key(self, url: str, region: Region) -> rsa.RSAPublicKey | None:
        """The key of the certificate at `url`; None when it is no place or no certificate to trust.

        Raises Unavailable when it can't be fetched now.
        """
        ...


class Verifier:
    """Tells whether messages are from our topics. Costs about 25 µs of CPU a message, reading included; most
    is RSA."""

    def __init__(self, topic_arns: frozenset[str], certificates: Certificates) -> None:
        """Raises ValueError when one is not a topic's ARN."""
        self._regions = {arn: region_of(arn) for arn in topic_arns}
        self._certificates = certificates

    def region(self, message: SnsMessage) -> Region:
        """The region of a message that was found trustworthy."""
        return self._regions[message.topic_arn]

    async def find_fault(self, message: SnsMessage, now: datetime) -> Fault | None:
        """Why the message is not to be trusted; None when it is. Cheap checks come first.

        Raises Unavailable when the certificate can't be fetched now.
        """
        region = self._regions.get(message.topic_arn)
        if region is None:
            return Fault.TOPIC
        if not _is_recent(message.timestamp, now):
            return Fault.TIME
        key = await self._certificates.public_key(message.signing_cert_url, region)
        if key is None:
            return Fault.CERTIFICATE
        return None if _is_signed(message, key) else Fault.SIGNATURE


def _is_recent(timestamp: str, now: datetime) -> bool:
    try:
        at = datetime.fromisoformat(timestamp)
    except ValueError:
        return False
    return at.tzinfo is not None and now - MAX_AGE <= at <= now + MAX_AHEAD


def _is_signed(message: SnsMessage, key: rsa.RSAPublicKey) -> bool:
    hash_of = _HASHES.get(message.signature_version)
    # With a line break in one of these, two different messages could have the same canonical string.
    named = (
        message.message_id,
        message.subject or "",
        message.timestamp,
        message.token,
        message.subscribe_url,
    )
    if hash_of is None or any("\n" in value for value in named):
        return False
    try:
        signature = base64.b64decode(message.signature, validate=True)
        key.verify(signature, string_to_sign(message), padding.PKCS1v15(), hash_of())
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return True
