"""The email service as a whole: from the queue to SES, and from SNS to the status."""

import asyncio
from uuid import UUID

import pytest

from notify.email.v1 import email_pb2
from notify.notifications.v1 import types_pb2
from servicekit import clock
from servicekit.errors import InvalidRequest, Unavailable
from tests.integration.email.service_world import World, a_delivery, a_world, eventually
from tests.integration.email.worlds import SesServer, Wire

ACCEPTED = email_pb2.RECEIPT_OUTCOME_ACCEPTED
FORBIDDEN = email_pb2.RECEIPT_OUTCOME_FORBIDDEN
MALFORMED = email_pb2.RECEIPT_OUTCOME_MALFORMED


async def test_an_email_goes_from_the_queue_to_ses_and_its_receipt_to_its_status(database_url: str) -> None:
    async with a_world(database_url) as world:
        notification_id = await world.notifications.put(a_delivery())
        result = await world.notifications.result(notification_id)
        assert result.handed_over.provider_reference == SesServer.message_id(1)
        assert result.provider == "ses"
        (request,) = world.ses.requests
        simple = request["Content"]["Simple"]
        assert simple["Subject"]["Data"] == "Your passport"
        assert "Dear Anna" in simple["Body"]["Text"]["Data"]
        assert "https://u.example/1" in simple["Body"]["Html"]["Data"]
        message = world.notification(message_id=SesServer.message_id(1))
        assert await world.receive(message, message) == [ACCEPTED, ACCEPTED]
        assert await world.notifications.status(notification_id) == types_pb2.NOTIFICATION_STATUS_DELIVERED


async def test_many_emails_side_by_side_each_have_their_own_result(database_url: str) -> None:
    async with a_world(database_url, max_in_flight=16) as world:
        ids = [await world.notifications.put(a_delivery()) for _ in range(100)]
        references = {(await world.notifications.result(i)).handed_over.provider_reference for i in ids}
        assert len(references) == 100
        assert dict(world.rows("SELECT notification_id, message_id FROM sent_emails")).keys() == set(ids)


async def test_a_test_key_only_pretends(database_url: str) -> None:
    async with a_world(database_url) as world:
        delivery = a_delivery(key_type=types_pb2.KEY_TYPE_TEST, address="perm-fail@simulator.notify")
        result = await world.notifications.result(await world.notifications.put(delivery))
        assert result.pretend.status == types_pb2.NOTIFICATION_STATUS_PERMANENT_FAILURE
        assert world.ses.requests == []


async def test_throttling_is_reported_for_another_time(database_url: str) -> None:
    async with a_world(database_url) as world:
        world.ses.answers.append(SesServer.error("TooManyRequestsException", 429))
        result = await world.notifications.result(await world.notifications.put(a_delivery()))
        assert result.retry_later.error_code == "throttled"
        assert world.rows("SELECT * FROM sent_emails") == []


async def test_a_complaint_is_recorded_and_the_status_stays(database_url: str) -> None:
    async with a_world(database_url) as world:
        notification_id = await world.notifications.put(a_delivery())
        await world.notifications.result(notification_id)
        assert await world.receive(world.notification("Complaint", message_id=SesServer.message_id(1))) == [
            ACCEPTED
        ]
        assert world.rows("SELECT notification_id, complaint_type FROM complaints") == [
            (notification_id, "abuse")
        ]
        assert world.notifications.reports == []
        async with asyncio.timeout(10):
            await world.notifications.complaints.has_some.wait()
        (complaint,) = world.notifications.complaints.received
        assert (complaint.notification_id, complaint.complaint_type) == (str(notification_id), "abuse")


async def test_forged_and_broken_messages_change_nothing(database_url: str) -> None:
    async with a_world(database_url) as world:
        await world.notifications.result(await world.notifications.put(a_delivery()))
        good = world.notification("Bounce", message_id=SesServer.message_id(1))
        forged = good | {"Signature": world.notification(message_id="x")["Signature"]}
        elsewhere = good | {"SigningCertURL": "http://169.254.169.254/cert.pem"}
        assert await world.receive(forged, elsewhere, {"Type": "x"}) == [FORBIDDEN, FORBIDDEN, MALFORMED]
        assert world.notifications.reports == []


async def test_a_subscription_is_confirmed_over_http(database_url: str) -> None:
    async with a_world(database_url) as world:
        message = world.topic.confirmation(f"{world.sns_url}/confirm?Token=t", at=clock.now())
        assert await world.receive(message) == [ACCEPTED]
        assert world.sns.confirmed.is_set()


async def test_a_request_without_messages_is_refused(database_url: str) -> None:
    async with a_world(database_url) as world:
        with pytest.raises(InvalidRequest):
            await world.receive()


async def test_an_email_can_be_previewed(database_url: str) -> None:
    async with a_world(database_url) as world:
        request = email_pb2.PreviewEmailRequest(
            subject_template="((a))", body_template="# Hello ((a))", personalisation_json='{"a": "you & me"}'
        )
        preview = await world.channel.call(world.stub.PreviewEmail, request)
        assert preview.subject == "you & me"
        assert "you &amp; me" in preview.html
        with pytest.raises(InvalidRequest):
            await world.channel.call(
                world.stub.PreviewEmail, email_pb2.PreviewEmailRequest(personalisation_json="1")
            )


async def test_receipts_that_come_while_notifications_is_away_are_applied_once_when_it_returns(
    database_url: str,
) -> None:
    async with a_world(database_url) as world:
        notification_id = await world.notifications.put(a_delivery())
        await world.notifications.result(notification_id)
        world.notifications.is_away = True
        bounce = world.notification("Bounce", message_id=SesServer.message_id(1))
        delivery = world.notification(message_id=SesServer.message_id(1))
        assert await world.receive(bounce) == [ACCEPTED]
        assert await world.receive(bounce, delivery) == [ACCEPTED, ACCEPTED]
        assert world.rows("SELECT count(*) FROM kept_receipts") == [(3,)]
        world.notifications.is_away = False
        await world.notifications.status(notification_id)
        await eventually(lambda: world.rows("SELECT count(*) FROM kept_receipts") == [(0,)])
        # Whichever came first counted; the others were duplicates to the queue.
        assert len(world.notifications.reports) == 3
        assert world.notifications.statuses[notification_id] == world.notifications.reports[0].status


async def test_an_email_that_is_out_when_the_database_goes_is_sent_once_and_has_its_status_later(
    database_url: str,
) -> None:
    wire = Wire(database_url)
    async with wire.running() as wired_url, a_world(wired_url) as world:
        world.database_url = database_url
        world.ses.hold = asyncio.Event()
        notification_id = await world.notifications.put(a_delivery())
        await eventually(lambda: len(world.ses.requests) == 1)
        wire.cut()
        world.ses.hold.set()
        result = await world.notifications.result(notification_id)
        assert result.handed_over.provider_reference == SesServer.message_id(1)
        message = world.notification(message_id=SesServer.message_id(1))
        with pytest.raises(Unavailable):
            await world.receive(message)
        assert world.rows("SELECT * FROM sent_emails") == []
        wire.mend()
        await eventually(lambda: accepts(world, message))
        assert await world.notifications.status(notification_id) == types_pb2.NOTIFICATION_STATUS_DELIVERED
        assert world.rows("SELECT notification_id FROM sent_emails") == [(notification_id,)]
        assert len(world.ses.requests) == 1


async def accepts(world: World, message: dict[str, str]) -> bool:
    """Whether a message can be handed over now: SNS sends it again until then."""
    try:
        return await world.receive(message) == [ACCEPTED]
    except Unavailable:
        return False


async def test_stopping_finishes_what_is_with_ses(database_url: str) -> None:
    async with a_world(database_url) as world:
        world.ses.hold = asyncio.Event()
        notification_id: UUID = await world.notifications.put(a_delivery())
        await eventually(lambda: len(world.ses.requests) == 1)
        asyncio.get_running_loop().call_later(0.2, world.ses.hold.set)
    assert world.notifications.results[notification_id].HasField("handed_over")
    assert world.rows("SELECT notification_id FROM sent_emails") == [(notification_id,)]
