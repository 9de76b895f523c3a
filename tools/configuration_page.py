"""Writes `docs/configuration.md`: every setting with its meaning, its default and what production asks of it.

Made from the `config.py` of each service, as `.env.example` is; a unit test fails when the file is not what this
prints. `make env-example`.
"""

import sys
from pathlib import Path

from clients.notifyctl.stack.services import KINDS, ROOT
from servicekit.settings import SHARED, SHARED_PREFIX, ServiceSettings, rules_of
from tools.chart_settings import is_secret
from tools.env_example import Setting, settings_class, settings_of

TARGET = ROOT / "docs" / "configuration.md"
HEAD = """\
# Configuration

Made from the services' settings by `make env-example`; do not edit.

Every setting is an environment variable. A service takes the first that is there of: its own variable
(`NOTIFY_SMS_DATABASE_URL`), a file that `NOTIFY_SMS_DATABASE_URL_FILE` names, a file `notify_sms_database_url` in the
folder `NOTIFY_SECRETS_DIR`; and for the settings of the first table the same without the service's name
(`NOTIFY_DATABASE_URL`, `…_FILE`, `notify_database_url`). Secrets belong in files.

    python -m services.sms --check-config     # what is wrong, a line each, without values; exit code 2

| `NOTIFY_ENVIRONMENT` | What it is for | What is refused |
|---|---|---|
| `development` | a laptop, tests | nothing; there is gRPC reflection, and callbacks may be plain http |
| `preview` | trying a branch in a cluster | as production, but the providers may be simulators |
| `staging`, `production` | releases | everything in the column "Production asks for" |

A service whose settings are refused does not start, and lists all of them. Two things have no switch, so that nobody
can leave them on: gRPC reflection and plain http for services' own URLs (callbacks) exist in development only.
"""


def render() -> str:
    """The whole page."""
    shared = [found for found in settings_of(ServiceSettings, SHARED_PREFIX) if _is_shared(found.name)]
    parts = [HEAD, _table("All services", shared, ServiceSettings, SHARED_PREFIX)]
    for kind in KINDS:
        owner = settings_class(kind.name)
        if owner is not None:
            own = [
                found for found in settings_of(owner, kind.prefix) if not _is_shared(found.name, kind.prefix)
            ]
            parts.append(_table(f"services/{kind.name}", own, owner, kind.prefix))
    return "\n".join(parts)


def _table(title: str, settings: list[Setting], owner: type[ServiceSettings], prefix: str) -> str:
    rules = rules_of(owner)
    lines = [f"## {title}\n", "| Setting | Meaning | Default | Production asks for |", "|---|---|---|---|"]
    for setting in settings:
        rule = rules.get(setting.name.removeprefix(prefix).lower())
        asked = "" if rule is None else rule.says + (" (needed)" if rule.needed else "")
        kind = " (secret)" if is_secret(owner, setting.name) else ""
        default = "**needed**" if setting.required else f"`{setting.value}`" if setting.value else "–"
        lines.append(f"| `{setting.name}`{kind} | {setting.meaning} | {default} | {asked} |")
    return "\n".join(lines) + "\n"


def _is_shared(name: str, prefix: str = SHARED_PREFIX) -> bool:
    return name.removeprefix(prefix).lower() in SHARED


def main() -> int:
    """Write the page."""
    Path(TARGET).write_text(render())
    return 0


if __name__ == "__main__":
    sys.exit(main())
