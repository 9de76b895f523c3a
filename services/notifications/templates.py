"""Making, changing and previewing templates. A change is a new version; versions never change. The SQL is in
`accounts_store`.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from notifyrules.placeholders import Personalisation
from notifyrules.statuses import NotificationType
from notifyrules.templates import EmailTemplate, SmsTemplate
from servicekit.clock import Clock
from servicekit.errors import Conflict, InvalidRequest, NotFound, RuleBroken, Violation
from services.notifications.accounts import LetterContactChange, checked_name
from services.notifications.accounts_store import AccountsStore
from services.notifications.contents import parse_personalisation
from services.notifications.preparing_letters import precompiled_template
from services.notifications.sending_services import TemplateVersion, compiled

POSTAGES = ("first", "second", "economy")
MAX_BODY_CHARACTERS = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateChanges:
    """What is to change; None leaves a field as it is."""

    name: str | None = None
    body: str | None = None
    subject: str | None = None
    postage: str | None = None
    is_priority: bool | None = None
    has_unsubscribe_link: bool | None = None
    archived: bool | None = None
    letter_welsh_subject: str | None = None  # empty: none any more, as with what follows
    letter_welsh_body: str | None = None
    letter_attachment_id: UUID | str | None = None
    letter_contact: LetterContactChange | None = None


_REMOVABLE = ("letter_welsh_subject", "letter_welsh_body", "letter_attachment_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A template filled in without being sent."""

    template: TemplateVersion
    body: str
    subject: str | None
    html: str | None  # emails


class Templates:
    """Templates of all services. One for each process."""

    def __init__(self, store: AccountsStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def create(
        self, template: TemplateVersion, letter_contact_id: UUID | None, user_id: UUID | None
    ) -> TemplateVersion:
        """Store a new template. Raises InvalidRequest, NotFound for the service, Conflict when the id is
        another's.
        """
        checked = checked_template(template)
        await self._store.insert_template(checked, letter_contact_id, user_id, self._clock.now())
        stored = await self.get(template.service_id, template.id, 1)
        if (stored.type, stored.name, stored.body) != (checked.type, checked.name, checked.body):
            raise Conflict("The request id was used for another template")
        return stored

    async def update(
        self,
        service_id: UUID,
        template_id: UUID,
        based_on_version: int,
        changes: TemplateChanges,
        user_id: UUID | None,
    ) -> TemplateVersion:
        """Store a new version. Raises InvalidRequest, NotFound, and Conflict when somebody else was first."""
        current = await self.get(service_id, template_id, 0)
        if current.hidden:
            raise NotFound("template")
        given = {
            name: value
            for name in TemplateChanges.__dataclass_fields__
            if (value := getattr(changes, name)) is not None and name != "letter_contact"
        }
        given |= {name: None for name in _REMOVABLE if given.get(name) == ""}
        changed = checked_template(replace(current, **given, version=based_on_version + 1))
        await self._store.add_template_version(
            changed, based_on_version, user_id, self._clock.now(), letter_contact=changes.letter_contact
        )
        return await self.get(service_id, template_id, changed.version)

    async def archive(self, service_id: UUID, template_id: UUID, user_id: UUID | None) -> TemplateVersion:
        """Archive a template, as a new version; again changes nothing. Raises NotFound."""
        current = await self.get(service_id, template_id, 0)
        if current.archived:
            return current
        return await self.update(
            service_id, template_id, current.version, TemplateChanges(archived=True), user_id
        )

    async def make_precompiled(self, service_id: UUID) -> None:
        """Store the template that stands for a service's uploaded letters; again changes nothing."""
        now = self._clock.now()
        await self._store.insert_hidden_template(precompiled_template(service_id, now), now)

    async def get(self, service_id: UUID, template_id: UUID, version: int) -> TemplateVersion:
        """A version of a service's template; 0 is the current one. Raises NotFound."""
        if version == 0:
            template = await self._store.load_current_template(template_id)
        else:
            template = await self._store.load_template_version((template_id, version))
        if template.service_id != service_id:
            raise NotFound("template")
        return template

    async def list(self, service_id: UUID, type: NotificationType | None) -> list[TemplateVersion]:
        """A service's templates that are not archived."""
        return await self._store.list_templates(service_id, type)

    async def preview(self, service_id: UUID, template_id: UUID, personalisation_json: str) -> Preview:
        """Fill in the current version. Raises NotFound, InvalidRequest, and RuleBroken for missing values."""
        template = await self.get(service_id, template_id, 0)
        ready = compiled(template)
        personalisation = Personalisation(parse_personalisation(personalisation_json))
        missing = ready.missing(personalisation)
        if missing:
            raise RuleBroken("MISSING_PERSONALISATION", f"Missing personalisation: {', '.join(missing)}")
        if isinstance(ready, SmsTemplate):
            return Preview(
                template=template, body=ready.render(personalisation).body, subject=None, html=None
            )
        return Preview(
            template=template,
            body=ready.body(personalisation),
            subject=ready.subject(personalisation),
            html=ready.html_fragment(personalisation) if isinstance(ready, EmailTemplate) else None,
        )


def checked_template(template: TemplateVersion) -> TemplateVersion:
    """A template whose fields fit its channel. Raises InvalidRequest with every fault."""
    faults = []
    if not template.body.strip() or len(template.body) > MAX_BODY_CHARACTERS or "\0" in template.body:
        faults.append(Violation("body", "body must not be empty"))
    if template.type is NotificationType.SMS:
        if template.subject is not None:
            faults.append(Violation("subject", "subject is for emails and letters only"))
    elif not (template.subject or "").strip() or "\0" in (template.subject or ""):
        faults.append(Violation("subject", "subject must not be empty"))
    faults += _letter_faults(template)
    if template.has_unsubscribe_link and template.type is not NotificationType.EMAIL:
        faults.append(Violation("has_unsubscribe_link", "has_unsubscribe_link is for emails only"))
    if faults:
        raise InvalidRequest(faults)
    return replace(template, name=checked_name("name", template.name))


def _letter_faults(template: TemplateVersion) -> list[Violation]:
    """What is wrong with what only letters have."""
    welsh = {
        "letter_welsh_subject": template.letter_welsh_subject,
        "letter_welsh_body": template.letter_welsh_body,
    }
    if template.type is not NotificationType.LETTER:
        only_of_letters = welsh | {
            "postage": template.postage,
            "letter_attachment_id": template.letter_attachment_id,
        }
        return [
            Violation(name, f"{name} is for letters only")
            for name, value in only_of_letters.items()
            if value is not None
        ]
    faults = []
    if template.postage not in POSTAGES:
        faults.append(Violation("postage", f"postage must be one of {', '.join(POSTAGES)}"))
    if any(value is not None for value in welsh.values()):
        faults += [
            Violation(name, f"{name} must not be empty in a letter in two languages")
            for name, value in welsh.items()
            if not (value or "").strip() or "\0" in (value or "")
        ]
        if len(template.letter_welsh_body or "") > MAX_BODY_CHARACTERS:
            faults.append(Violation("letter_welsh_body", "letter_welsh_body is too long"))
    return faults
