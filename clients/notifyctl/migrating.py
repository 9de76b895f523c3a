"""`notifyctl migrate plan | apply | status`: the schemas of all services, or of some, in a cluster or here.

Needs nothing of a service but its database's URL, given as the service gets it (`NOTIFY_SMS_DATABASE_URL`,
`NOTIFY_DATABASE_URL`, or a file of `NOTIFY_SECRETS_DIR`), so that a Job that migrates holds no other secret. How a
migration runs is `servicekit.migrations`' matter; the local stack migrates by itself.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

import typer
from sqlalchemy.exc import SQLAlchemyError

from clients.notifyctl.output import FAILED, AsJson, CommandError, console, show_table
from clients.notifyctl.stack.services import KINDS, ROOT, ServiceKind
from servicekit import migrations
from servicekit.migration_runs import Outcome, kind_of
from servicekit.migrations import Patience, Phase, Revision, SchemaState
from servicekit.settings import database_url_of

migrate_app = typer.Typer(
    no_args_is_help=True, help="Look at the database's schemas and bring them up to date."
)

Services = Annotated[
    list[str] | None,
    typer.Option(
        "--service", "-s", help="Only this service; may be repeated.", show_default="all with a schema"
    ),
]
Phases = Annotated[str, typer.Option("--phase", help="pre: before the new code; post: after it; all.")]
_SPAN = re.compile(r"(\d+)(ms|s|min)")
_UNITS = {"ms": timedelta(milliseconds=1), "s": timedelta(seconds=1), "min": timedelta(minutes=1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """A service's schema and where it is."""

    service: str
    name: str
    url: str

    @property
    def package(self) -> str:
        """What holds the migrations."""
        return f"services.{self.service}"


@migrate_app.command()
def status(services: Services = None, check: bool = False, as_json: AsJson = False) -> None:
    """Show where each schema is, what waits, and how the last run ended.

    With --check the exit code is 1 when something waits or the last run failed.

    Example: notifyctl migrate status --check
    """
    states = {schema.service: _state(schema) for schema in chosen(services)}
    rows = [_status_row(service, state) for service, state in states.items()]
    columns = {
        "service": "service",
        "revision": "at",
        "waits": "waits",
        "last_run": "last run",
        "ended": "ended",
    }
    show_table("schemas", rows, columns, as_json=as_json)
    if check and not all(_is_well(state) for state in states.values()):
        raise typer.Exit(FAILED)


@migrate_app.command()
def plan(
    services: Services = None,
    phase: Phases = "all",
    sql: Annotated[bool, typer.Option("--sql", help="Print the SQL that would run.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what `apply` would do, without doing it.

    Example: notifyctl migrate plan --phase pre --sql
    """
    wanted = _phase(phase)
    rows: list[dict[str, Any]] = []
    for schema in chosen(services):
        state = _state(schema)
        rows += [
            {"service": schema.service, "revision": found.number, "phase": found.phase, "what": found.what}
            for found in _of_phase(state, wanted)
        ]
        if sql:
            text = migrations.pending_sql(schema.package, schema.name, state.revision, wanted)
            console.print(f"-- {schema.service}\n{text}", markup=False)
    columns = {"service": "service", "revision": "revision", "phase": "phase", "what": "what"}
    if not sql:
        show_table("migrations", rows, columns, as_json=as_json)


@migrate_app.command()
def apply(
    services: Services = None,
    phase: Phases = "all",
    lock_timeout: Annotated[str, typer.Option(help="Longest wait for a lock, as 5s or 500ms.")] = "5s",
    statement_timeout: Annotated[
        str, typer.Option(help="Longest time of one statement; 0s: as long as it takes.")
    ] = "0s",
    tries: Annotated[int, typer.Option(min=1, help="How often a revision that gets no lock is tried.")] = 5,
) -> None:
    """Bring schemas up to date. What is done already is not done again; several may run at once.

    Example: notifyctl migrate apply --service sms --phase pre
    """
    wanted = _phase(phase)
    patience = Patience(lock=_span(lock_timeout), statement=_span(statement_timeout), tries=tries)
    failed = []
    for schema in chosen(services):
        try:
            reached = migrations.migrate(schema.url, schema.package, schema.name, wanted, patience=patience)
        except SQLAlchemyError as err:
            failed.append(schema.service)
            console.print(f"{schema.service}: failed: {kind_of(err)}", markup=False)
        else:
            console.print(f"{schema.service}: schema {schema.name} is at {reached}", markup=False)
    if failed:
        raise CommandError(f"{', '.join(failed)}: not migrated; what was done before the failure stays done")


def chosen(services: list[str] | None) -> list[Schema]:
    """The schemas asked for. Raises CommandError for a service without one, or without a database's URL."""
    kinds = {kind.name: kind for kind in with_migrations()}
    unknown = [name for name in services or [] if name not in kinds]
    if unknown:
        raise CommandError(f"{unknown[0]} has no schema; these have: {', '.join(kinds)}")
    return [_schema(kinds[name]) for name in services or kinds]


def with_migrations() -> list[ServiceKind]:
    """The services that have a schema and migrations for it."""
    folders = {kind.name: ROOT / "services" / kind.name / "migrations" for kind in KINDS if kind.schema}
    return [kind for kind in KINDS if kind.name in folders and any(folders[kind.name].glob("[0-9]*.py"))]


def _schema(kind: ServiceKind) -> Schema:
    url = database_url_of(kind.prefix)
    if url is None:
        raise CommandError(
            f"{kind.prefix}DATABASE_URL is not set, nor NOTIFY_DATABASE_URL, nor a file of NOTIFY_SECRETS_DIR"
        )
    return Schema(service=kind.name, name=kind.schema or "", url=url)


def _state(schema: Schema) -> SchemaState:
    try:
        return migrations.state(schema.url, schema.package, schema.name)
    except SQLAlchemyError as err:
        raise CommandError(f"{schema.service}: the database cannot be asked: {kind_of(err)}") from err


def _status_row(service: str, state: SchemaState) -> dict[str, Any]:
    run = state.last_run
    how = "–" if run is None else f"{run.phase} to {run.to_revision}: {run.failure or run.outcome}"
    return {
        "service": service,
        "revision": state.revision,
        "is_newer": state.is_newer,
        "pre": [found.number for found in state.pre],
        "post": [found.number for found in state.post],
        "waits": "nothing; a newer release made it" if state.is_newer else _waits(state),
        "last_run": how,
        "ended": None if run is None or run.ended_at is None else run.ended_at.isoformat(timespec="seconds"),
    }


def _waits(state: SchemaState) -> str:
    parts = [
        f"{phase} {', '.join(found.number for found in waiting)}"
        for phase, waiting in (("pre", state.pre), ("post", state.post))
        if waiting
    ]
    return "; ".join(parts) or "nothing"


def _is_well(state: SchemaState) -> bool:
    has_failed = state.last_run is not None and state.last_run.outcome is Outcome.FAILED
    return not (state.pre or state.post or has_failed)


def _of_phase(state: SchemaState, phase: Phase) -> tuple[Revision, ...]:
    return state.pre if phase == "pre" else state.pre + state.post


def _phase(text: str) -> Phase:
    match text:
        case "all" | "pre" | "post":
            return text
        case _:
            raise CommandError(f"--phase is all, pre or post, not {text}")


def _span(text: str) -> timedelta:
    match = _SPAN.fullmatch(text)
    if match is None:
        raise CommandError(f"{text} is no span of time such as 500ms, 5s or 15min")
    return int(match[1]) * _UNITS[match[2]]
