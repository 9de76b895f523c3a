"""What the documentation says of each endpoint. Each stands beside its route in `wiring`.

Fields, their rules and their descriptions are those of `schemas`, answers those of `answers`, errors those of `errors`:
here is only which of them belong together.
"""

from collections.abc import Sequence
from typing import Any, Final

from servicekit.clock import SystemClock
from servicekit.errors import Unimplemented
from services.api_gateway import answers
from services.api_gateway.bulk import BULK
from services.api_gateway.errors import (
    LETTER_NOT_BASE64,
    NO_PDF,
    NOT_A_LETTER,
    PDF_NOT_READY,
    VIRUS_SCAN_FAILED,
)
from services.api_gateway.field_rules import is_id, is_text
from services.api_gateway.idempotency import HEADER, is_idempotency_key, is_replayed
from services.api_gateway.openapi_fields import accepts
from services.api_gateway.openapi_types import ErrorKey, Operation, Reply, Tag
from services.api_gateway.schemas import (
    LETTER,
    NOTIFICATIONS_QUERY,
    PRECOMPILED_LETTER,
    PREVIEW,
    RECEIVED_TEXTS_QUERY,
    TEMPLATES_QUERY,
    Field,
    Schema,
    email_schema,
    sms_schema,
)

# Only asked what it is now when a request is checked, and nothing is checked with these.
_CLOCK: Final = SystemClock()


@accepts({"type": "integer", "minimum": 0})
def is_version(_name: str, _value: Any) -> Sequence[str]:
    """A version in a path. The route's own pattern checks it (`routes`)."""
    return ()


_NOTIFICATION_ID: Final = Field(
    name="id",
    check=is_id,
    required=True,
    description="The message.",
    example="0197c2f4-8d21-7b3e-a4f0-2c9d5e7b1a36",
)
_TEMPLATE_ID: Final = Field(
    name="id",
    check=is_id,
    required=True,
    description="The template.",
    example="0197c2f4-6a0e-7c4b-9d3e-5b8f21a60c11",
)
_VERSION: Final = Field(
    name="version",
    check=is_version,
    required=True,
    description="Its version; 0 is the current one.",
    example=3,
)

_IDEMPOTENCY_KEY: Final = Field(
    name=HEADER,
    check=is_idempotency_key,
    description=(
        "Your own name for this request. Sent again within 24 hours with the same body, it makes nothing and is "
        "answered as it was the first time. It means something within your service only."
    ),
    example="order-4711-confirmation",
)
_REPLAYED: Final = Field(
    name="Idempotent-Replayed",
    check=is_replayed,
    description="`true`: this is the answer to an earlier request with the same key.",
)

_EVERY_SENDING_ERROR: Final[tuple[ErrorKey, ...]] = (
    "CHANNEL_NOT_ALLOWED",
    "TEMPLATE_NOT_FOUND",
    "TEMPLATE_WRONG_TYPE",
    "TEMPLATE_ARCHIVED",
    "MISSING_PERSONALISATION",
    "MESSAGE_EMPTY",
    "MESSAGE_TOO_LONG",
    "RATE_LIMITED",
    "DAILY_LIMIT_REACHED",
    "IDEMPOTENCY_KEY_REUSED",
    "IDEMPOTENCY_KEY_IN_PROGRESS",
)
_SENDING_ERRORS: Final[tuple[ErrorKey, ...]] = (
    *_EVERY_SENDING_ERROR,
    "SENDER_NOT_FOUND",
    "RECIPIENT_NOT_ON_TEAM",
    "RECIPIENT_NOT_IN_TRIAL",
)

SEND_SMS: Final = Operation(
    id="sendSms",
    tag=Tag.SENDING,
    summary="Send a text message",
    bodies=(("NewSms", sms_schema(_CLOCK)),),
    replies=(
        Reply(
            status=201,
            description="The text is stored and will be sent.",
            bodies=(answers.SmsSent,),
            headers=(_REPLAYED,),
        ),
    ),
    headers=(_IDEMPOTENCY_KEY,),
    errors=(*_SENDING_ERRORS, "INTERNATIONAL_NOT_ALLOWED", "LANDLINE_NOT_ALLOWED", "FILE_NOT_ALLOWED"),
    python=("send_sms_notification", "phone_number", "template_id", "personalisation", "reference"),
)

SEND_EMAIL: Final = Operation(
    id="sendEmail",
    tag=Tag.SENDING,
    summary="Send an email",
    bodies=(("NewEmail", email_schema(_CLOCK)),),
    replies=(
        Reply(
            status=201,
            description="The email is stored and will be sent.",
            bodies=(answers.EmailSent,),
            headers=(_REPLAYED,),
        ),
    ),
    headers=(_IDEMPOTENCY_KEY,),
    errors=(
        *_SENDING_ERRORS,
        "FILE_REFUSED",
        "NOT_BASE64",
        "FILE_TYPE_NOT_ALLOWED",
        "FILE_EMPTY",
        "FILE_TOO_LARGE",
        "FILE_NAME_TOO_LONG",
        "FILE_INFECTED",
    ),
    python=("send_email_notification", "email_address", "template_id", "personalisation", "reference"),
)

SEND_LETTER: Final = Operation(
    id="sendLetter",
    tag=Tag.SENDING,
    summary="Send a letter",
    description="From a template; or, with a field `content`, a PDF that is printed as it is.",
    bodies=(("NewLetter", LETTER), ("NewPrecompiledLetter", PRECOMPILED_LETTER)),
    replies=(
        Reply(
            status=201,
            description="The letter is stored and will be printed.",
            bodies=(answers.LetterSent, answers.PrecompiledLetterSent),
            headers=(_REPLAYED,),
        ),
    ),
    headers=(_IDEMPOTENCY_KEY,),
    errors=(
        *_EVERY_SENDING_ERROR,
        "LETTER_NOT_ALLOWED",
        "FILE_NOT_ALLOWED",
        "QR_CODE_TOO_LONG",
        LETTER_NOT_BASE64,
    ),
    python=("send_letter_notification", "template_id", "personalisation", "reference"),
)

SEND_BULK: Final = Operation(
    id="sendBulk",
    tag=Tag.SENDING,
    summary="Send many messages at once",
    description=(
        "From a template and a table of recipients. All rows are checked at once: where one is wrong, nothing is "
        "sent and each wrong row is told, unless `on_error` says that wrong rows are left out. The messages are "
        "made in the background, and sent after those that were sent alone. They are in lists of messages only "
        "with `include_jobs`. The body may have 32 MiB."
    ),
    bodies=(("NewBatch", BULK),),
    headers=(_IDEMPOTENCY_KEY,),
    replies=(
        Reply(
            status=201,
            description="The batch is stored.",
            bodies=(answers.BatchCreated,),
            headers=(_REPLAYED,),
        ),
    ),
    errors=(
        "CHANNEL_NOT_ALLOWED",
        "TEMPLATE_NOT_FOUND",
        "TEMPLATE_ARCHIVED",
        "SENDER_NOT_FOUND",
        "RATE_LIMITED",
        "DAILY_LIMIT_REACHED",
        "IDEMPOTENCY_KEY_REUSED",
        "IDEMPOTENCY_KEY_IN_PROGRESS",
        Unimplemented,
    ),
)

GET_JOB: Final = Operation(
    id="getJob",
    tag=Tag.READING,
    summary="See how far a batch of messages is",
    path=(
        Field(
            name="id",
            check=is_id,
            required=True,
            description="The batch.",
            example="0197c2f4-8d21-7b3e-a4f0-2c9d5e7b1a36",
        ),
    ),
    replies=(Reply(status=200, description="How far it is.", bodies=(answers.BatchProgress,)),),
    errors=("INVALID_REQUEST", "NOT_FOUND"),
)

GET_NOTIFICATION: Final = Operation(
    id="getNotification",
    tag=Tag.READING,
    summary="Read one message",
    path=(_NOTIFICATION_ID,),
    replies=(Reply(status=200, description="The message.", bodies=(answers.Notification,)),),
    errors=("INVALID_REQUEST", "NOT_FOUND"),
    python=("get_notification_by_id", "id"),
)

LIST_NOTIFICATIONS: Final = Operation(
    id="listNotifications",
    tag=Tag.READING,
    summary="Read many messages",
    description="The newest 250 that were sent with the same type of API key, and a link to those before them.",
    query=NOTIFICATIONS_QUERY,
    replies=(Reply(status=200, description="A page of messages.", bodies=(answers.Notifications,)),),
    errors=("INVALID_REQUEST",),
    python=("get_all_notifications", "status", "template_type"),
)

GET_LETTER_PDF: Final = Operation(
    id="getLetterPdf",
    tag=Tag.READING,
    summary="Read the PDF of a letter",
    path=(_NOTIFICATION_ID,),
    replies=(Reply(status=200, description="The PDF, as printed.", content_type="application/pdf"),),
    errors=("INVALID_REQUEST", "NOT_FOUND", NOT_A_LETTER, VIRUS_SCAN_FAILED, NO_PDF, PDF_NOT_READY),
    python=("get_pdf_for_letter", "id"),
)

LIST_TEMPLATES: Final = Operation(
    id="listTemplates",
    tag=Tag.TEMPLATES,
    summary="Read all templates",
    query=TEMPLATES_QUERY,
    replies=(
        Reply(status=200, description="All templates that are not archived.", bodies=(answers.Templates,)),
    ),
    errors=("INVALID_REQUEST",),
    python=("get_all_templates", "template_type=type"),
)

GET_TEMPLATE: Final = Operation(
    id="getTemplate",
    tag=Tag.TEMPLATES,
    summary="Read a template",
    description="Its current version, also of one that was archived.",
    path=(_TEMPLATE_ID,),
    replies=(Reply(status=200, description="The template.", bodies=(answers.Template,)),),
    errors=("INVALID_REQUEST", "NOT_FOUND"),
    python=("get_template", "template_id=id"),
)

GET_TEMPLATE_VERSION: Final = Operation(
    id="getTemplateVersion",
    tag=Tag.TEMPLATES,
    summary="Read a version of a template",
    path=(_TEMPLATE_ID, _VERSION),
    replies=(Reply(status=200, description="The version.", bodies=(answers.Template,)),),
    errors=("INVALID_REQUEST", "NOT_FOUND"),
    python=("get_template_version", "template_id=id", "version"),
)

PREVIEW_TEMPLATE: Final = Operation(
    id="previewTemplate",
    tag=Tag.TEMPLATES,
    summary="Fill in a template without sending it",
    path=(_TEMPLATE_ID,),
    bodies=(("TemplateValues", PREVIEW),),
    body_required=False,
    replies=(Reply(status=200, description="What a message would say.", bodies=(answers.TemplatePreview,)),),
    errors=("NOT_FOUND", "MISSING_PERSONALISATION"),
    python=("post_template_preview", "template_id=id", "personalisation"),
)

LIST_RECEIVED_TEXTS: Final = Operation(
    id="listReceivedTexts",
    tag=Tag.RECEIVED_TEXTS,
    summary="Read received texts",
    description="The newest 250, and a link to those before them.",
    query=RECEIVED_TEXTS_QUERY,
    replies=(Reply(status=200, description="A page of received texts.", bodies=(answers.ReceivedTexts,)),),
    errors=("INVALID_REQUEST",),
    python=("get_received_texts",),
)

UNSUBSCRIBE: Final = Operation(
    id="unsubscribe",
    tag=Tag.WITHOUT_TOKEN,
    summary="Unsubscribe from emails",
    description="What a mail program calls when somebody unsubscribes with one click. Again changes nothing.",
    path=(
        Field(
            name="id",
            check=is_text,
            required=True,
            description="The email.",
            example=_NOTIFICATION_ID.example,
        ),
        Field(
            name="token",
            check=is_text,
            required=True,
            description="From the link.",
            example="2Cw1mH0zE9uQv7bY3kLr5tXs8nPd4gJf6aWq0iVoRcU",
        ),
    ),
    replies=(Reply(status=200, description="Unsubscribed.", bodies=(answers.Unsubscribed,)),),
    errors=("NOT_FOUND",),
)

_STATUS_QUERY: Final = Schema(
    fields=(
        Field(name="simple", check=is_text, description="`1`: ask only whether the API answers at all."),
    ),
    extra_allowed=True,
)


def _status(operation_id: str, summary: str) -> Operation:
    """How the API is; three routes tell it."""
    return Operation(
        id=operation_id,
        tag=Tag.WITHOUT_TOKEN,
        summary=summary,
        query=_STATUS_QUERY,
        replies=(Reply(status=200, description="All is well.", bodies=(answers.Status,)),),
    )


STATUS_AT_ROOT: Final = _status("getRoot", "See that the API is up")
STATUS: Final = _status("getStatus", "See that the API is up, at its own path")
STATUS_BY_POST: Final = _status("postStatus", "See that the API is up, with POST")

OPENAPI: Final = Operation(
    id="getOpenApi",
    tag=Tag.WITHOUT_TOKEN,
    summary="Read this documentation as OpenAPI",
    replies=(Reply(status=200, description="An OpenAPI 3.1 document.", bodies=(dict[str, Any],)),),
)

DOCS: Final = Operation(
    id="getDocs",
    tag=Tag.WITHOUT_TOKEN,
    summary="Read this documentation as a page",
    replies=(Reply(status=200, description="The page.", content_type="text/html"),),
)
