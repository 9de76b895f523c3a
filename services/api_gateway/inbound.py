"""Received texts of providers: `/notifications/sms/receive/mmg` and `/firetext`.

Body and credentials go as they came to the sms service, which knows the provider; here is only how what it
says is told to the provider (the providers' facts of the public contract). A provider that is answered 5xx
comes again.
"""

from typing import Final

from services.api_gateway import errors
from services.api_gateway.http import TEXT, Answer, Request, json_answer
from services.api_gateway.ports import InboundAnswer, SmsPort, SmsProvider

_NO_CREDENTIALS: Final = "Unauthorized: authentication token must be provided"
_WRONG_CREDENTIALS: Final = "Forbidden: invalid authentication token provided"


class InboundTexts:
    """Takes received texts."""

    def __init__(self, sms: SmsPort) -> None:
        self._sms = sms

    async def mmg(self, request: Request) -> Answer:
        """POST /notifications/sms/receive/mmg."""
        return await self._receive(SmsProvider.MMG, request)

    async def firetext(self, request: Request) -> Answer:
        """POST /notifications/sms/receive/firetext."""
        return await self._receive(SmsProvider.FIRETEXT, request)

    async def _receive(self, provider: SmsProvider, request: Request) -> Answer:
        result = await self._sms.hand_inbound(
            provider, await request.body(), request.header(b"authorization")
        )
        match result.answer:
            case InboundAnswer.OK:
                return json_answer(200, {"status": "ok"})
            case InboundAnswer.RECEIVED:
                return Answer(200, b"RECEIVED", content_type=TEXT)
            case InboundAnswer.NO_CREDENTIALS:
                return errors.plain_answer(
                    401, _NO_CREDENTIALS, extra_headers=((b"www-authenticate", b"Bearer"),)
                )
            case InboundAnswer.WRONG_CREDENTIALS:
                return errors.plain_answer(403, _WRONG_CREDENTIALS)
            case InboundAnswer.MALFORMED:
                return errors.plain_answer(400, list(result.faults))
