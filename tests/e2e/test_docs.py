"""The documentation of a running system: its examples are run as they stand, but for the ids in them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import requests

from clients.notifyctl.tokens import mint, parse_full_key
from tests.e2e.stack import System

NOT_YET = {"sendLetter", "getLetterPdf", "unsubscribe"}
"""Operations whose example has nothing to work on: there are no letters yet, and no link to unsubscribe by."""

Sample = tuple[str, str, str]
"""Operation, language, source."""


@pytest.fixture(scope="module")
def samples(system: System) -> list[Sample]:
    document = requests.get(f"{system.stack.rest_url}/openapi.json", timeout=10).json()
    real = _real_ids(system)
    return [
        (operation["operationId"], sample["label"], _with_real_ids(sample["source"], path, operation, real))
        for path, methods in document["paths"].items()
        for operation in methods.values()
        for sample in operation["x-codeSamples"]
    ]


def _real_ids(system: System) -> Mapping[str, str]:
    """By the beginning of a path, an id of what is read there."""
    demo = system.demo
    with system.client() as client:
        sent = client.send_sms_notification("07700900160", demo.sms_template_id, {"name": "Grace"})
        rows = [["phone number", "name"], ["07700900160", "Grace"]]
        batch = {"template_id": demo.sms_template_id, "name": "Documented", "rows": rows}
        job = client.post("/v2/notifications/bulk", data=batch)
    return {
        "/v2/notifications/{": sent["id"],
        "/v2/jobs/{": job["id"],
        "/v2/template/{": demo.sms_template_id,
        "/v2/notifications/email": demo.email_template_id,
        "/v2/notifications/": demo.sms_template_id,
    }


def _with_real_ids(source: str, path: str, operation: Mapping[str, Any], real: Mapping[str, str]) -> str:
    """A sample with ids that there are in place of those in the examples; templates have one version."""
    examples = [found["example"] for found in operation["parameters"] if found["name"] == "id"]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example", {})
    examples += [body["template_id"]] if "template_id" in body else []
    for start, found in real.items():
        if path.startswith(start):
            for example in examples:
                source = source.replace(example, found)
            break
    return source.replace("/version/3", "/version/1").replace("version=3", "version=1")


def test_every_example_in_python_runs(system: System, samples: list[Sample], tmp_path: Path) -> None:
    sources = [source for name, label, source in samples if label == "Python" and name not in NOT_YET]
    assert sources
    program = tmp_path / "examples.py"
    program.write_text("\n\n".join([*sources, "assert answer is not None"]), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, program],
        env={**os.environ, "NOTIFY_URL": system.stack.rest_url, "NOTIFY_API_KEY": system.demo.api_key},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_every_example_with_curl_runs(system: System, samples: list[Sample], tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl")
    token = mint(parse_full_key(system.demo.api_key))
    for name, label, source in samples:
        if label != "curl" or name in NOT_YET:
            continue
        done = subprocess.run(
            ["sh", "-c", source.replace("curl ", "curl --silent --show-error --fail-with-body ", 1)],
            env={**os.environ, "NOTIFY_URL": system.stack.rest_url, "NOTIFY_TOKEN": token},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, (name, done.stdout, done.stderr)


def test_the_page_and_its_style_sheet_are_served(system: System) -> None:
    page = requests.get(f"{system.stack.rest_url}/docs", timeout=10)
    assert page.headers["Content-Type"].startswith("text/html")
    assert "Send a text message" in page.text
    assert requests.get(f"{system.stack.rest_url}/docs/style.css", timeout=10).status_code == 200
