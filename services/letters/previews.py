"""Previews: what a letter of a template would look like, saved or not, without a notification.

Called by the servicer. A preview is made for the screen (RGB, with what the printer adds); placeholders without a
value are marked.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from filekit.object_store.store import ObjectMissing, ObjectStore
from servicekit.clock import Clock
from servicekit.errors import NotFound, RuleBroken
from services.letters.letter_files import attachment_key
from services.letters.letter_workers import NotRenderable
from services.letters.preparing import Renders
from services.letters.reading import Draws, draw
from services.letters.rendering.images import Overlay
from services.letters.rendering.letter import LetterTexts, LetterToRender, Purpose
from services.letters.rendering.worker_process import RenderReply
from services.letters.uploads.worker_process import Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateTexts:
    """What a template says, with what belongs to it."""

    texts: LetterTexts
    logo_svg: str | None = field(default=None, repr=False)
    attachment_id: UUID | None = None


class Templates(Protocol):
    """`templates_client.TemplatesClient`."""

    async def letter_template(self, service_id: UUID, template_id: UUID) -> TemplateTexts:
        """The current version of a template. Raises NotFound, also for one of another channel."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRequest:
    """What to show."""

    service_id: UUID
    template: UUID | TemplateTexts
    """A template that is saved, or texts."""
    values: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Previewer:
    """What previews need."""

    templates: Templates
    files: ObjectStore
    renderer: Renders
    pictures: Draws
    clock: Clock

    async def pdf(self, wanted: PreviewRequest) -> RenderReply:
        """The letter as PDF, with what is wrong with it. Raises NotFound, RuleBroken (NOT_RENDERABLE), Unavailable."""
        template = wanted.template
        if isinstance(template, UUID):
            template = await self.templates.letter_template(wanted.service_id, template)
        letter = LetterToRender(
            texts=template.texts,
            values=wanted.values,
            made_at=self.clock.now(),
            purpose=Purpose.PREVIEW,
            logo_svg=template.logo_svg,
            attachment_pdf=await self._attachment(template.attachment_id),
        )
        try:
            return await self.renderer.render(letter)
        except NotRenderable as err:
            raise RuleBroken("NOT_RENDERABLE", str(err)) from None

    async def page(self, wanted: PreviewRequest, number: int) -> Picture:
        """A picture of a page of it, from 1. Raises as `pdf`, and RuleBroken (NO_SUCH_PAGE)."""
        return await draw(self.pictures, (await self.pdf(wanted)).pdf, number, Overlay.NONE)

    async def _attachment(self, attachment_id: UUID | None) -> bytes | None:
        if attachment_id is None:
            return None
        try:
            return (await asyncio.to_thread(self.files.get, attachment_key(str(attachment_id)))).data
        except ObjectMissing:
            raise NotFound("attachment") from None
