"""TokensService: which tokens people have, and which of them are good no longer."""

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Final

from google.protobuf.timestamp_pb2 import Timestamp
from grpc.aio import ServicerContext

from notify.operations.v1 import tokens_pb2 as pb
from notify.operations.v1.tokens_pb2_grpc import TokensServiceServicer
from servicekit.clock import Clock
from servicekit.errors import RuleBroken
from servicekit.request_context import current_caller
from services.notifications.convert.values import invalid, page_size
from services.notifications.tokens_store import RecordedToken, TokensStore

Context = ServicerContext[Any, Any]

_PAGE: Final = 50
_MAX_PAGE: Final = 1_000
_MAX_AT_ONCE: Final = 1_000
_SUBJECT: Final = re.compile(r"[a-z0-9._@-]{1,64}")


class TokensServicer(TokensServiceServicer):
    """Keeps the lists."""

    def __init__(self, store: TokensStore, clock: Clock, revoked: Callable[[], Awaitable[None]]) -> None:
        """`revoked` is called when there is something new for this process to know."""
        self._store = store
        self._clock = clock
        self._revoked = revoked

    async def RecordToken(  # noqa: N802 -- the name of the RPC
        self, request: pb.RecordTokenRequest, context: Context
    ) -> pb.RecordTokenResponse:
        """Write down the token of the call."""
        caller = current_caller()
        if caller is None or caller.token is None or not caller.token.id:
            raise RuleBroken("CONFLICT", "Only a person's token can be recorded, and one that has an id")
        token = RecordedToken(
            id=caller.token.id,
            name=caller.name,
            role=", ".join(sorted(caller.roles)),
            issued_at=caller.token.issued_at,
            ends_at=caller.token.ends_at,
        )
        await self._store.insert(token, self._clock.now())
        return pb.RecordTokenResponse(token=_token(token))

    async def ListTokens(  # noqa: N802
        self, request: pb.ListTokensRequest, context: Context
    ) -> pb.ListTokensResponse:
        """List what was recorded."""
        limit = page_size(request.page_size, _PAGE, _MAX_PAGE)
        found = await self._store.page(
            _subject(request.name, "name") if request.HasField("name") else None,
            _subject(request.page_token, "page_token") if request.HasField("page_token") else None,
            limit,
            self._clock.now(),
        )
        return pb.ListTokensResponse(
            tokens=[_token(token) for token in found],
            next_page_token=found[-1].id if len(found) == limit else None,
        )

    async def RevokeTokens(  # noqa: N802
        self, request: pb.RevokeTokensRequest, context: Context
    ) -> pb.RevokeTokensResponse:
        """Make tokens good no longer."""
        ids, names = _subjects(request.token_ids, "token_ids"), _subjects(request.names, "names")
        if not 1 <= len(ids) + len(names) <= _MAX_AT_ONCE:
            raise invalid("token_ids", f"between 1 and {_MAX_AT_ONCE} token_ids and names are wanted")
        count = await self._store.revoke(ids, names, self._clock.now())
        await self._revoked()
        return pb.RevokeTokensResponse(revoked_count=count)

    async def ListRevocations(  # noqa: N802
        self, request: pb.ListRevocationsRequest, context: Context
    ) -> pb.ListRevocationsResponse:
        """Tell services what to refuse."""
        found = await self._store.revocations(self._clock.now())
        return pb.ListRevocationsResponse(
            token_ids=sorted(found.token_ids),
            people=[
                pb.PersonRevocation(name=name, not_before_time=_stamp(at))
                for name, at in sorted(found.not_before.items())
            ],
        )


def _subjects(texts: Sequence[str], field: str) -> list[str]:
    return [_subject(text, field) for text in texts]


def _subject(text: str, field: str) -> str:
    if not _SUBJECT.fullmatch(text):
        raise invalid(field, f"{field} must be as `notifyctl token list` shows them")
    return text


def _token(token: RecordedToken) -> pb.PersonToken:
    return pb.PersonToken(
        id=token.id,
        name=token.name,
        role=token.role,
        create_time=_stamp(token.issued_at),
        end_time=_stamp(token.ends_at),
        revoked=token.revoked,
    )


def _stamp(moment: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp
