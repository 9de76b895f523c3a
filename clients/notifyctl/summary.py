"""What `notifyctl up` prints once everything runs: where things are, and lines to paste."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from clients.notifyctl.demo import NAME, PHONE_NUMBER, Demo, SentMessage
from clients.notifyctl.stack.services import ROOT
from clients.notifyctl.stack.state import StackState

SERVICES = ("notifications", "sms", "email", "letters", "billing")


def summary_text(
    home: Path, default_home: Path, state: StackState, demo: Demo | None, sent: Sequence[SentMessage]
) -> str:
    """The whole text, with rich's markup. Lines to paste stand alone and start at the margin."""
    parts = [_where(home, state)]
    if demo is not None:
        parts.append(_demo(demo))
        parts.append(_sent(sent, state))
        parts.append(_to_paste(home, default_home, state, demo))
    return "\n\n".join(parts)


def summary_facts(
    home: Path, state: StackState, demo: Demo | None, sent: Sequence[SentMessage]
) -> dict[str, Any]:
    """The same for programs."""
    facts: dict[str, Any] = {
        "home": str(home),
        "rest_url": state.rest_url,
        "simulators_url": state.simulators_url,
        "grpc": {name: state.target(name) for name in SERVICES if name in state.ports},
    }
    if demo is not None:
        facts["demo"] = {
            "service_id": demo.service_id,
            "service_name": demo.service_name,
            "api_key": demo.api_key,
            "templates": {"sms": demo.sms_template_id, "email": demo.email_template_id},
        }
        facts["sent"] = [
            {"channel": message.channel, "id": message.notification_id, "status": message.status}
            for message in sent
        ]
    return facts


def _where(home: Path, state: StackState) -> str:
    grpc = ", ".join(f"{name} {state.ports[name]}" for name in SERVICES if name in state.ports)
    return _table(
        "[bold]It runs[/bold]",
        [
            ("REST API", state.rest_url),
            ("Outbox", f"{state.simulators_url}/   every text and email that was sent"),
            ("gRPC", f"127.0.0.1, ports: {grpc}"),
            ("Data, logs", str(home)),
        ],
    )


def _demo(demo: Demo) -> str:
    return _table(
        f"[bold]{demo.service_name}[/bold]   {demo.service_id}",
        [
            ("API key", demo.api_key),
            ("Text", f"template {demo.sms_template_id}"),
            ("Email", f"template {demo.email_template_id}"),
        ],
    )


def _sent(sent: Sequence[SentMessage], state: StackState) -> str:
    rows = []
    for message in sent:
        colour = "green" if message.status == "delivered" else "red"
        status = f"[{colour}]{message.status}[/{colour}] after {message.seconds:.2f} s"
        rows.append(
            (message.channel.capitalize(), f"to {message.recipient}: {status}   {message.notification_id}")
        )
    return _table("[bold]Sent just now, through the public API[/bold]", rows)


def _to_paste(home: Path, default_home: Path, state: StackState, demo: Demo) -> str:
    notifyctl = ROOT / ".venv" / "bin" / "notifyctl"
    at_home = "" if home == default_home else f" --home {home}"
    body = (
        f'{{"phone_number": "{PHONE_NUMBER}", "template_id": "{demo.sms_template_id}", '
        f'"personalisation": {{"name": "{NAME}"}}}}'
    )
    curl = (
        f"curl -sS {state.rest_url}/v2/notifications/sms -H 'Content-Type: application/json' "
        f"-H \"Authorization: Bearer $({notifyctl} api-token{at_home})\" -d '{body}'"
    )
    python = "\n".join(
        [
            f"{ROOT / '.venv' / 'bin' / 'python'} <<'END'",
            "from notifications_python_client import NotificationsAPIClient",
            f'client = NotificationsAPIClient("{demo.api_key}", base_url="{state.rest_url}")',
            f'values = {{"name": "{NAME}"}}',
            f'sent = client.send_sms_notification("{PHONE_NUMBER}", "{demo.sms_template_id}", values)',
            'print(client.get_notification_by_id(sent["id"])["status"])',
            "END",
        ]
    )
    return (
        f"[bold]Try it[/bold] in another terminal: with curl\n\n{_plain(curl)}\n\n"
        f"or with the official client for Python, which takes five lines\n\n{_plain(python)}\n\n"
        f"[bold]See[/bold] what happened to a message: {notifyctl} explain{at_home} <id>"
    )


def _table(title: str, rows: Sequence[tuple[str, str]]) -> str:
    width = max((len(name) for name, _ in rows), default=0)
    return "\n".join([title, *(f"  {name:<{width}}  {value}" for name, value in rows)])


def _plain(text: str) -> str:
    """Keep rich from reading markup in what is to be pasted."""
    return text.replace("[", r"\[")
