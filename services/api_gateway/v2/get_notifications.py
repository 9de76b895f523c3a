"""GET /v2/notifications: read messages in pages, newest first."""

from collections.abc import Mapping
from urllib.parse import urlencode

from notifyrules.statuses import NotificationType, stored_statuses_for_filter
from services.api_gateway import answers, convert
from services.api_gateway.auth import Caller
from services.api_gateway.field_rules import canonical_id
from services.api_gateway.http import Answer, Request, json_answer
from services.api_gateway.messages import NotificationsFilter
from services.api_gateway.ports import NotificationsPort
from services.api_gateway.schemas import NOTIFICATIONS_QUERY, check_values, query_values

Values = Mapping[str, str | list[str]]


class GetNotifications:
    """Reads pages of messages."""

    def __init__(self, notifications: NotificationsPort) -> None:
        self._notifications = notifications

    async def read(self, request: Request, caller: Caller) -> Answer:
        """GET /v2/notifications: those made with the caller's type of key."""
        values = query_values(request.query())
        check_values(NOTIFICATIONS_QUERY, values)
        page = await self._notifications.page(_filter(values, caller))
        root = request.root
        links: answers.Links = {"current": _link(root, values)}
        if page:
            links["next"] = _link(root, {**values, "older_than": page[-1].id})
        answer: answers.Notifications = {
            "notifications": [convert.notification_json(notification, root) for notification in page],
            "links": links,
        }
        return json_answer(200, answer)


def _filter(values: Values, caller: Caller) -> NotificationsFilter:
    older_than = _first(values, "older_than")
    return NotificationsFilter(
        service_id=caller.service.service_id,
        key_type=caller.key.type,
        types=tuple(NotificationType(value) for value in values.get("template_type", ())),
        statuses=frozenset().union(
            *(stored_statuses_for_filter(value) for value in values.get("status", ()))
        ),
        reference=_first(values, "reference"),
        include_jobs="include_jobs" in values,
        older_than=None if older_than is None else canonical_id(older_than),
    )


def _first(values: Values, name: str) -> str | None:
    value = values.get(name)
    return value if isinstance(value, str) else None


def _link(root: str, values: Values) -> str:
    query = urlencode(values, doseq=True)
    return f"{root}/v2/notifications?{query}" if query else f"{root}/v2/notifications"
