"""Letter templates, asked of the notifications service over gRPC: `previews.Templates`."""

from typing import Final
from uuid import UUID

from notify.notifications.v1 import templates_pb2, templates_pb2_grpc, types_pb2
from servicekit.errors import NotFound
from servicekit.grpc_client import Channel
from services.letters.previews import TemplateTexts
from services.letters.rendering.letter import LetterTexts

_TIMEOUT_S: Final = 5.0


class TemplatesClient:
    """See the module."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._stub = templates_pb2_grpc.TemplatesServiceStub(channel.grpc)

    async def letter_template(self, service_id: UUID, template_id: UUID) -> TemplateTexts:
        """As in `Templates`."""
        response = await self._channel.call(
            self._stub.GetTemplate,
            templates_pb2.GetTemplateRequest(service_id=str(service_id), template_id=str(template_id)),
            timeout_s=_TIMEOUT_S,
        )
        template = response.template
        if template.type != types_pb2.NOTIFICATION_TYPE_LETTER:
            raise NotFound("template")
        return TemplateTexts(
            texts=LetterTexts(
                subject=template.subject,
                content=template.body,
                contact_block=template.letter_contact_block,
            )
        )
