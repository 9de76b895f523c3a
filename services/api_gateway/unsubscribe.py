"""POST /unsubscribe/<notification id>/<token>: one-click unsubscribe links that the notifications service
made.

Only that service can tell whether a token is its own, and it has no call for it yet. Until then a link that
can't be one is refused as the public contract says (section 14), and for any other one the truth is told.
"""

import re
from typing import Final

from servicekit.errors import Unimplemented
from servicekit.ids import parse_id
from services.api_gateway import errors
from services.api_gateway.http import Answer, Request

_NOT_VALID: Final = {"unsubscribe request": "This is not a valid unsubscribe link."}
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
"""32 bytes in URL-safe base64."""


async def post_unsubscribe(request: Request) -> Answer:
    """POST /unsubscribe/<notification id>/<token>."""
    notification_id, token = request.path_values
    if not _is_id(notification_id) or not _TOKEN.fullmatch(token):
        return errors.plain_answer(404, _NOT_VALID)
    raise Unimplemented("Unsubscribing is not available yet")


def _is_id(text: str) -> bool:
    try:
        parse_id(text)
    except ValueError:
        return False
    return True
