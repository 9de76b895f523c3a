"""The simulators as a process."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from simulators.client import SimulatorsClient


@pytest.fixture
def process(tmp_path: Path, key_dir: Path) -> Iterator[subprocess.Popen[str]]:
    for file in key_dir.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    arguments = ["--data-dir", str(tmp_path), "--port", "0", "--gateway-url", "http://127.0.0.1:9"]
    started = subprocess.Popen(
        [sys.executable, "-m", "simulators", *arguments], stdout=subprocess.PIPE, text=True
    )
    yield started
    started.kill()
    started.wait()
    if started.stdout:
        started.stdout.close()


def read_line(process: subprocess.Popen[str]) -> dict[str, str]:
    assert process.stdout is not None
    line: dict[str, str] = json.loads(process.stdout.readline())
    return line


def test_it_says_where_it_listens_and_ends_within_a_second_of_sigterm(
    process: subprocess.Popen[str],
) -> None:
    started = read_line(process)
    assert started["event"] == "simulators_started"
    with SimulatorsClient(started["url"]) as client:
        client.set_mode("mmg", "timeout")
        with pytest.raises(requests.ReadTimeout):
            requests.post(f"{started['url']}/mmg", json={}, timeout=0.1)

    process.send_signal(signal.SIGTERM)
    told_at = time.monotonic()

    assert process.wait(5) == 0
    assert time.monotonic() - told_at < 1


def test_no_line_of_the_log_names_a_recipient(process: subprocess.Popen[str]) -> None:
    url = read_line(process)["url"]
    body = {"reqType": "BULK", "MSISDN": "447700900123", "msg": "a secret", "sender": "GOVUK", "cid": "an-id"}
    requests.post(f"{url}/mmg", json=body, headers={"Authorization": "Basic k"}, timeout=5).raise_for_status()

    process.send_signal(signal.SIGTERM)
    log = process.stdout.read() if process.stdout else ""

    assert "simulators_stopped" in log
    assert not any(word in log for word in ("447700900123", "a secret", "an-id"))
