"""The SQL of all services' migrations, looked at by squawk: `make migrations`. `notifyctl migrate` runs them."""

import subprocess
import sys
import tempfile
from pathlib import Path

from clients.notifyctl.migrating import with_migrations
from clients.notifyctl.stack.services import ROOT, ServiceKind
from servicekit.migrations import render_sql

POSTGRES_VERSION = "18"


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


if __name__ == "__main__":
    sys.exit(lint(with_migrations()))
