"""Asking and steering running simulators from tests and benchmarks.

`SimulatorsClient` for code that blocks, `AsyncSimulatorsClient` for asyncio; the same methods on both. They
raise `TimeoutError` where a wait runs out and `SimulatorsError` for every answer that is not a success.
"""

import asyncio
import time
from types import TracebackType
from typing import Self, TypeVar

import msgspec
import requests

from simulators.answers import (
    CallbackAnswer,
    CallbacksAnswer,
    MessageAnswer,
    MessagesAnswer,
    ReferenceAnswer,
    ReferenceRow,
    ReferencesAnswer,
    StatsAnswer,
)
from simulators.control import Change, Mode, Settings

DEFAULT_URL = "http://127.0.0.1:6030"
POLL_S = 0.02
TIMEOUT_S = 10.0

T = TypeVar("T")


class SimulatorsError(Exception):
    """The simulators answered with an error."""


def _change(mode: Mode | str, next_requests: int | None) -> Change:
    return Change(mode=Mode(mode), next_requests=next_requests)


def _read(status: int, body: bytes, kind: type[T]) -> T:
    if status >= 300:
        raise SimulatorsError(f"status {status}: {body.decode(errors='replace')}")
    return msgspec.json.decode(body, type=kind)


def _pause_s(give_up_at: float) -> float:
    if time.monotonic() > give_up_at:
        raise TimeoutError("what was waited for did not come")
    return POLL_S


def _is_reported(reference: ReferenceAnswer, receipts: int) -> bool:
    sent = sum(receipt.state == "sent" for message in reference.messages for receipt in message.receipts)
    return sent >= receipts


class SimulatorsClient:
    """The simulators at a base URL, for code that blocks."""

    def __init__(self, url: str = DEFAULT_URL) -> None:
        self._url = url.rstrip("/")
        self._session = requests.Session()

    def close(self) -> None:
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def set_mode(self, name: str, mode: Mode | str, *, next_requests: int | None = None) -> Settings:
        """Set the mode of `mmg`, … or `callbacks/<sink>`, for so many requests or for good."""
        return self.change(name, _change(mode, next_requests))

    def change(self, name: str, change: Change) -> Settings:
        """Change any of the settings."""
        return self._call("PUT", f"/control/{name}", Settings, msgspec.json.encode(change))

    def settings(self, name: str) -> Settings:
        return self._call("GET", f"/control/{name}", Settings)

    def stats(self) -> StatsAnswer:
        return self._call("GET", "/stats", StatsAnswer)

    def references(self, *, min_count: int = 1) -> list[ReferenceRow]:
        """Return all accepted references; with `min_count=2` those that were accepted twice."""
        return self._call("GET", f"/references?min_count={min_count}", ReferencesAnswer).references

    def messages(self, *, since: int = 0, limit: int = 100) -> list[MessageAnswer]:
        """Return accepted messages, newest first."""
        return self._call("GET", f"/messages?since={since}&limit={limit}", MessagesAnswer).messages

    def report_letter(self, reference: str, status: str = "DESPATCHED") -> None:
        """Have a letter reported as DESPATCHED or REJECTED, now."""
        body = msgspec.json.encode({"status": status})
        self._call("POST", f"/dvla/reports/{reference}", dict, body)

    def letter_pdf(self, number: int) -> bytes:
        """Return the PDF of the letter whose message has this number."""
        return self._fetch(f"/letters/{number}.pdf")

    def letter_page(self, number: int, page: int) -> bytes:
        """Return a page of it, from 1, as PNG."""
        return self._fetch(f"/letters/{number}/{page}.png")

    def callbacks(
        self, sink: str, *, since: int = 0, limit: int = 100, reference: str | None = None
    ) -> list[CallbackAnswer]:
        """Return what was posted to a sink, newest first; with `reference` about that notification alone."""
        path = f"/callbacks/{sink}?since={since}&limit={limit}"
        if reference is not None:
            path += f"&reference={reference}"
        return self._call("GET", path, CallbacksAnswer).callbacks

    def clear(self) -> None:
        """Forget all messages, callbacks, references and counts."""
        self._call("DELETE", "/messages", dict)

    def find_reference(self, reference: str) -> ReferenceAnswer | None:
        try:
            return self._call("GET", f"/references/{reference}", ReferenceAnswer)
        except SimulatorsError:
            return None

    def wait_for_reference(
        self, reference: str, *, receipts: int = 0, timeout_s: float = TIMEOUT_S
    ) -> ReferenceAnswer:
        """Wait until a message with this reference was accepted and so many of its receipts were taken."""
        give_up_at = time.monotonic() + timeout_s
        while not ((found := self.find_reference(reference)) and _is_reported(found, receipts)):
            time.sleep(_pause_s(give_up_at))
        return found

    def wait_for_callback(self, sink: str, reference: str, *, timeout_s: float = TIMEOUT_S) -> CallbackAnswer:
        """Wait until a callback about this notification came to the sink; the newest where it came twice."""
        give_up_at = time.monotonic() + timeout_s
        while not (found := self.callbacks(sink, reference=reference, limit=1)):
            time.sleep(_pause_s(give_up_at))
        return found[0]

    def _fetch(self, path: str) -> bytes:
        answer = self._session.get(self._url + path, timeout=TIMEOUT_S)
        if answer.status_code >= 300:
            raise SimulatorsError(f"status {answer.status_code}: {answer.text}")
        return answer.content

    def _call(self, method: str, path: str, kind: type[T], body: bytes | None = None) -> T:
        answer = self._session.request(method, self._url + path, data=body, timeout=TIMEOUT_S)
        return _read(answer.status_code, answer.content, kind)


class AsyncSimulatorsClient:
    """The same for asyncio: each call is made in a thread, which is quick enough for tests."""

    def __init__(self, url: str = DEFAULT_URL) -> None:
        self._client = SimulatorsClient(url)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._client.close()

    async def set_mode(self, name: str, mode: Mode | str, *, next_requests: int | None = None) -> Settings:
        return await asyncio.to_thread(self._client.set_mode, name, mode, next_requests=next_requests)

    async def change(self, name: str, change: Change) -> Settings:
        return await asyncio.to_thread(self._client.change, name, change)

    async def settings(self, name: str) -> Settings:
        return await asyncio.to_thread(self._client.settings, name)

    async def stats(self) -> StatsAnswer:
        return await asyncio.to_thread(self._client.stats)

    async def references(self, *, min_count: int = 1) -> list[ReferenceRow]:
        return await asyncio.to_thread(self._client.references, min_count=min_count)

    async def messages(self, *, since: int = 0, limit: int = 100) -> list[MessageAnswer]:
        return await asyncio.to_thread(self._client.messages, since=since, limit=limit)

    async def report_letter(self, reference: str, status: str = "DESPATCHED") -> None:
        await asyncio.to_thread(self._client.report_letter, reference, status)

    async def letter_pdf(self, number: int) -> bytes:
        return await asyncio.to_thread(self._client.letter_pdf, number)

    async def letter_page(self, number: int, page: int) -> bytes:
        return await asyncio.to_thread(self._client.letter_page, number, page)

    async def callbacks(
        self, sink: str, *, since: int = 0, limit: int = 100, reference: str | None = None
    ) -> list[CallbackAnswer]:
        return await asyncio.to_thread(
            self._client.callbacks, sink, since=since, limit=limit, reference=reference
        )

    async def clear(self) -> None:
        await asyncio.to_thread(self._client.clear)

    async def find_reference(self, reference: str) -> ReferenceAnswer | None:
        return await asyncio.to_thread(self._client.find_reference, reference)

    async def wait_for_reference(
        self, reference: str, *, receipts: int = 0, timeout_s: float = TIMEOUT_S
    ) -> ReferenceAnswer:
        give_up_at = time.monotonic() + timeout_s
        while not ((found := await self.find_reference(reference)) and _is_reported(found, receipts)):  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(_pause_s(give_up_at))
        return found

    async def wait_for_callback(
        self, sink: str, reference: str, *, timeout_s: float = TIMEOUT_S
    ) -> CallbackAnswer:
        give_up_at = time.monotonic() + timeout_s
        while not (found := await self.callbacks(sink, reference=reference, limit=1)):  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(_pause_s(give_up_at))
        return found[0]
