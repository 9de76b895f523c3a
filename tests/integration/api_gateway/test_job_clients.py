"""Jobs over real gRPC: tables travel in pieces."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from notify.notifications.v1 import jobs_pb2, jobs_pb2_grpc
from servicekit.errors import InvalidRequest, NotFound
from servicekit.grpc_client import make_channel
from servicekit.grpc_server import ServiceRegistration, make_server
from servicekit.identity import CallerTokens
from services.api_gateway.auth import Caller
from services.api_gateway.bulk import NewJob
from services.api_gateway.job_clients import Jobs
from services.notifications.convert.jobs import spec_and_table
from services.notifications.jobs import JobSpec, Table
from services.notifications.jobs_checking import TableForm
from tests.integration.api_gateway.fake_services import KEYS
from tests.unit.api_gateway.fakes import JOB_ID, SERVICE_ID, TEMPLATE_ID, a_job, a_key, a_service


class FakeJobsServicer(jobs_pb2_grpc.JobsServiceServicer):
    """Reads as the service does, and remembers what it was sent."""

    def __init__(self) -> None:
        self.jobs: list[tuple[JobSpec, Table]] = []

    async def CreateJob(  # noqa: N802 -- the RPC's name
        self, request_iterator: AsyncIterator[jobs_pb2.CreateJobRequest], context: Any
    ) -> jobs_pb2.CreateJobResponse:
        self.jobs.append(await spec_and_table(request_iterator))
        return jobs_pb2.CreateJobResponse(job=a_job())

    async def GetJob(self, request: jobs_pb2.GetJobRequest, context: Any) -> jobs_pb2.GetJobResponse:  # noqa: N802
        if request.job_id != JOB_ID:
            raise NotFound("job")
        return jobs_pb2.GetJobResponse(job=a_job())


@asynccontextmanager
async def jobs_of(servicer: FakeJobsServicer) -> AsyncIterator[Jobs]:
    callers = frozenset({"api_gateway"})
    server = make_server(
        [ServiceRegistration(add=jobs_pb2_grpc.add_JobsServiceServicer_to_server, servicer=servicer)],
        domain="notifications.notify",
        listen="127.0.0.1:0",
        tokens=CallerTokens("notifications", KEYS),
        allowed_callers={"notify.notifications.v1.JobsService/*": callers},
    )
    tokens = CallerTokens("api_gateway", KEYS)
    async with server, make_channel(f"127.0.0.1:{server.port}", caller=tokens) as channel:
        yield Jobs(channel)


def a_new_job(table: bytes, *, name: str = "x", is_csv: bool = True) -> NewJob:
    return NewJob(
        template_id=TEMPLATE_ID,
        name=name,
        is_csv=is_csv,
        table=table,
        reference=None,
        scheduled_for=None,
        skip_bad_rows=False,
        sms_sender_id=None,
        email_reply_to_id=None,
        key=None,
    )


CALLER = Caller(a_service(), a_key(id=TEMPLATE_ID))


@pytest.mark.parametrize("is_csv", [True, False])
@pytest.mark.parametrize("length", [0, 1, 20 * 1024 * 1024])
async def test_a_table_longer_than_any_message_arrives(is_csv: bool, length: int) -> None:
    table = bytes(range(128)) * (length // 128) + b"x" * (length % 128)
    async with jobs_of(servicer := FakeJobsServicer()) as jobs:  # type: ignore[abstract]  # the rest answers UNIMPLEMENTED
        answer = await jobs.create(a_new_job(table, is_csv=is_csv), CALLER)
    ((spec, received),) = servicer.jobs
    assert (answer.job.id, str(spec.service_id)) == (JOB_ID, SERVICE_ID)
    assert (received.content, received.form == TableForm.CSV) == (table, is_csv)


async def test_a_refusal_is_heard_though_the_table_is_still_on_its_way() -> None:
    async with jobs_of(FakeJobsServicer()) as jobs:  # type: ignore[abstract]  # the rest answers UNIMPLEMENTED
        for _ in range(20):
            with pytest.raises(InvalidRequest):
                await jobs.create(a_new_job(b"x" * 10_000_000, name=""), CALLER)


async def test_reading_a_job() -> None:
    async with jobs_of(FakeJobsServicer()) as jobs:  # type: ignore[abstract]  # the rest answers UNIMPLEMENTED
        assert (await jobs.get(SERVICE_ID, JOB_ID)).name == "Reminders"
        with pytest.raises(NotFound):
            await jobs.get(SERVICE_ID, TEMPLATE_ID)
