"""Files in an email: their shape, the set-up of the service, and when it is their turn."""

import json

import pytest

from notifyrules.statuses import NotificationType
from servicekit.errors import InvalidRequest, RuleBroken
from services.notifications.files import check_files, files_in
from services.notifications.new_notifications import Prepared
from services.notifications.preparing import parse_recipient_address, prepare_email
from services.notifications.sending_services import SendingService
from tests.unit.notifications.builders import SERVICE_ID, SETTINGS, a_service, a_template, an_item

EMAIL = NotificationType.EMAIL
SIMULATED = "simulate-delivered@notifications.service.gov.uk"
UNSUPPORTED = "Use a boolean true or false value."


def prepared(
    file: object,
    *,
    to: str = "ada@example.com",
    service: SendingService | None = None,
    body: str = "((name))!",
) -> Prepared:
    item = an_item(type=EMAIL, recipient=to, personalisation=json.dumps({"name": file}))
    template = a_template(body, EMAIL, subject="A file")
    return prepare_email(item, parse_recipient_address(to), service or a_service(), template, SETTINGS)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"filename": "a.csv"},
        {"filename": None},
        {"is_csv": True},
        {"is_csv": None},
        {"confirm_email_before_download": False},
        {"retention_period": "1 week"},
        {"retention_period": " 78 WEEKS\n"},
        {"retention_period": None},
    ],
)
def test_a_file_of_a_good_shape_has_its_turn(options: dict[str, object]) -> None:
    with pytest.raises(RuleBroken) as turn:
        prepared({"file": "", **options})
    assert turn.value.reason == "FILES_NOT_STORED"


@pytest.mark.parametrize(
    ("file", "messages"),
    [
        ({"file": None}, ["file None is not of type string"]),
        ({"file": ["x"]}, ["file [x] is not of type string"]),
        ({"file": "", "filename": 5}, ["filename 5 is not of type string, null"]),
        (
            {"file": "", "filename": "report"},
            ["filename `filename` must end with a file extension. For example, filename.csv"],
        ),
        ({"file": "", "is_csv": "a"}, [f"is_csv Unsupported value for is_csv: a. {UNSUPPORTED}"]),
        ({"file": "", "is_csv": 1}, [f"is_csv Unsupported value for is_csv: 1. {UNSUPPORTED}"]),
        (
            {"file": "", "retention_period": "79 weeks", "confirm_email_before_download": 0},
            [
                "confirm_email_before_download Unsupported value for confirm_email_before_download: 0. "
                + UNSUPPORTED,
                "retention_period Unsupported value for retention_period: 79 weeks. "
                "Supported periods are from 1 to 78 weeks.",
            ],
        ),
        (
            {"file": "", "filename": None, "is_csv": None},
            ["Do not set a value for `is_csv` if `filename` is set."],
        ),
        ({"file": "", "b": 1, "a": 2}, ["Additional properties are not allowed (a, b were unexpected)"]),
    ],
)
def test_every_fault_of_a_file_is_told(file: dict[str, object], messages: list[str]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        check_files({"one": file}, a_service(contact_link=None), SETTINGS)
    assert [violation.message for violation in refused.value.violations] == messages


@pytest.mark.parametrize("weeks", ["0", "079", "01", "1.5", "٣", "-1", "79"])
def test_a_retention_that_is_no_number_of_weeks_is_refused(weeks: str) -> None:
    with pytest.raises(InvalidRequest, match="Supported periods"):
        check_files({"one": {"file": "", "retention_period": f"{weeks} weeks"}}, a_service(), SETTINGS)


@pytest.mark.parametrize("to", ["ada@example.com", SIMULATED])
def test_a_service_without_contact_details_sends_no_files(to: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        prepared({"file": ""}, to=to, service=a_service(contact_link=None))
    assert (refused.value.reason, refused.value.message) == (
        "FILE_REFUSED",
        "Send files by email has not been set up - add contact details for your service at "
        f"https://admin.example/services/{SERVICE_ID}/service-settings/send-files-by-email",
    )


def test_a_simulated_recipient_gets_a_link_to_nothing() -> None:
    made = prepared({"file": ""}, to=SIMULATED)
    assert made.answer.simulated
    assert made.answer.body == f"https://files.example/services/{SERVICE_ID}/documents/test-document!"


def test_the_recipient_is_checked_before_the_files() -> None:
    with pytest.raises(RuleBroken) as refused:
        prepared({"file": 5}, service=a_service(restricted=True))
    assert refused.value.reason == "RECIPIENT_NOT_IN_TRIAL"


def test_only_objects_with_a_file_are_files() -> None:
    values: dict[str, object] = {"a": {"file": "x"}, "b": {"name": "x"}, "c": "file", "d": ["file"]}
    assert list(files_in(values)) == ["a"]
    assert prepared({"name": "x"}).answer.body == "{'name': 'x'}!"
