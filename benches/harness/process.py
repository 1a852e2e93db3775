"""Runs a command and measures what it costs."""

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


class Failed(Exception):
    """The command ended badly or had to be stopped."""


@dataclass(frozen=True)
class Cost:
    wall_seconds: float
    # User and system time of the process and of all that it waited for.
    cpu_seconds: float
    # The largest of these processes.
    peak_bytes: int
    # Until the first text on standard output.
    first_text_seconds: float | None
    stdout: str
    stderr: str


def run(command: Sequence[str | Path], environment: Mapping[str, str], folder: Path, limit_seconds: float) -> Cost:
    started = time.monotonic()
    with (folder / "stderr.log").open("w+b") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=environment, cwd=folder)
        stopper = threading.Timer(limit_seconds, process.kill)
        stopper.start()
        pieces, first_text = [], None
        assert process.stdout is not None
        while piece := os.read(process.stdout.fileno(), 65536):
            if first_text is None and piece.strip():
                first_text = time.monotonic() - started
            pieces.append(piece)
        # Not `Popen.wait`: only this call tells what the process has used.
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stdout.close()
        is_late = not stopper.is_alive()
        stopper.cancel()
        errors.seek(0)
        stderr = errors.read().decode(errors="replace")
    if is_late:
        raise Failed(f"stopped after {limit_seconds:.0f} s")
    if process.returncode != 0:
        raise Failed(f"exit status {process.returncode}: {stderr.strip()[-300:]}")
    stdout = b"".join(pieces).decode(errors="replace")
    cpu = usage.ru_utime + usage.ru_stime
    # Linux counts in KiB.
    return Cost(wall, cpu, usage.ru_maxrss * 1024, first_text, stdout, stderr)


def both(first: Cost, second: Cost) -> Cost:
    """The cost of one command and then another."""
    return Cost(
        first.wall_seconds + second.wall_seconds,
        first.cpu_seconds + second.cpu_seconds,
        max(first.peak_bytes, second.peak_bytes),
        None,
        second.stdout,
        second.stderr,
    )
