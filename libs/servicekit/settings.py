"""Settings: environment variables with types, units and defaults, read once in a service's `__main__`.

Each service subclasses `ServiceSettings` with its own prefix (`NOTIFY_SMS_`). A few settings are usually
the same for all services and may also be given once, as `NOTIFY_<NAME>` (see `SHARED`); the service's own
variable wins. Secrets may also be files named like the variable, in the folder that `NOTIFY_SECRETS_DIR`
names. Nothing else reads the environment.
"""

import os
from enum import StrEnum
from typing import Any, Self, TypeVar

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

from servicekit.identity import CallerTokens, parse_keys, parse_operator_keys

SHARED_PREFIX = "NOTIFY_"
SECRETS_DIR = "NOTIFY_SECRETS_DIR"
SHARED = frozenset(
    {
        "database_url",
        "redis_url",
        "caller_keys",
        "operator_public_keys",
        "environment",
        "log_level",
        "shutdown_grace_s",
        "trace_endpoint",
        "trace_ratio",
    }
)
"""Settings that may be given once for all services."""


class Environment(StrEnum):
    """Where this runs."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class LogLevel(StrEnum):
    """The least important lines that are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class ServiceSettings(BaseSettings):
    """What every service needs to be told. Subclass with `model_config = settings_config("NOTIFY_SMS_")`."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="NOTIFY_", case_sensitive=False)

    grpc_listen: str = "127.0.0.1:0"
    """Address of the gRPC server, `host:port`; port 0 takes a free one."""
    metrics_listen: str = "127.0.0.1:0"
    """Address of `/metrics` and `/healthz`."""
    environment: Environment = Environment.PRODUCTION
    """Development adds gRPC reflection."""
    log_level: LogLevel = LogLevel.INFO
    shutdown_grace_s: float = Field(default=20.0, ge=0)
    """Seconds to finish work after SIGTERM."""
    request_timeout_s: float = Field(default=10.0, gt=0)
    """Limit of a gRPC call to another service when the request has no nearer deadline."""
    caller_keys: SecretStr
    """Keys for tokens between services, comma separated, each at least 32 characters; the first one signs."""
    operator_public_keys: str = ""
    """Public halves of the keys that people's tokens are signed with (`notifyctl token new-key`), comma separated;
    without any, only services and tools may call."""
    database_url: SecretStr | None = None
    """`postgresql://…`; None for a service without a database."""
    database_pool_min: int = Field(default=2, ge=0)
    database_pool_max: int = Field(default=10, ge=1)
    database_statement_timeout_ms: int = Field(default=5_000, ge=0)
    redis_url: SecretStr | None = None
    """`redis://…`; without it caches go to the source and limits pass."""

    trace_endpoint: str = ""
    """Where traces go: whole URL of a collector's OTLP over HTTP, such as `http://otel-collector:4318/v1/traces`."""
    trace_ratio: float = Field(default=0.0, ge=0, le=1)
    """Share of messages and requests whose traces are recorded, the same in all services; 0.01 is plenty, 0 is off."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments (tests), own variable, own file, shared variable, shared file."""
        sources = [init_settings, env_settings]
        folder = os.environ.get(SECRETS_DIR)  # noqa: TID251 -- settings are read here
        if folder:
            sources.append(SecretsSettingsSource(settings_cls, secrets_dir=folder))
        sources.append(_SharedVariables(settings_cls))
        if folder:
            sources.append(_SharedFiles(settings_cls, secrets_dir=folder))
        return tuple(sources)

    @classmethod
    def load(cls) -> Self:
        """Read the environment. Raises pydantic's ValidationError, which names each setting that is wrong."""
        return cls.model_validate({})  # the sources fill it

    @field_validator("caller_keys")
    @classmethod
    def _check_caller_keys(cls, keys: SecretStr) -> SecretStr:
        parse_keys(keys)
        return keys

    @field_validator("operator_public_keys")
    @classmethod
    def _check_operator_keys(cls, keys: str) -> str:
        parse_operator_keys(keys)
        return keys

    @field_validator("trace_ratio")
    @classmethod
    def _needs_endpoint(cls, ratio: float, info: ValidationInfo) -> float:
        if ratio > 0 and not str(info.data.get("trace_endpoint", "")).startswith(("http://", "https://")):
            raise ValueError("set trace_endpoint to the http:// or https:// URL of a collector")
        return ratio

    @property
    def is_development(self) -> bool:
        return self.environment is Environment.DEVELOPMENT

    def caller_tokens(self, name: str) -> CallerTokens:
        """What makes this service's tokens and checks everybody's. `name`: this service's."""
        return CallerTokens(name, self.caller_keys, operator_public_keys=self.operator_public_keys)

    def need_database_url(self) -> str:
        """The database's URL. Raises ValueError when it is not set."""
        if self.database_url is None:
            raise ValueError("database_url is not set")
        return self.database_url.get_secret_value()


S = TypeVar("S", bound=ServiceSettings)


def settings_config(env_prefix: str) -> SettingsConfigDict:
    """The `model_config` of a service's settings."""
    return SettingsConfigDict(frozen=True, extra="ignore", env_prefix=env_prefix, case_sensitive=False)


class _SharedVariables(EnvSettingsSource):
    """`NOTIFY_<NAME>` for the names in SHARED."""

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        super().__init__(settings_cls, env_prefix=SHARED_PREFIX)

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        if field_name not in SHARED:
            return None, field_name, False
        return super().get_field_value(field, field_name)


class _SharedFiles(SecretsSettingsSource):
    """Files named `notify_<name>` for the names in SHARED."""

    def __init__(self, settings_cls: type[BaseSettings], secrets_dir: str) -> None:
        super().__init__(settings_cls, secrets_dir=secrets_dir, env_prefix=SHARED_PREFIX)

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        if field_name not in SHARED:
            return None, field_name, False
        return super().get_field_value(field, field_name)


def variable_names(settings_class: type[ServiceSettings]) -> list[str]:
    """Every environment variable that a service reads, sorted; shared ones under their shared name.

    For the test that Helm values, `.env.example` and settings list the same names.
    """
    return sorted(_variable(settings_class, name) for name in settings_class.model_fields)


def check_config(settings_class: type[ServiceSettings]) -> list[str]:
    """What is wrong with the environment, a line each, without values; empty when a service would start."""
    try:
        settings_class.load()
    except ValidationError as err:
        return [
            f"{_variable(settings_class, str(fault['loc'][0]))}: {fault['msg']}"
            for fault in err.errors(include_input=False, include_url=False)
        ]
    return []


def unknown_variables(settings_class: type[ServiceSettings]) -> list[str]:
    """Variables with the service's prefix that no setting reads: typing errors, as a rule."""
    own = _own_prefix(settings_class)
    known = {f"{own}{name}".upper() for name in settings_class.model_fields}
    return [
        variable
        for variable in sorted(os.environ)  # noqa: TID251 -- as above
        if own != SHARED_PREFIX and variable.upper().startswith(own) and variable.upper() not in known
    ]


def _variable(settings_class: type[ServiceSettings], name: str) -> str:
    prefix = SHARED_PREFIX if name in SHARED else _own_prefix(settings_class)
    return prefix + name.upper()


def _own_prefix(settings_class: type[ServiceSettings]) -> str:
    return str(settings_class.model_config.get("env_prefix", ""))
