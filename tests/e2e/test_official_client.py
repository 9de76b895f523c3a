"""The official Python client, unchanged, does with this system what its documentation says."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from notifications_python_client.errors import HTTPError
from notifications_python_client.notifications import NotificationsAPIClient

from tests.e2e.stack import System, final_status

Call = Callable[[NotificationsAPIClient, System], object]

NUMBER = "07700900167"
ADDRESS = "katherine.johnson@example.gov.uk"
VALUES = {"name": "Katherine"}


@pytest.fixture
def client(system: System) -> Iterator[NotificationsAPIClient]:
    with system.client() as made:
        yield made


def test_text_is_sent_and_read_back(client: NotificationsAPIClient, system: System) -> None:
    sent = client.send_sms_notification(NUMBER, system.demo.sms_template_id, VALUES, reference="mine")
    assert sent["content"]["body"].startswith("Hello Katherine")
    assert sent["uri"] == f"{system.stack.rest_url}/v2/notifications/{sent['id']}"
    assert final_status(client, sent["id"]) == "delivered"
    read = client.get_notification_by_id(sent["id"])
    assert (read["id"], read["type"], read["phone_number"], read["reference"]) == (
        sent["id"], "sms", NUMBER, "mine"
    )  # fmt: skip
    assert read["created_at"] <= read["sent_at"] <= read["completed_at"]


def test_email_is_sent_and_read_back(client: NotificationsAPIClient, system: System) -> None:
    link = "https://example.com/leave"
    sent = client.send_email_notification(
        ADDRESS, system.demo.email_template_id, VALUES, one_click_unsubscribe_url=link
    )
    assert sent["content"]["subject"] == "Hello Katherine"
    assert sent["content"]["one_click_unsubscribe_url"] == link
    assert final_status(client, sent["id"]) == "delivered"
    read = client.get_notification_by_id(sent["id"])
    assert (read["type"], read["email_address"], read["subject"]) == ("email", ADDRESS, "Hello Katherine")
    (message,) = system.outbox(reference=sent["id"])
    assert ["List-Unsubscribe", f"<{link}>"] in message["headers"]


def test_messages_are_listed_newest_first_and_page_by_page(
    client: NotificationsAPIClient, system: System
) -> None:
    reference = f"listed-{uuid.uuid4().hex}"
    template_id = system.demo.sms_template_id
    ids = [client.send_sms_notification(NUMBER, template_id, VALUES, reference)["id"] for _ in range(3)]
    page = client.get_all_notifications(reference=reference, template_type="sms")
    assert [notification["id"] for notification in page["notifications"]] == ids[::-1]
    older = client.get_all_notifications(reference=reference, older_than=ids[1])
    assert [notification["id"] for notification in older["notifications"]] == ids[:1]
    assert client.get_all_notifications(reference=reference, template_type="email")["notifications"] == []


def test_iterator_gives_every_message_once(client: NotificationsAPIClient, system: System) -> None:
    # Not a reference with a UUID in it: the client looks for the first one in the link to the next page.
    reference = "iterated-" + uuid.uuid4().hex
    template_id = system.demo.sms_template_id
    ids = [client.send_sms_notification(NUMBER, template_id, VALUES, reference)["id"] for _ in range(3)]
    found = client.get_all_notifications_iterator(reference=reference)
    assert [notification["id"] for notification in found] == ids[::-1]


def test_template_is_read(client: NotificationsAPIClient, system: System) -> None:
    template = client.get_template(system.demo.email_template_id)
    assert (template["type"], template["version"], template["subject"]) == ("email", 1, "Hello ((name))")
    assert template["personalisation"] == {"name": {"required": True}}
    assert client.get_template_version(system.demo.email_template_id, 1) == template


def test_templates_are_listed(client: NotificationsAPIClient, system: System) -> None:
    every = {template["id"] for template in client.get_all_templates()["templates"]}
    assert {system.demo.sms_template_id, system.demo.email_template_id} <= every
    texts = client.get_all_templates(template_type="sms")["templates"]
    assert {template["type"] for template in texts} == {"sms"}


def test_template_is_previewed(client: NotificationsAPIClient, system: System) -> None:
    preview = client.post_template_preview(system.demo.email_template_id, VALUES)
    assert preview["subject"] == "Hello Katherine"
    assert preview["body"].startswith("Dear Katherine")
    assert "<h2" in preview["html"]


def test_received_texts_are_read(client: NotificationsAPIClient) -> None:
    page = client.get_received_texts()
    assert set(page) == {"received_text_messages", "links"}
    # Other tests of this system may have received some; all of them fit one page.
    assert list(client.get_received_texts_iterator()) == page["received_text_messages"]


ERRORS: dict[str, tuple[Call, int, dict[str, str]]] = {
    "id that is none": (
        lambda client, _: client.get_notification_by_id("foo"),
        400,
        {"error": "ValidationError", "message": "notification_id is not a valid UUID"},
    ),
    "unknown message": (
        lambda client, _: client.get_notification_by_id(str(uuid.uuid4())),
        404,
        {"error": "NoResultFound", "message": "No result found"},
    ),
    "unknown template": (
        lambda client, _: client.get_template(str(uuid.UUID(int=5))),
        404,
        {"error": "NoResultFound", "message": "No result found"},
    ),
    "number that is none": (
        lambda client, system: client.send_sms_notification("x", system.demo.sms_template_id, VALUES),
        400,
        {"error": "ValidationError", "message": "phone_number Must not contain letters or symbols"},
    ),
    "address that is none": (
        lambda client, system: client.send_email_notification("x", system.demo.email_template_id, VALUES),
        400,
        {"error": "ValidationError", "message": "email_address Not a valid email address"},
    ),
    "value that is missing": (
        lambda client, system: client.send_sms_notification(NUMBER, system.demo.sms_template_id),
        400,
        {"error": "BadRequestError", "message": "Missing personalisation: name"},
    ),
    "template of another kind": (
        lambda client, system: client.send_sms_notification(NUMBER, system.demo.email_template_id, VALUES),
        400,
        {
            "error": "BadRequestError",
            "message": "email template is not suitable for sms notification",
        },
    ),
    "template that is not ours": (
        lambda client, _: client.send_sms_notification(NUMBER, str(uuid.uuid4())),
        400,
        {"error": "BadRequestError", "message": "Template not found"},
    ),
}


@pytest.mark.parametrize(("call", "status", "error"), ERRORS.values(), ids=ERRORS.keys())
def test_error_reaches_the_client(
    client: NotificationsAPIClient, system: System, call: Call, status: int, error: dict[str, Any]
) -> None:
    with pytest.raises(HTTPError) as raised:
        call(client, system)
    assert (raised.value.status_code, raised.value.message) == (status, [error])


def test_wrong_key_reaches_the_client_as_an_error(system: System) -> None:
    wrong = f"{system.demo.api_key[:-36]}{uuid.uuid4()}"
    with system.client(wrong) as client, pytest.raises(HTTPError) as raised:
        client.get_all_templates()
    assert raised.value.status_code == 403
    assert raised.value.message == [{"error": "AuthError", "message": "Invalid token: API key not found"}]
