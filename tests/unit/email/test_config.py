"""The settings of the email service."""

import pytest
from pydantic import SecretStr, ValidationError

from servicekit.settings import Environment
from services.email.config import EmailSettings

KEYS = SecretStr("k" * 32)


def test_lists_are_split_at_commas() -> None:
    arn = "arn:aws:sns:eu-west-1:123456789012:a"
    settings = EmailSettings(
        caller_keys=KEYS,
        environment=Environment.DEVELOPMENT,
        sns_topic_arns=f"{arn}, {arn}-2,",
        sns_certificate_hosts="127.0.0.1:6030",
    )
    assert settings.topic_arns == {arn, f"{arn}-2"}
    assert settings.certificate_hosts == {"127.0.0.1:6030"}


def test_a_topic_that_is_none_is_told_at_the_start() -> None:
    with pytest.raises(ValidationError, match="not the ARN of an SNS topic"):
        EmailSettings(caller_keys=KEYS, sns_topic_arns="ses-callbacks")


def test_secrets_are_in_no_representation() -> None:
    settings = EmailSettings(
        caller_keys=KEYS, environment=Environment.DEVELOPMENT, aws_secret_access_key=SecretStr("hidden")
    )
    assert "hidden" not in repr(settings)
