"""What tests of jobs have: the parts that accept and make them, on a real database, and tables to send."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from psycopg.rows import class_row
from redis.asyncio import Redis

from notifyrules.daily_limits import LimitKind, counter_name
from notifyrules.statuses import KeyType
from servicekit.clock import FixedClock
from servicekit.counters import Counters
from servicekit.ids import bucket_of, new_id
from servicekit.valkey import make_valkey
from services.notifications import jobs_checking
from services.notifications.caches import TtlCache
from services.notifications.idempotency import Idempotency
from services.notifications.jobs import BadRows, Job, JobAnswer, JobSpec, JobStatus, Table
from services.notifications.jobs_accepting import Jobs
from services.notifications.jobs_checker import TableChecker
from services.notifications.jobs_checking import TableForm
from services.notifications.jobs_making import JobMaking
from services.notifications.jobs_store import JobsStore
from services.notifications.sending_limits import SendingLimits
from services.notifications.store import QUERIES, StoredNotification
from tests.integration.notifications.conftest import System

THREE = "phone number,name\n07700900123,Ada\n+44 7700 900124,Bob\n07700900125,Cid\n"
ONE_BAD = "phone number,name\n07700900123,Ada\n0770,Bob\n07700900125,\n"


class ProcessDied(Exception):  # noqa: N818 -- says what happened
    """Stands for a crash."""


def small_lots(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setattr(jobs_checking, "LOT_ROWS", rows)


def a_table(rows: int) -> str:
    return "phone number,name\n" + "".join(
        f"07700900{row:03},Person {row}\n" for row in range(300, 300 + rows)
    )


@dataclass(slots=True)
class JobSystem:
    """The parts that jobs need, beside the rest."""

    system: System
    store: JobsStore
    jobs: Jobs
    making: JobMaking
    clock: FixedClock  # of the making
    valkey: Redis
    woken: list[None]

    def spec(self, **changes: Any) -> JobSpec:
        """A job of texts that is fine unless told otherwise."""
        service_id = changes.pop("service_id", self.system.service_id)
        spec = JobSpec(
            id=new_id(bucket=bucket_of(service_id)),
            service_id=service_id,
            api_key_id=None,
            key_type=KeyType.NORMAL,
            template_id=self.system.template_ids["sms"],
            name="Reminders",
            reference=None,
            start_at=None,
            bad_rows=BadRows.REFUSE,
            sms_sender_id=None,
            email_reply_to_id=None,
            idempotency=None,
        )
        return replace(spec, **changes)

    async def create(self, csv: str = THREE, **changes: Any) -> JobAnswer:
        """Ask for a job."""
        return await self.jobs.create(self.spec(**changes), Table(form=TableForm.CSV, content=csv.encode()))

    async def job(self, csv: str = THREE, **changes: Any) -> Job:
        """Ask for a job that is made."""
        answer = await self.create(csv, **changes)
        assert answer.job is not None, answer
        return answer.job

    async def make_all(self) -> None:
        """Work until there is nothing to do."""
        while await self.making.work():
            pass

    async def status(self, job: Job) -> JobStatus:
        found = await self.store.find(job.service_id, job.id)
        assert found is not None
        return found.status

    async def notifications(self, job: Job) -> list[StoredNotification]:
        """What was made of a job, by row."""
        query = b"select * from notifications where job_id = %s order by job_row"
        async with (
            self.system.pool.connection() as connection,
            connection.cursor(row_factory=class_row(StoredNotification)) as cursor,
        ):
            await cursor.execute(query, (job.id,))
            return await cursor.fetchall()

    async def counted(self, kind: LimitKind = LimitKind.SMS) -> int:
        name = counter_name(self.system.service_id, kind, self.system.clock.now())
        return int(await self.valkey.get(name) or 0)

    async def set_limit(self, kind: LimitKind, limit: int) -> None:
        async with self.system.pool.connection() as connection:
            await connection.execute(f"update services set limit_{kind.value} = %s".encode(), (limit,))
        self.jobs._services.forget(self.system.service_id)


@contextlib.asynccontextmanager
async def job_system(system: System, valkey_url: str) -> AsyncIterator[JobSystem]:
    """Jobs beside a system's other parts."""
    valkey = make_valkey(valkey_url)
    valkey.connection_pool.connection_kwargs |= {"socket_timeout": 10, "socket_connect_timeout": 10}
    limits = SendingLimits(Counters(valkey), system.clock)
    services = TtlCache(system.accounts.load_sending_service, ttl_s=60.0)
    store = JobsStore(system.pool, QUERIES, system.store.keys)
    clock = FixedClock(system.clock.now())
    woken: list[None] = []
    yield JobSystem(
        system=system,
        store=store,
        jobs=Jobs(
            store,
            services=services,
            templates=TtlCache(system.accounts.load_current_template, ttl_s=60.0),
            checker=TableChecker(),
            limits=limits,
            idempotency=Idempotency(system.store.keys, system.clock),
            clock=system.clock,
            accepted=lambda: woken.append(None),
        ),
        making=JobMaking(store, services=services, limits=limits, clock=clock, made=system.queue.wake),
        clock=clock,
        valkey=valkey,
        woken=woken,
    )
    await valkey.aclose()
