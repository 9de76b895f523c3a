"""A release in its steps: the former code runs on the new schema, the new code before and after the post migrations.

The database, its data and its roles are those that the former release made; only the code changes in between.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from clients.notifyctl.demo import read_demo
from clients.notifyctl.stack import Stack
from clients.notifyctl.stack.migrating import NOTES_FILE, fingerprint
from clients.notifyctl.stack.services import KINDS
from clients.notifyctl.stack.state import StackState
from tests.e2e.previous_release import old_system, previous_release, restart, schema_urls, unpack
from tests.e2e.stack import final_status, official_client

pytestmark = [pytest.mark.kill, pytest.mark.timeout(500)]

RESTARTED = ("notifications", "sms")
"""Of the former release, on the new schema: one that has what changes most, and a sender."""


def use_the_system(home: Path, state: StackState) -> list[str]:
    """What every client does: send a text and an email, read them, list, preview; answers the messages' ids."""
    demo = read_demo(home)
    assert demo is not None
    with official_client(state.rest_url, demo.api_key) as client:
        sent = [
            client.send_sms_notification("07700900123", demo.sms_template_id, {"name": "Ada"}),
            client.send_email_notification("a@example.gov.uk", demo.email_template_id, {"name": "Ada"}),
        ]
        ids = [str(each["id"]) for each in sent]
        assert {final_status(client, id) for id in ids} == {"delivered"}
        listed = {each["id"] for each in client.get_all_notifications()["notifications"]}
        assert set(ids) <= listed
        assert client.post_template_preview(demo.sms_template_id, {"name": "Ada"})["body"].startswith("Hello")
    return ids


def migrate(urls: Mapping[str, str], phase: str) -> None:
    """What the chart's Jobs do, all in one."""
    chosen = [part for service in urls for part in ("--service", service)]
    variables = {f"NOTIFY_{service.upper()}_DATABASE_URL": url for service, url in urls.items()}
    done = subprocess.run(
        [sys.executable, "-m", "clients.notifyctl", "migrate", "apply", "--phase", phase, *chosen],
        env={**os.environ, **variables},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def are_delivered(home: Path, state: StackState, ids: list[str]) -> bool:
    demo = read_demo(home)
    assert demo is not None
    with official_client(state.rest_url, demo.api_key) as client:
        return {client.get_notification_by_id(id)["status"] for id in ids} == {"delivered"}


def test_the_former_release_and_this_one_share_a_schema(tmp_path: Path) -> None:
    commit = previous_release()
    if commit is None:
        pytest.skip(
            "NOT TESTED: this clone's history does not hold the previous release (git fetch --unshallow)"
        )
    home, tree = tmp_path / "home", tmp_path / "tree"
    tree.mkdir()
    unpack(commit, tree)

    with old_system(tree, home) as old:
        before = use_the_system(home, old)
        urls = schema_urls(home, old)
        migrate(urls, "pre")
        during = use_the_system(home, old)
        restart(home, RESTARTED)
        during += use_the_system(home, old)

    # The new code finds its schemas migrated as far as the Jobs of phase `pre` go.
    notes = {kind.name: fingerprint(kind) for kind in KINDS if kind.name in urls}
    (home / NOTES_FILE).write_text(json.dumps(notes))
    with Stack(home) as stack:
        use_the_system(home, stack.state)
        migrate(schema_urls(home, stack.state), "post")
        use_the_system(home, stack.state)
        assert are_delivered(home, stack.state, before + during)
