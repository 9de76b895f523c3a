"""What the public API answers: the type of every body that is no error.

`convert` and the endpoints make values of these types, which the type checker holds them to; the OpenAPI document is
made from the same types. The descriptions are for people who use the API. Errors' bodies: `errors`.
"""

from typing import Annotated, Any, NotRequired, TypedDict

from msgspec import Meta

from notifyrules.postage import Postage
from notifyrules.statuses import NotificationStatus, NotificationType, public_status


def _about(description: str, example: Any = None, **json_schema: Any) -> Meta:
    examples = None if example is None else [example]
    return Meta(description=description, examples=examples, extra_json_schema=json_schema or None)


_ID = "0197c2f4-8d21-7b3e-a4f0-2c9d5e7b1a36"
_TEMPLATE_ID = "0197c2f4-6a0e-7c4b-9d3e-5b8f21a60c11"
_SERVICE_ID = "3f1c8a52-5b7e-4d0a-9c6e-1f2a3b4c5d6e"
_TIME = "2026-03-04T12:30:15.250000Z"
_HOST = "https://notify.example"
_TYPES = [kind.value for kind in NotificationType]
_POSTAGES = [postage.value for postage in Postage]
_STATUSES = sorted(
    {public_status(kind, status) for kind in NotificationType for status in NotificationStatus}
)

JOB_STATUSES = ["scheduled", "pending", "in progress", "finished", "cancelled", "sending limits exceeded"]

Id = Annotated[str, Meta(extra_json_schema={"format": "uuid"})]
Time = Annotated[
    str,
    Meta(
        pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$",
        extra_json_schema={"format": "date-time"},
    ),
]
"""UTC, always with six decimals."""
Url = Annotated[str, Meta(extra_json_schema={"format": "uri"})]
Kind = Annotated[str, _about("The type of message.", "sms", enum=_TYPES)]
Version = Annotated[int, Meta(ge=1, examples=[3])]

Subject = Annotated[str | None, _about("The subject; null for a text.")]
OwnReference = Annotated[str | None, _about("Your own reference.", "order-4711")]
OptionalPostage = Annotated[
    str | None, _about("How a letter is posted; null otherwise.", enum=[*_POSTAGES, None])
]


class TemplateLink(TypedDict):
    """A version of a template."""

    id: Annotated[Id, _about("Its id.", _TEMPLATE_ID)]
    version: Annotated[Version, _about("The version that was used.", 3)]
    uri: Annotated[Url, _about("Where it is.", f"{_HOST}/v2/template/{_TEMPLATE_ID}/version/3")]


class SmsContent(TypedDict):
    """What a text says."""

    body: Annotated[str, _about("The text, filled in.", "Hello Ada, your permit is ready.")]
    from_number: Annotated[str, _about("Who the text comes from.", "PERMITS")]


class EmailContent(TypedDict):
    """What an email says."""

    from_email: Annotated[str, _about("The address it comes from.", "parking.permits@notify.example")]
    subject: Annotated[str, _about("The subject, filled in.", "Your permit")]
    body: Annotated[
        str, _about("The text, filled in, with its Markdown.", "Hello Ada, your permit is ready.")
    ]
    one_click_unsubscribe_url: Annotated[Url | None, _about("The link that the request gave.")]


class LetterContent(TypedDict):
    """What a letter says."""

    subject: Annotated[str, _about("The heading, filled in.", "Your permit")]
    body: Annotated[str, _about("The text, filled in.", "Hello Ada, your permit is ready.")]


class Sanitised(TypedDict):
    """A value that was made harmless."""

    unsanitised: Annotated[str, _about("The value as it came.", "[click](http://bad.example)")]
    sanitised: Annotated[str, _about("The value as it was filled in.", "\\[click\\]")]


class Sent(TypedDict):
    """What is answered to every message from a template that was accepted."""

    id: Annotated[Id, _about("The message's id.", _ID)]
    reference: OwnReference
    uri: Annotated[Url, _about("Where the message can be read.", f"{_HOST}/v2/notifications/{_ID}")]
    template: TemplateLink
    scheduled_for: Annotated[None, _about("Always null.")]


class SmsSent(Sent):
    """A text that was accepted."""

    content: SmsContent


class EmailSent(Sent):
    """An email that was accepted."""

    content: EmailContent
    sanitised_content: Annotated[
        dict[str, Sanitised], _about("The values that were made harmless, by name; mostly none.")
    ]


class LetterSent(Sent):
    """A letter that was accepted."""

    content: LetterContent


class PrecompiledLetterSent(TypedDict):
    """A letter that came as a PDF, and was accepted. It is checked and scanned afterwards."""

    id: Annotated[Id, _about("The message's id.", _ID)]
    reference: Annotated[str, _about("Your own reference.", "order-4711")]
    postage: Annotated[str, _about("How it is posted.", "second", enum=_POSTAGES)]


class CostDetails(TypedDict, total=False):
    """What a cost is made of: the first three for a text, the last two for a letter, nothing for an email."""

    billable_sms_fragments: Annotated[
        int, Meta(ge=0, description="Parts that the text was split into.", examples=[1])
    ]
    international_rate_multiplier: Annotated[
        int, Meta(ge=0, description="How many times the price of a text within the UK.", examples=[1])
    ]
    sms_rate: Annotated[float, Meta(ge=0, description="Price of one part in pounds.", examples=[0.0241])]
    billable_sheets_of_paper: Annotated[int, Meta(ge=0, description="Sheets that are paid for.")]
    postage: OptionalPostage


class Notification(TypedDict):
    """A message, as the service that sent it may read it."""

    id: Annotated[Id, _about("Its id.", _ID)]
    reference: OwnReference
    email_address: Annotated[str | None, _about("Who got an email; null otherwise.")]
    phone_number: Annotated[str | None, _about("Who got a text; null otherwise.", "07700 900123")]
    line_1: Annotated[str | None, _about("First line of a letter's address; null otherwise.")]
    line_2: Annotated[str | None, _about("Second line of a letter's address.")]
    line_3: Annotated[str | None, _about("Third line of a letter's address.")]
    line_4: Annotated[str | None, _about("Fourth line of a letter's address.")]
    line_5: Annotated[str | None, _about("Fifth line of a letter's address.")]
    line_6: Annotated[str | None, _about("Sixth line of a letter's address.")]
    postcode: Annotated[str | None, _about("Postcode of a letter's address.")]
    type: Kind
    status: Annotated[str, _about("Where it is on its way.", "delivered", enum=_STATUSES)]
    template: TemplateLink
    body: Annotated[str, _about("The text, filled in.", "Hello Ada, your permit is ready.")]
    subject: Subject
    created_at: Annotated[Time, _about("When it was accepted.", _TIME)]
    created_by_name: Annotated[str | None, _about("Who sent it by hand; null through the API.")]
    sent_at: Annotated[Time | None, _about("When it was handed to the provider.", _TIME)]
    completed_at: Annotated[Time | None, _about("When it reached its final status.", _TIME)]
    scheduled_for: Annotated[None, _about("Always null.")]
    postage: OptionalPostage
    one_click_unsubscribe_url: Annotated[
        Url | None, _about("Where the recipient can unsubscribe with one click.")
    ]
    is_cost_data_ready: Annotated[bool, _about("Whether the cost is known yet.", example=True)]
    cost_in_pounds: Annotated[float | None, _about("What it costs; null while that is not known.", 0.0241)]
    cost_details: CostDetails
    estimated_delivery: NotRequired[
        Annotated[
            Time | None, _about("When a letter should have arrived. Letters have it, and nothing else.")
        ]
    ]


class Links(TypedDict):
    """Where this page and the next one are."""

    current: Annotated[Url, _about("This page.", f"{_HOST}/v2/notifications?status=delivered")]
    next: NotRequired[
        Annotated[
            Url,
            _about(
                "The next page. It is there unless this page is empty.",
                f"{_HOST}/v2/notifications?status=delivered&older_than={_ID}",
            ),
        ]
    ]


class Notifications(TypedDict):
    """A page of messages, newest first: 250 at most."""

    notifications: Annotated[list[Notification], Meta(max_length=250)]
    links: Links


class Placeholder(TypedDict):
    """What a template asks for."""

    required: Annotated[bool, _about("Always true.", example=True)]


class Template(TypedDict):
    """A version of a template."""

    id: Annotated[Id, _about("Its id; the same for all versions.", _TEMPLATE_ID)]
    type: Kind
    name: Annotated[str, _about("Its name.", "Permit is ready")]
    created_at: Annotated[Time, _about("When the template was made.", _TIME)]
    updated_at: Annotated[Time | None, _about("When this version was made; null for the first one.")]
    created_by: Annotated[
        str | None, _about("Email address of whoever made this version.", "ada@example.gov.uk")
    ]
    version: Annotated[Version, _about("The version.", 3)]
    body: Annotated[str, _about("The text, with its placeholders.", "Hello ((name)), your permit is ready.")]
    subject: Subject
    personalisation: Annotated[
        dict[str, Placeholder], _about("The placeholders, by name.", {"name": {"required": True}})
    ]
    postage: OptionalPostage
    letter_contact_block: Annotated[str | None, _about("The sender's address on a letter.")]


class Templates(TypedDict):
    """All templates that are not archived, by name."""

    templates: list[Template]


class TemplatePreview(TypedDict):
    """A template, filled in without being sent."""

    id: Annotated[Id, _about("The template.", _TEMPLATE_ID)]
    type: Kind
    version: Annotated[Version, _about("Its version.", 3)]
    body: Annotated[str, _about("The text, filled in.", "Hello Ada, your permit is ready.")]
    subject: Subject
    html: Annotated[str | None, _about("An email's body as HTML; null otherwise.")]
    postage: OptionalPostage


class ReceivedText(TypedDict):
    """A text that somebody sent to a service."""

    id: Annotated[Id, _about("Its id.", _ID)]
    created_at: Annotated[Time, _about("When it came.", _TIME)]
    service_id: Annotated[Id, _about("The service that it was sent to.", _SERVICE_ID)]
    notify_number: Annotated[str, _about("The number that it was sent to.", "447860039123")]
    user_number: Annotated[str, _about("Who sent it.", "447700900123")]
    content: Annotated[str, _about("What it says.", "Thank you")]


class ReceivedTexts(TypedDict):
    """A page of received texts, newest first: 250 at most."""

    received_text_messages: Annotated[list[ReceivedText], Meta(max_length=250)]
    links: Links


class Status(TypedDict):
    """How the API is. With `?simple=1` only `status`."""

    status: Annotated[str, _about("Always `ok`.", "ok", enum=["ok"])]
    git_commit: NotRequired[Annotated[str, _about("The commit that runs.", "8ea2366")]]
    build_time: NotRequired[Annotated[str, _about("When it was built.", "2026-03-04T12:00:00")]]
    db_version: NotRequired[Annotated[None, _about("Always null; older clients look for it.")]]
    db_bulk_version: NotRequired[Annotated[None, _about("Always null; older clients look for it.")]]


class Unsubscribed(TypedDict):
    """Somebody does not want more emails."""

    result: Annotated[str, _about("Always `success`.", "success", enum=["success"])]
    message: Annotated[str, _about("For people.", "Unsubscribe successful")]


class RowError(TypedDict):
    """What is wrong with one row of a batch."""

    row: Annotated[
        int, Meta(ge=1, description="Its number; the first row after the header is 1.", examples=[3])
    ]
    message: Annotated[str, _about("What is wrong with it.", "phone number: Missing")]


class Batch(TypedDict):
    """Many messages that were asked for at once."""

    id: Annotated[Id, _about("Its id.", _ID)]
    name: Annotated[str, _about("What you call it.", "Reminders for March")]
    uri: Annotated[Url, _about("Where it can be read.", f"{_HOST}/v2/jobs/{_ID}")]
    template: TemplateLink
    reference: OwnReference
    status: Annotated[str, _about("Where it is.", "pending", enum=JOB_STATUSES)]
    created_at: Annotated[Time, _about("When it was accepted.", _TIME)]
    scheduled_for: Annotated[Time | None, _about("When its messages are sent; null: at once.")]
    row_count: Annotated[int, _about("Rows below the header.", 1)]


class BatchCreated(Batch):
    """A batch that was accepted."""

    errors: Annotated[
        list[RowError], _about("What is wrong with rows that were left out; mostly nothing.", [])
    ]


class BatchProgress(Batch):
    """How far a batch is."""

    started_at: Annotated[Time | None, _about("When the first of its messages was made.")]
    completed_at: Annotated[Time | None, _about("When it ended, in whatever way.")]
    bad_row_count: Annotated[int, _about("Rows that were left out because they are wrong.", 0)]
    simulated_row_count: Annotated[int, _about("Rows with a test recipient, for whom nothing is sent.", 0)]
    made_count: Annotated[int, _about("Messages made so far.", 1)]
    messages: Annotated[dict[str, int], _about("How many of them are in each status.", {"delivered": 1})]
