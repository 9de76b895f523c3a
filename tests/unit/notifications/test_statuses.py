"""Receipts against the state machine."""

from datetime import UTC, datetime

import hypothesis.strategies as st
from hypothesis import given

from notifyrules.statuses import FINAL, NotificationStatus, NotificationType, may_change
from servicekit.ids import new_id
from services.notifications.statuses import (
    ReportOutcome,
    ReportResult,
    StatusOverride,
    StatusReport,
    decide,
)
from services.notifications.store import ReportedState, StatusChange

S = NotificationStatus
REPORTED = [S.DELIVERED, S.TEMPORARY_FAILURE, S.PERMANENT_FAILURE, S.TECHNICAL_FAILURE, S.PENDING]


def a_state(
    status: S = S.SENDING,
    *,
    provider: str | None = "mmg",
    international: bool = False,
    expects_receipt: bool = True,
) -> ReportedState:
    return ReportedState(
        new_id(), "sms", status.value, provider, None, "normal", international, expects_receipt
    )


def a_report(status: S = S.DELIVERED, overrides: tuple[StatusOverride, ...] = ()) -> StatusReport:
    return StatusReport(
        notification_id=new_id(),
        provider="mmg",
        status=status,
        overrides=overrides,
        detail_code="3",
        received_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def outcome(decided: StatusChange | ReportResult) -> ReportOutcome | S:
    return decided.status if isinstance(decided, StatusChange) else decided.outcome


@given(st.lists(st.sampled_from(REPORTED), max_size=8))
def test_no_walk_of_receipts_leaves_a_final_status(walk: list[S]) -> None:
    current, settled = S.SENDING, None
    for reported in walk:
        decided = decide(a_report(reported), a_state(current))
        if isinstance(decided, StatusChange):
            assert settled is None, f"{settled} was left for {decided.status}"
            assert may_change(current, decided.status, NotificationType.SMS)
            current = decided.status
        if current in FINAL and current is not S.SENT:
            settled = current


def test_an_unknown_notification_is_said_to_be_unknown() -> None:
    assert outcome(decide(a_report(), None)) is ReportOutcome.UNKNOWN_NOTIFICATION


def test_a_country_that_does_not_report_is_ignored() -> None:
    state = a_state(S.SENT, international=True, expects_receipt=False)
    assert outcome(decide(a_report(), state)) is ReportOutcome.IGNORED


def test_the_change_is_held_against_the_status_that_was_seen() -> None:
    decided = decide(a_report(), a_state(S.PENDING))
    assert isinstance(decided, StatusChange)
    assert decided.seen_status is S.PENDING


OVERRIDES = (
    StatusOverride(given_to="firetext", current_status=S.PENDING, status=S.TEMPORARY_FAILURE),
    StatusOverride(given_to="firetext", current_status=None, status=S.TECHNICAL_FAILURE),
)


def test_the_first_override_whose_conditions_hold_counts() -> None:
    report = a_report(S.PERMANENT_FAILURE, OVERRIDES)
    assert outcome(decide(report, a_state(S.PENDING, provider="firetext"))) is S.TEMPORARY_FAILURE
    assert outcome(decide(report, a_state(S.SENDING, provider="firetext"))) is S.TECHNICAL_FAILURE


def test_without_a_fitting_override_the_report_stands() -> None:
    assert (
        outcome(decide(a_report(S.PERMANENT_FAILURE, OVERRIDES), a_state(provider="mmg")))
        is S.PERMANENT_FAILURE
    )
