"""The chart, `.env.example` and the services' settings list the same names."""

import yaml

from clients.notifyctl.stack.services import KINDS, ROOT
from servicekit.settings import SHARED, SHARED_PREFIX, ServiceSettings, variable_names
from tools.chart_settings import MARK, PORTS, TARGET, is_secret, render
from tools.env_example import settings_class

VALUES = yaml.safe_load(TARGET.read_text())


def own_names(service: str) -> set[str]:
    found = settings_class(service)
    assert found is not None
    return {name for name in variable_names(found) if not is_secret(found, name)}


def shared_names() -> set[str]:
    names = {f"{SHARED_PREFIX}{name.upper()}" for name in SHARED}
    return {name for name in names if not is_secret(ServiceSettings, name)} - {"NOTIFY_SHUTDOWN_GRACE_S"}


def test_the_values_are_what_the_tool_prints() -> None:
    assert TARGET.read_text() == render(TARGET.read_text()), "run `make env-example`"


def test_a_value_that_somebody_set_stays() -> None:
    name = "NOTIFY_SMS_MAX_IN_FLIGHT"
    changed = TARGET.read_text().replace(f"{name}: null", f"{name}: 7")
    assert yaml.safe_load(render(changed))["settings"]["sms"][name] == 7


def test_every_setting_that_is_no_secret_is_in_the_values() -> None:
    for kind in KINDS:
        given = set(VALUES["settings"][kind.name]) | set(VALUES["settings"]["shared"])
        assert own_names(kind.name) <= given | {"NOTIFY_SHUTDOWN_GRACE_S"}, kind.name


def test_no_setting_in_the_values_is_unknown_or_secret() -> None:
    for kind in KINDS:
        assert set(VALUES["settings"][kind.name]) <= own_names(kind.name), kind.name
    assert set(VALUES["settings"]["shared"]) == shared_names()


def test_every_service_of_the_stack_is_in_the_chart() -> None:
    assert {kind.name for kind in KINDS} <= set(VALUES["services"])
    assert set(VALUES["services"]) == set(PORTS)
    assert (ROOT / "deploy/k8s/notify/templates").exists()


def test_services_listen_where_the_chart_says() -> None:
    for name, service in VALUES["services"].items():
        settings = VALUES["settings"].get(name)
        if settings is None:
            continue
        listens = {
            str(value).rsplit(":", 1)[-1] for key, value in settings.items() if key.endswith("_LISTEN")
        }
        assert {str(port) for port in service["ports"].values()} == listens - {"None"}, name


def test_every_target_of_a_service_is_one_of_its_calls() -> None:
    for name, settings in VALUES["settings"].items():
        for key in settings:
            if key.endswith("_TARGET"):
                called = key.removesuffix("_TARGET").rsplit("_", 1)[-1].lower()
                assert called in VALUES["services"][name]["calls"], f"{name} calls {called}"


def test_the_mark_stands_once() -> None:
    assert TARGET.read_text().count(MARK) == 1
