"""Letters and documents on a real S3 server and with a virus scanner, which go away and come back: every letter ends
right.

The scanner is a real clamd where one is installed.
"""

from collections.abc import Callable, Iterator
from functools import partial
from time import monotonic
from typing import Any

import pytest
import requests
from notifications_python_client.errors import HTTPError

from clients.notifyctl.demo import make_demo
from clients.notifyctl.stack import Stack
from simulators.client import SimulatorsClient
from tests.clamd import EICAR, Clamd
from tests.e2e.documents_world import a_file, make_sender
from tests.e2e.stack import System, hurry, wait_for
from tests.e2e.test_letters_prepared import Letters, letters_of, pages
from tests.e2e.test_letters_printed import collate, has_status, status
from tests.homes import prepared
from tests.integration.filekit.seaweed import ACCESS_KEY_ID, SECRET_ACCESS_KEY, Seaweed
from tests.unit.letters.pdfs import a_letter

pytestmark = pytest.mark.timeout(400)  # a system of its own, and what is tried every ten seconds
BUCKET = "files"
PATIENCE_S = 90.0
"""What waits for something that is away is tried every ten seconds."""


@pytest.fixture(scope="module")
def seaweed() -> Iterator[Seaweed]:
    server = Seaweed()
    wait_for(lambda: server.client().create_bucket(Bucket=BUCKET))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def clamd() -> Iterator[Clamd]:
    scanner = Clamd()
    yield scanner
    scanner.close()


@pytest.fixture(scope="module")
def on_s3(tmp_path_factory: pytest.TempPathFactory, seaweed: Seaweed, clamd: Clamd) -> Iterator[System]:
    """A system whose files are in S3."""
    home = tmp_path_factory.mktemp("on-s3") / "home"
    shared = {
        "OBJECT_STORE_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "OBJECT_STORE_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "CLAMD_URL": clamd.url,
    }
    settings = {
        name: shared | {"OBJECT_STORE_URL": seaweed.store_url(BUCKET, name)}
        for name in ("letters", "documents")
    }
    with Stack(prepared(home), settings=settings) as stack:
        yield System(stack=stack, demo=make_demo(home))


@pytest.fixture(scope="module")
def letters(on_s3: System) -> Iterator[Letters]:
    with letters_of(on_s3.stack, "Letters in S3") as letters:
        yield letters


def stored(seaweed: Seaweed, prefix: str) -> list[dict[str, Any]]:
    """What is in the bucket under a prefix."""
    found: list[dict[str, Any]] = (
        seaweed.client().list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
    )
    return found


def names(seaweed: Seaweed, prefix: str) -> str:
    return " ".join(each["Key"] for each in stored(seaweed, prefix))


def test_letters_and_documents_live_in_s3(on_s3: System, seaweed: Seaweed, letters: Letters) -> None:
    templated, uploaded = letters.send(), letters.upload(a_letter(other_pages=[()]))
    sender = make_sender(on_s3, "Files in S3")
    (link,) = set(
        sender.send(a_file(b"%PDF-1.7 a file", filename="a.pdf", confirm_email_before_download=False))
    )

    for notification_id, count in ((templated, 1), (uploaded, 2)):
        assert wait_for(partial(letters.is_ready, notification_id), timeout_s=PATIENCE_S)
        assert pages(letters.pdf(notification_id)) == count
    collate(on_s3.stack)

    for notification_id in (templated, uploaded):
        assert wait_for(partial(has_status, letters, notification_id, "received"))
    assert len(stored(seaweed, "letters/letters/")) == 2
    assert uploaded in names(seaweed, "letters/originals/").lower()
    assert stored(seaweed, "letters/quarantine/") == []
    assert len(stored(seaweed, "documents/")) == 1
    page = requests.get(link, timeout=30)
    assert page.status_code == 200


def test_an_infected_upload_is_never_stored_nor_shown(seaweed: Seaweed, letters: Letters) -> None:
    infected = letters.upload(a_letter() + b"\n% " + EICAR)

    assert wait_for(partial(letters.has_status, infected, "virus-scan-failed"), timeout_s=PATIENCE_S)

    assert infected not in names(seaweed, "letters/").lower()
    with pytest.raises(HTTPError, match="did not pass the virus scan"):
        letters.pdf(infected)
    assert letters.read(infected)["cost_in_pounds"] == 0.0


@pytest.mark.kill
def test_while_scanner_store_and_printer_are_away_letters_wait_and_then_end_right(
    on_s3: System, seaweed: Seaweed, clamd: Clamd, letters: Letters
) -> None:
    def soon(probe: Callable[[], bool]) -> bool:
        """Whether it comes true, with what was put off tried every second."""
        deadline = monotonic() + PATIENCE_S
        while not wait_for(probe, timeout_s=1.0) and monotonic() < deadline:
            hurry(on_s3.stack)
        return probe()

    clamd.stop()
    uploaded, infected = letters.upload(a_letter()), letters.upload(a_letter() + b"\n% " + EICAR)
    seaweed.kill()
    templated = [letters.send(name=f"Sam {number}") for number in range(3)]
    with pytest.raises(HTTPError, match="503"):
        letters.upload(a_letter())
    assert status(letters, uploaded) == "pending-virus-check"

    seaweed.start()
    for notification_id in templated:
        assert soon(partial(letters.is_ready, notification_id))
    clamd.start()
    assert soon(partial(letters.is_ready, uploaded))
    assert soon(partial(letters.has_status, infected, "virus-scan-failed"))
    on_s3.stack.process("letters").kill()  # it forgets that it is signed in
    on_s3.stack.wait_healthy("letters")
    with SimulatorsClient(on_s3.stack.simulators_url) as simulators:
        simulators.set_mode("dvla-account", "fail")
        waiting = collate(on_s3.stack, wait_s=1)["progress"]["waiting"]
        simulators.set_mode("dvla-account", "ok")

        for notification_id in (*templated, uploaded):
            assert soon(partial(has_status, letters, notification_id, "received"))
        counts = {row.reference: row.count for row in simulators.references()}
    assert waiting == 4
    assert {id: counts[id] for id in (*templated, uploaded)} == dict.fromkeys((*templated, uploaded), 1)
