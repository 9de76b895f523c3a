"""What any id is: a look into each table by its key. Called by the accounts servicer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from servicekit.database import Pool
from servicekit.errors import NotFound
from servicekit.ids import time_of

# Names of people and what they wrote are not told.
_LOOKS: Final = {
    "service": "select name, id, created_at from services where id = %(id)s",
    "organisation": "select name, null::uuid, created_at from organisations where id = %(id)s",
    "user": "select '', null::uuid, created_at from users where id = %(id)s",
    "template": "select v.name, t.service_id, t.created_at from templates t join template_versions v "
    "on v.template_id = t.id and v.version = t.current_version where t.id = %(id)s",
    "api_key": "select name, service_id, created_at from api_keys where id = %(id)s",
    "sms_sender": "select '', service_id, created_at from sms_senders where id = %(id)s",
    "email_reply_to": "select '', service_id, created_at from email_reply_tos where id = %(id)s",
    "letter_contact": "select '', service_id, created_at from letter_contacts where id = %(id)s",
    "notification": "select '', service_id, null::timestamptz from notifications where id = %(id)s "
    "union all select '', service_id, null::timestamptz from notification_history where id = %(id)s",
    "job": "select '', service_id, null::timestamptz from jobs where id = %(id)s",
    "received_text": "select '', service_id, null::timestamptz from received_texts where id = %(id)s",
    "callback": "select '', service_id, null::timestamptz from callbacks where id = %(id)s",
    "event": "select type, service_id, happened_at from audit_events where id = %(id)s",
}
_QUERY: Final = " union all ".join(
    f"select '{kind}', found.* from ({look}) as found (name, service_id, created_at)"  # noqa: S608 -- constants
    for kind, look in _LOOKS.items()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What an id is."""

    kind: str
    name: str
    service_id: UUID | None
    created_at: datetime


async def describe(pool: Pool, id: UUID) -> Description:
    """What has this id. Raises NotFound."""
    async with pool.connection() as connection:
        cursor = await connection.execute(_QUERY.encode(), {"id": id})
        row = await cursor.fetchone()
    if row is None:
        raise NotFound("id")
    kind, name, service_id, created_at = row
    return Description(kind=kind, name=name, service_id=service_id, created_at=created_at or time_of(id))
