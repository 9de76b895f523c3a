"""JobsService: sending many."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from grpc.aio import ServicerContext

from notify.notifications.v1 import jobs_pb2 as pb
from notify.notifications.v1.jobs_pb2_grpc import JobsServiceServicer
from services.notifications.convert import jobs as convert
from services.notifications.convert.values import id_from, page_size
from services.notifications.jobs_accepting import Jobs
from services.notifications.jobs_results import JobResults

Context = ServicerContext[Any, Any]

_MAX_PAGE = 250
_PAGE = 50
_UPLOADS = 4
"""Tables that are held in memory at once; others wait within their deadline."""


class JobsServicer(JobsServiceServicer):
    """Makes notifications from tables."""

    def __init__(self, jobs: Jobs, results: JobResults) -> None:
        self._jobs = jobs
        self._results = results
        self._uploads = asyncio.Semaphore(_UPLOADS)

    async def CreateJob(  # noqa: N802 -- the name of the RPC
        self, request_iterator: AsyncIterator[pb.CreateJobRequest], context: Context
    ) -> pb.CreateJobResponse:
        async with self._uploads:
            spec, table = await convert.spec_and_table(request_iterator)
            return convert.create_response(await self._jobs.create(spec, table))

    async def GetJob(self, request: pb.GetJobRequest, context: Context) -> pb.GetJobResponse:  # noqa: N802
        progress = await self._jobs.get(
            id_from(request.service_id, "service_id"),
            id_from(request.job_id, "job_id"),
            with_row_faults=request.with_row_faults,
        )
        return convert.get_response(progress)

    async def ListJobs(self, request: pb.ListJobsRequest, context: Context) -> pb.ListJobsResponse:  # noqa: N802
        limit = page_size(request.page_size, _PAGE, _MAX_PAGE)
        before = convert.page_token(request.page_token, present=request.HasField("page_token"))
        jobs = await self._jobs.page(id_from(request.service_id, "service_id"), before, limit)
        return pb.ListJobsResponse(
            jobs=[convert.job(job) for job in jobs],
            next_page_token=str(jobs[-1].id) if len(jobs) == limit else None,
        )

    async def CancelJob(self, request: pb.CancelJobRequest, context: Context) -> pb.CancelJobResponse:  # noqa: N802
        job = await self._jobs.cancel(
            id_from(request.service_id, "service_id"), id_from(request.job_id, "job_id")
        )
        return pb.CancelJobResponse(job=convert.job(job))

    async def PauseJob(self, request: pb.PauseJobRequest, context: Context) -> pb.PauseJobResponse:  # noqa: N802
        job = await self._jobs.pause(
            id_from(request.service_id, "service_id"), id_from(request.job_id, "job_id")
        )
        return pb.PauseJobResponse(job=convert.job(job))

    async def ResumeJob(self, request: pb.ResumeJobRequest, context: Context) -> pb.ResumeJobResponse:  # noqa: N802
        job = await self._jobs.resume(
            id_from(request.service_id, "service_id"), id_from(request.job_id, "job_id")
        )
        return pb.ResumeJobResponse(job=convert.job(job))

    async def ReadJobResults(  # noqa: N802
        self, request: pb.ReadJobResultsRequest, context: Context
    ) -> AsyncIterator[pb.ReadJobResultsResponse]:
        pages = self._results.read(
            id_from(request.service_id, "service_id"), id_from(request.job_id, "job_id")
        )
        async for page in pages:
            yield convert.results(page)
