"""The email service, running in the test's process, with all that it talks to."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from google.protobuf.timestamp_pb2 import Timestamp
from pydantic import SecretStr

from clients.notifyctl.stack.ports import free_port
from notify.email.v1 import email_pb2, email_pb2_grpc
from notify.notifications.v1 import deliveries_pb2, types_pb2
from servicekit import clock
from servicekit.grpc_client import Channel, make_channel
from servicekit.identity import CallerTokens
from servicekit.ids import new_id
from servicekit.lifecycle import Lifecycle
from servicekit.settings import Environment
from services.email.__main__ import main
from services.email.config import EmailSettings
from tests.integration.email.worlds import KEYS, Notifications, SesServer, SnsServer
from tests.unit.email.builders import ADDRESS, TOPIC, SnsTopic, body_of, ses_notification


@dataclass(kw_only=True)
class World:
    """The service, running, and all that it talks to."""

    ses: SesServer
    sns: SnsServer
    sns_url: str
    topic: SnsTopic
    notifications: Notifications
    channel: Channel
    database_url: str

    def __post_init__(self) -> None:
        self.stub: Any = email_pb2_grpc.EmailServiceStub(self.channel.grpc)

    async def receive(self, *messages: dict[str, str]) -> list[int]:
        """Hand SNS messages to the service, as the gateway does; answers their outcomes."""
        at = Timestamp()
        at.GetCurrentTime()
        receipts = [email_pb2.RawReceipt(body=body_of(message), receive_time=at) for message in messages]
        request = email_pb2.HandleReceiptsRequest(receipts=receipts)
        response = await self.channel.call(self.stub.HandleReceipts, request)
        return [result.outcome for result in response.results]

    def notification(
        self, kind: str = "Delivery", *, message_id: str, at: datetime | None = None
    ) -> dict[str, str]:
        """A signed SNS message about an email that was sent now or at another time."""
        now = clock.now()
        told = ses_notification(kind, message_id=message_id, mailed_at=at or now)
        return self.topic.notification(told, at=now)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Look into the database."""
        with psycopg.connect(self.database_url, options="-c search_path=email") as connection:
            return connection.execute(query.encode()).fetchall()


@contextlib.asynccontextmanager
async def a_world(database_url: str, **changes: Any) -> AsyncIterator[World]:
    """Everything, until the end of the block."""
    ses, sns, topic, notifications = SesServer(), SnsServer(), SnsTopic(), Notifications()
    port = free_port()
    async with (
        ses.running() as ses_url,
        sns.running(topic) as sns_url,
        notifications.running() as server,
        make_channel(f"127.0.0.1:{port}", caller=CallerTokens("api_gateway", KEYS)) as channel,
    ):
        values: dict[str, Any] = {
            "caller_keys": SecretStr(KEYS),
            "database_url": SecretStr(database_url),
            "environment": Environment.DEVELOPMENT,
            "grpc_listen": f"127.0.0.1:{port}",
            "notifications_target": f"127.0.0.1:{server.port}",
            "ses_endpoint_url": ses_url,
            "aws_access_key_id": "id",
            "aws_secret_access_key": SecretStr("key"),
            "sns_topic_arns": TOPIC,
            "sns_certificate_hosts": sns_url.removeprefix("http://"),
            "record_patience_s": 0.3,
        }
        async with asyncio.TaskGroup() as group:
            lifecycle = Lifecycle(group, grace_s=5)
            try:
                await main(lifecycle, EmailSettings(**(values | changes)))
                yield World(
                    ses=ses,
                    sns=sns,
                    sns_url=sns_url,
                    topic=topic,
                    notifications=notifications,
                    channel=channel,
                    database_url=database_url,
                )
            finally:
                await lifecycle.finish()
        assert not lifecycle.failed


def a_delivery(
    *, key_type: int = types_pb2.KEY_TYPE_NORMAL, address: str = ADDRESS
) -> deliveries_pb2.Delivery:
    """A delivery as the queue gives it."""
    delivery = deliveries_pb2.Delivery(
        notification_id=str(new_id()),
        attempt=1,
        service_id=str(new_id()),
        key_type=types_pb2.KeyType.Name(key_type),
        email=deliveries_pb2.EmailContent(
            email_address=address,
            from_name="Passport Office",
            from_address="passport.office@notify.example",
            subject_template="Your ((thing))",
            body_template="Dear ((name)), it is ready.",
            personalisation_json=json.dumps({"thing": "passport", "name": "Anna"}),
            one_click_unsubscribe_url="https://u.example/1",
            show_unsubscribe_link=True,
        ),
    )
    delivery.create_time.GetCurrentTime()
    delivery.lease_expire_time.FromSeconds(delivery.create_time.seconds + 60)
    return delivery


async def eventually(condition: Callable[[], Awaitable[bool] | bool]) -> None:
    """Look every few milliseconds until something that no event tells of is so."""
    async with asyncio.timeout(20):
        while True:
            outcome = condition()
            if outcome if isinstance(outcome, bool) else await outcome:
                return
            await asyncio.sleep(0.02)
