"""The volume report by email: what it says, to whom, and that no print run fails for it."""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from notify.notifications.v1 import accounts_pb2, notifications_pb2
from notifyrules.postage import Postage
from servicekit.errors import ServiceError, Unavailable
from servicekit.ids import new_id
from services.letters.printing.letters_to_print import PrintRun, RunOrigin, RunState, Volume
from services.letters.printing.volume_report import VolumeReport, values_of

TEMPLATE, SERVICE = UUID(int=1), str(UUID(int=2))
VOLUMES = {
    Postage.FIRST: Volume(letters=2, sheets=7),
    Postage.EUROPE: Volume(letters=1, sheets=1),
    Postage.REST_OF_WORLD: Volume(letters=3, sheets=4),
}


def a_run(**changes: Any) -> PrintRun:
    values: dict[str, Any] = {
        "id": new_id(),
        "day": date(2026, 1, 4),
        "origin": RunOrigin.SCHEDULE,
        "state": RunState.COLLECTING,
        "created_at": datetime(2026, 1, 4, 17, 50, tzinfo=UTC),
        "collected_at": None,
        "volumes": VOLUMES,
    }
    return PrintRun(**(values | changes))


@dataclass
class FakeChannel:
    """The notifications service."""

    error: ServiceError | None = None
    refusal: str | None = None
    sent: list[notifications_pb2.NewNotification] = field(default_factory=list)

    @property
    def grpc(self) -> "FakeChannel":
        return self

    def unary_unary(self, path: str, **_: object) -> str:
        return path

    unary_stream = unary_unary

    async def call(self, path: str, request: Any, **_: object) -> Any:
        if self.error is not None:
            raise self.error
        if path.endswith("DescribeId"):
            assert request.id == str(TEMPLATE)
            return accounts_pb2.DescribeIdResponse(kind="template", service_id=SERVICE)
        self.sent += request.notifications
        result = notifications_pb2.CreateNotificationsResult()
        if self.refusal is not None:
            result.error.reason = self.refusal
        return notifications_pb2.CreateNotificationsResponse(results=[result] * len(request.notifications))


@dataclass
class FakeAlerts:
    raised: list[tuple[str, str, object]] = field(default_factory=list)
    is_away: bool = False

    async def raise_alert(self, name: str, subject: str = "", details: object = None) -> None:
        if self.is_away:
            raise Unavailable("away")
        self.raised.append((name, subject, details))


def a_report(channel: FakeChannel, alerts: FakeAlerts, *recipients: str) -> VolumeReport:
    return VolumeReport(
        notifications=channel,  # type: ignore[arg-type]  # as much of it as is asked
        alerts=alerts,  # type: ignore[arg-type]  # as much of it as is asked
        template_id=TEMPLATE,
        recipients=recipients or ("one@example.com", "two@example.com"),
    )


def test_what_it_says() -> None:
    assert values_of(a_run()) == {
        "date": "4 January 2026",
        "total_volume": "6",
        "total_sheets": "12",
        "first_class_volume": "2",
        "first_class_sheets": "7",
        "second_class_volume": "0",
        "second_class_sheets": "0",
        "economy_mail_volume": "0",
        "economy_mail_sheets": "0",
        "international_volume": "4",
        "international_sheets": "5",
    }


async def test_each_address_gets_one_email_for_each_run() -> None:
    channel, run = FakeChannel(), a_run()
    for _ in range(2):
        await a_report(channel, FakeAlerts()).send(run)
    await a_report(channel, FakeAlerts(), "one@example.com").send(a_run())
    first, second, again, _, other = channel.sent
    assert (first.recipient, second.recipient) == ("one@example.com", "two@example.com")
    assert (first.template_id, first.service_id) == (str(TEMPLATE), SERVICE)
    assert json.loads(first.personalisation_json)["total_volume"] == "6"
    assert first.idempotency == again.idempotency
    assert len({each.idempotency.key for each in (first, second, other)}) == 3
    assert len(first.idempotency.fingerprint) == 32


@pytest.mark.parametrize(
    ("channel", "code"),
    [
        (FakeChannel(error=Unavailable("away")), "UNAVAILABLE"),
        (FakeChannel(refusal="TEMPLATE_NOT_FOUND"), "TEMPLATE_NOT_FOUND"),
    ],
    ids=["away", "refused"],
)
@pytest.mark.parametrize("is_away", [False, True], ids=["", "alerts away too"])
async def test_what_could_not_be_sent_is_told_and_holds_up_nothing(
    channel: FakeChannel, code: str, is_away: bool
) -> None:
    alerts = FakeAlerts(is_away=is_away)
    await a_report(channel, alerts).send(a_run())
    expected = [] if is_away else [("print-volumes-not-emailed", "2026-01-04", {"error_code": code})]
    assert alerts.raised == expected


async def test_without_addresses_nobody_is_asked() -> None:
    channel = FakeChannel(error=AssertionError())  # type: ignore[arg-type]  # never raised
    report = VolumeReport(
        notifications=channel,  # type: ignore[arg-type]  # as much of it as is asked
        alerts=FakeAlerts(),  # type: ignore[arg-type]  # as much of it as is asked
        template_id=TEMPLATE,
        recipients=(),
    )
    await report.send(a_run())


@pytest.mark.parametrize(("origin", "emails"), [(RunOrigin.SCHEDULE, 1), (RunOrigin.BY_HAND, 0)])
async def test_an_empty_run_is_told_where_it_is_expected(origin: RunOrigin, emails: int) -> None:
    channel = FakeChannel()
    await a_report(channel, FakeAlerts(), "one@example.com").send(a_run(origin=origin, volumes={}))
    assert len(channel.sent) == emails
