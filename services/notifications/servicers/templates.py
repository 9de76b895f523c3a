"""TemplatesService: templates and their versions."""

from typing import Any

from grpc.aio import ServicerContext

from notify.notifications.v1 import templates_pb2 as pb
from notify.notifications.v1.templates_pb2_grpc import TemplatesServiceServicer
from servicekit.clock import Clock
from services.notifications.convert import templates as convert
from services.notifications.convert.values import id_from, invalid, optional_id_from, page_size, type_from
from services.notifications.templates import Templates

Context = ServicerContext[Any, Any]

_MAX_PAGE = 1_000


class TemplatesServicer(TemplatesServiceServicer):
    """Keeps templates."""

    def __init__(self, templates: Templates, clock: Clock) -> None:
        self._templates = templates
        self._clock = clock

    async def CreateTemplate(  # noqa: N802 -- the name of the RPC
        self, request: pb.CreateTemplateRequest, context: Context
    ) -> pb.CreateTemplateResponse:
        created = await self._templates.create(
            convert.new_template(request, self._clock.now()),
            convert.letter_contact_id(request),
            optional_id_from(request.user_id, "user_id", present=request.HasField("user_id")),
        )
        return pb.CreateTemplateResponse(template=convert.template(created))

    async def UpdateTemplate(  # noqa: N802
        self, request: pb.UpdateTemplateRequest, context: Context
    ) -> pb.UpdateTemplateResponse:
        updated = await self._templates.update(
            id_from(request.service_id, "service_id"),
            id_from(request.template_id, "template_id"),
            request.based_on_version,
            convert.template_changes(request),
            optional_id_from(request.user_id, "user_id", present=request.HasField("user_id")),
        )
        return pb.UpdateTemplateResponse(template=convert.template(updated))

    async def ArchiveTemplate(  # noqa: N802
        self, request: pb.ArchiveTemplateRequest, context: Context
    ) -> pb.ArchiveTemplateResponse:
        archived = await self._templates.archive(
            id_from(request.service_id, "service_id"),
            id_from(request.template_id, "template_id"),
            optional_id_from(request.user_id, "user_id", present=request.HasField("user_id")),
        )
        return pb.ArchiveTemplateResponse(template=convert.template(archived))

    async def GetTemplate(  # noqa: N802
        self, request: pb.GetTemplateRequest, context: Context
    ) -> pb.GetTemplateResponse:
        if request.version < 0:
            raise invalid("version", "version must not be below 0")
        found = await self._templates.get(
            id_from(request.service_id, "service_id"),
            id_from(request.template_id, "template_id"),
            request.version,
        )
        return pb.GetTemplateResponse(template=convert.template(found))

    async def ListTemplates(  # noqa: N802
        self, request: pb.ListTemplatesRequest, context: Context
    ) -> pb.ListTemplatesResponse:
        found = await self._templates.list(
            id_from(request.service_id, "service_id"), type_from(request.type) if request.type else None
        )
        # A service has at most some hundreds of templates: the page is cut from all of them.
        limit = page_size(request.page_size, len(found) or 1, _MAX_PAGE) if request.page_size else len(found)
        start = 0
        if request.HasField("page_token"):
            after = id_from(request.page_token, "page_token")
            start = next((index + 1 for index, each in enumerate(found) if each.id == after), len(found))
        page = found[start : start + limit]
        more = start + limit < len(found)
        return pb.ListTemplatesResponse(
            templates=[convert.template(each) for each in page],
            next_page_token=str(page[-1].id) if more and page else None,
        )

    async def PreviewTemplate(  # noqa: N802
        self, request: pb.PreviewTemplateRequest, context: Context
    ) -> pb.PreviewTemplateResponse:
        preview = await self._templates.preview(
            id_from(request.service_id, "service_id"),
            id_from(request.template_id, "template_id"),
            request.personalisation_json,
        )
        return convert.preview_response(preview)
