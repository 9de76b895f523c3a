"""callbacks.proto and values, both ways; and what the servicers refuse."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from notify.notifications.v1 import accounts_pb2
from notify.notifications.v1 import callbacks_pb2 as pb
from servicekit.clock import FixedClock
from servicekit.errors import InvalidRequest
from servicekit.ids import new_id
from services.notifications.accounts import CallbackKind
from services.notifications.callbacks_policy import CallbackOutcome
from services.notifications.callbacks_store import EndpointState, RecordedAttempt
from services.notifications.convert import callbacks as convert
from services.notifications.convert.accounts import KIND_NUMBERS
from services.notifications.servicers.callbacks import CallbacksServicer
from tests.unit.notifications.builders import NOW, SERVICE_ID


def stamp(at: datetime = NOW) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(at)
    return made


def an_attempt(**changes: Any) -> RecordedAttempt:
    values: dict[str, Any] = {
        "callback_id": new_id(),
        "attempt": 2,
        "service_id": SERVICE_ID,
        "kind": "delivery_status",
        "notification_id": new_id(),
        "received_text_id": None,
        "complaint_id": None,
        "attempted_at": NOW + timedelta(microseconds=123_456),
        "duration_ms": 120,
        "result": "503",
        "outcome": "retry",
        **changes,
    }
    return RecordedAttempt(**values)


def test_an_attempt_travels_whole() -> None:
    attempt = an_attempt()
    (travelled,) = convert.attempts_response([attempt], 50).attempts
    assert travelled.callback_id == str(attempt.callback_id)
    assert (travelled.attempt, travelled.service_id, travelled.result) == (2, str(SERVICE_ID), "503")
    assert travelled.kind == accounts_pb2.CALLBACK_KIND_DELIVERY_STATUS
    assert travelled.outcome == pb.CALLBACK_OUTCOME_RETRY
    assert travelled.duration.ToMilliseconds() == 120
    assert travelled.attempt_time.ToDatetime(UTC) == attempt.attempted_at
    assert not travelled.HasField("received_text_id")


def test_an_attempt_from_before_services_were_recorded_has_none() -> None:
    (travelled,) = convert.attempts_response([an_attempt(service_id=None)], 50).attempts
    assert travelled.service_id == ""


def test_a_page_begins_where_the_one_before_ended() -> None:
    attempt = an_attempt()
    token = convert.attempts_response([attempt], 1).next_page_token
    wanted = convert.attempt_filter(
        pb.ListCallbackAttemptsRequest(service_id=str(SERVICE_ID), page_token=token, page_size=1)
    )
    assert wanted.before == (attempt.attempted_at, attempt.callback_id, 2)


def test_the_last_page_says_so() -> None:
    assert not convert.attempts_response([an_attempt()], 2).HasField("next_page_token")


def test_what_is_asked_for_is_what_is_looked_for() -> None:
    id = new_id()
    wanted = convert.attempt_filter(
        pb.ListCallbackAttemptsRequest(
            notification_id=str(id),
            kind=accounts_pb2.CALLBACK_KIND_COMPLAINT,
            from_time=stamp(),
            failed_only=True,
        )
    )
    assert (wanted.service_id, wanted.notification_id, wanted.kind) == (None, id, "complaint")
    assert (wanted.since, wanted.until, wanted.failed_only, wanted.limit) == (NOW, None, True, 50)


@pytest.mark.parametrize(
    "request_pb",
    [
        pb.ListCallbackAttemptsRequest(),
        pb.ListCallbackAttemptsRequest(service_id="nonsense"),
        pb.ListCallbackAttemptsRequest(service_id=str(SERVICE_ID), page_size=1_001),
        pb.ListCallbackAttemptsRequest(service_id=str(SERVICE_ID), page_token="nonsense"),
        pb.ListCallbackAttemptsRequest(service_id=str(SERVICE_ID), page_token="a/b/c"),
        pb.ListCallbackAttemptsRequest(service_id=str(SERVICE_ID), kind=77),  # type: ignore[arg-type]  # no such kind
        pb.ListCallbackAttemptsRequest(service_id=str(SERVICE_ID), from_time=Timestamp(seconds=10**15)),
    ],
)
def test_impossible_questions_are_refused(request_pb: pb.ListCallbackAttemptsRequest) -> None:
    with pytest.raises(InvalidRequest):
        convert.attempt_filter(request_pb)


@pytest.mark.parametrize(
    ("failing_since", "probe_at", "fields"),
    [(None, None, []), (NOW, None, ["failing_since"]), (NOW, NOW, ["failing_since", "next_probe_time"])],
)
def test_the_state_of_an_endpoint(
    failing_since: datetime | None, probe_at: datetime | None, fields: list[str]
) -> None:
    state = EndpointState("inbound_sms", "https://example.com", 2, failing_since, probe_at, 7)
    endpoint = convert.endpoint_state(state)
    assert (endpoint.kind, endpoint.secret_count, endpoint.waiting_count) == (
        accounts_pb2.CALLBACK_KIND_INBOUND_SMS,
        2,
        7,
    )
    assert [name for name in ("failing_since", "next_probe_time") if endpoint.HasField(name)] == fields


def test_every_outcome_and_kind_has_a_number() -> None:
    assert {
        pb.CallbackOutcome.Name(
            convert.attempts_response([an_attempt(outcome=each.value)], 9).attempts[0].outcome
        )
        for each in CallbackOutcome
    } == {f"CALLBACK_OUTCOME_{each.name}" for each in CallbackOutcome}
    assert set(KIND_NUMBERS) == set(CallbackKind)


@pytest.mark.parametrize(
    ("is_new", "outcome"),
    [
        (True, pb.COMPLAINT_OUTCOME_RECORDED),
        (False, pb.COMPLAINT_OUTCOME_REPEATED),
        (None, pb.COMPLAINT_OUTCOME_UNKNOWN_NOTIFICATION),
    ],
)
def test_outcomes_of_complaints(is_new: bool | None, outcome: int) -> None:
    assert convert.complaint_outcome(is_new) == outcome


def a_span(**changes: Any) -> pb.CallbackSpan:
    return pb.CallbackSpan(
        **{"service_id": str(SERVICE_ID), "from_time": stamp(), "until_time": stamp(), **changes}
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: pb.ReplayCallbacksRequest(reason="r"),
        lambda: pb.ReplayCallbacksRequest(callback_ids=pb.CallbackIds(), reason="r"),
        lambda: pb.ReplayCallbacksRequest(callback_ids=pb.CallbackIds(ids=["x"]), reason="r"),
        lambda: pb.ReplayCallbacksRequest(callback_ids=pb.CallbackIds(ids=[str(new_id())]), reason=" "),
        lambda: pb.ReplayCallbacksRequest(
            callback_ids=pb.CallbackIds(ids=[str(new_id())] * 1_001), reason="r"
        ),
        lambda: pb.ReplayCallbacksRequest(span=a_span(until_time=None), reason="r"),
        lambda: pb.ReplayCallbacksRequest(span=a_span(from_time=None), reason="r"),
        lambda: pb.ReplayCallbacksRequest(span=a_span(service_id=""), reason="r"),
        lambda: pb.ReplayCallbacksRequest(span=a_span(), reason="r", page_token="x"),
    ],
)
async def test_impossible_replays_are_refused(make: Callable[[], pb.ReplayCallbacksRequest]) -> None:
    with pytest.raises(InvalidRequest):
        await servicer().ReplayCallbacks(make(), None)  # type: ignore[arg-type]  # no context is used


@pytest.mark.parametrize(
    "complaints",
    [
        [],
        [pb.NewComplaint(notification_id=str(SERVICE_ID))],
        [pb.NewComplaint(notification_id="x", complaint_time=stamp())],
    ],
)
async def test_impossible_complaints_are_refused(complaints: list[pb.NewComplaint]) -> None:
    with pytest.raises(InvalidRequest):
        await servicer().RecordComplaints(
            pb.RecordComplaintsRequest(complaints=complaints),
            None,  # type: ignore[arg-type]  # no context is used
        )


def servicer() -> CallbacksServicer:
    """One that must not come as far as to use what it has not."""
    return CallbacksServicer(None, None, FixedClock(NOW), callbacks_queued=lambda: None)  # type: ignore[arg-type]  # as said
