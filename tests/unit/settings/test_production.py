"""What production refuses, setting by setting, and that it is all told at once."""

import os
from pathlib import Path

import pytest

from clients.notifyctl.stack.services import KINDS
from servicekit.settings import ServiceSettings, check_config, database_url_of, rules_of
from tools.configuration_page import TARGET, render
from tools.env_example import settings_class

KEY = "3c0f9a7715de48b2a6604c1f27ab3e84"
TLS = "postgresql://notify_x@db.example.net/notify?sslmode=verify-full"
GOOD = {
    "NOTIFY_CALLER_KEYS": KEY,
    "NOTIFY_DATABASE_URL": TLS,
    "NOTIFY_REDIS_URL": "redis://valkey:6379",
    "NOTIFY_GATEWAY_PUBLIC_URL": "https://notify.service.gov.uk",
    "NOTIFY_NOTIFICATIONS_SECRET_KEYS": KEY,
    "NOTIFY_NOTIFICATIONS_API_HOST": "https://notify.service.gov.uk",
    "NOTIFY_NOTIFICATIONS_ADMIN_HOST": "https://admin.notify.service.gov.uk",
    "NOTIFY_NOTIFICATIONS_DOWNLOAD_HOST": "https://notify.service.gov.uk",
    "NOTIFY_NOTIFICATIONS_EMAIL_DOMAIN": "notify.service.gov.uk",
    "NOTIFY_SMS_MMG_API_KEY": "f00d",
    "NOTIFY_SMS_FIRETEXT_API_KEY": "beef",
    "NOTIFY_EMAIL_SNS_TOPIC_ARNS": "arn:aws:sns:eu-west-1:123456789012:ses",
    "NOTIFY_LETTERS_SECRET_KEYS": KEY,
    "NOTIFY_LETTERS_API_URL": "https://notify.service.gov.uk",
    "NOTIFY_LETTERS_OBJECT_STORE_URL": "s3://letters?region=eu-west-1",
    "NOTIFY_LETTERS_CLAMD_URL": "tcp://clamav:3310",
    "NOTIFY_DOCUMENTS_DOWNLOAD_HOST": "https://notify.service.gov.uk",
    "NOTIFY_DOCUMENTS_OBJECT_STORE_URL": "s3://files?region=eu-west-1",
    "NOTIFY_DOCUMENTS_CLAMD_URL": "tcp://clamav:3310",
}
SIMULATOR = "http://simulators.default.svc:6030"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("NOTIFY_")]:
        monkeypatch.delenv(name)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)


def settings_of(service: str) -> type[ServiceSettings]:
    found = settings_class(service)
    assert found is not None
    return found


@pytest.mark.parametrize("service", [kind.name for kind in KINDS])
@pytest.mark.parametrize("environment", ["preview", "staging", "production"])
def test_good_settings_are_taken(service: str, environment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_ENVIRONMENT", environment)
    assert check_config(settings_of(service)) == []


@pytest.mark.parametrize(
    ("service", "variable", "value", "said"),
    [
        ("sms", "NOTIFY_CALLER_KEYS", "k" * 40, "can be guessed"),
        ("sms", "NOTIFY_CALLER_KEYS", f"{KEY},changeme-0123456789abcdef0123456789", "can be guessed"),
        ("sms", "NOTIFY_DATABASE_URL", "postgresql://sms@db.example.net/notify", "TLS"),
        ("sms", "NOTIFY_DATABASE_URL", "postgresql://sms@db.example.net/notify?sslmode=prefer", "TLS"),
        ("sms", "NOTIFY_REDIS_URL", "redis://cache.example.net:6379", "rediss://"),
        ("sms", "NOTIFY_SMS_NOTIFICATIONS_TARGET", "notify.example.net:6021", "leaves the cluster"),
        ("sms", "NOTIFY_SMS_MMG_URL", SIMULATOR, "simulator"),
        ("sms", "NOTIFY_SMS_MMG_URL", "https://simulators.default.svc/mmg", "simulator"),
        ("sms", "NOTIFY_SMS_FIRETEXT_URL", "http://127.0.0.1:6030/firetext", "simulator"),
        ("sms", "NOTIFY_SMS_MMG_API_KEY", "simulator", "simulators'"),
        ("sms", "NOTIFY_SMS_MMG_RECEIPT_URL", "http://notify.service.gov.uk/x", "not https://"),
        ("sms", "NOTIFY_SMS_FIRETEXT_INBOUND_PASSWORDS", "simulator", "simulators'"),
        ("email", "NOTIFY_EMAIL_SES_ENDPOINT_URL", SIMULATOR, "simulator"),
        ("email", "NOTIFY_EMAIL_AWS_ACCESS_KEY_ID", "simulator", "simulators'"),
        ("email", "NOTIFY_EMAIL_SNS_TOPIC_ARNS", "", "is needed"),
        ("email", "NOTIFY_EMAIL_SNS_TOPIC_ARNS", "arn:aws:sns:eu-west-1:000000000000:a", "simulators'"),
        ("email", "NOTIFY_EMAIL_SNS_CERTIFICATE_HOSTS", "127.0.0.1:6030", "this machine"),
        ("letters", "NOTIFY_LETTERS_SECRET_KEYS", "s" * 40, "can be guessed"),
        ("letters", "NOTIFY_LETTERS_CLAMD_URL", "", "is needed"),
        ("letters", "NOTIFY_LETTERS_DVLA_BASE_URL", SIMULATOR, "simulator"),
        ("letters", "NOTIFY_LETTERS_API_URL", "http://127.0.0.1:6011", "not https://"),
        ("letters", "NOTIFY_LETTERS_OBJECT_STORE_URL", "s3://a?endpoint_url=http://s3.example.net", "TLS"),
        ("documents", "NOTIFY_DOCUMENTS_CLAMD_URL", "", "is needed"),
        ("documents", "NOTIFY_DOCUMENTS_DOWNLOAD_HOST", "https://localhost", "this machine"),
        ("notifications", "NOTIFY_NOTIFICATIONS_SECRET_KEYS", "d" * 40, "can be guessed"),
        ("notifications", "NOTIFY_NOTIFICATIONS_API_HOST", "http://notify.service.gov.uk", "not https://"),
        ("notifications", "NOTIFY_NOTIFICATIONS_EMAIL_DOMAIN", "notify.example", "example"),
        ("notifications", "NOTIFY_NOTIFICATIONS_CALLBACK_ALLOWED_NETWORKS", "0.0.0.0/0", "every address"),
        ("notifications", "NOTIFY_NOTIFICATIONS_CALLBACK_ALLOWED_NETWORKS", "169.254.0.0/16", "metadata"),
        ("api_gateway", "NOTIFY_GATEWAY_PUBLIC_URL", "", "is needed"),
        ("api_gateway", "NOTIFY_GATEWAY_PUBLIC_URL", "http://notify.service.gov.uk", "not https://"),
    ],
)
def test_production_refuses(
    service: str, variable: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)

    (problem,) = check_config(settings_of(service))
    assert problem.startswith(f"{variable}: ")
    assert said in problem
    assert value in {"", "simulator"} or value not in problem


@pytest.mark.parametrize("variable", ["NOTIFY_CALLER_KEYS", "NOTIFY_NOTIFICATIONS_SECRET_KEYS"])
def test_keys_that_are_missing_are_told(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(variable)
    assert [problem.split(":")[0] for problem in check_config(settings_of("notifications"))] == [variable]


def test_everything_that_is_wrong_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {
        "NOTIFY_CALLER_KEYS": "k" * 40,
        "NOTIFY_REDIS_URL": "redis://cache.example.net",
        "NOTIFY_SMS_MMG_URL": SIMULATOR,
        "NOTIFY_SMS_MAX_IN_FLIGHT": "many",
    }
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NOTIFY_SMS_FIRETEXT_API_KEY")

    named = {problem.split(":")[0] for problem in check_config(settings_of("sms"))}
    assert named == {*wrong, "NOTIFY_SMS_FIRETEXT_API_KEY"}


def test_preview_may_use_simulators_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_ENVIRONMENT", "preview")
    monkeypatch.setenv("NOTIFY_SMS_MMG_URL", SIMULATOR)
    monkeypatch.setenv("NOTIFY_SMS_MMG_API_KEY", "simulator")
    assert check_config(settings_of("sms")) == []

    monkeypatch.setenv("NOTIFY_CALLER_KEYS", "k" * 40)
    assert len(check_config(settings_of("sms"))) == 1


def test_development_takes_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_ENVIRONMENT", "development")
    monkeypatch.setenv("NOTIFY_SMS_MMG_URL", SIMULATOR)
    monkeypatch.setenv("NOTIFY_CALLER_KEYS", "k" * 40)
    assert check_config(settings_of("sms")) == []


def test_a_setting_may_be_a_file_that_a_variable_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("from a file\n")
    (tmp_path / "url").write_text(TLS)
    monkeypatch.delenv("NOTIFY_SMS_MMG_API_KEY")
    monkeypatch.delenv("NOTIFY_DATABASE_URL")
    monkeypatch.setenv("NOTIFY_SMS_MMG_API_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("NOTIFY_DATABASE_URL_FILE", str(tmp_path / "url"))

    settings = settings_of("sms").load()

    assert vars(settings)["mmg_api_key"].get_secret_value() == "from a file"
    assert settings.need_database_url() == TLS == database_url_of("NOTIFY_SMS_")


def test_a_file_that_cannot_be_read_is_told_as_other_mistakes_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SMS_MMG_API_KEY")
    monkeypatch.setenv("NOTIFY_SMS_MMG_API_KEY_FILE", "/nowhere/key")
    problem = "NOTIFY_SMS_MMG_API_KEY: the file that it names cannot be read"
    assert check_config(settings_of("sms")) == [problem]


@pytest.mark.parametrize("service", [kind.name for kind in KINDS])
def test_every_rule_is_about_a_setting(service: str) -> None:
    owner = settings_of(service)
    assert set(rules_of(owner)) <= set(owner.model_fields)


def test_the_page_of_settings_is_up_to_date() -> None:
    assert TARGET.read_text() == render(), "run `make env-example`"
