"""Amazon SES, API version 2: one `SendEmail` for each email, over one client that is kept open.

Here are the mapping of an email to the request and of SES's answers to our outcomes (API reference:
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html). When to try again is the queue's
decision, so botocore's own retries are off. What SES reports later arrives through SNS: see `receipts.py`.

SES's texts are never used: they repeat addresses.
"""

import asyncio
import contextlib
import re
import socket
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from aiohttp import ClientConnectorError
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
)
from botocore.exceptions import (
    ConnectionError as BotoConnectionError,
)
from botocore.parsers import ResponseParserError

from deliverykit.types import HandedOver, Refused, RetryLater
from services.email.clients.addresses import UnusableAddress, ascii_address, mailbox
from services.email.clients.provider import OutgoingEmail

_SOCKET_TIMEOUT_S: Final = 10
_CALL_TIMEOUT_S: Final = 25.0
"""Connecting, and an answer that comes drop by drop, included; well below the term of a lease."""

_REFUSED: Final = frozenset({"InvalidParameterValue", "InvalidParameterValueException"})
"""The request can never be accepted. Every other error may pass: even `MessageRejected` and
`BadRequestException` are also answered for faults of the account that somebody will mend."""
_THROTTLED: Final = frozenset(
    {"TooManyRequestsException", "TooManyRequests", "ThrottlingException", "Throttling", "RequestThrottled"}
)
_TOO_MANY_REQUESTS: Final = 429
_ERROR_CODE: Final = re.compile(r"[A-Za-z]{1,60}")
_PRINTABLE_ASCII: Final = re.compile(r"[!-~]+")
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_WORD_START: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class SesAccount:
    """Where SES is and who asks."""

    region: str
    endpoint_url: str | None
    """None: the region's own endpoint."""
    access_key_id: str | None
    """None: as AWS's tools find credentials (a role of the machine or the pod)."""
    secret_access_key: str | None


@contextlib.asynccontextmanager
async def open_ses(account: SesAccount, *, max_connections: int) -> AsyncIterator["Ses"]:
    """A client with its own pool of connections, closed at the end of the block."""
    config = AioConfig(
        max_pool_connections=max_connections,
        connect_timeout=_SOCKET_TIMEOUT_S,
        read_timeout=_SOCKET_TIMEOUT_S,
        retries={"total_max_attempts": 1, "mode": "standard"},
        # Cost a send 490 µs of CPU without these and 375 µs with them, most of it for the name: botocore puts
        # its own together again for each request.
        user_agent="notify",
        parameter_validation=False,
        disable_request_compression=True,
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    async with get_session().create_client(
        "sesv2",
        region_name=account.region,
        endpoint_url=account.endpoint_url,
        aws_access_key_id=account.access_key_id,
        aws_secret_access_key=account.secret_access_key,
        config=config,
    ) as client:
        yield Ses(client)


class Ses:
    """An `EmailProvider`."""

    name = "ses"

    def __init__(self, client: Any) -> None:
        self._client = client

    async def send(self, email: OutgoingEmail) -> HandedOver | RetryLater | Refused:
        """Hand over one email; see `EmailProvider`."""
        try:
            request = send_email_request(email)
        except UnusableAddress:
            return Refused(error_code="invalid_address")
        except UnusableLink:
            return Refused(error_code="invalid_unsubscribe_link")
        try:
            async with asyncio.timeout(_CALL_TIMEOUT_S):
                answer = await self._client.send_email(**request)
        except ClientError as err:
            return _outcome_of_error(err.response)
        except ConnectTimeoutError:
            return RetryLater(error_code="timeout")
        except (TimeoutError, ReadTimeoutError):
            return RetryLater(error_code="timeout", may_be_out=True)
        except (BotoConnectionError, HTTPClientError) as err:
            return RetryLater(error_code="connection", may_be_out=not _is_before_sending(err))
        except (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError):
            return RetryLater(error_code="no_credentials", no_provider=True)
        except ResponseParserError:
            return RetryLater(error_code="client_error", may_be_out=True)
        except BotoCoreError:
            return RetryLater(error_code="client_error")
        message_id = str(answer.get("MessageId", ""))
        if not _PRINTABLE_ASCII.fullmatch(message_id):
            # Not an answer of SES; and no receipt could be told to be about this email.
            return RetryLater(error_code="bad_answer", may_be_out=True)
        return HandedOver(provider_reference=message_id)


class UnusableLink(ValueError):  # noqa: N818 -- says what is wrong; the link is in no text of it
    """An unsubscribe link that can't stand in a header."""


def send_email_request(email: OutgoingEmail) -> dict[str, object]:
    """The arguments of `SendEmail`. Raises UnusableAddress and UnusableLink."""
    reply_to = email.reply_to_address
    return {
        "FromEmailAddress": mailbox(email.from_name, email.from_address),
        "Destination": {
            "ToAddresses": [ascii_address(email.to_address.lower())],
            "CcAddresses": [],
            "BccAddresses": [],
        },
        "ReplyToAddresses": [] if reply_to is None else [ascii_address(reply_to)],
        "Content": {
            "Simple": {
                # SES writes it into a header, where a line break would begin another one.
                "Subject": {"Data": _CONTROLS.sub(" ", email.subject)},
                "Body": {"Text": {"Data": email.text}, "Html": {"Data": email.html}},
                "Headers": _unsubscribe_headers(email.unsubscribe_url),
            }
        },
        "EmailTags": [{"Name": "notification_id", "Value": str(email.notification_id)}],
    }


def _unsubscribe_headers(url: str | None) -> list[dict[str, str]]:
    """Headers for one-click unsubscribing (RFC 8058). Raises UnusableLink."""
    if url is None:
        return []
    if not _PRINTABLE_ASCII.fullmatch(url) or "<" in url or ">" in url:
        raise UnusableLink("The link can't be written in a header")
    return [
        {"Name": "List-Unsubscribe", "Value": f"<{url}>"},
        {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
    ]


def _is_before_sending(failure: BotoCoreError) -> bool:
    """Whether the connection failed before the request went out: SES can't have the email.

    `EndpointConnectionError` stands for more than connecting: a connection that was reset, too.
    """
    if isinstance(failure, SSLError | ProxyConnectionError):
        return True
    if not isinstance(failure, EndpointConnectionError):
        return False
    return isinstance(failure.kwargs.get("error"), ClientConnectorError | socket.gaierror)


def _outcome_of_error(response: Mapping[str, Any]) -> RetryLater | Refused:
    code = str(response.get("Error", {}).get("Code", ""))
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _REFUSED:
        return Refused(error_code="invalid_parameter")
    if code in _THROTTLED or status == _TOO_MANY_REQUESTS:
        return RetryLater(error_code="throttled")
    if _ERROR_CODE.fullmatch(code):
        return RetryLater(error_code=_WORD_START.sub("_", code.removesuffix("Exception")).lower())
    return RetryLater(error_code=f"http_{status}")
