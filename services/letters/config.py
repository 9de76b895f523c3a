"""Settings of the letters service, read once in `__main__`."""

from servicekit.settings import ServiceSettings, settings_config


class LettersSettings(ServiceSettings):
    """Environment variables `NOTIFY_LETTERS_…`."""

    model_config = settings_config("NOTIFY_LETTERS_")

    grpc_listen: str = "127.0.0.1:6024"
    metrics_listen: str = "127.0.0.1:6044"
