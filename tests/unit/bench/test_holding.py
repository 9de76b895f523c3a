"""What processes held, compared over the longest of their lives."""

from collections.abc import Iterator

import pytest

from tests.bench import holding
from tests.bench.holding import Watched, grown


class Processes:
    """What is looked at in place of a system: by name, its id and what it holds."""

    def __init__(self) -> None:
        self.now: dict[str, tuple[int, float]] = {}

    def looked_at(self, _system: object) -> Iterator[tuple[str, int, dict[str, float]]]:
        for name, (pid, mb) in self.now.items():
            yield name, pid, {"MB": mb}


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> Processes:
    found = Processes()
    monkeypatch.setattr(holding, "_looked_at", found.looked_at)
    return found


def test_the_longest_life_is_compared_from_when_it_was_warm(processes: Processes) -> None:
    watched = Watched(warm_after_s=300)
    for at_s, pid, mb in ((0, 1, 50), (200, 1, 90), (250, 2, 50), (600, 2, 80), (1200, 2, 84), (1300, 3, 50)):
        processes.now = {"sms": (pid, mb)}
        watched.look(None, at_s)  # type: ignore[arg-type]
    assert list(watched.lines()) == ["sms, 10 minutes: MB 80 → 84"]


def test_a_process_that_never_was_warm_says_so(processes: Processes) -> None:
    watched = Watched(warm_after_s=300)
    for at_s in (0, 300):
        processes.now = {"sms": (1, 50)}
        watched.look(None, at_s)  # type: ignore[arg-type]
    assert list(watched.lines()) == ["sms: no process of it lived long enough to compare"]


def test_what_grew_is_told_of_processes_that_are_still_there() -> None:
    first, last = {"a": {"MB": 50.0, "files": 0.0}, "b": {"MB": 1.0}}, {"a": {"MB": 55.0, "files": 3.0}}
    assert grown(first, last) == {"a": {"MB": 1.1}}
