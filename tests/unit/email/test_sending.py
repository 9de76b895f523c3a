"""One delivery from its lease to its result."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast

import pytest
import structlog

from deliverykit.types import PROVIDER_BUSY, HandedOver, LeaseLost, Pretend, Refused, RetryLater, TextContent
from notifyrules.statuses import KeyType, NotificationStatus
from providerkit.caps import MonthlyCaps
from providerkit.gates import Gate
from providerkit.measuring import AnswerKind, Counts, Measure, Measurements
from providerkit.store import ProviderStore
from servicekit.clock import FixedClock
from servicekit.errors import Unavailable
from services.email.clients.provider import OutgoingEmail
from services.email.rendering import Renderer
from services.email.sending import Sender
from services.email.sent_emails import SentEmails
from services.email.store import SentEmail
from tests.unit.email.builders import ADDRESS, MESSAGE_ID, NOTIFICATION_ID, NOW, a_delivery

Outcome = HandedOver | RetryLater | Refused


class World:
    """A provider and a table, and the order in which they were used."""

    name = "ses"

    def __init__(
        self, outcome: Outcome | None = None, *, table_fails: bool = False, cap: int | None = None
    ) -> None:
        self.gate = Gate("ses", max_in_flight=1)
        self.counts: list[Counts] = []
        self.measurements = Measurements(self._count)
        self._outcome = outcome or HandedOver(provider_reference=MESSAGE_ID)
        self._table_fails = table_fails
        self.emails: list[OutgoingEmail] = []
        self.rows: list[SentEmail] = []
        self.clock = FixedClock(NOW)
        self.sender = Sender(
            provider=self,
            renderer=Renderer(cache_characters=1_000),
            sent_emails=SentEmails(self._write, patience_s=0),
            gate=self.gate,
            caps=MonthlyCaps(
                caps={} if cap is None else {"ses": cap},
                store=cast("ProviderStore", None),  # what was sent is what this process sent
                measurements=self.measurements,
                clock=self.clock,
            ),
            measurements=self.measurements,
            clock=self.clock,
        )

    async def send(self, email: OutgoingEmail) -> Outcome:
        assert self.rows == []
        self.emails.append(email)
        self.clock.advance(timedelta(seconds=1))
        return self._outcome

    async def _count(self, rows: Sequence[Counts]) -> None:
        self.counts += rows

    async def _write(self, rows: Sequence[SentEmail]) -> None:
        if self._table_fails:
            raise Unavailable("gone")
        self.rows.extend(rows)


async def test_an_email_is_rendered_sent_and_recorded_before_it_is_reported() -> None:
    world = World()
    result = await world.sender.deliver(a_delivery(one_click_unsubscribe_url="https://u.example/1"))
    assert result.outcome == HandedOver(provider_reference=MESSAGE_ID)
    assert (result.provider, result.started_at) == ("ses", NOW)
    assert result.duration is not None
    assert world.rows == [SentEmail(message_id=MESSAGE_ID, notification_id=NOTIFICATION_ID, sent_at=NOW)]
    (email,) = world.emails
    assert (email.subject, email.to_address) == ("Your passport", ADDRESS)
    assert email.unsubscribe_url == "https://u.example/1"
    assert email.notification_id == NOTIFICATION_ID


async def test_an_email_that_is_out_is_reported_even_when_it_cannot_be_recorded() -> None:
    world = World(table_fails=True)
    result = await world.sender.deliver(a_delivery())
    assert result.outcome == HandedOver(provider_reference=MESSAGE_ID)


@pytest.mark.parametrize(
    "outcome", [RetryLater(error_code="throttled"), Refused(error_code="invalid_parameter")]
)
async def test_what_ses_did_not_take_is_reported_and_not_recorded(outcome: Outcome) -> None:
    world = World(outcome)
    result = await world.sender.deliver(a_delivery())
    assert (result.outcome, result.provider, world.rows) == (outcome, "ses", [])


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("perm-fail@simulator.notify", NotificationStatus.PERMANENT_FAILURE),
        ("temp-fail@simulator.notify", NotificationStatus.TEMPORARY_FAILURE),
        ("delivered@simulator.notify", NotificationStatus.DELIVERED),
        (ADDRESS, NotificationStatus.DELIVERED),
    ],
)
async def test_an_email_of_a_test_key_is_not_sent(address: str, status: NotificationStatus) -> None:
    world = World()
    result = await world.sender.deliver(a_delivery(key_type=KeyType.TEST, email_address=address))
    assert (result.outcome, result.provider) == (Pretend(status=status), None)
    assert (world.emails, world.rows) == ([], [])


async def test_a_simulator_address_is_really_sent_to_with_a_real_key() -> None:
    world = World()
    await world.sender.deliver(a_delivery(key_type=KeyType.TEAM, email_address="perm-fail@simulator.notify"))
    assert [email.to_address for email in world.emails] == ["perm-fail@simulator.notify"]


async def test_values_that_cannot_be_read_are_refused_without_asking_ses() -> None:
    world = World()
    result = await world.sender.deliver(a_delivery(personalisation_json="[]"))
    assert (result.outcome, result.provider) == (Refused(error_code="unrenderable"), None)
    assert world.emails == []


async def test_with_a_lost_lease_ses_is_not_called() -> None:
    world = World()
    with pytest.raises(LeaseLost):
        await world.sender.deliver(a_delivery(expires_at=NOW))
    assert world.emails == []


async def test_the_lease_is_marked_before_ses_is_called() -> None:
    delivery = a_delivery()
    await World().sender.deliver(delivery)
    assert delivery.lease.handing_over


async def test_content_of_another_channel_is_a_bug_that_is_told() -> None:
    delivery = a_delivery()
    text = TextContent(phone_number="447700900001", sender="X", body="b", international=False)
    object.__setattr__(delivery, "content", text)
    with pytest.raises(TypeError):
        await World().sender.deliver(delivery)


@pytest.mark.parametrize(
    ("outcome", "level", "fields"),
    [
        (
            HandedOver(provider_reference=MESSAGE_ID),
            "info",
            {"outcome": "handed_over", "ses_message_id": MESSAGE_ID},
        ),
        (RetryLater(error_code="throttled"), "warning", {"outcome": "throttled", "error_code": "throttled"}),
        (RetryLater(error_code="timeout"), "warning", {"outcome": "retry", "error_code": "timeout"}),
        (Refused(error_code="invalid_parameter"), "warning", {"outcome": "refused"}),
    ],
)
async def test_there_is_one_line_for_each_delivery_without_personal_data(
    outcome: Outcome, level: str, fields: dict[str, Any]
) -> None:
    with structlog.testing.capture_logs() as lines:
        await World(outcome).sender.deliver(a_delivery())
    (line,) = lines
    assert (line["event"], line["log_level"]) == ("delivery_finished", level)
    assert fields.items() <= line.items()
    for private in (ADDRESS, "Anna", "passport", "Passport Office"):
        assert private not in repr(line)


async def test_an_email_that_ses_has_no_room_for_is_handed_back_without_an_attempt() -> None:
    world = World()
    await world.gate.enter(0)

    result = await world.sender.deliver(a_delivery())

    assert isinstance(result.outcome, RetryLater)
    assert (result.outcome.error_code, result.outcome.no_provider) == (PROVIDER_BUSY, True)
    assert world.emails == []


async def test_emails_over_the_monthly_cap_are_refused() -> None:
    world = World(cap=0)

    result = await world.sender.deliver(a_delivery())

    assert result.outcome == Refused(error_code="monthly_cap_reached")
    assert world.emails == []


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        (HandedOver(provider_reference=MESSAGE_ID), AnswerKind.ACCEPTED),
        (RetryLater(error_code="throttled"), AnswerKind.THROTTLED),
        (Refused(error_code="invalid_parameter"), AnswerKind.REFUSED),
    ],
)
async def test_answers_of_ses_are_counted_and_the_gate_is_left(outcome: Outcome, kind: AnswerKind) -> None:
    world = World(outcome)

    await world.sender.deliver(a_delivery())
    await world.measurements.write()

    answers = [row.key.bucket for row in world.counts if row.key.measure == Measure.ANSWER]
    assert answers == [kind]
    assert await world.gate.enter(0)
