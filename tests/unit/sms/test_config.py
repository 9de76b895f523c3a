"""The settings have the names that everybody was told."""

from servicekit.settings import variable_names
from services.sms.config import SmsSettings


def test_settings_have_their_names() -> None:
    names = set(variable_names(SmsSettings))

    assert {
        "NOTIFY_SMS_GRPC_LISTEN",
        "NOTIFY_SMS_METRICS_LISTEN",
        "NOTIFY_SMS_NOTIFICATIONS_TARGET",
        "NOTIFY_SMS_MMG_URL",
        "NOTIFY_SMS_MMG_API_KEY",
        "NOTIFY_SMS_MMG_RECEIPT_URL",
        "NOTIFY_SMS_FIRETEXT_URL",
        "NOTIFY_SMS_FIRETEXT_API_KEY",
        "NOTIFY_SMS_FIRETEXT_INTERNATIONAL_API_KEY",
        "NOTIFY_SMS_FIRETEXT_RECEIPT_URL",
        "NOTIFY_SMS_MAX_IN_FLIGHT",
    } <= names
