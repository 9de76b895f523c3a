"""The channels as commands name them."""

from enum import StrEnum

from notify.notifications.v1 import types_pb2


class Channel(StrEnum):
    """The three channels, by their public names."""

    SMS = "sms"
    EMAIL = "email"
    LETTER = "letter"


TYPES = {
    Channel.SMS: types_pb2.NOTIFICATION_TYPE_SMS,
    Channel.EMAIL: types_pb2.NOTIFICATION_TYPE_EMAIL,
    Channel.LETTER: types_pb2.NOTIFICATION_TYPE_LETTER,
}
