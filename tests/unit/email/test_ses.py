"""The request to SES, and what its answers mean."""

import asyncio
import socket
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ReadTimeoutError,
    SSLError,
    UnknownEndpointError,
)
from botocore.parsers import ResponseParserError

from deliverykit.types import HandedOver, Refused, RetryLater
from services.email.clients.addresses import UnusableAddress
from services.email.clients.ses import Ses, UnusableLink, send_email_request
from tests.unit.email.builders import ADDRESS, MESSAGE_ID, NOTIFICATION_ID, an_email

URL = "https://ses.example/"


class FakeClient:
    """Answers `send_email` in one way, and notes the requests."""

    def __init__(self, answer: Mapping[str, object] | Exception) -> None:
        self._answer = answer
        self.requests: list[dict[str, Any]] = []

    async def send_email(self, **request: Any) -> Mapping[str, object]:
        self.requests.append(request)
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def client_error(code: str, status: int = 400) -> ClientError:
    error = {"Code": code, "Message": f"Email address is not verified: {ADDRESS}"}
    return ClientError({"Error": error, "ResponseMetadata": {"HTTPStatusCode": status}}, "SendEmail")


def test_an_email_becomes_the_request_of_the_contract() -> None:
    email = an_email(
        to_address="Anna@Bücher.example",
        reply_to_address="answers@bücher.example",
        unsubscribe_url="https://unsubscribe.example/?a=1&b=2",
    )
    assert send_email_request(email) == {
        "FromEmailAddress": '"Passport Office" <passport.office@notify.example>',
        "Destination": {"ToAddresses": ["anna@xn--bcher-kva.example"], "CcAddresses": [], "BccAddresses": []},
        "ReplyToAddresses": ["answers@xn--bcher-kva.example"],
        "Content": {
            "Simple": {
                "Subject": {"Data": "Your passport"},
                "Body": {"Text": {"Data": "It is ready."}, "Html": {"Data": "<p>It is ready.</p>"}},
                "Headers": [
                    {"Name": "List-Unsubscribe", "Value": "<https://unsubscribe.example/?a=1&b=2>"},
                    {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
                ],
            }
        },
        "EmailTags": [{"Name": "notification_id", "Value": str(NOTIFICATION_ID)}],
    }


def test_without_a_link_and_a_reply_address_there_are_none_in_the_request() -> None:
    request: Any = send_email_request(an_email())
    assert request["ReplyToAddresses"] == []
    assert request["Content"]["Simple"]["Headers"] == []


def test_a_subject_is_one_line_and_otherwise_as_it_was() -> None:
    request: Any = send_email_request(an_email(subject="Your 20\u00a0pages\r\nBcc: eve@example.com"))
    assert request["Content"]["Simple"]["Subject"] == {"Data": "Your 20\u00a0pages Bcc: eve@example.com"}


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://a.example/ b",
        "https://a.example/\r\nBcc:x",
        "https://a.example/>,<mailto:x",
        "https://é.example",
    ],
)
def test_a_link_that_could_end_its_header_is_refused(url: str) -> None:
    with pytest.raises(UnusableLink):
        send_email_request(an_email(unsubscribe_url=url))


@pytest.mark.parametrize("field", ["to_address", "from_address", "reply_to_address"])
def test_an_address_that_could_be_read_otherwise_is_refused(field: str) -> None:
    with pytest.raises(UnusableAddress):
        send_email_request(an_email(**{field: "a@b.example,c@d.example"}))


async def test_an_accepted_email_has_the_name_that_ses_gave_it() -> None:
    outcome = await Ses(FakeClient({"MessageId": MESSAGE_ID})).send(an_email())
    assert outcome == HandedOver(provider_reference=MESSAGE_ID)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (client_error("InvalidParameterValue"), Refused(error_code="invalid_parameter")),
        (client_error("InvalidParameterValueException"), Refused(error_code="invalid_parameter")),
        (client_error("TooManyRequestsException", 429), RetryLater(error_code="throttled")),
        (client_error("ThrottlingException"), RetryLater(error_code="throttled")),
        (client_error("Throttling"), RetryLater(error_code="throttled")),
        (client_error("429", 429), RetryLater(error_code="throttled")),
        (client_error("MessageRejected"), RetryLater(error_code="message_rejected")),
        (client_error("BadRequestException"), RetryLater(error_code="bad_request")),
        (
            client_error("MailFromDomainNotVerifiedException"),
            RetryLater(error_code="mail_from_domain_not_verified"),
        ),
        (client_error("InternalServiceErrorException", 500), RetryLater(error_code="internal_service_error")),
        (client_error("", 503), RetryLater(error_code="http_503")),
        (client_error(f"odd {ADDRESS}", 502), RetryLater(error_code="http_502")),
        (TimeoutError(), RetryLater(error_code="timeout", may_be_out=True)),
        (ConnectTimeoutError(endpoint_url=URL), RetryLater(error_code="timeout")),
        (ReadTimeoutError(endpoint_url=URL), RetryLater(error_code="timeout", may_be_out=True)),
        (
            EndpointConnectionError(endpoint_url=URL, error=ConnectionResetError()),
            RetryLater(error_code="connection", may_be_out=True),
        ),
        (
            EndpointConnectionError(endpoint_url=URL, error=socket.gaierror()),
            RetryLater(error_code="connection"),
        ),
        (ConnectionClosedError(endpoint_url=URL), RetryLater(error_code="connection", may_be_out=True)),
        (HTTPClientError(error=OSError()), RetryLater(error_code="connection", may_be_out=True)),
        (SSLError(endpoint_url=URL, error="x"), RetryLater(error_code="connection")),
        (UnknownEndpointError(service_name="ses", region_name="x"), RetryLater(error_code="client_error")),
        (ResponseParserError("x"), RetryLater(error_code="client_error", may_be_out=True)),
        (NoCredentialsError(), RetryLater(error_code="no_credentials", no_provider=True)),
        ({}, RetryLater(error_code="bad_answer", may_be_out=True)),
        ({"MessageId": ""}, RetryLater(error_code="bad_answer", may_be_out=True)),
        ({"MessageId": "a\x00b"}, RetryLater(error_code="bad_answer", may_be_out=True)),
    ],
)
async def test_each_answer_has_its_outcome(
    answer: Mapping[str, object] | Exception, outcome: Refused | RetryLater
) -> None:
    assert await Ses(FakeClient(answer)).send(an_email()) == outcome


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"to_address": "nobody"}, "invalid_address"), ({"unsubscribe_url": "a b"}, "invalid_unsubscribe_link")],
)
async def test_what_cannot_be_written_in_a_request_is_refused_without_one(
    changes: dict[str, object], code: str
) -> None:
    client = FakeClient({"MessageId": MESSAGE_ID})
    assert await Ses(client).send(an_email(**changes)) == Refused(error_code=code)
    assert client.requests == []


async def test_being_cancelled_is_no_outcome() -> None:
    class Hanging:
        async def send_email(self, **_: Any) -> None:
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await Ses(Hanging()).send(an_email())
