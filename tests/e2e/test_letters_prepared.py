"""Letters from a template and uploaded ones, sent with the official client: prepared, readable, and none lost when
the letters service is killed again and again while it prepares them."""

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pikepdf
import pytest
from notifications_python_client.errors import HTTPError
from notifications_python_client.notifications import NotificationsAPIClient

from clients.notifyctl.stack import Stack
from clients.python.notify_client import (
    KeyType,
    LettersClient,
    LetterTexts,
    NewService,
    NewTemplate,
    NotFound,
    NotificationType,
    NotifyClient,
    RuleBroken,
)
from services.letters.uploads.geometry import Box
from tests.e2e.stack import System, official_client, wait_for
from tests.homes import prepared
from tests.unit.letters.pdfs import a_letter, box_at

VALUES = {
    "address_line_1": "Sam Example",
    "address_line_2": "1 Test Street",
    "postcode": "SW1A 1AA",
    "name": "Sam",
}
LEASE_S = 8
KILLS = 2
PATIENCE_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Letters:
    """A service that may send letters, as its official client sees it."""

    client: NotificationsAPIClient
    template_id: str

    def send(self, **values: str) -> str:
        return str(self.client.send_letter_notification(self.template_id, VALUES | values)["id"])

    def upload(self, pdf: bytes) -> str:
        return str(self.client.send_precompiled_letter_notification("ref", io.BytesIO(pdf))["id"])

    def pdf(self, notification_id: str) -> bytes | None:
        """The PDF; None while it is not ready."""
        try:
            found: bytes = self.client.get_pdf_for_letter(notification_id).read()
        except HTTPError as err:
            if "PDFNotReadyError" not in str(err):
                raise
            return None
        return found

    def read(self, notification_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get_notification_by_id(notification_id)
        return found

    def has_status(self, notification_id: str, status: str) -> bool:
        return bool(self.read(notification_id)["status"] == status)

    def is_ready(self, notification_id: str) -> bool:
        """It waits for the print run, with its sheets counted and its PDF there."""
        found = self.read(notification_id)
        return (
            found["status"] == "accepted"
            and bool(found["is_cost_data_ready"])
            and bool(self.pdf(notification_id))
        )


@contextmanager
def letters_of(stack: Stack, name: str, kind: KeyType = KeyType.NORMAL) -> Iterator[Letters]:
    """A live service of its own, with a template of one page."""
    with NotifyClient(stack.state.target("notifications"), caller_keys=stack.caller_keys) as notify:
        service = notify.create_service(NewService(name=name))
        template = notify.create_template(
            NewTemplate(
                service_id=service.id,
                type=NotificationType.LETTER,
                name="Permit",
                subject="Your permit",
                body="Dear ((name)),\n\nhere it is.",
            )
        )
        key = notify.create_key(service.id, "letters", kind)
    with official_client(stack.rest_url, key.full_key) as client:
        yield Letters(client=client, template_id=template.id)


def pages(pdf: bytes | None) -> int:
    assert pdf is not None
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return len(opened.pages)


def test_letters_are_prepared_and_can_be_read(system: System) -> None:
    with letters_of(system.stack, "Letters that are read") as letters:
        templated, uploaded = letters.send(), letters.upload(a_letter(other_pages=[()]))
        for notification_id, count in ((templated, 1), (uploaded, 2)):
            assert wait_for(partial(letters.is_ready, notification_id))
            assert pages(letters.pdf(notification_id)) == count
            assert letters.read(notification_id)["cost_details"]["billable_sheets_of_paper"] == 1
        assert letters.read(uploaded)["line_1"] == "Provided as PDF"


def test_a_letter_that_breaks_the_rules_fails_and_can_be_looked_at(system: System) -> None:
    original = a_letter(first_page=[box_at(Box(left=2, right=10, top=100, bottom=110))])
    with letters_of(system.stack, "Letters that fail") as letters:
        outside = letters.upload(original)
        long = letters.send(name="long " * 20_000)
        for notification_id in (outside, long):
            assert wait_for(partial(letters.has_status, notification_id, "validation-failed"))
            assert letters.read(notification_id)["cost_details"]["billable_sheets_of_paper"] == 0
        assert wait_for(lambda: letters.pdf(outside)) == original
        assert pages(letters.pdf(long)) > 10


def test_internal_tools_see_previews_pages_and_states(system: System) -> None:
    stack = system.stack
    service_id, texts = system.demo.service_id, LetterTexts(subject="Hello ((name))", body="Dear ((name))")
    with LettersClient(stack.state.target("letters"), caller_keys=stack.caller_keys) as letters:
        preview = letters.preview(service_id, texts, VALUES)
        assert (preview.page_count, preview.fault, pages(preview.pdf)) == (1, None, 1)
        assert letters.preview_page(service_id, texts, VALUES).png.startswith(b"\x89PNG")
        with pytest.raises(RuleBroken) as caught:
            letters.preview_page(service_id, texts, VALUES, page=2)
        assert caught.value.reason == "NO_SUCH_PAGE"
        attachment = letters.upload_attachment(service_id, str(uuid4()), b"no PDF")
        assert attachment.fault is not None
        assert attachment.fault.code == "unable-to-read-the-file"
        with pytest.raises(NotFound):
            letters.get_letter(service_id, str(uuid4()))


def test_letters_of_a_test_key_are_delivered_and_can_be_read(system: System) -> None:
    with letters_of(system.stack, "Letters of a test key", KeyType.TEST) as letters:
        for notification_id in (letters.send(), letters.upload(a_letter())):
            assert wait_for(partial(letters.has_status, notification_id, "received"))
            assert pages(wait_for(partial(letters.pdf, notification_id))) == 1


@pytest.mark.kill
def test_kill_of_the_letters_service_at_any_moment_loses_no_letter(tmp_path: Path) -> None:
    settings = {"notifications": {"LEASE_S": str(LEASE_S)}}
    with (
        Stack(prepared(tmp_path / "home"), settings=settings) as stack,
        letters_of(stack, "Kills") as letters,
    ):
        sent, pdf = [], a_letter(other_pages=[()] * 4)
        for kill in range(KILLS):
            sent += [letters.send(name=f"Sam {kill}-{number}") for number in range(10)]
            sent += [letters.upload(pdf) for _ in range(3)]
            time.sleep(0.1 * kill)  # while they are being prepared, at another moment each time
            stack.process("letters").kill()
            stack.wait_healthy("letters")
        assert wait_for(lambda: all(map(letters.is_ready, sent)), timeout_s=PATIENCE_S)
        folder = stack.home / "letters"
        assert len(list(folder.glob("letters/*/*.PDF"))) == len(sent)
        assert list(folder.glob("quarantine/*.PDF")) == []
