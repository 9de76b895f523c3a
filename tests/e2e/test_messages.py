"""A message goes all the way: from the official client through provider and receipt to its final status."""

import uuid

import pytest

from tests.e2e.stack import System, final_status, wait_for


def test_text_is_delivered_and_reached_its_provider_once(system: System) -> None:
    with system.client() as client:
        sent = client.send_sms_notification("07700900155", system.demo.sms_template_id, {"name": "Grace"})
        assert final_status(client, sent["id"]) == "delivered"
    (message,) = system.outbox(reference=sent["id"])
    assert "Hello Grace" in message["body"]


def test_email_is_delivered_and_reached_its_provider_once(system: System) -> None:
    address = f"grace.hopper.{uuid.uuid4()}@example.gov.uk"
    with system.client() as client:
        sent = client.send_email_notification(address, system.demo.email_template_id, {"name": "Grace"})
        assert final_status(client, sent["id"]) == "delivered"
    (message,) = system.outbox(recipient=address)
    assert message["subject"] == "Hello Grace"


@pytest.mark.parametrize(
    ("phone_number", "status"), [("07700900002", "permanent-failure"), ("07700900003", "temporary-failure")]
)
def test_text_that_does_not_arrive_gets_the_status_of_its_receipt(
    system: System, phone_number: str, status: str
) -> None:
    with system.client() as client:
        sent = client.send_sms_notification(phone_number, system.demo.sms_template_id, {"name": "Grace"})
        assert final_status(client, sent["id"]) == status


def test_accepted_text_is_sent_after_its_sender_crashed(system: System) -> None:
    sender = system.stack.process("sms")
    sender.stop()
    with system.client() as client:
        sent = client.send_sms_notification("07700900156", system.demo.sms_template_id, {"name": "Grace"})
        sender.start()
        sender.kill()
        system.stack.wait_healthy("sms")
        assert final_status(client, sent["id"]) == "delivered"
    assert len(system.outbox(reference=sent["id"])) == 1


def test_killed_process_is_started_again(system: System) -> None:
    gateway = system.stack.process("api_gateway")
    before = gateway.pid
    gateway.kill()
    assert wait_for(lambda: gateway.is_healthy and gateway.pid != before)


def test_reference_finds_the_message_again(system: System) -> None:
    reference = str(uuid.uuid4())
    with system.client() as client:
        sent = client.send_sms_notification(
            "07700900157", system.demo.sms_template_id, {"name": "Grace"}, reference=reference
        )
        listed = client.get_all_notifications(reference=reference)["notifications"]
    assert [notification["id"] for notification in listed] == [sent["id"]]
