"""A whole system on one machine: started in order, watched over, stopped in order.

    with Stack(home, rest_port=0) as stack:
        requests.get(stack.rest_url + "/_status")
        stack.process("sms").kill()          # it is started again
        stack.wait_healthy("sms")

`notifyctl up` runs one for people; end-to-end tests, the conformance suite and benchmarks run their own
beside it. A stack lives in its `home` folder: data, logs, secrets, state. One stack at a time per home.
"""

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from clients.notifyctl.stack import postgres, valkey
from clients.notifyctl.stack.children import (
    STOP_PATIENCE_S,
    Child,
    ChildSpec,
    StackError,
    Stage,
    Watchdog,
)
from clients.notifyctl.stack.handles import ProcessHandle
from clients.notifyctl.stack.leftovers import end_leftovers
from clients.notifyctl.stack.migrating import migrate_all
from clients.notifyctl.stack.ports import PortTakenError, choose_ports
from clients.notifyctl.stack.secrets import StackSecrets
from clients.notifyctl.stack.services import (
    SIMULATORS,
    Facts,
    Receipts,
    ServiceKind,
    built_kinds,
    port_names,
    process_names,
    service_spec,
    simulators_spec,
)
from clients.notifyctl.stack.state import (
    Phase,
    ProcessState,
    StackState,
    read_state,
    remove_state,
    write_state,
)
from servicekit.identity import public_half

START_PATIENCE_S = 60.0
"""How long a process may take until it is healthy."""
_HEALTH_EVERY_S = 0.03
_LOOK_EVERY_S = 0.2
_LOCK_FILE = "lock"

Report = Callable[[str], None]


class Stack:
    """See the module. Raises StackError when it cannot start; everything that was started is ended then."""

    def __init__(
        self,
        home: Path,
        *,
        rest_port: int = 0,
        workers: int = 1,
        receipts: Receipts = Receipts.ON,
        settings: Mapping[str, Mapping[str, str]] | None = None,
        environ: Mapping[str, str] | None = None,
        report: Report = lambda _line: None,
    ) -> None:
        """`rest_port` 0 takes free ports for everything. `workers`: processes of the gateway and of
        notifications.

        `settings`: by service, settings without their prefix. `environ`: a person's environment; its NOTIFY_…
        variables reach all processes, and NOTIFY_DATABASE_URL and NOTIFY_REDIS_URL replace the stack's own
        servers. `report` is told in words what goes on, from any thread.
        """
        self.home = home.resolve()
        self._rest_port = rest_port
        self._workers = workers
        self._receipts = receipts
        self._settings = settings or {}
        self._environ = {name: value for name, value in (environ or {}).items() if name.startswith("NOTIFY_")}
        self._report = report
        self._secrets = StackSecrets(self.home / "secrets")
        self._kinds = built_kinds()
        self._lock = threading.RLock()
        self._children: dict[str, Child] = {}
        self._closing = threading.Event()
        self._phase = Phase.STARTING
        self._ports: dict[str, int] = {}
        self._held: TextIO | None = None
        self._guard: Watchdog | None = None
        self._watcher: threading.Thread | None = None

    # What it is

    @property
    def rest_url(self) -> str:
        """Where the public API is."""
        return self.state.rest_url

    @property
    def simulators_url(self) -> str:
        """Where the providers' simulators and the outbox page are."""
        return self.state.simulators_url

    @property
    def database_url(self) -> str:
        """The database, with every right."""
        external = self._environ.get("NOTIFY_DATABASE_URL")
        return external or postgres.url(self._ports["postgres"], self._secrets.get("postgres"))

    @property
    def redis_url(self) -> str:
        """The cache."""
        external = self._environ.get("NOTIFY_REDIS_URL")
        return external or valkey.url(self._ports["valkey"], self._secrets.get("valkey"))

    @property
    def caller_keys(self) -> str:
        """What gRPC callers sign their tokens with."""
        return self._environ.get("NOTIFY_CALLER_KEYS") or self._secrets.get("caller_keys")

    @property
    def process_names(self) -> list[str]:
        """The processes, in the order in which they were started."""
        return list(self._children)

    @property
    def state(self) -> StackState:
        """What the state file says."""
        processes = {
            name: ProcessState(
                pid=child.pid,
                started=child.started,
                health_url=child.spec.health_url,
                restarts=child.restarts,
            )
            for name, child in self._children.items()
        }
        return StackState(
            phase=self._phase,
            pid=os.getpid(),
            ports=self._ports,
            database_url=self.database_url,
            redis_url=self.redis_url,
            processes=processes,
        )

    def process(self, name: str) -> ProcessHandle:
        """A process by name, such as `sms` or `notifications-2`. Raises StackError."""
        if name not in self._children:
            raise StackError(f"there is no process {name}; there are {', '.join(self._children)}")
        return ProcessHandle(self._children[name], self._lock, self._write_state)

    def logs(self, name: str | None = None) -> str:
        """What a process has written, or all of them together."""
        folder = self.home / "logs"
        paths = sorted(folder.glob("*.log*")) if name is None else [folder / f"{name}.log"]
        return "".join(path.read_text(errors="replace") for path in paths if path.exists())

    def wait_healthy(self, name: str, timeout_s: float = START_PATIENCE_S) -> None:
        """Wait until a process is well, through crashes and restarts. Raises StackError when it takes too
        long.
        """
        deadline = time.monotonic() + timeout_s
        while not self.process(name).is_healthy:
            if time.monotonic() > deadline:
                raise StackError(self._children[name].problem())
            time.sleep(_HEALTH_EVERY_S)

    # Its life

    def start(self) -> None:
        """Start everything and wait until it is healthy. Raises StackError."""
        self._begin(self._start_in_order)
        self._phase = Phase.READY
        self._write_state()
        self._watcher = threading.Thread(target=self._watch, name="stack-watcher", daemon=True)
        self._watcher.start()

    def prepare(self) -> None:
        """Make the database with every schema in it, and end it again: the greater part of the first start in a home.
        Raises StackError.
        """
        self._begin(self._start_database)
        self.stop()

    def stop(self) -> None:
        """End everything, from the edge to the middle. Again changes nothing."""
        self._closing.set()
        if self._watcher is not None:
            self._watcher.join()
        self._phase = Phase.STOPPING
        for stage in Stage:
            children = [child for child in self._children.values() if child.spec.stage is stage]
            for child in children:
                child.ask_to_stop()
            deadline = time.monotonic() + STOP_PATIENCE_S
            for child in children:
                child.wait_stopped(deadline)
        self._children.clear()
        if self._guard is not None:
            self._guard.close()
            self._guard = None
        if self._held is not None:
            remove_state(self.home)
            self._held.close()
            self._held = None

    def cancel(self) -> None:
        """Make a `start` that is under way give up, from any thread or signal handler."""
        self._closing.set()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.stop()

    # Starting

    def _begin(self, start: Callable[[], object]) -> None:
        """Take the home and start what is wanted; ends everything when that fails."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._take_home()
        try:
            self._clean_up()
            self._ports = choose_ports(self._rest_port, self._names_of_ports())
            self._guard = Watchdog()
            start()
        except PortTakenError as err:
            self.stop()
            raise StackError(str(err)) from err
        except BaseException:
            self.stop()
            raise

    def _take_home(self) -> None:
        held = (self.home / _LOCK_FILE).open("a")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.close()
            raise StackError(f"a stack is already running in {self.home}; see `notifyctl status`") from None
        self._held = held

    def _clean_up(self) -> None:
        left = read_state(self.home)
        if left is None:
            return
        for name in end_leftovers(left):
            self._report(f"{name} was left over from a stack that was killed; ended it")
        remove_state(self.home)

    def _names_of_ports(self) -> list[str]:
        own = [name for name, variable in _SERVERS.items() if variable not in self._environ]
        return [*port_names(self._kinds, self._workers), SIMULATORS, *own]

    def _start_in_order(self) -> None:
        """Ground first. What need not wait for one another starts together."""
        facts = self._facts({kind.schema: "" for kind in self._kinds if kind.schema})
        ground = [self._add(simulators_spec(facts))]
        if "valkey" in self._ports:
            ground.append(self._add(self._valkey_spec()))
        facts = self._start_database()
        core = [kind for kind in self._kinds if kind.stage is Stage.CORE]
        others = [kind for kind in self._kinds if kind.stage is not Stage.CORE]
        self._wait_all([*self._add_services(core, facts), *ground])
        self._wait_all(self._add_services(others, facts))

    def _facts(self, database_urls: Mapping[str, str]) -> Facts:
        passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        theirs = {name: value for name, value in self._environ.items() if name not in _SERVERS.values()}
        return Facts(
            ports=self._ports,
            redis_url=self.redis_url,
            caller_keys=self.caller_keys,
            operator_public_keys=public_half(self._secrets.operator_key()),
            secret_keys=self._secrets.get("secret_keys"),
            database_urls=database_urls,
            workers=self._workers,
            log_folder=self.home / "logs",
            letters_folder=self.home / "letters",
            simulators_folder=self.home / "simulators",
            files_folder=self.home / "files",
            receipts=self._receipts,
            # grpc's care for forks can end the child of a process that serves before it becomes another program.
            base_environment={
                **passed_on,
                "PYTHONUNBUFFERED": "1",
                "GRPC_ENABLE_FORK_SUPPORT": "0",
                **theirs,
            },
            settings=self._settings,
        )

    def _valkey_spec(self) -> ChildSpec:
        password = self._secrets.get("valkey")
        log = self.home / "logs" / "valkey.log"
        return valkey.spec(self.home / "valkey", self._ports["valkey"], password, log)

    def _start_database(self) -> Facts:
        """Start it with all schemas up to date; answers what services are to know."""
        is_ours = "postgres" in self._ports  # who knows what happened to somebody else's database
        if is_ours:
            self._start_postgres()
        facts = self._facts(self._make_schemas())
        migrate_all(self._kinds, facts, self.home, trust_notes=is_ours, check=self._check_wanted)
        return facts

    def _start_postgres(self) -> None:
        password = self._secrets.get("postgres")
        folder = self.home / "postgres"
        postgres.make_data(folder, self._secrets.path("postgres"))
        log = self.home / "logs" / "postgres.log"
        spec = postgres.spec(folder, self.home / "run", self._ports["postgres"], password, log)
        self._wait_all([self._add(spec)])

    def _make_schemas(self) -> dict[str, str]:
        """Make what is missing; answers the database's URL for each schema."""
        schemas = [kind.schema for kind in self._kinds if kind.schema]
        if "postgres" not in self._ports:
            postgres.make_schemas_only(self.database_url, schemas)
            return dict.fromkeys(schemas, self.database_url)
        passwords = {schema: self._secrets.get(f"postgres_{schema}") for schema in schemas}
        postgres.make_schemas(self.database_url, passwords)
        port = self._ports["postgres"]
        return {
            schema: postgres.url(port, password, role=postgres.role_of(schema))
            for schema, password in passwords.items()
        }

    def _add_services(self, kinds: Iterable[ServiceKind], facts: Facts) -> list[Child]:
        return [
            self._add(service_spec(kind, process, facts))
            for kind in kinds
            for process in process_names(kind, self._workers)
        ]

    def _add(self, spec: ChildSpec) -> Child:
        if self._guard is None:
            raise StackError("the stack is not being started")
        child = self._children[spec.name] = Child(spec, self._guard)
        child.start()
        self._write_state()
        return child

    def _wait_all(self, children: list[Child]) -> None:
        """Wait until these are healthy. Raises StackError when one ends or takes too long."""
        began = time.monotonic()
        waiting = list(children)
        while waiting:
            self._check_wanted()
            for child in list(waiting):
                if not child.is_running or time.monotonic() - began > START_PATIENCE_S:
                    raise StackError(child.problem())
                if child.spec.is_healthy():
                    waiting.remove(child)
                    self._report(f"{child.spec.name} is up after {child.age_s:.1f} s")
            if waiting:
                time.sleep(_HEALTH_EVERY_S)

    def _check_wanted(self) -> None:
        if self._closing.is_set():
            raise StackError("it was told to stop while it was starting")

    # While it runs

    def _watch(self) -> None:
        while not self._closing.wait(_LOOK_EVERY_S):
            with self._lock:
                news = [said for child in self._children.values() if (said := child.look())]
                if self._guard is not None:
                    self._guard.look()
                if news:
                    self._write_state()
            for said in news:
                self._report(said)

    def _write_state(self) -> None:
        write_state(self.home, self.state)


_SERVERS = {"postgres": "NOTIFY_DATABASE_URL", "valkey": "NOTIFY_REDIS_URL"}
"""The servers that somebody may bring, and how."""
_PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""What the processes get of this one's environment."""
