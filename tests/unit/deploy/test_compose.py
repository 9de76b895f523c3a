"""The compose file: right by its specification, complete, and with settings that the services take."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from clients.notifyctl.stack.services import KINDS, ROOT
from servicekit.settings import check_config, unknown_variables
from tools.chart_settings import PORTS
from tools.env_example import settings_class

FILE = ROOT / "deploy" / "compose" / "compose.yaml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "NOTIFY_IMAGE" in service["image"]}
KEY = "3c0f9a7715de48b2a6604c1f27ab3e84"


def container(service: str) -> str:
    return f"notify-{service.replace('_', '-')}"


def interpolated(value: str) -> str:
    """As compose does, with an environment that holds nothing but what is asked for."""
    value = re.sub(r"\$\{\w+:-?\?[^}]*\}", KEY, value)
    return re.sub(r"\$\{\w+(?::?-([^}]*))?\}", lambda match: match[1] or "", value)


def test_it_keeps_to_the_specification() -> None:
    checker = Path(sys.executable).with_name("check-jsonschema")
    command = [str(checker), "--builtin-schema", "vendor.compose-spec", str(FILE)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_every_service_is_in_it() -> None:
    assert {container(kind.name) for kind in KINDS} <= set(SERVICES)


@pytest.mark.parametrize("service", [kind.name for kind in KINDS])
def test_settings_are_taken(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("NOTIFY_")]:
        monkeypatch.delenv(name)
    environment = SERVICES[container(service)]["environment"]
    for name, value in environment.items():
        monkeypatch.setenv(name, interpolated(value))
    found = settings_class(service)
    assert found is not None
    assert (check_config(found), unknown_variables(found)) == ([], [])
    listens = {value.rpartition(":")[2] for name, value in environment.items() if name.endswith("_LISTEN")}
    assert listens == {str(PORTS[service]), environment["NOTIFY_HEALTH_PORT"]}


@pytest.mark.parametrize("service", [kind.name for kind in KINDS])
def test_what_a_service_calls_is_there(service: str) -> None:
    for name, value in SERVICES[container(service)]["environment"].items():
        if name.endswith("_TARGET"):
            host, _, port = value.partition(":")
            assert host in SERVICES, name
            assert int(port) in PORTS.values(), name


def test_the_edge_finds_every_service_that_its_file_names() -> None:
    hosts = set(re.findall(r"address: (notify-[a-z-]+)", (ROOT / "deploy/envoy/envoy.yaml").read_text()))
    assert hosts
    assert hosts <= set(SERVICES)


@pytest.mark.parametrize("name", [*OURS, "edge"])
def test_our_containers_have_no_rights(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


def test_only_the_edge_listens_outside_this_machine() -> None:
    for name, service in SERVICES.items():
        outside = [port for port in service.get("ports", []) if not port.startswith("127.0.0.1:")]
        assert outside == (["8443:8443"] if name == "edge" else []), name


def test_images_are_never_latest() -> None:
    for name, service in SERVICES.items():
        image = interpolated(service["image"])
        assert ":" in image.rpartition("/")[2], name
        assert not image.endswith(":latest"), name


def test_the_database_gets_a_role_for_each_schema() -> None:
    script = (ROOT / "deploy/compose/roles.sh").read_text()
    listed = re.findall(r"for service in ([a-z ]+);", script)[0].split()
    assert set(listed) == {kind.schema for kind in KINDS if kind.schema}
    migrate = SERVICES["migrate"]["environment"]
    assert set(migrate) == {f"{kind.prefix}DATABASE_URL" for kind in KINDS if kind.schema}
