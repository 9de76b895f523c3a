"""Pages of a service's messages with millions of rows in the table.

`python -m tests.bench.listing [rows]` starts a fresh system, fills its table with made-up messages of the last
two weeks (60 % of one service, the rest of 97 others; failures, jobs' rows and other keys' in small shares), and
measures a page of 250 through the gateway for each kind of filter. Prints a table and JSON; `--explain` also
the plan of each statement.
"""

import argparse
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import requests

from clients.notifyctl.tokens import FullKey, mint
from notifyrules.statuses import KeyType, NotificationStatus, NotificationType
from servicekit.ids import bucket_of
from services.notifications.store import NotificationFilter, hot_url, list_statement
from tests.bench.__main__ import console, percentiles
from tests.bench.machine import machine_facts
from tests.bench.system import System, fresh_system

ROWS = 5_000_000
_CHUNK = 250_000
_REQUESTS = 30
_SPAN = timedelta(days=13)
_FILL = """
insert into notifications.notifications (
    id, service_id, template_id, template_version, type, key_type, status, recipient, normalised_recipient,
    personalisation, reference, billable_units, rate_multiplier, job_id, job_row, provider, sent_at, updated_at)
select
    (lpad(to_hex(made.ms), 12, '0') || '7' || lpad(to_hex(%(bucket)s::int), 3, '0') || '800'
        || substr(md5(n::text), 1, 13))::uuid,
    case when n %% 10 < 6 then %(service)s else md5((n %% 97)::text)::uuid end,
    case when is_email then %(email)s else %(text)s end, 1,
    case when is_email then 'email' else 'sms' end,
    case when n %% 1000 = 7 then 'test' when n %% 1000 < 20 then 'team' else 'normal' end,
    case when n %% 100003 = 3 and made.place < %(rows)s / 2 then 'technical-failure'
        when n %% 100 = 11 then 'permanent-failure' when n %% 1000 = 23 then 'temporary-failure'
        else 'delivered' end,
    case when is_email then 'somebody@example.com' else '07700900123' end,
    case when is_email then 'somebody@example.com' else '447700900123' end,
    '{"name": "Ada Lovelace", "code": "482915"}',
    case when n %% 2 = 0 then 'ref-' || n end, 1, 1,
    -- One in ten is a job's; the newest tenth is nothing but a job.
    case when n %% 10 = 5 or made.place > %(rows)s * 0.9 then %(job)s end,
    case when n %% 10 = 5 or made.place > %(rows)s * 0.9 then n end,
    'mmg', to_timestamp(made.ms / 1000.0), to_timestamp(made.ms / 1000.0 + 2)
from generate_series(%(first)s::bigint, %(last)s::bigint) as n
cross join lateral (
    select n - %(before)s as place, n %% 5 = 4 as is_email,
        %(start_ms)s::bigint + (n - %(before)s) * %(span_ms)s::bigint / %(rows)s as ms
) as made
"""


def fill(system: System, rows: int, *, before: int = 0) -> float:
    """Put rows into the table, beside those that an earlier call put there; gives how long it took, in seconds."""
    service = UUID(system.service.id)
    start = datetime.now(UTC) - _SPAN
    values = {
        "service": service,
        "bucket": bucket_of(service),
        "text": UUID(system.service.sms_template_id),
        "email": UUID(system.service.email_template_id),
        "job": UUID(int=1),
        "rows": rows,
        "before": before,
        "start_ms": int(start.timestamp() * 1000),
        "span_ms": int(_SPAN.total_seconds() * 1000),
    }
    began = time.monotonic()
    with psycopg.connect(system.stack.database_url, autocommit=True) as connection:
        connection.execute("set synchronous_commit = off")
        for first in range(before + 1, before + rows + 1, _CHUNK):
            last = min(before + rows, first + _CHUNK - 1)
            connection.execute(_FILL, {**values, "first": first, "last": last})
        connection.execute("vacuum (analyze) notifications.notifications")
    return time.monotonic() - began


def filters(system: System, rows: int) -> Iterator[tuple[str, str, dict[str, object]]]:
    """Name, query of the public API, and what differs from the plain page in the statement."""
    middle = middle_id(system)
    failed = tuple(
        NotificationStatus(name) for name in ("technical-failure", "temporary-failure", "permanent-failure")
    )
    technical = (NotificationStatus.TECHNICAL_FAILURE,)
    yield "plain", "", {}
    yield "older than the middle", f"older_than={middle}", {"older_than": middle}
    yield "with jobs", "include_jobs=true", {"include_jobs": True}
    yield "texts", "template_type=sms", {"types": (NotificationType.SMS,)}
    yield "emails", "template_type=email", {"types": (NotificationType.EMAIL,)}
    yield "delivered", "status=delivered", {"statuses": (NotificationStatus.DELIVERED,)}
    yield "failed", "status=failed", {"statuses": failed}
    yield "rare failures", "status=technical-failure", {"statuses": technical}
    yield (
        "rare failures with jobs",
        "status=technical-failure&include_jobs=true",
        {
            "statuses": technical,
            "include_jobs": True,
        },
    )
    reference = f"ref-{rows // 20 * 10 + 2}"
    yield "a reference", f"reference={reference}", {"reference": reference}
    yield "an unknown reference", "reference=nothing", {"reference": "nothing"}


def middle_id(system: System) -> UUID:
    """A notification of the service in the middle of the table."""
    with psycopg.connect(system.stack.database_url) as connection:
        found = connection.execute(
            "select id from notifications.notifications where service_id = %s and id > %s order by id limit 1",
            [UUID(system.service.id), _id_at(datetime.now(UTC) - _SPAN / 2)],
        ).fetchone()
    assert found is not None
    return UUID(str(found[0]))


def _id_at(moment: datetime) -> UUID:
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def measure_page(system: System, session: requests.Session, query: str) -> dict[str, object]:
    """Latencies of one page, asked for again and again on one connection."""
    latencies, length = [], 0
    for _ in range(_REQUESTS):
        token = mint(FullKey(service_id=system.service.id, secret=system.service.secret))
        started = time.perf_counter()
        answer = session.get(
            f"{system.stack.rest_url}/v2/notifications?{query}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
        )
        latencies.append((time.perf_counter() - started) * 1000)
        if answer.status_code != 200:
            return {"status": answer.status_code, "after_ms": round(latencies[-1])}
        length = len(answer.json()["notifications"])
    return {"rows": length, **percentiles(latencies)}


def explain(system: System, changes: dict[str, object]) -> str:
    """The plan of a page's statement, as the service's own connection makes it."""
    given: dict[str, object] = {
        "service_id": UUID(system.service.id),
        "key_type": KeyType.NORMAL,
        "types": (),
        "statuses": (),
        "reference": None,
        "include_jobs": False,
        "older_than": None,
        "limit": 250,
        **changes,
    }
    query, parameters = list_statement(NotificationFilter(**given))  # type: ignore[arg-type]  # the names and types are its own
    with psycopg.connect(
        hot_url(system.stack.database_url), options="-c search_path=notifications"
    ) as connection:
        rows = connection.execute(b"explain (analyze, buffers) " + query, parameters).fetchall()
    return "\n".join(str(line) for (line,) in rows)


def main() -> None:
    """Fill, measure, tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.listing")
    parser.add_argument("rows", nargs="?", type=int, default=ROWS)
    parser.add_argument("--explain", action="store_true")
    options = parser.parse_args()
    results: dict[str, object] = {"machine": machine_facts(), "rows": options.rows}
    with fresh_system() as system, requests.Session() as session:
        results["filled_in_s"] = round(fill(system, options.rows), 1)
        for name, query, changes in filters(system, options.rows):
            results[name] = measure_page(system, session, query)
            console.print(f"{name}: {json.dumps(results[name])}", highlight=False)
            if options.explain:
                console.print(explain(system, changes), highlight=False, markup=False)
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
