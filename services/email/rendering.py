"""Turning an email's template and values into what is sent, with templates kept compiled.

The rules are in `notifyrules`; here are the cache, the values' JSON and the branding. Called by `sending.py`
and, for previews, by `service.py`.
"""

import asyncio
import json
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from deliverykit.types import EmailBranding, EmailContent
from notifyrules import email_document
from notifyrules.placeholders import Personalisation
from notifyrules.templates import EmailTemplate

_LARGE_CHARACTERS: Final = 4_000
"""Template and values above this are rendered in a thread: about 5 ms of CPU (1.4 µs a character), for which
nobody should wait."""


class Unrenderable(ValueError):  # noqa: N818 -- says what is wrong; no content is in its text
    """The values are not a JSON object."""

    def __init__(self) -> None:
        super().__init__("The values are not a JSON object")


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedEmail:
    """The parts of an email. All personal data, so left out of its `repr`."""

    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)


class Renderer:
    """Renders emails; keeps the templates that were used last."""

    def __init__(self, *, cache_characters: int) -> None:
        """`cache_characters`: how much template text is kept compiled; 0 keeps none."""
        self._max_characters = cache_characters
        self._characters = 0
        self._templates: OrderedDict[tuple[str, str], EmailTemplate] = OrderedDict()
        # One thread: rendering holds the interpreter's lock, so that more of them would only fight the event
        # loop for it.
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="render")

    async def close(self) -> None:
        """Let what waits for the thread end."""
        self._executor.shutdown(wait=False)

    async def render(self, content: EmailContent) -> RenderedEmail:
        """Render an email as it is sent. Raises Unrenderable."""
        template = self._template(content.subject_template, content.body_template)
        link = content.one_click_unsubscribe_url if content.show_unsubscribe_link else None
        render = partial(_render, template, content.personalisation_json, link, _branding(content.branding))
        if len(content.body_template) + len(content.personalisation_json) > _LARGE_CHARACTERS:
            return await asyncio.get_running_loop().run_in_executor(self._executor, render)
        return render()

    async def preview(self, subject: str, body: str, personalisation_json: str) -> RenderedEmail:
        """Render a template that may never be used again, in the neutral look. Raises Unrenderable."""
        template = EmailTemplate(subject, body)
        render = partial(_render, template, personalisation_json, None, email_document.NO_BRANDING)
        return await asyncio.get_running_loop().run_in_executor(self._executor, render)

    def _template(self, subject: str, body: str) -> EmailTemplate:
        key = (subject, body)
        template = self._templates.get(key)
        if template is not None:
            self._templates.move_to_end(key)
            return template
        template = EmailTemplate(subject, body)
        self._templates[key] = template
        self._characters += len(subject) + len(body)
        while self._characters > self._max_characters:
            (old_subject, old_body), _ = self._templates.popitem(last=False)
            self._characters -= len(old_subject) + len(old_body)
        return template


def _render(
    template: EmailTemplate,
    personalisation_json: str,
    unsubscribe_link: str | None,
    branding: email_document.EmailBranding,
) -> RenderedEmail:
    rendered = template.render(
        _personalisation(personalisation_json), unsubscribe_link=unsubscribe_link, branding=branding
    )
    return RenderedEmail(subject=rendered.subject, text=rendered.text, html=rendered.html)


def _personalisation(text: str) -> Personalisation:
    # The standard library's reader, as numbers must look as they were given: msgspec reads large ones as
    # floats.
    try:
        values = json.loads(text) if text else {}
    except (ValueError, RecursionError) as err:
        raise Unrenderable from err
    if not isinstance(values, dict):
        raise Unrenderable
    return Personalisation(values)


def _branding(branding: EmailBranding | None) -> email_document.EmailBranding:
    if branding is None:
        return email_document.NO_BRANDING
    return email_document.EmailBranding(
        name=branding.text or None,
        colour=branding.colour or None,
        logo_url=branding.logo_url or None,
        alt_text=branding.alt_text or None,
        has_banner=branding.banner,
    )
