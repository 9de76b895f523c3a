"""Nothing personal is in any log. (All that the other tests make the system write is looked through in the end.)"""

import re

import pytest
import requests
from notifications_python_client.errors import HTTPError

from clients.notifyctl.tokens import mint, parse_full_key
from tests.e2e.collector import Collector
from tests.e2e.leaks import PERSONAL
from tests.e2e.stack import System, final_status, wait_for

PHONE_NUMBERS = ("07700900161", "447700900161")
ADDRESS = "margaret.hamilton@example.gov.uk"
VALUE = "Zyxwvut-personal-value"
REFERENCE = "reference-qwertyuiop"
BAD_NUMBER = "0770090016199"
BAD_ADDRESS = "margaret hamilton@example"
TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}")


@pytest.fixture(scope="module")
def logs(system: System) -> str:
    """All logs, after messages that arrive, fail, and are refused in many ways."""
    demo = system.demo
    with system.client() as client:
        values = {"name": VALUE}
        text = client.send_sms_notification(PHONE_NUMBERS[0], demo.sms_template_id, values, REFERENCE)
        email = client.send_email_notification(ADDRESS, demo.email_template_id, values, REFERENCE)
        for template, to, given in (
            (demo.sms_template_id, BAD_NUMBER, values),
            (demo.sms_template_id, BAD_ADDRESS, values),
            (demo.sms_template_id, PHONE_NUMBERS[0], {VALUE: VALUE}),
            (demo.email_template_id, PHONE_NUMBERS[0], values),
        ):
            with pytest.raises(HTTPError):
                client.send_sms_notification(to, template, given)
        with pytest.raises(HTTPError):
            client.send_email_notification(BAD_ADDRESS, demo.email_template_id, values)
        assert final_status(client, text["id"]) == "delivered"
        assert final_status(client, email["id"]) == "delivered"
    url = f"{system.stack.rest_url}/v2/notifications"
    token = mint(parse_full_key(demo.api_key))
    for header in (f"Bearer {token[:-2]}", f"Bearer {VALUE}", token):
        requests.post(
            f"{url}/sms", json={"phone_number": ADDRESS}, headers={"Authorization": header}, timeout=10
        )
    requests.get(url, params={"reference": REFERENCE, "unknown": VALUE}, timeout=10)
    assert wait_for(lambda: text["id"] in system.stack.logs("sms"))
    return system.stack.logs()


def test_services_write_one_line_for_a_message_with_its_id(logs: str) -> None:
    assert "notification_id" in logs


@pytest.mark.parametrize(
    "personal",
    [*PHONE_NUMBERS, ADDRESS, VALUE, REFERENCE, BAD_NUMBER, BAD_ADDRESS, "Dear Zyx", "this text came"],
)
def test_what_was_sent_is_in_no_log(logs: str, personal: str) -> None:
    assert personal not in logs


def test_no_token_or_key_is_in_a_log(system: System, logs: str) -> None:
    assert TOKEN.findall(logs) == []
    assert parse_full_key(system.demo.api_key).secret not in logs
    assert system.stack.caller_keys not in logs


def test_no_password_of_the_databases_is_in_a_log(system: System, logs: str) -> None:
    secrets = [path.read_text() for path in (system.stack.home / "secrets").iterdir()]
    assert [secret for secret in secrets if secret in logs] == []


def test_no_span_of_any_test_holds_what_was_sent(system: System, logs: str, collector: Collector) -> None:
    assert logs
    assert wait_for(lambda: len(collector.spans) > 10)
    spans = b"".join(collector.raw).decode("utf-8", "replace")
    messages = system.outbox(limit=1000)
    lines = {line for message in messages for line in str(message["body"]).splitlines() if len(line) > 12}
    personal = {
        *PHONE_NUMBERS,
        ADDRESS,
        VALUE,
        REFERENCE,
        *(message["recipient"] for message in messages),
        *lines,
    }
    assert [text for text in personal if text in spans] == []
    assert [found.group() for pattern in PERSONAL for found in pattern.finditer(spans)] == []
    assert parse_full_key(system.demo.api_key).secret not in spans
