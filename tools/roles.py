"""Writes `docs/roles.md`: who may call which RPC, from the tables that the services hold calls against.

Made from the tables, so it cannot lie; a unit test fails when the file is not what this prints. `make roles`.
"""

import importlib
import sys
from collections.abc import Mapping
from pathlib import Path

from google.protobuf import descriptor_pool

from clients.notifyctl.stack.services import KINDS, ROOT
from operationskit.callers import OPERATIONS_CALLERS
from servicekit.access import Access, Role
from servicekit.grpc_server import access_by_method

TARGET = ROOT / "docs" / "roles.md"
HEAD = """\
# Who may call what

Every RPC of every service, made from the services' own tables by `make roles`; do not edit. Everything that is not here
is refused. People are known by tokens (`notifyctl token create`); a role may do what the ones before it may:

| role | for |
|---|---|
| viewer | looking |
| operator | what the runbook asks for from day to day |
| admin | who may send and who may look: going live, archiving, agreements, users, keys |

A *change* must be given a reason by people (`--reason`, gRPC metadata `notify-reason`) and is recorded
(`notifyctl events search`). Services and tools sign with the callers' key; `notifyctl` among them stands for internal
tools that hold it.
"""


def tables() -> dict[str, dict[str, Access]]:
    """By service, the row of each of its RPCs (`package.Service/Method`)."""
    return {kind.name: _table(kind.name) for kind in KINDS if kind.schema is not None}


def render() -> str:
    """The whole file."""
    parts = [HEAD]
    for service, table in tables().items():
        parts.append(f"## {service}\n\n| RPC | people from | change | services |\n|---|---|---|---|\n")
        parts += [_row(method, access) for method, access in table.items()]
        parts.append("\n")
    return "".join(parts).rstrip() + "\n"


def _row(method: str, access: Access) -> str:
    service, _, name = method.rpartition("/")
    people = access.role.value if access.role is not None else "nobody"
    change = "yes" if access.is_change else ""
    services = ", ".join(sorted(access.services))
    return f"| {service.rpartition('.')[2]}.{name} | {people} | {change} | {services} |\n"


def _table(service: str) -> dict[str, Access]:
    rows = _allowed_callers(service)
    _import_generated()
    pool = descriptor_pool.Default()
    names = dict.fromkeys(name.partition("/")[0] for name in rows)
    methods = [f"{name}/{method.name}" for name in names for method in pool.FindServiceByName(name).methods]
    return access_by_method(methods, rows)


def _allowed_callers(service: str) -> Mapping[str, Access | frozenset[str]]:
    has_file = (ROOT / "services" / service / "callers.py").exists()
    module = importlib.import_module(f"services.{service}.{'callers' if has_file else '__main__'}")
    table: Mapping[str, Access | frozenset[str]] = module.ALLOWED_CALLERS
    serves_tasks = "OPERATIONS_CALLERS" in (ROOT / "services" / service / "__main__.py").read_text()
    return {**table, **OPERATIONS_CALLERS} if serves_tasks else table


def _import_generated() -> None:
    for file in sorted((ROOT / "gen").rglob("*_pb2.py")):
        importlib.import_module(".".join(file.relative_to(ROOT / "gen").with_suffix("").parts))


def lower_roles(access: Access) -> list[str]:
    """Roles that are too low for a row."""
    roles = [role.value for role in Role]
    return roles if access.role is None else roles[: roles.index(access.role.value)]


if __name__ == "__main__":
    Path(TARGET).write_text(render(), encoding="utf-8")
    sys.stdout.write(f"{TARGET.relative_to(ROOT)} written\n")
