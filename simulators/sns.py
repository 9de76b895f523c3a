"""The SNS side of SES: signed notifications over HTTP, the certificate that proves them, and the
subscription.

The key and its self-signed certificate are made at the first start and kept in the data folder, so that
services that remember a certificate go on trusting it. Formats and the string to sign:
https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html
"""

import base64
import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from servicekit import clock
from simulators.files import write_private
from simulators.http_server import Request, Response, error_response, json_response
from simulators.receipts import Receipt, ReceiptSender
from simulators.times import iso_ms, now_us

GATEWAY_PATH = "/notifications/email/ses"
KEY_FILE = "sns-key.pem"
CERTIFICATE_FILE = "sns-cert.pem"

SIGNED_FIELDS: Mapping[str, tuple[str, ...]] = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        "Message",
        "MessageId",
        "SubscribeURL",
        "Timestamp",
        "Token",
        "TopicArn",
        "Type",
    ),
}
"""Which fields are signed, in this order; those that a message does not have are left out."""

_HASHES: Mapping[str, type[hashes.SHA1] | type[hashes.SHA256]] = {"1": hashes.SHA1, "2": hashes.SHA256}

_CONFIRMED = (
    b'<ConfirmSubscriptionResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><ConfirmSubscriptionResult>'
    b"<SubscriptionArn>%s</SubscriptionArn></ConfirmSubscriptionResult></ConfirmSubscriptionResponse>"
)


def string_to_sign(message: Mapping[str, str]) -> bytes:
    """Return the canonical string: name and value of each signed field, each on its own line."""
    fields = [name for name in SIGNED_FIELDS[message["Type"]] if name in message]
    return "".join(f"{name}\n{message[name]}\n" for name in fields).encode()


class SigningKey:
    """The topic's RSA key and its certificate."""

    def __init__(self, key: rsa.RSAPrivateKey, certificate: bytes, version: Literal["1", "2"]) -> None:
        self._key = key
        self.certificate = certificate  # PEM
        self.version = version

    def sign(self, message: Mapping[str, str]) -> str:
        """Return the signature in base64. About 0.25 ms of CPU: the dearest part of a simulated email."""
        signature = self._key.sign(string_to_sign(message), padding.PKCS1v15(), _HASHES[self.version]())
        return base64.b64encode(signature).decode()


def load_or_make_key(data_dir: Path, version: Literal["1", "2"]) -> SigningKey:
    """Read key and certificate from the folder; make and keep them where either is missing."""
    key_path, certificate_path = data_dir / KEY_FILE, data_dir / CERTIFICATE_FILE
    if not (key_path.exists() and certificate_path.exists()):
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        write_private(key_path, pem)
        write_private(certificate_path, _make_certificate(key))
    # We made the key ourselves; checking it again takes 50 ms, which every test would pay.
    loaded = serialization.load_pem_private_key(
        key_path.read_bytes(), password=None, unsafe_skip_rsa_key_validation=True
    )
    if not isinstance(loaded, rsa.RSAPrivateKey):
        raise TypeError(f"{KEY_FILE} does not hold an RSA key")
    return SigningKey(loaded, certificate_path.read_bytes(), version)


def _make_certificate(key: rsa.RSAPrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.simulator.notify")])
    now = clock.now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)


@dataclass(slots=True)
class Subscription:
    """Whether the gateway followed the link in the subscription message."""

    token: str
    confirmed_at_us: int | None = None
    confirmations: int = 0


class Topic:
    """The topic that SES reports to, with the gateway as its one subscriber."""

    def __init__(self, *, key: SigningKey, arn: str, public_url: str, sender: ReceiptSender) -> None:
        self._key = key
        self._arn = arn
        self._public_url = public_url
        self._sender = sender
        # Always the same, so that a message kept over a restart can still be confirmed.
        self._subscription = Subscription(hashlib.sha256(arn.encode()).hexdigest())

    def notification(
        self, message: bytes, *, reference: str, report: str, is_forged: bool = False
    ) -> Receipt:
        """Make the receipt that carries `message` (JSON). A forged one has the signature of another
        message."""
        fields = self._fields("Notification", message.decode())
        signed = {**fields, "Message": "{}"} if is_forged else fields
        body = {
            **fields,
            **self._signature(signed),
            "UnsubscribeURL": f"{self._public_url}/sns/unsubscribe?SubscriptionArn={self._arn}:simulator",
        }
        return self._receipt(body, reference=reference, report=report)

    def subscribe(self) -> None:
        """Send the gateway a SubscriptionConfirmation, as SNS does when an endpoint is subscribed."""
        token = self._subscription.token
        text = f"You have chosen to subscribe to the topic {self._arn}. Visit the SubscribeURL to confirm."
        fields = self._fields("SubscriptionConfirmation", text)
        fields["Token"] = token
        fields["SubscribeURL"] = (
            f"{self._public_url}/sns/confirm?Action=ConfirmSubscription&TopicArn={self._arn}&Token={token}"
        )
        body = {**fields, **self._signature(fields)}
        self._sender.schedule(self._receipt(body, reference=fields["MessageId"], report="subscription"), 0.0)

    def _fields(self, kind: str, message: str) -> dict[str, str]:
        return {
            "Type": kind,
            "MessageId": str(uuid.uuid4()),
            "TopicArn": self._arn,
            "Message": message,
            "Timestamp": iso_ms(now_us()),
        }

    def _signature(self, fields: Mapping[str, str]) -> dict[str, str]:
        return {
            "SignatureVersion": self._key.version,
            "Signature": self._key.sign(fields),
            "SigningCertURL": f"{self._public_url}/sns/cert.pem",
        }

    def _receipt(self, body: Mapping[str, str], *, reference: str, report: str) -> Receipt:
        headers = (
            "Content-Type: text/plain; charset=UTF-8\r\n"
            "User-Agent: Amazon Simple Notification Service Agent\r\n"
            f"x-amz-sns-message-type: {body['Type']}\r\nx-amz-sns-message-id: {body['MessageId']}\r\n"
            f"x-amz-sns-topic-arn: {self._arn}\r\n"
        )
        return Receipt(
            provider="sns" if body["Type"] == "SubscriptionConfirmation" else "ses",
            reference=reference,
            report=report,
            path=GATEWAY_PATH,
            headers=headers,
            body=msgspec.json.encode(body),
        )

    # Endpoints.

    def get_certificate(self, _request: Request) -> Response:
        return Response(body=self._key.certificate, content_type=b"application/x-pem-file")

    def confirm(self, request: Request) -> Response:
        """Answer the link that the gateway follows to confirm the subscription."""
        if (
            request.query_value("Token") != self._subscription.token
            or request.query_value("TopicArn") != self._arn
        ):
            return error_response(400, "not the token or topic of this subscription")
        self._subscription.confirmations += 1
        self._subscription.confirmed_at_us = self._subscription.confirmed_at_us or now_us()
        return Response(body=_CONFIRMED % f"{self._arn}:simulator".encode(), content_type=b"text/xml")

    def post_subscribe(self, _request: Request) -> Response:
        self.subscribe()
        return json_response({"subscription": "sent"}, status=202)

    def get_subscription(self, _request: Request) -> Response:
        confirmed_at_us = self._subscription.confirmed_at_us
        return json_response(
            {
                "topic_arn": self._arn,
                "is_confirmed": confirmed_at_us is not None,
                "confirmed_at": None if confirmed_at_us is None else iso_ms(confirmed_at_us),
                "confirmations": self._subscription.confirmations,
            }
        )
