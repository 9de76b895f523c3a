"""Settings: environment variables with types, units and defaults, read once in a service's `__main__`.

Each service subclasses `ServiceSettings` with its own prefix (`NOTIFY_SMS_`). A few settings are usually
the same for all services and may also be given once, as `NOTIFY_<NAME>` (see `SHARED`); the service's own
variable wins. Any setting may also be a file: the one that `NOTIFY_<NAME>_FILE` names, or one named like the variable
in the folder that `NOTIFY_SECRETS_DIR` names. Outside development, values that are not safe are refused
(`production_rules`). Nothing else reads the environment.
"""

import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

from servicekit.identity import CallerTokens, parse_keys, parse_operator_keys
from servicekit.production_rules import CACHE, DATABASE, GOOD_KEY, NEAR, ProductionRule

SHARED_PREFIX = "NOTIFY_"
SECRETS_DIR = "NOTIFY_SECRETS_DIR"
FILE_SUFFIX = "_FILE"
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
    """Where this runs. All but the first have the rules of production; preview may use the providers' simulators."""

    DEVELOPMENT = "development"
    PREVIEW = "preview"
    STAGING = "staging"
    PRODUCTION = "production"


class LogLevel(StrEnum):
    """The least important lines that are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class FromEnvironment(BaseSettings):
    """Where values come from: arguments (tests), own variable, own file, shared variable, shared file."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="NOTIFY_", case_sensitive=False)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The order above; a `_FILE` variable comes before the folder of secrets."""
        folder = os.environ.get(SECRETS_DIR)  # noqa: TID251 -- settings are read here
        sources = [init_settings, env_settings, _NamedFiles(settings_cls)]
        if folder:
            sources.append(SecretsSettingsSource(settings_cls, secrets_dir=folder))
        sources += [_SharedVariables(settings_cls), _NamedFiles(settings_cls, shared=True)]
        if folder:
            sources.append(_SharedFiles(settings_cls, secrets_dir=folder))
        return tuple(sources)


class DatabaseSettings(FromEnvironment):
    """The one setting that whoever migrates a schema needs; found where the service finds its own."""

    database_url: SecretStr | None = None


class ServiceSettings(FromEnvironment):
    """What every service needs to be told. Subclass with `model_config = settings_config("NOTIFY_SMS_")`."""

    production_rules: ClassVar[Mapping[str, ProductionRule]] = {
        "caller_keys": GOOD_KEY,
        "database_url": DATABASE,
        "redis_url": CACHE,
    }
    """What production refuses, by field; those of a subclass are added to these."""

    environment: Environment = Environment.PRODUCTION
    """`development` adds gRPC reflection and takes settings that are not safe; `preview`, `staging` and `production`
    refuse them."""
    grpc_listen: str = "127.0.0.1:0"
    """Address of the gRPC server, `host:port`; port 0 takes a free one."""
    metrics_listen: str = "127.0.0.1:0"
    """Address of `/metrics` and `/healthz`."""
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

    @field_validator("*", mode="after")
    @classmethod
    def _is_fit_for_production(cls, value: Any, info: ValidationInfo) -> Any:
        """One field at a time, so that everything that is wrong is told at once."""
        environment = info.data.get("environment", Environment.PRODUCTION)
        rule = rules_of(cls).get(info.field_name or "")
        if info.field_name == "environment" or environment is Environment.DEVELOPMENT or rule is None:
            return value
        problem = rule.problem(value, strict=environment is not Environment.PREVIEW)
        if problem is not None:
            raise ValueError(problem)
        return value

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


def rules_of(settings_class: type[ServiceSettings]) -> dict[str, ProductionRule]:
    """What production refuses, by field. Where other services are has the same rule everywhere."""
    rules = {name: NEAR for name in settings_class.model_fields if name.endswith("_target")}
    for parent in reversed(settings_class.__mro__):
        rules |= vars(parent).get("production_rules", {})
    return rules


def database_url_of(env_prefix: str) -> str | None:
    """The database's URL as the service with this prefix (`NOTIFY_SMS_`) finds it; None when it is not set."""
    found = type("_Database", (DatabaseSettings,), {"model_config": settings_config(env_prefix)})()
    url = found.database_url
    return None if url is None else str(url.get_secret_value())


class _NamedFiles(EnvSettingsSource):
    """Files named by `NOTIFY_SMS_<NAME>_FILE`, or by `NOTIFY_<NAME>_FILE` for the names in SHARED."""

    def __init__(self, settings_cls: type[BaseSettings], *, shared: bool = False) -> None:
        self._shared = shared
        if shared:
            super().__init__(settings_cls, env_prefix=SHARED_PREFIX)
        else:
            super().__init__(settings_cls)

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        if self._shared and field_name not in SHARED:
            return None, field_name, False
        path = self.env_vars.get(f"{self.env_prefix}{field_name}{FILE_SUFFIX}".lower())
        if not path:
            return None, field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").strip(), field_name, False
        except (OSError, UnicodeDecodeError):
            return _UNREADABLE, field_name, False


class _Unreadable:
    """Stands for a file that cannot be read: no setting takes it, so that it is told with all other mistakes."""

    def __repr__(self) -> str:
        return "a file that cannot be read"


_UNREADABLE = _Unreadable()


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
            f"{_variable(settings_class, str(fault['loc'][0]))}: {_said(fault)}"
            for fault in err.errors(include_url=False)
        ]
    return []


def _said(fault: ErrorDetails) -> str:
    """What is wrong, never the value."""
    if fault.get("input") is _UNREADABLE:
        return "the file that it names cannot be read"
    return fault["msg"].removeprefix("Value error, ")


def unknown_variables(settings_class: type[ServiceSettings]) -> list[str]:
    """Variables with the service's prefix that no setting reads: typing errors, as a rule."""
    own = _own_prefix(settings_class)
    known = {
        f"{own}{name}{suffix}".upper() for name in settings_class.model_fields for suffix in ("", FILE_SUFFIX)
    }
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
