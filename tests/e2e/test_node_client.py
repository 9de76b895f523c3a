"""The official client for Node.js, unchanged, makes every call of its surface against this system.

It comes from the npm registry into a temporary folder. Where there is no Node.js, no npm or no registry, these tests
are skipped, and say so.
"""

import base64
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from clients.python.notify_client import KeyType, NewService, NewTemplate, NotificationType, NotifyClient
from tests.e2e.stack import System
from tests.unit.letters.pdfs import a_letter

PACKAGE = "notifications-node-client@8.4.0"
SCRIPT = Path(__file__).with_name("node_client.js")
REFERENCE = "from node"
INSTALL_PATIENCE_S = 90
CALLS_PATIENCE_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What came of every call."""

    results: dict[str, dict[str, Any]]
    """By the method's name, and a few words where it was called several times: `status` and `data`."""
    surface: list[str]
    """The client's methods."""

    def data(self, call: str) -> Any:
        return self.results[call]["data"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the client is installed."""
    missing = [program for program in ("node", "npm") if shutil.which(program) is None]
    if missing:
        pytest.skip(f"the official Node client was not tried: {' and '.join(missing)} not found on the PATH")
    folder = tmp_path_factory.mktemp("node")
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=0", PACKAGE]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"the official Node client was not tried: npm did not answer in {INSTALL_PATIENCE_S} s")
    if done.returncode:
        pytest.skip(f"the official Node client was not tried: npm could not install it: {done.stderr[-300:]}")
    return folder


@pytest.fixture(scope="module")
def answers(system: System, installed: Path) -> Answers:
    """Every call, made once."""
    with NotifyClient(
        system.stack.state.target("notifications"), caller_keys=system.stack.caller_keys
    ) as notify:
        service = notify.create_service(NewService(name="Letters from Node"))
        template = notify.create_template(
            NewTemplate(
                service_id=service.id,
                type=NotificationType.LETTER,
                name="Permit",
                subject="Your permit",
                body="Here it is.",
            )
        )
        key = notify.create_key(service.id, "node", KeyType.NORMAL)
    facts = {
        "letterKey": key.full_key,
        "letterTemplate": template.id,
        "pdf": base64.b64encode(a_letter()).decode(),
        "url": system.stack.rest_url,
        "key": system.demo.api_key,
        "smsTemplate": system.demo.sms_template_id,
        "emailTemplate": system.demo.email_template_id,
        "reference": REFERENCE,
    }
    done = subprocess.run(
        ["node", SCRIPT],
        cwd=installed,
        env={**os.environ, "NOTIFY_NODE_TEST": json.dumps(facts)},
        capture_output=True,
        text=True,
        timeout=CALLS_PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Answers(**json.loads(done.stdout))


def test_every_method_of_the_client_was_called(answers: Answers) -> None:
    assert set(answers.surface) == {call.split(" ")[0] for call in answers.results}


@pytest.mark.parametrize(
    ("call", "status"),
    [
        ("sendSms", 201),
        ("sendEmail", 201),
        ("sendEmail with a file", 201),
        ("sendLetter", 201),
        ("sendPrecompiledLetter", 201),
        ("getNotificationById", 200),
        ("getNotifications", 200),
        ("getNotifications older", 200),
        ("getTemplateById", 200),
        ("getTemplateByIdAndVersion", 200),
        ("getAllTemplates", 200),
        ("getAllTemplates sms", 200),
        ("previewTemplateById", 200),
        ("getReceivedTexts", 200),
        ("getReceivedTexts older", 200),
        ("getAllTemplates without a proxy", 200),
        ("getTemplateById by another HTTP client", 200),
    ],
)
def test_a_call_is_answered(answers: Answers, call: str, status: int) -> None:
    assert answers.results[call]["status"] == status, answers.data(call)


@pytest.mark.parametrize(
    ("call", "status", "error", "message"),
    [
        ("sendSms refused", 400, "BadRequestError", "Missing personalisation: name"),
        ("sendSms malformed", 400, "ValidationError", "phone_number Must not contain letters or symbols"),
        ("getNotificationById unknown", 404, "NoResultFound", "No result found"),
        ("getPdfForLetterNotification", 400, "BadRequestError", "Notification is not a letter"),
        # What there is not yet.
        (
            "sendLetter without address",
            400,
            "ValidationError",
            "Address must be at least 3 lines",
        ),
    ],
)
def test_an_error_reaches_the_client(
    answers: Answers, call: str, status: int, error: str, message: str
) -> None:
    assert answers.results[call]["status"] == status
    assert answers.data(call) == {"status_code": status, "errors": [{"error": error, "message": message}]}


def test_what_was_sent_is_read_back(answers: Answers, system: System) -> None:
    text, email = answers.data("sendSms"), answers.data("sendEmail")
    assert text["content"]["body"].startswith("Hello Ada")
    assert email["content"]["one_click_unsubscribe_url"] == "https://example.gov.uk/unsubscribe"
    assert email["sanitised_content"] == {}
    read = answers.data("getNotificationById")
    assert (read["id"], read["reference"], read["type"]) == (text["id"], REFERENCE, "sms")
    page = answers.data("getNotifications")["notifications"]
    assert [notification["id"] for notification in page] == [email["id"], text["id"]]
    older = answers.data("getNotifications older")["notifications"]
    assert [notification["id"] for notification in older] == [text["id"]]


def test_templates_are_read(answers: Answers, system: System) -> None:
    template = answers.data("getTemplateById")
    assert (template["id"], template["version"]) == (system.demo.sms_template_id, 1)
    assert answers.data("getTemplateByIdAndVersion") == template
    assert {found["type"] for found in answers.data("getAllTemplates")["templates"]} == {"sms", "email"}
    assert {found["type"] for found in answers.data("getAllTemplates sms")["templates"]} == {"sms"}
    assert answers.data("previewTemplateById")["subject"] == "Hello Ada"


def test_another_http_client_was_used(answers: Answers) -> None:
    assert answers.data("setClient") == 1
