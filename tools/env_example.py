"""Writes `.env.example`: every environment variable that the services read, with its meaning and default.

Made from the `config.py` of each service, so it cannot lie; a unit test fails when the file is not what this
prints. `make env-example`.
"""

import ast
import importlib
import inspect
import sys
import textwrap
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from clients.notifyctl.stack.services import KINDS, ROOT
from servicekit.settings import SHARED, SHARED_PREFIX, ServiceSettings

TARGET = ROOT / ".env.example"
WIDTH = 100
HEAD = """\
# Every setting of every service. `make run` needs none of them: it makes its own.
# A line that is commented out shows the default. Made by `make env-example`; do not edit.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One environment variable."""

    name: str
    meaning: str
    value: str
    required: bool

    @property
    def lines(self) -> list[str]:
        """Its comment and its line."""
        comment = textwrap.wrap(self.meaning, WIDTH, initial_indent="# ", subsequent_indent="# ")
        return [*comment, f"{self.name}=" if self.required else f"# {self.name}={self.value}"]


def render() -> str:
    """The whole file."""
    classes = {kind.name: settings_class(kind.name) for kind in KINDS}
    shared = [setting for setting in settings_of(ServiceSettings, SHARED_PREFIX) if _is_shared(setting.name)]
    parts = [HEAD, _section("All services; one with its own prefix wins", shared)]
    for name, found in classes.items():
        if found is None:
            continue
        prefix = str(found.model_config.get("env_prefix"))
        own = [setting for setting in settings_of(found, prefix) if not _is_shared(setting.name, prefix)]
        parts.append(_section(f"services/{name}", own))
    return "\n".join(parts)


def settings_class(service: str) -> type[ServiceSettings] | None:
    """The settings of a service; None for one that is not written yet."""
    if not (ROOT / "services" / service / "config.py").exists():
        return None
    module = importlib.import_module(f"services.{service}.config")
    found = [
        value
        for value in vars(module).values()
        if inspect.isclass(value)
        and issubclass(value, ServiceSettings)
        and value.__module__ == module.__name__
    ]
    return found[0]


def settings_of(owner: type[ServiceSettings], prefix: str) -> list[Setting]:
    """All settings of a class, in the order in which they are written, with their docstrings as meanings."""
    meanings: dict[str, str] = {}
    for parent in reversed(owner.__mro__):
        if issubclass(parent, ServiceSettings):
            meanings |= _docstrings(parent)
    return [
        Setting(
            name=(prefix + name).upper(),
            meaning=meanings.get(name, ""),
            value=_shown(field.get_default(call_default_factory=True, validated_data={})),
            required=field.is_required(),
        )
        for name, field in owner.model_fields.items()
    ]


def _section(title: str, settings: list[Setting]) -> str:
    lines = [f"#\n# {title}\n#"]
    for setting in settings:
        lines += setting.lines
    return "\n".join(lines) + "\n"


def _is_shared(name: str, prefix: str = SHARED_PREFIX) -> bool:
    return name.removeprefix(prefix).lower() in SHARED


def _shown(default: object) -> str:
    match default:
        case None:
            return ""
        case SecretStr():
            return default.get_secret_value()
        case bool():
            return str(default).lower()
        case _ if default is PydanticUndefined:
            return ""
        case _:
            return str(default)


def _docstrings(owner: type[ServiceSettings]) -> dict[str, str]:
    """The string that stands below each attribute of a class, on one line."""
    body = ast.parse(textwrap.dedent(inspect.getsource(owner))).body[0]
    found = {}
    statements = body.body if isinstance(body, ast.ClassDef) else []
    for attribute, below in pairwise(statements):
        if not isinstance(attribute, ast.AnnAssign) or not isinstance(attribute.target, ast.Name):
            continue
        if (
            isinstance(below, ast.Expr)
            and isinstance(below.value, ast.Constant)
            and isinstance(below.value.value, str)
        ):
            found[attribute.target.id] = " ".join(below.value.value.split())
    return found


def main() -> int:
    """Write the file."""
    Path(TARGET).write_text(render())
    return 0


if __name__ == "__main__":
    sys.exit(main())
