"""GET /v2/jobs/<id>: how far a batch of messages is."""

from services.api_gateway import job_convert
from services.api_gateway.auth import Caller
from services.api_gateway.http import Answer, Request, json_answer
from services.api_gateway.ports import JobsPort
from services.api_gateway.schemas import check_path_id


class GetJob:
    """Reads one."""

    def __init__(self, jobs: JobsPort) -> None:
        self._jobs = jobs

    async def read(self, request: Request, caller: Caller) -> Answer:
        """GET /v2/jobs/<id>, with any key of the service."""
        job_id = check_path_id("job_id", request.path_values[0])
        job = await self._jobs.get(caller.service.service_id, job_id)
        return json_answer(200, job_convert.progress_json(job, request.root))
