"""What a day's limit binds, and what it is called."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from notifyrules.daily_limits import (
    LIVE_LIMITS,
    LimitKind,
    counter_name,
    is_counted,
    limit_for,
    refusal,
    until_tomorrow,
)
from notifyrules.statuses import KeyType


@pytest.mark.parametrize("kind", LimitKind)
@pytest.mark.parametrize(
    ("key_type", "restricted", "own"),
    [
        (KeyType.NORMAL, False, True),
        (KeyType.TEAM, True, True),
        (KeyType.TEST, False, True),
        (KeyType.TEST, True, False),
    ],
)
def test_a_trial_services_test_key_has_the_live_limits(
    kind: LimitKind, key_type: KeyType, restricted: bool, own: bool
) -> None:
    assert limit_for(kind, 7, key_type, restricted=restricted) == (7 if own else LIVE_LIMITS[kind])


def test_test_keys_are_never_counted() -> None:
    assert [is_counted(kind) for kind in KeyType] == [True, True, False]


def test_a_count_is_of_a_day_in_utc() -> None:
    summer = datetime(2026, 7, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    assert counter_name("s", LimitKind.SMS, summer) == "notify:sent:s:sms:2026-06-30"
    assert until_tomorrow(summer) == timedelta(minutes=30)


def test_a_day_that_has_just_begun() -> None:
    assert until_tomorrow(datetime(2026, 3, 4, tzinfo=UTC)) == timedelta(days=1)


def test_the_words_of_a_refusal() -> None:
    said = refusal(LimitKind.INTERNATIONAL_SMS, 0)
    assert said == "Exceeded send limits (international_sms: 0) for today"
