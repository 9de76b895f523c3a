"""What the Python client sends, and what it makes of the answers; against a server that does as it is told."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from clients.python.notify_client import (
    AsyncNotifyClient,
    Conflict,
    InvalidRequest,
    KeyType,
    Lane,
    NewEmail,
    NewService,
    NewTemplate,
    NewText,
    NotFound,
    NotificationFilter,
    NotificationStatus,
    NotificationType,
    NotifyClient,
    RuleBroken,
    Sent,
    TemplateChange,
    Unavailable,
)
from notify.notifications.v1 import accounts_pb2, deliveries_pb2, notifications_pb2, templates_pb2, types_pb2
from servicekit import errors
from servicekit.errors import Violation
from servicekit.ids import bucket_in, bucket_of, parse_id
from tests.integration.python_client.fake_server import KEYS, Asked, running

SERVICE_ID = "2ebe4da8-17be-49fe-b02f-dff2760261a0"
TEMPLATE_ID = "8b9c6c2b-4ed5-4b1e-9d0a-0d8c8b3b7a11"
ID = "0195c6a0-0000-7abc-8000-000000000001"
AT = datetime(2026, 3, 4, 12, 30, 15, 250_000, tzinfo=UTC)
TEXT = NewText(service_id=SERVICE_ID, template_id=TEMPLATE_ID, phone_number="07700 900123")
EMAIL = NewEmail(service_id=SERVICE_ID, template_id=TEMPLATE_ID, email_address="ada@example.gov.uk")


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
async def target(asked: Asked) -> AsyncIterator[str]:
    async with running(asked) as address:
        yield address


@pytest.fixture
async def notify(target: str) -> AsyncIterator[AsyncNotifyClient]:
    async with AsyncNotifyClient(target, caller_keys=KEYS, timeout_s=5) as client:
        yield client


def at(moment: datetime = AT) -> Timestamp:
    timestamp = Timestamp()
    timestamp.FromDatetime(moment)
    return timestamp


def created(**values: Any) -> notifications_pb2.CreateNotificationsResult:
    given = {
        "id": ID,
        "body": "Hello Ada",
        "sender": "GOVUK",
        "template_id": TEMPLATE_ID,
        "template_version": 3,
    }
    return notifications_pb2.CreateNotificationsResult(
        notification=notifications_pb2.CreatedNotification(**{**given, **values})
    )


def refused(code: int, reason: str, message: str, *violations: Violation) -> Any:
    found = [types_pb2.FieldViolation(field=one.field, message=one.message) for one in violations]
    error = types_pb2.ItemError(code=code, reason=reason, message=message, violations=found)
    return notifications_pb2.CreateNotificationsResult(error=error)


def outcomes(*results: notifications_pb2.CreateNotificationsResult) -> Any:
    return notifications_pb2.CreateNotificationsResponse(results=results)


def a_notification(**values: Any) -> notifications_pb2.Notification:
    given = {
        "id": ID,
        "service_id": SERVICE_ID,
        "type": types_pb2.NOTIFICATION_TYPE_SMS,
        "key_type": types_pb2.KEY_TYPE_NORMAL,
        "status": types_pb2.NOTIFICATION_STATUS_DELIVERED,
        "recipient": "07700900123",
        "template_id": TEMPLATE_ID,
        "template_version": 3,
        "body": "Hello Ada",
        "create_time": at(),
        "billable_units": 2,
        "rate_multiplier": 3,
        "rate_ten_thousandths": 241,
    }
    return notifications_pb2.Notification(**{**given, **values})


def a_template(**values: Any) -> templates_pb2.Template:
    given = {
        "id": TEMPLATE_ID,
        "service_id": SERVICE_ID,
        "type": types_pb2.NOTIFICATION_TYPE_EMAIL,
        "name": "A template",
        "version": 3,
        "body": "Hello ((name))",
        "subject": "Hi",
        "placeholders": ["name"],
        "create_time": at(),
        "update_time": at(AT + timedelta(days=1)),
    }
    return templates_pb2.Template(**{**given, **values})


def a_service(**values: Any) -> accounts_pb2.Service:
    given = {
        "id": SERVICE_ID,
        "name": "Parking permits",
        "active": True,
        "permissions": ["sms"],
        "rate_limit": 3_000,
        "daily_limits": accounts_pb2.DailyLimits(email=1, sms=2, letter=3, international_sms=4),
        "version": 1,
        "create_time": at(),
    }
    return accounts_pb2.Service(**{**given, **values})


async def test_a_text_is_sent_with_an_id_of_its_services_bucket(
    asked: Asked, notify: AsyncNotifyClient
) -> None:
    asked.answer("CreateNotifications", outcomes(created(reference="mine")))
    text = NewText(
        service_id=SERVICE_ID,
        template_id=TEMPLATE_ID,
        phone_number="07700 900123",
        personalisation={"name": "Ada", "n": 1.0},
        reference="mine",
        sms_sender_id=ID,
        key_type=KeyType.TEST,
    )
    sent = await notify.send_text(text)
    assert (sent.id, sent.reference, sent.subject, sent.simulated) == (ID, "mine", None, False)
    (item,) = asked.requests[0].notifications
    assert bucket_in(parse_id(item.id)) == bucket_of(parse_id(SERVICE_ID))
    assert (item.type, item.recipient) == (types_pb2.NOTIFICATION_TYPE_SMS, "07700 900123")
    assert json.loads(item.personalisation_json) == {"name": "Ada", "n": 1.0}
    assert (item.reference, item.sms_sender_id, item.key_type) == ("mine", ID, types_pb2.KEY_TYPE_TEST)
    assert not item.HasField("api_key_id")


async def test_an_email_is_sent_with_all_that_belongs_to_it(asked: Asked, notify: AsyncNotifyClient) -> None:
    changed = notifications_pb2.SanitisedValue(name="name", unsanitised="a*", sanitised="a\\*")
    asked.answer("CreateNotifications", outcomes(created(subject="Hi", sanitised_values=[changed])))
    email = NewEmail(
        service_id=SERVICE_ID,
        template_id=TEMPLATE_ID,
        email_address="ada@example.gov.uk",
        email_reply_to_id=ID,
        one_click_unsubscribe_url="https://example.gov.uk/x",
        sanitise_content_for=("name",),
    )
    sent = await notify.send_email(email)
    assert (sent.subject, sent.sanitised_values[0].sanitised) == ("Hi", "a\\*")
    (item,) = asked.requests[0].notifications
    assert item.type == types_pb2.NOTIFICATION_TYPE_EMAIL
    assert (item.email_reply_to_id, item.personalisation_json) == (ID, "")
    assert item.one_click_unsubscribe_url == "https://example.gov.uk/x"
    assert list(item.sanitise_content_for) == ["name"]


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        (refused(9, "TEMPLATE_NOT_FOUND", "Template not found"), RuleBroken),
        (
            refused(3, "INVALID_REQUEST", "x", Violation("phone_number", "phone_number is bad")),
            InvalidRequest,
        ),
        (refused(8, "DAILY_LIMIT_REACHED", "used up"), errors.QuotaExceeded),
    ],
)
async def test_what_refuses_a_message_is_raised(
    asked: Asked, notify: AsyncNotifyClient, result: Any, kind: type[errors.ServiceError]
) -> None:
    asked.answer("CreateNotifications", outcomes(result))
    with pytest.raises(kind) as raised:
        await notify.send_text(TEXT)
    assert raised.value.reason == result.error.reason


async def test_one_refused_message_of_many_does_not_hold_up_the_others(
    asked: Asked, notify: AsyncNotifyClient
) -> None:
    asked.answer("CreateNotifications", outcomes(created(), refused(9, "MESSAGE_EMPTY", "empty"), created()))
    results = await notify.send_many([TEXT, EMAIL, TEXT])
    assert [isinstance(result, Sent) for result in results] == [True, False, True]


async def test_many_messages_travel_a_thousand_at_a_time(asked: Asked, notify: AsyncNotifyClient) -> None:
    asked.answer(
        "CreateNotifications",
        outcomes(*[created()] * 1_000),
        outcomes(*[created()] * 1_000),
        outcomes(created()),
    )
    assert len(await notify.send_many([TEXT] * 2_001)) == 2_001
    assert [len(request.notifications) for request in asked.requests] == [1_000, 1_000, 1]


async def test_a_notification_is_read(asked: Asked, notify: AsyncNotifyClient) -> None:
    asked.answer(
        "GetNotification",
        notifications_pb2.GetNotificationResponse(
            notification=a_notification(send_time=at(), provider="mmg")
        ),
    )
    found = await notify.get_notification(SERVICE_ID, ID)
    assert (found.type, found.status) == (NotificationType.SMS, NotificationStatus.DELIVERED)
    assert (found.created_at, found.sent_at, found.updated_at) == (AT, AT, None)
    assert (found.cost_in_pounds, found.provider, found.reference) == (Decimal("0.1446"), "mmg", None)


async def test_what_does_not_exist_is_raised(asked: Asked, notify: AsyncNotifyClient) -> None:
    asked.answer("GetNotification", NotFound("notification"))
    with pytest.raises(NotFound):
        await notify.get_notification(SERVICE_ID, ID)


async def test_a_filter_says_what_is_wanted(asked: Asked, notify: AsyncNotifyClient) -> None:
    asked.answer("ListNotifications", notifications_pb2.ListNotificationsResponse())
    wanted = NotificationFilter(
        service_id=SERVICE_ID,
        types=(NotificationType.SMS,),
        statuses=(NotificationStatus.SENDING, NotificationStatus.DELIVERED),
        key_type=KeyType.TEAM,
        reference="mine",
        include_jobs=True,
        page_size=7,
    )
    page = await notify.list_notifications(wanted)
    assert (page.items, page.next_page_token) == ((), None)
    (request,) = asked.requests
    assert list(request.statuses) == [
        types_pb2.NOTIFICATION_STATUS_SENDING,
        types_pb2.NOTIFICATION_STATUS_DELIVERED,
    ]
    assert (list(request.types), request.key_type) == (
        [types_pb2.NOTIFICATION_TYPE_SMS],
        types_pb2.KEY_TYPE_TEAM,
    )
    assert (request.reference, request.include_jobs, request.page_size) == ("mine", True, 7)
    assert not request.HasField("page_token")


async def test_a_status_that_nothing_has_is_no_filter(notify: AsyncNotifyClient) -> None:
    with pytest.raises(ValueError, match="failed"):
        await notify.list_notifications(
            NotificationFilter(service_id=SERVICE_ID, statuses=(NotificationStatus.FAILED,))
        )


async def test_all_pages_are_read_one_after_the_other(asked: Asked, notify: AsyncNotifyClient) -> None:
    asked.answer(
        "ListNotifications",
        notifications_pb2.ListNotificationsResponse(
            notifications=[a_notification()] * 2, next_page_token="x"
        ),
        notifications_pb2.ListNotificationsResponse(notifications=[a_notification()]),
    )
    found = [one async for one in notify.all_notifications(NotificationFilter(service_id=SERVICE_ID))]
    assert len(found) == 3
    assert [request.page_token for request in asked.requests] == ["", "x"]


async def test_what_happened_is_told_in_order(asked: Asked, notify: AsyncNotifyClient) -> None:
    asked.answer(
        "ExplainNotification",
        notifications_pb2.ExplainNotificationResponse(
            notification=a_notification(),
            events=[
                notifications_pb2.NotificationEvent(time=at(), kind="accepted", detail="by the API"),
                notifications_pb2.NotificationEvent(time=at(), kind="leased", party="sms-1", detail=""),
            ],
            delivery=notifications_pb2.QueuedDelivery(
                lane=types_pb2.LANE_PRIORITY, run_time=at(), attempts=2
            ),
        ),
    )
    told = await notify.explain_notification(ID)
    assert [(event.kind, event.party) for event in told.events] == [("accepted", None), ("leased", "sms-1")]
    assert told.delivery is not None
    assert (told.delivery.lane, told.delivery.attempts, told.delivery.lease_owner) == (Lane.PRIORITY, 2, None)


async def test_queues_are_counted(asked: Asked, notify: AsyncNotifyClient) -> None:
    asked.answer(
        "GetQueueStatistics",
        deliveries_pb2.GetQueueStatisticsResponse(
            queues=[
                deliveries_pb2.QueueStatistics(
                    channel=types_pb2.NOTIFICATION_TYPE_EMAIL,
                    lane=types_pb2.LANE_BULK,
                    ready_count=4,
                    oldest_ready_age=Duration(seconds=90),
                )
            ]
        ),
    )
    (queue,) = await notify.queue_statistics()
    assert (queue.channel, queue.lane, queue.ready) == (NotificationType.EMAIL, Lane.BULK, 4)
    assert queue.oldest_ready_age == timedelta(seconds=90)


async def test_a_template_is_made_changed_archived_and_read(asked: Asked, notify: AsyncNotifyClient) -> None:
    asked.answer("CreateTemplate", templates_pb2.CreateTemplateResponse(template=a_template()))
    asked.answer("UpdateTemplate", Conflict("somebody was faster"))
    asked.answer(
        "ArchiveTemplate", templates_pb2.ArchiveTemplateResponse(template=a_template(is_archived=True))
    )
    asked.answer("GetTemplate", templates_pb2.GetTemplateResponse(template=a_template()))
    asked.answer("ListTemplates", templates_pb2.ListTemplatesResponse(templates=[a_template()]))
    new = NewTemplate(
        service_id=SERVICE_ID, type=NotificationType.EMAIL, name="A template", body="Hello", subject="Hi"
    )
    assert (await notify.create_template(new)).placeholders == ("name",)
    change = TemplateChange(service_id=SERVICE_ID, template_id=TEMPLATE_ID, based_on_version=2, body="Bye")
    with pytest.raises(Conflict):
        await notify.update_template(change)
    assert (await notify.archive_template(SERVICE_ID, TEMPLATE_ID)).is_archived
    assert (await notify.get_template(SERVICE_ID, TEMPLATE_ID, 3)).version == 3
    assert len(await notify.list_templates(SERVICE_ID, NotificationType.EMAIL)) == 1
    make, update, _, get, listing = asked.requests
    assert parse_id(make.request_id)
    assert (update.HasField("name"), update.body, update.based_on_version) == (False, "Bye", 2)
    assert (get.version, listing.type) == (3, types_pb2.NOTIFICATION_TYPE_EMAIL)


async def test_a_letter_template_has_its_contact_its_welsh_and_its_attachment(
    asked: Asked, notify: AsyncNotifyClient
) -> None:
    of_letters: dict[str, Any] = {
        "postage": "economy",
        "letter_welsh_subject": "Llythyr",
        "letter_welsh_body": "Annwyl",
        "letter_attachment_id": ID,
    }
    answered = a_template(letter_contact_block="1 High Street", **of_letters)
    asked.answer("CreateTemplate", templates_pb2.CreateTemplateResponse(template=answered))
    asked.answer("UpdateTemplate", templates_pb2.UpdateTemplateResponse(template=answered))
    new = NewTemplate(
        service_id=SERVICE_ID,
        type=NotificationType.LETTER,
        name="A letter",
        subject="Letter",
        body="Dear",
        letter_contact_id=ID,
        **of_letters,
    )
    made = await notify.create_template(new)
    await notify.update_template(
        TemplateChange(
            service_id=SERVICE_ID, template_id=TEMPLATE_ID, based_on_version=1, letter_contact_id="",
            letter_attachment_id="",
        )
    )  # fmt: skip
    assert made.letter_contact_block == "1 High Street"
    assert {name: getattr(made, name) for name in of_letters} == of_letters
    make, update = asked.requests
    assert {name: getattr(make, name) for name in of_letters} == of_letters
    assert (make.letter_contact_id, update.letter_contact_id, update.letter_attachment_id) == (ID, "", "")
    assert update.HasField("letter_attachment_id")
    assert not update.HasField("letter_welsh_body")


async def test_a_template_is_previewed(asked: Asked, notify: AsyncNotifyClient) -> None:
    asked.answer(
        "PreviewTemplate",
        templates_pb2.PreviewTemplateResponse(
            template=a_template(), body="Hello Ada", html="<p>Hello Ada</p>"
        ),
    )
    preview = await notify.preview_template(SERVICE_ID, TEMPLATE_ID, {"name": ["a", "b"]})
    assert (preview.body, preview.html, preview.template.id) == ("Hello Ada", "<p>Hello Ada</p>", TEMPLATE_ID)
    assert json.loads(asked.requests[0].personalisation_json) == {"name": ["a", "b"]}


async def test_services_are_made_found_and_listed(asked: Asked, notify: AsyncNotifyClient) -> None:
    details = accounts_pb2.GetServiceResponse(
        service=a_service(),
        api_keys=[accounts_pb2.ApiKey(id=ID, name="website", type=types_pb2.KEY_TYPE_TEST, create_time=at())],
        sms_senders=[accounts_pb2.SmsSender(id=ID, value="PERMITS", is_default=True)],
        guest_list=["07700900123"],
    )
    asked.answer("CreateService", accounts_pb2.CreateServiceResponse(service=a_service()))
    asked.answer("GetService", details)
    asked.answer(
        "ListServices", accounts_pb2.ListServicesResponse(services=[a_service()], next_page_token="x")
    )
    made = await notify.create_service(NewService(name="Parking permits", permissions=("sms",)))
    assert (made.daily_limits.sms, made.organisation_id) == (2, None)
    found = await notify.get_service("Parking permits")
    assert (found.api_keys[0].type, found.sms_senders[0].value) == (KeyType.TEST, "PERMITS")
    await notify.get_service(SERVICE_ID)
    assert (await notify.list_services()).next_page_token == "x"
    assert [request.WhichOneof("which") for request in asked.requests[1:3]] == ["name", "service_id"]


async def test_a_new_keys_secret_is_in_no_text_of_it(asked: Asked, notify: AsyncNotifyClient) -> None:
    key = accounts_pb2.ApiKey(id=ID, name="website", type=types_pb2.KEY_TYPE_NORMAL, create_time=at())
    asked.answer("CreateApiKey", accounts_pb2.CreateApiKeyResponse(api_key=key, full_key="website-secret"))
    made = await notify.create_key(SERVICE_ID, "website")
    assert made.full_key == "website-secret"
    assert "secret" not in repr(made)


async def test_a_revoked_key_says_when(asked: Asked, notify: AsyncNotifyClient) -> None:
    key = accounts_pb2.ApiKey(
        id=ID, name="website", type=types_pb2.KEY_TYPE_NORMAL, create_time=at(), revoke_time=at()
    )
    asked.answer("RevokeApiKey", accounts_pb2.RevokeApiKeyResponse(api_key=key))
    assert (await notify.revoke_key(SERVICE_ID, ID)).revoked_at == AT


async def test_a_stranger_is_refused(target: str) -> None:
    async with AsyncNotifyClient(target, caller_keys="x" * 32) as stranger:
        with pytest.raises(errors.NotAuthenticated):
            await stranger.queue_statistics()


async def test_a_caller_without_the_right_is_refused(target: str) -> None:
    async with AsyncNotifyClient(target, caller_keys=KEYS, caller="somebody") as stranger:
        with pytest.raises(errors.NotAllowed):
            await stranger.queue_statistics()


async def test_a_service_that_is_away_is_told_in_time() -> None:
    async with AsyncNotifyClient("127.0.0.1:1", caller_keys=KEYS, timeout_s=0.2) as notify:
        with pytest.raises((Unavailable, errors.DeadlineExceeded)):
            await notify.queue_statistics()


async def test_the_client_that_is_not_asynchronous_does_the_same(asked: Asked, target: str) -> None:
    asked.answer("CreateNotifications", outcomes(created()))
    asked.answer("GetNotification", NotFound("notification"))
    asked.answer(
        "ListNotifications",
        notifications_pb2.ListNotificationsResponse(notifications=[a_notification()], next_page_token="x"),
        notifications_pb2.ListNotificationsResponse(),
    )

    def use() -> None:
        with NotifyClient(target, caller_keys=KEYS) as notify:
            assert notify.send_text(TEXT).id == ID
            with pytest.raises(NotFound):
                notify.get_notification(SERVICE_ID, ID)
            assert len(list(notify.all_notifications(NotificationFilter(service_id=SERVICE_ID)))) == 1
        notify.close()
        with pytest.raises(RuntimeError, match="closed"):
            notify.queue_statistics()

    await asyncio.to_thread(use)


async def test_a_client_with_unusable_keys_leaves_no_thread_behind() -> None:
    with pytest.raises(ValueError, match="shorter"):
        await asyncio.to_thread(NotifyClient, "127.0.0.1:1", caller_keys="short")
