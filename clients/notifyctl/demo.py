"""The demo of `make run`: a service to play with, and one text and one email that really go through the
system.

What was made is in `HOME/demo.json`, so that the second start shows the same key and templates. Messages go
through REST with the official client, exactly as the printed snippet does.
"""

import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from notifications_python_client.errors import HTTPError
from notifications_python_client.notifications import NotificationsAPIClient
from requests.exceptions import RequestException

from clients.notifyctl.connection import Clients, with_clients
from clients.notifyctl.output import CommandError
from clients.notifyctl.stack.secrets import write_private
from clients.notifyctl.stack.state import StackState
from notify.notifications.v1 import accounts_pb2, templates_pb2, types_pb2
from servicekit.errors import NotFound

FILE_NAME = "demo.json"
SERVICE_NAME = "Demo service"
ORGANISATION_NAME = "Demo organisation"
USER = accounts_pb2.CreateUserRequest(
    name="Demo User", email_address="demo.user@example.gov.uk", mobile_number="07700900100"
)
KEY_NAME = "demo"
OWN_SERVICE_NAME = "Notify"
REPLY_TO_TEMPLATE_ID = "019b0000-0000-7000-8000-000000000001"
"""As the setting `reply_to_template_id` has it."""
VOLUME_TEMPLATE_ID = "019b0000-0000-7000-8000-000000000002"
"""As the letters service's setting `volume_report_template_id` has it."""
VOLUME_BODY = """\
Letters of ((date)) that come today: ((total_volume)), on ((total_sheets)) sheets.

* first class: ((first_class_volume)) letters, ((first_class_sheets)) sheets
* second class: ((second_class_volume)) letters, ((second_class_sheets)) sheets
* economy: ((economy_mail_volume)) letters, ((economy_mail_sheets)) sheets
* international: ((international_volume)) letters, ((international_sheets)) sheets"""
REASON = "the demo of make run"
PHONE_NUMBER = "07700900123"
EMAIL_ADDRESS = "demo.recipient@example.gov.uk"
CONTACT_LINK = "https://example.gov.uk/contact"
"""Without one, a service may send no files by email."""
NAME = "Ada"
SMS_BODY = "Hello ((name)), this text came through your own notification service."
EMAIL_SUBJECT = "Hello ((name))"
EMAIL_BODY = "Dear ((name)),\n\n# It works\n\nThis email came through your own notification service."
FINAL = frozenset({"delivered", "permanent-failure", "temporary-failure", "technical-failure"})
PATIENCE_S = 10.0
_ASK_EVERY_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What a person needs to try the API."""

    service_id: str
    service_name: str
    api_key: str
    sms_template_id: str
    email_template_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    """One message of the demo and what became of it."""

    channel: str
    recipient: str
    notification_id: str
    status: str
    seconds: float
    """From the request until it had this status."""


def read_demo(home: Path) -> Demo | None:
    """The demo service of a stack; None where none was made."""
    try:
        return Demo(**json.loads((home / FILE_NAME).read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def make_demo(home: Path) -> Demo:
    """The demo service of a running stack: the one of last time, or a new one. Raises `ServiceError`s."""
    known = read_demo(home)
    demo = with_clients(home, lambda clients: _ensure(clients, known), reason=REASON)
    write_private(home / FILE_NAME, json.dumps(asdict(demo), indent=2))
    return demo


def send_both(demo: Demo, state: StackState) -> Sequence[SentMessage]:
    """Send a text and an email through the public API and wait for their arrival. Raises CommandError."""
    logging.getLogger("notifications_python_client").setLevel(logging.CRITICAL)
    client = NotificationsAPIClient(demo.api_key, base_url=state.rest_url)
    personalisation = {"name": NAME}
    try:
        began = {"text": time.monotonic()}
        text = client.send_sms_notification(PHONE_NUMBER, demo.sms_template_id, personalisation)
        began["email"] = time.monotonic()
        email = client.send_email_notification(EMAIL_ADDRESS, demo.email_template_id, personalisation)
        return _wait_all(client, {"text": text["id"], "email": email["id"]}, began)
    except (HTTPError, RequestException) as err:
        raise CommandError(f"the demo messages could not be sent: {err}") from err


def _wait_all(
    client: NotificationsAPIClient, ids: Mapping[str, str], began: Mapping[str, float]
) -> Sequence[SentMessage]:
    """Ask in turn until all have a final status, or the patience ends."""
    give_up_at = time.monotonic() + PATIENCE_S
    sent: dict[str, SentMessage] = {}
    while True:
        for channel in ids.keys() - {name for name, message in sent.items() if message.status in FINAL}:
            sent[channel] = SentMessage(
                channel=channel,
                recipient=PHONE_NUMBER if channel == "text" else EMAIL_ADDRESS,
                notification_id=ids[channel],
                status=client.get_notification_by_id(ids[channel])["status"],
                seconds=time.monotonic() - began[channel],
            )
        if all(message.status in FINAL for message in sent.values()) or time.monotonic() > give_up_at:
            return [sent[channel] for channel in ids]
        time.sleep(_ASK_EVERY_S)


async def _ensure(clients: Clients, known: Demo | None) -> Demo:
    """The service with everything in it: what is there stays, what is missing is made."""
    await _ensure_own_service(clients)
    if known and await _is_complete(clients, known):
        return known
    service = await _service(clients)
    call, accounts = clients.channel.call, clients.accounts
    for key in service.api_keys:
        if key.name == KEY_NAME and not key.HasField("revoke_time"):
            old = accounts_pb2.RevokeApiKeyRequest(service_id=service.service.id, api_key_id=key.id)
            await call(accounts.RevokeApiKey, old)
    new_key = accounts_pb2.CreateApiKeyRequest(
        service_id=service.service.id, name=KEY_NAME, type=types_pb2.KEY_TYPE_NORMAL
    )
    key_answer = await call(accounts.CreateApiKey, new_key)
    templates = await _templates(clients, service.service.id)
    return Demo(
        service_id=service.service.id,
        service_name=service.service.name,
        api_key=key_answer.full_key,
        sms_template_id=templates[types_pb2.NOTIFICATION_TYPE_SMS],
        email_template_id=templates[types_pb2.NOTIFICATION_TYPE_EMAIL],
    )


async def _ensure_own_service(clients: Clients) -> None:
    """The system's own service, with the templates of emails that the system itself sends."""
    call = clients.channel.call
    templates = [
        templates_pb2.CreateTemplateRequest(
            request_id=REPLY_TO_TEMPLATE_ID,
            type=types_pb2.NOTIFICATION_TYPE_EMAIL,
            name="Check of a reply-to address",
            subject="Your reply-to address works",
            body="This email was sent to check that the address can receive answers. There is nothing to do.",
        ),
        templates_pb2.CreateTemplateRequest(
            request_id=VOLUME_TEMPLATE_ID,
            type=types_pb2.NOTIFICATION_TYPE_EMAIL,
            name="Letters that come to the printer",
            subject="Notify letter volume for ((date)): ((total_volume)) letters, ((total_sheets)) sheets",
            body=VOLUME_BODY,
        ),
    ]
    try:
        by_name = accounts_pb2.GetServiceRequest(name=OWN_SERVICE_NAME)
        service = (await call(clients.accounts.GetService, by_name)).service
    except NotFound:
        new = accounts_pb2.CreateServiceRequest(name=OWN_SERVICE_NAME, permissions=["email"])
        service = (await call(clients.accounts.CreateService, new)).service
    for template in templates:
        template.service_id = service.id
        await call(clients.templates.CreateTemplate, template)


async def _is_complete(clients: Clients, known: Demo) -> bool:
    request = accounts_pb2.GetServiceRequest(service_id=known.service_id)
    try:
        service = await clients.channel.call(clients.accounts.GetService, request)
    except NotFound:
        return False
    has_key = any(key.name == KEY_NAME and not key.HasField("revoke_time") for key in service.api_keys)
    templates = await clients.channel.call(
        clients.templates.ListTemplates, templates_pb2.ListTemplatesRequest(service_id=known.service_id)
    )
    there = {template.id for template in templates.templates}
    return has_key and {known.sms_template_id, known.email_template_id} <= there


async def _service(clients: Clients) -> accounts_pb2.GetServiceResponse:
    call, accounts = clients.channel.call, clients.accounts
    by_name = accounts_pb2.GetServiceRequest(name=SERVICE_NAME)
    try:
        return await call(accounts.GetService, by_name)
    except NotFound:
        pass
    request = accounts_pb2.CreateServiceRequest(
        name=SERVICE_NAME,
        organisation_id=await _organisation_id(clients),
        permissions=["email", "sms", "letter"],
        user_id=await _user_id(clients),
        default_sms_sender="DEMO",
    )
    made = await call(accounts.CreateService, request)
    contact = accounts_pb2.UpdateServiceRequest(service_id=made.service.id, contact_link=CONTACT_LINK)
    await call(accounts.UpdateService, contact)
    return await call(accounts.GetService, by_name)


async def _organisation_id(clients: Clients) -> str:
    call, accounts = clients.channel.call, clients.accounts
    found = await call(
        accounts.ListOrganisations, accounts_pb2.ListOrganisationsRequest(name=ORGANISATION_NAME)
    )
    if found.organisations:
        return found.organisations[0].id
    request = accounts_pb2.CreateOrganisationRequest(name=ORGANISATION_NAME, organisation_type="other")
    return (await call(accounts.CreateOrganisation, request)).organisation.id


async def _user_id(clients: Clients) -> str:
    call, accounts = clients.channel.call, clients.accounts
    try:
        request = accounts_pb2.GetUserRequest(email_address=USER.email_address)
        return (await call(accounts.GetUser, request)).user.id
    except NotFound:
        return (await call(accounts.CreateUser, USER)).user.id


async def _templates(clients: Clients, service_id: str) -> dict[types_pb2.NotificationType, str]:
    call, templates = clients.channel.call, clients.templates
    wanted = [
        templates_pb2.CreateTemplateRequest(
            service_id=service_id, type=types_pb2.NOTIFICATION_TYPE_SMS, name="Demo text", body=SMS_BODY
        ),
        templates_pb2.CreateTemplateRequest(
            service_id=service_id,
            type=types_pb2.NOTIFICATION_TYPE_EMAIL,
            name="Demo email",
            subject=EMAIL_SUBJECT,
            body=EMAIL_BODY,
        ),
    ]
    listed = await call(templates.ListTemplates, templates_pb2.ListTemplatesRequest(service_id=service_id))
    ids = {template.name: template.id for template in listed.templates}
    for request in wanted:
        if request.name not in ids:
            ids[request.name] = (await call(templates.CreateTemplate, request)).template.id
    return {request.type: ids[request.name] for request in wanted}
