"""A service that may send files by email, made in a running system for tests."""

import base64
import re
from dataclasses import dataclass

from clients.notifyctl.connection import Clients, with_clients
from notify.notifications.v1 import accounts_pb2, templates_pb2, types_pb2
from tests.e2e.rest import EMAIL_PATH, Rest
from tests.e2e.stack import System, wait_for

ADDRESS = "grace.hopper@example.gov.uk"
_LINK = re.compile(r"https?://\S+/d/[\w-]{22}/[\w-]{22}\?key=[\w-]{43}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A service that may send files."""

    rest: Rest
    api_key: str
    template_id: str

    def send(self, *files: dict[str, object], to: str = ADDRESS, key: str | None = None) -> list[str]:
        """Send files in one email; answers the links in it."""
        headers = {} if key is None else {"Idempotency-Key": key}
        body = {
            "email_address": to,
            "template_id": self.template_id,
            "personalisation": {
                "one": "nothing",
                "two": "nothing",
                **dict(zip(("one", "two"), files, strict=False)),
            },
        }
        answer = self.rest.send("POST", EMAIL_PATH, json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return links_in(answer.json()["content"]["body"])


def links_in(text: str) -> list[str]:
    """The links to files in a text."""
    return _LINK.findall(text)


def links_that_arrived(system: System, address: str, count: int) -> list[str]:
    """The links in the last email to an address that the outbox shows, once it is there."""

    def probe() -> list[str]:
        messages = system.outbox(recipient=address, channel="email")
        return links_in(messages[0]["body"] if messages else "")

    found = wait_for(lambda: links if len(links := probe()) >= count else [])
    return list(dict.fromkeys(found))


def a_file(content: bytes, **options: object) -> dict[str, object]:
    """A file as a sender gives it."""
    return {"file": base64.b64encode(content).decode(), **options}


def make_sender(system: System, name: str) -> Sender:
    """A service with a template for two files, and contact details."""
    return with_clients(system.stack.home, lambda clients: _make(clients, system.stack.rest_url, name))


async def _make(clients: Clients, rest_url: str, name: str) -> Sender:
    call, accounts = clients.channel.call, clients.accounts
    service = (await call(accounts.CreateService, accounts_pb2.CreateServiceRequest(name=name))).service
    await call(
        accounts.UpdateService,
        accounts_pb2.UpdateServiceRequest(service_id=service.id, contact_link="https://example.gov.uk/ask"),
    )
    key = await call(
        accounts.CreateApiKey,
        accounts_pb2.CreateApiKeyRequest(service_id=service.id, name="files", type=types_pb2.KEY_TYPE_NORMAL),
    )
    template = await call(
        clients.templates.CreateTemplate,
        templates_pb2.CreateTemplateRequest(
            service_id=service.id,
            type=types_pb2.NOTIFICATION_TYPE_EMAIL,
            name="Files",
            subject="Your files",
            body="First: ((one))\n\nSecond: ((two))",
        ),
    )
    rest = Rest(url=rest_url, service_id=service.id, secret=key.full_key[-36:])
    return Sender(rest=rest, api_key=key.full_key, template_id=template.template.id)
