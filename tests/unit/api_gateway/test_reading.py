"""GET /v2/notifications…: one message, pages of them, and the PDF of a letter."""

import pytest

from notify.notifications.v1 import received_texts_pb2, types_pb2
from notifyrules.statuses import KeyType, NotificationStatus, NotificationType
from servicekit.errors import RuleBroken, Unimplemented
from services.api_gateway.messages import NotificationsFilter
from tests.unit.api_gateway.fakes import (
    NOTIFICATION_ID,
    NOW,
    SECRETS,
    SERVICE_ID,
    Gateway,
    a_notification,
    a_token,
    invalid,
    v2_error,
)

OTHER_ID = "0195c6a0-0000-7abc-8000-000000000009"
NOT_FOUND = v2_error(404, ("NoResultFound", "No result found"))
ROOT = "https://api.example/v2/notifications"


@pytest.fixture
def gateway() -> Gateway:
    gateway = Gateway()
    gateway.notifications.stored = [a_notification()]
    return gateway


@pytest.mark.parametrize("form", [str.lower, str.upper, lambda id: id.replace("-", "")])
async def test_one_message_by_its_id_in_any_form(gateway: Gateway, form: object) -> None:
    response = await gateway.get(f"/v2/notifications/{form(NOTIFICATION_ID)}")  # type: ignore[operator]  # all three take a str
    assert (response.status, response.json["id"]) == (200, NOTIFICATION_ID)


async def test_a_message_that_does_not_exist(gateway: Gateway) -> None:
    response = await gateway.get(f"/v2/notifications/{OTHER_ID}")
    assert (response.status, response.json) == (404, NOT_FOUND)


async def test_what_is_no_id(gateway: Gateway) -> None:
    assert (await gateway.get("/v2/notifications/1234")).json == invalid(
        "notification_id is not a valid UUID"
    )


async def test_head_is_answered_as_get(gateway: Gateway) -> None:
    assert (await gateway.call("HEAD", f"/v2/notifications/{NOTIFICATION_ID}", token=a_token())).status == 200


async def test_a_page_and_its_links(gateway: Gateway) -> None:
    page = (await gateway.get("/v2/notifications?reference=a%20b&template_type=sms&template_type=email")).json
    assert [notification["id"] for notification in page["notifications"]] == [NOTIFICATION_ID]
    kept = "reference=a+b&template_type=sms&template_type=email"
    assert page["links"] == {
        "current": f"{ROOT}?{kept}",
        "next": f"{ROOT}?{kept}&older_than={NOTIFICATION_ID}",
    }


async def test_an_empty_page_has_no_next_one(gateway: Gateway) -> None:
    gateway.notifications.stored = []
    assert (await gateway.get("/v2/notifications")).json == {"notifications": [], "links": {"current": ROOT}}


async def test_the_next_link_replaces_older_than(gateway: Gateway) -> None:
    links = (await gateway.get(f"/v2/notifications?older_than={OTHER_ID}&include_jobs=true")).json["links"]
    assert links["current"] == f"{ROOT}?older_than={OTHER_ID}&include_jobs=true"
    assert links["next"] == f"{ROOT}?older_than={NOTIFICATION_ID}&include_jobs=true"


async def test_what_is_asked_of_the_notifications_service(gateway: Gateway) -> None:
    query = (
        f"status=received&status=created&template_type=email&older_than={OTHER_ID.upper()}&include_jobs=True"
    )
    await gateway.get(f"/v2/notifications?{query}&reference=a&reference=b", token=a_token(SECRETS["team"]))
    assert gateway.notifications.filters == [
        NotificationsFilter(
            service_id=SERVICE_ID,
            key_type=KeyType.TEAM,
            types=(NotificationType.EMAIL,),
            statuses=frozenset({NotificationStatus.DELIVERED, NotificationStatus.CREATED}),
            reference="a",
            include_jobs=True,
            older_than=OTHER_ID,
        )
    ]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("status=", "status  is not one of [cancelled, created, sending, sent, delivered, pending, failed, "),
        ("include_jobs=", "include_jobs  is not one of [true, True]"),
        ("older_than=", "older_than is not a valid UUID"),
        ("page=1", "Additional properties are not allowed (page was unexpected)"),
        ("reference=%00", "reference has characters that cannot be stored: NUL"),
    ],
)
async def test_faults_of_a_query(gateway: Gateway, query: str, message: str) -> None:
    response = await gateway.get(f"/v2/notifications?{query}")
    assert response.status == 400
    assert response.json["errors"][0]["message"].startswith(message)
    assert gateway.notifications.filters == []


async def test_text_in_a_query_that_is_no_utf_8_is_no_bug(gateway: Gateway) -> None:
    assert (await gateway.get("/v2/notifications?reference=%ff%ed%a0%80")).status == 200


async def test_only_letters_have_a_pdf(gateway: Gateway) -> None:
    response = await gateway.get(f"/v2/notifications/{NOTIFICATION_ID}/pdf")
    assert response.json == v2_error(400, ("BadRequestError", "Notification is not a letter"))


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/v2/notifications/foo/pdf", 400, invalid("notification_id is not a valid UUID")),
        (f"/v2/notifications/{OTHER_ID}/pdf", 404, NOT_FOUND),
    ],
)
async def test_the_pdf_of_nothing(gateway: Gateway, path: str, status: int, body: object) -> None:
    response = await gateway.get(path)
    assert (response.status, response.json) == (status, body)


async def test_the_pdf_of_a_letter(gateway: Gateway) -> None:
    gateway.notifications.stored = [a_notification(type=types_pb2.NOTIFICATION_TYPE_LETTER)]
    response = await gateway.get(f"/v2/notifications/{NOTIFICATION_ID}/pdf")
    assert (response.status, response.body) == (200, b"%PDF-1.7")
    assert response.headers["content-type"] == "application/pdf"


@pytest.mark.parametrize(
    ("failure", "status"), [(Unimplemented("x"), 501), (RuleBroken("NOT_A_LETTER", "no"), 400)]
)
async def test_a_pdf_that_cannot_be_had(gateway: Gateway, failure: Exception, status: int) -> None:
    gateway.notifications.stored = [a_notification(type=types_pb2.NOTIFICATION_TYPE_LETTER)]
    gateway.letters.failure = failure
    assert (await gateway.get(f"/v2/notifications/{NOTIFICATION_ID}/pdf")).status == status


@pytest.mark.parametrize(
    ("status", "error", "message"),
    [
        (
            types_pb2.NOTIFICATION_STATUS_PENDING_VIRUS_CHECK,
            "PDFNotReadyError",
            "PDF not available yet, try again later",
        ),
        (
            types_pb2.NOTIFICATION_STATUS_VIRUS_SCAN_FAILED,
            "BadRequestError",
            "File did not pass the virus scan",
        ),
        (
            types_pb2.NOTIFICATION_STATUS_TECHNICAL_FAILURE,
            "BadRequestError",
            "PDF not available for letters in status technical-failure",
        ),
    ],
)
async def test_letters_without_a_pdf(
    gateway: Gateway, status: types_pb2.NotificationStatus, error: str, message: str
) -> None:
    letter = a_notification(type=types_pb2.NOTIFICATION_TYPE_LETTER, status=status)
    gateway.notifications.stored = [letter]
    response = await gateway.get(f"/v2/notifications/{NOTIFICATION_ID}/pdf")
    assert response.json == v2_error(400, (error, message))


async def test_a_pdf_that_is_not_made_yet(gateway: Gateway) -> None:
    gateway.notifications.stored = [a_notification(type=types_pb2.NOTIFICATION_TYPE_LETTER)]
    gateway.letters.failure = RuleBroken("PDF_NOT_READY", "no")
    response = await gateway.get(f"/v2/notifications/{NOTIFICATION_ID}/pdf")
    assert response.json == v2_error(400, ("PDFNotReadyError", "PDF not available yet, try again later"))


async def test_a_service_without_received_texts(gateway: Gateway) -> None:
    page = await gateway.get(f"/v2/received-text-messages?older_than={OTHER_ID.upper()}")
    assert page.json == {
        "received_text_messages": [],
        "links": {"current": "https://api.example/v2/received-text-messages"},
    }
    assert gateway.received_texts.asked == [(SERVICE_ID, OTHER_ID)]


async def test_received_texts_with_a_link_to_older_ones(gateway: Gateway) -> None:
    text = received_texts_pb2.ReceivedText(
        id=OTHER_ID,
        service_id=SERVICE_ID,
        notify_number="07700900777",
        user_number="447700900800",
        content="été £5 🙂",
    )
    text.create_time.FromDatetime(NOW)
    gateway.received_texts.stored = [text]
    page = await gateway.get("/v2/received-text-messages")
    assert page.json == {
        "received_text_messages": [
            {
                "id": OTHER_ID,
                "created_at": "2026-03-04T12:30:15.250000Z",
                "service_id": SERVICE_ID,
                "notify_number": "07700900777",
                "user_number": "447700900800",
                "content": "été £5 🙂",
            }
        ],
        "links": {
            "current": "https://api.example/v2/received-text-messages",
            "next": f"https://api.example/v2/received-text-messages?older_than={OTHER_ID}",
        },
    }


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("older_than=foo", "older_than is not a valid UUID"),
        ("page=1", "Additional properties are not allowed (page was unexpected)"),
    ],
)
async def test_faults_of_a_query_for_received_texts(gateway: Gateway, query: str, message: str) -> None:
    assert (await gateway.get(f"/v2/received-text-messages?{query}")).json == invalid(message)
