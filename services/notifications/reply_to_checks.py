"""Reply-to addresses that are added once an email has reached them: a misspelt one would swallow what people answer.

The email is an ordinary notification, from a template of the system's own service that the setting
`reply_to_template_id` names. The check is stored before the email is made, with the email's id, so that a call that is
repeated after any crash sends no second email. Called by the accounts servicer.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from notifyrules.statuses import KeyType, NotificationStatus, NotificationType, is_final
from servicekit.clock import Clock
from servicekit.errors import NotFound, RuleBroken, ServiceError
from servicekit.ids import bucket_of, new_id
from services.notifications.accounts import Sender
from services.notifications.caches import TtlCache
from services.notifications.creating import Creating
from services.notifications.new_notifications import NewNotification
from services.notifications.senders_store import SendersStore, Verification
from services.notifications.sending_services import TemplateVersion
from services.notifications.store import Store, StoredNotification


class CheckState(StrEnum):
    """How a check stands."""

    PENDING = "pending"
    VERIFIED = "verified"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyToCheck:
    """A check as it stands."""

    state: CheckState
    reply_to: Sender | None  # once it is there
    notification_id: UUID


class ReplyToChecks:
    """Sends the emails and adds the addresses."""

    def __init__(
        self,
        store: SendersStore,
        notifications: Store,
        *,
        creating: Creating,
        templates: TtlCache[UUID, TemplateVersion],
        template_id: UUID,
        clock: Clock,
    ) -> None:
        self._store = store
        self._notifications = notifications
        self._creating = creating
        self._templates = templates
        self._template_id = template_id
        self._clock = clock

    async def check(self, id: UUID, service_id: UUID, address: str, *, is_default: bool) -> ReplyToCheck:
        """Begin a check, or tell how the one of this id stands; adds the address once the email has arrived.

        Raises NotFound for the service, Conflict for another check's id, RuleBroken where no template is set up.
        """
        template = await self._template()
        wanted = Verification(
            id=id,
            service_id=service_id,
            value=address,
            is_default=is_default,
            notification_id=new_id(bucket=bucket_of(template.service_id)),
            email_reply_to_id=None,
        )
        verification = await self._store.start_verification(wanted, self._clock.now())
        email = await self._notifications.find_notification(verification.notification_id)
        if email is None:
            await self._send(verification, template)
        return await self._outcome(verification, email)

    async def _outcome(self, verification: Verification, email: StoredNotification | None) -> ReplyToCheck:
        state, reply_to = CheckState.PENDING, None
        if email is not None and email.status == NotificationStatus.DELIVERED:
            state = CheckState.VERIFIED
            reply_to = await self._store.finish_verification(
                verification.id,
                Sender(
                    id=new_id(),
                    value=verification.value,
                    is_default=verification.is_default,
                    archived=False,
                ),
            )
        elif email is not None and is_final(NotificationStatus(email.status)):
            state = CheckState.FAILED
        return ReplyToCheck(state=state, reply_to=reply_to, notification_id=verification.notification_id)

    async def _template(self) -> TemplateVersion:
        try:
            template = await self._templates.get(self._template_id)
        except NotFound:
            template = None
        if template is None or template.archived or template.type is not NotificationType.EMAIL:
            raise RuleBroken(
                "CONFLICT", "No email template is set up for checks of reply-to addresses; add it without one"
            )
        return template

    async def _send(self, verification: Verification, template: TemplateVersion) -> None:
        new = NewNotification(
            id=verification.notification_id,
            service_id=template.service_id,
            api_key_id=None,
            key_type=KeyType.NORMAL,
            type=NotificationType.EMAIL,
            template_id=template.id,
            recipient=verification.value,
            personalisation="",
            reference=None,
            sms_sender_id=None,
            email_reply_to_id=None,
            one_click_unsubscribe_url=None,
            sanitise_content_for=(),
        )
        (result,) = await self._creating.create([new])
        if isinstance(result, ServiceError):
            raise result
