"""SES v2 as botocore speaks it, and what its notifications say."""

import json
from typing import Any

import botocore.exceptions
import pytest

from simulators.client import AsyncSimulatorsClient
from simulators.server import Running
from tests.unit.simulators.builders import FakeGateway, SendEmail


async def next_message(gateway: FakeGateway) -> dict[str, Any]:
    """Return the inner message of the next notification."""
    message: dict[str, Any] = json.loads(json.loads((await gateway.next_receipt()).body)["Message"])
    return message


async def test_an_accepted_email_can_be_read_back(
    simulators: Running, send_email: SendEmail, client: AsyncSimulatorsClient
) -> None:
    message_id = await send_email(simulators)

    (message,) = await client.messages()
    assert (message.channel, message.provider) == ("email", "ses")
    assert message.reference == message.provider_reference == message_id
    assert (message.recipient, message.sender) == (
        "someone@example.com",
        '"A Service" <a.service@notify.example>',
    )
    assert (message.subject, message.body, message.html) == (
        "Your permit – ready",
        "Hello £5",
        "<p>Hello £5</p>",
    )
    assert message.reply_to == "reply@example.com"
    assert message.headers == [("List-Unsubscribe", "<https://example.com/u>")]


async def test_a_tag_is_the_senders_reference_and_shows_duplicates(
    simulators: Running, send_email: SendEmail, client: AsyncSimulatorsClient
) -> None:
    for _ in range(2):
        await send_email(simulators, EmailTags=[{"Name": "notification_id", "Value": "an-id"}])

    (row,) = await client.references()
    assert (row.reference, row.provider, row.count) == ("an-id", "ses", 2)


@pytest.mark.parametrize(
    ("name", "code", "status"),
    [
        ("error", "InternalServiceErrorException", 500),
        ("throttle", "TooManyRequestsException", 429),
        ("invalid", "InvalidParameterValue", 400),
    ],
)
async def test_an_address_decides_which_error_botocore_raises(
    name: str, code: str, status: int, simulators: Running, send_email: SendEmail
) -> None:
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        await send_email(simulators, f"{name}@simulator.notify")

    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


async def test_garbage_has_no_message_id(simulators: Running, send_email: SendEmail) -> None:
    with pytest.raises(KeyError, match="MessageId"):
        await send_email(simulators, "garbage@simulator.notify")


@pytest.mark.parametrize("address", ["josé@example.com", "someone@exämple.com", "nobody"])
async def test_an_address_that_ses_cannot_take_is_an_invalid_parameter(
    address: str, simulators: Running, send_email: SendEmail
) -> None:
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        await send_email(simulators, address)

    assert caught.value.response["Error"]["Code"] == "InvalidParameterValue"


async def test_an_email_to_nobody_is_a_bad_request(simulators: Running, send_email: SendEmail) -> None:
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        await send_email(simulators, Destination={"ToAddresses": []})

    assert caught.value.response["Error"]["Code"] == "BadRequestException"


async def test_a_delivery_says_which_email_it_is_about(
    simulators: Running, send_email: SendEmail, gateway: FakeGateway
) -> None:
    message_id = await send_email(simulators)

    message = await next_message(gateway)
    assert message["notificationType"] == "Delivery"
    assert message["delivery"]["recipients"] == ["someone@example.com"]
    mail = message["mail"]
    assert (mail["messageId"], mail["destination"]) == (message_id, ["someone@example.com"])
    assert {"name": "Subject", "value": "Your permit – ready"} in mail["headers"]
    assert mail["commonHeaders"]["subject"] == "Your permit – ready"
    assert mail["timestamp"].endswith("Z")
    assert "bounce" not in message
    assert "complaint" not in message


@pytest.mark.parametrize(
    ("address", "kinds"),
    [
        ("perm-fail@simulator.notify", ["Bounce Permanent"]),
        ("bounce@simulator.amazonses.com", ["Bounce Permanent"]),
        ("temp-fail@simulator.notify", ["Bounce Transient"]),
        ("complaint@simulator.notify", ["Delivery", "Complaint"]),
        ("duplicate@simulator.notify", ["Delivery", "Delivery"]),
        ("out-of-order@simulator.notify", ["Delivery", "Bounce Transient"]),
        ("late@simulator.notify", ["Delivery"]),
        ("unknown-status@simulator.notify", ["DeliveryDelay"]),
        ("success@simulator.amazonses.com", ["Delivery"]),
    ],
)
async def test_an_address_decides_the_notifications(
    address: str, kinds: list[str], simulators: Running, send_email: SendEmail, gateway: FakeGateway
) -> None:
    await send_email(simulators, address)

    messages = [await next_message(gateway) for _ in kinds]
    seen = [
        " ".join(
            [message["notificationType"], *([message["bounce"]["bounceType"]] if "bounce" in message else [])]
        )
        for message in messages
    ]
    assert seen == kinds
    assert not gateway.has_more()


async def test_a_complaint_has_what_a_service_is_told(
    simulators: Running, send_email: SendEmail, gateway: FakeGateway
) -> None:
    await send_email(simulators, "complaint@simulator.notify")
    await next_message(gateway)

    complaint = (await next_message(gateway))["complaint"]
    assert complaint["complainedRecipients"] == [{"emailAddress": "complaint@simulator.notify"}]
    assert complaint["complaintFeedbackType"] == "abuse"
    assert complaint["feedbackId"]


async def test_throttling_can_be_set_for_the_whole_provider(
    simulators: Running, send_email: SendEmail, client: AsyncSimulatorsClient
) -> None:
    await client.set_mode("ses", "throttle", next_requests=1)

    with pytest.raises(botocore.exceptions.ClientError) as caught:
        await send_email(simulators)
    assert caught.value.response["Error"]["Code"] == "TooManyRequestsException"
    assert await send_email(simulators)
