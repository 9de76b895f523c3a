"""Whatever the table of roles calls a change leaves an event, with who and why, in the one search over all services.

One story makes each change once, through gRPC, as a person. An RPC that is new in the table fails the first test
until the story tells of it.
"""

import asyncio
import importlib
import io
import json
import random
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import psycopg
import pytest
from google.protobuf import descriptor_pool, message_factory
from notifications_python_client.utils import prepare_upload
from psycopg.types.json import Jsonb
from typer.testing import CliRunner

from clients.notifyctl.__main__ import app
from clients.notifyctl.connection import connect_all
from clients.notifyctl.stack.services import ROOT
from notifyrules.london_time import london_date
from servicekit.grpc_client import Channel
from servicekit.ids import bucket_of, new_id
from servicekit.request_context import request_scope
from tests.e2e.stack import System
from tests.unit.letters.pdfs import a_letter
from tools.roles import tables

REASON = "the story of all changes"
GENERATED = ROOT / "gen"
for _file in sorted(GENERATED.rglob("*_pb2.py")):  # so that every RPC is known by its name
    importlib.import_module(".".join(_file.relative_to(GENERATED).with_suffix("").parts))
OPERATIONS = ("TasksService/", "AlertsService/", "TokensService/")
"""Of the package that several services serve."""
KEPT_AWAY: dict[str, str] = {}
"""Changes that leave no event, with the reason why. None should."""


class Story:
    """Somebody who changes everything once."""

    def __init__(self, system: System, channels: dict[str, Channel]) -> None:
        self.system = system
        self.channels = channels
        self.requests: dict[tuple[str, str], str] = {}
        """The id of the request that made a change, by service and RPC."""

    async def do(self, service: str, rpc: str, **fields: Any) -> Any:
        """Call a change (`AccountsService/CreateUser`), remembering its request id; gives the answer."""
        package = "operations" if rpc.startswith(OPERATIONS) else service
        if rpc.startswith("ProvidersService/"):
            package = "providers"
        full_name = f"notify.{package}.v1.{rpc}"
        name, _, method_name = full_name.rpartition("/")
        method = descriptor_pool.Default().FindServiceByName(name).methods_by_name[method_name]
        request = message_factory.GetMessageClass(method.input_type)(**fields)
        response = message_factory.GetMessageClass(method.output_type)
        channel = self.channels[service]
        make = channel.grpc.unary_stream if method.server_streaming else channel.grpc.unary_unary
        call: Any = make(
            f"/{full_name}",
            request_serializer=type(request).SerializeToString,
            response_deserializer=response.FromString,
        )
        with request_scope() as scope:
            self.requests[service, full_name] = scope.request_id
            if method.server_streaming:
                return [answer async for answer in channel.stream(call, request, timeout_s=30)][-1]
            return await channel.call(call, request, timeout_s=30)

    def sql(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """What no RPC makes: what went wrong before the story."""
        with psycopg.connect(self.system.stack.database_url, autocommit=True) as connection:
            cursor = connection.execute(query.encode(), parameters)
            return cursor.fetchall() if cursor.description else []

    async def notifications(self, rpc: str, **fields: Any) -> Any:
        """A change of the notifications service."""
        return await self.do("notifications", rpc, **fields)

    async def account(self, rpc: str, **fields: Any) -> Any:
        """A change of an account."""
        return await self.notifications(f"AccountsService/{rpc}", **fields)


async def the_story(story: Story) -> None:
    """Each change once. What is changed is the story's own, but for what there is one of."""
    made = await accounts(story)
    await senders(story, made.service_id)
    await numbers(story, made.service_id)
    await limits_and_caches(story, made.service_id)
    await templates(story, made.service_id)
    await callbacks(story, made.service_id)
    await jobs(story)
    await queue(story)
    await letters(story, made.service_id)
    await files(story)
    await money_and_providers(story)
    await operations(story)
    await story.account("ArchiveService", service_id=made.service_id)
    await story.account("UnarchiveService", service_id=made.service_id)


async def accounts(story: Story) -> SimpleNamespace:
    name = f"Story {uuid4()}"
    organisation = (
        await story.account("CreateOrganisation", name=name, organisation_type="local")
    ).organisation
    await story.account("UpdateOrganisation", organisation_id=organisation.id, name=f"{name} Council")
    user = (await story.account("CreateUser", name="Jo", email_address=f"{uuid4()}@example.gov.uk")).user
    await story.account("UpdateUser", user_id=user.id, name="Jo Smith")
    await story.account(
        "SignAgreement", organisation_id=organisation.id, agreement_version="3.1", signed_by_user_id=user.id
    )
    service = (
        await story.account(
            "CreateService",
            name=name,
            organisation_id=organisation.id,
            permissions=["sms", "email", "letter", "inbound_sms"],
            restricted=True,
        )
    ).service
    await story.account("UpdateService", service_id=service.id, contact_link="https://example.gov.uk")
    await story.account("AddServiceMember", service_id=service.id, user_id=user.id)
    await story.account(
        "SetMemberPermissions", service_id=service.id, user_id=user.id, permissions=["send_texts"]
    )
    await story.account("RemoveServiceMember", service_id=service.id, user_id=user.id)
    await story.account("SetGuestList", service_id=service.id, phone_numbers=["07700900123"])
    await story.account("GoLive", service_id=service.id)
    await story.account("SetRetention", service_id=service.id, type="NOTIFICATION_TYPE_SMS", days=3)
    key = (
        await story.account("CreateApiKey", service_id=service.id, name="website", type="KEY_TYPE_NORMAL")
    ).api_key
    await story.account("RevokeApiKey", service_id=service.id, api_key_id=key.id)
    return SimpleNamespace(service_id=service.id)


async def senders(story: Story, service_id: str) -> None:
    first = (await story.account("CreateSmsSender", service_id=service_id, value="ONE")).sms_sender
    await story.account(
        "UpdateSender",
        service_id=service_id,
        kind="SENDER_KIND_SMS",
        sender_id=first.id,
        value="TWO",
    )
    await story.account("ArchiveSmsSender", service_id=service_id, sms_sender_id=first.id)
    reply_to = await story.account("CreateEmailReplyTo", service_id=service_id, value="a@example.gov.uk")
    await story.account(
        "ArchiveEmailReplyTo", service_id=service_id, email_reply_to_id=reply_to.email_reply_to.id
    )
    await story.account(
        "VerifyEmailReplyTo", request_id=str(new_id()), service_id=service_id, value="b@example.gov.uk"
    )
    await story.account("CreateLetterContact", service_id=service_id, value="1 Street\nTown\nSW1A 1AA")


async def numbers(story: Story, service_id: str) -> None:
    first, second = (f"0770098{number:04}" for number in random.sample(range(10_000), 2))
    await story.account("AddInboundNumber", number=first, provider="mmg")
    await story.account("AssignInboundNumber", number=first, service_id=service_id)
    await story.account("ImportInboundNumbers", numbers=[second], provider="mmg")
    await story.account("ReleaseInboundNumber", number=second)


async def limits_and_caches(story: Story, service_id: str) -> None:
    until = datetime.now(UTC) + timedelta(days=1)
    await story.notifications(
        "LimitsService/SetLimit",
        service_id=service_id,
        kind="LIMIT_KIND_SMS",
        value=400_000,
        end_time=until,
    )
    await story.notifications("LimitsService/EndTemporaryLimit", service_id=service_id, kind="LIMIT_KIND_SMS")
    await story.notifications("CachesService/PurgeCaches", kinds=["CACHE_KIND_SERVICES"])


async def templates(story: Story, service_id: str) -> None:
    template = (
        await story.notifications(
            "TemplatesService/CreateTemplate",
            service_id=service_id,
            type="NOTIFICATION_TYPE_SMS",
            name="Story",
            body="Hello",
        )
    ).template
    named = {"service_id": service_id, "template_id": template.id}
    await story.notifications("TemplatesService/UpdateTemplate", **named, based_on_version=1, body="Good day")
    await story.notifications("TemplatesService/ArchiveTemplate", **named)


async def callbacks(story: Story, service_id: str) -> None:
    endpoint = {"service_id": service_id, "kind": "CALLBACK_KIND_DELIVERY_STATUS"}
    url = "http://127.0.0.1:9/hook"
    await story.account("SetCallback", **endpoint, url=url, bearer_token="a-long-secret")
    await story.notifications("CallbacksService/RotateCallbackSecret", **endpoint)
    await story.notifications("CallbacksService/RetireCallbackSecret", **endpoint)
    callback_id = str(new_id())
    story.sql(
        "insert into notifications.callback_attempts (callback_id, attempt, service_id, kind, notification_id, "
        "attempted_at, duration_ms, result, outcome) "
        "values (%s, 1, %s, 'delivery_status', %s, now(), 1, '500', 'refused')",
        (callback_id, service_id, str(new_id())),
    )
    await story.notifications(
        "CallbacksService/ReplayCallbacks", callback_ids={"ids": [callback_id]}, reason=REASON
    )
    story.sql(
        "insert into notifications.unsubscribe_requests "
        "(id, notification_id, service_id, template_id, template_version, email_address_encrypted) "
        "values (%s, %s, %s, %s, 1, '')",
        (str(new_id()), str(new_id()), service_id, str(new_id())),
    )
    await story.notifications(
        "UnsubscribeRequestsService/CloseUnsubscribeRequests",
        service_id=service_id,
        until_time=datetime.now(UTC) + timedelta(minutes=1),
    )


async def jobs(story: Story) -> None:
    """A job for tomorrow, of the demo's template."""
    demo = story.system.demo
    job_id = str(new_id(bucket=bucket_of(UUID(demo.service_id))))
    notify = story.channels["notifications"]
    create: Any = cast("Any", notify.grpc).stream_unary("/notify.notifications.v1.JobsService/CreateJob")

    async def parts() -> AsyncIterator[bytes]:
        pool = descriptor_pool.Default()
        request = message_factory.GetMessageClass(
            pool.FindMessageTypeByName("notify.notifications.v1.CreateJobRequest")
        )
        spec = {
            "id": job_id,
            "service_id": demo.service_id,
            "key_type": "KEY_TYPE_NORMAL",
            "template_id": demo.sms_template_id,
            "name": "Story",
            "start_time": datetime.now(UTC) + timedelta(days=1),
        }
        yield request(spec=spec).SerializeToString()
        yield request(csv=b"phone number,name\n07700900123,Ada\n").SerializeToString()

    with request_scope() as scope:
        await notify.send_stream(create, parts())
    # Making messages is no change of how anything is set up; a person's job is recorded nevertheless.
    story.requests["notifications", "notify.notifications.v1.JobsService/CreateJob"] = scope.request_id
    named = {"service_id": demo.service_id, "job_id": job_id}
    await story.notifications("JobsService/PauseJob", **named)
    await story.notifications("JobsService/ResumeJob", **named)
    await story.notifications("JobsService/CancelJob", **named)


async def queue(story: Story) -> None:
    """Deliveries that were given up; as in the demo's service, so that what is queued again can be sent."""
    with story.system.client() as client:
        sent = client.send_sms_notification("07700900321", story.system.demo.sms_template_id, {"name": "Ada"})
    dead = []
    for _ in range(2):
        dead.append(str(new_id(bucket=bucket_of(UUID(story.system.demo.service_id)))))
        story.sql(
            "insert into notifications.notifications select (jsonb_populate_record(n, %s)).* "
            "from notifications.notifications as n where id = %s",
            (Jsonb({"id": dead[-1], "status": "technical-failure", "sent_at": None}), sent["id"]),
        )
        story.sql(
            "insert into notifications.dead_deliveries "
            "(notification_id, service_id, channel, lane, attempts, last_error, died_at) "
            "select id, service_id, 'sms', 2, 48, 'story', now() from notifications.notifications where id = %s",
            (dead[-1],),
        )
    await story.notifications("DeliveriesService/ReplayDeliveries", notification_ids=dead[:1], reason=REASON)
    await story.notifications("DeliveriesService/DropDeliveries", notification_ids=dead[1:], reason=REASON)
    waiting = str(new_id(bucket=bucket_of(UUID(story.system.demo.service_id))))
    story.sql(
        "with made as (insert into notifications.notifications "
        "select (jsonb_populate_record(n, %s)).* from notifications.notifications as n where id = %s "
        "returning id, service_id) "
        "insert into notifications.deliveries (notification_id, service_id, channel, lane, run_at) "
        "select id, service_id, 'sms', 2, now() + interval '1 day' from made",
        (Jsonb({"id": waiting, "status": "created", "sent_at": None}), sent["id"]),
    )
    handed_over = {"notification_id": waiting, "provider": "mmg", "send_time": datetime.now(UTC)}
    await story.notifications("DeliveriesService/MarkHandedOver", messages=[handed_over], reason=REASON)


async def letters(story: Story, service_id: str) -> None:
    """Letters of another system, so that nothing needs to be printed."""
    made_at = datetime.now(UTC) - timedelta(days=9)
    item = {
        "service_id": service_id,
        "key_type": "KEY_TYPE_NORMAL",
        "status": "NOTIFICATION_STATUS_SENDING",
        "billable_units": 1,
        "postage": "second",
        "create_time": made_at,
        "send_time": made_at,
    }
    recent = {**item, "create_time": datetime.now(UTC), "send_time": datetime.now(UTC)}  # may be cancelled
    answer = await story.notifications(
        "NotificationsService/ImportNotifications", notifications=[item, item, recent]
    )
    ended, returned, cancelled = (result.notification for result in answer.results)
    story.sql(
        "update notifications.notifications set status = 'created', sent_at = null where id = %s",
        (cancelled.id,),
    )
    await story.notifications(
        "NotificationsService/CancelNotifications", service_id=service_id, notification_ids=[cancelled.id]
    )
    await story.notifications(
        "LetterCareService/EndLetters", notification_ids=[ended.id], end="LETTER_END_DELIVERED"
    )
    await story.notifications(
        "ReturnedLettersService/RecordReturnedLetters", references=[returned.letter_reference]
    )
    await story.do(
        "letters",
        "LettersService/UploadAttachment",
        service_id=service_id,
        attachment_id=str(uuid4()),
        content=a_letter(),
    )
    await story.do(
        "letters",
        "LettersService/ImportLetter",
        service_id=service_id,
        notification_id=returned.id,
        state="LETTER_STATE_HANDED_OVER",
        create_time=made_at,
        reference=returned.letter_reference,
        postage="second",
        sheets=1,
        address_lines=["A", "1 Street", "SW1A 1AA"],
        pdf=a_letter(),
    )
    await story.notifications(
        "LetterLogosService/SetLetterLogo",
        service_id=service_id,
        name="Council",
        svg='<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><rect width="1" height="1"/></svg>',
    )
    await story.do("letters", "PrintingService/CollateLetters", london_date="2020-01-06")
    await story.do("letters", "PrintingService/MakeReportToken", notification_id=returned.id)


async def files(story: Story) -> None:
    demo = story.system.demo
    template = (
        await story.notifications(
            "TemplatesService/CreateTemplate",
            service_id=demo.service_id,
            type="NOTIFICATION_TYPE_EMAIL",
            name="Story with a file",
            subject="A file",
            body="((file))",
        )
    ).template
    with story.system.client() as client:
        file = {"file": prepare_upload(io.BytesIO(b"a,b\n1,2\n"))}
        client.send_email_notification("story@example.gov.uk", template.id, file)
    selection = {"service_id": demo.service_id, "london_date": london_date(datetime.now(UTC)).isoformat()}
    await story.do("documents", "DocumentsService/BlockDocuments", selection=selection, reason=REASON)
    await story.do("documents", "DocumentsService/UnblockDocuments", selection=selection, reason=REASON)
    await story.do("documents", "DocumentsService/RemoveExpired")


async def money_and_providers(story: Story) -> None:
    rate = {"kind": "RATE_KIND_TEXT", "from_london_date": "2099-04-01", "value": 250}
    await story.do("billing", "BillingService/SetRate", rate=rate, reason=REASON)
    today = london_date(datetime.now(UTC)).isoformat()
    await story.do("billing", "BillingService/RebuildDay", london_date=today)
    await story.do("billing", "BillingService/CheckLastDays")
    for service, provider in (("sms", "mmg"), ("email", "ses"), ("letters", "dvla")):
        for weight in (60, 51):
            updates = [{"name": provider, "weight": weight}]
            await story.do(service, "ProvidersService/UpdateProviders", updates=updates)


async def operations(story: Story) -> None:
    """A task of each service by hand, and an alert of each; tokens of somebody who is not there."""
    await story.notifications("TokensService/RevokeTokens", names=[f"nobody-{uuid4().hex}"])
    for service, table in tables().items():
        if "notify.operations.v1.TasksService/RunTask" not in table:
            continue
        await story.do(service, "TasksService/RunTask", name="delete-old-task-records", reason=REASON)
        alert_id = str(new_id())
        story.sql(
            f"insert into {service}.alerts (id, name, subject, details, first_raised_at, last_raised_at) "
            "values (%s, 'story', %s, '{}', now(), now())",
            (alert_id, alert_id),
        )
        await story.do(service, "AlertsService/AcknowledgeAlert", alert_ids=[alert_id], reason=REASON)


@pytest.fixture(scope="module")
def story(system: System) -> Story:
    """The story, told."""

    async def tell() -> Story:
        async with AsyncExitStack() as stack:
            channels = await stack.enter_async_context(connect_all(system.stack.home, reason=REASON))
            told = Story(system, channels)
            await the_story(told)
            return told

    return asyncio.run(tell())


def changes() -> set[tuple[str, str]]:
    """Service and RPC of each change that people may make."""
    return {
        (service, rpc)
        for service, table in tables().items()
        for rpc, access in table.items()
        if access.is_change and rpc not in KEPT_AWAY
    }


def events(system: System, find: Callable[[dict[str, Any]], bool]) -> Iterable[dict[str, Any]]:
    """What `notifyctl events search` finds of the story."""
    result = CliRunner().invoke(
        app,
        ["events", "search", "--limit", "1000", "--since", "10m", "--json"],
        env={"NOTIFYCTL_HOME": str(system.stack.home)},
        catch_exceptions=False,
    )
    return [event for event in json.loads(result.stdout)["events"] if find(event)]


def test_the_story_tells_of_every_change(story: Story) -> None:
    missing = changes() - set(story.requests)
    assert not missing, f"make these changes in the story too: {sorted(missing)}"


def test_every_change_is_found_with_who_and_why(story: Story, system: System) -> None:
    told = {event["request_id"]: event for event in events(system, lambda event: bool(event["request_id"]))}
    silent = sorted(rpc for (_, rpc), id in story.requests.items() if id not in told)
    assert not silent, f"these changes left no event: {silent}"
    of_the_story = [told[id] for id in story.requests.values()]
    assert {event["reason"] for event in of_the_story} == {REASON}
    assert all(event["actor"] for event in of_the_story)


def test_events_of_the_story_hold_no_recipient(story: Story, system: System) -> None:
    ids = set(story.requests.values())
    text = json.dumps(list(events(system, lambda event: event["request_id"] in ids)))
    assert not [word for word in ("07700900123", "example.gov.uk", "a-long-secret") if word in text]
