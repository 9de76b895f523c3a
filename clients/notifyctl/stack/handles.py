"""One process of a running stack, in the hands of a test that breaks things. Made by `Stack.process`."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from clients.notifyctl.stack.children import STOP_PATIENCE_S, Child


class ProcessHandle:
    """One process of a stack, for tests that break things."""

    def __init__(self, child: Child, lock: threading.RLock, after: Callable[[], None]) -> None:
        self._child, self._lock, self._after = child, lock, after

    @property
    def pid(self) -> int:
        """The id of the process that runs now, or ran last."""
        return self._child.pid

    @property
    def is_running(self) -> bool:
        """Whether there is a process."""
        return self._child.is_running

    @property
    def is_healthy(self) -> bool:
        """Whether it runs and says that it is well."""
        return self._child.is_running and self._child.spec.is_healthy()

    @property
    def restarts(self) -> int:
        """How often it was started again after it ended by itself or was killed."""
        return self._child.restarts

    def kill(self) -> None:
        """SIGKILL; the stack starts it again a moment later."""
        with self._lock:
            self._child.kill()

    def stop(self) -> None:
        """End it politely; it stays down until `start`."""
        with self._lock:
            self._child.ask_to_stop()
            self._child.wait_stopped(time.monotonic() + STOP_PATIENCE_S)
            self._after()

    def start(self) -> None:
        """Start it, unless it runs."""
        with self._lock:
            self._child.start()
            self._after()

    def restart(self, environment: Mapping[str, str] | None = None) -> None:
        """Stop and start; with more in its environment from now on, where that is given."""
        self.stop()
        if environment:
            with self._lock:
                spec = self._child.spec
                self._child.spec = replace(spec, environment={**spec.environment, **environment})
        self.start()
