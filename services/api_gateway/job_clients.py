"""Jobs of the notifications service, by gRPC. Implements `ports.JobsPort`."""

from collections.abc import AsyncIterator
from typing import Final

from notify.notifications.v1 import jobs_pb2, jobs_pb2_grpc
from servicekit.grpc_client import Channel
from services.api_gateway import job_convert
from services.api_gateway.auth import Caller
from services.api_gateway.bulk import NewJob

_PIECE_BYTES: Final = 1024 * 1024
_CREATE_TIMEOUT_S: Final = 60.0
"""A table of 100,000 rows takes some seconds to check, and may have to wait for another one."""


class Jobs:
    """Jobs of the notifications service."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._stub = jobs_pb2_grpc.JobsServiceStub(channel.grpc)

    async def create(self, job: NewJob, caller: Caller) -> jobs_pb2.CreateJobResponse:
        """Store a job. Raises whatever refuses it; rows that refuse it are in the answer."""
        return await self._channel.send_stream(
            self._stub.CreateJob, _parts(job, caller), timeout_s=_CREATE_TIMEOUT_S
        )

    async def get(self, service_id: str, job_id: str) -> jobs_pb2.Job:
        """Read one. Raises NotFound."""
        request = jobs_pb2.GetJobRequest(service_id=service_id, job_id=job_id)
        response = await self._channel.call(self._stub.GetJob, request, idempotent=True)
        return response.job


async def _parts(job: NewJob, caller: Caller) -> AsyncIterator[jobs_pb2.CreateJobRequest]:
    yield jobs_pb2.CreateJobRequest(spec=job_convert.job_spec(job, caller))
    table = memoryview(job.table)
    for start in range(0, max(len(table), 1), _PIECE_BYTES):
        piece = bytes(table[start : start + _PIECE_BYTES])
        yield jobs_pb2.CreateJobRequest(csv=piece) if job.is_csv else jobs_pb2.CreateJobRequest(table=piece)
