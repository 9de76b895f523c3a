"""Files by email, from the official client to a download in a real browser, and what operators can do about them.

Browser tests need Chromium (Debian: `apt install chromium`) and are skipped where there is none. With
NOTIFY_SCREENSHOTS=docs/images/documents they also write the pictures in the documentation.
"""

import io
import json
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from notifications_python_client import prepare_upload  # type: ignore[attr-defined]  # it is, in its documentation
from playwright.sync_api import Browser, Page, sync_playwright
from typer.testing import CliRunner

from clients.notifyctl.__main__ import app as notifyctl
from clients.notifyctl.stack.services import ROOT
from notifyrules.london_time import london_date
from servicekit import clock
from tests.e2e.documents_world import (
    ADDRESS,
    Sender,
    a_file,
    links_in,
    links_that_arrived,
    make_sender,
)
from tests.e2e.leaks import find_leaks
from tests.e2e.rest import EMAIL_PATH
from tests.e2e.stack import System, wait_for

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + b"\n".join(b"%% line %d" % number for number in range(9_000))
CSV = b"name,amount\nAda,10\n"
AXE = Path(__file__).parent / "browser" / "axe.min.js"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SCREENSHOTS = os.environ.get("NOTIFY_SCREENSHOTS")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def sender(system: System) -> Sender:
    return make_sender(system, "Parking Permits & “Fines”")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here: apt install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page with scripts switched off: nothing may need them."""
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    yield context.new_page()
    context.close()


@pytest.fixture
def seeing(browser: Browser) -> Iterator[Page]:
    """A fresh page in which axe may run, and a phone's width."""
    context = browser.new_context(bypass_csp=True, locale="en-GB", viewport={"width": 390, "height": 844})
    yield context.new_page()
    context.close()


def operate(system: System, *arguments: str) -> dict[str, Any]:
    """A command of an operator; answers what it prints as JSON."""
    command = ["documents", *arguments, "--home", str(system.stack.home), "--json"]
    # In a thread of its own: Playwright has an event loop in this one.
    with ThreadPoolExecutor(1) as thread:
        done = thread.submit(CliRunner().invoke, notifyctl, command, catch_exceptions=False).result()
    assert done.exit_code == 0, done.output
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


def barriers(page: Page) -> list[str]:
    """What axe finds wrong with a page."""
    page.add_script_tag(path=AXE)
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    return [f"{each['id']}: {each['help']}" for each in found["violations"]]


def post(link: str, what: str, **fields: str) -> requests.Response:
    """Send a form of a page, without a browser."""
    parts = urlsplit(link)
    url = parts._replace(path=f"{parts.path}/{what}").geturl()
    return requests.post(url, data=fields, timeout=30, allow_redirects=False)


def fetch(link: str) -> bytes:
    """The file that a link leads to; nothing while it can't be had."""
    answer = post(link, "download")
    return answer.content if answer.status_code == 200 else b""


def test_two_files_of_the_official_client_arrive_and_open_in_a_browser(
    system: System, sender: Sender, page: Page
) -> None:
    files = {
        "one": prepare_upload(io.BytesIO(PDF), filename="Bescheid für Ada ‮fdp.exe.pdf"),
        "two": prepare_upload(
            io.BytesIO(CSV),
            filename="people.csv",
            confirm_email_before_download=False,
            retention_period="1 week",
        ),
    }
    with system.client(sender.api_key) as client:
        client.send_email_notification(ADDRESS, sender.template_id, files)
    confirmed, free = links_that_arrived(system, ADDRESS, 2)

    page.goto(free)
    assert page.locator("h1").inner_text() == "You have a file to download"
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download this file").click()
    assert (downloading.value.suggested_filename, downloading.value.path().read_bytes()) == (
        "people.csv",
        CSV,
    )

    page.goto(confirmed)
    assert page.locator("bdi").inner_text() == "Bescheid für Ada fdp.exe.pdf"
    page.get_by_role("link", name="Continue").click()
    page.get_by_label("Email address").fill("somebody@example.com")
    page.get_by_role("button", name="Continue").click()
    assert page.title().startswith("Error: ")
    page.get_by_label("Email address").fill(ADDRESS.upper())
    page.get_by_role("button", name="Continue").click()
    assert page.locator("h1").inner_text() == "Your file is ready to download"
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download this file").click()
    assert downloading.value.suggested_filename == "Bescheid für Ada fdp.exe.pdf"
    assert downloading.value.path().read_bytes() == PDF
    assert operate(system, "find", confirmed)["downloads"] == 1


def test_every_page_is_without_barriers(system: System, sender: Sender, seeing: Page) -> None:
    asked, free = sender.send(
        a_file(PDF, filename="Notice.pdf"), a_file(PDF, confirm_email_before_download=False)
    )
    [blocked] = sender.send(a_file(CSV, is_csv=True))
    operate(system, "block", blocked, "--reason", "test")
    found = {}

    def look(name: str) -> None:
        found[name] = barriers(seeing)
        if SCREENSHOTS:
            seeing.screenshot(path=ROOT / SCREENSHOTS / f"{name}.png", full_page=True)

    seeing.goto(free)
    look("landing")
    seeing.goto(asked)
    look("landing-with-confirmation")
    seeing.get_by_role("link", name="Continue").click()
    look("confirm")
    seeing.get_by_role("button", name="Continue").click()
    look("confirm-nothing-typed")
    seeing.get_by_label("Email address").fill("someone@example.com")
    seeing.get_by_role("button", name="Continue").click()
    look("confirm-wrong")
    seeing.get_by_label("Email address").fill(ADDRESS)
    seeing.get_by_role("button", name="Continue").click()
    look("ready")
    for number in range(10):
        post(asked, "confirm", email_address=f"{number}@example.com")
    seeing.goto(asked.replace("?", "/confirm?"))
    seeing.get_by_label("Email address").fill(ADDRESS)
    seeing.get_by_role("button", name="Continue").click()
    assert seeing.locator("h1").inner_text() == "Too many tries"
    look("locked")
    seeing.goto(blocked)
    look("blocked")
    seeing.goto(free[:-3])
    look("missing")
    seeing.goto(f"{system.stack.rest_url}/services/{sender.rest.service_id}/documents/test-document")
    look("test-link")
    expire(system, free)
    seeing.goto(free)
    assert seeing.locator("h1").inner_text() == "This file is no longer available"
    look("expired")
    break_file(
        system, free := sender.send(a_file(CSV, filename="a.csv", confirm_email_before_download=False))[0]
    )
    seeing.goto(free)
    seeing.get_by_role("button", name="Download this file").click()
    assert seeing.locator("h1").inner_text() == "Sorry, there is a problem"
    look("problem")
    assert {name: problems for name, problems in found.items() if problems} == {}


def expire(system: System, link: str) -> None:
    """Let a file's time be over."""
    import psycopg

    document_id = operate(system, "find", link)["id"]
    with psycopg.connect(system.stack.database_url, autocommit=True) as connection:
        connection.execute(
            "update documents.documents set created_at = now() - interval '9 weeks', "
            "expires_at = now() - interval '1 minute' where id = %s",
            (document_id,),
        )


def break_file(system: System, link: str) -> None:
    """Take a file away behind the system's back."""
    document_id = operate(system, "find", link)["id"]
    [file] = (system.stack.home / "files").rglob(document_id)
    file.unlink()


def test_looking_counts_nothing_and_downloads_are_counted(system: System, sender: Sender) -> None:
    [link] = sender.send(a_file(CSV, filename="a.csv", confirm_email_before_download=False))
    for method in ("HEAD", "GET", "OPTIONS"):
        for path in ("", "/download", "/confirm"):
            parts = urlsplit(link)
            requests.request(method, parts._replace(path=parts.path + path).geturl(), timeout=30)
    assert operate(system, "find", link)["downloads"] == 0
    for _ in range(2):
        assert post(link, "download").content == CSV
    assert operate(system, "find", link)["downloads"] == 2


def test_a_file_comes_with_headers_that_keep_it_harmless(sender: Sender) -> None:
    [link] = sender.send(a_file(CSV, filename='a"b\u202e;.csv', confirm_email_before_download=False))
    headers = post(link, "download").headers
    assert headers["content-disposition"] == "attachment; filename=\"a_b;.csv\"; filename*=UTF-8''a_b%3B.csv"
    assert headers["content-type"] == "text/csv"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "no-store" in headers["cache-control"]
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert "access-control-allow-origin" not in headers


def test_blocking_takes_effect_at_once(system: System, sender: Sender) -> None:
    [link] = sender.send(a_file(CSV, filename="a.csv", confirm_email_before_download=False))
    day = london_date(clock.now()).isoformat()
    assert operate(
        system, "block", "--service", sender.rest.service_id, "--day", day, "--reason", "x", "--yes"
    )["blocked"]
    assert requests.get(link, timeout=30).status_code == 403
    assert post(link, "download").status_code == 303
    assert operate(system, "unblock", link, "--reason", "right after all") == {"unblocked": 1}
    assert post(link, "download").content == CSV


def test_a_confirmed_address_opens_one_file_and_no_other(sender: Sender) -> None:
    one, other = sender.send(a_file(CSV), a_file(PDF))
    confirmed = post(one, "confirm", email_address=ADDRESS)
    cookie = confirmed.headers["set-cookie"]
    assert f"Path={urlsplit(one).path};" in cookie
    assert "HttpOnly; SameSite=Strict" in cookie
    passed = {"Cookie": cookie.partition(";")[0]}
    for link, expected in ((one, 200), (other, 303)):
        url = link.replace("?", "/download?")
        assert requests.post(url, headers=passed, timeout=30, allow_redirects=False).status_code == expected


def test_a_repeated_request_gives_the_links_of_the_first(system: System, sender: Sender) -> None:
    first = sender.send(a_file(CSV, filename="a.csv"), key="files-1")
    again = sender.send(a_file(CSV, filename="a.csv"), key="files-1")
    assert first == again
    day = london_date(clock.now()).isoformat()
    listed = operate(system, "list", "--service", sender.rest.service_id, "--day", day)["documents"]
    assert listed[0]["id"] == operate(system, "find", first[0])["id"]


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ({"file": "é"}, "Document is not base64 encoded"),
        ({"file": "abcde"}, "Document is not base64 encoded"),
        ({"file": ""}, "Document must not be empty"),
        (a_file(CSV, filename="a" * 97 + ".csv"), "`filename` cannot be longer than 100 characters"),
        (a_file(b"x" * (2 * 1024 * 1024 + 1025)), "Uploaded file exceeds file size limit"),
        (
            a_file(b"MZ\0\0", filename="a.exe"),
            "Supported types are: '.csv', '.doc', '.docx', '.jpeg', '.jpg', '.json', '.odt', '.pdf', '.png', "
            "'.rtf', '.txt', '.xlsx'",
        ),
    ],
)
def test_a_file_that_is_refused_leaves_no_other_behind(
    system: System, sender: Sender, file: dict[str, object], message: str
) -> None:
    before = stored_files(system)
    body = {
        "email_address": ADDRESS,
        "template_id": sender.template_id,
        "personalisation": {"one": a_file(CSV), "two": file},
    }
    answer = sender.rest.post(EMAIL_PATH, body)
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert error["error"] == "BadRequestError"
    assert error["message"].endswith(message)
    assert stored_files(system) == before


def stored_files(system: System) -> set[str]:
    """The names of files in the object store."""
    return {path.name for path in (system.stack.home / "files" / "documents").rglob("*") if path.is_file()}


def test_the_largest_file_arrives_whole(sender: Sender) -> None:
    content = os.urandom(1_500_000).hex().encode()[: 2 * 1024 * 1024 + 1024]
    [link] = sender.send(a_file(content, filename="big.txt", confirm_email_before_download=False))
    assert post(link, "download").content == content


@pytest.mark.kill
def test_a_kill_in_the_middle_of_uploads_breaks_no_link_that_was_sent(system: System, sender: Sender) -> None:
    content = b"x" * 500_000
    body = {
        "email_address": ADDRESS,
        "template_id": sender.template_id,
        "personalisation": {
            "one": a_file(content, filename="a.txt", confirm_email_before_download=False),
            "two": "nothing",
        },
    }
    with ThreadPoolExecutor(8) as threads:
        sending = [threads.submit(sender.rest.post, EMAIL_PATH, body) for _ in range(24)]
        for answered in islice(as_completed(sending), 5):
            answered.result()
        system.stack.process("documents").kill()
        answers = [each.result() for each in sending]
    system.stack.wait_healthy("documents")
    assert {answer.status_code for answer in answers} <= {201, 503, 504}
    links = [links_in(answer.text.replace('"', " "))[0] for answer in answers if answer.status_code == 201]
    assert len(links) >= 5
    for link in links:
        assert wait_for(partial(fetch, link)) == content


def test_nothing_of_a_file_is_in_a_log(system: System, sender: Sender) -> None:
    [link] = sender.send(a_file(b"confidential words", filename="diagnosis.txt"))
    requests.get(link, timeout=30)
    post(link, "confirm", email_address=ADDRESS)
    post(link, "confirm", email_address="guess-grace@example.com")
    requests.get(link[:-1], timeout=30)
    key = link.partition("key=")[2]
    path = urlsplit(link).path
    assert find_leaks(system.stack, ["confidential", "diagnosis", "guess-grace", key, path]) == []


def test_links_in_the_answer_are_those_in_the_email(system: System, sender: Sender) -> None:
    address = "links.answer@example.gov.uk"
    answered = sender.send(a_file(CSV), a_file(PDF), to=address)
    assert links_that_arrived(system, address, 2) == answered
    assert links_in(" ".join(answered)) == answered
