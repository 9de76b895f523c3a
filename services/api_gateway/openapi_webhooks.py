"""The calls that the system makes to services: what the documentation says of them, for `openapi`.

The notifications service makes the bodies and headers (its `callbacks_bodies`, which no other service can import); a
unit test holds what stands here to what is made there.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Final, TypedDict

from msgspec import Meta

from notifyrules.statuses import NotificationType
from services.api_gateway.answers import Id, OwnReference, Time


class DeliveryReceipt(TypedDict):
    """What became of a text or an email."""

    id: Annotated[Id, Meta(description="The message.", examples=["0197c2f4-8d21-7b3e-a4f0-2c9d5e7b1a36"])]
    reference: OwnReference
    to: Annotated[str, Meta(description="Who it was for, as you wrote it.", examples=["07700 900123"])]
    status: Annotated[
        str,
        Meta(
            description="How it ended.",
            examples=["delivered"],
            extra_json_schema={
                "enum": [
                    "delivered",
                    "permanent-failure",
                    "temporary-failure",
                    "technical-failure",
                    "sent",
                    "validation-failed",
                ]
            },
        ),
    ]
    created_at: Annotated[
        Time, Meta(description="When it was accepted.", examples=["2026-03-04T12:30:15.250000Z"])
    ]
    completed_at: Annotated[
        Time | None,
        Meta(description="When it reached this status.", examples=["2026-03-04T12:30:17.100000Z"]),
    ]
    sent_at: Annotated[
        Time | None,
        Meta(description="When it was handed to the provider.", examples=["2026-03-04T12:30:15.400000Z"]),
    ]
    notification_type: Annotated[
        str,
        Meta(
            description="The type of message.",
            examples=["sms"],
            extra_json_schema={"enum": [kind.value for kind in NotificationType]},
        ),
    ]
    template_id: Annotated[
        Id, Meta(description="Its template.", examples=["0197c2f4-6a0e-7c4b-9d3e-5b8f21a60c11"])
    ]
    template_version: Annotated[int, Meta(ge=1, description="The version of it.", examples=[3])]


class ReceivedTextCallback(TypedDict):
    """A text that somebody sent to one of your numbers."""

    id: Annotated[Id, Meta(description="Its id.", examples=["0197c2f4-8d21-7b3e-a4f0-2c9d5e7b1a36"])]
    source_number: Annotated[str, Meta(description="Who sent it.", examples=["447700900123"])]
    destination_number: Annotated[str, Meta(description="Your number.", examples=["07860039123"])]
    message: Annotated[str, Meta(description="What it says.", examples=["Thank you"])]
    date_received: Annotated[
        Time | None,
        Meta(description="When the provider received it.", examples=["2026-03-04T12:30:15.000000Z"]),
    ]


class ComplaintCallback(TypedDict):
    """Somebody told their mail provider that an email of yours is spam."""

    notification_id: Annotated[
        Id, Meta(description="The email.", examples=["0197c2f4-8d21-7b3e-a4f0-2c9d5e7b1a36"])
    ]
    complaint_id: Annotated[
        Id, Meta(description="The complaint.", examples=["0197c2f6-11aa-7d2f-8c55-6e0d9a4b3c21"])
    ]
    reference: OwnReference
    to: Annotated[str, Meta(description="Who complained.", examples=["ada@example.gov.uk"])]
    complaint_date: Annotated[
        Time, Meta(description="When they did.", examples=["2026-03-04T12:30:15.000000Z"])
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """One kind of call."""

    name: str
    summary: str
    description: str
    body: type


WEBHOOKS: Final = (
    Webhook(
        name="deliveryReceipt",
        summary="A message reached its end",
        description="Told of every text and email that reached a final status, those of test keys too.",
        body=DeliveryReceipt,
    ),
    Webhook(
        name="receivedText",
        summary="A text was received",
        description="Told when it arrives.",
        body=ReceivedTextCallback,
    ),
    Webhook(
        name="complaint",
        summary="A recipient complained",
        description="Do not send to them again what they did not ask for.",
        body=ComplaintCallback,
    ),
)

HEADERS: Final = {
    "Authorization": "`Bearer` and the token that you gave with the address of the callback.",
    "webhook-id": "The same however often this is sent: what you have seen, you need not look at again.",
    "webhook-timestamp": "When this call was made, in seconds since 1970.",
    "webhook-signature": "`v1,` and a signature as Standard Webhooks have it; several, with spaces between, while your "
    "secret is being changed.",
}
INTRODUCTION: Final = (
    "An address of yours can be told at once. Answer with 2xx within 5 seconds. When it cannot be reached, or answers "
    "with 429 or 5xx, it is told again, with growing gaps, for 24 hours. Each call is signed as "
    "[Standard Webhooks](https://www.standardwebhooks.com) has it."
)


def describe(webhook: Webhook, schema: Any, example: Any) -> dict[str, Any]:
    """One of them as OpenAPI, given the schema of its body and an example."""
    return {
        "post": {
            "operationId": webhook.name,
            "summary": webhook.summary,
            "description": webhook.description,
            "security": [],
            "parameters": [
                {
                    "name": name,
                    "in": "header",
                    "description": said,
                    "required": False,
                    "schema": {"type": "string"},
                }
                for name, said in HEADERS.items()
            ],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": schema, "example": example}},
            },
            "responses": {"2XX": {"description": "You have it, and are not told again."}},
        }
    }
