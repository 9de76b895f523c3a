"""The Python client for internal tools against a running system: its README's examples do what they say."""

import re
from pathlib import Path
from typing import Any

import pytest

from clients import python
from clients.python.notify_client import NewText, NotificationStatus, NotifyClient
from tests.e2e.stack import System, wait_for

README = Path(str(python.__file__)).with_name("README.md")


def test_every_example_of_the_readme_runs(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_TARGET", system.stack.state.target("notifications"))
    monkeypatch.setenv("NOTIFY_CALLER_KEYS", system.stack.caller_keys)
    seen: dict[str, Any] = {"__name__": "readme"}
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    try:
        for block in blocks:
            exec(compile(block, str(README), "exec"), seen)
    finally:
        if "notify" in seen:
            seen["notify"].close()
    assert [type(outcome).__name__ for outcome in seen["outcomes"]] == ["Sent", "InvalidRequest"]


def test_a_text_that_a_tool_sends_is_delivered_and_can_be_explained(system: System) -> None:
    target = system.stack.state.target("notifications")
    text = NewText(
        service_id=system.demo.service_id,
        template_id=system.demo.sms_template_id,
        phone_number="07700900159",
        personalisation={"name": "Grace"},
    )
    with NotifyClient(target, caller_keys=system.stack.caller_keys) as notify:
        sent = notify.send_text(text)
        assert wait_for(
            lambda: notify.get_notification(text.service_id, sent.id).status is NotificationStatus.DELIVERED
        )
        kinds = [event.kind for event in notify.explain_notification(sent.id).events]
    assert kinds[0] == "accepted"
    assert "receipt" in kinds
