"""`notifyctl`: the command line for people who run the system. `notifyctl --help` lists what it can do.

Here the commands come together and errors become one line. Each command is in the module of its subject; the
local stack itself is in `stack/`.
"""

import sys
from typing import Annotated

import typer

from clients.notifyctl.accounts import key_app, service_app
from clients.notifyctl.billing import billing_app
from clients.notifyctl.caches import cache_app, describe
from clients.notifyctl.callbacks import callbacks_app
from clients.notifyctl.connection import DEFAULT_HOME, Home
from clients.notifyctl.demo import read_demo
from clients.notifyctl.documents import documents_app
from clients.notifyctl.events import events_app
from clients.notifyctl.explaining import explain
from clients.notifyctl.fixtures.command import fixtures_app
from clients.notifyctl.jobs import jobs_app
from clients.notifyctl.letters import letters_app
from clients.notifyctl.lifecycle import down, reset, up
from clients.notifyctl.limits import limits_app
from clients.notifyctl.migrating import migrate_app
from clients.notifyctl.numbers import number_app
from clients.notifyctl.operations import alerts_app, tasks_app
from clients.notifyctl.organisations import org_app, user_app
from clients.notifyctl.output import FAILED, UNREACHABLE, AsJson, CommandError, show, show_error
from clients.notifyctl.people import token_app
from clients.notifyctl.providers import providers_app
from clients.notifyctl.queue import queue_app, stuck
from clients.notifyctl.rates import rates_app
from clients.notifyctl.reconciling import reconcile
from clients.notifyctl.refusals import refusals
from clients.notifyctl.reports import reports_app
from clients.notifyctl.senders import guest_app, reply_to_app, sender_app
from clients.notifyctl.sending import send_app
from clients.notifyctl.sending_tables import send_table
from clients.notifyctl.stack import StackError
from clients.notifyctl.status import status
from clients.notifyctl.templates import template_app
from clients.notifyctl.tokens import mint, parse_full_key
from clients.notifyctl.usage import usage_app
from servicekit.errors import DeadlineExceeded, ServiceError, Unavailable

app = typer.Typer(
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    help="Run the notification service on this machine, and look after one that runs.",
)
app.command()(up)
app.command()(down)
app.command()(status)
app.command()(reset)
app.command()(explain)
app.command()(stuck)
app.command()(reconcile)
app.command()(refusals)
app.add_typer(send_app, name="send", callback=send_table, invoke_without_command=True)
app.add_typer(service_app, name="service")
app.add_typer(key_app, name="key")
app.add_typer(template_app, name="template")
app.add_typer(callbacks_app, name="callbacks")
app.add_typer(letters_app, name="letters")
app.add_typer(queue_app, name="queue")
app.add_typer(providers_app, name="providers")
app.add_typer(tasks_app, name="tasks")
app.add_typer(alerts_app, name="alerts")
app.add_typer(jobs_app, name="jobs")
app.add_typer(documents_app, name="documents")
app.add_typer(org_app, name="org")
app.add_typer(user_app, name="user")
app.add_typer(sender_app, name="sender")
app.add_typer(reply_to_app, name="reply-to")
app.add_typer(guest_app, name="guest-list")
app.add_typer(number_app, name="number")
app.add_typer(limits_app, name="limits")
app.add_typer(events_app, name="events")
app.add_typer(cache_app, name="cache")
app.add_typer(token_app, name="token")
app.command()(describe)
app.add_typer(fixtures_app, name="fixtures")
app.add_typer(reports_app, name="reports")
app.add_typer(usage_app, name="usage")
app.add_typer(rates_app, name="rates")
app.add_typer(billing_app, name="billing")
app.add_typer(migrate_app, name="migrate")


@app.command("api-token")
def api_token(
    key: Annotated[
        str | None, typer.Argument(help="A full API key; without one, that of the demo service.")
    ] = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Make a bearer token for the public API. It is good for half a minute, so make it where it is used.

    Example: curl -H "Authorization: Bearer $(notifyctl api-token)" http://127.0.0.1:6011/v2/notifications
    """
    if key is None:
        demo = read_demo(home)
        if demo is None:
            raise CommandError("give a full API key: no demo service was made here")
        key = demo.api_key
    minted = mint(parse_full_key(key))
    show({"token": minted}, minted, as_json=as_json)


def main() -> None:
    """Carry out the command line, and exit."""
    try:
        app()
    except CommandError as err:
        show_error(str(err))
        sys.exit(err.exit_code)
    except StackError as err:
        show_error(str(err))
        sys.exit(FAILED)
    except (Unavailable, DeadlineExceeded) as err:
        show_error(f"the system does not answer: {err}")
        sys.exit(UNREACHABLE)
    except ServiceError as err:
        show_error(f"{err.message} ({err.reason})")
        sys.exit(FAILED)


if __name__ == "__main__":
    main()
