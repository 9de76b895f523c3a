"""What a stack tells the services."""

import importlib
from pathlib import Path

import pytest

from clients.notifyctl.stack.children import Stage
from clients.notifyctl.stack.ports import choose_ports
from clients.notifyctl.stack.services import (
    KINDS,
    SIMULATORS,
    Facts,
    Receipts,
    ServiceKind,
    built_kinds,
    port_names,
    process_names,
    service_environment,
    simulators_spec,
)
from servicekit.settings import check_config
from tools.env_example import settings_class


def some_facts(
    workers: int = 1,
    environment: dict[str, str] | None = None,
    settings: dict[str, dict[str, str]] | None = None,
) -> Facts:
    return Facts(
        ports=choose_ports(0, [*port_names(KINDS, workers), SIMULATORS]),
        redis_url="redis://127.0.0.1:1/0",
        caller_keys="k" * 32,
        operator_public_keys="",
        secret_keys="s" * 32,
        database_urls={kind.schema: f"postgresql://db/{kind.schema}" for kind in KINDS if kind.schema},
        workers=workers,
        log_folder=Path("/logs"),
        letters_folder=Path("/letters"),
        simulators_folder=Path("/simulators"),
        files_folder=Path("/files"),
        receipts=Receipts.OFF,
        base_environment=environment or {},
        settings=settings or {},
    )


def kind_named(name: str) -> ServiceKind:
    return next(kind for kind in KINDS if kind.name == name)


@pytest.mark.parametrize("kind", built_kinds(), ids=lambda kind: kind.name)
def test_every_service_can_start_with_what_it_is_told(
    kind: ServiceKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = service_environment(kind, kind.name, some_facts())
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found = settings_class(kind.name)
    assert found is not None
    assert check_config(found) == []


@pytest.mark.parametrize("kind", built_kinds(), ids=lambda kind: kind.name)
def test_every_service_has_a_main(kind: ServiceKind) -> None:
    assert importlib.util.find_spec(f"services.{kind.name}.__main__") is not None


def test_settings_of_a_test_win_over_everything() -> None:
    facts = some_facts(
        environment={"NOTIFY_SMS_MAX_IN_FLIGHT": "2", "NOTIFY_SMS_MMG_URL": "http://theirs"},
        settings={"sms": {"MAX_IN_FLIGHT": "3"}},
    )
    environment = service_environment(kind_named("sms"), "sms", facts)
    assert environment["NOTIFY_SMS_MAX_IN_FLIGHT"] == "3"
    assert environment["NOTIFY_SMS_MMG_URL"] == "http://theirs"


def test_each_service_gets_its_own_schema() -> None:
    facts = some_facts()
    environment = service_environment(kind_named("email"), "email", facts)
    assert environment["NOTIFY_EMAIL_DATABASE_URL"] == "postgresql://db/email"


def test_several_notifications_processes_are_one_target() -> None:
    facts = some_facts(workers=2)
    target = service_environment(kind_named("sms"), "sms", facts)["NOTIFY_SMS_NOTIFICATIONS_TARGET"]
    ports = (facts.ports["notifications"], facts.ports["notifications-2"])
    assert target == f"ipv4:127.0.0.1:{ports[0]},127.0.0.1:{ports[1]}"


def test_gateways_share_the_rest_port() -> None:
    facts = some_facts(workers=2)
    gateway = kind_named("api_gateway")
    listens = {
        service_environment(gateway, name, facts)["NOTIFY_GATEWAY_HTTP_LISTEN"]
        for name in process_names(gateway, workers=2)
    }
    assert listens == {f"127.0.0.1:{facts.ports['rest']}"}


def test_only_gateway_and_notifications_have_several_processes() -> None:
    several = {kind.name for kind in KINDS if len(process_names(kind, workers=3)) == 3}
    assert several == {"api_gateway", "notifications"}


def test_notifications_starts_before_and_ends_after_its_callers() -> None:
    order = [kind.name for kind in KINDS]
    assert order.index("notifications") == 0
    assert all(kind.stage < Stage.CORE for kind in KINDS if kind.name != "notifications")


def test_simulators_are_told_not_to_report() -> None:
    command = simulators_spec(some_facts()).command
    assert command[command.index("--receipts") + 1] == "off"
