"""What processes hold: memory, open files, threads, tasks of the event loop; and what that grew by."""

import re
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Final

import psutil

from clients.notifyctl.stack.ports import HOST
from tests.bench.machine import usage
from tests.bench.system import System

Holds = dict[str, float]
"""By what it is."""
_TASKS: Final = re.compile(r"^notify_event_loop_tasks (\d+)", re.MULTILINE)
_TIMEOUT_S: Final = 5.0


def held(system: System) -> dict[str, Holds]:
    """Memory in MB, open files and threads of each process and those below it, and its tasks. A process that ends
    meanwhile is left out.
    """
    return {name: holds for name, _, holds in _looked_at(system)}


def grown(
    first: Mapping[str, Mapping[str, float]], last: Mapping[str, Mapping[str, float]]
) -> dict[str, Holds]:
    """What each process holds now for each that it held at first."""
    return {
        name: {what: round(last[name][what] / value, 2) for what, value in values.items() if value}
        for name, values in first.items()
        if name in last
    }


class Watched:
    """What processes held over the time that each of them lived, where they are killed and started again."""

    def __init__(self, *, warm_after_s: float) -> None:
        """`warm_after_s`: what is compared begins when a process is so old, with its caches filled."""
        self._warm_after_s = warm_after_s
        self._lives: dict[str, dict[int, list[tuple[float, Holds]]]] = {}

    def look(self, system: System, at_s: float) -> None:
        """Note what processes hold now; `at_s` on any clock that goes on."""
        for name, pid, holds in _looked_at(system):
            self._lives.setdefault(name, {}).setdefault(pid, []).append((at_s, holds))

    def lines(self) -> Iterator[str]:
        """The longest life of each process: what it held once it was warm, and in the end."""
        for name, lives in self._lives.items():
            looks = max(lives.values(), key=lambda life: life[-1][0] - life[0][0])
            warm = next((look for look in looks if look[0] - looks[0][0] >= self._warm_after_s), None)
            if warm is None or warm is looks[-1]:
                yield f"{name}: no process of it lived long enough to compare"
                continue
            (began_s, first), (ended_s, last) = warm, looks[-1]
            changes = ", ".join(f"{what} {value:.0f} → {last[what]:.0f}" for what, value in first.items())
            yield f"{name}, {(ended_s - began_s) / 60:.0f} minutes: {changes}"


def _looked_at(system: System) -> Iterator[tuple[str, int, Holds]]:
    for name in system.names():
        pid = system.stack.process(name).pid
        try:
            process = psutil.Process(pid)
            family = [process, *process.children(recursive=True)]
            files = sum(member.num_fds() for member in family)
            threads = sum(member.num_threads() for member in family)
            holds = {"MB": round(usage(pid).pss_mb, 1), "files": files, "threads": threads}
        except psutil.Error:  # one of them ended meanwhile
            continue
        yield name, pid, holds | _tasks(system, name)


def _tasks(system: System, name: str) -> Holds:
    """Those of the event loop, for a process that tells."""
    port = system.stack.state.ports.get(f"{name}.metrics")
    if port is None:
        return {}
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/metrics", timeout=_TIMEOUT_S) as page:
            found = _TASKS.search(page.read().decode())
    except (urllib.error.URLError, OSError):
        return {}
    return {"tasks": float(found[1])} if found else {}
