"""POST /v2/notifications/bulk and GET /v2/jobs/<id>: what is passed on, and what comes back."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from notify.notifications.v1 import jobs_pb2, types_pb2
from servicekit.errors import QuotaExceeded, RuleBroken, ServiceError, Unimplemented
from services.api_gateway import answers, job_convert
from tests.unit.api_gateway.fakes import (
    JOB_ID,
    NOTIFICATION_ID,
    SECRETS,
    SERVICE_ID,
    TEMPLATE_ID,
    Gateway,
    a_job,
    a_token,
    invalid,
    v2_error,
)

PATH = "/v2/notifications/bulk"
ROWS = [["phone number", "name"], ["07700900123", "Ada"]]
BULK = {"template_id": TEMPLATE_ID, "name": "Reminders", "rows": ROWS}
URI = f"https://api.example/v2/jobs/{JOB_ID}"
BATCH = {
    "id": JOB_ID,
    "name": "Reminders",
    "uri": URI,
    "template": {
        "id": TEMPLATE_ID,
        "version": 2,
        "uri": f"https://api.example/v2/template/{TEMPLATE_ID}/version/2",
    },
    "reference": None,
    "status": "pending",
    "created_at": "2026-03-04T12:30:15.250000Z",
    "scheduled_for": None,
    "row_count": 3,
}


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


async def test_the_answer_to_a_batch(gateway: Gateway) -> None:
    response = await gateway.post(PATH, BULK)
    assert (response.status, response.json) == (201, {**BATCH, "errors": []})


async def test_rows_are_passed_on_as_they_came(gateway: Gateway) -> None:
    rows = b'[ ["phone number"],\n [7.50, true, null, "\\u00e9"] ]'
    await gateway.post(
        PATH, b'{"name": "x", "rows": ' + rows + b', "template_id": "' + TEMPLATE_ID.encode() + b'"}'
    )
    ((job, caller),) = gateway.jobs.created
    assert (job.table, job.is_csv, caller.service.service_id) == (rows, False, SERVICE_ID)


async def test_csv_is_passed_on_as_text(gateway: Gateway) -> None:
    body = {**BULK, "csv": "phone number\n07700900123 é\n"}
    del body["rows"]
    await gateway.post(PATH, body)
    assert gateway.jobs.created[0][0].table == "phone number\n07700900123 é\n".encode()


async def test_everything_that_a_request_may_say(gateway: Gateway) -> None:
    sender = "5d0a1b9e-2c3d-4e5f-8a9b-0c1d2e3f4a5b"
    extra = {
        "reference": "mine",
        "scheduled_for": "2026-03-05T09:00:00",
        "on_error": "skip",
        "sms_sender_id": sender.upper(),
        "email_reply_to_id": sender,
    }
    await gateway.post(PATH, {**BULK, **extra}, token=a_token(SECRETS["team"]))
    job, caller = gateway.jobs.created[0]
    spec = job_convert.job_spec(job, caller)
    assert spec.start_time.ToDatetime(UTC) == datetime(2026, 3, 5, 9, tzinfo=UTC)
    assert (spec.reference, spec.bad_rows, spec.sms_sender_id, spec.email_reply_to_id) == (
        "mine",
        jobs_pb2.BAD_ROWS_SKIP,
        sender,
        sender,
    )
    assert (spec.key_type, spec.api_key_id, spec.template_id) == (
        types_pb2.KEY_TYPE_TEAM,
        "key-team",
        TEMPLATE_ID,
    )


async def test_a_request_that_says_no_more_than_it_must(gateway: Gateway) -> None:
    await gateway.post(PATH, BULK)
    spec = job_convert.job_spec(*gateway.jobs.created[0])
    absent = ("reference", "start_time", "sms_sender_id", "email_reply_to_id", "idempotency")
    assert [name for name in absent if spec.HasField(name)] == []
    assert spec.bad_rows == jobs_pb2.BAD_ROWS_REFUSE


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"template_id": ...}, ["template_id is a required property"]),
        ({"name": ..., "template_id": 5}, ["template_id is not a valid UUID", "name is a required property"]),
        ({"name": ""}, ["name can not be empty"]),
        ({"name": "x" * 256}, [f"name {'x' * 256} is too long"]),
        ({"name": "a\x00b"}, ["name has characters that cannot be stored: NUL or half of a surrogate pair"]),
        ({"rows": ...}, ["rows is a required property"]),
        ({"csv": "a"}, ["rows and csv can not be given together"]),
        ({"rows": "text"}, ["rows is not of type array"]),
        ({"rows": {"a": 1}}, ["rows is not of type array"]),
        ({"rows": ..., "csv": []}, ["csv [] is not of type string"]),
        ({"on_error": "ignore"}, ["on_error ignore is not one of [refuse, skip]"]),
        (
            {"scheduled_for": "soon"},
            [
                "scheduled_for datetime format is invalid. It must be a valid ISO8601 date time format, "
                "https://en.wikipedia.org/wiki/ISO_8601"
            ],
        ),
        ({"personalisation": {}}, ["Additional properties are not allowed (personalisation was unexpected)"]),
    ],
)
async def test_what_is_wrong_with_a_request(
    gateway: Gateway, changes: dict[str, Any], faults: list[str]
) -> None:
    body = {name: value for name, value in {**BULK, **changes}.items() if value is not ...}
    response = await gateway.post(PATH, body)
    assert (response.status, response.json) == (400, invalid(*faults))
    assert gateway.jobs.created == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"rows": [[}',
        b'{"name": "\\ud800"}',
        b'{"a":' * 5_000,
        b'{"na\xffme": 1}',
        b'{"name": "\xed\xa0"}',
    ],
)
async def test_what_is_no_json(gateway: Gateway, body: bytes) -> None:
    response = await gateway.post(PATH, body)
    assert response.json == v2_error(400, ("BadRequestError", "Invalid JSON supplied in POST data"))


@pytest.mark.parametrize("body", [b"[]", b"null", b"0"])
async def test_json_that_counts_as_an_empty_object(gateway: Gateway, body: bytes) -> None:
    response = await gateway.post(PATH, body)
    assert response.json["errors"][0]["message"] == "template_id is a required property"


@pytest.mark.parametrize("body", [b"[1]", b"[" + b"1," * 10_000 + b"1]"])
async def test_json_that_is_no_object(gateway: Gateway, body: bytes) -> None:
    response = await gateway.post(PATH, body)
    assert response.json["errors"][0]["message"].endswith("is not of type object")


async def test_bad_rows_are_told_in_their_order(gateway: Gateway) -> None:
    gateway.jobs.faults = {"name: Missing": [2, 3], "phone number: Mobile number is too short": [2]}
    response = await gateway.post(PATH, BULK)
    assert (response.status, response.json) == (
        400,
        invalid(
            "row 2: name: Missing",
            "row 2: phone number: Mobile number is too short",
            "row 3: name: Missing",
        ),
    )


async def test_bad_rows_that_were_left_out_are_told_with_the_batch(gateway: Gateway) -> None:
    gateway.jobs.faults = {"name: Missing": [2]}
    response = await gateway.post(PATH, {**BULK, "on_error": "skip"})
    assert (response.status, response.json["errors"]) == (201, [{"row": 2, "message": "name: Missing"}])


@pytest.mark.parametrize(
    ("failure", "status", "error"),
    [
        (QuotaExceeded("sms", "no", reason="DAILY_LIMIT_REACHED"), 429, "TooManyRequestsError"),
        (RuleBroken("TEMPLATE_NOT_FOUND", "no"), 400, "BadRequestError"),
        (RuleBroken("IDEMPOTENCY_KEY_REUSED", "no"), 422, "IdempotencyError"),
        (Unimplemented("no"), 501, "NotImplementedError"),
    ],
)
async def test_refusals_of_the_notifications_service(
    gateway: Gateway, failure: ServiceError, status: int, error: str
) -> None:
    gateway.jobs.failure = failure
    response = await gateway.post(PATH, BULK)
    assert (response.status, response.json) == (status, v2_error(status, (error, "no")))


async def test_a_repeat_is_answered_with_the_first_answers_links(gateway: Gateway) -> None:
    first = await gateway.post(PATH, BULK, headers={"idempotency-key": "k"})
    gateway.jobs.replayed_context = "https://api.example"
    again = await gateway.post(PATH, BULK, headers={"idempotency-key": "k", "host": "another.example"})
    assert (again.body, again.headers["idempotent-replayed"]) == (first.body, "true")
    keys = [job.key for job, _ in gateway.jobs.created]
    assert keys[0] is not None
    assert keys[1] is not None
    assert (keys[0].fingerprint, keys[0].key) == (keys[1].fingerprint, keys[1].key)


async def test_another_table_is_another_request(gateway: Gateway) -> None:
    for rows in (ROWS, [*ROWS, ["07700900124", "Bob"]]):
        await gateway.post(PATH, {**BULK, "rows": rows}, headers={"idempotency-key": "k"})
    prints = {job.key.fingerprint for job, _ in gateway.jobs.created if job.key is not None}
    assert len(prints) == 2


async def test_a_batch_may_be_longer_than_other_requests() -> None:
    gateway = Gateway(max_body_bytes=1_000)
    body = json.dumps({**BULK, "rows": [ROWS[0], *[ROWS[1]] * 200]}).encode()
    assert (await gateway.post(PATH, body)).status == 201
    assert (await gateway.post("/v2/notifications/sms", body)).status == 413


async def test_how_far_a_batch_is(gateway: Gateway) -> None:
    job = a_job(
        status=jobs_pb2.JOB_STATUS_IN_PROGRESS,
        reference="mine",
        made_count=2,
        bad_row_count=1,
        status_counts=[
            jobs_pb2.StatusCount(status=types_pb2.NOTIFICATION_STATUS_CREATED, count=1),
            jobs_pb2.StatusCount(status=types_pb2.NOTIFICATION_STATUS_TEMPORARY_FAILURE, count=1),
        ],
    )
    job.start_time.FromDatetime(datetime(2026, 3, 4, 13, tzinfo=UTC))
    job.process_time.FromDatetime(datetime(2026, 3, 4, 13, 0, 1, tzinfo=UTC))
    gateway.jobs.stored = [job]
    response = await gateway.get(f"/v2/jobs/{JOB_ID.upper()}")
    assert response.json == {
        **BATCH,
        "status": "in progress",
        "reference": "mine",
        "scheduled_for": "2026-03-04T13:00:00.000000Z",
        "started_at": "2026-03-04T13:00:01.000000Z",
        "completed_at": None,
        "bad_row_count": 1,
        "simulated_row_count": 0,
        "made_count": 2,
        "messages": {"created": 1, "temporary-failure": 1},
    }


@pytest.mark.parametrize(
    ("job_id", "status", "message"),
    [(NOTIFICATION_ID, 404, "No result found"), ("x", 400, "job_id is not a valid UUID")],
)
async def test_a_batch_that_is_not_there(gateway: Gateway, job_id: str, status: int, message: str) -> None:
    response = await gateway.get(f"/v2/jobs/{job_id}")
    assert (response.status, response.json["errors"][0]["message"]) == (status, message)


def test_every_status_of_a_job_has_a_word() -> None:
    numbers = set(jobs_pb2.JobStatus.values()) - {jobs_pb2.JOB_STATUS_UNSPECIFIED}
    assert set(job_convert.STATUS_TEXTS) == numbers
    assert sorted(job_convert.STATUS_TEXTS.values()) == sorted(answers.JOB_STATUSES)
