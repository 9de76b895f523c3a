"""Settings: where they come from, and what is told when they are wrong."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from servicekit.settings import (
    Environment,
    LogLevel,
    ServiceSettings,
    check_config,
    settings_config,
    unknown_variables,
    variable_names,
)

KEYS = "6f1c09d2b8a4473e95d0c1f27ab3e846"


class SmsSettings(ServiceSettings):
    model_config = settings_config("NOTIFY_SMS_")

    mmg_url: str = "https://mmg.example"
    mmg_api_key: SecretStr


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least that the service starts with."""
    monkeypatch.setenv("NOTIFY_CALLER_KEYS", KEYS)
    monkeypatch.setenv("NOTIFY_SMS_MMG_API_KEY", "key")


def test_a_setting_comes_from_its_own_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SMS_GRPC_LISTEN", "0.0.0.0:6022")

    assert SmsSettings.load().grpc_listen == "0.0.0.0:6022"


def test_a_shared_setting_may_be_given_once_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_DATABASE_URL", "postgresql:///all")
    monkeypatch.setenv("NOTIFY_ENVIRONMENT", "development")
    monkeypatch.setenv("NOTIFY_LOG_LEVEL", "debug")

    settings = SmsSettings.load()

    assert settings.need_database_url() == "postgresql:///all"
    assert (settings.environment, settings.log_level) == (Environment.DEVELOPMENT, LogLevel.DEBUG)
    assert settings.is_development


def test_a_services_own_variable_wins_over_the_shared_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_DATABASE_URL", "postgresql:///all")
    monkeypatch.setenv("NOTIFY_SMS_DATABASE_URL", "postgresql:///own")

    assert SmsSettings.load().need_database_url() == "postgresql:///own"


def test_a_setting_that_is_not_shared_has_no_shared_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_GRPC_LISTEN", "0.0.0.0:1")

    assert SmsSettings.load().grpc_listen == "127.0.0.1:0"


def test_secrets_may_be_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NOTIFY_SECRETS_DIR", str(tmp_path))
    monkeypatch.delenv("NOTIFY_SMS_MMG_API_KEY")
    (tmp_path / "notify_sms_mmg_api_key").write_text("from file\n")
    (tmp_path / "notify_database_url").write_text("postgresql:///file")

    settings = SmsSettings.load()

    assert settings.mmg_api_key.get_secret_value() == "from file"
    assert settings.need_database_url() == "postgresql:///file"


def test_settings_cannot_be_changed() -> None:
    settings = SmsSettings.load()

    with pytest.raises(ValidationError):
        settings.grpc_listen = "elsewhere"


def test_secrets_are_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_DATABASE_URL", "postgresql://u:hush@127.0.0.1/d")

    assert "hush" not in repr(SmsSettings.load())
    assert KEYS not in repr(SmsSettings.load())


def test_good_settings_have_no_problems() -> None:
    assert check_config(SmsSettings) == []


def test_each_wrong_setting_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SMS_MMG_API_KEY")
    monkeypatch.setenv("NOTIFY_SMS_DATABASE_POOL_MAX", "hush")

    problems = check_config(SmsSettings)

    assert [problem.split(":")[0] for problem in problems] == [
        "NOTIFY_SMS_DATABASE_POOL_MAX",
        "NOTIFY_SMS_MMG_API_KEY",
    ]
    assert "hush" not in str(problems)


def test_a_shared_setting_that_is_missing_is_named_by_its_shared_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NOTIFY_CALLER_KEYS")

    assert check_config(SmsSettings) == ["NOTIFY_CALLER_KEYS: Field required"]


def test_keys_that_are_too_short_are_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_CALLER_KEYS", "short")

    (problem,) = check_config(SmsSettings)
    assert "32 characters" in problem


def test_a_variable_that_no_setting_reads_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SMS_MGM_URL", "https://typing.example")

    assert (unknown_variables(SmsSettings), check_config(SmsSettings)) == (["NOTIFY_SMS_MGM_URL"], [])


def test_names_are_listed_as_they_should_be_set() -> None:
    names = variable_names(SmsSettings)

    assert {"NOTIFY_SMS_MMG_URL", "NOTIFY_SMS_GRPC_LISTEN", "NOTIFY_DATABASE_URL"} <= set(names)
    assert "NOTIFY_SMS_DATABASE_URL" not in names
