"""GET /v2/template/<id>, /v2/template/<id>/version/<version> and /v2/templates: read templates."""

from notifyrules.statuses import NotificationType
from servicekit.errors import NotFound
from services.api_gateway import answers, convert
from services.api_gateway.auth import Caller
from services.api_gateway.http import Answer, Request, json_answer
from services.api_gateway.ports import TemplatesPort
from services.api_gateway.schemas import TEMPLATES_QUERY, check_path_id, check_values, query_values


class GetTemplate:
    """Reads templates."""

    def __init__(self, templates: TemplatesPort) -> None:
        self._templates = templates

    async def current(self, request: Request, caller: Caller) -> Answer:
        """GET /v2/template/<id>: its current version, of an archived one too."""
        return await self._read(request, caller, 0)

    async def version(self, request: Request, caller: Caller) -> Answer:
        """GET /v2/template/<id>/version/<version>; 0 is the current one."""
        digits = request.path_values[1].lstrip("0")
        # A number with more digits than MAX_VERSION is not read at all: Python refuses very long ones.
        version = (
            int(digits or "0") if len(digits) <= len(str(convert.MAX_VERSION)) else convert.MAX_VERSION + 1
        )
        return await self._read(request, caller, version)

    async def every(self, request: Request, caller: Caller) -> Answer:
        """GET /v2/templates, those of one type with `?type=`."""
        values = query_values(request.query())
        check_values(TEMPLATES_QUERY, values)
        kind = NotificationType(str(values["type"])) if "type" in values else None
        templates = await self._templates.all(convert.list_templates_request(caller.service.service_id, kind))
        answer: answers.Templates = {"templates": [convert.template_json(template) for template in templates]}
        return json_answer(200, answer)

    async def _read(self, request: Request, caller: Caller, version: int) -> Answer:
        template_id = check_path_id("id", request.path_values[0])
        if version > convert.MAX_VERSION:
            raise NotFound("template")
        template = await self._templates.get(caller.service.service_id, template_id, version)
        return json_answer(200, convert.template_json(template))
