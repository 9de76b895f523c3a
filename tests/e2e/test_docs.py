"""The documentation of a running system: its examples are run as they stand, but for the ids in them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
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
    return list(_samples(document, _ids(system, document)))


def _samples(document: Mapping[str, Any], ids: Mapping[str, str]) -> Iterator[Sample]:
    for methods in document["paths"].values():
        for operation in methods.values():
            for sample in operation["x-codeSamples"]:
                source = sample["source"]
                if operation["operationId"] == "sendEmail":
                    source = source.replace(ids["template"], ids["email"])
                for name in ("template", "notification", "version"):
                    source = source.replace(ids[name], ids[f"real {name}"])
                yield operation["operationId"], sample["label"], source


def _ids(system: System, document: Mapping[str, Any]) -> Mapping[str, str]:
    """The ids of the examples, and the real ones to put in their place."""
    with system.client() as client:
        sent = client.send_sms_notification("07700900160", system.demo.sms_template_id, {"name": "Grace"})
    body = document["paths"]["/v2/notifications/sms"]["post"]["requestBody"]["content"]["application/json"]
    (notification,) = document["paths"]["/v2/notifications/{id}"]["get"]["parameters"]
    return {
        "template": body["example"]["template_id"],
        "notification": notification["example"],
        "version": "/version/3",
        "email": system.demo.email_template_id,
        "real template": system.demo.sms_template_id,
        "real notification": sent["id"],
        "real version": "/version/1",
    }


def test_every_example_in_python_runs(system: System, samples: list[Sample], tmp_path: Path) -> None:
    sources = [
        source.replace("version=3", "version=1")
        for name, label, source in samples
        if label == "Python" and name not in NOT_YET
    ]
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
