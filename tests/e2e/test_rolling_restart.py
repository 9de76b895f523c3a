"""A release under load: nobody outside notices. The long run, at 300 requests a second, is part of `make bench`."""

from pathlib import Path

import pytest

from tests.e2e.releasing import release

pytestmark = [pytest.mark.kill, pytest.mark.timeout(300)]

RATE = 80.0
DURATION_S = 30.0
PROCESSES = ("api_gateway", "notifications", "notifications-2", "sms", "email")


def test_a_release_under_load_fails_no_request_and_doubles_no_message(tmp_path: Path) -> None:
    released = release(tmp_path, rate=RATE, duration_s=DURATION_S, processes=PROCESSES)
    assert not released.ended_early, "the load ended before the last restart"
    assert released.refusals == []
    assert (released.broken, released.statuses) == (0, {"201": int(RATE * DURATION_S)})
    assert released.copies == {1}
    assert released.marked == 0
