"""templates.proto ⇄ values."""

from datetime import datetime
from uuid import UUID

from notify.notifications.v1 import templates_pb2 as pb
from notifyrules.statuses import NotificationType
from servicekit.ids import new_id
from services.notifications.accounts import LetterContactChange
from services.notifications.convert.values import (
    TYPE_NUMBERS,
    id_from,
    optional_id_from,
    timestamp,
    type_from,
)
from services.notifications.sending_services import TemplateVersion, compiled
from services.notifications.templates import Preview, TemplateChanges

DEFAULT_POSTAGE = "second"


def template(version: TemplateVersion) -> pb.Template:
    """One version of a template."""
    return pb.Template(
        id=str(version.id),
        service_id=str(version.service_id),
        type=TYPE_NUMBERS[version.type],
        name=version.name,
        version=version.version,
        body=version.body,
        subject=version.subject,
        create_time=timestamp(version.created_at),
        update_time=timestamp(version.updated_at) if version.updated_at is not None else None,
        created_by_email_address=version.created_by,
        postage=version.postage,
        letter_contact_block=version.letter_contact_block,
        placeholders=compiled(version).placeholders,
        is_priority=version.is_priority,
        is_archived=version.archived,
        has_unsubscribe_link=version.has_unsubscribe_link,
        letter_welsh_subject=version.letter_welsh_subject,
        letter_welsh_body=version.letter_welsh_body,
        letter_attachment_id=None
        if version.letter_attachment_id is None
        else str(version.letter_attachment_id),
    )


def new_template(request: pb.CreateTemplateRequest, now: datetime) -> TemplateVersion:
    """A template to make. Raises InvalidRequest."""
    type = type_from(request.type)
    postage = request.postage if request.HasField("postage") else None
    if type is NotificationType.LETTER and postage is None:
        postage = DEFAULT_POSTAGE
    return TemplateVersion(
        id=id_from(request.request_id, "request_id") if request.HasField("request_id") else new_id(),
        service_id=id_from(request.service_id, "service_id"),
        type=type,
        name=request.name,
        version=1,
        body=request.body,
        subject=request.subject if request.HasField("subject") else None,
        postage=postage,
        letter_contact_block=None,
        is_priority=request.is_priority,
        has_unsubscribe_link=request.has_unsubscribe_link,
        archived=False,
        created_at=now,
        updated_at=None,
        created_by=None,
        letter_welsh_subject=_given(request, "letter_welsh_subject"),
        letter_welsh_body=_given(request, "letter_welsh_body"),
        letter_attachment_id=optional_id_from(
            request.letter_attachment_id,
            "letter_attachment_id",
            present=request.HasField("letter_attachment_id"),
        ),
    )


def letter_contact_id(request: pb.CreateTemplateRequest) -> UUID | None:
    """The letter contact of a template to make. Raises InvalidRequest."""
    return optional_id_from(
        request.letter_contact_id, "letter_contact_id", present=request.HasField("letter_contact_id")
    )


def template_changes(request: pb.UpdateTemplateRequest) -> TemplateChanges:
    """What is to change of a template."""
    return TemplateChanges(
        name=request.name if request.HasField("name") else None,
        body=request.body if request.HasField("body") else None,
        subject=request.subject if request.HasField("subject") else None,
        postage=request.postage if request.HasField("postage") else None,
        is_priority=request.is_priority if request.HasField("is_priority") else None,
        has_unsubscribe_link=request.has_unsubscribe_link
        if request.HasField("has_unsubscribe_link")
        else None,
        letter_welsh_subject=_given(request, "letter_welsh_subject"),
        letter_welsh_body=_given(request, "letter_welsh_body"),
        letter_attachment_id=_id_or_nothing(request, "letter_attachment_id"),
        letter_contact=_letter_contact(request),
    )


def _letter_contact(request: pb.UpdateTemplateRequest) -> LetterContactChange | None:
    given = _id_or_nothing(request, "letter_contact_id")
    return None if given is None else LetterContactChange(id=given if isinstance(given, UUID) else None)


def _given(request: pb.CreateTemplateRequest | pb.UpdateTemplateRequest, name: str) -> str | None:
    return str(getattr(request, name)) if request.HasField(name) else None


def _id_or_nothing(request: pb.UpdateTemplateRequest, name: str) -> UUID | str | None:
    """An id; the empty text where one is to be removed, None where nothing is said. Raises InvalidRequest."""
    text = _given(request, name)
    return id_from(text, name) if text else text


def preview_response(preview: Preview) -> pb.PreviewTemplateResponse:
    """A template filled in."""
    return pb.PreviewTemplateResponse(
        template=template(preview.template), body=preview.body, subject=preview.subject, html=preview.html
    )
