"""`notifyctl up`, `down` and `reset`: the local stack as a person starts, ends and drops it. `status` is in
`status.py`.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from clients.notifyctl.connection import DEFAULT_HOME, Home
from clients.notifyctl.demo import Demo, SentMessage, make_demo, send_both
from clients.notifyctl.output import AsJson, CommandError, console, errors, show, show_error
from clients.notifyctl.stack import Receipts, Stack, StackError
from clients.notifyctl.stack.leftovers import end_leftovers
from clients.notifyctl.stack.logfiles import open_log
from clients.notifyctl.stack.ports import DEFAULT_REST_PORT
from clients.notifyctl.stack.services import ROOT
from clients.notifyctl.stack.state import Phase, StackState, read_state, remove_state
from clients.notifyctl.summary import summary_facts, summary_text
from servicekit.errors import ServiceError

_STOP_PATIENCE_S = 60.0
_START_PATIENCE_S = 180.0
_LOOK_EVERY_S = 0.05
_LOG_NAME = "notifyctl.log"

RestPort = Annotated[
    int, typer.Option(help="Port of the REST API; the others are at fixed distances. 0: all free.")
]
Workers = Annotated[int, typer.Option(min=1, help="Processes of the gateway, and of notifications.")]
DemoFlag = Annotated[
    bool, typer.Option("--demo/--no-demo", help="Make a demo service and send two messages.")
]
ReceiptsOption = Annotated[
    Receipts, typer.Option(help="Whether the providers' simulators report on messages.")
]
Detach = Annotated[bool, typer.Option("--detach", help="Come back once it runs; `notifyctl down` ends it.")]


def up(
    home: Home = DEFAULT_HOME,
    rest_port: RestPort = DEFAULT_REST_PORT,
    workers: Workers = 1,
    demo: DemoFlag = True,
    receipts: ReceiptsOption = Receipts.ON,
    detach: Detach = False,
    as_json: AsJson = False,
) -> None:
    """Start the whole system on this machine, with its data in one folder, and stay until Ctrl-C.

    NOTIFY_DATABASE_URL and NOTIFY_REDIS_URL replace its own servers; other NOTIFY_… variables reach the
    services.

    Example: notifyctl up --rest-port 7011 --home /tmp/second
    """
    home = home.resolve()
    if detach:
        _start_apart(home, rest_port, workers, receipts)
        _present(home, with_demo=demo, as_json=as_json)
        return
    told = threading.Event()
    stack = Stack(
        home, rest_port=rest_port, workers=workers, receipts=receipts, environ=os.environ, report=_report
    )

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        told.set()
        stack.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    _run(stack, told, with_demo=demo, as_json=as_json)


def down(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """End the stack that runs in a folder. Its data stay. Nothing happens when none runs.

    Example: notifyctl down --home /tmp/second
    """
    ended = _end(home.resolve())
    show({"ended": ended}, "ended" if ended else "nothing was running", as_json=as_json)


def reset(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """End the stack that runs in a folder, and drop the folder with all data, keys and logs.

    Example: notifyctl reset --home /tmp/second
    """
    home = home.resolve()
    _end(home)
    if home.exists():
        if not (home / "secrets").is_dir():
            raise CommandError(f"{home} holds no stack; not dropped")
        shutil.rmtree(home)
    show({"dropped": str(home)}, f"dropped {home}", as_json=as_json)


def _run(stack: Stack, told: threading.Event, *, with_demo: bool, as_json: bool) -> None:
    """The life of a stack in the foreground."""
    try:
        stack.start()
    except StackError:
        if told.is_set():
            return  # told to stop while starting: nothing is wrong
        raise
    try:
        _present(stack.home, with_demo=with_demo, as_json=as_json)
        if not as_json:
            console.print("\nCtrl-C ends it; the data stay.")
        told.wait()
        _report("ending…")
    finally:
        stack.stop()


def _present(home: Path, *, with_demo: bool, as_json: bool) -> None:
    """Tell what runs, with a demo first. When that fails the stack goes on, as its logs say why."""
    state = _ready_state(home)
    demo: Demo | None = None
    sent: Sequence[SentMessage] = ()
    if with_demo:
        try:
            demo = make_demo(home)
            sent = send_both(demo, state)
        except (ServiceError, CommandError) as err:
            show_error(f"the demo failed ({err}); see {home / 'logs'}")
    text = summary_text(home, DEFAULT_HOME, state, demo, sent)
    show(summary_facts(home, state, demo, sent), f"\n{text}", as_json=as_json)
    sys.stdout.flush()


def _start_apart(home: Path, rest_port: int, workers: int, receipts: Receipts) -> None:
    """Start a stack in a process of its own, and wait until it is ready. Raises CommandError."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    log_path = home / "logs" / _LOG_NAME
    command = [
        sys.executable, "-m", "clients.notifyctl", "up", "--no-demo", "--home", str(home),
        "--rest-port", str(rest_port), "--workers", str(workers), "--receipts", receipts.value,
    ]  # fmt: skip
    with open_log(log_path) as log:
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    deadline = time.monotonic() + _START_PATIENCE_S
    while time.monotonic() < deadline:
        state = read_state(home)
        if state is not None and state.pid == process.pid and state.phase is Phase.READY:
            return
        if process.poll() is not None:
            said = log_path.read_text(errors="replace").rpartition("error: ")[2]
            raise CommandError(said.strip() or f"it did not start; see {log_path}")
        time.sleep(_LOOK_EVERY_S)
    raise CommandError(f"it did not start within {_START_PATIENCE_S:.0f} s; see {log_path}")


def _end(home: Path) -> bool:
    """End the stack of a folder, or what a crash left of one; says whether there was one. Raises
    CommandError.
    """
    state = read_state(home)
    if not _is_held(home):
        left = [] if state is None else end_leftovers(state)
        remove_state(home)
        return bool(left)
    if state is None:
        raise CommandError(f"a stack is just being started or ended in {home}; try again")
    os.kill(state.pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_PATIENCE_S
    while _is_held(home):
        if time.monotonic() > deadline:
            raise CommandError(f"process {state.pid} does not end")
        time.sleep(_LOOK_EVERY_S)
    return True


def _is_held(home: Path) -> bool:
    """Whether a stack holds this folder."""
    try:
        with (home / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _ready_state(home: Path) -> StackState:
    state = read_state(home)
    if state is None:
        raise CommandError(f"the stack in {home} has gone")
    return state


def _report(line: str) -> None:
    """News while it runs, on standard error: standard output is for the summary."""
    errors.print(f"[dim]{line}[/dim]" if "[" not in line else line)
