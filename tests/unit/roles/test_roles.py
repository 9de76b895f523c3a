"""Who may call what: the tables of all services, held against every RPC there is."""

import importlib
import re
from typing import Any

import grpc
import pytest

from clients.notifyctl.stack.services import ROOT
from servicekit.access import Access
from servicekit.errors import NotAllowed, ServiceError, from_rpc_error
from servicekit.grpc_server import GrpcServer, ServiceRegistration, make_server
from servicekit.identity import CallerTokens, PersonToken
from tests.people import OPERATOR, a_person
from tools.roles import TARGET, lower_roles, render, tables

KEY = "k" * 32
TABLES = tables()
ROWS = [(service, method, access) for service, table in TABLES.items() for method, access in table.items()]
TOO_LOW = [(service, method, role) for service, method, access in ROWS for role in lower_roles(access)]
CHANGES = re.compile(
    r"(Create|Update|Set|Archive|Unarchive|Revoke|Add|Remove|Assign|Release|Import|Sign|GoLive|Purge|End|Replay|"
    r"Cancel|Close|Rotate|Retire|Verify|Mark|Drop|Acknowledge|Run|Rebuild|Pause|Resume)[A-Z]?"
)
MAKES_MESSAGES = {"CreateNotifications", "CreateJob"}


def test_the_page_of_roles_is_up_to_date() -> None:
    assert TARGET.read_text(encoding="utf-8") == render(), "run `make roles`"


@pytest.mark.parametrize(("method", "access"), [row[1:] for row in ROWS], ids=[row[1] for row in ROWS])
def test_a_change_that_people_may_make_asks_them_why(method: str, access: Access) -> None:
    name = method.rpartition("/")[2]
    if access.role is not None and CHANGES.match(name) and name not in MAKES_MESSAGES:
        assert access.is_change


@pytest.mark.parametrize(("method", "access"), [row[1:] for row in ROWS], ids=[row[1] for row in ROWS])
def test_what_a_tool_may_do_some_person_may(method: str, access: Access) -> None:
    assert "notifyctl" not in access.services or access.role is not None, f"{method}: say which role may"


@pytest.fixture(params=list(TABLES))
async def server_of(request: pytest.FixtureRequest) -> Any:
    """A server with all RPCs of a service, and nothing behind them."""
    service = str(request.param)
    async with a_server(service) as server:
        yield service, server


async def test_a_person_with_too_low_a_role_is_refused_everywhere(server_of: tuple[str, GrpcServer]) -> None:
    service, server = server_of
    wanted = [(method, role) for owner, method, role in TOO_LOW if owner == service]

    refused = [
        (method, role) for method, role in wanted if await refusal(server, method, a_person("ada", role))
    ]

    assert refused == wanted


async def test_a_person_of_the_role_who_says_why_comes_through_everywhere(
    server_of: tuple[str, GrpcServer],
) -> None:
    service, server = server_of
    for method, access in TABLES[service].items():
        if access.role is not None:
            assert not await refusal(server, method, a_person("ada", access.role.value)), method


async def refusal(server: GrpcServer, method: str, person: PersonToken) -> bool:
    """Whether a call is refused for who made it. Nothing behind it answers, so it fails in any case."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        call = channel.unary_unary(f"/{method}", request_serializer=None, response_deserializer=None)
        metadata = (("authorization", person.header()), ("notify-reason", "a test"))
        try:
            await call(b"", metadata=metadata, timeout=10)
        except grpc.aio.AioRpcError as err:
            error: ServiceError = from_rpc_error(err)
            return isinstance(error, NotAllowed)
    raise AssertionError(f"{method} answered")


def a_server(service: str) -> GrpcServer:
    names = dict.fromkeys(method.partition("/")[0] for method in TABLES[service])
    return make_server(
        [registration(name) for name in names],
        domain="test.notify",
        listen="127.0.0.1:0",
        tokens=CallerTokens("test", KEY, operator_public_keys=OPERATOR.public),
        allowed_callers=TABLES[service],
    )


def registration(full_name: str) -> ServiceRegistration:
    """The generated servicer, whose methods are not implemented."""
    package, _, name = full_name.rpartition(".")
    for file in sorted((ROOT / "gen").joinpath(*package.split(".")).glob("*_pb2_grpc.py")):
        module = importlib.import_module(f"{package}.{file.stem}")
        if hasattr(module, f"{name}Servicer"):
            servicer = _unimplemented(getattr(module, f"{name}Servicer"))
            return ServiceRegistration(
                add=getattr(module, f"add_{name}Servicer_to_server"), servicer=servicer
            )
    raise LookupError(full_name)


def _unimplemented(base: type) -> Any:
    async def method(*_: Any) -> Any:
        raise NotImplementedError

    return type("Servicer", (base,), {name: method for name in vars(base) if name[0].isupper()})()
