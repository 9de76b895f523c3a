"""GET /v2/received-text-messages: texts that people sent to a service, in pages, newest first."""

from notify.notifications.v1 import received_texts_pb2
from services.api_gateway import answers
from services.api_gateway.auth import Caller
from services.api_gateway.convert import time_text
from services.api_gateway.field_rules import canonical_id
from services.api_gateway.http import Answer, Request, json_answer
from services.api_gateway.ports import ReceivedTextsPort
from services.api_gateway.schemas import RECEIVED_TEXTS_QUERY, check_values, query_values


class GetReceivedTexts:
    """Reads pages of received texts."""

    def __init__(self, received_texts: ReceivedTextsPort) -> None:
        self._received_texts = received_texts

    async def read(self, request: Request, caller: Caller) -> Answer:
        """GET /v2/received-text-messages: with any type of key. Links never keep the query."""
        values = query_values(request.query())
        check_values(RECEIVED_TEXTS_QUERY, values)
        older_than = values.get("older_than")
        page = await self._received_texts.page(
            caller.service.service_id, canonical_id(older_than) if isinstance(older_than, str) else None
        )
        url = f"{request.root}/v2/received-text-messages"
        links: answers.Links = {"current": url}
        if page:
            links["next"] = f"{url}?older_than={page[-1].id}"
        answer: answers.ReceivedTexts = {
            "received_text_messages": [_received_text_json(text) for text in page],
            "links": links,
        }
        return json_answer(200, answer)


def _received_text_json(text: received_texts_pb2.ReceivedText) -> answers.ReceivedText:
    return {
        "id": text.id,
        "created_at": time_text(text.create_time),
        "service_id": text.service_id,
        "notify_number": text.notify_number,
        "user_number": text.user_number,
        "content": text.content,
    }
