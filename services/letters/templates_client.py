"""Letter templates, asked of the notifications service over gRPC: `previews.Templates`."""

from typing import Final
from uuid import UUID

from notify.notifications.v1 import (
    letter_logos_pb2,
    letter_logos_pb2_grpc,
    templates_pb2,
    templates_pb2_grpc,
    types_pb2,
)
from servicekit.errors import NotFound
from servicekit.grpc_client import Channel
from services.letters.previews import TemplateTexts
from services.letters.rendering.letter import LetterTexts

_TIMEOUT_S: Final = 5.0


class TemplatesClient:
    """See the module."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._logos = letter_logos_pb2_grpc.LetterLogosServiceStub(channel.grpc)
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
        attachment_id = template.letter_attachment_id
        return TemplateTexts(
            texts=LetterTexts(
                subject=template.subject,
                content=template.body,
                contact_block=template.letter_contact_block,
                welsh_subject=template.letter_welsh_subject or None,
                welsh_content=template.letter_welsh_body or None,
            ),
            logo_svg=await self._logo(service_id),
            attachment_id=UUID(attachment_id) if attachment_id else None,
        )

    async def _logo(self, service_id: UUID) -> str | None:
        response = await self._channel.call(
            self._logos.GetLetterLogo,
            letter_logos_pb2.GetLetterLogoRequest(service_id=str(service_id)),
            timeout_s=_TIMEOUT_S,
        )
        return response.logo.svg if response.HasField("logo") else None
