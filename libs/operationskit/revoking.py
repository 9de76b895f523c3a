"""Which tokens of people are good no longer, kept fresh in every process that people may call.

The notifications service keeps the list (`TokensService`); each process asks for it every few seconds and goes by what
it heard last while nobody answers. Until it has heard once, it lets no person in: a process that has just started must
not take a token that all others refuse. Services and tools are not concerned. Called by each service's `__main__`.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC
from typing import Final

import structlog

from notify.operations.v1 import tokens_pb2, tokens_pb2_grpc
from servicekit.errors import DeadlineExceeded, Unavailable, Unimplemented
from servicekit.grpc_client import Channel
from servicekit.identity import CallerTokens, Revocations
from servicekit.lifecycle import Lifecycle

log = structlog.get_logger()

REFRESH_EVERY_S: Final = 5.0
_TIMEOUT_S: Final = 2.0

Load = Callable[[], Awaitable[Revocations]]
"""Reads what was revoked. Raises Unavailable or DeadlineExceeded."""


class Revoking:
    """Keeps one process's knowledge fresh."""

    def __init__(self, tokens: CallerTokens, load: Load) -> None:
        self._tokens = tokens
        self._load = load
        tokens.expect_revocations()

    async def refresh(self) -> None:
        """Ask what was revoked; while nobody answers, what was heard last holds."""
        try:
            self._tokens.set_revocations(await self._load())
        except Unimplemented:
            # A notifications service of the release before, while releases change: it can have revoked nothing.
            self._tokens.set_revocations(Revocations())
        except (Unavailable, DeadlineExceeded) as err:
            log.info("revocations_not_refreshed", reason=err.reason)


async def start_revoking(lifecycle: Lifecycle, tokens: CallerTokens, load: Load) -> Revoking:
    """Ask once, and then every few seconds. Before the server starts."""
    revoking = Revoking(tokens, load)
    await revoking.refresh()
    lifecycle.start_periodic("revoked tokens", REFRESH_EVERY_S, revoking.refresh)
    return revoking


def asking(channel: Channel) -> Load:
    """How services other than notifications read it: `channel` is to that one."""
    stub: tokens_pb2_grpc.TokensServiceAsyncStub = tokens_pb2_grpc.TokensServiceStub(channel.grpc)

    async def load() -> Revocations:
        answer = await channel.call(
            stub.ListRevocations, tokens_pb2.ListRevocationsRequest(), timeout_s=_TIMEOUT_S
        )
        return Revocations(
            token_ids=frozenset(answer.token_ids),
            not_before={each.name: each.not_before_time.ToDatetime(UTC) for each in answer.people},
        )

    return load
