"""Scheduled tasks: each runs once for each of its times, in one process of however many there are.

The queue is procrastinate's, in the service's own schema: a job for each time (a unique row says so), one run
of a task at a time (a lock), heartbeats by which a dead process's job is found and taken up again. Schedules
are ours (`schedules`), as the queue knows no London time. A task may therefore run twice for one time when
its process dies: each must bear that. Long ones call `TaskRun.note_progress` between their lots; that is also
where they end when the process stops, and another process goes on.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.exceptions import AlreadyEnqueued, ProcrastinateException
from procrastinate.jobs import DeleteJobCondition, Job
from procrastinate.worker import Worker

from operationskit import metrics
from operationskit.runs_store import RunRecord, RunRequest, RunsStore, RunState
from operationskit.schedules import Schedule
from servicekit.clock import Clock, monotonic, now
from servicekit.database import Pool
from servicekit.errors import NotFound, RuleBroken, ServiceError

log = structlog.get_logger()

TASK_ALREADY_WAITING: Final = "TASK_ALREADY_WAITING"
_TICK_S: Final = 1.0
"""How late a run may begin, about: between looks for times that have come, and for jobs."""
_AT_ONCE: Final = 4
_HEARTBEAT_S: Final = 5.0
_DEAD_AFTER_S: Final = 20.0
"""A process that gave no sign for so long is taken for dead, and its runs begin again elsewhere."""
_GRACE_S: Final = 3.0
"""How long runs under way may take to end when the process stops; then they are cancelled, and begin again elsewhere.
Shorter than any process's own grace."""
_PAUSE_AFTER_FAILURE_S: Final = 2.0
_PROGRESS_EVERY_S: Final = 1.0
_DEFERRED_ERRORS: Final = (ServiceError, ProcrastinateException)


class TaskInterrupted(Exception):  # noqa: N818 -- no failure: the process stops, and another one goes on
    """A run ends here because its process stops."""


class _TakenUpAgain(BaseRetryStrategy):
    """A run that could not end, or could not be recorded, goes back into the queue."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        is_stopping = isinstance(exception, (TaskInterrupted, asyncio.CancelledError))
        pause = timedelta(0) if is_stopping else timedelta(seconds=_PAUSE_AFTER_FAILURE_S)
        return RetryDecision(retry_at=now() + pause)


@dataclass(slots=True)
class TaskRun:
    """One run, in the hands of the task's own function."""

    id: int
    scheduled_for: datetime  # the moment of asking, where a person asked
    counts: dict[str, int] = field(default_factory=dict)
    _note: Callable[[int | None, int | None, dict[str, int]], Awaitable[None]] | None = None
    _is_stopping: Callable[[], bool] = lambda: False
    _noted_at: float = 0.0

    def count(self, what: str, by: int = 1) -> None:
        """Add to what the run did; shown to people, in numbers only."""
        self.counts[what] = self.counts.get(what, 0) + by

    async def note_progress(self, done: int | None = None, total: int | None = None) -> None:
        """Say how far the work is; between lots, when what was done so far is committed.

        Raises TaskInterrupted when the process stops: let it pass.
        """
        if self._note is not None and monotonic() - self._noted_at >= _PROGRESS_EVERY_S:
            self._noted_at = monotonic()
            await self._note(done, total, dict(self.counts))
        if self._is_stopping():
            raise TaskInterrupted


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodicTask:
    """Work that is done at set times."""

    name: str
    """Names it within its service, in words joined by hyphens; also a label of metrics."""
    description: str
    """What it does, in a sentence."""
    schedule: Schedule
    run: Callable[[TaskRun], Awaitable[None]]
    """Does it. May run twice for one time, and in another process than before."""
    made_up_for: timedelta = timedelta(hours=6)
    """A time that was missed because nothing ran is made up for within this long after it; the latest only."""


class Tasks:
    """The tasks of one process. `run_due` and `run_waiting` do the work of the loops once, for tests."""

    def __init__(
        self, tasks: Sequence[PeriodicTask], *, queue_pool: Pool, store: RunsStore, clock: Clock
    ) -> None:
        """`queue_pool` is one with text cursors: the queue reads types of its own."""
        self._tasks = {task.name: task for task in sorted(tasks, key=lambda task: task.name)}
        if len(self._tasks) != len(tasks):
            raise ValueError("two tasks have the same name")
        self._queue_pool = queue_pool
        self._store = store
        self._clock = clock
        self._app = App(connector=PsycopgConnector())
        self._next: dict[str, datetime] = {}
        self._stopping = asyncio.Event()
        self._worker: Worker | None = None
        for task in self._tasks.values():
            register = self._app.task(
                name=task.name,
                pass_context=True,
                lock=task.name,
                queueing_lock=task.name,
                retry=_TakenUpAgain(),
            )
            register(self._make_runner(task))

    # What the servicer asks for.

    def list_tasks(self) -> list[tuple[PeriodicTask, datetime]]:
        """Every task with its next time, by name."""
        moment = self._clock.now()
        return [(task, task.schedule.next_after(moment)) for task in self._tasks.values()]

    async def last_runs(self) -> dict[str, RunRecord]:
        """The newest run of each task that ran, by name."""
        return await self._store.last_runs()

    async def runs(self, name: str, before: int | None, limit: int) -> list[RunRecord]:
        """Runs of a task, newest first. Raises NotFound for a name that is none."""
        self._find(name)
        return await self._store.page(name, before, limit)

    async def run_now(self, name: str, requested_by: str, reason: str) -> int:
        """Ask for a run beside the schedule; gives its id.

        Raises NotFound, and RuleBroken (TASK_ALREADY_WAITING) while a run of it has not begun yet.
        """
        self._find(name)
        await self._open()
        asked_at = self._clock.now().timestamp()
        deferrer = self._app.configure_task(
            name,
            lock=name,
            queueing_lock=name,
            task_kwargs={"asked_at": asked_at, "requested_by": requested_by, "reason": reason},
        )
        try:
            return await deferrer.defer_async()
        except AlreadyEnqueued as err:
            raise RuleBroken(TASK_ALREADY_WAITING, "A run of this task waits to begin already") from err

    async def find_run(self, run_id: int, name: str) -> RunRecord:
        """A run as it is now; one that has not begun waits."""
        found = await self._store.find(run_id)
        return found or RunRecord(id=run_id, task=name, state=RunState.WAITING, counts={})

    def _find(self, name: str) -> PeriodicTask:
        try:
            return self._tasks[name]
        except KeyError:
            raise NotFound("task", f"No task is called {name[:100]}") from None

    # The loops.

    async def run_schedule(self) -> None:
        """Queue runs whose time has come, until `stop`: a background loop."""
        while not self._stopping.is_set():
            try:
                await self.run_due()
            except _DEFERRED_ERRORS as failure:
                log.warning("task_scheduling_failed", failure=failure)
            await self._pause(_TICK_S)

    async def run_queue(self) -> None:
        """Run what is queued, until `stop`: a background loop."""
        while not self._stopping.is_set():
            try:
                await self._open()
                self._worker = self._make_worker(wait=True)
                await self._worker.run()  # type: ignore[no-untyped-call]  # the library's own gap
            except _DEFERRED_ERRORS as failure:
                log.warning("task_queue_failed", failure=failure)
            finally:
                self._worker = None
            await self._pause(_PAUSE_AFTER_FAILURE_S)

    async def return_lost(self) -> int:
        """Queue again what dead processes were running: one round of periodic work. Gives how many."""
        await self._open()
        manager = self._app.job_manager
        lost = list(await manager.get_stalled_jobs(seconds_since_heartbeat=_DEAD_AFTER_S))
        for job in lost:
            log.warning("task_run_lost", task=job.task_name, run_id=job.id)
            await manager.retry_job(job, retry_at=now())
        return len(lost)

    def stop(self) -> None:
        """End the loops; runs under way end at their next `note_progress`, or soon are cancelled."""
        self._stopping.set()
        if self._worker is not None:
            self._worker.stop()  # type: ignore[no-untyped-call]  # the library's own gap

    async def run_due(self) -> None:
        """Queue each run whose time has come: once."""
        moment = self._clock.now()
        if not self._next:
            await self._begin_schedule(moment)
        for name, due in list(self._next.items()):
            if due > moment:
                continue
            task = self._tasks[name]
            latest = task.schedule.latest(moment)
            if moment - latest <= task.made_up_for:
                await self._defer(task, latest)
            self._next[name] = task.schedule.next_after(moment)

    async def run_waiting(self) -> None:
        """Run what is queued, and return when nothing is left."""
        await self._open()
        await self._make_worker(wait=False).run()  # type: ignore[no-untyped-call]  # the library's own gap

    async def _begin_schedule(self, moment: datetime) -> None:
        await self._open()
        known_since = await self._store.note_tasks(list(self._tasks), moment)
        for name, task in self._tasks.items():
            # From its latest time on, so that one that nobody was there for is made up for.
            latest = task.schedule.latest(moment)
            is_missed = latest > known_since[name]
            self._next[name] = latest if is_missed else task.schedule.next_after(moment)

    async def _defer(self, task: PeriodicTask, due: datetime) -> None:
        timestamp = int(due.timestamp())
        deferrer = self._app.configure_task(
            task.name, lock=task.name, queueing_lock=task.name, task_kwargs={"timestamp": timestamp}
        )
        with contextlib.suppress(AlreadyEnqueued):  # the run before has not begun yet: one is enough
            await self._app.job_manager.defer_periodic_job(
                job=deferrer.job, periodic_id="", defer_timestamp=timestamp
            )

    async def _open(self) -> None:
        # The pool is ours; the library only remembers it.
        await self._app.open_async(self._queue_pool)

    def _make_worker(self, *, wait: bool) -> Worker:
        return Worker(
            self._app,
            name="tasks",
            concurrency=_AT_ONCE,
            wait=wait,
            fetch_job_polling_interval=_TICK_S,
            # Listening would hold a connection of each process for a second's gain.
            listen_notify=False,
            install_signal_handlers=False,
            delete_jobs=DeleteJobCondition.ALWAYS,
            update_heartbeat_interval=_HEARTBEAT_S,
            stalled_worker_timeout=_DEAD_AFTER_S,
            shutdown_graceful_timeout=_GRACE_S,
        )

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    # One run.

    def _make_runner(self, task: PeriodicTask) -> Callable[..., Awaitable[None]]:
        async def run_task(
            context: JobContext,
            timestamp: int | None = None,
            asked_at: float | None = None,
            requested_by: str | None = None,
            reason: str | None = None,
        ) -> None:
            request = RunRequest(
                id=context.job.id or 0,
                task=task.name,
                scheduled_for=None if timestamp is None else datetime.fromtimestamp(timestamp, UTC),
                requested_by=requested_by,
                reason=reason,
            )
            asked = self._clock.now() if asked_at is None else datetime.fromtimestamp(asked_at, UTC)
            await self._run(task, request, request.scheduled_for or asked)

        return run_task

    async def _run(self, task: PeriodicTask, request: RunRequest, moment: datetime) -> None:
        tries = await self._store.begin(request, self._clock.now())

        async def note(done: int | None, total: int | None, counts: dict[str, int]) -> None:
            await self._store.note_progress(request.id, done, total, counts)

        run = TaskRun(id=request.id, scheduled_for=moment, _note=note, _is_stopping=self._stopping.is_set)
        started = monotonic()
        state, failure = RunState.SUCCEEDED, None
        try:
            await task.run(run)
        except (TaskInterrupted, asyncio.CancelledError):
            state = RunState.INTERRUPTED
            raise
        except Exception as err:  # noqa: BLE001 -- whatever a task raises is its run's outcome; its next run may be well
            state, failure = RunState.FAILED, err
        finally:
            await self._end(run, task.name, state, failure, monotonic() - started, tries)

    async def _end(
        self,
        run: TaskRun,
        name: str,
        state: RunState,
        failure: Exception | None,
        duration_s: float,
        tries: int,
    ) -> None:
        ended_at = self._clock.now()
        metrics.record_run(name, state.value, duration_s, ended_at)
        say = (
            log.error if state is RunState.FAILED else log.info if run.counts or duration_s > 1 else log.debug
        )
        say(
            "task_ended",
            task=name,
            run_id=run.id,
            outcome=state.value,
            duration_s=round(duration_s, 3),
            tries=tries,
            counts=run.counts,
            **({} if failure is None else {"failure": failure}),
        )
        error = None if failure is None else type(failure).__qualname__
        await asyncio.shield(self._store.end(run.id, state, ended_at, run.counts, error))
