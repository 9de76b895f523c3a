"""Receipts of providers: `/notifications/sms/mmg`, `/sms/firetext`, `/email/ses` and `/letter/status`.

Bodies go as they came to the service that knows the provider; here is only what the provider is answered (the
providers' own formats: their services). A provider that is answered 5xx comes again.
"""

from typing import Final

from servicekit.errors import RuleBroken
from services.api_gateway import errors
from services.api_gateway.http import Answer, Request, json_answer
from services.api_gateway.ports import EmailPort, EmailReceiptOutcome, LettersPort, SmsPort, SmsProvider

_SUCCESS: Final = {"result": "success"}


class ProviderCallbacks:
    """Takes receipts."""

    def __init__(self, sms: SmsPort, email: EmailPort, letters: LettersPort) -> None:
        self._sms = sms
        self._email = email
        self._letters = letters

    async def mmg(self, request: Request) -> Answer:
        """POST /notifications/sms/mmg."""
        return await self._sms_receipt(SmsProvider.MMG, request)

    async def firetext(self, request: Request) -> Answer:
        """POST /notifications/sms/firetext."""
        return await self._sms_receipt(SmsProvider.FIRETEXT, request)

    async def ses(self, request: Request) -> Answer:
        """POST /notifications/email/ses: an SNS message."""
        outcome = await self._email.hand_receipt(await request.body())
        match outcome:
            case EmailReceiptOutcome.ACCEPTED:
                return json_answer(200, _SUCCESS)
            case EmailReceiptOutcome.MALFORMED:
                raise RuleBroken(errors.RECEIPT_MALFORMED, "SES callback failed: this is not an SNS message")
            case EmailReceiptOutcome.FORBIDDEN:
                raise RuleBroken(
                    errors.RECEIPT_FORBIDDEN, "SES callback failed: the signature is not acceptable"
                )

    async def letter_status(self, request: Request) -> Answer:
        """POST /notifications/letter/status?token=<signed notification id>. The token is checked before the body."""
        token = next((value for name, value in request.query() if name == "token"), "")
        if not token:
            raise RuleBroken(errors.CALLBACK_REFUSED, "A valid token must be provided in the query string")
        await self._letters.hand_receipt(await request.body(), token)
        return Answer(204, b"")

    async def _sms_receipt(self, provider: SmsProvider, request: Request) -> Answer:
        faults = await self._sms.hand_receipt(provider, await request.body())
        if faults:
            return errors.plain_answer(400, list(faults))
        return json_answer(200, _SUCCESS)
