"""Looks for personal data where there must be none: in every log file of a stack and on every page of metrics."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

import requests

from clients.notifyctl.stack import Stack

PERSONAL = (
    # All numbers that these tests send to, and not the digits within a random id.
    re.compile(r"(?<![0-9a-f])(?:0|44|\+44)77\d{8}(?![0-9a-f])"),
    re.compile(r"[\w.+-]+@(?:example\.(?:com|gov\.uk)|simulator\.notify)"),
    re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}"),  # tokens
    re.compile(
        r"-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    ),  # API keys
)
"""What is personal or secret whoever's it is."""

_AROUND = 60


def find_leaks(stack: Stack, markers: Iterable[str] = ()) -> list[str]:
    """Places where personal data show, with what is around them: those of `PERSONAL`, and `markers` as they are or as
    they would stand in JSON or in a URL.
    """
    patterns = [*PERSONAL, *(re.compile(re.escape(marker), re.IGNORECASE) for marker in markers)]
    return [
        f"{place}: …{text[max(0, found.start() - _AROUND) : found.end() + _AROUND]}…"
        for place, text in _texts(stack)
        for pattern in patterns
        for found in _first(pattern, text)
    ]


def _first(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    found = pattern.search(text)
    if found is not None:
        yield found


def _texts(stack: Stack) -> Iterator[tuple[str, str]]:
    for path in sorted((stack.home / "logs").iterdir()):
        yield path.name, path.read_text(errors="replace")
    for name, process in stack.state.processes.items():
        if process.health_url is not None and stack.process(name).is_running:
            page = urlsplit(process.health_url)._replace(path="/metrics").geturl()
            answer = requests.get(page, timeout=10)
            yield f"metrics of {name}", answer.text
