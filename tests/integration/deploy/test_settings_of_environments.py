"""With each environment's values, and the secrets that the chart asks for, every service takes its settings."""

import json
from typing import Any

import pytest

from clients.notifyctl.stack.services import KINDS
from tests.integration.deploy.conftest import ENVIRONMENTS, Manifest, rendered, values_of
from tools.chart_settings import is_secret
from tools.env_example import settings_class
from tools.manifest_settings import STAND_INS, environment_of, problems


def of_a_domain(manifests: tuple[Manifest, ...], domain: str) -> list[Any]:
    """The manifests with the values' example domain replaced."""
    found: list[Any] = json.loads(json.dumps(manifests).replace("notify.example", domain))
    return found


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_settings_are_in_order(environment: str) -> None:
    manifests = of_a_domain(rendered(*values_of(environment)), "notify.service.gov.uk")
    assert all(environment_of(manifests, kind.name) for kind in KINDS)
    assert problems(manifests) == []


def test_production_is_refused_until_the_example_domain_is_replaced() -> None:
    told = problems(list(rendered(*values_of("production"))))
    assert told == ["notifications: NOTIFY_NOTIFICATIONS_EMAIL_DOMAIN: is an example's domain"]


def test_an_unsafe_value_is_told() -> None:
    arguments = (
        *values_of("production"),
        "--set",
        "settings.sms.NOTIFY_SMS_MMG_URL=http://simulators:6030/mmg",
    )
    told = problems(of_a_domain(rendered(*arguments), "notify.service.gov.uk"))
    assert told == ["sms: NOTIFY_SMS_MMG_URL: is not https://, or is a simulator's"]


def test_the_stand_ins_are_secrets_of_some_service() -> None:
    known = set()
    for kind in KINDS:
        owner = settings_class(kind.name)
        assert owner is not None
        names = [
            name for field in owner.model_fields for name in (f"{kind.prefix}{field}", f"notify_{field}")
        ]
        known |= {name.lower() for name in names if is_secret(owner, name)}
    assert set(STAND_INS) <= known
