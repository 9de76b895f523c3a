"""The state machine and the public face of statuses."""

import random

import pytest

from notifyrules.statuses import (
    BILLABLE,
    FILTER_VALUES,
    FINAL,
    MAY_BEGIN_AS,
    MAY_COME_FROM,
    NotificationStatus,
    NotificationType,
    is_final,
    may_change,
    public_status,
    stored_statuses_for_filter,
)

S = NotificationStatus
# A text abroad is `sent` until a receipt comes, if one does; the printer's list of returned letters comes
# late.
LEAVES_FINAL = {S.SENT}
ENTERED_FROM_FINAL = {S.RETURNED_LETTER}


@pytest.mark.parametrize("notification_type", NotificationType)
@pytest.mark.parametrize("seed", range(20))
def test_random_walk_never_leaves_a_final_status(notification_type: NotificationType, seed: int) -> None:
    walk = random.Random(seed)
    status = walk.choice(sorted(MAY_BEGIN_AS[notification_type]))
    for _ in range(200):
        wanted = walk.choice(list(S))
        if may_change(status, wanted, notification_type):
            assert not is_final(status) or status in LEAVES_FINAL or wanted in ENTERED_FROM_FINAL
            status = wanted


@pytest.mark.parametrize("notification_type", NotificationType)
def test_no_status_follows_itself(notification_type: NotificationType) -> None:
    assert not any(status in before for status, before in MAY_COME_FROM[notification_type].items())


@pytest.mark.parametrize(
    ("before", "after", "notification_type", "expected"),
    [
        (S.CREATED, S.SENDING, NotificationType.SMS, True),
        (S.CREATED, S.DELIVERED, NotificationType.SMS, True),
        (S.DELIVERED, S.PERMANENT_FAILURE, NotificationType.SMS, False),
        (S.TECHNICAL_FAILURE, S.DELIVERED, NotificationType.EMAIL, False),
        (S.SENT, S.DELIVERED, NotificationType.SMS, True),
        (S.CREATED, S.SENT, NotificationType.EMAIL, False),
        (S.SENDING, S.PENDING, NotificationType.SMS, True),
        (S.SENDING, S.PENDING, NotificationType.EMAIL, False),
        (S.SENDING, S.CANCELLED, NotificationType.LETTER, False),
        (S.PENDING_VIRUS_CHECK, S.CANCELLED, NotificationType.LETTER, True),
        (S.DELIVERED, S.RETURNED_LETTER, NotificationType.LETTER, True),
        (S.DELIVERED, S.TECHNICAL_FAILURE, NotificationType.LETTER, False),
    ],
)
def test_change_is_allowed_by_the_table(
    before: NotificationStatus,
    after: NotificationStatus,
    notification_type: NotificationType,
    expected: bool,
) -> None:
    assert may_change(before, after, notification_type) is expected


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        (S.CREATED, "accepted"),
        (S.SENDING, "accepted"),
        (S.DELIVERED, "received"),
        (S.RETURNED_LETTER, "received"),
        (S.TECHNICAL_FAILURE, "technical-failure"),
    ],
)
def test_letters_are_shown_under_their_own_names(status: NotificationStatus, shown: str) -> None:
    assert public_status(NotificationType.LETTER, status) == shown
    assert public_status(NotificationType.EMAIL, status) == status.value


def test_every_filter_value_finds_something() -> None:
    assert all(map(stored_statuses_for_filter, FILTER_VALUES))


def test_failed_finds_every_kind_of_failure() -> None:
    assert stored_statuses_for_filter("failed") == {
        S.TECHNICAL_FAILURE,
        S.TEMPORARY_FAILURE,
        S.PERMANENT_FAILURE,
        S.VALIDATION_FAILED,
        S.VIRUS_SCAN_FAILED,
        S.RETURNED_LETTER,
    }


def test_unknown_filter_value_is_refused() -> None:
    with pytest.raises(ValueError, match="lost"):
        stored_statuses_for_filter("lost")


def test_technical_failure_is_free() -> None:
    assert not any(S.TECHNICAL_FAILURE in statuses for statuses in BILLABLE.values())
    assert S.TECHNICAL_FAILURE in FINAL
