"""POST /v2/notifications/bulk: send many messages at once.

Order of checks: token (`auth`), rate (`limits`), JSON, shape (`bulk`); then the notifications service's, with the
day's limit last of all, as only it knows the channel and how many rows are good.
"""

from servicekit.errors import InvalidRequest, Violation
from services.api_gateway import job_convert
from services.api_gateway.auth import Caller
from services.api_gateway.bulk import read_bulk
from services.api_gateway.http import Answer, Request, json_answer
from services.api_gateway.idempotency import REPLAYED
from services.api_gateway.limits import Limits
from services.api_gateway.ports import JobsPort


class PostBulk:
    """Sends many messages."""

    def __init__(self, jobs: JobsPort, limits: Limits) -> None:
        self._jobs = jobs
        self._limits = limits

    async def post(self, request: Request, caller: Caller) -> Answer:
        """POST /v2/notifications/bulk."""
        await self._limits.check_rate(caller)
        job = read_bulk(request, await request.bulk_body())
        answer = await self._jobs.create(job, caller)
        if not answer.HasField("job"):
            errors = job_convert.row_errors(answer.row_faults)
            raise InvalidRequest(
                [Violation("rows", f"row {error['row']}: {error['message']}") for error in errors]
            )
        if answer.replayed:
            first = job_convert.created_json(answer, answer.context)
            return json_answer(201, first, extra_headers=(REPLAYED,))
        return json_answer(201, job_convert.created_json(answer, request.root))
