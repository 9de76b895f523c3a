"""The door: who is turned away, what they are told, and who never is."""

import pytest

from services.api_gateway.admission import ALWAYS_TAKEN, LONGEST_STAY_S, Door
from tests.unit.api_gateway.fakes import Gateway, v2_error

PATH = "/v2/notifications/sms"
AGAIN_LATER = v2_error(503, ("Exception", "Service is temporarily unavailable, try again later"))


class Time:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def a_door(time: Time | None = None) -> Door:
    return Door("sending", now=time or Time(), choose=lambda seconds: seconds[2])


def fill(door: Door) -> int:
    """Let in as many as there is room for; gives how many."""
    entered = 0
    while door.enter() is None:
        entered += 1
    return entered


def serve(door: Door, time: Time, *, per_s: int, seconds: float) -> None:
    """So many leave, and others take their places at once."""
    for _ in range(int(per_s * seconds)):
        time.now += 1 / per_s
        door.leave()
        door.enter()


def a_full_door() -> Door:
    door = a_door()
    fill(door)
    return door


def test_who_finds_it_full_is_told_when_to_come_again() -> None:
    answer = a_full_door().enter()
    assert answer is not None
    assert answer.status == 503
    assert (b"retry-after", b"3") in answer.headers()


def test_who_leaves_makes_room() -> None:
    door = a_full_door()
    door.leave()
    assert door.enter() is None
    assert door.enter() is not None


def test_as_many_are_let_in_as_leave_in_half_a_second() -> None:
    time = Time()
    door = a_door(time)
    fill(door)
    serve(door, time, per_s=4_000, seconds=3)
    assert door.room == pytest.approx(4_000 * LONGEST_STAY_S, rel=0.05)


def test_room_shrinks_with_the_rate_and_grows_again() -> None:
    time = Time()
    door = a_door(time)
    fill(door)
    for rate in (4_000, 1_000, 4_000):
        serve(door, time, per_s=rate, seconds=3)
        assert door.room == pytest.approx(rate * LONGEST_STAY_S, rel=0.1)


def test_some_are_let_in_however_slow_it_is() -> None:
    time = Time()
    door = a_door(time)
    fill(door)
    serve(door, time, per_s=5, seconds=60)
    assert door.room == ALWAYS_TAKEN


def test_a_quiet_hour_says_nothing_of_what_can_be_served() -> None:
    time = Time()
    door = a_door(time)
    fill(door)
    serve(door, time, per_s=4_000, seconds=3)
    for _ in range(ALWAYS_TAKEN):
        door.leave()
    room = door.room
    for _ in range(100):
        time.now += 1.0
        door.enter()
        door.leave()
    assert door.room == room


async def test_a_request_that_is_turned_away_is_answered_in_the_contracts_form_before_its_token_is_read() -> (
    None
):
    gateway = Gateway(sending=a_full_door())
    answer = await gateway.call("POST", PATH, body=b"anything")
    assert (answer.status, answer.json) == (503, AGAIN_LATER)
    assert answer.headers["retry-after"] == "3"
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_a_full_door_for_sending_does_not_keep_anybody_from_reading() -> None:
    gateway = Gateway(sending=a_full_door())
    assert (await gateway.get("/v2/notifications")).status == 200


@pytest.mark.parametrize("path", ["/notifications/sms/mmg", "/notifications/email/ses", "/_status"])
async def test_receipts_and_health_checks_are_never_turned_away(path: str) -> None:
    gateway = Gateway(sending=a_full_door())
    assert (await gateway.post(path, {})).status != 503


async def test_whatever_becomes_of_a_request_it_leaves_again() -> None:
    door = a_full_door()
    door.leave()
    gateway = Gateway(sending=door)
    gateway.notifications.failure = RuntimeError("a bug")
    for _ in range(3):
        assert (await gateway.post(PATH, {})).status != 503
