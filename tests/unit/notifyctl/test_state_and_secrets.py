"""What a stack writes down about itself."""

import stat
from pathlib import Path

import pytest

from clients.notifyctl.stack.secrets import StackSecrets
from clients.notifyctl.stack.state import (
    Phase,
    ProcessState,
    StackState,
    read_state,
    remove_state,
    write_state,
)


def a_state() -> StackState:
    return StackState(
        phase=Phase.READY,
        pid=12,
        ports={"rest": 7011, "simulators": 7030, "notifications": 7021},
        database_url="postgresql://postgres:secret@127.0.0.1:7051/notify",
        redis_url="redis://:secret@127.0.0.1:7052/0",
        processes={
            "sms": ProcessState(pid=34, started=1.5, health_url="http://127.0.0.1:1/healthz", restarts=2)
        },
    )


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_state_reads_back_as_written(tmp_path: Path) -> None:
    write_state(tmp_path, a_state())
    assert read_state(tmp_path) == a_state()


def test_state_tells_addresses() -> None:
    state = a_state()
    assert (state.rest_url, state.simulators_url) == ("http://127.0.0.1:7011", "http://127.0.0.1:7030")
    assert state.target("notifications") == "127.0.0.1:7021"


def test_only_its_owner_reads_the_state(tmp_path: Path) -> None:
    write_state(tmp_path, a_state())
    assert mode_of(tmp_path / "state.json") == 0o600


@pytest.mark.parametrize(
    "content", [None, "", "no json", "{}", '{"phase": "asleep", "processes": {}}', "[1]"]
)
def test_state_that_cannot_be_read_is_none(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "state.json").write_text(content)
    assert read_state(tmp_path) is None


def test_removed_state_is_gone(tmp_path: Path) -> None:
    write_state(tmp_path, a_state())
    remove_state(tmp_path)
    assert read_state(tmp_path) is None


def test_secret_stays_the_same_from_start_to_start(tmp_path: Path) -> None:
    first = StackSecrets(tmp_path / "secrets").get("caller_keys")
    assert StackSecrets(tmp_path / "secrets").get("caller_keys") == first
    assert len(first) == 64


def test_secrets_differ_by_name_and_home(tmp_path: Path) -> None:
    secrets = StackSecrets(tmp_path / "one")
    other = StackSecrets(tmp_path / "two")
    assert len({secrets.get("a"), secrets.get("b"), other.get("a")}) == 3


def test_only_their_owner_reads_secrets(tmp_path: Path) -> None:
    secrets = StackSecrets(tmp_path / "secrets")
    secrets.get("caller_keys")
    assert mode_of(secrets.path("caller_keys")) == 0o600
    assert mode_of(tmp_path / "secrets") == 0o700
