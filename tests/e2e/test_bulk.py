"""Many messages at once, and requests that come again, through the public API."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from clients.notifyctl.__main__ import app
from clients.notifyctl.tokens import parse_full_key
from tests.e2e.rest import TEXT_PATH, Rest
from tests.e2e.stack import System, wait_for

PATH = "/v2/notifications/bulk"


def rest(system: System) -> Rest:
    """The API as the demo service sees it."""
    key = parse_full_key(system.demo.api_key)
    return Rest(url=system.stack.rest_url, service_id=key.service_id, secret=key.secret)


def a_batch(system: System, numbers: list[str], **changes: Any) -> dict[str, Any]:
    """A batch of texts, each to somebody called after the number."""
    rows = [["phone number", "name", "reference"], *([number, f"P{number}", ""] for number in numbers)]
    return {"template_id": system.demo.sms_template_id, "name": "A batch", "rows": rows, **changes}


def test_a_batch_is_sent_to_the_end(system: System) -> None:
    api = rest(system)
    numbers = [f"0770090{number:04}" for number in range(1_200, 1_230)]
    sent = api.post(PATH, a_batch(system, numbers, reference=str(uuid.uuid4())))
    assert (sent.status_code, sent.json()["errors"]) == (201, [])
    job_path = f"/v2/jobs/{sent.json()['id']}"

    def delivered() -> dict[str, Any] | None:
        job: dict[str, Any] = api.get(job_path).json()
        return job if job["messages"] == {"delivered": 30} else None

    job = wait_for(delivered, 30)
    assert job is not None, api.get(job_path).json()
    assert (job["status"], job["made_count"], job["row_count"]) == ("finished", 30, 30)


def test_messages_of_a_batch_are_listed_where_they_are_asked_for(system: System) -> None:
    api, reference = rest(system), str(uuid.uuid4())
    batch = a_batch(system, ["07700900123"])
    batch["rows"][1][2] = reference
    api.post(PATH, batch)
    path = f"/v2/notifications?reference={reference}"
    found = wait_for(lambda: api.get(f"{path}&include_jobs=true").json()["notifications"])
    assert [message["body"].split(",")[0] for message in found] == ["Hello P07700900123"]
    assert api.get(path).json()["notifications"] == []


def test_a_bad_row_keeps_all_from_being_sent(system: System) -> None:
    refused = rest(system).post(PATH, a_batch(system, ["07700900123", "077"]))
    assert (refused.status_code, refused.json()["errors"]) == (
        400,
        [{"error": "ValidationError", "message": "row 2: phone number: Mobile number is too short"}],
    )


def test_a_repeated_request_sends_once(system: System) -> None:
    api, key, reference = rest(system), str(uuid.uuid4()), str(uuid.uuid4())
    body = {
        "phone_number": "07700900123",
        "template_id": system.demo.sms_template_id,
        "personalisation": {"name": "Grace"},
        "reference": reference,
    }
    first = api.send("POST", TEXT_PATH, json=body, headers={**signed(api), "Idempotency-Key": key})
    again = api.send("POST", TEXT_PATH, json=body, headers={**signed(api), "Idempotency-Key": key})
    assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)
    assert (again.headers["Idempotent-Replayed"], "Idempotent-Replayed" in first.headers) == ("true", False)
    assert len(api.get(f"/v2/notifications?reference={reference}").json()["notifications"]) == 1


def test_requests_with_one_key_at_the_same_time_send_once(system: System) -> None:
    api, key, reference = rest(system), str(uuid.uuid4()), str(uuid.uuid4())
    body = {
        "phone_number": "07700900123",
        "template_id": system.demo.sms_template_id,
        "personalisation": {"name": "Grace"},
        "reference": reference,
    }

    def post(_: int) -> int:
        headers = {**signed(api), "Idempotency-Key": key}
        return api.send("POST", TEXT_PATH, json=body, headers=headers).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = set(pool.map(post, range(24)))
    assert 201 in statuses <= {201, 409}
    assert len(api.get(f"/v2/notifications?reference={reference}").json()["notifications"]) == 1


def signed(api: Rest) -> dict[str, str]:
    """The header of a good token."""
    return {"Authorization": f"Bearer {api.token()}"}


def test_a_batch_outlives_a_crash_and_sends_each_row_once(system: System) -> None:
    api = rest(system)
    numbers = [f"07{number:09}" for number in range(700_000_000, 700_004_000)]
    job_id = api.post(PATH, a_batch(system, numbers)).json()["id"]
    wait_for(lambda: api.get(f"/v2/jobs/{job_id}").json()["made_count"] > 0)
    system.stack.process("notifications").kill()
    system.stack.wait_healthy("notifications")
    assert wait_for(lambda: api.get(f"/v2/jobs/{job_id}").json()["status"] == "finished", 60)
    with psycopg.connect(system.stack.database_url) as connection:
        found = connection.execute(
            "select count(*), count(distinct job_row), min(job_row), max(job_row) "
            "from notifications.notifications where job_id = %s",
            (job_id,),
        ).fetchone()
        waiting = connection.execute("select count(*) from notifications.job_lots").fetchone()
    assert (found, waiting) == ((4_000, 4_000, 1, 4_000), (0,))


def test_operators_see_and_end_a_batch_from_the_command_line(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFYCTL_HOME", str(system.stack.home))
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    batch = a_batch(system, ["07700900123"], scheduled_for=later)
    job_id = rest(system).post(PATH, batch).json()["id"]
    listed = command("jobs", "list", "-s", system.demo.service_id)
    assert (listed["jobs"][0]["id"], listed["jobs"][0]["status"]) == (job_id, "scheduled")
    cancelled = command("jobs", "cancel", "-s", system.demo.service_id, job_id)
    shown = command("jobs", "show", "-s", system.demo.service_id, job_id)
    assert (cancelled["status"], shown["status"], shown["made_count"]) == ("cancelled", "cancelled", 0)


def command(*arguments: str) -> dict[str, Any]:
    """What a command of `notifyctl` prints as JSON."""
    result = CliRunner().invoke(app, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.output)
    return answer
