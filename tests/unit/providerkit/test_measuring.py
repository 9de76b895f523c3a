"""Counting how providers do."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from deliverykit.types import ReportOutcome, ReportResult
from notifyrules.statuses import KeyType, NotificationStatus
from providerkit.histograms import step_of
from providerkit.measuring import AnswerKind, Counts, Measure, Measurements, answer_kind
from servicekit.errors import Unavailable
from tests.unit.deliverykit.fakes import a_report

AT = datetime(2026, 3, 2, 12, 59, 59, tzinfo=UTC)
HOUR = AT.replace(minute=0, second=0)


class Table:
    """Takes rows, or is away."""

    def __init__(self) -> None:
        self.rows: list[Counts] = []
        self.is_away = False

    async def add(self, rows: Sequence[Counts]) -> None:
        if self.is_away:
            raise Unavailable("away")
        self.rows += rows

    @property
    def found(self) -> dict[tuple[datetime, str, str, int], int]:
        return {
            (row.key.hour, row.key.provider, row.key.measure, row.key.bucket): row.count for row in self.rows
        }


@pytest.mark.parametrize(
    ("error_code", "kind"),
    [
        (None, AnswerKind.ACCEPTED),
        ("http_500", AnswerKind.SERVER_ERROR),
        ("http_504", AnswerKind.SERVER_ERROR),
        ("http_403", AnswerKind.REFUSED),
        ("refused_code_6", AnswerKind.REFUSED),
        ("invalid_parameter", AnswerKind.REFUSED),
        ("throttled", AnswerKind.THROTTLED),
        ("timeout", AnswerKind.TIMEOUT),
        ("connection", AnswerKind.CONNECTION),
        ("not_json", AnswerKind.UNREADABLE),
        ("service_unavailable", AnswerKind.SERVER_ERROR),
    ],
)
def test_every_error_code_has_its_kind(error_code: str | None, kind: AnswerKind) -> None:
    assert answer_kind(error_code) is kind


async def test_answers_add_up_by_hour_and_kind() -> None:
    table = Table()
    measurements = Measurements(table.add)
    for error_code in (None, None, "timeout"):
        measurements.note_answer("mmg", error_code, 0.05, AT)
    measurements.note_answer("mmg", None, 0.05, AT + timedelta(seconds=1))

    await measurements.write()

    assert table.found == {
        (HOUR, "mmg", Measure.ANSWER, AnswerKind.ACCEPTED): 2,
        (HOUR, "mmg", Measure.ANSWER, AnswerKind.TIMEOUT): 1,
        (HOUR, "mmg", Measure.REQUEST_TIME, step_of(0.05)): 3,
        (HOUR + timedelta(hours=1), "mmg", Measure.ANSWER, AnswerKind.ACCEPTED): 1,
        (HOUR + timedelta(hours=1), "mmg", Measure.REQUEST_TIME, step_of(0.05)): 1,
    }
    assert [row.key for row in table.rows] == sorted(row.key for row in table.rows)


async def test_what_can_not_be_written_waits() -> None:
    table = Table()
    measurements = Measurements(table.add)
    measurements.note_sent("ses", AT - timedelta(seconds=2), AT)
    table.is_away = True
    await measurements.write()
    measurements.note_sent("ses", AT - timedelta(seconds=2), AT)
    table.is_away = False

    await measurements.write()
    await measurements.write()

    assert table.found == {(HOUR, "ses", Measure.CREATED_TO_SENT, step_of(2.0)): 2}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {(HOUR, "mmg", Measure.SENT_TO_DELIVERED, step_of(30.0)): 1}),
        ({"sent_at": None}, {(HOUR, "mmg", Measure.SENT_TO_DELIVERED, 0): 1}),
        ({"outcome": ReportOutcome.DUPLICATE}, {}),
        ({"status": NotificationStatus.PERMANENT_FAILURE}, {}),
        ({"key_type": KeyType.TEST}, {}),
        ({"given_to": None}, {}),
    ],
)
async def test_delivered_messages_count_for_the_hour_of_sending(
    changes: dict[str, object], expected: dict[object, int]
) -> None:
    table = Table()
    measurements = Measurements(table.add)
    received_at = AT if changes == {"sent_at": None} else AT + timedelta(seconds=30)
    values: dict[str, object] = {
        "outcome": ReportOutcome.APPLIED,
        "given_to": "mmg",
        "sent_at": AT,
        "status": NotificationStatus.DELIVERED,
        "key_type": KeyType.NORMAL,
    }

    measurements.note_result(
        replace(a_report(), received_at=received_at),
        ReportResult(**(values | changes)),  # type: ignore[arg-type]  # a table of changes
    )
    await measurements.write()

    assert table.found == expected


async def test_unwritten_accepted_messages_are_known() -> None:
    table = Table()
    measurements = Measurements(table.add)
    for provider, error_code in (("mmg", None), ("mmg", "timeout"), ("firetext", None)):
        measurements.note_answer(provider, error_code, 0.05, AT)

    assert measurements.accepted("mmg") == 1
