"""POST /unsubscribe/<notification id>/<token>: one-click unsubscribe links that the notifications service
made, and alone can read. The answers are the public contract's (section 14).
"""

from typing import Final

from services.api_gateway import errors
from services.api_gateway.http import Answer, Request, json_answer
from services.api_gateway.ports import UnsubscribeOutcome, UnsubscribePort

_DONE: Final = {"result": "success", "message": "Unsubscribe successful"}
_NOT_VALID: Final = {"unsubscribe request": "This is not a valid unsubscribe link."}
_UNKNOWN: Final = {"unsubscribe request": "This unsubscribe link is invalid or expired."}


class PostUnsubscribe:
    """Takes clicks on links."""

    def __init__(self, unsubscribing: UnsubscribePort) -> None:
        self._unsubscribing = unsubscribing

    async def post(self, request: Request) -> Answer:
        """POST /unsubscribe/<notification id>/<token>; whatever the body says."""
        notification_id, token = request.path_values
        match await self._unsubscribing.unsubscribe(notification_id, token):
            case UnsubscribeOutcome.ACCEPTED:
                return json_answer(200, _DONE)
            case UnsubscribeOutcome.BAD_TOKEN:
                return errors.plain_answer(404, _NOT_VALID)
            case UnsubscribeOutcome.UNKNOWN_NOTIFICATION:
                return errors.plain_answer(404, _UNKNOWN)
