"""Migrations of all services at once: `lint` their SQL with squawk, or `apply` them to one database.

`make migrations` and `make migrate`. In a cluster each service migrates its own schema, with its own role:
`python -m services.sms --migrate`.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from clients.notifyctl.stack.services import KINDS, ROOT, ServiceKind
from servicekit.migrations import migrate, render_sql

POSTGRES_VERSION = "18"


def main(arguments: list[str]) -> int:
    """Do what the argument says; answers the exit code."""
    match arguments:
        case ["lint"]:
            return lint(with_migrations())
        case ["apply"]:
            return apply(with_migrations())
        case _:
            print("usage: python -m tools.migrations lint|apply", file=sys.stderr)
            return 2


def with_migrations() -> list[ServiceKind]:
    """The services that have a schema and migrations for it."""
    folders = {kind.name: ROOT / "services" / kind.name / "migrations" for kind in KINDS if kind.schema}
    return [kind for kind in KINDS if kind.name in folders and any(folders[kind.name].glob("[0-9]*.py"))]


def lint(kinds: list[ServiceKind]) -> int:
    """Render each service's migrations as SQL; squawk looks for what locks a table or breaks old code."""
    with tempfile.TemporaryDirectory() as folder:
        for kind in kinds:
            sql = render_sql(f"services.{kind.name}", kind.schema or "")
            Path(folder, f"{kind.name}.sql").write_text(sql)
        print(f"squawk: {', '.join(kind.name for kind in kinds)}", flush=True)
        command: list[str | Path] = [
            Path(sys.executable).with_name("squawk"), "--config", ROOT / ".squawk.toml",
            "--pg-version", POSTGRES_VERSION, *sorted(Path(folder).glob("*.sql")),
        ]  # fmt: skip
        return subprocess.run(command, check=False).returncode


def apply(kinds: list[ServiceKind]) -> int:
    """Bring all schemas of the database of NOTIFY_DATABASE_URL up to date, as the role of that URL."""
    url = os.environ.get("NOTIFY_DATABASE_URL")
    if not url:
        print("error: NOTIFY_DATABASE_URL is not set", file=sys.stderr)
        return 1
    for kind in kinds:
        revision = migrate(url, f"services.{kind.name}", kind.schema or "")
        print(f"{kind.name}: schema {kind.schema} is at {revision}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
