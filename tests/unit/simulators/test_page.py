"""The outbox page: that it is served, and takes nothing from elsewhere. How it looks is for eyes."""

import re

import aiohttp
import pytest

from simulators.server import Running


@pytest.mark.parametrize(
    ("path", "content_type"),
    [("/", "text/html"), ("/outbox.css", "text/css"), ("/outbox.js", "text/javascript")],
)
async def test_the_page_is_served_with_a_strict_policy(
    path: str, content_type: str, simulators: Running, http: aiohttp.ClientSession
) -> None:
    async with http.get(simulators.url + path) as answer:
        assert (answer.status, answer.content_type) == (200, content_type)
        policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy


@pytest.mark.parametrize("path", ["/", "/outbox.css", "/outbox.js"])
async def test_the_page_needs_nothing_from_elsewhere(
    path: str, simulators: Running, http: aiohttp.ClientSession
) -> None:
    async with http.get(simulators.url + path) as answer:
        text = await answer.text()

    assert set(re.findall(r"https?://[^\s\"'`)]+", text)) <= {"http://www.w3.org/2000/svg"}
    assert "innerHTML" not in text


async def test_the_page_lists_the_magic_recipients(simulators: Running, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{simulators.url}/outcomes") as answer:
        rows = await answer.json()

    assert {"number": "07700 900002", "address": "perm-fail@simulator.notify"}.items() <= rows[1].items()
