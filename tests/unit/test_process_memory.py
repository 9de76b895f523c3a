"""What a process of the system need not load, and would keep in memory for as long as it runs."""

import subprocess
import sys

SERVICES = ("api_gateway", "notifications", "sms", "email", "letters", "billing", "documents")
ONLY_FOR_MIGRATING = ("sqlalchemy", "alembic")


def test_only_who_migrates_loads_the_tools_of_migration() -> None:
    program = "; ".join(
        [
            "import sys",
            *(f"import services.{name}.__main__" for name in SERVICES),
            f"sys.exit(str([name for name in {ONLY_FOR_MIGRATING} if name in sys.modules] or ''))",
        ]
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": ":".join(path for path in sys.path if path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.strip() == ""
