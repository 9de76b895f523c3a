"""Fixtures for every test: real servers, started when first asked for, one of each for a test worker."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

# Read when grpc is imported; else each stop of a server is told.
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
# Tests start servers from processes in which grpc has threads. Its care for forks starts these again in the child,
# in the moment before that becomes the server, where they have hung or crashed it.
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"
# Workers of pytest-xdist have one; rich keeps it for each console that is made then, whatever a test says later.
os.environ.pop("COLUMNS", None)

from tests.postgres import Postgres, start_postgres
from tests.valkey import Valkey, start_valkey

# No deadline: a busy machine is no fault of the code. In CI the same examples each time: what a new example finds is
# for the person who runs it, not for the one whose change happens to be tested.
settings.register_profile("people", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "people")
# Its own place, a folder in the root, is one that pytest's collection warns about.
set_hypothesis_home_dir(Path(__file__).parent.parent / ".pytest_cache" / "hypothesis")


class MakeDatabase(Protocol):
    """Makes a database for one test and answers its URL."""

    def __call__(self, template: str | None = None, build: Callable[[str], object] | None = None) -> str: ...


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A PostgreSQL for the whole run of this worker. Tests that kill one start their own."""
    server = start_postgres()
    yield server
    server.stop()


@pytest.fixture
def make_database(request: pytest.FixtureRequest) -> Iterator[MakeDatabase]:
    """`make_database()` gives an empty database, `make_database("sms", build)` a clone of the template `sms`.

    `build(url)` fills the template, the first time that its name is seen in this run, for example
    `lambda url: migrate(url, "services.sms", "sms")`. Databases are dropped when the test ends.
    """
    server: Postgres = request.getfixturevalue("postgres_server")
    made: list[str] = []

    def make(template: str | None = None, build: Callable[[str], object] | None = None) -> str:
        if template is None or build is None:
            url = server.clone_database()
        else:
            url = server.clone_database(server.make_template(template, build))
        made.append(url)
        return url

    yield make
    for url in made:
        server.drop_database(url)


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[Valkey]:
    """A Valkey for the whole run of this worker. Tests that kill one start their own."""
    server = start_valkey()
    yield server
    server.stop()


@pytest.fixture
def valkey_url(valkey_server: Valkey) -> str:
    """The URL of the worker's Valkey; keys of other tests may be in it."""
    return valkey_server.url
