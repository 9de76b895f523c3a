"""Every method of the official Python client was tried: those that `test_official_client.py` has no test for, here."""

import uuid
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from notifications_python_client.errors import HTTPError
from notifications_python_client.notifications import NotificationsAPIClient
from notifications_python_client.utils import prepare_upload

from clients.python.notify_client import NotifyClient
from tests.e2e import test_letters_prepared, test_official_client
from tests.e2e.stack import System

VALUES = {"name": "Katherine"}


@pytest.fixture
def client(system: System) -> Iterator[NotificationsAPIClient]:
    with system.client() as made:
        yield made


def test_a_text_from_a_sender_of_choice(client: NotificationsAPIClient, system: System) -> None:
    with NotifyClient(
        system.stack.state.target("notifications"), caller_keys=system.stack.caller_keys
    ) as notify:
        (sender,) = notify.get_service(system.demo.service_id).sms_senders
    sent = client.send_sms_notification(
        "07700900168", system.demo.sms_template_id, VALUES, sms_sender_id=sender.id
    )
    assert sent["content"]["from_number"] == sender.value


def test_values_that_are_not_trusted_are_made_harmless(
    client: NotificationsAPIClient, system: System
) -> None:
    sent = client.send_email_notification(
        "dorothy.vaughan@example.gov.uk",
        system.demo.email_template_id,
        {"name": "[x](https://bad.example/y)"},
        sanitise_content_for=["name"],
    )
    assert "https://bad.example" not in sent["content"]["body"]
    assert sent["sanitised_content"]["name"]["unsanitised"] == "[x](https://bad.example/y)"


def test_messages_of_jobs_are_listed_too(client: NotificationsAPIClient) -> None:
    assert client.get_all_notifications(include_jobs=True)["notifications"]


def refusal(call: Callable[[], Any]) -> tuple[int, str]:
    with pytest.raises(HTTPError) as raised:
        call()
    return raised.value.status_code, str(raised.value.message)


def test_an_address_for_replies_that_is_not_there(client: NotificationsAPIClient, system: System) -> None:
    unknown = str(uuid.uuid4())
    status, message = refusal(
        lambda: client.send_email_notification(
            "dorothy.vaughan@example.gov.uk", system.demo.email_template_id, VALUES, email_reply_to_id=unknown
        )
    )
    assert (status, f"email_reply_to_id {unknown} does not exist" in message) == (400, True)


def test_a_file_becomes_a_link(client: NotificationsAPIClient, system: System) -> None:
    file = prepare_upload(BytesIO(b"a,b"), filename="a.csv")
    sent = client.send_email_notification(
        "dorothy.vaughan@example.gov.uk", system.demo.email_template_id, {"name": file}
    )
    assert f"{system.stack.rest_url}/d/" in sent["content"]["body"]


def test_a_text_has_no_pdf(client: NotificationsAPIClient, system: System) -> None:
    sent = client.send_sms_notification("07700900168", system.demo.sms_template_id, VALUES)
    status, message = refusal(lambda: client.get_pdf_for_letter(sent["id"]))
    assert (status, "Notification is not a letter" in message) == (400, True)


def test_the_call_outside_the_public_api_finds_nothing(
    client: NotificationsAPIClient, system: System
) -> None:
    # Its path lacks a slash, so that it does not even reach the host; the original has no such path either.
    with pytest.raises(HTTPError):
        client.get_all_template_versions(system.demo.sms_template_id)


def test_no_method_is_without_a_test() -> None:
    tests = "".join(
        Path(str(module)).read_text(encoding="utf-8")
        for module in (__file__, test_official_client.__file__, test_letters_prepared.__file__)
    )
    methods = {name for name in vars(NotificationsAPIClient) if not name.startswith("_")}
    assert {name for name in methods if f"client.{name}(" not in tests} == set()
