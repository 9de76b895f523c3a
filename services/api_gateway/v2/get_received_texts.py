"""GET /v2/received-text-messages: texts that people sent to a service.

Nothing takes received texts in yet, so every page is empty; the request is checked all the same.
"""

from services.api_gateway.auth import Caller
from services.api_gateway.http import Answer, Request, json_answer
from services.api_gateway.schemas import RECEIVED_TEXTS_QUERY, check_values, query_values


async def get_received_texts(request: Request, _caller: Caller) -> Answer:
    """GET /v2/received-text-messages."""
    check_values(RECEIVED_TEXTS_QUERY, query_values(request.query()))
    links = {"current": f"{request.root}/v2/received-text-messages"}
    return json_answer(200, {"received_text_messages": [], "links": links})
