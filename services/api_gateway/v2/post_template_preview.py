"""POST /v2/template/<id>/preview: fill a template in without sending it."""

from services.api_gateway import convert
from services.api_gateway.auth import Caller
from services.api_gateway.field_rules import canonical_id
from services.api_gateway.http import Answer, Request, json_answer
from services.api_gateway.json_body import parse_object, to_json
from services.api_gateway.ports import TemplatesPort
from services.api_gateway.schemas import PREVIEW, check_body


class PostTemplatePreview:
    """Fills templates in."""

    def __init__(self, templates: TemplatesPort) -> None:
        self._templates = templates

    async def preview(self, request: Request, caller: Caller) -> Answer:
        """POST /v2/template/<id>/preview. The body may be empty; other fields than `personalisation` are
        ignored."""
        raw = await request.body()
        template_id = request.path_values[0]
        body = {**(parse_object(raw) if raw else {}), "id": template_id}
        check_body(PREVIEW, raw, body)
        personalisation = body.get("personalisation")
        preview = await self._templates.preview(
            caller.service.service_id,
            canonical_id(template_id),
            to_json(personalisation) if personalisation else "",
        )
        return json_answer(200, convert.preview_json(preview))
