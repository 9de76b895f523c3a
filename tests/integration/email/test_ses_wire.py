"""The client of SES against a server that speaks its protocol."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from deliverykit.types import HandedOver, Refused, RetryLater
from services.email.clients.ses import Ses, SesAccount, open_ses
from tests.integration.email.worlds import SesServer
from tests.unit.email.builders import NOTIFICATION_ID, an_email


@pytest.fixture
async def server() -> SesServer:
    return SesServer()


@pytest.fixture
async def ses(server: SesServer) -> AsyncIterator[Ses]:
    async with server.running() as url:
        account = SesAccount(
            region="eu-west-2", endpoint_url=url, access_key_id="key-id", secret_access_key="key"
        )
        async with open_ses(account, max_connections=4) as ses:
            yield ses


async def test_the_request_is_the_one_of_the_contract(server: SesServer, ses: Ses) -> None:
    email = an_email(
        from_name="Swyddfa Ŵ",
        subject="Ŵ",
        reply_to_address="a@b.example",
        unsubscribe_url="https://u.example/1",
    )
    assert await ses.send(email) == HandedOver(provider_reference=SesServer.message_id(1))
    assert server.requests == [
        {
            "FromEmailAddress": "=?UTF-8?B?U3d5ZGRmYSDFtA==?= <passport.office@notify.example>",
            "Destination": {
                "ToAddresses": ["anna.private@example.com"],
                "CcAddresses": [],
                "BccAddresses": [],
            },
            "ReplyToAddresses": ["a@b.example"],
            "Content": {
                "Simple": {
                    "Subject": {"Data": "Ŵ"},
                    "Body": {"Text": {"Data": "It is ready."}, "Html": {"Data": "<p>It is ready.</p>"}},
                    "Headers": [
                        {"Name": "List-Unsubscribe", "Value": "<https://u.example/1>"},
                        {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
                    ],
                }
            },
            "EmailTags": [{"Name": "notification_id", "Value": str(NOTIFICATION_ID)}],
        }
    ]


async def test_requests_are_signed_for_ses_of_the_region(server: SesServer, ses: Ses) -> None:
    await ses.send(an_email())
    assert "/eu-west-2/ses/aws4_request" in server.headers[0]["Authorization"]
    assert server.headers[0]["User-Agent"].startswith("notify ")


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (SesServer.error("InvalidParameterValue"), Refused(error_code="invalid_parameter")),
        (SesServer.error("TooManyRequestsException", 429), RetryLater(error_code="throttled")),
        (SesServer.error("MessageRejected"), RetryLater(error_code="message_rejected")),
        (
            SesServer.error("InternalServiceErrorException", 500),
            RetryLater(error_code="internal_service_error"),
        ),
        (web.Response(status=503, text="<html>"), RetryLater(error_code="http_503")),
        (web.Response(status=200, text="<html>"), RetryLater(error_code="bad_answer", may_be_out=True)),
        (web.Response(status=200, text=""), RetryLater(error_code="bad_answer", may_be_out=True)),
        (None, RetryLater(error_code="connection", may_be_out=True)),
    ],
)
async def test_each_answer_has_its_outcome_after_one_request(
    server: SesServer, ses: Ses, answer: web.Response | None, outcome: Refused | RetryLater
) -> None:
    server.answers.append(answer)
    assert await ses.send(an_email()) == outcome
    assert len(server.requests) == 1


async def test_after_a_broken_connection_the_next_email_goes_out(server: SesServer, ses: Ses) -> None:
    server.answers.append(None)
    await ses.send(an_email())
    assert await ses.send(an_email()) == HandedOver(provider_reference=SesServer.message_id(2))


async def test_connections_are_kept_and_not_more_than_allowed(server: SesServer, ses: Ses) -> None:
    await asyncio.gather(*(ses.send(an_email()) for _ in range(40)))
    assert len(server.requests) == 40
    assert len(server.connections) <= 4


async def test_nobody_listening_is_a_fault_of_the_connection() -> None:
    async with SesServer().running() as url:
        pass
    account = SesAccount(region="eu-west-2", endpoint_url=url, access_key_id="k", secret_access_key="k")
    async with open_ses(account, max_connections=4) as ses:
        assert await ses.send(an_email()) == RetryLater(error_code="connection")
