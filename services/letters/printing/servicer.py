"""`PrintingService`: print runs, by hand and to look at. A method is: pb → domain, one call, domain → pb."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from notify.letters.v1 import printing_pb2 as pb
from notify.letters.v1 import printing_pb2_grpc
from notifyrules.london_time import london_date
from operationskit.audit import Change, record_alone
from servicekit.clock import Clock
from servicekit.database import Pool
from servicekit.errors import NotFound
from servicekit.fields import id_from, invalid
from services.letters.printing.letters_to_print import PrintProgress, PrintRun, RunOrigin, RunState
from services.letters.printing.report_tokens import ReportTokens
from services.letters.printing.run import collate_letters
from services.letters.printing.store import PrintStore

_DEFAULT_PAGE: Final = 20
_MOST_ON_A_PAGE: Final = 100

_ORIGINS: Final = {
    RunOrigin.SCHEDULE: pb.PRINT_RUN_ORIGIN_SCHEDULE,
    RunOrigin.BY_HAND: pb.PRINT_RUN_ORIGIN_BY_HAND,
}
_STATES: Final = {
    RunState.COLLECTING: pb.PRINT_RUN_STATE_COLLECTING,
    RunState.PRINTING: pb.PRINT_RUN_STATE_PRINTING,
}


class PrintingServicer(printing_pb2_grpc.PrintingServiceServicer):
    """See the proto."""

    def __init__(
        self,
        store: PrintStore,
        tokens: ReportTokens,
        *,
        holder: str,
        clock: Clock,
        pool: Pool,
        collected: Callable[[], None],
    ) -> None:
        """`collected` is called when there are letters to hand over. `pool`: of the record of changes."""
        self._store = store
        self._tokens = tokens
        self._holder = holder
        self._clock = clock
        self._pool = pool
        self._collected = collected

    async def CollateLetters(  # noqa: N802 -- the proto's name
        self, request: pb.CollateLettersRequest, context: Any
    ) -> pb.CollateLettersResponse:
        """Make a print run."""
        today = london_date(self._clock.now())
        day = _day(request.london_date, today) if request.HasField("london_date") else today
        await self._record("print_run.collated", str(day))
        run = await collate_letters(self._store, day, holder=self._holder, clock=self._clock)
        self._collected()
        return pb.CollateLettersResponse(print_run=_run_to_pb(run, await self._store.progress(run.id)))

    async def GetPrintRun(  # noqa: N802 -- the proto's name
        self, request: pb.GetPrintRunRequest, context: Any
    ) -> pb.GetPrintRunResponse:
        """Tell how far a run is."""
        run = await self._run(id_from(request.print_run_id, "print_run_id"))
        return pb.GetPrintRunResponse(print_run=_run_to_pb(run, await self._store.progress(run.id)))

    async def ListPrintRuns(  # noqa: N802 -- the proto's name
        self, request: pb.ListPrintRunsRequest, context: Any
    ) -> pb.ListPrintRunsResponse:
        """List runs, newest first."""
        limit = request.page_size or _DEFAULT_PAGE
        if not 1 <= limit <= _MOST_ON_A_PAGE:
            raise invalid("page_size", f"page_size must be 1 to {_MOST_ON_A_PAGE}")
        before = (
            await self._run(id_from(request.page_token, "page_token"))
            if request.HasField("page_token")
            else None
        )
        runs = await self._store.list_runs(limit, before)
        return pb.ListPrintRunsResponse(
            print_runs=[_run_to_pb(run, None) for run in runs],
            next_page_token=str(runs[-1].id) if len(runs) == limit else None,
        )

    async def MakeReportToken(  # noqa: N802 -- the proto's name
        self, request: pb.MakeReportTokenRequest, context: Any
    ) -> pb.MakeReportTokenResponse:
        """Make the token of a letter."""
        notification_id = id_from(request.notification_id, "notification_id")
        await self._record("report_token.made", str(notification_id))
        return pb.MakeReportTokenResponse(token=self._tokens.make(notification_id))

    async def _record(self, type: str, subject: str) -> None:
        await record_alone(self._pool, Change(type=type, subject=subject), self._clock.now())

    async def _run(self, run_id: UUID) -> PrintRun:
        run = await self._store.get_run(run_id)
        if run is None:
            raise NotFound("print run")
        return run


def _run_to_pb(run: PrintRun, progress: PrintProgress | None) -> pb.PrintRun:
    created, collected = Timestamp(), None
    created.FromDatetime(run.created_at)
    if run.collected_at is not None:
        collected = Timestamp()
        collected.FromDatetime(run.collected_at)
    return pb.PrintRun(
        id=str(run.id),
        london_date=run.day.isoformat(),
        origin=_ORIGINS[run.origin],
        state=_STATES[run.state],
        create_time=created,
        collect_time=collected,
        volumes=[
            pb.PrintVolume(postage=postage, letter_count=volume.letters, sheet_count=volume.sheets)
            for postage, volume in run.volumes.items()
        ],
        progress=None if progress is None else _progress_to_pb(progress),
    )


def _progress_to_pb(progress: PrintProgress) -> pb.PrintProgress:
    return pb.PrintProgress(
        waiting_count=progress.waiting,
        retrying_count=progress.retrying,
        handed_over_count=progress.handed_over,
        rejected_count=progress.rejected,
        cancelled_count=progress.cancelled,
    )


def _day(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise invalid("london_date", "london_date is not a date such as 2026-01-31") from None
    if day > today + timedelta(days=1):
        raise invalid("london_date", "london_date is later than tomorrow")
    return day
