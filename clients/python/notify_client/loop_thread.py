"""An event loop in a thread of its own, for the clients that are not asynchronous."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class LoopThread:
    """Runs from its making until `close`. May be used from several threads."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="notify-client", daemon=True)
        self._thread.start()

    @property
    def is_closed(self) -> bool:
        """It was closed."""
        return self._loop.is_closed()

    def wait(self, call: Coroutine[Any, Any, T]) -> T:
        """The result of a call that runs in the loop. Raises RuntimeError when that is closed."""
        if self.is_closed:
            call.close()
            raise RuntimeError("the client is closed")
        return asyncio.run_coroutine_threadsafe(call, self._loop).result()

    def close(self) -> None:
        """End the loop and the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
