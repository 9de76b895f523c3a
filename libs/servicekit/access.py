"""Who may call what: one row of a service's table for each RPC, and the roles that people have.

Each service keeps its table in `callers.py`; `grpc_server` checks that it names every RPC, `rpc_chain` holds each call
against it, and docs/roles.md is written from all of them. Who a caller is, is `identity`'s matter.
"""

from dataclasses import dataclass
from enum import StrEnum

from servicekit.identity import Caller


class Role(StrEnum):
    """What a person may do; each role may do what the ones before it may."""

    VIEWER = "viewer"
    """Look."""
    OPERATOR = "operator"
    """Do what the runbook asks for from day to day."""
    ADMIN = "admin"
    """Decide who may send and who may look: going live, archiving, agreements, users, keys."""


_RANKS = {role.value: rank for rank, role in enumerate(Role)}


@dataclass(frozen=True, slots=True)
class Access:
    """A row: who may call an RPC."""

    services: frozenset[str] = frozenset()
    """Names of our own services, and of tools that hold the callers' key."""
    role: Role | None = None
    """The lowest role with which a person may; None: no person may."""
    is_change: bool = False
    """It changes something that is kept: a person must say why."""

    def allows(self, caller: Caller) -> bool:
        """Whether a caller may."""
        if not caller.is_person:
            return caller.name in self.services
        return self.role is not None and any(
            _RANKS.get(role, -1) >= _RANKS[self.role.value] for role in caller.roles
        )


def only(*services: str) -> Access:
    """For these services and for nobody else."""
    return Access(frozenset(services))


def reads(*services: str, role: Role = Role.VIEWER) -> Access:
    """For people who look, and for these services."""
    return Access(frozenset(services), role)


def changes(role: Role, *services: str) -> Access:
    """For people of at least this role who say why, and for these services."""
    return Access(frozenset(services), role, is_change=True)
