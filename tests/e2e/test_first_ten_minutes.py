"""The README's first ten minutes, as they are written there: from a service of one's own to its first callback."""

import re
import shlex

import requests
from typer.testing import CliRunner

from clients.notifyctl.__main__ import app
from clients.notifyctl.stack.services import ROOT
from tests.e2e.stack import System, official_client, wait_for

README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("## The first ten minutes")[2].partition("\n## ")[0]
COMMANDS = re.findall(r"^    \.venv/bin/notifyctl ([^#\n]*)", SECTION, re.MULTILINE)
SNIPPET = re.findall(
    r"^sent = client\.(\w+)\(\"(\d+)\", \"<template id>\", (\{.*\})\)$", SECTION, re.MULTILINE
)
PORT = "http://127.0.0.1:6030"


def test_the_commands_of_the_readme_lead_to_a_callback(system: System) -> None:
    def run(command: str) -> str:
        result = CliRunner().invoke(
            app,
            shlex.split(command.replace(PORT, system.stack.simulators_url)),
            env={"NOTIFYCTL_HOME": str(system.stack.home)},
            catch_exceptions=False,
            standalone_mode=False,
        )
        assert result.exit_code == 0, result.output
        return result.stdout

    said = [run(command) for command in COMMANDS if "<id>" not in command]
    template_id, key = said[1].split()[-1], said[2].splitlines()[0]
    ((method, recipient, values),) = SNIPPET
    assert (method, recipient, values) == ("send_sms_notification", "07700900123", '{"name": "Ada"}')
    with official_client(system.stack.rest_url, key) as client:
        sent = client.send_sms_notification(recipient, template_id, {"name": "Ada"})

    sink = re.findall(rf"curl {PORT}(\S+)", SECTION)[0]
    assert wait_for(lambda: sent["id"] in requests.get(system.stack.simulators_url + sink, timeout=10).text)
    assert "delivered" in run(f"explain {sent['id']}")
