"""Receipts as providers send them: every code of the tables, and every way to be wrong."""

import json
from urllib.parse import urlencode
from uuid import UUID

import pytest
import structlog.testing
from hypothesis import example, given
from hypothesis import strategies as st

from deliverykit.receipts import StatusReporter
from deliverykit.types import StatusOverride, StatusReport
from notifyrules.recipients import PretendOutcome
from notifyrules.statuses import NotificationStatus
from servicekit.clock import FixedClock
from servicekit.errors import Unavailable
from services.sms.clients import firetext, mmg
from services.sms.clients.provider import Faulty, Receipt
from services.sms.receipts import RawReceipt, ReceiptHandler
from tests.unit.deliverykit.fakes import FakeDeliveries, FakeKeptReceipts
from tests.unit.sms.factories import AT, FIRETEXT, MMG

ID = UUID("0199a1b2-0000-7000-8000-000000000001")
DELIVERED = NotificationStatus.DELIVERED
PENDING = NotificationStatus.PENDING
PERMANENT = NotificationStatus.PERMANENT_FAILURE
TEMPORARY = NotificationStatus.TEMPORARY_FAILURE
TECHNICAL = NotificationStatus.TECHNICAL_FAILURE
WHILE_PENDING = StatusOverride(given_to="firetext", current_status=PENDING, status=TEMPORARY)


def mmg_body(**fields: object) -> bytes:
    return json.dumps({"CID": str(ID), "status": "3", "MSISDN": "447900900123"} | fields).encode()


def firetext_body(**fields: str) -> bytes:
    return urlencode({"reference": str(ID), "status": "0", "mobile": "447900900123"} | fields).encode()


async def reports_of(*raw: RawReceipt) -> list[StatusReport]:
    queue = FakeDeliveries()
    await ReceiptHandler(StatusReporter(queue, FakeKeptReceipts(), clock=FixedClock(AT))).handle(raw)
    return queue.applied


async def faults_of(raw: RawReceipt) -> tuple[str, ...]:
    reporter = StatusReporter(FakeDeliveries(), FakeKeptReceipts(), clock=FixedClock(AT))
    [faults] = await ReceiptHandler(reporter).handle([raw])
    return faults


def from_mmg(body: bytes) -> RawReceipt:
    return RawReceipt(provider=MMG, body=body, received_at=AT)


def from_firetext(body: bytes) -> RawReceipt:
    return RawReceipt(provider=FIRETEXT, body=body, received_at=AT)


@pytest.mark.parametrize("given", [str, int])
@pytest.mark.parametrize(
    ("status", "meaning"), [("2", PERMANENT), ("3", DELIVERED), ("4", TEMPORARY), ("5", PERMANENT)]
)
async def test_status_of_mmg(given: type, status: str, meaning: NotificationStatus) -> None:
    [report] = await reports_of(from_mmg(mmg_body(status=given(status), substatus=given("5"))))

    assert (report.notification_id, report.provider, report.received_at) == (ID, "mmg", AT)
    assert (report.status, report.detail_code) == (meaning, f"{status}/5")


@pytest.mark.parametrize("status", ["0", "1", "6", "99", "x", "33", "3.0", "-3"])
async def test_unknown_status_of_mmg_is_a_technical_failure_and_loud(status: str) -> None:
    with structlog.testing.capture_logs() as lines:
        [report] = await reports_of(from_mmg(mmg_body(status=status)))

    assert report.status is TECHNICAL
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["receipt_status_unknown"]


@pytest.mark.parametrize("status", ["2", "5"])
async def test_permanent_failure_told_by_mmg_is_temporary_for_a_pending_text_of_firetext(status: str) -> None:
    [report] = await reports_of(from_mmg(mmg_body(status=status, substatus="6")))

    assert report.overrides == (WHILE_PENDING,)


@pytest.mark.parametrize(("status", "meaning"), [("0", DELIVERED), ("1", PERMANENT), ("2", PENDING)])
async def test_status_of_firetext(status: str, meaning: NotificationStatus) -> None:
    [report] = await reports_of(from_firetext(firetext_body(status=status)))

    assert (report.notification_id, report.provider, report.status) == (ID, "firetext", meaning)


@pytest.mark.parametrize("status", ["3", "7", "01", "-1"])
async def test_unknown_status_of_firetext_is_a_technical_failure_and_loud(status: str) -> None:
    with structlog.testing.capture_logs() as lines:
        [report] = await reports_of(from_firetext(firetext_body(status=status)))

    assert report.status is TECHNICAL
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["receipt_status_unknown"]


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("000", TEMPORARY),
        ("101", PERMANENT),
        ("102", TEMPORARY),
        ("103", TEMPORARY),
        ("104", TEMPORARY),
        ("201", PERMANENT),
        ("301", PERMANENT),
        ("302", TEMPORARY),
        ("401", PERMANENT),
        ("900", TEMPORARY),
    ],
)
async def test_known_code_of_firetext_decides_for_its_own_texts(
    code: str, meaning: NotificationStatus
) -> None:
    [report] = await reports_of(from_firetext(firetext_body(status="1", code=code)))

    assert (report.status, report.detail_code) == (PERMANENT, f"1/{code}")
    assert report.overrides == (StatusOverride(given_to="firetext", current_status=None, status=meaning),)


@pytest.mark.parametrize("fields", [{}, {"code": ""}, {"code": "999"}, {"code": "1"}])
async def test_permanent_failure_without_a_known_code_is_temporary_for_a_pending_text_of_firetext(
    fields: dict[str, str],
) -> None:
    [report] = await reports_of(from_firetext(firetext_body(status="1", **fields)))

    assert (report.status, report.overrides) == (PERMANENT, (WHILE_PENDING,))


@pytest.mark.parametrize("status", ["0", "2", "7"])
async def test_code_changes_nothing_but_permanent_failures(status: str) -> None:
    [report] = await reports_of(from_firetext(firetext_body(status=status, code="102")))

    assert report.overrides == ()


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        (b"", ("MMG callback failed: status missing", "MMG callback failed: CID missing")),
        (b"not json", ("MMG callback failed: status missing", "MMG callback failed: CID missing")),
        (b"[]", ("MMG callback failed: status missing", "MMG callback failed: CID missing")),
        (b"3", ("MMG callback failed: status missing", "MMG callback failed: CID missing")),
        (b"{}", ("MMG callback failed: status missing", "MMG callback failed: CID missing")),
        (mmg_body(status=""), ("MMG callback failed: status missing",)),
        (mmg_body(status=None), ("MMG callback failed: status missing",)),
        (mmg_body(CID=" "), ("MMG callback failed: CID missing",)),
        (mmg_body(status=0), ()),
        (mmg_body(), ()),
    ],
)
async def test_faults_told_to_mmg(body: bytes, faults: tuple[str, ...]) -> None:
    assert await faults_of(from_mmg(body)) == faults


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        (b"", ("Firetext callback failed: status missing", "Firetext callback failed: reference missing")),
        (b"{}", ("Firetext callback failed: status missing", "Firetext callback failed: reference missing")),
        (firetext_body(status=""), ("Firetext callback failed: status missing",)),
        (firetext_body(reference=""), ("Firetext callback failed: reference missing",)),
        (firetext_body(), ()),
    ],
)
async def test_faults_told_to_firetext(body: bytes, faults: tuple[str, ...]) -> None:
    assert await faults_of(from_firetext(body)) == faults


async def test_results_are_in_the_order_of_the_receipts() -> None:
    reporter = StatusReporter(FakeDeliveries(), FakeKeptReceipts(), clock=FixedClock(AT))

    faults = await ReceiptHandler(reporter).handle(
        [from_mmg(b""), from_mmg(mmg_body()), from_firetext(firetext_body(status=""))]
    )

    assert [len(each) for each in faults] == [2, 0, 1]


@pytest.mark.parametrize("reference", ["1234", "send-sms-code", "x" * 5_000, str(ID) + "0", "é"])
async def test_reference_that_is_no_id_is_accepted_and_dropped(reference: str) -> None:
    raw = from_mmg(mmg_body(CID=reference))

    assert (await faults_of(raw), await reports_of(raw)) == ((), [])


async def test_id_in_another_spelling_is_found() -> None:
    [report] = await reports_of(from_mmg(mmg_body(CID=str(ID).upper().replace("-", ""))))

    assert report.notification_id == ID


async def test_nothing_but_codes_is_passed_on() -> None:
    [report] = await reports_of(from_mmg(mmg_body(status="call 447900900123", substatus="<b>")))

    assert report.detail_code == "odd/odd"


async def test_number_of_the_recipient_is_not_logged() -> None:
    with structlog.testing.capture_logs() as lines:
        await reports_of(
            from_mmg(mmg_body(status="5", substatus="52")),
            from_mmg(mmg_body(CID="447900900123")),
            from_firetext(firetext_body(status="7")),
        )

    assert len(lines) == 3
    assert "447900900123" not in str(lines)


async def test_receipt_that_can_neither_be_passed_on_nor_kept_is_an_error() -> None:
    queue, kept = FakeDeliveries(), FakeKeptReceipts()
    queue.failures.append(Unavailable("away"))
    kept.failure = Unavailable("no database")

    with pytest.raises(Unavailable):
        await ReceiptHandler(StatusReporter(queue, kept, clock=FixedClock(AT))).handle([from_mmg(mmg_body())])


@given(st.binary())
@example(b"[" * 100_000)
@example(b'{"status": "\xff"}')
@example(b'{"status": {"a": [1]}, "CID": 1e999}')
def test_any_body_can_be_read(body: bytes) -> None:
    assert isinstance(mmg.read_receipt(body), Receipt | Faulty)
    assert isinstance(firetext.read_receipt(body), Receipt | Faulty)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists))
def test_any_value_of_a_field_can_be_read(value: object) -> None:
    body = json.dumps({"status": value, "CID": value, "substatus": value}).encode()

    assert isinstance(mmg.read_receipt(body), Receipt | Faulty)


def test_reasons_are_known_for_statuses_of_the_table_alone() -> None:
    assert set(mmg.REASONS) <= set(mmg.STATUSES)
    assert set(firetext.REASONS) == set(firetext.CODES)


@pytest.mark.parametrize("provider", [mmg, firetext])
@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (PretendOutcome.DELIVERED, DELIVERED),
        (PretendOutcome.TEMPORARY_FAILURE, TEMPORARY),
        (PretendOutcome.PERMANENT_FAILURE, PERMANENT),
    ],
)
def test_pretended_receipts_mean_what_was_asked_for(
    provider: object, outcome: PretendOutcome, status: NotificationStatus
) -> None:
    pretend = mmg.pretend_status if provider is mmg else firetext.pretend_status

    assert pretend(outcome) is status
