"""Emails with files: what is checked first, what is stored, and what becomes of it when the email is refused."""

import base64
import json
from typing import Any

import pytest

from notify.notifications.v1 import notifications_pb2
from servicekit.errors import RuleBroken, ServiceError, Unavailable
from tests.unit.api_gateway.fakes import SERVICE_ID, TEMPLATE_ID, Gateway, v2_error

PATH = "/v2/notifications/email"
CONTENT = b"a,b\n1,2\n"
NOT_STORED = RuleBroken("FILES_NOT_STORED", "store them")


def a_file(content: bytes = CONTENT, /, **options: object) -> dict[str, object]:
    return {"file": base64.b64encode(content).decode(), **options}


def an_email(*files: object) -> dict[str, Any]:
    values = {f"file {number}": file for number, file in enumerate(files, 1)}
    return {
        "email_address": "Ada@Example.com",
        "template_id": TEMPLATE_ID,
        "personalisation": {"name": "Ada", **values},
    }


class Notifications:
    """Says when it is the files' turn, as the notifications service does."""

    def __init__(self, gateway: Gateway) -> None:
        self.seen: list[dict[str, Any]] = []
        self.refusal: ServiceError | None = None
        """Of the email with links."""
        self.replayed = False
        self._make = gateway.notifications.create
        gateway.notifications.create = self.create  # type: ignore[method-assign]  # in front of the fake

    async def create(self, item: notifications_pb2.NewNotification) -> notifications_pb2.CreatedNotification:
        values = json.loads(item.personalisation_json)
        self.seen.append(values)
        if any(isinstance(value, dict) for value in values.values()):
            raise NOT_STORED
        if self.refusal is not None:
            raise self.refusal
        made = await self._make(item)
        made.replayed = self.replayed
        return made


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def notifications(gateway: Gateway) -> Notifications:
    return Notifications(gateway)


async def test_files_become_links_once_all_else_was_checked(
    gateway: Gateway, notifications: Notifications
) -> None:
    response = await gateway.post(PATH, an_email(a_file(filename="a.csv"), a_file(b"x")))
    assert response.status == 201
    assert notifications.seen == [
        {"name": "Ada", "file 1": {"file": "", "filename": "a.csv"}, "file 2": {"file": ""}},
        {
            "name": "Ada",
            "file 1": "https://files.example/d/s/1?key=k",
            "file 2": "https://files.example/d/s/2?key=k",
        },
    ]
    assert [file.content for file in gateway.documents.stored] == [CONTENT, b"x"]
    assert gateway.documents.deleted == []


@pytest.mark.parametrize(
    ("options", "name", "is_csv", "confirms", "weeks"),
    [
        ({}, None, False, True, 26),
        ({"filename": "a.csv"}, "a.csv", False, True, 26),
        ({"filename": None, "retention_period": None}, None, False, True, 26),
        ({"is_csv": True, "retention_period": " 78 Weeks"}, None, True, True, 78),
        ({"is_csv": None, "confirm_email_before_download": None}, None, False, True, 26),
        ({"confirm_email_before_download": False}, None, False, False, 26),
    ],
)
async def test_what_goes_with_a_file(
    gateway: Gateway,
    notifications: Notifications,
    options: dict[str, object],
    name: str | None,
    is_csv: bool,
    confirms: bool,
    weeks: int,
) -> None:
    await gateway.post(PATH, an_email(a_file(**options)))
    [file] = gateway.documents.stored
    address = "Ada@Example.com" if confirms else None
    assert (file.service_id, file.file_name, file.is_csv) == (SERVICE_ID, name, is_csv)
    assert (file.confirmation_email, file.retention_weeks) == (address, weeks)


async def test_nothing_is_stored_when_the_email_is_refused_first(gateway: Gateway) -> None:
    gateway.notifications.failure = RuleBroken("TEMPLATE_NOT_FOUND", "Template not found")
    response = await gateway.post(PATH, an_email(a_file()))
    assert response.json == v2_error(400, ("BadRequestError", "Template not found"))
    assert gateway.documents.stored == []


async def test_nothing_is_stored_for_a_simulated_recipient_or_a_repeated_request(gateway: Gateway) -> None:
    gateway.notifications.simulated = True
    response = await gateway.post(PATH, an_email(a_file()))
    assert (response.status, gateway.documents.stored) == (201, [])


async def test_when_a_file_is_refused_those_before_it_are_deleted(
    gateway: Gateway, notifications: Notifications
) -> None:
    gateway.documents.refusals[1] = RuleBroken("FILE_INFECTED", "File did not pass the virus scan")
    response = await gateway.post(PATH, an_email(a_file(), a_file(), a_file()))
    assert response.json == v2_error(400, ("BadRequestError", "File did not pass the virus scan"))
    assert gateway.documents.deleted == ["document-1"]


async def test_what_is_no_base64_is_refused(gateway: Gateway, notifications: Notifications) -> None:
    for text in ("abcde", "é"):
        response = await gateway.post(PATH, an_email({"file": text}))
        assert response.json == v2_error(400, ("BadRequestError", "Document is not base64 encoded"))


async def test_files_of_an_email_that_is_refused_after_all_are_deleted(
    gateway: Gateway, notifications: Notifications
) -> None:
    notifications.refusal = RuleBroken("MESSAGE_TOO_LONG", "Your message is too long.")
    response = await gateway.post(PATH, an_email(a_file(), a_file()))
    assert response.status == 400
    assert gateway.documents.deleted == ["document-1", "document-2"]


async def test_files_stay_when_nobody_knows_whether_the_email_was_made(
    gateway: Gateway, notifications: Notifications
) -> None:
    notifications.refusal = Unavailable("gone")
    response = await gateway.post(PATH, an_email(a_file()))
    assert (response.status, gateway.documents.deleted) == (503, [])


async def test_files_of_the_slower_of_two_equal_requests_are_deleted(
    gateway: Gateway, notifications: Notifications
) -> None:
    notifications.replayed = True
    response = await gateway.post(PATH, an_email(a_file()), headers={"Idempotency-Key": "k"})
    assert response.status == 201
    assert gateway.documents.deleted == ["document-1"]


async def test_files_that_cannot_be_deleted_do_not_change_the_answer(
    gateway: Gateway, notifications: Notifications
) -> None:
    notifications.refusal = RuleBroken("MESSAGE_TOO_LONG", "Your message is too long.")
    gateway.documents.failure = Unavailable("gone")
    assert (await gateway.post(PATH, an_email(a_file()))).status == 400


async def test_an_email_may_be_long_with_files_alone(gateway: Gateway, notifications: Notifications) -> None:
    assert (await gateway.post(PATH, an_email(a_file(bytes(150_000))))).status == 201
    assert (await gateway.post(PATH, an_email("x" * 150_000))).status == 413
    assert (await gateway.post(PATH, an_email(a_file(filename="x" * 150_000)))).status == 413
    assert (await gateway.post(PATH, an_email(a_file(bytes(310_000))))).status == 413
