"""With each environment's values, and the secrets that the chart asks for, every service takes its settings."""

import os
from pathlib import Path

import pytest

from clients.notifyctl.stack.services import KINDS
from servicekit.settings import ServiceSettings, check_config, unknown_variables
from tests.integration.deploy.conftest import ENVIRONMENTS, rendered, values_of
from tools.chart_settings import is_secret
from tools.env_example import settings_class

KEY = "3c0f9a7715de48b2a6604c1f27ab3e84"
SECRETS = {
    "notify_caller_keys": KEY,
    "notify_redis_url": "redis://valkey:6379",
    "notify_notifications_secret_keys": KEY,
    "notify_letters_secret_keys": KEY,
    "notify_sms_mmg_api_key": "f00d",
    "notify_sms_firetext_api_key": "beef",
} | {
    f"notify_{kind.name}_database_url": f"postgresql://{kind.name}:pw@notify-db-rw/notify?sslmode=require"
    for kind in KINDS
    if kind.schema
}


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    for name, value in SECRETS.items():
        (tmp_path / name).write_text(value)
    return tmp_path


def settings_of(service: str) -> type[ServiceSettings]:
    found = settings_class(service)
    assert found is not None
    return found


def take_environment(
    monkeypatch: pytest.MonkeyPatch, environment: str, service: str, secrets: Path, *, domain: str
) -> None:
    """What the pod of a service gets, with the values' example domain replaced."""
    for name in [name for name in os.environ if name.startswith("NOTIFY_")]:
        monkeypatch.delenv(name)
    name = f"notify-{service.replace('_', '-')}"
    deployment = next(
        found
        for found in rendered(*values_of(environment))
        if (found["kind"], found["metadata"]["name"]) == ("Deployment", name)
    )
    for variable in deployment["spec"]["template"]["spec"]["containers"][0]["env"]:
        monkeypatch.setenv(variable["name"], variable["value"].replace("notify.example", domain))
    monkeypatch.setenv("NOTIFY_SECRETS_DIR", str(secrets))


@pytest.mark.parametrize("service", [kind.name for kind in KINDS])
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_settings_are_in_order(
    environment: str, service: str, secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_environment(monkeypatch, environment, service, secrets, domain="notify.service.gov.uk")
    assert (check_config(settings_of(service)), unknown_variables(settings_of(service))) == ([], [])


def test_production_is_refused_until_the_example_domain_is_replaced(
    secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_environment(monkeypatch, "production", "notifications", secrets, domain="notify.example")
    problems = check_config(settings_of("notifications"))
    assert problems == ["NOTIFY_NOTIFICATIONS_EMAIL_DOMAIN: is an example's domain"]


def test_the_example_secrets_are_secrets_of_some_service() -> None:
    known = {
        variable
        for kind in KINDS
        for field in settings_of(kind.name).model_fields
        for variable in (f"{kind.prefix}{field}".lower(), f"notify_{field}")
        if is_secret(settings_of(kind.name), variable)
    }
    assert set(SECRETS) <= known
