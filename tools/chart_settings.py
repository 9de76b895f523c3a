"""Writes the `settings` of `deploy/k8s/notify/values.yaml`: every environment variable that is no secret, with its
meaning, below the line that says so. Values that are set there stay. `make env-example`.

A unit test fails when the file is not what this prints. `python -m tools.chart_settings secrets` lists what stands in
no values file: the files that each Kubernetes Secret must hold.
"""

import re
import sys
import textwrap
import types
import typing
from pathlib import Path

import yaml
from pydantic import SecretStr

from clients.notifyctl.stack.services import KINDS, ROOT, ServiceKind
from servicekit.settings import SHARED, SHARED_PREFIX, ServiceSettings
from tools.env_example import Setting, settings_class, settings_of

TARGET = ROOT / "deploy" / "k8s" / "notify" / "values.yaml"
MARK = "# Settings: made by `make env-example` from here to the end; only the values are yours.\n"
WIDTH = 100
PORTS = {
    "api_gateway": 6011,
    "notifications": 6021,
    "sms": 6022,
    "email": 6023,
    "letters": 6024,
    "billing": 6025,
    "documents": 6026,
}
_METRICS_DISTANCE = 20
_NOT_HERE = {"NOTIFY_SHUTDOWN_GRACE_S"}
"""Set by the chart itself, which must know it for `terminationGracePeriodSeconds`."""


def render(text: str) -> str:
    """The whole file: what stands above the mark as it is, and all settings below it."""
    head, _, below = text.partition(MARK)
    kept = (yaml.safe_load(below) or {}).get("settings", {}) if below else {}
    lines = [head + MARK + "settings:"]
    shared = [found for found in settings_of(ServiceSettings, SHARED_PREFIX) if _is_shared(found.name)]
    lines += _section("shared", "of all services; a service's own wins", shared, ServiceSettings, kept)
    for kind in KINDS:
        found = settings_class(kind.name)
        if found is not None:
            own = [
                setting
                for setting in settings_of(found, kind.prefix)
                if not _is_shared(setting.name, kind.prefix)
            ]
            lines += _section(kind.name, f"of services/{kind.name}", own, found, kept)
    return "\n".join(lines) + "\n"


def secrets() -> str:
    """What each Secret must hold, a line each; those without which a service does not start are marked."""
    values = yaml.safe_load(TARGET.read_text())
    lines = [f"{values['secrets']['shared']} (all services)"]
    lines += [
        _secret_line(found)
        for found in settings_of(ServiceSettings, SHARED_PREFIX)
        if _is_shared_secret(found)
    ]
    for kind in KINDS:
        found = settings_class(kind.name)
        if found is None:
            continue
        lines.append(f"{values['services'][kind.name]['secret']}")
        lines += [
            _secret_line(setting, needed=setting.required or setting.name.endswith("_DATABASE_URL"))
            for setting in settings_of(found, kind.prefix)
            if is_secret(found, setting.name) and _is_own_secret(setting.name, kind)
        ]
    return "\n".join(lines) + "\n"


def _secret_line(setting: Setting, *, needed: bool = False) -> str:
    return f"  {setting.name.lower()}{' (needed)' if needed or setting.required else ''}: {setting.meaning}"


def _is_shared_secret(setting: Setting) -> bool:
    return setting.name in {"NOTIFY_CALLER_KEYS", "NOTIFY_REDIS_URL"}


def _is_own_secret(name: str, kind: ServiceKind) -> bool:
    return not _is_shared(name, kind.prefix) or (kind.schema is not None and name.endswith("_DATABASE_URL"))


def is_secret(owner: type[ServiceSettings], variable: str) -> bool:
    """Whether a setting comes from a mounted file, and so not from the values."""
    name = next(name for name in owner.model_fields if variable.lower().endswith(f"_{name}"))
    return _holds_secret(owner.model_fields[name].annotation)


def _holds_secret(annotation: object) -> bool:
    if annotation is SecretStr:
        return True
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        return any(_holds_secret(part) for part in typing.get_args(annotation))
    return False


def _section(
    name: str,
    meaning: str,
    settings: list[Setting],
    owner: type[ServiceSettings],
    kept: dict[str, dict[str, object]],
) -> list[str]:
    lines = [f"  # Settings {meaning}. null: the default, which is shown.", f"  {name}:"]
    for setting in settings:
        if setting.name in _NOT_HERE or is_secret(owner, setting.name):
            continue
        default = f" Default: {setting.value}" if setting.value and not setting.required else ""
        lines += textwrap.wrap(
            f"{setting.meaning}{default}", WIDTH, initial_indent="    # ", subsequent_indent="    # "
        )
        value = (kept.get(name) or {}).get(setting.name, _in_a_cluster(name, setting.name))
        shown = "null" if value is None else yaml.safe_dump(value, default_flow_style=True, width=1_000)
        lines.append(f"    {setting.name}: {shown.removesuffix(chr(10)).removesuffix('...').strip()}")
    return lines


def _in_a_cluster(service: str, variable: str) -> object:
    """What a setting is in a cluster where the code's default suits one machine."""
    if variable.endswith("_METRICS_LISTEN"):
        return f"0.0.0.0:{_metrics_port(service)}"
    if variable.endswith(("_GRPC_LISTEN", "_HTTP_LISTEN")):
        return None if variable == "NOTIFY_GATEWAY_GRPC_LISTEN" else f"0.0.0.0:{PORTS[service]}"
    target = re.fullmatch(r"NOTIFY_[A-Z]+_([A-Z]+)_TARGET", variable)
    if target:
        called = target[1].lower()
        return f"dns:///notify-{called}:{PORTS[called]}"
    return None


def _metrics_port(service: str) -> int:
    return 6040 if service == "api_gateway" else PORTS[service] + _METRICS_DISTANCE


def _is_shared(name: str, prefix: str = SHARED_PREFIX) -> bool:
    return name.removeprefix(prefix).lower() in SHARED


def main(arguments: list[str]) -> int:
    """Write the file, or print the secrets."""
    if arguments == ["secrets"]:
        print(secrets(), end="")
        return 0
    Path(TARGET).write_text(render(TARGET.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
