"""What a benchmark says about the machine and about the processes that it measured."""

import os
import platform
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """CPU seconds so far and memory of one process and its children."""

    cpu_s: float
    pss_mb: float


def machine_facts() -> dict[str, str]:
    """Facts that a figure means nothing without."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _git_commit(),
        "cpu": model,
        "cores": str(os.cpu_count()),
        "memory_gib": f"{psutil.virtual_memory().total / 2**30:.0f}",
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


def usage(pid: int) -> Usage:
    """CPU and memory of a process and all below it, those that ended included as far as the kernel tells."""
    process = psutil.Process(pid)
    times = process.cpu_times()
    cpu_s = times.user + times.system + times.children_user + times.children_system
    pss = _pss_kb(pid)
    for child in process.children(recursive=True):
        try:
            child_times = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        cpu_s += child_times.user + child_times.system
        pss += _pss_kb(child.pid)
    return Usage(cpu_s=cpu_s, pss_mb=pss / 1024)


def _pss_kb(pid: int) -> int:
    """Memory of a process, what it shares counted in proportion."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return 0
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), 0)


def _git_commit() -> str:
    found = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or "unknown"
