"""What becomes of SNS messages."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric import rsa

from servicekit.clock import FixedClock
from servicekit.errors import Unavailable
from services.email.clients.sns import Region
from services.email.feedback import FeedbackKind, ReceivedFeedback
from services.email.receipts import RawReceipt, ReceiptOutcome, Receipts
from services.email.sns import Verifier
from tests.unit.email.builders import ADDRESS, NOW, SUBSCRIBE_URL, TOPIC, SnsTopic, body_of, ses_notification

RECEIVED_AT = NOW + timedelta(seconds=3)


@pytest.fixture(scope="module")
def topic() -> SnsTopic:
    return SnsTopic()


class World:
    """What receipts lean on, in memory."""

    def __init__(self, topic: SnsTopic) -> None:
        self._topic = topic
        self.applied: list[ReceivedFeedback] = []
        self.confirmed: list[tuple[str, Region]] = []
        self.confirms = True
        self.certificates_failure: Exception | None = None
        self.apply_failure: Exception | None = None
        self.receipts = Receipts(
            verifier=Verifier(frozenset({TOPIC}), self),
            confirm=self._confirm,
            apply=self._apply,
            clock=FixedClock(NOW),
        )

    async def public_key(self, url: str, region: Region) -> rsa.RSAPublicKey | None:
        if self.certificates_failure is not None:
            raise self.certificates_failure
        return self._topic.key.public_key()

    async def handle(self, *bodies: bytes) -> list[ReceiptOutcome]:
        return await self.receipts.handle([RawReceipt(body=body, received_at=RECEIVED_AT) for body in bodies])

    async def _confirm(self, url: str, region: Region) -> bool:
        self.confirmed.append((url, region))
        return self.confirms

    async def _apply(self, received: Sequence[ReceivedFeedback]) -> None:
        if self.apply_failure is not None:
            raise self.apply_failure
        self.applied.extend(received)


@pytest.fixture
def world(topic: SnsTopic) -> World:
    return World(topic)


async def test_feedback_is_applied_with_the_time_at_which_it_came(world: World, topic: SnsTopic) -> None:
    assert await world.handle(body_of(topic.notification(ses_notification("Bounce")))) == [
        ReceiptOutcome.ACCEPTED
    ]
    (received,) = world.applied
    assert received.feedback.kind is FeedbackKind.PERMANENT_BOUNCE
    assert received.received_at == RECEIVED_AT


async def test_each_message_has_its_own_outcome_in_order(world: World, topic: SnsTopic) -> None:
    good = body_of(topic.notification(ses_notification()))
    forged = body_of(topic.notification("{}") | {"Message": ses_notification()})
    assert await world.handle(good, b"{", forged, good) == [
        ReceiptOutcome.ACCEPTED,
        ReceiptOutcome.MALFORMED,
        ReceiptOutcome.FORBIDDEN,
        ReceiptOutcome.ACCEPTED,
    ]
    assert len(world.applied) == 2


@pytest.mark.parametrize("message", ["Successfully validated SNS topic", ses_notification("DeliveryDelay")])
async def test_a_notification_of_an_unknown_kind_is_accepted_with_a_warning(
    world: World, topic: SnsTopic, message: str
) -> None:
    with structlog.testing.capture_logs() as lines:
        outcomes = await world.handle(body_of(topic.notification(message)))
    assert outcomes == [ReceiptOutcome.ACCEPTED]
    assert world.applied == []
    assert [(line["event"], line["log_level"]) for line in lines] == [("ses_notification_unknown", "warning")]
    assert ADDRESS not in repr(lines)


async def test_a_subscription_is_confirmed(world: World, topic: SnsTopic) -> None:
    assert await world.handle(body_of(topic.confirmation())) == [ReceiptOutcome.ACCEPTED]
    assert world.confirmed == [(SUBSCRIBE_URL, Region("sns.eu-west-1.amazonaws.com"))]


async def test_a_subscription_that_sns_refuses_is_forbidden(world: World, topic: SnsTopic) -> None:
    world.confirms = False
    assert await world.handle(body_of(topic.confirmation())) == [ReceiptOutcome.FORBIDDEN]


async def test_a_forged_confirmation_is_not_followed(world: World, topic: SnsTopic) -> None:
    forged = topic.confirmation() | {"SubscribeURL": "http://169.254.169.254/latest/meta-data"}
    assert await world.handle(body_of(forged)) == [ReceiptOutcome.FORBIDDEN]
    assert world.confirmed == []


async def test_the_end_of_a_subscription_is_a_warning(world: World, topic: SnsTopic) -> None:
    with structlog.testing.capture_logs() as lines:
        assert await world.handle(body_of(topic.unsubscription())) == [ReceiptOutcome.ACCEPTED]
    assert [(line["event"], line["log_level"]) for line in lines] == [("sns_unsubscribed", "warning")]


async def test_without_certificates_the_call_fails_so_that_messages_come_again(
    world: World, topic: SnsTopic
) -> None:
    world.certificates_failure = Unavailable("gone")
    with pytest.raises(Unavailable):
        await world.handle(body_of(topic.notification(ses_notification())))


async def test_feedback_that_can_neither_be_applied_nor_kept_fails_the_call(
    world: World, topic: SnsTopic
) -> None:
    world.apply_failure = Unavailable("gone")
    with pytest.raises(Unavailable):
        await world.handle(body_of(topic.notification(ses_notification())))


async def test_a_message_that_fails_does_not_hold_up_the_others(world: World, topic: SnsTopic) -> None:
    good = body_of(topic.notification(ses_notification()))
    failing = body_of(topic.confirmation())

    async def confirm(url: str, region: Region) -> bool:
        raise Unavailable("gone")

    world.receipts._confirm = confirm
    with pytest.raises(Unavailable):
        await world.handle(failing, good)
    assert len(world.applied) == 1


async def test_nothing_of_a_message_is_logged(world: World, topic: SnsTopic) -> None:
    forged = topic.notification("{}") | {"Message": ses_notification("Complaint")}
    with structlog.testing.capture_logs() as lines:
        await world.handle(body_of(forged), body_of(topic.notification(ses_notification("Complaint"))))
    assert ADDRESS not in repr(lines)
