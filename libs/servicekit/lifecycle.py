"""The life of a process: start, background loops, and an orderly end.

A service's `__main__` is

    async def main(lifecycle: Lifecycle, settings: Settings) -> None:
        pool = await lifecycle.enter(make_pool(...))
        store = Store(pool)
        lifecycle.start_loop("sending", lambda: sending.run(store, lifecycle.stopping))
        await lifecycle.serve(make_server(...))

    if __name__ == "__main__":
        service_main("sms", Settings, main, package="services.sms", schema="sms")

On SIGTERM or SIGINT: health says NOT_SERVING → `on_stopping` hooks → loops and RPCs finish within the grace →
everything closes in reverse order. A second signal ends the process at once. A loop that ends or fails while
the process should run stops it, loudly, with exit code 1: Kubernetes starts a new one.
"""

import argparse
import asyncio
import contextlib
import gc
import inspect
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any, Final, NoReturn, TypeVar

import structlog
import uvloop
from sqlalchemy.exc import OperationalError as DatabaseAway

from servicekit import logs, metrics, migrations
from servicekit.clock import monotonic
from servicekit.grpc_server import GrpcServer
from servicekit.schema_watch import WATCHED_EVERY_S, watch_schema
from servicekit.settings import ServiceSettings, check_config, unknown_variables

T = TypeVar("T")
S = TypeVar("S", bound=ServiceSettings)
Hook = Callable[[], Awaitable[None] | None]

_SCHEMA_LOOKED_AT_EVERY_S: Final = 60.0

_missing_revisions = metrics.gauge(
    "notify_schema_missing_revisions", "Migrations of this process's code that its schema lacks", ["schema"]
)
_FAILED: Final = 1
_BAD_CONFIG: Final = 2

_log = structlog.get_logger()


class LoopEnded(Exception):  # noqa: N818 -- says what happened; the loop's own error is its cause
    """A background loop ended while the process should run."""


class Lifecycle:
    """What a service's `main` gets: enter resources, start loops, serve, and be told when to stop."""

    def __init__(self, group: asyncio.TaskGroup, *, grace_s: float) -> None:
        self.stopping = asyncio.Event()
        """Set when the process stops, after health said so: loops return, long polls answer early."""
        self._group = group
        self._grace_s = grace_s
        self._stop_wanted = asyncio.Event()
        self._stack = AsyncExitStack()
        self._hooks: list[Hook] = []
        self._servers: list[GrpcServer] = []
        self._loops: set[asyncio.Task[None]] = set()
        self._watches: set[asyncio.Task[None]] = set()
        self.failed = False
        """Whether something ended that should have gone on."""
        self._is_up = False

    @property
    def is_serving(self) -> bool:
        """Whether this process is up and its servers' needs are met: for `/healthz`."""
        is_wanted = self._is_up and not self._stop_wanted.is_set()
        return is_wanted and all(server.is_serving for server in self._servers)

    def note_up(self) -> None:
        """The start is over: from now on the process is as healthy as its servers."""
        self._is_up = True

    async def enter(self, resource: AbstractAsyncContextManager[T]) -> T:
        """Open a resource; it is closed at the end, after everything that was entered later."""
        return await self._stack.enter_async_context(resource)

    def on_close(self, close: Callable[[], Awaitable[None]]) -> None:
        """Call `close` at the end, in its place in the reverse order."""
        self._stack.push_async_callback(close)

    def on_stopping(self, hook: Hook) -> None:
        """Call `hook` when stopping begins, in order of registration: stop leasing, wake long polls."""
        self._hooks.append(hook)

    def start_loop(self, name: str, make: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run `make()` in the background until the process stops.

        It should return soon after `stopping` is set, having finished its work; after the grace it is
        cancelled. Returning or raising earlier stops the process with exit code 1.
        """
        self._start(name, make(), self._loops)

    def start_periodic(self, name: str, every_s: float, work: Callable[[], Awaitable[object]]) -> None:
        """Call `work` now and then again, `every_s` after each end; no more calls once stopping begins.

        An exception is logged and does not stop the process: the next call may succeed.
        """
        self._start(name, self._repeat(name, every_s, work), self._loops)

    async def sleep(self, seconds: float) -> bool:
        """Wait, at most until stopping begins; answers whether to go on."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.stopping.wait()
        return not self.stopping.is_set()

    async def serve(self, server: GrpcServer) -> int:
        """Start a gRPC server and keep its health up to date; answers its port."""
        port = await server.start()
        self._servers.append(server)
        self._stack.push_async_callback(server.stop)
        self._start("watch needs", server.watch_needs(), self._watches)
        _log.info("server_started", port=port)
        return port

    def watch_event_loop(self) -> None:
        """Measure how late the event loop runs."""
        self._start("watch event loop", metrics.watch_event_loop(), self._watches)

    def stop(self) -> None:
        """Begin to stop, as if SIGTERM had come."""
        self._stop_wanted.set()

    async def wait_stop_wanted(self) -> None:
        """Wait for a signal, `stop()` or the failure of a loop."""
        await self._stop_wanted.wait()

    async def finish(self) -> None:
        """The orderly end; `run` calls it."""
        started = monotonic()
        self._stop_wanted.set()
        try:
            for server in self._servers:
                await server.set_not_serving()
            self.stopping.set()
            await self._call_hooks()
            stops = [self._group.create_task(server.stop(self._grace_s)) for server in self._servers]
            if unfinished := {*self._loops, *stops}:
                await asyncio.wait(unfinished, timeout=self._grace_s)
        finally:
            cut_off = await _cancel(self._loops)
            await _cancel(self._watches)
            await self._close()
            _log.info("process_stopped", duration_s=round(monotonic() - started, 3), cut_off=cut_off)

    async def _close(self) -> None:
        try:
            await self._stack.aclose()  # closes the rest also when one fails
        except Exception as exc:  # noqa: BLE001 -- told here; a traceback on stderr would tell too much
            self.failed = True
            _log.error("close_failed", failure=exc)

    async def _call_hooks(self) -> None:
        for hook in self._hooks:
            try:
                async with asyncio.timeout(self._grace_s):
                    outcome = hook()
                    if inspect.isawaitable(outcome):
                        await outcome
            except Exception as exc:  # noqa: BLE001 -- the other hooks must still run
                _log.error("stopping_hook_failed", failure=exc)

    def _start(self, name: str, work: Coroutine[Any, Any, None], tasks: set[asyncio.Task[None]]) -> None:
        task = self._group.create_task(self._guard(name, work), name=name)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def _guard(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as exc:  # noqa: BLE001 -- whatever ended the loop, the process must stop in order
            self.failed = True
            _log.error("loop_failed", loop=name, failure=exc)
        if not self.stopping.is_set():
            if not self.failed:
                self.failed = True
                _log.error("loop_ended", loop=name)
            self._stop_wanted.set()

    async def _repeat(self, name: str, every_s: float, work: Callable[[], Awaitable[object]]) -> None:
        while not self.stopping.is_set():
            try:
                await work()
            except Exception as exc:  # noqa: BLE001 -- the next round may succeed
                _log.error("periodic_work_failed", loop=name, failure=exc)
            await self.sleep(every_s)


async def _cancel(tasks: set[asyncio.Task[None]]) -> list[str]:
    """Cancel tasks and wait for their end; answers their names."""
    names = [task.get_name() for task in tasks]
    for task in list(tasks):
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return names


def run(main: Callable[[Lifecycle], Awaitable[None]], *, grace_s: float = 20.0) -> int:
    """Run a process until it is told to stop; answers its exit code.

    `main` sets things up and returns; what it started goes on. An exception in it ends the process with 1.
    """
    return uvloop.run(_run(main, grace_s))


async def _run(main: Callable[[Lifecycle], Awaitable[None]], grace_s: float) -> int:
    asyncio.get_running_loop().set_exception_handler(_log_loop_exception)
    async with asyncio.TaskGroup() as group:
        lifecycle = Lifecycle(group, grace_s=grace_s)
        _handle_signals(lifecycle)
        setup = group.create_task(_set_up(main, lifecycle), name="main")
        stop_wanted = group.create_task(lifecycle.wait_stop_wanted())
        await asyncio.wait({setup, stop_wanted}, return_when=asyncio.FIRST_COMPLETED)
        await stop_wanted
        setup.cancel()  # told to stop while still starting; nothing otherwise
        await asyncio.wait({setup})
        await lifecycle.finish()
    return _FAILED if lifecycle.failed else 0


async def _set_up(main: Callable[[Lifecycle], Awaitable[None]], lifecycle: Lifecycle) -> None:
    try:
        await main(lifecycle)
    except Exception as exc:  # noqa: BLE001 -- told once, here, then the orderly end
        lifecycle.failed = True
        _log.error("start_failed", failure=exc)
        lifecycle.stop()


def _handle_signals(lifecycle: Lifecycle) -> None:
    seen: list[str] = []

    def on_signal(number: signal.Signals) -> None:
        seen.append(number.name)
        if len(seen) > 1:
            _log.warning("process_killed", signals=seen)
            os._exit(_FAILED)
        _log.info("signal_received", signal=number.name)
        lifecycle.stop()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal, number)


def _log_loop_exception(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """The event loop's complaints, without the exception's text, which may hold personal data."""
    exc = context.get("exception")
    _log.error("task_failed", **({} if exc is None else {"failure": exc}), said=_said_by_loop(context))


def _said_by_loop(context: dict[str, Any]) -> str:
    said = str(context.get("message", ""))
    return said.split(":")[0][:200]  # asyncio appends representations after a colon


def service_main(
    name: str,
    settings_class: type[S],
    main: Callable[[Lifecycle, S], Awaitable[None]],
    *,
    package: str | None = None,
    schema: str | None = None,
    argv: Sequence[str] | None = None,
) -> NoReturn:
    """The whole `__main__` of a service: options, settings, logs, metrics, then `run`. Exits.

    `--check-config` tells what is wrong with the settings (exit code 2) or that all is well.
    `--migrate [all|pre|post]` brings the schema up to date and ends; it needs `package` (`services.sms`) and
    `schema`.
    """
    options = _parser(name, can_migrate=package is not None and schema is not None).parse_args(argv)
    problems, strangers = check_config(settings_class), unknown_variables(settings_class)
    if problems or options.check_config:
        lines = [*problems, *(f"{variable}: no such setting" for variable in strangers)]
        sys.stdout.write("\n".join(lines or [f"{name}: settings are in order"]) + "\n")
        sys.exit(_BAD_CONFIG if lines else 0)
    settings = settings_class.load()
    logs.configure(name, settings.log_level)
    if (
        strangers
    ):  # no reason to stay down: Kubernetes adds variables of its own when a Service is called alike
        _log.warning("settings_unknown", variables=strangers)
    if package and schema and options.migrate:
        reached = migrations.migrate(settings.need_database_url(), package, schema, options.migrate)
        _log.info("schema_migrated", schema=schema, revision=reached)
        sys.exit(0)

    async def main_with_metrics(lifecycle: Lifecycle) -> None:
        if settings.trace_ratio > 0:
            await lifecycle.enter(
                _trace_exporting(name, settings)
            )  # first, so that it sends what all others end with
        server = metrics.MetricsServer(settings.metrics_listen, is_healthy=lambda: lifecycle.is_serving)
        await lifecycle.enter(server)
        lifecycle.watch_event_loop()
        if package and schema:
            _watch_schema(lifecycle, settings, package, schema)
        await main(lifecycle, settings)
        if package and schema:
            url = settings.need_database_url()
            lifecycle.start_periodic("schema", WATCHED_EVERY_S, lambda: watch_schema(url, package, schema))
        _calm_garbage_collector()
        lifecycle.note_up()
        _log.info("process_started", metrics_port=server.port)

    sys.exit(run(main_with_metrics, grace_s=settings.shutdown_grace_s))


def _watch_schema(lifecycle: Lifecycle, settings: ServiceSettings, package: str, schema: str) -> None:
    """Show whether the schema lacks revisions of this code: they come within minutes of a deploy, or have failed."""
    revisions = _missing_revisions.labels(schema)

    async def look() -> None:
        with contextlib.suppress(DatabaseAway):  # others tell of that
            found = await asyncio.to_thread(migrations.missing, settings.need_database_url(), package, schema)
            revisions.set(found)

    if settings.database_url is not None:
        lifecycle.start_periodic("schema revisions", _SCHEMA_LOOKED_AT_EVERY_S, look)


def _trace_exporting(name: str, settings: ServiceSettings) -> AbstractAsyncContextManager[object]:
    # Imported where tracing is on alone: 15 MB and 0.2 s that no other process pays.
    from servicekit.trace_exporting import TraceExporting

    return TraceExporting(name, settings.trace_endpoint, settings.trace_ratio)


def _calm_garbage_collector() -> None:
    """Collect rarely, and never again what start-up made.

    Requests leave few cycles behind, and what was loaded at start stays for ever. With Python's own thresholds
    the gateway answered a sixth fewer requests, and a full collection stopped it for 70 ms.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _parser(name: str, *, can_migrate: bool) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m services.{name}")
    parser.add_argument("--check-config", action="store_true", help="check the settings and end")
    if can_migrate:
        parser.add_argument(
            "--migrate",
            nargs="?",
            const="all",
            choices=["all", "pre", "post"],
            help="migrate the schema and end",
        )
    return parser
